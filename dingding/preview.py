# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Render a work notification as HTML, roughly as phones show it.

Pure functions. Everything is escaped; addresses become links only if their scheme
cannot run code.
"""
import re
from html import escape

CARD = (
    "max-width:360px;border:1px solid #dcdfe6;border-radius:8px;padding:10px 12px;"
    "background:#ffffff;color:#171a1d;word-wrap:break-word;text-align:left;"
)
MUTED = "color:#747677;"
BUTTON = (
    "display:inline-block;margin:6px 8px 0 0;padding:4px 10px;border-radius:4px;"
    "background:#e8f3ff;color:#007fff;"
)

_SAFE_URL = re.compile(r"^(https?|dingtalk)://[^\s\"'<>]+$", re.IGNORECASE)
_COLOUR = re.compile(r"^(?:0x)?[0-9A-Fa-f]{2}([0-9A-Fa-f]{6})$")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^()\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITALIC = re.compile(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+(.*)$")
_FONT_TAG = re.compile(r"</?font[^>]*>", re.IGNORECASE)

_KINDS = {}


def register(msgtype, draw, text):
    """Preview messages of a kind that an addon has added.

    :param draw: function of the content that returns HTML; it escapes all values
    :param text: function of the content that returns its plain text
    """
    _KINDS[msgtype] = (draw, text)


def part(body):
    """Return the part of a body for its kind, {} if it has none."""
    content = body.get(body.get("msgtype", ""))
    return content if isinstance(content, dict) else {}


def subject(body, filename=""):
    """Return one line that represents a message in lists."""
    content = part(body)
    inner = content.get("body")
    inner = inner if isinstance(inner, dict) else {}
    for value in (
        content.get("title"),
        inner.get("title"),
        content.get("content"),
        inner.get("content"),
        filename,
        _registered_text(body),
    ):
        lines = str(value or "").strip().splitlines()
        if lines:
            line = lines[0].lstrip("#").strip()
            return line if len(line) <= 80 else line[:79] + "\u2026"
    return ""


def plain(body, filename=""):
    """Return the whole text of a message as plain text."""
    if body.get("msgtype") in _KINDS:
        return _registered_text(body)
    content = part(body)
    inner = content.get("body")
    inner = inner if isinstance(inner, dict) else {}
    lines = [
        content.get("title"),
        inner.get("title"),
        content.get("content"),
        content.get("text"),
        content.get("markdown"),
    ]
    lines += ["%s %s" % row for row in _rows(inner)]
    lines += [inner.get("content"), inner.get("author"), filename]
    return "\n".join(str(line) for line in lines if line)


def _registered_text(body):
    kind = _KINDS.get(body.get("msgtype"))
    return kind[1](part(body)) if kind else ""


def render(body, filename=""):
    """Return a message as a small HTML card.

    :param dict body: a body as :mod:`.dingtalk.messages_body` makes it
    :param str filename: name of the picture, file or recording
    :rtype: str
    """
    msgtype = body.get("msgtype")
    draw = {
        "text": _text,
        "markdown": _markdown,
        "link": _link,
        "oa": _oa,
        "action_card": _action_card,
    }.get(msgtype) or _KINDS.get(msgtype, (None,))[0]
    inside = draw(part(body)) if draw else _file(filename)
    return '<div style="%s">%s</div>' % (CARD, inside)


def _lines(text):
    return escape(str(text or "")).replace("\n", "<br/>")


def _anchor(url, label):
    if not _SAFE_URL.match(url or ""):
        return escape(label)
    return '<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>' % (
        escape(url, quote=True), escape(label),
    )


def _text(content):
    return _lines(content.get("content"))


def _file(filename):
    return '<i class="fa fa-paperclip"></i> %s' % escape(filename or "")


def _markdown(content):
    return markdown(content.get("text"))


def _link(content):
    return "<b>%s</b><br/><span style='%s'>%s</span><br/>%s" % (
        escape(str(content.get("title") or "")),
        MUTED,
        _lines(content.get("text")),
        _anchor(content.get("messageUrl"), content.get("messageUrl") or ""),
    )


def _rows(inner):
    rows = inner.get("form")
    return [
        (str(row.get("key") or ""), str(row.get("value") or ""))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def _oa(content):
    inner = content.get("body") if isinstance(content.get("body"), dict) else {}
    head = content.get("head") if isinstance(content.get("head"), dict) else {}
    bar = content.get("status_bar")
    bar = bar if isinstance(bar, dict) else {}
    html = []
    colour = _COLOUR.match(str(head.get("bgcolor") or ""))
    if colour:
        html.append(
            '<div style="height:4px;margin:-10px -12px 8px;border-radius:8px 8px 0 0;'
            'background:#%s"></div>' % colour.group(1)
        )
    if inner.get("title"):
        html.append("<b>%s</b><br/>" % escape(str(inner["title"])))
    for key, value in _rows(inner):
        html.append(
            '<span style="%s">%s</span> %s<br/>'
            % (MUTED, escape(key), escape(value))
        )
    rich = inner.get("rich")
    if isinstance(rich, dict):
        html.append(
            '<span style="font-size:24px">%s</span> %s<br/>'
            % (escape(str(rich.get("num") or "")), escape(str(rich.get("unit") or "")))
        )
    if inner.get("content"):
        html.append("%s<br/>" % _lines(inner["content"]))
    if inner.get("author"):
        html.append(
            '<span style="%s">%s</span><br/>' % (MUTED, escape(str(inner["author"])))
        )
    if bar.get("status_value"):
        colour = _COLOUR.match(str(bar.get("status_bg") or ""))
        html.append(
            '<span style="padding:1px 6px;border-radius:3px;color:#fff;background:#%s">'
            "%s</span><br/>"
            % (
                colour.group(1) if colour else "747677",
                escape(str(bar["status_value"])),
            )
        )
    url = content.get("message_url")
    if url:
        html.append(_anchor(url, url))
    return "".join(html)


def _action_card(content):
    html = [markdown(content.get("markdown"))]
    if content.get("single_title"):
        html.append(
            '<span style="%s">%s</span>'
            % (BUTTON, escape(str(content["single_title"])))
        )
    buttons = content.get("btn_json_list")
    for button in buttons if isinstance(buttons, list) else []:
        if isinstance(button, dict):
            html.append(
                '<span style="%s">%s</span>'
                % (BUTTON, escape(str(button.get("title") or "")))
            )
            if str(content.get("btn_orientation")) == "0":
                html.append("<br/>")
    return "".join(html)


def _inline(text):
    """Return one line of markdown as HTML: links, bold, italic."""
    html, at = [], 0
    for match in _LINK.finditer(text):
        html.append(_emphasis(text[at : match.start()]))
        # A preview must not fetch from other servers.
        html.append(_anchor(match.group(2), match.group(1) or match.group(2)))
        at = match.end()
    html.append(_emphasis(text[at:]))
    return "".join(html)


def _emphasis(text):
    html = escape(_FONT_TAG.sub("", text))
    html = _BOLD.sub(r"<b>\1</b>", html)
    return _ITALIC.sub(r"<i>\1</i>", html)


def markdown(text):
    """Return DingTalk's markdown as HTML.

    Headings, quotes, lists, links, bold and italic; the rest stays text.
    """
    html = []
    for line in str(text or "").splitlines():
        heading = _HEADING.match(line)
        item = _ITEM.match(line)
        if heading:
            size = {1: 20, 2: 18, 3: 16}.get(len(heading.group(1)), 14)
            html.append(
                '<div style="font-size:%dpx;font-weight:bold">%s</div>'
                % (size, _inline(heading.group(2)))
            )
        elif line.startswith(">"):
            html.append(
                '<div style="border-left:3px solid #dcdfe6;padding-left:8px;%s">'
                "%s</div>" % (MUTED, _inline(line[1:].strip()))
            )
        elif item:
            html.append("<div>\u2022 %s</div>" % _inline(item.group(1)))
        elif line.strip():
            html.append("<div>%s</div>" % _inline(line))
        else:
            html.append('<div style="height:8px"></div>')
    return "".join(html)
