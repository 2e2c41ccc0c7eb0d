# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""How long Odoo has run due scheduled actions in a row.

Odoo kills a process that runs actions for 120 seconds in a row, and counts the up to 70
seconds that it has slept before. However short each action is, several may be too long.
"""
import threading
import time
import weakref

from odoo import models

from .. import compat
from ..dingtalk.transport import READ_TIMEOUT

# After this time, actions of a round leave the rest to the next one.
ROUND_SECONDS = 45
# Sleep and round together; the last step may be a call that DingTalk does not answer.
WORST_SECONDS = 120 - READ_TIMEOUT - 10
SLEEP_SECONDS = 70
# Nobody triggers an action that runs each hour or day again: it has at least this time.
LEAST_SECONDS = 3
# Up to 14 nothing tells rounds apart but the minute that Odoo sleeps between them.
PAUSE_SECONDS = 30


class _Round(threading.local):
    """What this thread knows of its round.

    end      time.monotonic() value at which the round should end
    ended    the same when its last action has ended
    inside   whether an action is running
    cursor   of Odoo, for the whole round; a weak reference
    """

    end = ended = None
    inside = False

    @staticmethod
    def cursor():
        return None


_round = _Round()


def _begin(cursor):
    """Begin an action, and a round if it does not belong to the last one.

    :param cursor: with which Odoo locks the action
    """
    now = time.monotonic()
    if not _is_same(cursor):
        slept = SLEEP_SECONDS
        if _round.ended is not None:
            slept = min(now - _round.ended, SLEEP_SECONDS)
        _round.end = now + min(ROUND_SECONDS, WORST_SECONDS - slept)
    if cursor is not None:
        _round.cursor = weakref.ref(cursor)
    _round.inside = True


def _is_same(cursor):
    """Tell whether an action belongs to the round of the one before."""
    if _round.ended is None:
        return False
    if compat.TRIGGERS:
        return _round.cursor() is cursor
    return time.monotonic() - _round.ended < PAUSE_SECONDS


def round_left():
    """Return how many seconds are left of this thread's round; None outside of one."""
    if not _round.inside:
        return None
    return max(_round.end - time.monotonic(), 0)


def action_deadline(seconds):
    """Return the time.monotonic() value at which a scheduled action should end.

    :param seconds: how long it may take, unless the round ends before
    """
    left = round_left()
    if left is not None:
        seconds = min(seconds, max(left, LEAST_SECONDS))
    return time.monotonic() + seconds


class IrCron(models.Model):
    _inherit = "ir.cron"

    @classmethod
    def _process_job(cls, *args, **kwargs):
        # Its parameters differ between series. Up to 14 each action has cursors of
        # its own.
        _begin(next((each for each in args if hasattr(each, "execute")), None))
        try:
            return super()._process_job(*args, **kwargs)
        finally:
            _round.inside, _round.ended = False, time.monotonic()
