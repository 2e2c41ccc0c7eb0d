# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Share out the time of scheduled actions that Odoo runs in a row.

Odoo kills a process that runs scheduled actions for 120 seconds in a row, and counts
the up to 70 seconds that it has slept before.
"""
import functools
import threading
import time

from odoo import tools

CRON_SECONDS = 40  # of one action
# All long actions of a row together, beside the queues' own.
ROW_SECONDS = 40
SHARE = 0.6  # of what is left, for each: those that come later have some, too
LEAST_SECONDS = 3
# Odoo sleeps longer than this between two rows, unless there is work.
PAUSE_SECONDS = 45


class Row(threading.local):
    """The time that long actions have taken in a row, in one thread."""

    def __init__(self):
        super().__init__()
        self._dbname, self._names = None, set()
        self._ended = self._used = 0.0

    def left(self, dbname, name, seconds, now):
        """Return how many seconds an action may take that begins now.

        :param str dbname: database, as each has rows of its own
        :param str name: of the action, which is once in a row
        :param seconds: at most
        :param float now: value of ``time.monotonic()``
        """
        if dbname != self._dbname or name in self._names or (
            now - self._ended > PAUSE_SECONDS
        ):
            self._dbname, self._names, self._used = dbname, set(), 0.0
        self._names.add(name)
        left = ROW_SECONDS - self._used
        return min(seconds, max(left * SHARE, LEAST_SECONDS))

    def took(self, begun, now):
        """Note that an action has run from ``begun`` until now."""
        self._used += now - begun
        self._ended = now


_row = Row()


def shares_time(most):
    """Make a method a long scheduled action, which gets the seconds that are left.

    Its only argument is how long it may take; a caller that passes it gets no more.

    :param most: seconds that it may take alone
    """
    def decorate(method):
        @functools.wraps(method)
        def action(self, seconds=most):
            if tools.config["test_enable"]:
                return method(self, seconds)
            begun, name = time.monotonic(), "%s.%s" % (self._name, method.__name__)
            seconds = _row.left(self.env.cr.dbname, name, seconds, begun)
            try:
                return method(self, seconds)
            finally:
                _row.took(begun, time.monotonic())
        return action
    return decorate
