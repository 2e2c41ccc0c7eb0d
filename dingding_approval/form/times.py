# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Dates and times of forms: DingTalk shows what is written, in nobody's time zone.

Inside a form a time is a naive ``datetime`` of the place where it is read; Odoo keeps
naive UTC. :func:`local` and :func:`utc` go from one to the other.
"""
import datetime
import re

_WRITTEN = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?Z?\Z"
)


def local(moment, zone):
    """Return a naive UTC time as the clock on the wall shows it.

    :param datetime.datetime moment: naive, UTC
    :param datetime.tzinfo zone: place where the form is read
    """
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(zone).replace(tzinfo=None)


def utc(moment, zone):
    """Return what a clock on the wall shows as naive UTC.

    An hour that the zone has twice is the earlier one, one that it skips the one that
    the clock would show had it not been put forward.

    :param datetime.datetime moment: naive, of the zone
    :param datetime.tzinfo zone: a zone of pytz or one of fixed offset
    """
    localize = getattr(zone, "localize", None)
    if localize is None:
        moment = moment.replace(tzinfo=zone)
    else:
        first, second = localize(moment, is_dst=True), localize(moment, is_dst=False)
        moment = min(first, second)
    return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)


def parse(text):
    """Return the ``date`` or ``datetime`` that a text writes, None for another text."""
    match = _WRITTEN.match(text.strip()) if isinstance(text, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second = match.groups()
    try:
        if hour is None:
            return datetime.date(int(year), int(month), int(day))
        return datetime.datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        )
    except ValueError:
        return None


def written(moment, with_time):
    """Return a date or a time as a form has it: ``2026-03-01`` or ``2026-03-01 09:30``.

    :param moment: ``date`` or naive local ``datetime``
    :param bool with_time: minutes belong to the component
    """
    if isinstance(moment, datetime.datetime):
        text = moment.isoformat(" ")[:16]
        return text if with_time else text[:10]
    # Not strftime: it loses the zeros before years below 1000.
    text = moment.isoformat()
    return text + " 00:00" if with_time else text
