# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Turns what was sent into what a phone draws, for templates/_message.html.

Work notifications, custom robots and app robots spell the same message kinds in three
ways; here they become one.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, Optional

from . import markdown
from .view import media_url

Drawing = Dict[str, Any]
KINDS = (
    "text",
    "markdown",
    "link",
    "oa",
    "action_card",
    "feed_card",
    "image",
    "voice",
    "video",
    "file",
)
FORM_ROWS = 6  # rows of an OA card that are shown, as the page says


def mapping(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


def css_colour(value: Any, default: str) -> str:
    """`FFBBBBBB` or `0xFFF65E5E` (alpha first) as a CSS colour."""
    found = re.match(r"(?:0x|#)?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{6})\Z", text_of(value))
    if not found:
        return default
    digits = found.group(1)
    return "#" + (digits[2:] + digits[:2] if len(digits) == 8 else digits)


def seconds(value: Any) -> int:
    try:
        return max(0, int(float(text_of(value))))
    except ValueError:
        return 0


def button(title: Any, url: Any) -> Drawing:
    return {
        "title": text_of(title),
        "url": markdown.target_url(text_of(url)),
        "raw": text_of(url),
    }


class Artist:
    """Draws the messages of one world.

    :param media_of: gives the Media of a media id, or None
    """

    def __init__(self, media_of: Callable[[str], Any]) -> None:
        self._media_of = media_of

    def picture(self, reference: str) -> str:
        """The address of a picture for a media id or an address of the web."""
        reference = text_of(reference).strip()
        if reference and self._media_of(reference) is not None:
            return media_url(reference)
        url = markdown.safe_url(reference)
        return url if url.lower().startswith(("http:", "https:")) else ""

    def markdown(self, text: Any) -> Any:
        return markdown.render(text_of(text), self.picture)

    def draw(self, msg: Dict[str, Any], app_name: str = "") -> Drawing:
        """Values for the template: `{"kind": ..., "preview": ..., ...}`.

        The kind is a msgtype of work notifications, feed_card, video or unknown.

        :param app_name: shown in the head of an OA card, whatever was sent
        """
        msg = mapping(msg)
        kind, body = self._kind_and_body(msg)
        if kind not in KINDS:
            raw = json.dumps(msg, ensure_ascii=False, indent=1)
            return {
                "kind": "unknown",
                "raw": raw,
                "preview": raw[:60],
                "buttons": [],
                "url": "",
                "raw_url": "",
                "pc_url": "",
            }
        drawing = {
            "kind": kind,
            "buttons": [],
            "url": "",
            "raw_url": "",
            "pc_url": "",
            "app_name": app_name,
        }
        drawing.update(getattr(self, "_" + kind)(body))
        return drawing

    def _kind_and_body(self, msg: Dict[str, Any]) -> Any:
        kind = text_of(msg.get("msgtype"))
        body = mapping(msg.get(kind))
        if kind.startswith("sample"):
            return self._of_sample(kind, body)
        if kind == "actionCard":
            return "action_card", {
                "title": body.get("title"),
                "markdown": body.get("text"),
                "single_title": body.get("singleTitle"),
                "single_url": body.get("singleURL"),
                "btn_orientation": body.get("btnOrientation"),
                "btn_json_list": [
                    {
                        "title": mapping(item).get("title"),
                        "action_url": mapping(item).get("actionURL"),
                    }
                    for item in listing(body.get("btns"))
                ],
            }
        return {"feedCard": "feed_card"}.get(kind, kind), body

    def _of_sample(self, key: str, body: Dict[str, Any]) -> Any:
        """Message kinds of app robots, whose msgtype is their `msgKey`."""
        if key == "sampleImageMsg":
            return "image", {"media_id": body.get("photoURL")}
        if key == "sampleLink":
            return "link", body
        if key == "sampleAudio":
            return "voice", {
                "media_id": body.get("mediaId"),
                "duration": seconds(body.get("duration")) // 1000,
            }
        if key == "sampleFile":
            return "file", {
                "media_id": body.get("mediaId"),
                "file_name": body.get("fileName"),
            }
        if key == "sampleVideo":
            return "video", {
                "media_id": body.get("videoMediaId"),
                "duration": body.get("duration"),
                "picture": body.get("picMediaId"),
            }
        if key.startswith("sampleActionCard"):
            buttons = [
                {
                    "title": body.get(title % number),
                    "action_url": body.get(url % number),
                }
                for title, url in (
                    ("actionTitle%d", "actionURL%d"),
                    ("buttonTitle%d", "buttonUrl%d"),
                )
                for number in range(1, 6)
                if body.get(title % number)
            ]
            return "action_card", {
                "title": body.get("title"),
                "markdown": body.get("text"),
                "single_title": body.get("singleTitle"),
                "single_url": body.get("singleURL"),
                "btn_json_list": buttons,
                "btn_orientation": "1" if key == "sampleActionCard6" else "0",
            }
        return {"sampleText": "text", "sampleMarkdown": "markdown"}.get(key, key), body

    # One method a kind

    def _text(self, body: Dict[str, Any]) -> Drawing:
        text = text_of(body.get("content"))
        return {"text": text, "preview": text[:80]}

    def _markdown(self, body: Dict[str, Any]) -> Drawing:
        title = text_of(body.get("title"))
        return {
            "title": title,
            "html": self.markdown(body.get("text")),
            "preview": title,
        }

    def _link(self, body: Dict[str, Any]) -> Drawing:
        title = text_of(body.get("title"))
        url = text_of(body.get("messageUrl"))
        return {
            "title": title,
            "text": text_of(body.get("text")),
            "picture": self.picture(body.get("picUrl")),
            "url": markdown.target_url(url),
            "raw_url": url,
            "preview": title,
        }

    def _oa(self, body: Dict[str, Any]) -> Drawing:
        head, inside, bar = (
            mapping(body.get("head")),
            mapping(body.get("body")),
            mapping(body.get("status_bar")),
        )
        rows = [
            {
                "key": text_of(mapping(row).get("key")),
                "value": text_of(mapping(row).get("value")),
            }
            for row in listing(inside.get("form"))
        ]
        rich = mapping(inside.get("rich"))
        title = text_of(inside.get("title"))
        url = text_of(body.get("message_url") or body.get("pc_message_url"))
        return {
            "head": css_colour(head.get("bgcolor"), "#bbbbbb"),
            "head_text": text_of(head.get("text")),
            "title": title,
            "rows": rows[:FORM_ROWS],
            "more_rows": max(0, len(rows) - FORM_ROWS),
            "rich": (
                {"num": text_of(rich.get("num")), "unit": text_of(rich.get("unit"))}
                if rich
                else None
            ),
            "text": text_of(inside.get("content")),
            "picture": self.picture(inside.get("image")),
            "file_count": text_of(inside.get("file_count")),
            "author": text_of(inside.get("author")),
            "status": (
                {
                    "text": text_of(bar.get("status_value")),
                    "colour": css_colour(bar.get("status_bg"), "#8a94a6"),
                }
                if bar.get("status_value")
                else None
            ),
            "url": markdown.target_url(url),
            "raw_url": url,
            "pc_url": markdown.target_url(text_of(body.get("pc_message_url"))),
            "preview": title or text_of(head.get("text")),
        }

    def _action_card(self, body: Dict[str, Any]) -> Drawing:
        buttons: List[Drawing] = []
        if body.get("single_title") or body.get("single_url"):
            buttons = [button(body.get("single_title"), body.get("single_url"))]
        else:
            buttons = [
                button(mapping(item).get("title"), mapping(item).get("action_url"))
                for item in listing(body.get("btn_json_list"))
            ]
        title = text_of(body.get("title"))
        return {
            "title": title,
            "html": self.markdown(body.get("markdown")),
            "buttons": buttons,
            "horizontal": text_of(body.get("btn_orientation")) == "1",
            "preview": title,
            "url": buttons[0]["url"] if len(buttons) == 1 else "",
            "raw_url": buttons[0]["raw"] if len(buttons) == 1 else "",
        }

    def _feed_card(self, body: Dict[str, Any]) -> Drawing:
        links = [
            {
                "title": text_of(mapping(item).get("title")),
                "picture": self.picture(mapping(item).get("picURL")),
                "url": markdown.target_url(text_of(mapping(item).get("messageURL"))),
            }
            for item in listing(body.get("links"))
        ]
        return {"links": links, "preview": links[0]["title"] if links else ""}

    def _image(self, body: Dict[str, Any]) -> Drawing:
        return {
            "picture": self.picture(body.get("media_id") or body.get("picURL")),
            "preview": "",
        }

    def _voice(self, body: Dict[str, Any]) -> Drawing:
        media = self._media_of(text_of(body.get("media_id")))
        return {
            "seconds": seconds(body.get("duration")),
            "media": self._file_of(media),
            # Browsers play these; AMR, which phones record, they do not.
            "playable": media is not None
            and media.mimetype.split("/")[-1] in ("mpeg", "mp3", "wav", "x-wav"),
            "preview": "%d″" % seconds(body.get("duration")),
        }

    def _video(self, body: Dict[str, Any]) -> Drawing:
        media = self._media_of(text_of(body.get("media_id")))
        return {
            "media": self._file_of(media),
            "seconds": seconds(body.get("duration")),
            "poster": self.picture(body.get("picture")),
            "preview": "",
        }

    def _file(self, body: Dict[str, Any]) -> Drawing:
        media = self._file_of(self._media_of(text_of(body.get("media_id"))))
        name = text_of(body.get("file_name")) or (media["name"] if media else "")
        return {
            "media": media,
            "name": name,
            "extension": name.rpartition(".")[2][:4].upper() if "." in name else "",
            "preview": name,
        }

    @staticmethod
    def _file_of(media: Any) -> Optional[Drawing]:
        if media is None:
            return None
        return {
            "name": media.filename,
            "size": media.size,
            "url": media_url(media.media_id),
        }
