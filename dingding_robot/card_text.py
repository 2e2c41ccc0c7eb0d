# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Render values of records as markdown of cards. Pure functions.

DingTalk's markdown has no escapes, so marks become full-width characters.
"""
import re
import unicodedata

ELLIPSIS = "\u2026"
BREAK = "\n\n"  # DingTalk ignores a single line break

_MARKS = {
    ord(mark): wide for mark, wide in zip(
        "*`[]<>~|\\",
        "\uff0a\uff40\uff3b\uff3d\uff1c\uff1e\uff5e\uff5c\uff3c",
    )
}
# Elsewhere an underscore is text.
_UNDERSCORE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_SPACE = re.compile(r"\s+")
_START = re.compile(r"^([#+\-=]+|[0-9]+[.)])(?=\s|$|#)")
# Clients turn addresses into links.
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.\-]{1,20}):(?=//)|\b(www)\.")
_VARIABLE = re.compile(r"([$@])\{")


def _is_shown(char):
    """Tell whether a character is text: others can hide or reverse what follows."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn") or (
        char in "\u200c\u200d"
    )


def plain(value):
    """Return a text as one line without invisible characters."""
    text = _SPACE.sub(" ", value or "")
    return "".join(char for char in text if _is_shown(char)).strip()


def escaped(value):
    """Return a text as one line that has no meaning in markdown."""
    text = plain(value).translate(_MARKS)
    text = without_emphasis(text)
    text = _VARIABLE.sub(r"\1 {", text)
    text = defused(text)
    return _START.sub(lambda found: "\u200c" + found.group(0), text)


def defused(text):
    """Return a text without addresses that clients would turn into links."""
    return _ADDRESS.sub(_defused, text)


def without_emphasis(text):
    """Return a text in which no underscore begins or ends emphasis."""
    return _UNDERSCORE.sub("\uff3f", text)


def _defused(found):
    return found.group(1) + "\uff1a" if found.group(1) else found.group(2) + "\uff0e"


def cut(text, limit):
    """Return a text of at most ``limit`` bytes, with an ellipsis if it was cut."""
    content = text.encode("utf-8")
    if len(content) <= limit:
        return text
    room = limit - len(ELLIPSIS.encode("utf-8"))
    kept = content[:max(room, 0)].decode("utf-8", "ignore").rstrip()
    return kept + ELLIPSIS if room >= 0 else ""


def lines(pairs, limit):
    """Return labelled values as markdown of at most ``limit`` bytes.

    No mark stays open.

    :param list pairs: of (label, value), both plain text
    """
    found, left = [], limit
    for label, value in pairs:
        label = escaped(label)
        begin = (BREAK if found else "") + ("**%s:** " % label if label else "")
        room = left - len(begin.encode("utf-8"))
        text = cut(escaped(value), room) if room > 0 else ""
        if not text:
            if escaped(value):
                break
            continue
        found.append(begin + text)
        left = room - len(text.encode("utf-8"))
    return "".join(found)
