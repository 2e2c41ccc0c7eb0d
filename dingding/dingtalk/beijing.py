# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Beijing time, in which DingTalk writes dates and times and begins a day."""
import calendar
import datetime
import re

from .utc import EPOCH

ZONE = "Asia/Shanghai"
OFFSET = datetime.timedelta(hours=8)  # all year

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?Z?\Z")


def beijing_time(value):
    """Return a time of an answer in seconds since the epoch, or None.

    :param str value: ``2023-04-07T16:51Z`` or ``2022-05-30 23:46:37``, both Beijing
    :raise ValueError: there is no such month
    """
    match = _TIME.match(value or "")
    if not match:
        return None
    parts = [int(part or 0) for part in match.groups()]
    seconds = calendar.timegm(tuple(parts) + (0, 0, 0))
    return seconds - int(OFFSET.total_seconds())


def milliseconds(moment):
    """Return a naive datetime in UTC as DingTalk has times, in whole seconds."""
    return calendar.timegm(moment.timetuple()) * 1000


def midnight(day):
    """Return when a day begins in Beijing, as naive datetime in UTC."""
    return datetime.datetime(day.year, day.month, day.day) - OFFSET


def day_of(value):
    """Return the day in Beijing of a number of milliseconds, as date.

    :raise OverflowError: there is no such day
    """
    return (EPOCH + datetime.timedelta(milliseconds=value) + OFFSET).date()
