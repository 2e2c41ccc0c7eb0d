# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Repeat the tests of syncs as if every organisation were large."""
from unittest import mock

from psycopg2 import sql

from odoo.exceptions import AccessError

from .. import compat
from ..sync import resources, spool
from ..sync.reader import Reader
from . import (
    test_sync,
    test_sync_concurrent,
    test_sync_policy,
    test_sync_preview,
    test_sync_twice,
)
from .common import portable
from .sync_case import SyncCase

SMALL = {"LARGE": 0, "PART": 7, "LOADED": 9, "ASKED": 2}


class AsLarge(object):
    """Compare few people at a time."""

    def setUp(self):
        super().setUp()
        for name, value in SMALL.items():
            patch = mock.patch.object(spool, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def items(self):
        self.env.cr.execute("SELECT count(*) FROM dingding_sync_item")
        return self.env.cr.fetchone()[0]


@portable
class TestLargeRun(AsLarge, test_sync.TestRun):
    many = 240


@portable
class TestLargePeers(AsLarge, test_sync_concurrent.TestRunPeers):
    pass


@portable
class TestLargePolicy(AsLarge, test_sync_policy.TestRunPolicy):
    pass


@portable
class TestLargePreview(AsLarge, test_sync_preview.TestRunPreview):
    pass


@portable
class TestLargeTwice(AsLarge, test_sync_twice.TestSyncTwice):
    pass


@portable
class TestLarge(AsLarge, SyncCase):
    def setUp(self):
        super().setUp()
        self.simulator.reset(people=40, departments=4)
        self.app.app_secret = self.simulator.app_secret

    def test_a_pause_keeps_people_in_the_table(self):
        run = self.start()
        self.read_some(run)
        kept = self.items()
        self.assertGreater(kept, 0)
        for userid in list(self.simulated())[:5]:
            self.assertNotIn(userid, run._secret_get())
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertSame()
        self.assertEqual(self.items(), 0)

    def test_reading_starts_anew_when_the_table_was_lost(self):
        run = self.start()
        self.read_some(run)
        self.env.cr.execute("DELETE FROM dingding_sync_item")
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertSame()

    def test_a_snapshot_of_an_earlier_version_leaves_nothing(self):
        run = self.start()
        self.read_some(run)
        userid = list(run._load_snapshot().people)[0]
        self.remove_person(userid)
        with mock.patch("odoo.addons.dingding.sync.snapshot.VERSION", 99):
            self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertFalse(self.person(userid))
        self.assertSame()

    def test_a_cancelled_sync_leaves_nothing(self):
        run = self.start()
        self.read_some(run)
        self.assertGreater(self.items(), 0)
        run.action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(self.items(), 0)

    def test_nobody_reads_the_items(self):
        for user in (self.user_manager, self.user_employee):
            with self.assertRaises(AccessError):
                self.env["dingding.sync.item"].with_env(
                    self.env(user=user.id)).search([])

    def test_statements_of_an_unchanged_sync(self):
        self.first_run(40)
        few, _versions = self.unchanged()
        self.first_run(120)
        many, _versions = self.unchanged()
        self.assertEqual(len(few), len(many), "\n".join(many))

    def test_who_is_missing_takes_no_nested_loop(self):
        """At 100 000 people it took more than five minutes."""
        self.first_run(40)
        earlier = self.env["dingding.sync"].search([], limit=1)
        self.env.cr.execute(
            "INSERT INTO dingding_sync_item (sync_id, key, content)"
            " SELECT %s, number::text, '{}' FROM generate_series(1, 2000) number",
            [earlier.id])
        # The statistics of that one.
        self.env.cr.execute("ANALYZE dingding_sync_item")
        run = self.start()
        query = run._MISSING.format(
            key=sql.Identifier("userid"), table=sql.Identifier("dingding_user"))
        compat.execute(
            self.env.cr, sql.SQL("EXPLAIN ") + query, [run.id, self.corp.id])
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertRegex(plan, "(Hash|Merge) Full Join")

    def test_stored_rows_take_no_hash_of_the_departments_each(self):
        """Just after a first sync, an unchanged one took minutes."""
        self.first_run(4)
        some, top = self.people()[0], self.departments()[0]
        self.env.cr.execute(
            "INSERT INTO dingding_department (corp_id, dept_id, name, active)"
            " SELECT %s, number::text, 'D', true"
            " FROM generate_series(1000001, 1002000) number",
            [self.corp.id])
        self.env.cr.execute(
            "INSERT INTO dingding_user (corp_id, userid, name, active)"
            " SELECT %s, number::text, 'P', true"
            " FROM generate_series(1, 2000) number", [self.corp.id])
        self.env.cr.execute(
            "INSERT INTO dingding_department_user_rel (department_id, user_id)"
            " SELECT %s, id FROM dingding_user WHERE corp_id = %s AND id <> ALL(%s)",
            [top.id, self.corp.id, self.people().ids])
        query, names, params = some._stored_select(self.corp)
        self.assertIn("department_ids", names)
        compat.execute(self.env.cr, sql.SQL("EXPLAIN ") + query, params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        below = plan[plan.index("SubPlan"):]
        self.assertNotIn("Hash", below)
        self.assertNotIn("Seq Scan on dingding_department ", below)

    def read_some(self, run):
        """Process steps that end before everything was read, until something was.

        The threads of a busy machine may not have begun a call when a step ends.
        """
        for _step in range(10):
            moments = iter(range(1000))
            with mock.patch.object(
                resources, "Reader",
                lambda *args, **kw: Reader(*args, clock=lambda: next(moments), **kw),
            ):
                run._process_row(run.id, 4)
            compat.forget(self.env)
            self.assertEqual(run.state, "queued")
            if self.items():
                break
