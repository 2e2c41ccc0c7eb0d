# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos of apps and people, and their events.

A to-do is a dictionary in the names of the API, kept in `world.extra`. Beside the
members of the API it has `corp_id`, `app_key`, `kind` ("work" or "personal"), `gone`
and `finished` (unionids of finished executors).
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from . import ids
from .callbacks import emit

AREA = "to_dos"
SUBJECT, DESCRIPTION, ADDRESS, FIELD = 1024, 4096, 1024, 1024
CREATE_MOST, UPDATE_MOST = 100, 1000  # people
PRIORITIES = (10, 20, 30, 40)
TYPES = ("todo".upper(), "READ")
NO_PERMISSION = "operator has no permission"
# Kept for the lists after it was done.
DONE_DAYS = 180
CHANGEABLE = (
    "subject", "description", "dueTime", "executorIds", "participantIds",
    "contentFieldList",
)
SHOWN = CHANGEABLE + (
    "id", "startTime", "finishTime", "done", "detailUrl", "source", "sourceId",
    "createdTime", "modifiedTime", "creatorId", "modifierId", "bizTag",
    "isOnlyShowExecutor", "priority", "notifyConfigs", "todoType",
)


class Refused(Exception):
    """`text` is DingTalk's message of the error `paramError`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def area(world: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = world.extra.setdefault(AREA, {"tasks": {}, "sources": {}})
    return found


def find(world: Any, task_id: str, corp_id: str) -> Dict[str, Any]:
    """:raise Refused: there is none, or it was deleted"""
    task: Optional[Dict[str, Any]] = area(world)["tasks"].get(task_id)
    if task is None or task["gone"] or task["corp_id"] != corp_id:
        raise Refused("task not exist")
    return task


def by_source(world: Any, app_key: str, source_id: str) -> Optional[str]:
    """The id of an app's sourceId, deleted or not."""
    found: Optional[str] = area(world)["sources"].get("%s %s" % (app_key, source_id))
    return found


def shown(task: Dict[str, Any]) -> Dict[str, Any]:
    """A to-do as the API answers it."""
    return {name: task[name] for name in SHOWN if name in task}


def _now(world: Any) -> int:
    return int(world.now() * 1000)


def _check(values: Dict[str, Any], most: int) -> None:
    """:raise Refused: something is too large"""
    for name, limit in (("subject", SUBJECT), ("description", DESCRIPTION)):
        if len((values.get(name) or "").encode("utf-8")) > limit:
            raise Refused("%s is oversize" % name)
    for name in ("executors", "participants"):
        if len(values.get(name[:-1] + "Ids") or ()) > most:
            raise Refused("%s is oversize" % name)
    due = values.get("dueTime")
    for row in values.get("contentFieldList") or ():
        if any(len((each or "").encode("utf-8")) > FIELD for each in row.values()):
            raise Refused("contentFieldList is oversize")
    # A number of seconds or microseconds is not a time in milliseconds.
    if due is not None and not 10**11 < due < 10**14:
        raise Refused("dueTime is invalid")


def make(
    world: Any, app: Any, owner: str, values: Dict[str, Any], kind: str = "work"
) -> Dict[str, Any]:
    """A new to-do.

    :param owner: unionid of the creator
    :param values: members of the call
    :raise Refused: the call is invalid
    """
    _check(values, CREATE_MOST)
    if not (values.get("subject") or "").strip():
        raise Refused("subject is blank")
    address = values.get("detailUrl") or {}
    if kind == "work":
        if not (address.get("appUrl") or address.get("pcUrl")):
            raise Refused("detailUrl is null")
        for each in address.values():
            if len((each or "").encode("utf-8")) > ADDRESS:
                raise Refused("detailUrl is oversize")
    if values.get("priority", 20) not in PRIORITIES:
        raise Refused("priority is invalid")
    # No page has the texts of these two.
    if (values.get("todoType") or TYPES[0]) not in TYPES:
        raise Refused("todoType is invalid")
    reminder = values.get("reminderTimeStamp")
    if reminder is not None and reminder <= _now(world):
        raise Refused("reminderTimeStamp is invalid")
    source_id = values.get("sourceId")
    if source_id and by_source(world, app.app_key, source_id):
        raise Refused("task exist")
    now = _now(world)
    participants = list(
        dict.fromkeys(
            [owner]
            + list(values.get("participantIds") or ())
            + list(values.get("executorIds") or ())
        )
    )
    tag = "todo_open_%s" % app.app_key
    task = dict(
        {name: value for name, value in values.items() if name in SHOWN},
        id="task%s" % ids.random_hex(24),
        corp_id=app.corp_id,
        app_key=app.app_key,
        kind=kind,
        gone=False,
        finished=[],
        executorIds=list(values.get("executorIds") or ()),
        participantIds=participants,
        creatorId=values.get("creatorId") or owner,
        modifierId=owner,
        startTime=0,
        finishTime=0,
        done=False,
        source=tag,
        bizTag=tag,
        createdTime=now,
        modifiedTime=now,
        priority=values.get("priority", 20),
        todoType=values.get("todoType") or TYPES[0],
        isOnlyShowExecutor=bool(values.get("isOnlyShowExecutor")),
        notifyConfigs=values.get("notifyConfigs") or {},
    )
    kept = area(world)
    kept["tasks"][task["id"]] = task
    if source_id:
        kept["sources"]["%s %s" % (app.app_key, source_id)] = task["id"]
    _tell(world, "create", task)
    return task


def change(
    world: Any, task: Dict[str, Any], operator: str, values: Dict[str, Any]
) -> None:
    """Creators change everything, executors only complete or reopen.

    :raise Refused: the call is invalid
    """
    _check(values, UPDATE_MOST)
    changed = {
        name: values[name] for name in CHANGEABLE if values.get(name) is not None
    }
    done = values.get("done")
    roles = may_act(task, operator)
    if "creator" not in roles:
        if changed:
            raise Refused(NO_PERMISSION)
        finish(world, task, operator, {operator: bool(done)})
        return
    task.update(changed)
    if done is not None:
        task["finished"] = list(task["executorIds"]) if done else []
        _settle(world, task, bool(done))
    _modified(world, task, operator)


def may_act(task: Dict[str, Any], operator: str) -> List[str]:
    """Roles of somebody who may complete and delete a to-do.

    No page names the error for others.

    :raise Refused: participants may only look and comment
    """
    roles = roles_of(task, operator)
    if "creator" not in roles and "executor" not in roles:
        raise Refused(NO_PERMISSION)
    return roles


def finish(
    world: Any, task: Dict[str, Any], operator: str, states: Dict[str, bool]
) -> None:
    """Executors finish or reopen; the to-do is done with the last one.

    :param states: unionid -> whether done
    """
    if len(states) > UPDATE_MOST:
        raise Refused("executors is oversize")
    finished = [each for each in task["finished"] if states.get(each, True)]
    finished += [
        each
        for each, done in states.items()
        if done and each in task["executorIds"] and each not in finished
    ]
    task["finished"] = finished
    everyone = set(task["executorIds"])
    _settle(world, task, bool(everyone) and everyone <= set(finished))
    _modified(world, task, operator)


def _settle(world: Any, task: Dict[str, Any], done: bool) -> None:
    if task["done"] != done:
        task["done"], task["finishTime"] = done, _now(world) if done else 0


def _modified(world: Any, task: Dict[str, Any], operator: str) -> None:
    task["modifierId"] = operator
    task["modifiedTime"] = max(_now(world), task["modifiedTime"] + 1)
    _tell(world, "update", task)


def delete(world: Any, task: Dict[str, Any]) -> None:
    task["gone"] = True
    _tell(world, "delete", task)


def _tell(world: Any, what: str, task: Dict[str, Any]) -> None:
    people = dict.fromkeys(
        [task["creatorId"]] + task["participantIds"] + task["executorIds"]
    )
    data = {"unionIdList": list(people), "taskId": task["id"]}
    emit(world, "todo_task_" + what, data, task["corp_id"])
    world.publish("to_do." + what, corp_id=task["corp_id"])


def of_person(
    world: Any, corp_id: str, unionid: str, done: Optional[bool] = None
) -> List[Dict[str, Any]]:
    """A person's to-dos, newest first."""
    found = [
        task
        for task in area(world)["tasks"].values()
        if task["corp_id"] == corp_id
        and not task["gone"]
        and unionid in _seen_by(task)
        and (done is None or is_done_for(task, unionid) == done)
    ]
    return sorted(found, key=lambda task: task["createdTime"], reverse=True)


def _seen_by(task: Dict[str, Any]) -> List[str]:
    if task["isOnlyShowExecutor"]:
        found: List[str] = task["executorIds"]
        return found
    return [task["creatorId"]] + task["participantIds"] + task["executorIds"]


def is_done_for(task: Dict[str, Any], unionid: str) -> bool:
    return bool(task["done"] or unionid in task["finished"])


def roles_of(task: Dict[str, Any], unionid: str) -> List[str]:
    return [
        role
        for role, people in (
            ("executor", task["executorIds"]),
            ("creator", [task["creatorId"]]),
            ("participant", task["participantIds"]),
        )
        if unionid in people
    ]
