# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import datetime
import types

from psycopg2 import sql

from odoo import fields
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import utc
from ..models import dingding_purge
from .common import portable
from .sync_case import SyncCase


@portable
class TestPurge(SyncCase):
    def setUp(self):
        super().setUp()
        self.runs = self.env["dingding.sync"]
        self.person = self.env["dingding.user"].with_context(
            dingding_no_push=True).create(
                {"name": "Li", "userid": "li", "corp_id": self.corp.id})

    def age(self, records, days):
        compat.flush(self.env)
        moment = utc.now() - datetime.timedelta(days=days)
        compat.execute(
            self.env.cr,
            sql.SQL("UPDATE {} SET create_date = %s WHERE id IN %s").format(
                sql.Identifier(records._table)),
            [fields.Datetime.to_string(moment), tuple(records.ids)],
        )
        compat.forget(self.env)
        return records

    def purge(self, **options):
        self.env["dingding.purge"]._cron_purge(**options)
        compat.forget(self.env)

    def keep(self, name, days):
        self.env["ir.config_parameter"].sudo().set_param(
            "dingding.keep_days." + name, days)

    def test_old_records_are_found_by_an_index(self):
        kinds = self.env["dingding.purge"]._purge_kinds()
        tables = {self.env[model]._table for _name, days, model, _over in kinds if days}
        self.env.cr.execute(
            "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%%(create_date)'")
        self.assertEqual(tables - {row[0] for row in self.env.cr.fetchall()}, set())

    def test_what_refers_to_old_records_is_found_by_an_index(self):
        """PostgreSQL looks for it with each record that is deleted."""
        kinds = self.env["dingding.purge"]._purge_kinds()
        tables = sorted({self.env[model]._table for _n, days, model, _o in kinds})
        self.env.cr.execute(
            "SELECT con.conrelid::regclass, att.attname FROM pg_constraint con"
            " JOIN pg_class old ON old.oid = con.confrelid JOIN pg_attribute att"
            " ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]"
            " WHERE con.contype = 'f' AND con.confdeltype IN ('c', 'n')"
            " AND old.relname = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_index own"
            " WHERE own.indrelid = con.conrelid AND own.indkey[0] = con.conkey[1])",
            [tables])
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_a_kind_that_never_ends_leaves_time_to_the_others(self):
        clock, worked = types.SimpleNamespace(now=0.0), collections.Counter()

        def batch(_purge, model, _days, _over):
            worked[model] += 1
            clock.now += 1
            return dingding_purge.BATCH

        self._replace(dingding_purge, "time", types.SimpleNamespace(
            monotonic=lambda: clock.now))
        self._replace(type(self.env["dingding.purge"]), "_purge_batch", batch)
        kinds = self.env["dingding.purge"]._purge_kinds()
        triggered = []
        self._replace(compat, "TRIGGERS", True)
        self._replace(compat, "trigger_action", triggered.append)
        self.purge(seconds=3 * len(kinds))
        self.assertEqual(set(worked), {model for _n, days, model, _o in kinds if days})
        self.assertGreater(min(worked.values()), 1)
        self.assertEqual(len(triggered), 1)

    def test_what_cannot_be_deleted_stops_no_other_kind(self):
        old = self.make_runs("failed", "done")[:1]
        message = self.message("sent", "done")
        self.age(message, 400)
        self.age(old, 400)
        real = type(self.runs).unlink

        def unlink(records):
            if old in records:
                raise ZeroDivisionError("ours")
            return real(records)

        self._replace(type(self.runs), "unlink", unlink)
        with mute_logger("odoo.addons.dingding.models.dingding_purge"):
            self.purge()
        self.assertTrue(old.exists())
        self.assertFalse(message.exists())

    def make_runs(self, *states):
        found = self.runs
        for state in states:
            found |= self.runs.create(
                {"corp_id": self.corp.id, "kind": "users", "state": state})
        return found

    def test_syncs(self):
        old = self.make_runs(
            "done", "failed", "cancelled", "confirm", "retry", "unknown", "done",
            "failed", "cancelled")
        self.age(old, 91)
        self.purge()
        left = old.exists()
        # Undecided; not done; outcome unknown; the last good one; the last of all.
        self.assertEqual(left, old[3:7] + old[8])
        young = self.make_runs("done", "failed")
        self.age(young[:1], 89)
        self.purge()
        self.assertEqual(len(young.exists()), 2)
        self.assertEqual((old.exists()), old[3:6])

    def test_last_sync_of_each_organisation_and_kind(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        runs = self.make_runs("done") + self.runs.create(
            {"corp_id": other.id, "kind": "users", "state": "done"}
        ) + self.runs.create(
            {"corp_id": self.corp.id, "kind": "departments", "state": "done"})
        self.age(runs, 4000)
        self.purge()
        self.assertEqual(len(runs.exists()), 3)

    def test_lines_of_the_last_sync(self):
        run = self.run_it()
        self.assertTrue(run.line_ids)
        self.age(run.line_ids, 91)
        self.purge()
        self.assertTrue(run.exists())
        self.assertFalse(run.line_ids)

    def test_lines_of_a_sync_that_waits(self):
        run = self.run_it()
        lines = run.line_ids
        run.write({"state": "confirm"})
        self.age(lines, 91)
        self.age(run, 91)
        self.purge()
        self.assertEqual(lines.exists(), lines)

    def test_outgoing_changes_and_conflicts(self):
        changes = self.env["dingding.outgoing.change"]
        for state in ("done", "cancelled", "failed", "unknown", "queued", "confirm"):
            changes |= changes.create(
                {"corp_id": self.corp.id, "person_id": self.person.id,
                 "operation": "update", "state": state})
        self.age(changes, 91)
        conflicts = self.env["dingding.conflict"]
        for days in (179, 181):
            conflicts |= self.age(conflicts.create(
                {"corp_id": self.corp.id, "person_id": self.person.id,
                 "field_name": "title", "decision": "odoo",
                 "change_id": changes[0].id}), days)
        self.purge()
        self.assertEqual(changes.exists(), changes[2:])
        self.assertEqual(conflicts.exists(), conflicts[:1])
        self.assertFalse(conflicts[:1].change_id)

    def message(self, state, part):
        message = self.env["dingding.message"].create(
            {"name": "Hello", "kind": "text", "body": "{}", "app_id": self.app.id,
             "sender_id": self.user_manager.id, "state": state})
        self.env["dingding.message.task"].create(
            {"message_id": message.id, "app_id": self.app.id, "state": part})
        self.env["dingding.message.recipient"].create(
            {"message_id": message.id, "person_id": self.person.id})
        return message

    def test_messages(self):
        gone = self.message("sent", "done") + self.message("recalled", "done") + (
            self.message("failed", "failed"))
        kept = self.message("unknown", "unknown") + self.message("queued", "queued") + (
            self.message("partly_failed", "unknown")) + self.message("sent", "retry")
        self.age(gone + kept, 366)
        young = self.age(self.message("sent", "done"), 364)
        people = gone.mapped("recipient_ids")
        self.purge()
        self.assertFalse(gone.exists())
        self.assertFalse(people.exists())
        self.assertEqual((kept + young).exists(), kept + young)

    def test_days_are_a_parameter(self):
        runs = self.make_runs("done", "done", "done")
        self.age(runs, 10)
        self.purge()
        self.assertEqual(len(runs.exists()), 3)
        for value in ("0", "-1", "soon"):
            self.keep("syncs", value)
            self.purge()
            self.assertEqual(len(runs.exists()), 3, value)
        self.keep("syncs", "9")
        self.purge()
        self.assertEqual(runs.exists(), runs[2:])

    def test_in_small_transactions(self):
        self._replace(dingding_purge, "BATCH", 2)
        runs = self.make_runs(*["failed"] * 7)
        self.age(runs, 91)
        opened, real = [], compat.open_cursor

        def open_cursor(*args, **options):
            opened.append(args)
            return real(*args, **options)

        self._replace(compat, "open_cursor", open_cursor)
        self.purge(seconds=-1)
        self.assertEqual(len(runs.exists()), 7, "no time, no work")
        self.purge()
        self.assertEqual(runs.exists(), runs[6:])
        self.assertGreaterEqual(len(opened), 4)
