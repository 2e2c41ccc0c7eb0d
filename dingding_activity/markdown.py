# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert HTML to the markdown that DingTalk shows, within a number of bytes.

Pure functions. A text is a list of lines, a line a list of pieces, and a piece
``(before, text, after)``: only the middle is ever shortened.
"""
import collections
import json
import re
import unicodedata
from html.parser import HTMLParser

from odoo.addons.dingding.dingtalk.messages_body import apart, harmless

ELLIPSIS = "\u2026"
BREAK = "\n\n"  # DingTalk ignores a single line break
LONGEST_LINK = 300  # characters
# Parsers take long for malformed HTML.
LONGEST = 40000  # characters
DEEPEST = 200  # open tags

_SPACE = re.compile(r"\s+")
_DATA = re.compile(r"data:[^\s\"'>]*", re.IGNORECASE)
_OPEN = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_LINK = re.compile(r"https?://[^\s()<>\"]+\Z", re.IGNORECASE)
# A link or a picture in markdown.
_WRITTEN = re.compile(r"(!?\[)([^\[\]]+)(\]\([^()\s]*\))")
_PICTURE = re.compile(r"<(?:img|video|iframe)\b", re.IGNORECASE)
_BOLD = ("b", "strong", "th")
_ITALIC = ("i", "em")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LINES = _HEADINGS + (
    "p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "hr",
    "section", "article", "header", "footer", "dl", "dt", "dd",
)
_HIDDEN = ("script", "style", "head", "title", "template")
_VOID = ("br", "hr", "img", "input", "meta", "link", "col")
_JOINER = "\u200d"


def cost(text):
    """Return the bytes of a text inside the body of a message, which is JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8")) - 2


def _extends(char):
    """Tell whether a character combines with the one before it."""
    point = ord(char)
    return (
        char == _JOINER
        or 0xFE00 <= point <= 0xFE0F
        or 0x1F3FB <= point <= 0x1F3FF
        or 0xE0020 <= point <= 0xE007F
        or unicodedata.combining(char) != 0
        or unicodedata.category(char) == "Me"
    )


def _is_flag(char):
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _splits(text, at):
    """Tell whether a cut before ``text[at]`` would split a visible character."""
    if at <= 0 or at >= len(text):
        return False
    if _extends(text[at]) or text[at - 1] == _JOINER:
        return True
    if _is_flag(text[at]) and _is_flag(text[at - 1]):
        first = at
        while first > 0 and _is_flag(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 1
    return False


def cut(text, limit):
    """Return a text of at most ``limit`` bytes, with an ellipsis if it was cut.

    Visible characters are not split: letters with accents, emojis of several code
    points, flags.

    :param int limit: bytes, as :func:`cost` counts
    """
    if cost(text) <= limit:
        return text
    limit -= cost(ELLIPSIS)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if cost(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    while low and _splits(text, low):
        low -= 1
    kept = text[:low].rstrip()
    return kept + ELLIPSIS if kept else ""


class _Reader(HTMLParser):
    """Collect the lines of a document."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines = [[]]
        self.open = []
        self.marks = collections.Counter()
        self.hidden = 0
        self.numbers = []
        self.links = []
        self.start = ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in _HIDDEN:
            self.hidden += 1
        if self.hidden:
            return
        if tag in _LINES:
            self._line()
        if tag in ("ul", "ol"):
            self.numbers.append(1 if tag == "ol" else 0)
        elif tag == "li":
            number = self.numbers[-1] if self.numbers else 0
            self.start = "%d. " % number if number else "- "
            if number:
                self.numbers[-1] += 1
        elif tag == "blockquote":
            self.start = "> "
        elif tag in _HEADINGS:
            self.start = "#### "
        elif tag == "td" and self.lines[-1]:
            self._add("", " | ", "")
        elif tag == "img" and (values.get("alt") or "").strip():
            self._text("[%s]" % _SPACE.sub(" ", values["alt"]).strip())
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag not in _VOID and len(self.open) < DEEPEST:
            self.open.append(tag)
            self.marks[tag] += 1

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in _HIDDEN:
            self.hidden = max(self.hidden - 1, 0)
            return
        if self.hidden:
            return
        if tag == "a" and self.links:
            self.links.pop()
        if tag in ("ul", "ol") and self.numbers:
            self.numbers.pop()
        if tag in _LINES:
            self._line()
        if tag in self.open:
            at = len(self.open) - 1 - self.open[::-1].index(tag)
            self.marks.subtract(self.open[at:])
            del self.open[at:]

    def handle_data(self, data):
        if not self.hidden:
            self._text(_SPACE.sub(" ", data))

    def _line(self):
        if any(text.strip() for _before, text, _after in self.lines[-1]):
            self.lines.append([])
        else:
            self.lines[-1] = []
        self.start = ""

    def _text(self, text):
        line = self.lines[-1]
        if not line:
            text = text.lstrip()
        if not text:
            return
        if not text.strip():
            self._add("", text, "")
            return
        text = harmless(text)
        before = after = ""
        if self.links and _LINK.match(self.links[-1]) and (
            len(self.links[-1]) <= LONGEST_LINK
        ):
            before, after = "[", "](%s)" % self.links[-1]
            text = text.replace("[", "(").replace("]", ")")
        elif any(self.marks[tag] > 0 for tag in _BOLD):
            before = after = "**"
        elif any(self.marks[tag] > 0 for tag in _ITALIC):
            before = after = "*"
        if before:
            # DingTalk ignores marks beside a space.
            lead = text[: len(text) - len(text.lstrip())]
            tail = text[len(text.rstrip()):]
            if lead:
                self._add("", lead, "")
            self._add(before, text.strip(), after)
            if tail:
                self._add("", tail, "")
        else:
            self._add("", text, "")

    def _add(self, before, text, after):
        line = self.lines[-1]
        if self.start and text.strip():
            before, self.start = self.start + before, ""
        line.append((before, text, after))


def _closed(html):
    """Return a document without comments, in which each ``<`` begins a tag that ends.

    Tags without an end would occupy the parser for a minute.
    """
    parts, at = [], 0
    while True:
        begin = html.find("<!--", at)
        end = html.find("-->", begin + 4) if begin >= 0 else -1
        if end < 0:
            break
        parts.append(html[at:begin])
        at = end + len("-->")
    rest = "".join(parts) + html[at:].replace("<!--", "&lt;!--")
    return _OPEN.sub("&lt;", rest)


def lines_of(html):
    """Return the lines of a document, see the module.

    :param str html: may be invalid, or plain text
    """
    html = _closed(_DATA.sub("", html or "")[:LONGEST])
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, NotImplementedError):
        # The parser gives up at a declaration that it does not know.
        reader = _Reader()
        reader.feed(html.replace("<!", " "))
        reader.close()
    return [
        line for line in reader.lines if any(piece[1].strip() for piece in line)
    ]


def pieces_of(line):
    """Return a line of markdown as pieces: no link is cut in its address."""
    pieces, at = [], 0
    for found in _WRITTEN.finditer(line):
        pieces += [("", line[at:found.start()], ""), found.groups()]
        at = found.end()
    pieces.append(("", line[at:], ""))
    return [piece for piece in pieces if piece[1]]


def plain(html):
    """Return a document as one line of text."""
    words = (
        "".join(text for _before, text, _after in line) for line in lines_of(html)
    )
    return _SPACE.sub(" ", " ".join(words)).strip()


def is_empty(html):
    """Tell whether a document shows nothing: neither text nor a picture."""
    return not plain(html) and not _PICTURE.search(html)


def shorten(lines, limit):
    """Return lines as markdown of at most ``limit`` bytes.

    :param list lines: of :func:`lines_of`
    :param int limit: bytes, as :func:`cost` counts
    """
    text, left = "", limit
    for line in lines:
        begun = False
        for before, words, after in line:
            start = BREAK if text and not begun else ""
            if begun:
                # Together they would be a link, a picture or a tag.
                start = apart(text, before + words)
            fixed = cost(start) + cost(before) + cost(after)
            kept = cut(words, left - fixed) if left > fixed else ""
            if not kept:
                return _ended(text, limit)
            text += start + before + kept + after
            left = limit - cost(text)
            begun = True
            if kept != words:
                return text
        text = text.rstrip()
        left = limit - cost(text)
    return text


def _ended(text, limit):
    """Return a text that ends between two pieces, with an ellipsis if it fits."""
    text = text.rstrip()
    if text and cost(text + ELLIPSIS) <= limit and not text.endswith(ELLIPSIS):
        text += ELLIPSIS
    return text
