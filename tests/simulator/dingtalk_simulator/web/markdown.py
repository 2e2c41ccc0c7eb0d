# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The part of Markdown that DingTalk draws in messages, as safe HTML.

Headings, quotes, bold, italics, links, pictures, lists, code, rules, and coloured text
(`<font color="#f00">`). As on the phone, a single newline is a blank: a line ends with
two blanks or an empty line. All text is escaped first, then marks are put in.
"""

from __future__ import annotations

import re
from html import escape
from typing import Callable, List, Optional
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup

SAFE_SCHEMES = ("http", "https", "dingtalk", "tel", "mailto")
_IMAGE = re.compile(
    r"!\[([^\]\n]*)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s[^)\n]*)?\)"
)
_LINK = re.compile(
    r"\[([^\]\n]*)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s[^)\n]*)?\)"
)
_FONT = re.compile(
    r"&lt;font\s+color=(?:&quot;|&#x27;)?(#?[0-9A-Za-z]{3,20})(?:&quot;|&#x27;)?\s*&gt;"
    r"(.*?)&lt;/font&gt;",
    re.DOTALL,
)
_HEADING = re.compile(r"(#{1,6})\s*(\S.*?)\s*#*\s*\Z")
_BULLET = re.compile(r"[-*+]\s+(.*)\Z")
_NUMBER = re.compile(r"(\d{1,9})[.)]\s+(.*)\Z")
_RULE = re.compile(r"(?:-\s*){3,}\Z|(?:\*\s*){3,}\Z|(?:_\s*){3,}\Z")


def safe_url(url: str) -> str:
    """The address when a page may link to it, else an empty text."""
    url = (url or "").strip()
    if not url or re.search(r"[\x00-\x20\x7f\\]", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in SAFE_SCHEMES else ""


def target_url(url: str) -> str:
    """Where a tap leads to in a browser.

    DingTalk's own `dingtalk://` links carry the page in `url`.
    """
    url = safe_url(url)
    if url.lower().startswith("dingtalk:"):
        inner = parse_qs(urlsplit(url).query).get("url", [""])[0]
        return safe_url(inner) if inner.lower().startswith(("http:", "https:")) else ""
    return url


def render(text: str, picture: Callable[[str], str]) -> Markup:
    """Safe HTML of a Markdown text.

    :param picture: gives the address of a picture for a media id or address, empty
        when there is none
    """
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Markup("".join(_blocks(lines, picture)))


def _blocks(
    lines: List[str], picture: Callable[[str], str], depth: int = 0
) -> List[str]:
    out: List[str] = []
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        heading = _HEADING.match(line)
        if not line:
            place += 1
        elif heading:
            level = len(heading.group(1))
            out.append(
                "<h%d>%s</h%d>" % (level, _inline(heading.group(2), picture), level)
            )
            place += 1
        elif line.startswith("```"):
            place = _code(lines, place, out)
        elif _RULE.match(line):
            out.append("<hr>")
            place += 1
        elif line.startswith(">") and depth < 4:
            quoted = []
            while place < len(lines) and lines[place].strip().startswith(">"):
                quoted.append(lines[place].strip()[1:])
                place += 1
            out.append(
                "<blockquote>%s</blockquote>"
                % "".join(_blocks(quoted, picture, depth + 1))
            )
        elif _BULLET.match(line) or _NUMBER.match(line):
            place = _list(lines, place, out, picture)
        else:
            place = _paragraph(lines, place, out, picture)
    return out


def _code(lines: List[str], place: int, out: List[str]) -> int:
    place += 1
    kept = []
    while place < len(lines) and not lines[place].strip().startswith("```"):
        kept.append(lines[place])
        place += 1
    out.append("<pre><code>%s</code></pre>" % escape("\n".join(kept)))
    return place + 1


def _list(
    lines: List[str], place: int, out: List[str], picture: Callable[[str], str]
) -> int:
    numbered = _NUMBER.match(lines[place].strip())
    pattern = _NUMBER if numbered else _BULLET
    items = []
    while place < len(lines):
        found = pattern.match(lines[place].strip())
        if not found or _RULE.match(lines[place].strip()):
            break
        items.append("<li>%s</li>" % _inline(found.groups()[-1], picture))
        place += 1
    if numbered:
        out.append('<ol start="%d">%s</ol>' % (int(numbered.group(1)), "".join(items)))
    else:
        out.append("<ul>%s</ul>" % "".join(items))
    return place


def _starts_block(line: str) -> bool:
    line = line.strip()
    return bool(
        not line
        or line.startswith("```")
        or _HEADING.match(line)
        or _BULLET.match(line)
        or _NUMBER.match(line)
        or _RULE.match(line)
        or line.startswith(">")
    )


def _paragraph(
    lines: List[str], place: int, out: List[str], picture: Callable[[str], str]
) -> int:
    kept = [lines[place]]
    place += 1
    while place < len(lines) and not _starts_block(lines[place]):
        kept.append(lines[place])
        place += 1
    text = ""
    for number, line in enumerate(kept):
        text += line.strip()
        if number + 1 < len(kept):
            # A line break needs two blanks on one of its sides.
            broken = line.endswith("  ") or kept[number + 1].startswith("  ")
            text += "\x01" if broken else " "
    out.append("<p>%s</p>" % _inline(text, picture).replace("\x01", "<br>"))
    return place


def _inline(text: str, picture: Callable[[str], str]) -> str:
    held: List[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return "\x02%d\x03" % (len(held) - 1)

    def code(match: "re.Match[str]") -> str:
        return hold("<code>%s</code>" % escape(match.group(1)))

    def image(match: "re.Match[str]") -> str:
        source = picture(match.group(2))
        if not source:
            return match.group(1)
        return hold(
            '<img src="%s" alt="%s" loading="lazy">'
            % (escape(source), escape(match.group(1)))
        )

    def link(match: "re.Match[str]") -> str:
        url = target_url(match.group(2))
        label = emphasis(escape(match.group(1))) or escape(match.group(2))
        if not url:
            return hold('<span class="dead-link">%s</span>' % label)
        return hold(
            '<a href="%s" target="_blank" rel="noopener noreferrer" data-opens>%s</a>'
            % (escape(url), label)
        )

    def emphasis(html: str) -> str:
        html = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", html)
        html = re.sub(r"__(?=\S)(.+?)(?<=\S)__", r"<strong>\1</strong>", html)
        html = re.sub(
            r"(?<![*\w])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?!\*)", r"<em>\1</em>", html
        )
        return re.sub(r"~~(?=\S)(.+?)(?<=\S)~~", r"<del>\1</del>", html)

    text = re.sub("[\x02\x03]", "", text)
    text = re.sub(r"`([^`\n]+)`", code, text)
    text = _LINK.sub(link, _IMAGE.sub(image, text))
    html = emphasis(escape(text))
    html = _FONT.sub(
        lambda found: '<span style="color:%s">%s</span>'
        % (found.group(1), found.group(2)),
        html,
    )
    return re.sub(
        "\x02(\\d+)\x03", lambda found: _unhold(int(found.group(1)), held), html
    )


def _unhold(number: int, held: List[str]) -> str:
    # A picture inside a link's label was held first.
    return (
        re.sub(
            "\x02(\\d+)\x03",
            lambda found: _unhold(int(found.group(1)), held),
            held[number],
        )
        if number < len(held)
        else ""
    )


def plain(text: Optional[str], length: int = 80) -> str:
    """One line of a Markdown text without its marks, for previews."""
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text or "")
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"</?font[^>]*>|[#>*`~_]+", "", text)
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
