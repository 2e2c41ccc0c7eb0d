# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Files that people sent to a robot, and groups made by API.

https://open.dingtalk.com/document/development/create-common-group-new-version-v2
"""

from __future__ import annotations

from typing import Any, Dict, List

from .. import chat
from ..endpoints import Call, api
from ..errors import ApiError
from .robot import SCOPE, _bad

MANAGE = "qyapi_chat_manage"
LONGEST_NAME = 20
MOST_MEMBERS = 1000
MOST_AT_ONCE = 40


@api("POST", "/v1.0/robot/messageFiles/download", scope=SCOPE, exempt=False)
def download(call: Call) -> Dict[str, Any]:
    """Exchange the code for an address that is valid for a while."""
    code = call.params.text("downloadCode", required=True)
    robot_code = call.params.text("robotCode", required=True)
    found = chat.area(call.world)["codes"].get(code)
    if robot_code != call.app.robot_code or (
        found is not None and found["robot_code"] != robot_code
    ):
        raise _bad("robotCode.auth", "robotCode和downloadCode不匹配")
    if found is None or found["until"] <= call.now():
        raise _bad("robotCode.downloadCode", "downloadCode已过期或不存在")
    return {"downloadUrl": "%s/chat_files/%s.file" % (call.base_url, found["address"])}


def _people(call: Call, name: str, required: bool = False) -> List[str]:
    found = list(dict.fromkeys(call.params.names(name) or []))
    if required and not found:
        raise call.params.problem(name)
    if len(found) > MOST_AT_ONCE and name != "useridlist":
        raise call.params.problem(name)
    for userid in found:
        if call.org.person(userid) is None:
            raise ApiError("parameter.invalid", "%s: 用户不存在" % name)
    return found


@api("POST", "/v1.0/im/group/create", scope=MANAGE, exempt=False)
def create(call: Call) -> Dict[str, Any]:
    """An internal group."""
    name = call.params.text("name", required=True, longest=LONGEST_NAME)
    owner = call.params.text("owner", required=True)
    members = _people(call, "useridlist", required=True)
    tag = call.params.integer("conversationTag", default=2, low=0, high=2)
    if tag != 2:
        # Ordinary groups need an app on DingTalk's list.
        raise ApiError("permession.checkFailed", "没有权限")
    person = call.org.person(owner)
    if person is None or not call.world.sees_person(call.app, person):
        raise ApiError("permession.checkFailed", "群主不在应用可见范围内")
    if len(set(members + [owner])) > MOST_MEMBERS:
        raise ApiError("parameter.invalid", "群成员数量超过上限")
    members = [owner] + [each for each in members if each != owner]
    group = call.world.messages.add_group(call.org, name, members, owner)
    chat.area(call.world).setdefault("made", []).append(group.chatid)
    return {
        "chatid": group.chatid,
        "openConversationId": group.open_conversation_id,
        "conversationTag": tag,
    }


@api("POST", "/v1.0/im/group/update", scope=MANAGE, exempt=False)
def update(call: Call) -> Dict[str, Any]:
    """Name, owner and members of a group made by API."""
    chatid = call.params.text("chatid", required=True)
    groups = [
        group
        for group in call.world.messages.groups.values()
        if group.chatid == chatid and group.corp_id == call.org.corp_id
    ]
    # Ids of the JSAPI and of people's groups are rejected.
    made = chat.area(call.world).get("made", ())
    if not groups or groups[0].dismissed or chatid not in made:
        raise ApiError("parameter.invalid", "chatid不合法")
    group = groups[0]
    name = call.params.text("name", longest=LONGEST_NAME)
    added, gone = _people(call, "add_useridlist"), _people(call, "del_useridlist")
    members = [each for each in group.members if each not in gone]
    members += [each for each in added if each not in members]
    if members and call.org.person(group.owner) is None:
        # The successor of an owner who left is undocumented.
        group.owner = members[0]
    owner = call.params.text("owner")
    if owner and owner not in members:
        raise ApiError("parameter.invalid", "群主不是群成员")
    if not owner and group.owner not in members:
        raise ApiError("parameter.invalid", "不能移除群主")
    if len(members) > MOST_MEMBERS:
        raise ApiError("parameter.invalid", "群成员数量超过上限")
    group.members = members
    group.title = name or group.title
    group.owner = owner or group.owner
    call.world.publish("group.changed", group=group.open_conversation_id)
    return {"success": True}


@api("POST", "/v1.0/im/innerGroups/members/query", exempt=False)
def members(call: Call) -> Dict[str, Any]:
    """In the official SDK only."""
    key = call.params.text("openConversationId", required=True)
    call.params.text("userId", required=True)
    size = call.params.integer("maxResults", required=True, low=1, high=1000)
    start = call.params.integer("nextToken", default=0, low=0)
    group = call.world.messages.groups.get(key)
    if group is None or group.dismissed or group.corp_id != call.org.corp_id:
        raise ApiError("parameter.invalid", "openConversationId不合法")
    page = group.members[start : start + size]
    more = start + len(page) < len(group.members)
    return {
        "userIds": page,
        "hasMore": more,
        "nextToken": str(start + len(page)) if more else "",
    }
