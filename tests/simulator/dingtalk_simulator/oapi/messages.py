# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Work notifications."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..checks import whole_number
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..message_body import check_work_message
from ..records import Task

BASE = "/topapi/message/corpconversation/"
RESULT_HOURS = 24
MOST_IN_RESULT = 100
BAR_DAYS = 7
MOST_FILE = 10 * 1024 * 1024  # bytes of the file of a message
BAR_PEOPLE = 5


def _bad(name: str) -> OapiError:
    return OapiError(40035, "不合法的参数：%s" % name)


def _check_agent(call: Call) -> None:
    agent_id = call.params.integer(
        "agent_id", required=True, problem=lambda _name: OapiError(40056)
    )
    if agent_id != call.app.agent_id:
        raise OapiError(40056)


@oapi("POST", BASE + "asyncsend_v2", exempt=False)
def asyncsend_v2(call: Call) -> Dict[str, Any]:
    _check_agent(call)
    params, world, org = call.params, call.world, call.org
    userids = params.names("userid_list") or []
    dept_ids = params.names("dept_id_list") or []
    if params.raw("to_all_user") in ("True", "False"):
        # A Python boolean in a form; the gateway knows true and false.
        raise OapiError(41, "Invalid arguments:to_all_user")
    to_all = params.boolean("to_all_user", default=False)
    if not userids and not dept_ids and not to_all:
        raise _bad("userid_list, dept_id_list, to_all_user")
    if len(userids) > call.setting("max_userids"):
        raise _bad("userid_list最多%d个" % call.setting("max_userids"))
    if len(dept_ids) > call.setting("max_dept_ids"):
        raise _bad("dept_id_list最多%d个" % call.setting("max_dept_ids"))
    media = world.messages.media
    check_media = call.setting("check_media")
    msg = check_work_message(
        params.json("msg", required=True),
        lambda media_id: not check_media
        or media_id in media
        and media[media_id].corp_id == org.corp_id,
        _bad,
        lambda: OapiError(40007),
    )
    if msg["msgtype"] == "file" and check_media:
        if media[msg["file"]["media_id"]].size > MOST_FILE:
            raise OapiError(40006)
    params.boolean("enable_id_trans")
    few = bool(userids) and len(userids) <= BAR_PEOPLE and not dept_ids and not to_all
    if msg["msgtype"] == "oa" and msg["oa"].get("status_bar") and not few:
        raise _bad("status_bar")
    invalid_users: List[str] = []
    invalid_depts: List[int] = []
    reached: Dict[str, None] = {}  # ordered, each person once
    for userid in userids:
        person = org.person(userid)
        if person is None or not world.sees_person(call.app, person):
            invalid_users.append(userid)
        else:
            reached[userid] = None
    for text in dept_ids:
        dept_id = whole_number(text) or 0
        if org.department(dept_id) is None or not world.sees_department(
            call.app, dept_id
        ):
            invalid_depts.append(dept_id)
        else:
            reached.update(dict.fromkeys(sorted(org.all_member_ids(dept_id))))
    if to_all:
        if world.messages.to_all_today(call.app) >= call.setting("to_all_per_day"):
            raise OapiError(41045)
        reached.update(
            dict.fromkeys(
                userid
                for userid, person in org.people.items()
                if world.sees_person(call.app, person)
            )
        )
    if len(reached) > call.setting("recipients_per_call"):
        raise OapiError(41029)
    task = world.messages.send(
        call.app, msg, list(reached), invalid_users, invalid_depts, few, bool(to_all)
    )
    return {"errcode": 0, "errmsg": "ok", "task_id": task.task_id}


def _task(
    call: Call, hours: Optional[float], name: str = "task_id", errcode: int = 40035
) -> Task:
    task_id = call.params.integer(
        name, required=True, problem=lambda _name: OapiError(errcode)
    )
    task = call.world.messages.tasks.get(task_id)
    if task is None or task.app_key != call.app.app_key:
        raise OapiError(errcode)
    if hours is not None and call.now() - task.sent_at > hours * 3600:
        raise OapiError(errcode)
    return task


@oapi("POST", BASE + "getsendprogress", exempt=False)
def getsendprogress(call: Call) -> Dict[str, Any]:
    _check_agent(call)
    percent, status = call.world.messages.progress(
        _task(call, call.setting("progress_window"))
    )
    return {"progress": {"progress_in_percent": percent, "status": status}}


@oapi("POST", BASE + "getsendresult", exempt=False)
def getsendresult(call: Call) -> Dict[str, Any]:
    _check_agent(call)
    task = _task(call, RESULT_HOURS)
    if task.reach > MOST_IN_RESULT:
        if str(call.setting("large_task_result")) == "41052":
            raise OapiError(41052)
        raise OapiError(15, "Remote service error[submsg=调用超时]", sub_msg="调用超时")
    notes = call.world.messages.of_task(task.task_id)
    return {
        "send_result": {
            "invalid_user_id_list": task.invalid_users,
            "invalid_dept_id_list": task.invalid_depts,
            "forbidden_list": task.forbidden,
            "failed_user_id_list": [],
            "read_user_id_list": [note.userid for note in notes if note.read_at],
            "unread_user_id_list": [note.userid for note in notes if not note.read_at],
        }
    }


@oapi("POST", BASE + "recall", exempt=False)
def recall(call: Call) -> Dict[str, Any]:
    agent_id = call.params.integer(
        "agent_id", required=True, problem=lambda _name: OapiError(400002)
    )
    if agent_id != call.app.agent_id:
        raise OapiError(400002)
    call.world.messages.recall(_task(call, RESULT_HOURS, "msg_task_id", 400002))
    return {}


@oapi("POST", BASE + "status_bar/update", exempt=False)
def status_bar_update(call: Call) -> Dict[str, Any]:
    _check_agent(call)
    task = _task(call, BAR_DAYS * 24)
    value = call.params.text("status_value", required=True)
    if task.msg["msgtype"] != "oa":
        raise OapiError(40035)
    if task.reach > MOST_IN_RESULT:
        raise OapiError(41052)
    call.world.messages.update_status_bar(task, value, call.params.text("status_bg"))
    return {}
