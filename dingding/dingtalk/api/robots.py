# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Send to groups by the webhooks of their robots."""

import re
from urllib.parse import parse_qs, urlsplit

from .. import signing
from ..errors import ApiError, RateLimitedError, argument_error
from ..transport import encode_json
from .base import Area, identifier, text

MAX_WEBHOOK_BYTES = 20000  # per webhook message
MAX_AT = 50  # people that one message can mention
PER_MINUTE = 20  # messages per webhook
SILENCE = 600  # seconds that DingTalk refuses a webhook above that limit
MAX_BUTTONS = 10  # per action card; undocumented, and more are not usable

REMEDIES = (
    "robot_webhook",
    "robot_keyword",
    "robot_signature",
    "robot_ip",
    "robot_limit",
)


def webhook_token(url):
    """Return the token in the webhook address that DingTalk shows.

    :param str url: ``https://oapi.dingtalk.com/robot/send?access_token=...``
    :raise InvalidArgumentError: not such an address
    """
    values = parse_qs(urlsplit(url).query).get("access_token") or [""]
    if not values[0]:
        raise argument_error("the webhook address has no access_token", argument="url")
    return values[0]


def webhook_text(content, at_mobiles=(), at_userids=(), at_all=False):
    """Return the body of a plain text for :meth:`Robots.send_webhook`.

    :param str content: the text; must contain the robot's keyword, if it has one
    :param at_mobiles: mobile numbers to mention; the text contains them too
    :param at_userids: userids to mention
    :param bool at_all: mention everybody
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
    :param buttons: list of (label, address); a single one makes the whole card a button
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


# DingTalk's various wordings -> remedy. All have the same code, 310000.
_REFUSALS = (
    (re.compile("keyword|关键词"), "robot_keyword"),
    (re.compile("whitelist|白名单", re.IGNORECASE), "robot_ip"),
    (re.compile("sign|timestamp|签名"), "robot_signature"),
)
_WEBHOOK_IP = re.compile(r"\bip ([0-9A-Fa-f.:]+)")
# Unknown token, disabled, group dissolved, robot removed.
_GONE = ("300001", "300005", "400013", "400101", "400102", "400106")


def _explained(error):
    """Return the error with the remedy for a webhook."""
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
        """Send a message to a group by its robot's webhook.

        https://open.dingtalk.com/document/development/custom-robots-send-group-messages

        Limit: 20 messages a minute, then the robot is blocked for ten minutes.

        :param str access_token: of the robot (see :func:`webhook_token`); not the token
            of an application
        :param dict message: body, up to 20000 bytes
        :param str secret: ``SEC...`` if the robot requires a signature
        :param str uuid: idempotency key
        :raise RateLimitedError: too many messages; remedy ``robot_limit``
        :raise InvalidArgumentError: keyword, signature or address was refused (310000);
            remedies ``robot_keyword``, ``robot_signature``, ``robot_ip``
        :raise ApiError: the robot is unknown or was removed; remedy ``robot_webhook``
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
            self._client.oapi(
                "/robot/send",
                message,
                params=params,
                token=False,
                idempotent=uuid is not None,
            )
        except ApiError as error:
            raise _explained(error)
