# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Messages of people to robots, and answers.

https://open.dingtalk.com/document/development/the-application-robot-in-the-enterprise-sends-a-single-chat

A robot gets messages of one-to-one chats, and of groups that mention it, over the app's
Stream. `world.extra` keeps all chats.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from . import ids
from .callbacks import emit
from .callbacks.payloads import Event

if TYPE_CHECKING:
    from .records import App, Group, Person
    from .server import Simulator

AREA = "chat"
TOPIC = "/v1.0/im/bot/messages/get"
REMEMBERED = 5000  # messages
# Types of messages that come one-to-one only.
ALONE = ("audio", "video", "file")
QUOTA_TEXT = "当前企业API调用超量，请购买增购包"
CODE_SECONDS = 24 * 3600
REMEMBERED_FILES = 500


class Refused(Exception):
    """A person cannot do this."""


def area(world: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = world.extra.setdefault(
        AREA, {"log": [], "sessions": {}, "codes": {}, "next": 1}
    )
    return found


def conversation_of(app: "App", userid: str) -> str:
    """The id of the one-to-one chat of a person and an app's robot."""
    return "cid" + ids.digest62(24, "%s %s" % (app.app_key, userid)) + "=="


def encrypted(kind: str, value: str) -> str:
    """An opaque id, such as senderId."""
    return "$:LWCP_v1:$" + ids.digest62(32, "%s %s" % (kind, value))


def listed(
    world: Any, corp_id: str, userid: str = "", group: str = ""
) -> List[Dict[str, Any]]:
    """The messages, oldest first, one-to-one with `userid` or in `group`."""
    return [
        each
        for each in area(world)["log"]
        if each["corp_id"] == corp_id
        and (not userid or each["userid"] == userid)
        and (not group or each["group"] == group)
    ]


def note(world: Any, app: "App", userid: str, group: str, **values: Any) -> Any:
    """Log a message of a chat."""
    kept = area(world)
    entry = dict(
        {
            "id": kept["next"],
            "at": world.now(),
            # How far the clock is ahead of this machine's.
            "offset": world.setting("clock_offset"),
            "corp_id": app.corp_id,
            "app_key": app.app_key,
            "userid": userid,
            "group": group,
        },
        **values,
    )
    kept["next"] += 1
    kept["log"].append(entry)
    del kept["log"][:-REMEMBERED]
    world.publish("chat.message", corp_id=app.corp_id, id=entry["id"])
    return entry


def session(
    simulator: "Simulator", app: "App", userid: str, group: str, expired: bool
) -> Dict[str, Any]:
    """An address for one answer, valid for a while."""
    world = simulator.world
    sessions = area(world)["sessions"]
    for key in [key for key, each in sessions.items() if each["until"] <= world.now()]:
        del sessions[key]
    key = ids.random_hex(32)
    until = world.now() + (-1 if expired else world.setting("chat_session_seconds"))
    sessions[key] = {
        "app_key": app.app_key,
        "userid": userid,
        "group": group,
        "until": until,
    }
    return {
        "sessionWebhook": "%s/robot/sendBySession?session=%s" % (simulator.url, key),
        "sessionWebhookExpiredTime": int(until * 1000),
    }


def download_code(
    world: Any, app: "App", filename: str, content: bytes, expired: bool = False
) -> str:
    """A download code, to be exchanged for a file's address."""
    codes = area(world)["codes"]
    code = ids.random62(64)
    media = world.messages.add_media(app, "file", filename, "", content)
    codes[code] = {
        "robot_code": app.robot_code,
        "media_id": media.media_id,
        "until": world.now() + (-1 if expired else CODE_SECONDS),
        "address": ids.random_hex(40),
    }
    for old in list(codes)[:-REMEMBERED_FILES]:
        del codes[old]
    return code


def message(
    simulator: "Simulator",
    app: "App",
    person: "Person",
    group: Optional["Group"],
    content: Dict[str, Any],
    outsider: bool = False,
    expired: bool = False,
    msg_id: str = "",
) -> Dict[str, Any]:
    """The app's message for what a person has written."""
    world = simulator.world
    org = world.org(app.corp_id)
    key = group.open_conversation_id if group is not None else ""
    found = {
        "conversationId": key or conversation_of(app, person.userid),
        "chatbotCorpId": app.corp_id,
        "chatbotUserId": encrypted("robot", app.robot_code),
        "msgId": msg_id or "msg" + ids.random62(40),
        "senderNick": person.name,
        "isAdmin": person.admin_level > 0,
        "senderCorpId": "ding" + ids.digest62(24, "other") if outsider else app.corp_id,
        "createAt": int(world.now() * 1000),
        "conversationType": "2" if key else "1",
        "senderId": encrypted("person", person.unionid or person.userid),
        "robotCode": app.robot_code,
    }
    # As documented: only of published robots, and of people of the same organisation.
    if world.setting("robot_published", app) and not outsider:
        found["senderStaffId"] = person.userid
        found["senderUnionId"] = person.unionid
    if key:
        found["conversationTitle"] = group.title
        found["isInAtList"] = True
        found["atUsers"] = [{"dingtalkId": found["chatbotUserId"]}]
    found.update(session(simulator, app, person.userid, key, expired))
    if not simulator.events.within_quota(
        Event(TOPIC, org.corp_id, {}, int(world.now() * 1000))
    ):
        found.update(errCode=20001, errMsg=QUOTA_TEXT)
        return found
    found.update(content)
    return found


async def say(
    simulator: "Simulator",
    app: "App",
    person: "Person",
    group: Optional["Group"],
    content: Dict[str, Any],
    message_id: str = "",
    copies: int = 1,
    wait: bool = True,
    at: bool = True,
    **options: Any,
) -> Dict[str, Any]:
    """A person writes; the app gets messages to the robot.

    :raise Refused: DingTalk does not carry such a message
    """
    world, key = simulator.world, ""
    if group is not None:
        key = group.open_conversation_id
        if group.dismissed:
            raise Refused("the group was dismissed")
        if person.userid not in group.members and not options.get("outsider"):
            raise Refused("not a member of the group")
        if content.get("msgtype") in ALONE:
            raise Refused("robots get no %s in groups" % content["msgtype"])
    sent = message(simulator, app, person, group, content, **options)
    entry = note(
        world,
        app,
        person.userid,
        key,
        direction="in",
        msg=content,
        msg_id=sent["msgId"],
        state="unheard",
    )
    if group is not None:
        world.messages.to_group(group, person.userid, "person", content)
        if not at:
            return {"message": sent, "push": None, "id": entry["id"]}

    async def tell() -> Any:
        push = await simulator.events.stream.callback(
            app.app_key, TOPIC, sent, message_id, copies
        )
        entry["state"] = push.state if push is not None else "unheard"
        # The app's last answer, None without one.
        entry["code"] = (push.ack or {}).get("code") if push is not None else None
        world.changed()
        return push

    if not wait:
        asyncio.ensure_future(tell())
        return {"message": sent, "push": None, "id": entry["id"]}
    push = await tell()
    return {
        "message": sent,
        "push": push.as_dict() if push is not None else None,
        "id": entry["id"],
    }


def answered(world: Any, key: str, msg: Dict[str, Any]) -> bool:
    """Post a robot's answer to the session's chat; return whether it still exists."""
    found = area(world)["sessions"].get(key)
    if found is None or found["until"] <= world.now():
        return False
    app = world.apps.get(found["app_key"])
    if app is None:
        return False
    note(
        world, app, found["userid"], found["group"], direction="out", msg=msg,
        way="session",
    )
    group = world.messages.groups.get(found["group"])
    if group is not None:
        world.messages.to_group(group, app.robot_code, "robot", msg)
    else:
        world.messages.robot_answers(app, found["userid"], msg)
    return True


def dismiss(world: Any, group: "Group", operator: str = "") -> None:
    """The owner dismisses a group; those made by API have an event.

    https://open.dingtalk.com/document/development/group-session-disband-group

    :raise Refused: somebody else, or it was dismissed already
    """
    operator = operator or group.owner
    if group.dismissed:
        raise Refused("the group was dismissed")
    if operator != group.owner:
        raise Refused("only the owner can dismiss a group")
    group.dismissed = True
    world.publish("group.changed", group=group.open_conversation_id)
    if group.chatid not in area(world).get("made", ()):
        return
    person = world.org(group.corp_id).person(operator)
    emit(
        world,
        "chat_disband",
        {
            "chatId": group.chatid,
            "openConversationId": group.open_conversation_id,
            "operator": operator,
            "operatorUnionId": person.unionid if person is not None else "",
        },
        group.corp_id,
    )


def change(
    world: Any,
    group: "Group",
    operator: str = "",
    title: str = "",
    owner: str = "",
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> None:
    """People change a group in the client; those made by API have events.

    https://open.dingtalk.com/document/development/group-session-add-member

    :raise Refused: the group was dismissed, or would have a foreign owner
    """
    operator = operator or group.owner
    members = [each for each in group.members if each not in remove]
    members += [each for each in add if each not in members]
    if group.dismissed:
        raise Refused("the group was dismissed")
    if (owner or group.owner) not in members:
        raise Refused("the owner is a member")
    group.members = members
    group.title, group.owner = title or group.title, owner or group.owner
    world.publish("group.changed", group=group.open_conversation_id)
    if group.chatid not in area(world).get("made", ()):
        return
    org = world.org(group.corp_id)

    def unionid(userid: str) -> str:
        person = org.person(userid)
        return person.unionid if person is not None else ""

    def tell(event_type: str, **values: Any) -> None:
        emit(
            world,
            event_type,
            dict(
                {
                    "chatId": group.chatid,
                    "openConversationId": group.open_conversation_id,
                    "operatorUnionId": unionid(operator),
                },
                **values,
            ),
            group.corp_id,
        )

    def people(userids: Sequence[str]) -> Dict[str, Any]:
        return {
            "operator": operator,
            "userId": list(userids),
            "unionId": [unionid(each) for each in userids],
        }

    if add:
        tell("chat_add_member", **people(add))
    if list(remove) == [operator]:
        tell("chat_quit", operator=operator)
    elif remove:
        tell("chat_remove_member", **people(remove))
    if title:
        tell("chat_update_title", operator=operator, title=title)
    if owner:
        # Its page names no operator, only a unionid.
        tell("chat_update_owner", owner=owner)


def unsafe(world: Any, msg: Any) -> bool:
    """Whether DingTalk's content check refuses a message."""
    text = str(msg)
    return any(word in text for word in world.setting("unsafe_words"))


def file_at(world: Any, address: str) -> Optional[bytes]:
    """The file of an address from a download code."""
    for each in area(world)["codes"].values():
        if each["address"] == address and each["until"] > world.now():
            found: Optional[bytes] = world.messages.media_content.get(each["media_id"])
            return found
    return None
