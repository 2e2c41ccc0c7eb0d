# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Checks message bodies against the documented format."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict

from .checks import Wrong, members, read_json, rows, text, whole_number

MOST_BYTES = 2048
WORD = text(scalar=True)
OA = members(
    message_url=text(),
    pc_message_url=text(),
    head=members(bgcolor=text(), text=text()),
    status_bar=members(("status_value",), status_value=text(), status_bg=text()),
    body=members(
        title=text(),
        form=rows(members(key=text(), value=WORD)),
        rich=members(num=WORD, unit=text()),
        content=text(),
        image=text(),
        file_count=WORD,
        author=text(),
    ),
)
Problem = Callable[[str], Exception]


def check_work_message(
    msg: Any,
    known_media: Callable[[str], bool],
    problem: Problem,
    unknown_media: Callable[[], Exception],
) -> Dict[str, Any]:
    """A message of asyncsend_v2.

    Returns it as stored. :raise: the result of `problem(text)`
    """
    if not isinstance(msg, dict):
        raise problem("msg")
    size = len(
        json.dumps(msg, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    )
    if size > MOST_BYTES:
        raise problem("msg exceeds %d bytes: %d" % (MOST_BYTES, size))
    kind = msg.get("msgtype")
    check = CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise problem("msgtype")
    body = msg.get(kind)
    if not isinstance(body, dict):
        raise problem("msg.%s" % kind)

    def member(
        values: Dict[str, Any], name: str, longest: int = 0, required: bool = True
    ) -> str:
        value = values.get(name)
        if value is None or value == "":
            if required:
                raise problem("%s.%s" % (kind, name))
            return ""
        if not isinstance(value, str) or longest and len(value) > longest:
            raise problem("%s.%s" % (kind, name))
        return value

    def media(name: str) -> None:
        if not known_media(member(body, name)):
            raise unknown_media()

    check(body, member, media, problem)
    return {"msgtype": kind, kind: body}


def _text(body: Dict[str, Any], text: Any, _media: Any, _problem: Problem) -> None:
    text(body, "content")


def _image(body: Dict[str, Any], _text: Any, media: Any, _problem: Problem) -> None:
    media("media_id")


def _voice(body: Dict[str, Any], _text: Any, media: Any, problem: Problem) -> None:
    media("media_id")
    duration = whole_number(body.get("duration"))
    if duration is None or not 0 < duration < 60:
        raise problem("voice.duration")


def _link(body: Dict[str, Any], text: Any, _media: Any, _problem: Problem) -> None:
    for name in ("messageUrl", "picUrl", "title", "text"):
        text(body, name)


def _oa(body: Dict[str, Any], text: Any, _media: Any, problem: Problem) -> None:
    text(body, "message_url")
    head = body.get("head")
    if not isinstance(head, dict) or not re.match(
        r"\A[0-9A-Fa-f]{8}\Z", str(head.get("bgcolor", ""))
    ):
        raise problem("oa.head.bgcolor")
    inner = body.get("body")
    if not isinstance(inner, dict):
        raise problem("oa.body")
    try:
        OA(body, "oa")
    except Wrong as wrong:
        raise problem(wrong.where)


def _markdown(body: Dict[str, Any], text: Any, _media: Any, _problem: Problem) -> None:
    text(body, "title")
    text(body, "text", 5000)


def _action_card(
    body: Dict[str, Any], text: Any, _media: Any, problem: Problem
) -> None:
    text(body, "markdown")
    text(body, "title", required=False)
    buttons = body.get("btn_json_list")
    # The official Java SDK sends an empty list for a card with one button.
    if buttons:
        if str(body.get("btn_orientation", "")) not in ("0", "1"):
            raise problem("action_card.btn_orientation")
        if isinstance(buttons, str):
            try:
                buttons = body["btn_json_list"] = read_json(buttons)
            except ValueError:
                raise problem("action_card.btn_json_list")
        if (
            not isinstance(buttons, list)
            or len(json.dumps(buttons, ensure_ascii=False)) > 1000
        ):
            raise problem("action_card.btn_json_list")
        for button in buttons:
            if not isinstance(button, dict):
                raise problem("action_card.btn_json_list")
            text(button, "title", 20)
            text(button, "action_url", 700)
    else:
        text(body, "single_title", 20)
        text(body, "single_url", 500)


CHECKS = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "file": _image,
    "link": _link,
    "oa": _oa,
    "markdown": _markdown,
    "action_card": _action_card,
}
