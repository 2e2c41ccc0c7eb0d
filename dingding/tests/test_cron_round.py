# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Scheduled actions that Odoo runs in a row end before it kills the process."""
from unittest import mock

from .. import compat
from ..models import ir_cron
from .common import DingTalkCase, portable

QUEUE = "dingding.picture"


class Cursor(object):
    """With which Odoo locks actions."""

    def execute(self, query, params=None):
        raise AssertionError(query)


@portable
class TestCronRound(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.now = 1000.0
        clock = mock.patch.object(ir_cron, "time")
        clock.start().monotonic.side_effect = lambda: self.now
        self.addCleanup(clock.stop)
        fresh = mock.patch.object(ir_cron, "_round", ir_cron._Round())
        fresh.start()
        self.addCleanup(fresh.stop)
        self.cursor = Cursor()

    def run_action(self, seconds=0, cursor=None):
        """Run an action as Odoo does; return what was left as it began."""
        model = type(self.env["ir.cron"])
        base = [each for each in model.__mro__ if "_process_job" in vars(each)][-1]
        left = []

        def process(_cls, *_args):
            left.append(ir_cron.round_left())
            self.now += seconds

        with mock.patch.object(base, "_process_job", classmethod(process)):
            model._process_job(cursor or self.cursor, {"id": 1})
        self.assertIsNone(ir_cron.round_left())
        return left[0]

    def test_actions_share_the_time_of_a_round(self):
        self.run_action()
        if not compat.TRIGGERS:
            self.now += 60
        self.cursor = Cursor()
        begun = self.run_action(5)
        self.assertEqual(self.run_action(8), begun - 5)
        self.assertEqual(self.run_action(50), begun - 13)
        self.assertEqual(self.run_action(), 0)

    def test_what_odoo_has_slept_counts(self):
        first = self.run_action()
        self.now += 60
        self.assertEqual(self.run_action(cursor=Cursor()), first + 10)
        self.now += 600
        self.assertEqual(self.run_action(cursor=Cursor()), first)
        # A call that DingTalk does not answer may follow.
        self.assertLessEqual(first + ir_cron.SLEEP_SECONDS + ir_cron.READ_TIMEOUT, 110)

    def test_the_next_round_begins_anew(self):
        self.run_action(200)
        if compat.TRIGGERS:
            # They wake Odoo at once.
            self.assertEqual(
                self.run_action(cursor=Cursor()), ir_cron.ROUND_SECONDS)
        else:
            self.assertEqual(self.run_action(cursor=Cursor()), 0)
            self.now += 60
            self.assertGreater(self.run_action(cursor=Cursor()), 0)

    def test_how_long_an_action_may_take(self):
        self.assertEqual(ir_cron.action_deadline(50), self.now + 50)
        ir_cron._begin(self.cursor)
        left = ir_cron.round_left()
        self.assertEqual(ir_cron.action_deadline(500), self.now + left)
        self.assertEqual(ir_cron.action_deadline(1), self.now + 1)
        self.now += 1000
        self.assertEqual(
            ir_cron.action_deadline(50), self.now + ir_cron.LEAST_SECONDS)

    def test_a_queue_leaves_its_rows_to_the_next_round(self):
        queue = self.env[QUEUE]
        done = []
        model = type(queue)
        with mock.patch.object(
            model, "_process", lambda *_args, **_kwargs: done.append(1) or 0
        ), mock.patch.object(model, "_has_work", lambda _queue: True):
            ir_cron._begin(self.cursor)
            queue._cron_process()
            self.assertEqual(len(done), 1)
            self.now += 1000
            before = queue._now()
            queue._cron_process()
            self.assertEqual(len(done), 1)
            if compat.TRIGGERS:
                compat.flush(self.env)
                triggers = self.env["ir.cron.trigger"].search(
                    [("cron_id", "=", queue._action().id)])
                self.assertEqual(len(triggers), 1)
                self.assertGreater(triggers.call_at, before)
            ir_cron._round.inside = False
            queue._cron_process()
            self.assertEqual(len(done), 2)
