# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading
import time

from psycopg2 import sql

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .. import compat
from ..models import dingding_call_rate
from ..models.dingding_call_rate import RecordRate
from .common import DingTalkCase, call_as, portable


@portable
class TestCallRate(DingTalkCase):
    """Reserve moments in the database: see compat.side_cursor."""

    def setUp(self):
        super().setUp()
        self.real = {name: getattr(dingding_call_rate, name)
                     for name in ("LEASE", "WITHHOLD", "RESET")}
        self.stop_the_clock()
        self.forget()
        self.addCleanup(self.forget)

    def stop_the_clock(self):
        """On a busy machine a second passes between two lines of a test."""
        now = "to_timestamp(%.6f)" % time.time()
        for name, statement in self.real.items():
            text = "".join(part.string for part in statement.seq)
            self.assertIn("clock_timestamp()", text)
            self._replace(dingding_call_rate, name, sql.SQL(
                text.replace("clock_timestamp()", now)))

    def forget(self):
        with compat.side_cursor(self.env.cr.dbname) as cr:
            cr.execute("DELETE FROM dingding_call_rate WHERE name LIKE %s", ["test %"])

    def rate(self, calls=20):
        return RecordRate(self.env.cr.dbname, "test key", calls)

    def moments(self):
        with compat.side_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT moments FROM dingding_call_rate WHERE name LIKE %s", ["test %"])
            return cr.fetchone()[0]

    def assertEvenly(self, waits, pace=1.04 / 20):
        for before, after in zip(waits, waits[1:]):
            self.assertAlmostEqual(after - before, pace, places=4)

    def test_free_at_first_then_one_window_later(self):
        waits = self.rate().lease("/x", 20, 20)
        self.assertEqual(waits, [0] * 20)
        later = self.rate().lease("/x", 30, 30)
        self.assertEqual(len(later), 20)
        self.assertTrue(0 < later[0] <= 1.04, later)
        self.assertEvenly(later)
        self.assertEqual(self.moments(), sorted(self.moments()))
        self.assertEqual(self.rate().lease("/y", 1, 1), [0])

    def test_the_clock_of_the_database(self):
        for name, statement in self.real.items():
            self._replace(dingding_call_rate, name, statement)
        began = time.time()
        self.assertEqual(self.rate().lease("/x", 1, 1), [0])
        self.assertTrue(began - 1 < self.moments()[-1] < time.time() + 1)

    def test_moments_ahead_are_spread(self):
        waits = self.rate().lease("/x", 6, 2)
        self.assertEqual(waits[:2], [0, 0])
        self.assertEvenly(waits[1:])

    def test_one_call_a_second(self):
        self.assertEqual(self.rate(1).lease("/x", 5, 1), [0])
        self.assertTrue(0.9 < self.rate(1).lease("/x", 5, 1)[0] <= 1.04)

    def test_withheld(self):
        self.rate().lease("/x", 1, 1)
        self.rate().withhold("/x", 60)
        self.assertTrue(50 < self.rate().lease("/x", 1, 1)[0] <= 60.1)

    def test_no_window_has_too_many(self):
        """At most 20 in 1.04 seconds."""
        got, lock = [], threading.Lock()

        def work(free):
            rate = RecordRate(dbname, "test key", 20)
            for count in (1, 4, 9, 2, 6):
                waits = rate.lease("/x", count, min(free, count))
                with lock:
                    got.append(waits)

        dbname = self.env.cr.dbname
        threads = [threading.Thread(target=work, args=(free,)) for free in (1, 2, 4, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(sum(len(waits) for waits in got), 4 * 22)
        self.rate().lease("/x", 20, 20)
        moments = self.moments()
        self.assertGreater(moments[0] - moments[-1], -1.04)
        # 88 and 20 more came after another; the last of them five windows later.
        self.assertGreater(self.rate().lease("/x", 1, 1)[0], 3)

    def test_many_processes_use_nearly_all(self):
        self.rate().lease("/x", 20, 20)
        for number in range(40):
            waits = self.rate().lease("/x", 1 + number % 5, 1)
            self.assertEqual(waits, sorted(waits))
        moments = self.moments()
        self.assertEvenly(moments)
        self.assertGreater(19 / (moments[-1] - moments[0]), 19)

    def test_a_high_limit_takes_no_long_row(self):
        rate = self.rate(100000)
        for _number in range(30):
            waits = rate.lease("/x", 60, 60)
        self.assertEqual(len(self.moments()), 60)
        self.assertLess(waits[-1], 0.1)

    def query(self, query, *params):
        with compat.side_cursor(self.env.cr.dbname) as cr:
            cr.execute(query + " WHERE name LIKE %s", list(params) + ["test %"])
            return cr.fetchall() if cr.description else None

    def slack(self):
        return round(self.query("SELECT slack FROM dingding_call_rate")[0][0], 6)

    def refuse(self, moment=0):
        """Withhold, with this moment in seconds as that of the refusal before."""
        self.query("UPDATE dingding_call_rate SET refused_at = %s", moment)
        self.rate().withhold("/x", 2)

    def test_refusals_make_it_slower_for_a_while(self):
        rate = self.rate()
        rate.lease("/x", 1, 1)
        self.assertEqual(self.slack(), 0.04)
        self.refuse()
        self.assertEqual(self.slack(), 0.06)
        self.refuse(2 ** 33)
        self.assertEqual(self.slack(), 0.06)
        self.assertEvenly(rate.lease("/x", 5, 5), 1.06 / 20)
        self.assertEqual(self.slack(), 0.05998)
        for _number in range(8):
            self.refuse()
        self.assertEqual(self.slack(), 0.2)
        self.query("UPDATE dingding_call_rate SET slack = %s", 0.040001)
        rate.lease("/x", 20, 1)
        self.assertEqual(self.slack(), 0.04)

    def test_a_clock_that_was_put_back(self):
        self.rate().lease("/x", 1, 1)
        with compat.side_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "UPDATE dingding_call_rate SET moments = ARRAY(SELECT moment + 3600"
                " FROM unnest(moments) AS moment) WHERE name LIKE %s", ["test %"])
            cr.execute(
                "UPDATE dingding_call_rate SET moments[20] ="
                " extract(epoch FROM clock_timestamp()) + 3600 WHERE name LIKE %s",
                ["test %"])
        waits = self.rate().lease("/x", 2, 2)
        self.assertEqual(len(waits), 2)
        self.assertLessEqual(waits[-1], 1.04 + 1.04 / 20 + 0.001)
        self.rate().withhold("/x", 30)
        self.assertGreater(self.rate().lease("/x", 1, 1)[0], 29)

    def test_a_row_that_somebody_holds(self):
        """A dead server keeps its locks for a while."""
        self.rate().lease("/x", 1, 1)
        dbname, got = self.env.cr.dbname, []

        def ask():
            got.append(self.rate().lease("/x", 1, 1))
            self.rate().withhold("/x", 1)
            got.append(None)

        thread = threading.Thread(target=ask)
        with compat.side_cursor(dbname) as cr:
            cr.execute("SELECT 1 FROM dingding_call_rate WHERE name LIKE %s FOR UPDATE",
                       ["test %"])
            thread.start()
            thread.join(30)
            held = list(got)
        thread.join(30)
        self.assertEqual(held, [None, None])

    def test_without_a_database(self):
        own = "odoo.addons.dingding.models.dingding_call_rate"
        with mute_logger("odoo.sql_db", own):
            rate = RecordRate("dingding_no_such_database", "test key", 20)
            self.assertIsNone(rate.lease("/x", 1, 1))
            rate.withhold("/x", 1)

    def test_nobody_sees_it(self):
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk, self.user_manager, self.user_system):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.call.rate", "search", [])
