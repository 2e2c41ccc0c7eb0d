# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Answers of robots to a message's address; groups by chatid.

https://open.dingtalk.com/document/development/obtain-a-group-session
"""

from __future__ import annotations

import json
from typing import Any, Dict

from .. import chat
from ..endpoints import Call, oapi
from ..errors import OapiError
from .robot import MOST_BYTES, _check_body

READ = "qyapi_chat_read"
THERE, DISMISSED = 1, 2  # status


@oapi("GET", "/chat/get", scope=READ, exempt=False)
def get(call: Call) -> Dict[str, Any]:
    """A group made by API, also after its dismissal."""
    chatid = call.params.query.get("chatid", "")
    if not chatid:
        raise OapiError(49000, "需要参数chatid")
    for group in call.world.messages.groups.values():
        if group.chatid == chatid and group.corp_id == call.org.corp_id:
            break
    else:
        raise OapiError(40016, "无效的chatid")
    if chatid not in chat.area(call.world).get("made", ()):
        raise OapiError(40016, "无效的chatid")
    return {
        "chat_info": {
            "chatid": chatid,
            "name": group.title,
            "owner": group.owner,
            "useridlist": [] if group.dismissed else list(group.members),
            "conversationTag": 2,
            "status": DISMISSED if group.dismissed else THERE,
        }
    }


@oapi("POST", "/robot/sendBySession", token="none")
def send_by_session(call: Call) -> Dict[str, Any]:
    """Without a token: the session is one."""
    key = call.params.query.get("session", "")
    found = chat.area(call.world)["sessions"].get(key)
    if found is None or found["until"] <= call.now():
        raise OapiError(300001, "session 不存在")
    group = call.world.messages.groups.get(found["group"])
    if group is not None and group.dismissed:
        raise OapiError(400013, "群已被解散")
    body = call.params.body
    if not body:
        raise OapiError(40035, "缺少参数 json")
    if len(json.dumps(body, ensure_ascii=False).encode("utf-8")) > MOST_BYTES:
        raise OapiError(460101, "message too long, exceed 20000 bytes")
    msg = _check_body(body)
    if chat.unsafe(call.world, msg):
        raise OapiError(430102, "消息内容不合规")
    chat.answered(call.world, key, msg)
    return {}
