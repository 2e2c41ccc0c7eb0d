# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Draw where something is in DingTalk's developer console.

As of 2026. Pure: the caller translates the labels.
"""
import base64
from html import escape

URL = "https://open-dev.dingtalk.com/"

CARD_PLATFORM = "cards"
#: Entries of an application's menu, in order; a heading has pages below it.
MENU = (
    ("credentials", ()),
    ("capability", ()),
    ("development", ("permissions", "events", "security")),
    ("publish", ()),
)
#: Page -> what it has to fill in, choose or copy, in order.
PAGES = {
    "credentials": ("client_id", "client_secret", "agent_id"),
    "capability": ("web", "robot", "mini"),
    "permissions": ("search", "range", "apply"),
    "events": ("push", "stream", "names"),
    "security": ("ip", "redirect"),
    "publish": ("version", "visible"),
    CARD_PLATFORM: (
        "template", "template_type", "import", "template_publish", "template_id"),
}
#: Elements drawn as a button or tile.
BUTTONS = {
    "web", "robot", "mini", "apply", "push", "stream", "version", "template", "import",
    "template_publish",
}

WIDTH, MENU_WIDTH, ROW, TOP = 760, 230, 44, 64
INK, MUTED, LINE, PAPER, BLUE, MARK = (
    "#1f2d3d", "#5c6b7a", "#b8c4d6", "#ffffff", "#1677ff", "#d9480f")
FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
# A Chinese character is about as wide as the font is high.
WIDE = 0x2E80


def image(page, marked, labels, alt):
    """Return a drawing as an ``img`` element.

    :param str page: key of ``PAGES``
    :param marked: keys of the page's parts that are pointed at, in order
    :param dict labels: key -> translated label, for all keys and for ``console``
    :param str alt: text in place of the drawing
    """
    content = base64.b64encode(draw(page, marked, labels).encode("utf-8"))
    return (
        '<img src="data:image/svg+xml;base64,%s" alt="%s"'
        ' style="width:100%%;max-width:%dpx;height:auto"/>'
        % (content.decode("ascii"), escape(alt), WIDTH)
    )


def draw(page, marked, labels):
    """Return a drawing as SVG; see :func:`image`.

    :raise KeyError: no such page, or a label is missing
    """
    parts = PAGES[page]
    rows = max(
        sum(1 + len(below) for _key, below in MENU), len(parts) + 1)
    height = TOP + rows * ROW + 16
    marks = {key: number for number, key in enumerate(marked, 1)}
    found = [
        _box(6, 6, WIDTH - 12, height - 12, PAPER),
        _box(6, 6, WIDTH - 12, 44, "#eef3fb"),
        _text(24, 34, labels["console"], INK, bold=True),
    ]
    found += _menu(page, labels, height) if page != CARD_PLATFORM else []
    left = 28 if page == CARD_PLATFORM else MENU_WIDTH + 24
    found.append(_text(left, TOP + 26, labels[page], INK, bold=True, size=17))
    for number, key in enumerate(parts, 1):
        found += _part(
            left, TOP + number * ROW, key, labels[key], marks.get(key))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"'
        ' viewBox="0 0 %d %d" font-family="%s">%s</svg>'
        % (WIDTH, height, WIDTH, height, FONT, "".join(found))
    )


def _menu(page, labels, height):
    found = [
        '<path d="M%d 50V%d" stroke="%s"/>' % (MENU_WIDTH, height - 6, LINE)]
    top = TOP
    for key, below in MENU:
        found += _entry(key, 0, top, page, labels, bool(below))
        top += ROW
        for each in below:
            found += _entry(each, 20, top, page, labels, False)
            top += ROW
    return found


def _entry(key, indent, top, page, labels, heading):
    colour, found = (MUTED if heading else INK), []
    if key == page:
        found.append(_box(14, top, MENU_WIDTH - 24, ROW - 6, "#e6f0ff", BLUE))
        colour = BLUE
    room = MENU_WIDTH - 46 - indent
    return found + [_text(
        26 + indent, top + 24, labels[key], colour, bold=key == page, room=room)]


def _part(left, top, key, label, mark):
    width = WIDTH - left - 70
    if key in BUTTONS:
        shown = min(_width(label, 14) + 36, width)
        found = [
            _box(left, top, shown, ROW - 10, "#f5f7fa", MARK if mark else LINE),
            _text(left + 18, top + 22, label, INK, room=shown - 30),
        ]
    else:
        found = [
            _text(left, top + 22, label, INK, room=width / 2 - 10),
            _box(left + width / 2, top, width / 2, ROW - 10, PAPER,
                 MARK if mark else LINE),
        ]
        shown = width
    if mark:
        centre = left + shown + 24
        found += [
            '<circle cx="%d" cy="%d" r="14" fill="%s"/>'
            % (centre, top + 17, MARK),
            _text(centre, top + 22, str(mark), PAPER, bold=True, middle=True),
        ]
    return found


def _box(left, top, width, height, fill, stroke=LINE):
    return (
        '<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="%s"/>'
        % (left, top, width, height, fill, stroke)
    )


def _text(left, top, text, colour, bold=False, size=14, room=0, middle=False):
    """Return a text, compressed where the room is short."""
    more = ' font-weight="bold"' if bold else ""
    if middle:
        more += ' text-anchor="middle"'
    if room and _width(text, size) > room:
        more += ' textLength="%d" lengthAdjust="spacingAndGlyphs"' % room
    return '<text x="%d" y="%d" font-size="%d" fill="%s"%s>%s</text>' % (
        left, top, size, colour, more, escape(text))


def _width(text, size):
    """Return about how wide a text is, in pixels."""
    return sum(size if ord(each) >= WIDE else size * 0.56 for each in text)
