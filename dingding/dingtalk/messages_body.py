# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Build and check the bodies of work notifications.

https://open.dingtalk.com/document/development/message-types-and-data-format

Each function returns the dict for ``client.messages.send`` and raises
:class:`~.errors.InvalidArgumentError` if it breaks DingTalk's documented limits.
Lengths are in characters unless bytes are mentioned.
"""

import json
import re

from .api.base import MAX_DEPT_IDS, MAX_USERIDS, number, text as _plain
from .errors import argument_error
from .transport import encode_json

MAX_BYTES = 2048  # whole body as UTF-8 JSON
MAX_MARKDOWN = 5000
MAX_SINGLE_TITLE = 20
MAX_SINGLE_URL = 500
MAX_BUTTON_TITLE = 20
MAX_BUTTON_URL = 700
MAX_BUTTONS_JSON = 1000
MAX_VOICE = 59  # seconds
MAX_STATUS_BAR_USERS = 5

__all__ = [
    "MAX_BYTES",
    "MAX_DEPT_IDS",
    "MAX_USERIDS",
    "action_card_buttons",
    "action_card_single",
    "apart",
    "check",
    "file",
    "harmless",
    "image",
    "joined",
    "link",
    "markdown",
    "oa",
    "register",
    "size",
    "text",
    "voice",
]

_COLOUR = re.compile(r"[0-9A-Fa-f]{8}\Z")
_TAG = re.compile(r"<(?=[/!a-zA-Z])")
_STATUS_COLOUR = re.compile(r"0x[0-9A-Fa-f]{8}\Z")
_SEAMS = ("![", "!(", "][", "](")


_CHECKS = {}
_OWN = (
    "text", "markdown", "link", "oa", "action_card", "image", "file", "voice",
)


def harmless(words):
    """Return words without what markdown takes for a link, a picture or a tag.

    For words of strangers: names of documents and files, e-mails. A picture would tell
    them who has read it. DingTalk cannot escape a mark.
    """
    return _TAG.sub("< ", words.replace("](", "] ("))


def apart(before, after):
    """Return what keeps two texts from making a mark together: a space, or ''."""
    seam = before[-1:] + after[:1]
    return " " if seam in _SEAMS or harmless(seam) != seam else ""


def joined(parts):
    """Return texts as one in which they make no mark together, see :func:`harmless`."""
    text = ""
    for part in parts:
        text += apart(text, part) + part
    return text


def register(msgtype, check):
    """Accept messages of another kind.

    :param str msgtype: DingTalk's name of the kind
    :param check: function of the content, the part of the body under ``msgtype``; it
        raises InvalidArgumentError, see :func:`~.errors.argument_error`
    :raise ValueError: the kind is already known
    """
    if msgtype in _OWN or _CHECKS.get(msgtype, check) is not check:
        raise ValueError("the kind of message %r is already known" % (msgtype,))
    _CHECKS[msgtype] = check


def size(message):
    """Return the number of bytes of a body when it is sent."""
    try:
        return len(encode_json(message))
    except (UnicodeError, ValueError):
        # Raise outside: the first error's text quotes the message.
        failure = argument_error("the message has a character that cannot be sent")
    raise failure


def check(message):
    """Return the body, refused if DingTalk would not accept it.

    :raise InvalidArgumentError: more than 2048 bytes, or no body at all; or a limit of
        a registered kind
    """
    if not isinstance(message, dict) or not message.get("msgtype"):
        raise argument_error("a message needs its msgtype", argument="message")
    length = size(message)
    if length > MAX_BYTES:
        raise argument_error(
            "the message has %d bytes, DingTalk takes %d" % (length, MAX_BYTES),
            argument="message",
            length=length,
            limit=MAX_BYTES,
        )
    if message["msgtype"] in _CHECKS:
        _CHECKS[message["msgtype"]](message.get(message["msgtype"]))
    return message


def _body(msgtype, content):
    return check({"msgtype": msgtype, msgtype: content})


def text(content):
    """Return a plain text; DingTalk recommends up to 500 characters.

    :param str content: the text
    """
    return _body("text", {"content": _plain(content, "content")})


def image(media_id):
    """Return a picture; DingTalk recommends 600 by 400 pixels.

    :param str media_id: of ``client.media.upload("image", ...)``
    """
    return _body("image", {"media_id": _plain(media_id, "media_id")})


def voice(media_id, duration):
    """Return a voice message.

    :param str media_id: of ``client.media.upload("voice", ...)``
    :param int duration: seconds, 1 to 59
    """
    seconds = number(duration, "duration", 1, MAX_VOICE)
    return _body(
        "voice", {"media_id": _plain(media_id, "media_id"), "duration": str(seconds)}
    )


def file(media_id):
    """Return a file, up to 10 MB.

    :param str media_id: of ``client.media.upload("file", ...)``
    """
    return _body("file", {"media_id": _plain(media_id, "media_id")})


def link(title, text, message_url, pic_url):
    """Return a link with a picture; all four arguments are required.

    :param str title: recommended: up to 100 characters
    :param str text: recommended: up to 500 characters
    :param str message_url: address to open
    :param str pic_url: address or media id of the picture
    """
    return _body(
        "link",
        {
            "title": _plain(title, "title"),
            "text": _plain(text, "text"),
            "messageUrl": _plain(message_url, "message_url"),
            "picUrl": _plain(pic_url, "pic_url"),
        },
    )


def markdown(title, text):
    """Return a markdown text.

    :param str title: shown in the list of conversations
    :param str text: up to 5000 characters, and 2048 bytes for the whole body
    """
    return _body(
        "markdown",
        {"title": _plain(title, "title"), "text": _plain(text, "text", MAX_MARKDOWN)},
    )


def action_card_single(title, markdown, single_title, single_url):
    """Return a card that opens one address.

    :param str title: shown in the list of conversations
    :param str markdown: content
    :param str single_title: text of the button, up to 20 characters
    :param str single_url: address, up to 500 characters
    """
    return _body(
        "action_card",
        {
            "title": _plain(title, "title"),
            "markdown": _plain(markdown, "markdown"),
            "single_title": _plain(single_title, "single_title", MAX_SINGLE_TITLE),
            "single_url": _plain(single_url, "single_url", MAX_SINGLE_URL),
        },
    )


def action_card_buttons(title, markdown, buttons, horizontal=False):
    """Return a card with several buttons.

    :param str title: shown in the list of conversations
    :param str markdown: content
    :param buttons: list of (title up to 20, address up to 700 characters)
    :param bool horizontal: side by side instead of one below the other
    """
    rows = [
        {
            "title": _plain(button_title, "button title", MAX_BUTTON_TITLE),
            "action_url": _plain(url, "button address", MAX_BUTTON_URL),
        }
        for button_title, url in buttons
    ]
    if not rows:
        raise argument_error("buttons: none given", argument="buttons")
    length = len(json.dumps(rows, ensure_ascii=False, separators=(",", ":")))
    if length > MAX_BUTTONS_JSON:
        raise argument_error(
            "buttons: %d characters together, %d are allowed"
            % (length, MAX_BUTTONS_JSON),
            argument="buttons",
            length=length,
            limit=MAX_BUTTONS_JSON,
        )
    return _body(
        "action_card",
        {
            "title": _plain(title, "title"),
            "markdown": _plain(markdown, "markdown"),
            "btn_orientation": "1" if horizontal else "0",
            "btn_json_list": rows,
        },
    )


def oa(
    message_url,
    title="",
    content="",
    form=(),
    head_text="",
    head_colour="FFBBBBBB",
    pc_message_url="",
    rich=None,
    image="",
    file_count=None,
    author="",
    status_value="",
    status_colour="",
):
    """Return an OA message, the form-like card of office software.

    :param str message_url: address that opens on a phone
    :param str title: title of the body
    :param str content: text of the body
    :param form: (key, value) rows; six are shown
    :param str head_text: title of the head; DingTalk shows the app's name instead
    :param str head_colour: eight hexadecimal digits, AARRGGBB
    :param str pc_message_url: address that opens on a computer
    :param rich: (number, unit), shown large
    :param str image: media id of a picture
    :param file_count: number of attachments to show
    :param str author: name to show
    :param str status_value: status bar, for up to five people named one by one; can be
        changed later by ``client.messages.update_status_bar``
    :param str status_colour: ``0x`` and eight hexadecimal digits
    """
    if not _COLOUR.match(head_colour):
        raise argument_error(
            "head_colour: %r is not eight hexadecimal digits" % (head_colour,),
            argument="head_colour",
        )
    if status_colour and not _STATUS_COLOUR.match(status_colour):
        raise argument_error(
            "status_colour: %r is not 0x and eight digits" % (status_colour,),
            argument="status_colour",
        )
    body = _filled(title=title, content=content, image=image, author=author)
    rows = [{"key": str(key), "value": str(value)} for key, value in form]
    if rows:
        body["form"] = rows
    if rich is not None:
        body["rich"] = {"num": str(rich[0]), "unit": str(rich[1])}
    if file_count is not None:
        body["file_count"] = str(number(file_count, "file_count", 0))
    if not body:
        raise argument_error("an OA message needs something in its body")
    content_dict = {
        "message_url": _plain(message_url, "message_url"),
        "head": {"bgcolor": head_colour, "text": head_text},
        "body": body,
    }
    if pc_message_url:
        content_dict["pc_message_url"] = _plain(pc_message_url, "pc_message_url")
    if status_value:
        content_dict["status_bar"] = _filled(
            status_value=status_value, status_bg=status_colour
        )
    return _body("oa", content_dict)


def _filled(**values):
    for name, value in values.items():
        if value:
            _plain(value, name)
    return dict((name, value) for name, value in values.items() if value)
