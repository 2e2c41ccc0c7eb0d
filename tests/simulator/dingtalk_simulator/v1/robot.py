# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Messages of an app's robot."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .. import chat, ids
from ..checks import read_json
from ..endpoints import Call, api
from ..errors import ApiError

SCOPE = "qyapi_robot_sendmsg"
HOURS = 24
MOST_READERS = 1000
MOST_BYTES_GROUP = 15000


def _card(buttons: int) -> Tuple[str, ...]:
    """The members of a card with this number of buttons."""
    found = ["title", "text"]
    for number in range(1, buttons + 1):
        found += ["actionTitle%d" % number, "actionURL%d" % number]
    return tuple(found)


# msgKey -> required members of msgParam
TEMPLATES: Dict[str, Tuple[str, ...]] = {
    "sampleText": ("content",),
    "sampleMarkdown": ("title", "text"),
    "sampleImageMsg": ("photoURL",),
    "sampleLink": ("text", "title", "picUrl", "messageUrl"),
    "sampleActionCard": ("title", "text", "singleTitle", "singleURL"),
    "sampleActionCard2": _card(2),
    "sampleActionCard3": _card(3),
    "sampleActionCard4": _card(4),
    "sampleActionCard5": _card(5),
    "sampleActionCard6": (
        "title",
        "text",
        "buttonTitle1",
        "buttonUrl1",
        "buttonTitle2",
        "buttonUrl2",
    ),
    "sampleAudio": ("mediaId", "duration"),
    "sampleFile": ("mediaId", "fileName", "fileType"),
    "sampleVideo": ("duration", "videoMediaId", "videoType", "picMediaId"),
}


def _bad(code: str, message: str = "") -> ApiError:
    return ApiError("invalidParameter.%s" % code, message or None)


def _robot(call: Call) -> None:
    code = call.params.text(
        "robotCode",
        required=True,
        problem=lambda _name: _bad("robotCode.empty", "robotCode为空"),
    )
    if code != call.app.robot_code:
        raise _bad("robotCode.notExsit", "robotCode不存在")


def _message(call: Call) -> Dict[str, Any]:
    key = call.params.text(
        "msgKey",
        required=True,
        problem=lambda _name: _bad("msgKey.invalid", "msgKey不合法"),
    )
    text = call.params.text(
        "msgParam",
        required=True,
        problem=lambda _name: _bad("msgParam.invalid", "msgParam不合法"),
    )
    if key not in TEMPLATES:
        raise _bad("msgKey.invalid", "msgKey不合法")
    try:
        members = read_json(text)
    except ValueError:
        members = None
    if (
        not isinstance(members, dict)
        or any(members.get(name) in (None, "") for name in TEMPLATES[key])
        or not all(
            isinstance(each, (str, int)) and not isinstance(each, bool)
            for each in members.values()
        )
    ):
        # Members of templates are texts; durations may be numbers.
        raise _bad("msgParam.invalid", "msgParam不合法")
    return {"msgtype": key, key: members}


@api("POST", "/v1.0/robot/oToMessages/batchSend", scope=SCOPE, exempt=False)
def batch_send(call: Call) -> Dict[str, Any]:
    _robot(call)
    userids = call.params.names("userIds") or []
    if not userids:
        raise _bad("userIds.empty", "userIds为空")
    if len(userids) > call.setting("oto_userids"):
        raise _bad("userIds.overMax", "userIds数量超过%d" % call.setting("oto_userids"))
    msg = _message(call)
    invalid: List[str] = []
    reached: List[str] = []
    for userid in dict.fromkeys(userids):
        person = call.org.person(userid)
        (
            reached
            if person is not None and call.world.sees_person(call.app, person)
            else invalid
        ).append(userid)
    controlled = call.setting("robot_flow_controlled")
    limited = [each for each in reached if each in controlled]
    reached = [each for each in reached if each not in limited]
    if not reached and not limited:
        raise ApiError("staffId.notExisted", "用户不存在")
    for userid in reached:
        chat.note(call.world, call.app, userid, "", direction="out", msg=msg, way="api")
    return {
        "processQueryKey": call.world.messages.robot_to_people(call.app, reached, msg),
        "invalidStaffIdList": invalid,
        "flowControlledStaffIdList": limited,
        "filteredStaffIdList": [],
    }


@api("GET", "/v1.0/robot/oToMessages/readStatus", scope=SCOPE, exempt=False)
def read_status(call: Call) -> Dict[str, Any]:
    _robot(call)
    key = call.params.text("processQueryKey", required=True)
    notes = [
        note
        for note in call.world.messages.of_query_key(key)
        if note.app_key == call.app.app_key
    ]
    if not notes or call.now() - notes[0].sent_at > HOURS * 3600:
        raise _bad("processQueryKey.invalid", "processQueryKey不合法")
    found = []
    for note in notes:
        person = call.org.person(note.userid)
        entry = {
            "userId": note.userid,
            "name": person.name if person else "",
            "readStatus": "READ" if note.read_at else "UNREAD",
        }
        if note.read_at:
            entry["readTimestamp"] = int(note.read_at * 1000)
        found.append(entry)
    # The real answer has this misspelling.
    return {
        "sendStatus": "RECALLED" if notes[0].recalled_at else "SUCESS",
        "messageReadInfoList": found,
    }


def _recall(call: Call) -> Dict[str, Any]:
    _robot(call)
    keys = call.params.names("processQueryKeys") or []
    if not keys or len(keys) > 20:
        raise _bad("processQueryKeys.invalid", "processQueryKeys不合法")
    done, failed = [], {}
    messages = call.world.messages
    for key in keys:
        sent = [
            message
            for message in messages.of_query_key(key)
            if message.app_key == call.app.app_key
        ]
        sent += [
            message
            for message in messages.group_messages
            if message.process_query_key == key
            and message.sender == call.app.robot_code
        ]
        if sent and call.now() - sent[0].sent_at <= HOURS * 3600:
            messages.recall_robot(key)
            done.append(key)
        else:
            failed[key] = "processQueryKey.invalid"
    return {"successResult": done, "failedResult": failed}


@api("POST", "/v1.0/robot/otoMessages/batchRecall", scope=SCOPE, exempt=False)
def batch_recall(call: Call) -> Dict[str, Any]:
    return _recall(call)


def _group(call: Call) -> Any:
    key = call.params.text(
        "openConversationId",
        required=True,
        problem=lambda _name: _bad(
            "openConversationId.empty", "openConversationId为空"
        ),
    )
    group = call.world.messages.groups.get(key)
    if group is None or group.corp_id != call.org.corp_id:
        raise _bad("openConversationId.notExist", "openConversationId不存在")
    if group.dismissed:
        raise ApiError("group.disbanded", "群已经解散")
    return group


@api("POST", "/v1.0/robot/groupMessages/send", scope=SCOPE, exempt=False)
def group_send(call: Call) -> Dict[str, Any]:
    _robot(call)
    group, msg = _group(call), _message(call)
    if len(call.params.text("msgParam").encode("utf-8")) > MOST_BYTES_GROUP:
        raise _bad("msgParam.invalid", "msgParam不合法")
    key = ids.random62(42) + "=="
    chat.note(
        call.world, call.app, "", group.open_conversation_id, direction="out", msg=msg,
        way="api",
    )
    call.world.messages.to_group(group, call.app.robot_code, "robot", msg, key)
    return {"processQueryKey": key}


@api("POST", "/v1.0/robot/groupMessages/recall", scope=SCOPE, exempt=False)
def group_recall(call: Call) -> Dict[str, Any]:
    _group(call)
    return _recall(call)


@api("POST", "/v1.0/robot/groupMessages/query", scope=SCOPE, exempt=False)
def group_query(call: Call) -> Dict[str, Any]:
    """The readers of a message; the page size is undocumented."""
    _robot(call)
    group = _group(call)
    key = call.params.text("processQueryKey", required=True)
    size = call.params.integer("maxResults", default=MOST_READERS, low=1)
    start = call.params.integer("nextToken", default=0, low=0)
    found = [
        message
        for message in call.world.messages.group_messages
        if message.process_query_key == key
        and message.sender == call.app.robot_code
        and message.open_conversation_id == group.open_conversation_id
    ]
    if not found or call.now() - found[0].sent_at > HOURS * 3600:
        raise _bad("processQueryKey.invalid", "processQueryKey不合法")
    readers = found[0].read_by
    page = readers[start : start + min(size, MOST_READERS)]
    answer = {
        "hasMore": start + len(page) < len(readers),
        "readUserIds": page,
        "sendStatus": "RECALLED" if found[0].recalled_at else "SUCCESS",
    }
    if answer["hasMore"]:
        answer["nextToken"] = str(start + len(page))
    return answer
