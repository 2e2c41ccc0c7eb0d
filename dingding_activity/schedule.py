# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compute when a person may be notified. Pure functions.

``now`` is a UTC time without time zone, as Odoo stores it; hours are numbers such as
22.5 in the person's time zone.
"""
import datetime

import pytz

QUARTER = 15  # minutes
SATURDAY = 5
LONGEST = 120  # steps of at most a day; then send in any case


def zone(name, default):
    """Return a time zone by name, or the default one if there is none."""
    try:
        return pytz.timezone(name or default)
    except pytz.UnknownTimeZoneError:
        return pytz.timezone(default)


def local(now, tz):
    """Return a UTC time as local time, both without time zone."""
    return pytz.utc.localize(now).astimezone(tz).replace(tzinfo=None)


def utc(moment, tz):
    """Return a local time as UTC. A time skipped by the clock change counts as later.

    :param datetime.datetime moment: without time zone
    """
    try:
        aware = tz.localize(moment, is_dst=None)
    except pytz.AmbiguousTimeError:
        aware = tz.localize(moment, is_dst=True)
    except pytz.NonExistentTimeError:
        aware = tz.localize(moment, is_dst=False)
    return aware.astimezone(pytz.utc).replace(tzinfo=None)


def minutes(hour):
    """Return a number of hours, 0 to 24, as whole minutes."""
    return int(round(hour * 60))


def whole(hour):
    """Return a time of day in whole minutes, as hours, at most 23:59.

    Quiet hours ending within a minute would never end.
    """
    return min(minutes(hour), 24 * 60 - 1) / 60.0


def is_quiet(moment, begin, end):
    """Tell whether a local time is within the quiet hours; equal hours: never."""
    minute = moment.hour * 60 + moment.minute
    begin, end = minutes(begin), minutes(end)
    if begin == end:
        return False
    if begin < end:
        return begin <= minute < end
    return minute >= begin or minute < end


def at_hour(day, hour):
    """Return a local time on a day.

    :param hour: 0 to 24
    """
    return datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(
        minutes=minutes(hour)
    )


def every_day(day):
    return True


def monday_to_friday(day):
    return day.weekday() < SATURDAY


def allowed(moment, begin, end, works):
    """Return the first local time from ``moment`` on that is not quiet.

    :param begin: hour at which the quiet hours begin
    :param end: hour at which they end
    :param works: function of a date; False: nothing is sent on that day
    """
    begin, end = whole(begin), whole(end)
    for _step in range(LONGEST):
        if not works(moment.date()):
            moment = at_hour(moment.date() + datetime.timedelta(days=1), 0)
        elif is_quiet(moment, begin, end):
            target = at_hour(moment.date(), end)
            if target <= moment:
                target += datetime.timedelta(days=1)
            moment = target
        else:
            break
    return moment


def quarter_end(moment):
    """Return the end of the quarter of an hour that a time is in."""
    left = QUARTER - moment.minute % QUARTER
    return moment.replace(second=0, microsecond=0) + datetime.timedelta(minutes=left)


def due(now, tz, mode, begin, end, works, digest):
    """Return when to send, in UTC; ``now`` if it may be sent at once.

    :param str mode: ``at_once``, ``gathered`` or ``daily``
    :param digest: hour of the daily digest
    """
    # Quarters begin everywhere at the same time; a local one may be there twice.
    first = quarter_end(now) if mode == "gathered" else now
    here = moment = local(first, tz)
    if mode == "daily":
        moment = at_hour(here.date(), digest)
        if moment <= here:
            moment += datetime.timedelta(days=1)
    moment = allowed(moment, begin, end, works)
    return first if moment == here else max(first, utc(moment, tz))
