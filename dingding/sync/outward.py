# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""From a stored value to the one that DingTalk takes; the way back of ``converters``.

A converter of another addon whose way back is not the text itself has it as its
attribute ``outward``: a function of the value that raises ValueError for what DingTalk
can't hold.
"""
import collections
import datetime
import re

from . import converters

#: What is sent of one field: the decision about three values, see :func:`decide`.
SEND, AGREE, KEEP, TAKE = "send", "agree", "keep", "take"

#: action    SEND: DingTalk gets our value; AGREE: both have it already; KEEP: nothing
#:           was changed here; TAKE: DingTalk's value is taken
#: conflict  both sides changed the field since they last agreed, to different values
Decision = collections.namedtuple("Decision", "action conflict")


def plain(value):
    """Return a value as it is compared: all that is empty is None."""
    return value or None


def decide(wanted, agreed, there, leads, known=True):
    """Return the Decision about one field.

    :param wanted: our value
    :param agreed: pair (whether both ever agreed, on what)
    :param there: DingTalk's value now
    :param str leads: 'odoo': ours counts, whoever changed it; 'dingtalk': theirs; with
        'last' ours counts if it was changed here: it is being sent now, and a change of
        DingTalk's that was seen before would have replaced it
    :param bool known: whether DingTalk shows the value at all
    """
    wanted, there = plain(wanted), plain(there)
    ever, base = agreed[0], plain(agreed[1])
    if known and wanted == there:
        return Decision(AGREE, False)
    if leads != "odoo" and ever and wanted == base:
        return Decision(KEEP, False)
    changed_there = known and ever and there != base
    if leads == "dingtalk":
        return Decision(TAKE if known else KEEP, changed_there)
    return Decision(SEND, changed_there)


def text(value):
    """Return text; empty text clears."""
    return "" if value is None else str(value)


def moment(value):
    """Return the first moment, in Beijing, of a date ``YYYY-MM-DD``, in milliseconds.

    :raise ValueError: no date; DingTalk has no way to take one away
    """
    if not value:
        raise ValueError("DingTalk does not let a date be emptied")
    day = datetime.datetime.strptime(str(value)[:10], "%Y-%m-%d")
    seconds = (day - converters.EPOCH - converters.BEIJING).total_seconds()
    return int(seconds) * 1000


OUTWARD = {
    converters.beijing_date: moment,
    converters.flag: bool,
}


def parameter(line, value):
    """Return a plain value of a line of the table as DingTalk takes it.

    :param FieldMap line: its line
    :raise ValueError: DingTalk can't hold it
    """
    way_back = getattr(line.convert, "outward", None) or OUTWARD.get(line.convert, text)
    return way_back(value)


def mobile(value, state_code=None):
    """Return a mobile as DingTalk takes it: ``13800138000``, abroad ``+49-151...``.

    :raise ValueError: it is none, or it is foreign and its country is not known
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


def in_order(wanted, first, there, known):
    """Return the departments of a person in the order in which DingTalk is told.

    DingTalk's first department is the main one. Departments that the application does
    not see are unknown here, and the person stays in them.

    :param wanted: ids of ours
    :param first: the main one, or None to leave the order as it is
    :param there: ids of DingTalk's now, in order
    :param known: ids that are stored here
    :rtype: list
    """
    wanted = set(wanted)
    order = [key for key in there if key in wanted or key not in known]
    order += sorted(wanted - set(order))
    if first in order:
        order.remove(first)
        order.insert(0, first)
    return order
