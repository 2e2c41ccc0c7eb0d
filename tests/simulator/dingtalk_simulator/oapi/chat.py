# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Answers of robots to the address that came with a message."""

from __future__ import annotations

import json
from typing import Any, Dict

from .. import chat
from ..endpoints import Call, old
from ..errors import OldError
from .robot import MOST_BYTES, _check_body


@old("POST", "/robot/sendBySession", token="none")
def send_by_session(call: Call) -> Dict[str, Any]:
    """No token: the session is one."""
    key = call.params.query.get("session", "")
    found = chat.area(call.world)["sessions"].get(key)
    if found is None or found["until"] <= call.now():
        raise OldError(300001, "session 不存在")
    body = call.params.body
    if not body:
        raise OldError(40035, "缺少参数 json")
    if len(json.dumps(body, ensure_ascii=False).encode("utf-8")) > MOST_BYTES:
        raise OldError(460101, "message too long, exceed 20000 bytes")
    msg = _check_body(body)
    if chat.unsafe(call.world, msg):
        raise OldError(430102, "消息内容不合规")
    chat.answered(call.world, key, msg)
    return {}
