# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Scheduled actions in a row end before Odoo kills their process."""
import types

from ..models import action_time, dingding_message_task, dingding_token, queue
from .common import DingTalkCase, portable

KILLED = 120  # seconds


@portable
class TestActionTime(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.clock = types.SimpleNamespace(now=1000.0)
        self._replace(action_time, "_row", action_time.Row())
        self._replace(action_time, "time", types.SimpleNamespace(
            monotonic=lambda: self.clock.now))
        # As outside of tests.
        self._replace(action_time, "tools", types.SimpleNamespace(
            config={"test_enable": False}))

    def take(self, name, *seconds):
        """Run an action that takes all its time; return how long that was."""
        given = []

        def action(this, seconds):
            given.append(seconds)
            self.clock.now += max(seconds, 0)
            return "result"

        action.__name__ = name
        share = action_time.shares_time(action_time.CRON_SECONDS)
        self.assertEqual(share(action)(self.env["dingding.token"], *seconds), "result")
        return given[0]

    def test_long_actions_in_a_row_share_the_time(self):
        begun = self.clock.now
        given = [self.take("action%d" % number) for number in range(8)]
        self.assertLess(self.clock.now - begun + queue.SLICES_SECONDS, KILLED)
        self.assertEqual(given, sorted(given, reverse=True))
        self.assertGreater(given[0], action_time.CRON_SECONDS / 2)
        self.assertGreaterEqual(given[-1], action_time.LEAST_SECONDS)

    def test_each_row_begins_anew(self):
        first = [self.take("a"), self.take("b")]
        self.assertLess(first[1], first[0])
        # Odoo has slept.
        self.clock.now += 60
        self.assertEqual([self.take("c"), self.take("d")], first)
        # It has not, and begins with the same again.
        self.assertEqual([self.take("c"), self.take("a")], first)
        # In another database.
        action_time._row._dbname = "other"
        self.assertEqual([self.take("b"), self.take("d")], first)

    def test_who_says_how_long_gets_no_more(self):
        self.assertEqual(self.take("a", 3), 3)
        self.assertEqual(self.take("b", -1), -1)

    def test_which_actions_share(self):
        seconds = []

        def left(_row, _dbname, _name, most, _now):
            seconds.append(most)
            return 0

        self._replace(action_time.Row, "left", left)
        self.env["dingding.token"]._cron_renew()
        self.env["dingding.purge"]._cron_purge()
        self.env["dingding.message.task"]._cron_read_results()
        self.assertEqual(
            seconds, [action_time.CRON_SECONDS] * 2 + [
                dingding_message_task.RESULT_SECONDS])

    def test_a_silent_host_does_not_keep_the_action(self):
        tokens = self.env["dingding.token"]
        apps = self.app | self.second_app()
        for app in apps:
            tokens.create({
                "app_id": app.id, "kind": "app", "expires_at": "2020-01-01 00:00:00"})
        clock, asked = self.clock, []

        def renew(row):
            asked.append(row.app_id.id)
            clock.now += 60

        self._replace(type(tokens), "_renew", renew)
        self._replace(dingding_token, "time", action_time.time)
        tokens._cron_renew()
        self.assertEqual(len(asked), 1)
