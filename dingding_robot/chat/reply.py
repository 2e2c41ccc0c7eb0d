# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Build an answer in DingTalk's markdown. Pure except for records' names.

Texts are data, without marks.
"""

import unicodedata
from urllib.parse import quote, urlencode

from .. import card_text

BREAK = "\n\n"  # DingTalk ignores a single line break
ELLIPSIS = "\u2026"
MOST_ROWS = 10
LONGEST_LINE = 300  # characters
MAX_BYTES = 12000  # of the text; with the rest a message may have 15 000
MOST_BUTTONS = 5
SLIDE = "dingtalk://dingtalkclient/page/link?"
SAY = "dtmd://dingtalkclient/sendMessage?"
# Markdown and HTML signs -> characters that look alike without meaning.
_SIGNS = {
    "[": "\uff3b", "]": "\uff3d", "<": "\uff1c", ">": "\uff1e", "*": "\u2217",
    "`": "\u02cb", "\\": "\uff3c", "|": "\uff5c", "~": "\uff5e",
}
_STARTS = {"#": "\uff03", "-": "\u2013", "+": "\uff0b", "=": "\uff1d", "_": "\uff3f"}
# Others may hide text.
_JOINERS = "\u200c\u200d"


def plain(text, longest=LONGEST_LINE):
    """Return data as one line without meaning in markdown."""
    text = str(text or "")[:longest * 4]
    text = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Co") or char in _JOINERS
    )
    text = " ".join(text.split())
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + ELLIPSIS
    text = "".join(_SIGNS.get(char, char) for char in text)
    text = card_text.without_emphasis(text)
    return _STARTS.get(text[:1], text[:1]) + text[1:]


def address(url):
    """Return a URL without characters that would end a link; '' for another scheme."""
    url = str(url or "").strip()
    if not url.lower().startswith(("http://", "https://", "dingtalk://", "dtmd://")):
        return ""
    return quote(url, safe="%/:=&?~#+!$,;@-._", errors="ignore")


def inside(url):
    """Return the address that opens a page inside DingTalk."""
    url = address(url)
    if not url.lower().startswith("http"):
        return url
    return SLIDE + urlencode([("url", url), ("pc_slide", "true")])


class Reply(object):
    """An answer of the robot, built line by line.

    :param str title: shown in the list of chats; default: the first line
    :ivar str tag: marks a shown discussion, see ``dingding.chat.topic``
    """

    def __init__(self, text="", title=""):
        self.title = plain(title, 60)
        self.lines = []
        self.buttons = []
        if text:
            self.say(text)

    def say(self, text):
        """Add a paragraph, or several if the text has several lines."""
        for line in str(text).splitlines():
            line = plain(line)
            if line:
                self.lines.append(line)
        return self

    def heading(self, text):
        """Add a bold line."""
        text = plain(text, 100)
        if text:
            self.lines.append("**%s**" % text)
        return self

    def link(self, label, url, note=""):
        """Add a line that opens a page inside DingTalk.

        :param str note: text behind the link
        """
        # Strangers write names too.
        label = card_text.defused(plain(label, 120))
        note, url = card_text.defused(plain(note, 160)), inside(url)
        line = "[%s](%s)" % (label, url) if url else label
        self.lines.append("- %s%s" % (line, " " + note if note else ""))
        return self

    def records(self, records, note=None, total=None):
        """Add up to ten records with their names, as links.

        :param records: in the environment of the person who reads it
        :param note: function of a record that returns the text behind its link
        :param int total: how many there are in all
        """
        corps = records.env["dingding.corp"]
        for record in records[:MOST_ROWS]:
            self.link(
                record.display_name, corps._record_url(record),
                note(record) if note else "",
            )
        if (total or len(records)) > MOST_ROWS:
            self.lines.append(ELLIPSIS)
        return self

    def button(self, label, url="", say=""):
        """Add a button that opens a page, or sends a text as the person."""
        if say:
            url = SAY + urlencode(
                [("content", say)], quote_via=quote, errors="ignore")
        else:
            url = inside(url)
        if url and len(self.buttons) < MOST_BUTTONS:
            self.buttons.append((plain(label, 20), url))
        return self

    @property
    def is_empty(self):
        return not self.lines and not self.buttons

    def body(self):
        """Return the message in the format of sessions, within DingTalk's limits."""
        lines, left = [], MAX_BYTES
        for line in self.lines:
            left -= len(line.encode("utf-8")) + len(BREAK)
            if left < 0:
                # A cut link would break the markdown.
                lines.append(ELLIPSIS)
                break
            lines.append(line)
        text = BREAK.join(lines) or ELLIPSIS
        first = self.lines[0].strip("*") if self.lines else ""
        title = self.title or (first if "](" not in first else "") or "Odoo"
        title = title[:60]
        if not self.buttons:
            return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
        card = {"title": title, "text": text, "btnOrientation": "0"}
        if len(self.buttons) == 1:
            card["singleTitle"], card["singleURL"] = self.buttons[0]
        else:
            card["btns"] = [
                {"title": label, "actionURL": url} for label, url in self.buttons
            ]
        return {"msgtype": "actionCard", "actionCard": card}
