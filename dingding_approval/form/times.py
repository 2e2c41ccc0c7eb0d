# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert dates and times of forms, which DingTalk stores without a time zone.

In a form a time is a naive ``datetime`` in the reader's time zone; Odoo stores naive
UTC. :func:`local` and :func:`utc` convert between the two.
"""
import datetime
import re

_WRITTEN = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?Z?\Z"
)


def local(moment, zone):
    """Convert naive UTC to naive local time.

    :param datetime.datetime moment: naive, UTC
    :param datetime.tzinfo zone: time zone in which the form is read
    """
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(zone).replace(tzinfo=None)


def utc(moment, zone):
    """Convert naive local time to naive UTC.

    Of a repeated hour, use the earlier; read a skipped one as if the clock had not
    changed.

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
    """Return the ``date`` or ``datetime`` in a text, or None."""
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
    """Return a date or time in a form's format: ``2026-03-01`` or ``2026-03-01 09:30``.

    :param moment: ``date`` or naive local ``datetime``
    :param bool with_time: the component includes minutes
    """
    if isinstance(moment, datetime.datetime):
        text = moment.isoformat(" ")[:16]
        return text if with_time else text[:10]
    # strftime() drops leading zeros of years below 1000.
    text = moment.isoformat()
    return text + " 00:00" if with_time else text
