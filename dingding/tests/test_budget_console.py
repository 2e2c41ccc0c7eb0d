# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The console's own numbers, read where DingTalk allows it."""
import datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..dingtalk import quota
from .budget_case import BudgetCase
from .common import call_as, portable

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
        yesterday = datetime.datetime.utcnow() - datetime.timedelta(hours=25)
        self.corp.budget_read_at = fields.Datetime.to_string(yesterday)
        self.cron()
        self.assertDingTalkCalled(METER, 2)

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
