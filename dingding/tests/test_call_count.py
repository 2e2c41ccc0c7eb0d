# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import threading
import time
import types

import psycopg2

from odoo import SUPERUSER_ID, api

from .. import compat
from ..dingtalk import quota
from ..models import dingding_call_count
from ..models.dingding_call_count import Key, Ledger, write_counts
from .budget_case import SEND, USERS, BudgetCase
from .common import (
    DingTalkCase,
    portable,
    real_begin_read_committed,
    real_open_cursor,
)


@portable
class TestCallCount(BudgetCase):
    def test_one_row_for_each_key_and_day(self):
        for _number in range(3):
            self.send()
            self.ledger.flush()
        self.send("message_recall")
        self.assertEqual(
            self.rows(), [(SEND, "message_recall", 1), (SEND, "messages", 3)])
        row = self.counts.search([("feature", "=", "messages")])
        self.assertEqual(row.app_id, self.app)
        self.assertEqual(row.meter, quota.API)
        self.assertEqual(str(row.day)[:10], str(self.today))

    def test_free_calls_are_not_counted(self):
        client = self.app._dingtalk_client(feature="contacts")
        client.contacts.count()
        client.contacts.user(self.simulator.users()[0]["userid"])
        self.assertEqual(self.rows(), [])

    def test_refusals(self):
        self.simulator.fault("throttled", SEND)
        self.send()
        self.assertEqual(self.rows(), [(SEND, "messages", 1)])
        self.simulator.fault("reset", SEND)
        with self.assertRaises(Exception):
            self.send(max_attempts=1)
        self.assertEqual(self.rows(), [(SEND, "messages", 1)])
        self.simulator.fault("error", SEND, code="40035")
        with self.assertRaises(Exception):
            self.send(max_attempts=1)
        self.assertEqual(self.rows(), [(SEND, "messages", 2)])

    def test_days_are_chinas(self):
        stands = datetime.datetime(2026, 11, 30, 16, 30)
        self._replace(
            dingding_call_count, "utc", types.SimpleNamespace(now=lambda: stands))
        self.assertEqual(self.counts._today(), datetime.date(2026, 12, 1))

    def test_calls_cost_no_statement(self):
        client = self.app._dingtalk_client(feature="messages")
        with self.counted() as statements:
            for _number in range(50):
                client._ledger.check(SEND)
                client._ledger.count(SEND, 200, None, time.time(), 0)
                client._ledger.check(USERS)
                client._ledger.count(USERS, 200, None, time.time(), 0)
            self.assertEqual(statements, [])
            self.ledger.flush()
        counted = [each for each in statements if "dingding_call_count" in each]
        self.assertEqual(len(counted), 1)

    def test_a_batch_is_written_by_number(self):
        written = []
        ledger = Ledger(lambda _dbname, counts: written.append(sum(counts.values())))
        key = Key(self.app.id, quota.API, SEND, "messages", str(self.today))
        for _number in range(2 * dingding_call_count.FLUSH_CALLS + 1):
            ledger.add("db", key)
        self.assertEqual(written, [dingding_call_count.FLUSH_CALLS] * 2)
        self.assertEqual(ledger.pending("db"), {key: 1})
        ledger.flush()
        self.assertEqual(sum(written), 2 * dingding_call_count.FLUSH_CALLS + 1)

    def test_a_batch_is_written_by_time(self):
        self._replace(dingding_call_count, "FLUSH_SECONDS", 0.01)
        written = threading.Event()
        ledger = Ledger(lambda _dbname, _counts: written.set())
        key = Key(self.app.id, quota.API, SEND, "messages", str(self.today))
        ledger.add("db", key)
        self.assertTrue(written.wait(60))

    def test_what_was_not_written_is_kept(self):
        broken = [True]

        def write(_dbname, counts):
            if broken:
                raise psycopg2.OperationalError("gone")
            self.assertEqual(sum(counts.values()), 3)

        ledger = Ledger(write, automatic=False)
        key = Key(self.app.id, quota.API, SEND, "messages", str(self.today))
        ledger.add("db", key, 2)
        ledger.flush()
        self.assertEqual(ledger.pending("db"), {key: 2})
        ledger.add("db", key)
        broken.clear()
        ledger.flush()
        self.assertEqual(ledger.pending("db"), {})

    def test_a_forked_process_counts_its_own(self):
        ledger = Ledger(lambda *_args: None, automatic=False)
        key = Key(self.app.id, quota.API, SEND, "messages", str(self.today))
        ledger.add("db", key, 5)
        ledger._pid -= 1
        ledger.add("db", key)
        self.assertEqual(ledger.pending("db"), {key: 1})

    def test_deleted_applications_are_skipped(self):
        key = Key(2 ** 30, quota.API, SEND, "messages", str(self.today))
        self.ledger.add(self.env.cr.dbname, key)
        self.ledger.flush()
        self.assertEqual(self.ledger.pending(self.env.cr.dbname), {})


@portable
class TestManyProcesses(DingTalkCase):
    """Committed rows and several connections."""

    def setUp(self):
        super().setUp()
        with real_open_cursor(self.env.cr.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            corp = env["dingding.corp"].create({"name": "Counted"})
            app = env["dingding.app"].create({
                "name": "Counted", "corp_id": corp.id, "app_key": "counted-key"})
            compat.flush(env)
            self.corp_id, self.app_id = corp.id, app.id
        self.addCleanup(self.forget)

    def forget(self):
        with real_open_cursor(self.env.cr.dbname) as cr:
            cr.execute("DELETE FROM dingding_corp WHERE id = %s", [self.corp_id])

    def test_nothing_is_lost_or_doubled(self):
        dbname, rounds, ledgers = self.env.cr.dbname, 25, 6
        day = str(self.env["dingding.call.count"]._today())
        keys = [
            Key(self.app_id, quota.API, "/test/%d" % number, "other", day)
            for number in range(4)
        ]

        def work(order):
            ledger = Ledger(write_counts, automatic=False)
            for _round in range(rounds):
                for key in keys[::order]:
                    ledger.add(dbname, key)
                ledger.flush()
            while ledger.pending(dbname):
                ledger.flush()

        self._replace(compat, "begin_read_committed", real_begin_read_committed)
        threads = [
            threading.Thread(target=work, args=(1 if number % 2 else -1,))
            for number in range(ledgers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with compat.side_cursor(dbname) as cr:
            cr.execute(
                "SELECT name, count, corp_id FROM dingding_call_count"
                " WHERE app_id = %s ORDER BY name", [self.app_id])
            found = cr.fetchall()
        self.assertEqual(found, [
            (key.name, rounds * ledgers, self.corp_id) for key in keys])
