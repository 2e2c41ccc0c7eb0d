# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Format numbers for forms, and amounts of money in Chinese words."""
import decimal
import re

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿", "亿亿")
# 1,234.5; elsewhere in the world 1,5 is one and a half.
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?\Z")
# Digits before or behind the point: "1e999999999" would be written with all of them.
MOST_DIGITS = 400
LARGEST = decimal.Decimal(10) ** 20  # Chinese words end here


def number(value):
    """Return a ``Decimal``, or None if the value is not a number.

    Floats keep fifteen digits, so that 0.1 + 0.2 is 0.3.

    :param value: int, float, Decimal or text, not bool
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = "%.15g" % value
    elif isinstance(value, str):
        value = value.strip()
        if GROUPED.match(value):
            value = value.replace(",", "")
    elif not isinstance(value, (int, decimal.Decimal)):
        return None
    try:
        found = decimal.Decimal(value)
    except (decimal.InvalidOperation, ValueError):
        return None
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        return None
    return found


def written(value):
    """Return a Decimal without exponent, trailing zeros or negative zero."""
    text = "{:f}".format(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def grouped(value):
    """Return a Decimal with thousands separators."""
    text = written(value)
    whole, point, fraction = text.partition(".")
    return "{:,}".format(int(whole)) + point + fraction if whole != "-0" else text


def capital(value):
    """Return an amount in formal Chinese words: 1000 is 壹仟元整.

    Round to the cent; return an empty text for amounts that are too large.

    :param decimal.Decimal value: amount of money
    """
    cents = value.copy_abs().quantize(
        decimal.Decimal("0.01"), rounding=decimal.ROUND_HALF_UP
    ) if value.copy_abs() < LARGEST else None
    if cents is None:
        return ""
    whole, fraction = divmod(int(cents.scaleb(2)), 100)
    jiao, fen = divmod(fraction, 10)
    words = _whole(whole) + "元" if whole else ""
    if not fraction:
        words = (words or "零元") + "整"
    else:
        if jiao:
            words += DIGITS[jiao] + "角"
        elif whole:
            words += DIGITS[0]
        words += DIGITS[fen] + "分" if fen else "整"
    return ("负" if value < 0 and cents else "") + words


def _whole(value):
    groups = []
    while value:
        value, group = divmod(value, 10000)
        groups.append(group)
    words, gap = "", False
    for position in range(len(groups) - 1, -1, -1):
        group = groups[position]
        if not group:
            gap = True
            continue
        if words and (gap or group < 1000):
            words += DIGITS[0]
        words += _group(group) + GROUPS[position]
        gap = False
    return words


def _group(value):
    words, gap = "", False
    for position in range(3, -1, -1):
        digit = value // 10 ** position % 10
        if not digit:
            gap = bool(words)
            continue
        if gap:
            words += DIGITS[0]
            gap = False
        words += DIGITS[digit] + PLACES[position]
    return words
