# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import datetime

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import common
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import quota, utc
from ..dingtalk.api.meter import Usage
from ..models.dingding_call_count import Key, write_counts
from .budget_case import BudgetCase
from .common import call_as, portable, real_open_cursor, wait_for_midnight

METER = "/v1.0/meter/resources/useInfos/query"


@portable
class TestBudgetConsole(BudgetCase):
    def setUp(self):
        super().setUp()
        self.granted = self.simulator.control("GET", "/settings")["scopes"]

    def deny(self):
        self.simulator.settings(
            scopes=[one for one in self.granted if one != "Meter.Usage.Read"])

    def others_call(self, number):
        """Another application of the organisation makes billed calls."""
        client = self.app._dingtalk_client(ledger=None)
        for _turn in range(number):
            client.oapi("/topapi/process/listbyuserid", {"offset": 0, "size": 100})

    def press(self, user=None):
        call_as(user or self.user_manager, "dingding.corp", "action_read_budget",
                [self.corp.id])
        compat.forget(self.env)

    def used(self, meter=quota.API):
        return self.corp._budget_usage()[meter]["used"]

    def test_the_button_fills_in_the_numbers(self):
        self.others_call(7)
        self.assertEqual(self.used(), 0)
        self.press()
        self.assertEqual(self.corp.budget_typed_api, 8, "the question counts too")
        self.assertEqual(str(self.corp.budget_typed_on)[:10], str(self.today))
        self.assertTrue(self.corp.budget_read_at)
        self.assertEqual(self.used(), 8)
        self.use(3)
        self.assertEqual(self.used(), 11)

    def test_refused_permission_leaves_what_was_typed(self):
        self.corp.write({"budget_typed_api": 1234})
        self.deny()
        with self.assertRaises(UserError) as caught:
            self.press()
        self.assertIn("Meter.Usage.Read", str(caught.exception))
        self.assertEqual(self.corp.budget_typed_api, 1234)
        self.assertFalse(self.corp.budget_read_at)

    def test_a_cap_that_dingtalk_does_not_name(self):
        self.corp.write({"budget_edition": "professional", "budget_typed_api": 77})
        with self.assertRaises(UserError) as caught:
            self.press()
        self.assertIn("benefit", str(caught.exception))
        self.assertEqual(self.corp.budget_typed_api, 77)
        self.corp.budget_code_api = "api_call"
        self.press()
        self.assertEqual(self.corp.budget_typed_api, 2)

    def test_the_other_number_is_brought_to_the_same_day(self):
        first = quota.month_of(self.today)
        self.corp.write({"budget_typed_on": str(first), "budget_typed_push": 50})
        if self.today > first:
            self.use(4, meter=quota.PUSH)
        before = self.used(quota.PUSH)
        self.corp.budget_code_api = "api_call"
        self.press()
        self.assertEqual(self.used(quota.PUSH), before)
        self.assertEqual(self.corp.budget_typed_push, before)

    def test_a_month_that_ends_meanwhile(self):
        first, real = quota.next_month(self.today), type(self.corp)._dingtalk_budget

        def ask(this, *args):
            found = real(this, *args)
            self._replace(type(self.counts), "_today", lambda _this: first)
            return found

        self._replace(type(self.corp), "_dingtalk_budget", ask)
        self.others_call(7)
        self.press()
        self.assertEqual(self.corp.budget_typed_api, 8)
        self.assertEqual(str(self.corp.budget_typed_on)[:10], str(self.today))
        self.assertEqual(self.used(), 0, "nothing of the new month")

    # -- once a day ----------------------------------------------------------------

    def cron(self):
        self.budgets._cron_check()
        compat.forget(self.env)

    def test_once_a_day_at_most(self):
        self.cron()
        self.assertDingTalkNotCalled(METER)
        self.corp.budget_read_daily = True
        self.simulator.forget_calls()
        self.cron()
        self.cron()
        self.assertDingTalkCalled(METER, 1)
        self.assertEqual(self.corp.budget_typed_api, 1)
        yesterday = utc.now() - datetime.timedelta(hours=25)
        self.corp.budget_read_at = fields.Datetime.to_string(yesterday)
        self.cron()
        self.assertDingTalkCalled(METER, 2)

    def test_hosts_that_are_silent_leave_no_time(self):
        """Odoo would kill the scheduled action, and begin with them again."""
        self.corp.budget_read_daily = True
        self.budgets._cron_check(seconds=-1)
        self.assertDingTalkNotCalled(METER)
        self.cron()
        self.assertDingTalkCalled(METER, 1)

    def test_daily_reading_ends_when_it_is_denied(self):
        self.corp.write({"budget_typed_api": 1234, "budget_read_daily": True})
        self.deny()
        self.cron()
        self.assertFalse(self.corp.budget_read_daily)
        self.assertTrue(self.corp.budget_read_error)
        self.assertEqual(self.corp.budget_typed_api, 1234)
        self.simulator.settings(scopes=self.granted)
        self.press()
        self.assertFalse(self.corp.budget_read_error)

    def test_reading_raises_no_budget(self):
        self.corp.write({"budget_edition": "standard", "budget_read_daily": True})
        self.budgets._note_push(self.app, "robot", {
            "errCode": "20001", "errMsg": "\u56e0\u8d85\u91cf\u6682\u505c"})
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        for used, stopped in ((3000, True), (2000, False)):
            self._replace(
                type(self.corp), "_dingtalk_budget", lambda this, *args: {
                    quota.API: Usage(1, 5000), quota.PUSH: Usage(used, 3000)})
            self.corp.budget_read_at = False
            self.cron()
            self.assertEqual(self.corp.budget_typed_push, used)
            self.assertEqual(bool(budget.stopped_at), stopped)

    def test_what_fails_for_one_is_no_concern_of_others(self):
        self._replace(type(self.corp), "_dingtalk_budget", lambda this, *args: {
            quota.API: Usage(99999999999, 5000), quota.PUSH: Usage(1, 3000)})
        self.corp.budget_read_daily = True
        self.use(5000)
        self.cron()
        self.assertEqual(self.corp.budget_typed_api, 2147483647)
        self.corp.budget_read_at = False

        def broken(*_args):
            raise ValueError("an answer that nobody expects")

        self._replace(type(self.corp), "_dingtalk_budget", broken)
        with mute_logger("odoo.addons.dingding.models.dingding_corp_budget_console"):
            self.cron()
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        self.assertEqual(budget.mapped("warned"), [100])

    def test_trouble_is_tried_again_the_next_day(self):
        self.corp.budget_read_daily = True
        self.simulator.fault("http_500", METER, times=9)
        self.cron()
        self.assertTrue(self.corp.budget_read_daily)
        self.assertTrue(self.corp.budget_read_error)
        self.simulator.clear_faults()
        self.simulator.forget_calls()
        self.cron()
        self.assertDingTalkNotCalled(METER)

    def test_only_who_may_change_the_organisation(self):
        for user in (self.user_employee, self.user_dingtalk, self.user_portal):
            with self.assertRaises(AccessError):
                self.press(user)


@portable
class TestBudgetTransactions(common.TransactionCase):
    """With separate transactions, as in production."""

    def setUp(self):
        super().setUp()
        wait_for_midnight()
        self.dbname = self.env.cr.dbname
        with self.own() as env:
            corp = env["dingding.corp"].create(
                {"name": "Budget", "budget_edition": "standard"})
            app = env["dingding.app"].create(
                {"name": "Budget", "corp_id": corp.id, "app_key": "dingbudget"})
            self.today = env["dingding.call.count"]._today()
            self.corp_id, self.app_id = corp.id, app.id
        self.addCleanup(self.remove)

    @contextlib.contextmanager
    def own(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield env
            compat.flush(env)

    def remove(self):
        with self.own() as env:
            mine = [("corp_id", "=", self.corp_id)]
            env["dingding.budget"].search(mine).unlink()
            env["dingding.corp"].browse(self.corp_id).unlink()

    def count(self, number):
        key = Key(self.app_id, quota.API, METER, "usage", str(self.today))
        write_counts(self.dbname, {key: number})

    def test_what_was_counted_meanwhile_is_counted_once(self):
        with self.own() as env:
            env.cr.execute("SELECT 1")
            self.count(7)
            env["dingding.corp"].browse(self.corp_id).write({"budget_typed_api": 100})
        with self.own() as env:
            usage = env["dingding.corp"].browse(self.corp_id)._budget_usage()
            self.assertEqual(usage[quota.API]["used"], 100)

    def test_a_warning_does_not_block_the_reading(self):
        """Both write the month's row."""
        cls = type(self.env["dingding.corp"])
        real = cls._budget_read

        def read(this):
            this.env.cr.execute("SET LOCAL lock_timeout = '5s'")
            return real(this)

        def ask(_this, _day):
            return {quota.API: Usage(4600, 5000)}

        for name, method in (("_budget_read", read), ("_dingtalk_budget", ask)):
            self.addCleanup(setattr, cls, name, getattr(cls, name))
            setattr(cls, name, method)
        self.count(4000)
        with self.own() as env:
            corp = env["dingding.corp"].browse(self.corp_id)
            corp.write({"budget_read_daily": True, "budget_typed_push": 10})
            env["dingding.budget"]._of_month(
                corp, quota.API, env["dingding.call.count"]._today(), create=True)
        with self.own() as env:
            env["dingding.budget"]._cron_check()
        with self.own() as env:
            corp = env["dingding.corp"].browse(self.corp_id)
            self.assertEqual(corp.budget_typed_api, 4600)
            self.assertFalse(corp.budget_read_error)
