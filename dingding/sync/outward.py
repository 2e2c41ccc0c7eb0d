# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert stored values for DingTalk; the inverse of ``converters``.

A converter of another addon whose inverse is not the text itself has an attribute
``outward``: a function of the value that raises ValueError if DingTalk cannot store it.
"""
import datetime
import re

from ..dingtalk import beijing
from ..dingtalk.utc import EPOCH
from . import converters


def text(value):
    """Return text; empty text clears the value."""
    return "" if value is None else str(value)


def moment(value):
    """Return the first moment, in Beijing, of a date ``YYYY-MM-DD``, in milliseconds.

    :raise ValueError: there is no date, which DingTalk cannot clear
    """
    if not value:
        raise ValueError("DingTalk does not let a date be emptied")
    day = datetime.datetime.strptime(str(value)[:10], "%Y-%m-%d")
    seconds = (day - EPOCH - beijing.OFFSET).total_seconds()
    return int(seconds) * 1000


OUTWARD = {
    converters.beijing_date: moment,
    converters.flag: bool,
}


def parameter(line, value):
    """Return a plain value of a line of the table in DingTalk's format.

    :param FieldMap line: its line
    :raise ValueError: DingTalk cannot store it
    """
    way_back = getattr(line.convert, "outward", None) or OUTWARD.get(line.convert, text)
    return way_back(value)


def mobile(value, state_code=None):
    """Return a mobile in DingTalk's format: ``13800138000``, abroad ``+49-151...``.

    :raise ValueError: it is not a number, or is foreign without a known country
    """
    number = converters.number(value, state_code)
    if number is None:
        raise ValueError("not a mobile: %s" % (value or ""))
    digits = number[1:]
    china = converters.CHINA
    if digits.startswith(china) and re.match(r"\+?86|1|0086", (value or "").strip()):
        return digits[len(china):]
    written = re.match(r"\s*\+?0*([0-9]{1,4})-", value or "")
    code = written.group(1) if written else (state_code or "").strip("+ ")
    if not code or not digits.startswith(code):
        raise ValueError(
            "a mobile abroad is written with its country: +49-15112345678"
        )
    return "+%s-%s" % (code, digits[len(code):])


def in_order(wanted, first, current, known):
    """Return the departments of a person in the order to send to DingTalk.

    DingTalk's first department is the main one. The person stays in departments the
    application cannot see.

    :param wanted: ids in Odoo
    :param first: the main one, or None to keep the order
    :param current: ids in DingTalk, in order
    :param known: ids stored in Odoo
    :rtype: list
    """
    wanted = set(wanted)
    order = [key for key in current if key in wanted or key not in known]
    order += sorted(wanted - set(order))
    if first in order:
        order.remove(first)
        order.insert(0, first)
    return order
