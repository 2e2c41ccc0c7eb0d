# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Robots: the webhook of a group's own robot, and the robot of an application."""

import re
from urllib.parse import parse_qs, urlsplit

from .. import signing
from ..errors import ApiError, RateLimitedError, argument_error
from ..transport import encode_json
from .base import Area, given, identifier, listed, need, number, text

MAX_WEBHOOK_BYTES = 20000  # of one webhook message
MAX_AT = 50  # people that one message can call by @
PER_MINUTE = 20  # messages of one webhook
SILENCE = 600  # seconds that DingTalk refuses a webhook that said more
MAX_BUTTONS = 10  # of an action card; nothing is documented, and more help nobody
MAX_ROBOT_USERS = 20  # people of one batchSend; an error text of DingTalk's says 100
MAX_RECALLS = 20  # keys of one recall
MAX_PARAM_BYTES = 15000  # of msgParam in a group


def webhook_token(url):
    """Return the token out of the webhook address that DingTalk shows.

    :param str url: ``https://oapi.dingtalk.com/robot/send?access_token=...``
    :raise InvalidArgumentError: no such address
    """
    values = parse_qs(urlsplit(url).query).get("access_token") or [""]
    if not values[0]:
        raise argument_error("the webhook address has no access_token", argument="url")
    return values[0]


def webhook_text(content, at_mobiles=(), at_userids=(), at_all=False):
    """Return the body of a plain text for :meth:`Robots.send_webhook`.

    :param str content: the text; the keyword of the robot must be in it, if it has one
    :param at_mobiles: mobile numbers to call by @; the text names them too
    :param at_userids: userids to call by @
    :param bool at_all: call everybody
    """
    return {
        "msgtype": "text",
        "text": {"content": text(content, "content")},
        "at": _at(at_mobiles, at_userids, at_all),
    }


def webhook_markdown(title, content, at_mobiles=(), at_userids=(), at_all=False):
    """Return the body of a markdown text for :meth:`Robots.send_webhook`."""
    return {
        "msgtype": "markdown",
        "markdown": {"title": text(title, "title"), "text": text(content, "content")},
        "at": _at(at_mobiles, at_userids, at_all),
    }


def webhook_link(title, content, url, picture=""):
    """Return the body of a link for :meth:`Robots.send_webhook`.

    :param str url: address that opens
    :param str picture: address of a picture
    """
    return {
        "msgtype": "link",
        "link": {
            "title": text(title, "title"),
            "text": text(content, "content"),
            "messageUrl": text(url, "url"),
            "picUrl": picture or "",
        },
    }


def webhook_action_card(title, content, buttons, side_by_side=False):
    """Return the body of a card with buttons for :meth:`Robots.send_webhook`.

    :param str content: markdown
    :param buttons: list of (label, address); one makes the whole card a button
    :param bool side_by_side: two buttons in one line
    """
    card = {
        "title": text(title, "title"),
        "text": text(content, "content"),
        "btnOrientation": "1" if side_by_side else "0",
    }
    buttons = [
        {"title": text(label, "buttons"), "actionURL": text(url, "buttons")}
        for label, url in buttons
    ]
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise argument_error(
            "buttons: %d, 1 to %d are allowed" % (len(buttons), MAX_BUTTONS)
        )
    if len(buttons) == 1:
        card["singleTitle"] = buttons[0]["title"]
        card["singleURL"] = buttons[0]["actionURL"]
    else:
        card["btns"] = buttons
    return {"msgtype": "actionCard", "actionCard": card}


# What DingTalk says in its several wordings -> what helps. All have one code, 310000.
_REFUSALS = (
    (re.compile("keyword|关键词"), "robot_keyword"),
    (re.compile("whitelist|白名单", re.IGNORECASE), "robot_ip"),
    (re.compile("sign|timestamp|签名"), "robot_signature"),
)
_WEBHOOK_IP = re.compile(r"\bip ([0-9A-Fa-f.:]+)")
# No such token, switched off, group dissolved, robot gone.
_GONE = ("300001", "300005", "400013", "400101", "400102", "400106")


def _explained(error):
    """Return the error with the remedy that fits a webhook."""
    if isinstance(error, RateLimitedError):
        error.remedy = "robot_limit"
        error.detail["wait"] = max(error.wait or 0, SILENCE)
    elif error.code in _GONE:
        error.remedy = "robot_webhook"
    elif error.code == "310000":
        for pattern, remedy in _REFUSALS:
            if pattern.search(error.message):
                error.remedy = remedy
                break
        found = _WEBHOOK_IP.search(error.message)
        if error.remedy == "robot_ip" and found:
            error.detail["ip"] = found.group(1)
    return error


def _at(mobiles, userids, everybody):
    mobiles = [identifier(mobile, "at_mobiles") for mobile in mobiles]
    userids = [identifier(userid, "at_userids") for userid in userids]
    if len(mobiles) + len(userids) > MAX_AT:
        raise argument_error("at most %d people can be called by @" % MAX_AT)
    return {"atMobiles": mobiles, "atUserIds": userids, "isAtAll": bool(everybody)}


class Robots(Area):
    """Robots."""

    def send_webhook(self, access_token, message, secret=None, uuid=None):
        """Send a message into a group by the webhook of its robot.

        https://open.dingtalk.com/document/development/custom-robots-send-group-messages

        20 messages a minute, then the robot is silent for ten minutes.

        :param str access_token: of the robot (see :func:`webhook_token`); this is not
            the token of an application
        :param dict message: body, up to 20000 bytes
        :param str secret: ``SEC...`` where the robot asks for a signature
        :param str uuid: key that makes a repetition harmless
        :raise RateLimitedError: too many messages; remedy ``robot_limit``
        :raise InvalidArgumentError: keyword, signature or address was refused
            (310000); remedies ``robot_keyword``, ``robot_signature``, ``robot_ip``
        :raise ApiError: no such robot, or no longer; remedy ``robot_webhook``
        """
        if uuid is not None:
            message = dict(message, msgUuid=text(uuid, "uuid"))
        length = len(encode_json(message))
        if length > MAX_WEBHOOK_BYTES:
            raise argument_error(
                "the message has %d bytes, a robot takes %d"
                % (length, MAX_WEBHOOK_BYTES),
                length=length,
                limit=MAX_WEBHOOK_BYTES,
            )
        params = {"access_token": text(access_token, "access_token")}
        if secret:
            timestamp = str(int(self._client.now() * 1000))
            params["timestamp"] = timestamp
            params["sign"] = signing.robot_sign(secret, timestamp)
        try:
            self._client.old(
                "/robot/send",
                message,
                params=params,
                token=False,
                idempotent=uuid is not None,
            )
        except ApiError as error:
            raise _explained(error)

    def send_to_users(self, robot_code, userids, msg_key, msg_param):
        """Send a message of an application's robot to people, each on their own.

        https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches

        :param str robot_code: code of the robot
        :param userids: up to 20
        :param str msg_key: kind of message, ``sampleText``, ``sampleMarkdown`` ...
        :param dict msg_param: what the kind needs
        :return: ``{"key", "invalid", "limited", "filtered"}``: key for
            :meth:`read_status` and :meth:`recall_from_users`, userids that got nothing
        """
        people = [identifier(userid, "userids") for userid in userids]
        if not people or len(people) > MAX_ROBOT_USERS:
            raise argument_error(
                "userids: %d ids, 1 to %d are allowed" % (len(people), MAX_ROBOT_USERS)
            )
        payload = self._client.new(
            "POST",
            "/v1.0/robot/oToMessages/batchSend",
            {
                "robotCode": identifier(robot_code, "robot_code"),
                "userIds": people,
                "msgKey": identifier(msg_key, "msg_key"),
                "msgParam": _param(msg_param),
            },
            idempotent=False,
        )
        return {
            "key": need(payload, "processQueryKey", str),
            "invalid": listed(payload.get("invalidStaffIdList")),
            "limited": listed(payload.get("flowControlledStaffIdList")),
            "filtered": listed(payload.get("filteredStaffIdList")),
        }

    def read_status(self, robot_code, key):
        """Return who read a message to people, within 24 hours.

        https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages

        :return: dict userid -> True when read
        """
        payload = self._client.new(
            "GET",
            "/v1.0/robot/oToMessages/readStatus",
            params={
                "robotCode": identifier(robot_code, "robot_code"),
                "processQueryKey": text(key, "key"),
            },
        )
        return dict(
            (item.get("userId"), item.get("readStatus") == "READ")
            for item in listed(payload.get("messageReadInfoList"))
        )

    def recall_from_users(self, robot_code, keys):
        """Take messages to people back, within 24 hours; returns the keys that worked.

        https://open.dingtalk.com/document/development/batch-message-recall-chat

        :param keys: up to 20
        """
        # DingTalk spells "oto" in small letters here, and only here.
        return self._recall("/v1.0/robot/otoMessages/batchRecall", robot_code, keys)

    def send_to_group(self, robot_code, conversation_id, msg_key, msg_param):
        """Send a message of an application's robot into a group; returns its key.

        https://open.dingtalk.com/document/development/the-robot-sends-a-group-message

        :param str conversation_id: ``openConversationId`` of the group
        :param dict msg_param: up to 15000 bytes as JSON
        """
        payload = self._client.new(
            "POST",
            "/v1.0/robot/groupMessages/send",
            {
                "robotCode": identifier(robot_code, "robot_code"),
                "openConversationId": text(conversation_id, "conversation_id"),
                "msgKey": identifier(msg_key, "msg_key"),
                "msgParam": _param(msg_param),
            },
            idempotent=False,
        )
        return need(payload, "processQueryKey", str)

    def group_read_page(
        self, robot_code, conversation_id, key, next_token=None, size=100
    ):
        """Return one page of who read a message in a group: (userids, next token).

        https://open.dingtalk.com/document/development/the-robot-sends-a-group-message

        :param str key: of :meth:`send_to_group`
        :param str next_token: of the page before
        :param int size: people on a page
        """
        body = given(
            robotCode=identifier(robot_code, "robot_code"),
            openConversationId=text(conversation_id, "conversation_id"),
            processQueryKey=text(key, "key"),
            maxResults=number(size, "size", 1),
            nextToken=next_token,
        )
        payload = self._client.new("POST", "/v1.0/robot/groupMessages/query", body)
        following = payload.get("nextToken") if payload.get("hasMore") else None
        return listed(payload.get("readUserIds")), following

    def recall_from_group(self, robot_code, conversation_id, keys):
        """Take messages in a group back; returns the keys that worked.

        https://open.dingtalk.com/document/development/the-robot-sends-a-group-message
        """
        return self._recall(
            "/v1.0/robot/groupMessages/recall",
            robot_code,
            keys,
            openConversationId=text(conversation_id, "conversation_id"),
        )

    def _recall(self, path, robot_code, keys, **more):
        keys = [text(key, "keys") for key in keys]
        if not keys or len(keys) > MAX_RECALLS:
            raise argument_error(
                "keys: %d, 1 to %d are allowed" % (len(keys), MAX_RECALLS)
            )
        body = dict(
            more, robotCode=identifier(robot_code, "robot_code"), processQueryKeys=keys
        )
        return listed(self._client.new("POST", path, body).get("successResult"))


def _param(value):
    content = encode_json(value)
    if len(content) > MAX_PARAM_BYTES:
        raise argument_error(
            "msg_param has %d bytes, %d are allowed" % (len(content), MAX_PARAM_BYTES)
        )
    return content.decode("utf-8")
