# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Times without a zone, in UTC, as Odoo has them.

Python 3.12 warns of the functions of its own that return them.
"""
import datetime

EPOCH = datetime.datetime(1970, 1, 1)


def now():
    """Return the present as naive datetime in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def moment(seconds):
    """Return the time so many seconds after the epoch, as naive datetime in UTC.

    :raise ValueError: there is no such time
    """
    try:
        return EPOCH + datetime.timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError("There is no time %r" % (seconds,))
