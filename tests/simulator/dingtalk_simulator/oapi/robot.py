# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Custom robots of group chats: the webhook."""

from __future__ import annotations

import json
from typing import Any, Dict

from .. import signatures
from ..checks import Check, Wrong, members, rows, text, whole, whole_number
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..gateway import address_allowed
from ..records import WebhookRobot

HOUR = 3600
PER_MINUTE = 20
PENALTY = 600  # seconds
MOST_BYTES = 20000
OLD_LINK = ", more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"
DESCRIPTIONS = {
    "sign not match": (
        "机器人发送签名不匹配",
        "请确认签名和生成签名的时间戳必须都放在调用的网址中，请确认机器人的密钥加密和填写正确",
    ),
    "invalid timestamp": (
        "机器人发送签名过期",
        "签名生成时间和发送时间请保持在timestampms以内",
    ),
    "keywords not in content": (
        "关键词不匹配",
        "请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词",
    ),
}
DOC = "link:请参考本接口对应文档获得具体要求，或者在https://open.dingtalk.com/document/  搜索相关文档;"

BUTTON = members(("title", "actionURL"), title=text(), actionURL=text())
LINK = members(
    ("title", "messageURL", "picURL"), title=text(), messageURL=text(), picURL=text()
)
ORIENTATION = whole(among=(0, 1), digits=True)
# msgtype -> its members
BODIES: Dict[str, Check] = {
    "text": members(("content",), content=text()),
    "link": members(
        ("text", "title", "messageUrl"),
        text=text(),
        title=text(),
        messageUrl=text(),
        picUrl=text(),
    ),
    "markdown": members(("title", "text"), title=text(), text=text()),
    "actionCard": members(
        ("title", "text"),
        title=text(),
        text=text(),
        btnOrientation=ORIENTATION,
        btns=rows(BUTTON),
        singleTitle=text(),
        singleURL=text(),
    ),
    "feedCard": members(("links",), links=rows(LINK, least=1)),
    "empty": members(),
}


def _refused(call: Call, reason: str) -> OapiError:
    style = call.setting("robot_error_text")
    if style == "long":
        reason += OLD_LINK
    elif style == "description" and reason in DESCRIPTIONS:
        reason = "description:%s;solution:%s;%s" % (DESCRIPTIONS[reason] + (DOC,))
    return OapiError(310000, reason)


def _check_signature(call: Call, robot: WebhookRobot) -> None:
    query = call.params.query
    timestamp = query.get("timestamp", "")
    moment = whole_number(timestamp)
    if moment is None or abs(call.now() - moment / 1000.0) > HOUR:
        raise _refused(call, "invalid timestamp")
    if not signatures.same(
        query.get("sign", ""), signatures.robot(robot.secret, timestamp)
    ):
        raise _refused(call, "sign not match")


def _check_body(body: Dict[str, Any]) -> Dict[str, Any]:
    kind = body.get("msgtype")
    if kind not in BODIES:
        raise OapiError(400105)
    content = {} if body.get(kind) is None else body[kind]
    try:
        BODIES[kind](content, kind)
    except Wrong as wrong:
        name = wrong.where.partition(".")[2].partition("[")[0] or kind
        raise OapiError(400402, "错误描述:参数 %s --》 %s 缺失" % (kind, name))
    if kind == "actionCard" and not content.get("btns"):
        for name in ("singleTitle", "singleURL"):
            if not content.get(name):
                raise OapiError(400402, "错误描述:参数 actionCard --》 %s 缺失" % name)
    found = {"msgtype": kind, kind: content}
    if isinstance(body.get("at"), dict):
        found["at"] = body["at"]
    return found


@oapi("POST", "/robot/send", token="none")
def send(call: Call) -> Dict[str, Any]:
    token = call.params.query.get("access_token", "")
    messages, now = call.world.messages, call.now()
    if not token:
        raise OapiError(40035, "缺少参数 access_token")
    robot = messages.robots.get(token)
    if robot is None:
        raise OapiError(call.setting("robot_unknown_token_code"))
    if not robot.enabled:
        raise OapiError(400102)
    if messages.groups[robot.open_conversation_id].dismissed:
        raise OapiError(400013, "群已被解散")
    if call.content_type not in ("", "application/json"):
        raise OapiError(43004)
    body = call.params.body
    if not body:
        raise OapiError(40035, "缺少参数 json")
    if robot.secret:
        _check_signature(call, robot)
    if not address_allowed(call.ip, robot.ip_whitelist):
        raise _refused(call, "ip %s not in whitelist" % call.ip)
    raw = json.dumps(body, ensure_ascii=False)
    if len(raw.encode("utf-8")) > MOST_BYTES:
        raise OapiError(460101, "message too long, exceed 20000 bytes")
    msg = _check_body(body)
    if robot.keywords and not any(word in raw for word in robot.keywords):
        raise _refused(call, "keywords not in content")
    uuid = call.params.text("msgUuid")
    recent = [
        message
        for message in messages.of_group(robot.open_conversation_id)
        if message.sender == robot.token and message.sent_at > now - 60
    ]
    if uuid and any(
        message.msg_uuid == uuid
        for message in messages.of_group(robot.open_conversation_id)
    ):
        return {}
    if robot.blocked_until > now or len(recent) >= PER_MINUTE:
        robot.blocked_until = max(
            robot.blocked_until, now + PENALTY if len(recent) >= PER_MINUTE else 0
        )
        raise OapiError(call.setting("robot_too_fast_code"))
    if msg["msgtype"] != "empty":
        messages.to_group(
            messages.groups[robot.open_conversation_id],
            robot.token,
            "webhook",
            msg,
            msg_uuid=uuid or "",
        )
    return {}
