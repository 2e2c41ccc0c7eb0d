# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Answer messages to an application's robot."""

import json
from urllib.parse import parse_qs, urlsplit

from odoo.addons.dingding.dingtalk.api.base import Area, identifier, listed, need, text
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import (
    BadCredentialsError,
    InvalidArgumentError,
    NotFoundError,
    RateLimitedError,
    argument_error,
    register as register_codes,
)

from .groups import GroupDissolvedError

MAX_BYTES = 15000  # of a message; that of a session may have 20 000
MAX_USERIDS = 20  # in one call; the page says 20 and 100
SESSION_PATH = "/robot/sendBySession"

register_codes(
    InvalidArgumentError,
    "invalidParameter.robotCode.auth invalidParameter.robotCode.downloadCode "
    "invalidParameter.robotCode.empty invalidParameter.robotCode.notExsit "
    "invalidParameter.msgKey.invalid invalidParameter.msgParam.invalid "
    "invalidParameter.userIds.empty invalidParameter.userIds.overMax "
    "invalidParameter.openConversationId.empty "
    "invalidParameter.openConversationId.notExist "
    "invalidParameter.processQueryKey.invalid",
)

#: Codes of DingTalk's content check.
UNSAFE = ("430101", "430102", "430103", "430104", "param.contentUnsafe")
SESSION_GONE = ("300001", "300005", "400101")
GROUP_GONE = "400013"


def session_key(url, hosts):
    """Return the key in a message's ``sessionWebhook``, '' without one.

    The URL's host is never used.

    :param Hosts hosts: of the application; the URL must belong to them
    """
    if not isinstance(url, str) or len(url) > 2000 or not hosts.allows(url):
        return ""
    try:
        parts = urlsplit(url)
        values = parse_qs(parts.query).get("session") or [""]
    except ValueError:
        return ""
    return values[0] if parts.path == SESSION_PATH and len(values) == 1 else ""


def markdown(title, content):
    """Return the body of a markdown message, in the format of sessions."""
    return {
        "msgtype": "markdown",
        "markdown": {"title": text(title, "title"), "text": text(content, "content")},
    }


def robot_message(body):
    """Return (msgKey, msgParam) of a body in the format of sessions.

    https://open.dingtalk.com/document/development/robot-message-type

    :param dict body: text, markdown, or a card with up to five buttons
    :raise InvalidArgumentError: another type, or too long
    """
    kind = body.get("msgtype")
    content = body.get(kind) or {}
    if kind == "text":
        key, values = "sampleText", {"content": content["content"]}
    elif kind == "markdown":
        key, values = "sampleMarkdown", dict(content)
    elif kind == "file":
        key, values = "sampleFile", dict(content)
    elif kind == "image":
        key, values = "sampleImageMsg", dict(content)
    elif kind == "actionCard":
        values = {"title": content["title"], "text": content["text"]}
        buttons = content.get("btns") or []
        if content.get("singleURL"):
            key = "sampleActionCard"
            values["singleTitle"] = content["singleTitle"]
            values["singleURL"] = content["singleURL"]
        elif 2 <= len(buttons) <= 5:
            key = "sampleActionCard%d" % len(buttons)
            for number, button in enumerate(buttons, 1):
                values["actionTitle%d" % number] = button["title"]
                values["actionURL%d" % number] = button["actionURL"]
        else:
            raise argument_error("buttons: %d, 2 to 5 are allowed" % len(buttons))
    else:
        raise argument_error("a robot cannot send the type %r" % (kind,))
    param = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    length = len(param.encode("utf-8"))
    if length > MAX_BYTES:
        raise argument_error(
            "the message has %d bytes, a robot takes %d" % (length, MAX_BYTES),
            length=length, limit=MAX_BYTES,
        )
    return key, param


class Chat(Area):
    """Messages of an application's robot."""

    def answer(self, key, body):
        """Answer in the chat of a message, while its session lasts.

        https://open.dingtalk.com/document/development/robot-message-type

        Counts as a webhook message, not as a call. Unknown results are not repeated.

        :param str key: of :func:`session_key`
        :param dict body: up to 20 000 bytes
        :return: False if the session has ended
        :raise GroupDissolvedError: the group does not exist any longer
        :raise DingTalkError: DingTalk refuses the message
        """
        try:
            self._client.oapi(
                SESSION_PATH, body, params={"session": text(key, "key")}, token=False,
                idempotent=False,
            )
        except BadCredentialsError as error:
            if error.code in SESSION_GONE:
                return False
            raise
        except NotFoundError as error:
            if error.code != GROUP_GONE:
                raise
            raise GroupDissolvedError(
                error.code, error.message, error.request_id) from None
        return True

    def send_people(self, robot_code, userids, body):
        """Send a message one-to-one; return the processQueryKey.

        https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches

        Permission ``qyapi_robot_sendmsg``. At most 20 people.

        :raise NotFoundError: accepted, but DingTalk knows none of them
        :raise RateLimitedError: accepted, but kept from all of them for now
        """
        userids = [identifier(userid, "userids") for userid in userids]
        if not 1 <= len(userids) <= MAX_USERIDS:
            raise argument_error("userids: 1 to %d" % MAX_USERIDS)
        key, param = robot_message(body)
        payload = self._client.api(
            "POST", "/v1.0/robot/oToMessages/batchSend",
            {
                "robotCode": text(robot_code, "robot_code"), "userIds": userids,
                "msgKey": key, "msgParam": param,
            },
            idempotent=False,
        )
        self._check_reached(payload, userids)
        return need(payload, "processQueryKey", str)

    @staticmethod
    def _check_reached(payload, userids):
        """Check who was left out: HTTP 200 does not mean delivered."""
        limited = set(listed(payload.get("flowControlledStaffIdList")))
        unknown = set(listed(payload.get("invalidStaffIdList")))
        if not set(userids) <= limited | unknown:
            return
        if limited:
            raise RateLimitedError(
                "flow_controlled", "the recipients got too many messages")
        raise NotFoundError("not_delivered", "DingTalk does not know the recipients")

    def send_group(self, robot_code, conversation_id, body):
        """Send a message to a group with the robot; return the processQueryKey.

        https://open.dingtalk.com/document/development/the-robot-sends-a-group-message

        Permission ``qyapi_robot_sendmsg``. Nobody can be mentioned with @.

        :raise GroupDissolvedError: the group does not exist any longer
        """
        key, param = robot_message(body)
        payload = self._client.api(
            "POST", "/v1.0/robot/groupMessages/send",
            {
                "robotCode": text(robot_code, "robot_code"),
                "openConversationId": text(conversation_id, "conversation_id"),
                "msgKey": key, "msgParam": param,
            },
            idempotent=False,
        )
        return need(payload, "processQueryKey", str)

    def is_read(self, robot_code, key):
        """Return the userids that have read a message, within 24 hours.

        https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages

        :param str key: processQueryKey
        """
        payload = self._client.api(
            "GET", "/v1.0/robot/oToMessages/readStatus",
            params={
                "robotCode": text(robot_code, "robot_code"),
                "processQueryKey": text(key, "key"),
            },
        )
        return [
            each.get("userId") for each in listed(payload.get("messageReadInfoList"))
            if isinstance(each, dict) and each.get("readStatus") == "READ"
        ]

    def download(self, robot_code, code, most):
        """Return the bytes of a file that a person sent to the robot.

        https://open.dingtalk.com/document/development/download-the-file-content-of-the-robot-receiving-message

        Permission ``qyapi_robot_sendmsg``.

        :param str code: ``downloadCode`` of the message; it expires
        :param int most: maximum number of bytes
        :raise InvalidArgumentError: the code has expired or is another robot's
        :raise TransportError: not a DingTalk host, too long, or unreachable
        """
        payload = self._client.api(
            "POST", "/v1.0/robot/messageFiles/download",
            {
                "robotCode": text(robot_code, "robot_code"),
                "downloadCode": text(code, "code"),
            },
        )
        return self._client.get_file(need(payload, "downloadUrl", str), most)


register("chat", Chat)
