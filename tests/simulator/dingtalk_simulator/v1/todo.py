# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos. All people are named by their unionids."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Tuple

from .. import to_dos
from ..endpoints import Call, api
from ..errors import ApiError

READ, WRITE = "Todo.Todo.Read", "Todo.Todo.Write"
PERSONAL = "Todo.PersonalTodo.Write"
BASE = "/v1.0/todo/users/{unionId}/"
OWN = "/v1.0/todo/users/me/"
AT_ONCE = 20
MOST_SOURCE = 255


def _refused(action: str, error: Any) -> ApiError:
    return ApiError("todo.%s.paramError" % action, str(error))


@contextlib.contextmanager
def _explained(action: str) -> Iterator[None]:
    """Turn refusals into the API's error."""
    try:
        yield
    except to_dos.Refused as error:
        raise _refused(action, error)


def _person(call: Call, action: str, unionid: str) -> Any:
    person = call.org.by_unionid(unionid)
    if person is None:
        # No page names the error for people of other organisations.
        raise _refused(action, "unionId is invalid")
    return person


def _actor(call: Call, action: str) -> str:
    """The actor's unionid: `operatorId`, else the one of the path."""
    owner = call.variables["unionId"]
    _person(call, action, owner)
    operator = call.params.text("operatorId")
    if operator:
        _person(call, action, operator)
    return operator or owner


def _own(call: Call, action: str) -> str:
    """The person of the token. An app's token has the wrong kind."""
    if call.user is None:
        raise ApiError("todo.%s.tokenTypeError" % action, "token type is not match")
    person = call.world.corps[call.user.corp_id].person(call.user.userid)
    if person is None:
        raise _refused(action, "unionId is invalid")
    found: str = person.unionid
    return found


def _values(call: Call, names: str) -> Dict[str, Any]:
    """Given members of the call."""
    params = call.params
    found: Dict[str, Any] = {}
    for name in names.split():
        if not params.has(name):
            continue
        if name in ("dueTime", "priority", "reminderTimeStamp"):
            found[name] = params.integer(name)
        elif name in ("done", "isOnlyShowExecutor"):
            found[name] = params.boolean(name)
        elif name in ("executorIds", "participantIds"):
            found[name] = params.names(name)
        elif name in ("detailUrl", "notifyConfigs", "contentFieldList"):
            found[name] = params.json(name)
        else:
            found[name] = params.text(name)
    return found


def _task(call: Call, action: str) -> Dict[str, Any]:
    with _explained(action):
        return to_dos.find(call.world, call.variables["taskId"], call.org.corp_id)


def _mine(call: Call, action: str) -> Dict[str, Any]:
    """A work to-do created by this app."""
    task = _task(call, action)
    if task["app_key"] != call.app.app_key or task["kind"] != "work":
        raise _refused(action, "task not belong to bizTag")
    return task


# Personal to-dos, with a person's token. Their paths are longer than those of work
# to-dos, so they are declared first.


def _own_task(call: Call, action: str) -> Dict[str, Any]:
    unionid = _own(call, action)
    task = _task(call, action)
    with _explained(action):
        to_dos.may_act(task, unionid)
    return task


@api("POST", OWN + "personalTasks", token="any", scope=PERSONAL, exempt=False)
def create_personal(call: Call) -> Dict[str, Any]:
    action = "taskCreate"
    owner = _own(call, action)
    values = _values(
        call, "subject description dueTime executorIds participantIds notifyConfigs"
    )
    if not values.get("executorIds"):
        raise _refused(action, "executors is null")
    with _explained(action):
        task = to_dos.make(call.world, call.app, owner, values, "personal")
    return {"taskId": task["id"], "createdTime": task["createdTime"]}


@api("PUT", OWN + "tasks/{taskId}/update", token="any", scope=PERSONAL, exempt=False)
def update_personal(call: Call) -> Dict[str, Any]:
    action = "taskUpdate"
    task = _own_task(call, action)
    values = _values(
        call, "subject description dueTime done executorIds participantIds"
    )
    with _explained(action):
        to_dos.change(call.world, task, _own(call, action), values)
    return {"success": True}


@api(
    "PUT", OWN + "tasks/{taskId}/updateExecutorStatus", token="any", scope=PERSONAL,
    exempt=False,
)
def status_personal(call: Call) -> Dict[str, Any]:
    action = "taskExecutorStatusUpdate"
    task = _own_task(call, action)
    unionid = _own(call, action)
    done = bool(call.params.boolean("done", required=True))
    to_dos.finish(call.world, task, unionid, {unionid: done})
    return {"success": True}


@api("DELETE", OWN + "tasks/{taskId}/remove", token="any", scope=PERSONAL, exempt=False)
def delete_personal(call: Call) -> Dict[str, Any]:
    to_dos.delete(call.world, _own_task(call, "taskDelete"))
    return {"success": "true"}


# Work to-dos


@api(
    "POST", BASE + "organizations/tasks/query", token="any", scope=READ, exempt=False
)
def query_all(call: Call) -> Dict[str, Any]:
    """Also personal to-dos, with the person's token. No page describes it."""
    action = "orgTaskQuery"
    unionid = call.variables["unionId"]
    _person(call, action, unionid)
    personal = bool(call.params.boolean("needPersonalTodo"))
    if personal and _own(call, action) != unionid:
        raise _refused(action, "unionId is invalid")
    return _page(call, unionid, ("work", "personal") if personal else ("work",))


@api("POST", BASE + "org/tasks/query", scope=READ, exempt=False)
def query(call: Call) -> Dict[str, Any]:
    unionid = call.variables["unionId"]
    _person(call, "orgTaskQuery", unionid)
    return _page(call, unionid, ("work",))


def _page(call: Call, unionid: str, kinds: Tuple[str, ...]) -> Dict[str, Any]:
    # The first page is requested without it, or with 0.
    start = call.params.integer(
        "nextToken", default=0, low=0,
        problem=lambda _name: _refused("orgTaskQuery", "nextToken is invalid"),
    )
    done = call.params.boolean("isDone")
    kind = call.params.text("todoType")
    first = call.params.integer("fromDueTime", default=0) or 0
    last = call.params.integer("toDueTime")
    size = call.params.integer(
        "maxResults", default=AT_ONCE, low=1, high=AT_ONCE,
        problem=lambda _name: _refused("orgTaskQuery", "maxResults is invalid"),
    )
    roles = call.params.json("roleTypes") or []
    oldest = (call.now() - to_dos.DONE_DAYS * 86400) * 1000
    found = [
        task
        for task in to_dos.of_person(call.world, call.org.corp_id, unionid, done)
        if task["kind"] in kinds
        and (call.params.text("subject") or "") in task["subject"]
        and kind in (None, "", task["todoType"])
        and first <= (task.get("dueTime") or 0)
        and (last is None or (task.get("dueTime") or 0) <= last)
        and not (task["done"] and task["finishTime"] < oldest)
        and (
            not roles
            or any(set(each) <= set(to_dos.roles_of(task, unionid)) for each in roles)
        )
    ]
    cards: List[Dict[str, Any]] = [
        {
            "taskId": task["id"],
            "subject": task["subject"],
            "dueTime": task.get("dueTime"),
            "detailUrl": task.get("detailUrl"),
            "priority": task["priority"],
            "createdTime": task["createdTime"],
            "modifiedTime": task["modifiedTime"],
            "creatorId": task["creatorId"],
            "sourceId": task.get("sourceId"),
            "bizTag": task["bizTag"],
            "isDone": to_dos.is_done_for(task, unionid),
            "todoType": task["todoType"],
        }
        for task in found[start : start + size]
    ]
    more = start + size < len(found)
    return {"nextToken": str(start + size) if more else None, "todoCards": cards}


@api("POST", BASE + "tasks", token="any", scope=WRITE, exempt=False)
def create(call: Call) -> Dict[str, Any]:
    """With an app's token, or the token of a person."""
    action = "taskCreate"
    owner = _own(call, action) if call.user else _actor(call, action)
    values = _values(
        call,
        "subject sourceId creatorId description dueTime executorIds participantIds"
        " detailUrl contentFieldList isOnlyShowExecutor priority notifyConfigs"
        " todoType reminderTimeStamp",
    )
    if len(values.get("sourceId") or "") > MOST_SOURCE:
        raise _refused(action, "sourceId is oversize")
    with _explained(action):
        task = to_dos.make(call.world, call.app, owner, values)
    return to_dos.shown(task)


@api("PUT", BASE + "tasks/{taskId}/executorStatus", scope=WRITE, exempt=False)
def executor_status(call: Call) -> Dict[str, Any]:
    action = "taskExecutorStatusUpdate"
    operator = _actor(call, action)
    task = _mine(call, action)
    rows = call.params.json("executorStatusList", required=True)
    with _explained(action):
        to_dos.may_act(task, operator)
        to_dos.finish(
            call.world,
            task,
            operator,
            {str(each["id"]): bool(each.get("isDone")) for each in rows},
        )
    return {"result": True}


@api("PUT", BASE + "tasks/{taskId}", scope=WRITE, exempt=False)
def update(call: Call) -> Dict[str, Any]:
    action = "taskUpdate"
    operator = _actor(call, action)
    task = _mine(call, action)
    values = _values(
        call,
        "subject description dueTime done executorIds participantIds"
        " contentFieldList",
    )
    with _explained(action):
        to_dos.change(call.world, task, operator, values)
    return {"result": True}


@api("DELETE", BASE + "tasks/{taskId}", scope=WRITE, exempt=False)
def delete(call: Call) -> Dict[str, Any]:
    action = "taskDelete"
    operator = _actor(call, action)
    task = _mine(call, action)
    with _explained(action):
        to_dos.may_act(task, operator)
    to_dos.delete(call.world, task)
    return {"result": True}


@api("GET", BASE + "tasks/sources/{sourceId}", scope=READ, exempt=False)
def by_source(call: Call) -> Dict[str, Any]:
    _person(call, "taskGet", call.variables["unionId"])
    key = to_dos.by_source(
        call.world, call.app.app_key, call.variables["sourceId"]
    )
    call.variables["taskId"] = key or ""
    return to_dos.shown(_task(call, "taskGet"))


@api("GET", BASE + "tasks/{taskId}", token="any", scope=READ, exempt=False)
def read(call: Call) -> Dict[str, Any]:
    """Personal to-dos with the person's token only. No page describes it."""
    action = "taskGet"
    _person(call, action, call.variables["unionId"])
    task = _task(call, action)
    if task["kind"] == "personal":
        task = _own_task(call, action)
    return to_dos.shown(task)
