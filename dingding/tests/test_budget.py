# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import time
import types
import unittest

from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import quota, utc
from ..dingtalk.beijing import OFFSET
from ..dingtalk.errors import PermissionDeniedError, QuotaExceededError
from ..models import dingding_budget
from ..models.dingding_call_count import Key
from .budget_case import SEND, BudgetCase
from .common import call_as, portable


@portable
class TestBudget(BudgetCase):
    def usage(self, meter=quota.API):
        return self.corp._budget_usage()[meter]

    def edition(self, **values):
        self.corp.write(dict({"budget_edition": "standard"}, **values))

    # -- caps and use --------------------------------------------------------------

    def test_editions_set_both_caps(self):
        def caps():
            return self.corp.budget_api_cap, self.corp.budget_push_cap

        self.assertEqual(caps(), (5000, 3000))
        self.edition(budget_edition="professional", budget_packs=1)
        self.assertEqual(caps(), (5200000, 550000))
        self.edition(budget_edition="custom", budget_custom_api=7, budget_custom_push=8)
        self.assertEqual(caps(), (7, 8))

    def test_use_and_forecast(self):
        first = quota.month_of(self.today)
        before = first - datetime.timedelta(days=1)
        self.use(40, day=first)
        self.use(2)
        self.use(9, day=before)
        self.use(5, meter=quota.PUSH)
        usage = self.usage()
        self.assertEqual((usage["used"], usage["cap"]), (42, 5000))
        self.assertEqual(usage["forecast"], quota.forecast(42, self.today))
        self.assertEqual(self.usage(quota.PUSH)["used"], 5)
        self.assertEqual(self.corp.budget_api_used, 42)
        self.assertEqual(self.corp.budget_push_used, 5)

    def test_the_consoles_number_includes_what_was_counted(self):
        self.use(40)
        self.corp.write({"budget_typed_api": 1000})
        self.assertEqual(str(self.corp.budget_typed_on)[:10], str(self.today))
        self.assertEqual(self.usage()["used"], 1000)
        self.use(3)
        self.assertEqual(self.usage()["used"], 1003)
        self.use(5, meter=quota.PUSH)
        self.assertEqual(self.usage(quota.PUSH)["used"], 5)

    def test_the_consoles_number_of_another_month_is_past(self):
        first = quota.month_of(self.today)
        self.corp.write({
            "budget_typed_api": 1000,
            "budget_typed_on": str(first - datetime.timedelta(days=1))})
        self.use(3)
        self.assertEqual(self.usage()["used"], 3)

    def test_a_number_without_a_day_was_read_today(self):
        """It includes the calls that Odoo has counted since the day before."""
        first = quota.month_of(self.today)
        self.corp.write({
            "budget_typed_api": 10, "budget_typed_push": 20,
            "budget_typed_on": str(first - datetime.timedelta(days=1))})
        self.use(3, meter=quota.PUSH)
        self.corp.write({"budget_typed_api": 1000})
        self.assertEqual(str(self.corp.budget_typed_on)[:10], str(self.today))
        self.assertEqual(self.usage()["used"], 1000)
        self.assertEqual(self.usage(quota.PUSH)["used"], 3)
        self.use(4, day=first)
        self.use(5, meter=quota.PUSH, day=first)
        self.corp.write({
            "budget_typed_on": str(first), "budget_typed_api": 10,
            "budget_typed_push": 20})
        self.use(6)
        self.use(7, meter=quota.PUSH)
        pushes = self.usage(quota.PUSH)["used"]
        self.corp.write({"budget_typed_api": 2000})
        self.assertEqual(self.usage()["used"], 2000)
        self.assertEqual(self.usage(quota.PUSH)["used"], pushes)

    def test_impossible_numbers(self):
        for values in (
            {"budget_typed_on": str(self.today + datetime.timedelta(days=1))},
            {"budget_packs": -1}, {"budget_typed_api": -1},
        ):
            with self.assertRaises(ValidationError):
                self.corp.write(values)
                compat.flush(self.env)

    def test_no_cap(self):
        """Nothing to warn of, each day in the digest too."""
        self.edition(budget_edition="custom", budget_custom_push=5)
        self.use(40)
        self.use(4, meter=quota.PUSH)
        lines = {line["key"]: line["state"] for line in self.corp._overview_lines()}
        self.assertEqual(
            (lines["budget_api"], lines["budget_push"]), ("ok", "warning"))
        self.assertEqual(self.warnings()[0], [70])

    def test_calls_typed_as_packs(self):
        """The cap would exceed its column."""
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.corp.write({"budget_packs": 5000000})
            compat.flush(self.env)

    def test_huge_numbers_of_dingtalk(self):
        said = "调用量:99999999999次,额度:99999999990次"
        client = self.app._dingtalk_client(feature="messages")
        client._ledger.count(
            SEND, 200, QuotaExceededError("90020", said), time.time(), 0)
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        self.assertTrue(budget.stopped_at)
        self.assertEqual(budget.dingtalk_used, 2147483647)

    # -- warnings ------------------------------------------------------------------

    def warnings(self):
        self.budgets._cron_check()
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "dingding.budget"), ("res_id", "in", budget.ids),
             ("user_id", "=", self.user_manager.id)])
        posted = budget.mapped("message_ids").filtered("partner_ids")
        return budget.mapped("warned"), len(activities), len(posted)

    def test_each_percentage_warns_once(self):
        self.assertEqual(self.warnings(), ([], 0, 0))
        self.use(3499)
        self.assertEqual(self.warnings(), ([], 0, 0))
        self.use(1)
        self.assertEqual(self.warnings(), ([70], 1, 1))
        self.assertEqual(self.warnings(), ([70], 1, 1))
        self.use(1000)
        self.assertEqual(self.warnings(), ([90], 1, 2))
        self.use(600)
        self.assertEqual(self.warnings(), ([100], 1, 3))
        self.assertEqual(self.warnings(), ([100], 1, 3))
        # Another cap is worth a new warning.
        self.edition(budget_edition="professional")
        self.assertEqual(self.warnings(), ([0], 1, 3))

    def test_a_manager_closes_the_activity(self):
        self.use(5000)
        self.warnings()
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "dingding.budget"),
             ("user_id", "=", self.user_manager.id)])
        call_as(self.user_manager, "mail.activity", "action_feedback", activity.ids)
        self.assertClosed(activity)

    def test_names_are_data(self):
        self.corp.name = "<b>Bold</b>"
        self.use(5000)
        self.warnings()
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        bodies = "".join(budget.mapped("message_ids.body"))
        self.assertIn("&lt;b&gt;Bold", bodies)
        self.assertNotIn("<b>Bold", bodies)

    def test_what_fails_for_one_is_no_concern_of_others(self):
        broken = self.env["dingding.corp"].create({"name": "Broken"})
        app = self.env["dingding.app"].create({
            "name": "Broken", "corp_id": broken.id, "app_key": "dingbroken"})
        real = type(self.budgets)._notify_managers

        def notify(this, *args):
            if this.corp_id == broken:
                raise ValueError("no mail server")
            return real(this, *args)

        self._replace(type(self.budgets), "_notify_managers", notify)
        self.use(5000)
        self.use(5000, app=app)
        with mute_logger("odoo.addons.dingding.models.dingding_budget"):
            self.assertEqual(self.warnings(), ([100], 1, 1))
        self.assertFalse(self.budgets.search([("corp_id", "=", broken.id)]).warned)

    def test_the_grace_is_told_at_the_end(self):
        budget = self.budgets._of_month(
            self.corp, quota.API, self.today, create=True)
        usage = {"used": 5000, "cap": 5000, "forecast": 9000, "share": 100}
        self.assertIn("five days", budget._warning(100, usage)[1])
        usage["share"] = 90
        self.assertNotIn("five days", budget._warning(90, usage)[1])

    # -- priorities ----------------------------------------------------------------

    def test_the_least_worth_pauses_first(self):
        self.edition()
        for number, paused in (
            (4499, ()), (1, ("message_results",)),
            (500, ("message_results", "messages")),
        ):
            self.use(number)
            for feature in ("message_results", "messages", "message_recall", "other"):
                if feature in paused:
                    with self.assertRaises(quota.BudgetPausedError) as caught:
                        self.send(feature)
                    self.assertEqual(
                        caught.exception.detail["until"],
                        str(quota.next_month(self.today)))
                else:
                    self.send(feature)

    def test_contacts_and_sign_in_never_pause(self):
        self.edition(budget_edition="custom", budget_custom_api=1)
        self.use(100)
        client = self.app._dingtalk_client(feature="message_results")
        self.assertTrue(client.contacts.count())
        self.assertTrue(client.app_token())

    def test_nothing_pauses_until_the_edition_is_selected(self):
        self.use(6000)
        self.send("message_results")

    def test_a_client_notices_the_cap_by_itself(self):
        self.edition(budget_edition="custom", budget_custom_api=10)
        client = self.app._dingtalk_client(feature="message_results")
        for _number in range(9):
            client._ledger.check(SEND)
            client._ledger.count(SEND, 200, None, time.time(), 0)
        with self.assertRaises(quota.BudgetPausedError):
            client._ledger.check(SEND)

    def test_what_pauses_is_shown(self):
        self.edition()
        self.assertFalse(self.corp.budget_notice)
        self.use(4500)
        compat.forget(self.env)
        self.assertIn("Read states", self.corp.budget_notice)
        self.assertIn(str(quota.next_month(self.today)), self.corp.budget_notice)
        lines = {line["key"]: line for line in self.corp._overview_lines()}
        self.assertEqual(lines["budget_api"]["state"], "warning")
        self.assertIn("4500 of 5000", lines["budget_api"]["value"])
        self.assertEqual(
            lines["budget_api_messages"]["value"], "4500 (90% of the month)")
        self.assertEqual(lines["budget_paused"]["state"], "error")

    # -- exhaustion ----------------------------------------------------------------

    def refuses(self):
        """Expect a refusal; Odoo's assertRaises would roll back."""
        return unittest.TestCase.assertRaises(self, QuotaExceededError)

    def exhaust(self):
        self.simulator.settings(monthly_quota=0)
        with self.refuses():
            self.send("message_recall")
        return self.budgets.search([("corp_id", "=", self.corp.id)])

    def test_exhaustion_is_noted_and_not_asked_again(self):
        budget = self.exhaust()
        self.assertTrue(budget.stopped_at)
        self.assertEqual((budget.dingtalk_used, budget.dingtalk_cap), (1, 0))
        self.simulator.forget_calls()
        for feature in ("messages", "message_recall", "other"):
            with self.refuses() as caught:
                self.send(feature)
            self.assertEqual(caught.exception.code, "90020")
        self.assertDingTalkNotCalled(SEND)
        self.assertTrue(self.app._dingtalk_client(feature="contacts").contacts.count())
        self.assertIn("refused", self.corp.budget_notice)
        self.budgets._cron_check()
        self.assertEqual(budget.warned, 100)

    def test_one_call_a_day_tests_dingtalk(self):
        def tested_yesterday():
            self.env.cr.execute(
                "UPDATE dingding_budget SET probed_at = %s WHERE id = %s",
                [utc.now() - datetime.timedelta(hours=25), budget.id])
            compat.forget(self.env)

        budget = self.exhaust()
        tested_yesterday()
        self.simulator.forget_calls()
        for _number in range(3):
            with self.refuses():
                self.send("messages")
        self.assertDingTalkCalled(SEND, 1)
        tested_yesterday()
        self.simulator.settings(monthly_quota=None)
        self.send("messages")
        compat.forget(self.env)
        self.assertFalse(budget.stopped_at)
        self.send("messages")

    def test_a_raised_budget_goes_on_at_once(self):
        budget = self.exhaust()
        self.simulator.settings(monthly_quota=None)
        self.edition(budget_edition="professional")
        self.assertFalse(budget.stopped_at)
        self.send("messages")

    def test_another_month_begins_anew(self):
        self.exhaust()
        ledger = self.app._dingtalk_client(feature="messages")._ledger
        later = quota.next_month(self.today)
        self._replace(dingding_budget, "_today", lambda: later)
        self.simulator.settings(monthly_quota=None)
        ledger.check(SEND)
        self.send("messages")

    def test_a_refusal_that_arrives_after_midnight(self):
        """It belongs to the call's month, by DingTalk's clock."""
        ledger = self.app._dingtalk_client(feature="messages")._ledger
        first = quota.month_of(self.today)
        midnight = (
            datetime.datetime(first.year, first.month, first.day) - OFFSET
            - datetime.datetime(1970, 1, 1)).total_seconds()
        used_up = QuotaExceededError("90020", "x")
        # The second time Odoo's clock is an hour ahead of DingTalk's.
        for sent, ahead in ((midnight - 1, 0), (midnight + 3599, -3600)):
            ledger.count(SEND, 200, used_up, sent, ahead)
            ledger.check(SEND)
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        self.assertTrue(str(budget.month) < str(quota.month_of(self.today)))
        self.ledger.flush()
        self.assertEqual(self.usage()["used"], 0)
        self.send()
        ledger.count(SEND, 200, used_up, midnight + 1, 0)
        with self.refuses():
            ledger.check(SEND)

    def test_what_was_sent_before_the_stop_does_not_end_it(self):
        ledger = self.app._dingtalk_client(feature="messages")._ledger
        before = time.time() - 5
        ledger.count(
            SEND, 200, QuotaExceededError("90020", "x"), time.time(), 0)
        ledger.count(SEND, 200, None, before, 0)
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        self.assertTrue(budget.stopped_at)
        denied = PermissionDeniedError("88", "no permission")
        ledger.count(SEND, 200, denied, time.time() + 1, 0)
        self.assertTrue(budget.stopped_at)
        with self.refuses():
            ledger.check(SEND)
        ledger.count(SEND, 200, None, time.time() + 1, 0)
        compat.forget(self.env)
        self.assertFalse(budget.stopped_at)
        ledger.check(SEND)

    def test_what_this_process_has_not_written_counts(self):
        self.edition(budget_edition="custom", budget_custom_api=10)
        key = Key(self.app.id, quota.API, SEND, "messages", str(self.today))
        self.ledger.add(self.env.cr.dbname, key, 9)
        with self.assertRaises(quota.BudgetPausedError):
            self.app._dingtalk_client(feature="message_results")._ledger.check(SEND)

    def test_queued_work_waits_and_goes_on(self):
        person = self.env["dingding.user"].create({
            "name": "P", "userid": self.simulator.users()[0]["userid"],
            "corp_id": self.corp.id})
        self.simulator.settings(monthly_quota=0)
        message = self.env["dingding.message"].send(self.app, person, "你好")
        task = message.task_ids
        self.process_queue()
        compat.forget(self.env)
        self.assertEqual((task.state, task.attempts), ("retry", 0))
        self.assertEqual(task.error_code, "90020")
        self.assertFalse(task.maybe_since)
        self.assertTrue(task.next_try > task.create_date)
        self.assertIn("Budget", task.remedy)
        self.simulator.settings(monthly_quota=None)
        self.edition(budget_edition="professional")
        self.process_queue()
        compat.forget(self.env)
        self.assertEqual(task.state, "done")

    def test_pushes_that_stop(self):
        told = {"errCode": 20001, "errMsg": "消息因超量被暂停推送"}
        self.assertTrue(self.budgets._note_push(self.app, "x", told))
        budget = self.budgets.search([("corp_id", "=", self.corp.id)])
        self.assertEqual(budget.meter, quota.PUSH)
        self.assertTrue(budget.stopped_at)
        self.assertIn("超量", budget.dingtalk_said)
        self.assertFalse(self.budgets._note_push(self.app, "bpms_task_change", {}))
        self.assertFalse(self.budgets._note_push(self.app, "user_add_org", {}))
        self.assertEqual(self.rows(("meter", "=", "push")), [
            ("bpms_task_change", "pushes", 1)])

    def test_pushes_that_resume(self):
        self.edition()
        told = {"errCode": 20001, "errMsg": "消息因超量被暂停推送"}
        self.budgets._note_push(self.app, "x", told)
        self.use(4800)
        budget = self.budgets.search([("meter", "=", quota.PUSH)])
        self.assertIn("paused pushes", self.corp.budget_notice)
        self.assertIn("Read states", self.corp.budget_notice)
        self.assertNotIn("refused", self.corp.budget_notice)
        self.use(1, meter=quota.PUSH, feature="pushes")
        self.budgets._cron_check()
        self.assertTrue(budget.stopped_at)
        stopped = quota.day_of(utc.now() - datetime.timedelta(days=1))
        self.env.cr.execute(
            "UPDATE dingding_budget SET stopped_at = %s WHERE id = %s",
            ["%s 12:00:00" % (stopped - datetime.timedelta(days=1)), budget.id])
        compat.forget(self.env)
        self.budgets._cron_check()
        compat.forget(self.env)
        self.assertFalse(budget.stopped_at)

    # -- rights --------------------------------------------------------------------

    def test_managers_of_the_company_see_it_and_nobody_writes(self):
        self.use(5)
        self.budgets._of_month(
            self.corp, quota.API, self.today, create=True)
        company = self.env["res.company"].create({"name": "Another"})
        stranger = self._make_user(
            self.env, "stranger", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)])
        compat.flush(self.env)
        for model in ("dingding.call.count", "dingding.budget",
                      "dingding.budget.course"):
            mine = [("corp_id", "=", self.corp.id)]
            ids = call_as(self.user_manager, model, "search", mine)
            self.assertTrue(ids, model)
            self.assertFalse(call_as(stranger, model, "search", mine), model)
            for user in (self.user_public, self.user_portal, self.user_employee,
                         self.user_dingtalk):
                with self.assertRaises(AccessError):
                    call_as(user, model, "search", [])
            for user in (self.user_manager, self.user_system):
                with self.assertRaises(AccessError):
                    call_as(user, model, "create", {"corp_id": self.corp.id})
                with self.assertRaises(AccessError):
                    call_as(user, model, "write", [getattr(ids, "ids", ids)[0]],
                            {"corp_id": self.corp.id})

    def test_figures_on_the_organisation(self):
        """Of another company."""
        company = self.env["res.company"].create({"name": "Another"})
        stranger = self._make_user(
            self.env, "stranger", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)])
        names = ["budget_api_used", "budget_push_forecast", "budget_notice"]
        self.use(5)
        compat.flush(self.env)
        compat.forget(self.env)
        row = call_as(self.user_manager, "dingding.corp", "read", self.corp.ids, names)
        self.assertEqual(row[0]["budget_api_used"], 5)
        for user in (stranger, self.user_dingtalk, self.user_employee):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.corp", "read", self.corp.ids, names)
            with self.assertRaises(AccessError):
                call_as(user, "dingding.corp", "action_read_budget", self.corp.ids)

    def test_the_course(self):
        first = quota.month_of(self.today)
        self.use(10, day=first)
        self.use(5, day=first + datetime.timedelta(days=1))
        compat.flush(self.env)
        course = self.env["dingding.budget.course"].search(
            [("corp_id", "=", self.corp.id)])
        self.assertEqual(
            [(row.series, row.value) for row in course],
            [("cap", 5000), ("used", 10), ("cap", 5000), ("used", 15)])

    def test_the_course_of_each_feature_adds_up(self):
        first = quota.month_of(self.today)
        days = [first + datetime.timedelta(days=number) for number in range(3)]
        self.use(10, day=days[0])
        self.use(7, day=days[1], feature="message_results")
        self.use(5, day=days[2])
        self.use(3, day=days[2], meter=quota.PUSH)
        compat.flush(self.env)
        course = self.env["dingding.budget.course"].search(
            [("corp_id", "=", self.corp.id), ("series", "=", "used"),
             ("meter", "=", "api")])
        self.assertEqual(
            sorted((str(row.day)[:10], row.feature, row.value, row.count)
                   for row in course),
            [(str(days[0]), "messages", 10, 10),
             (str(days[1]), "message_results", 7, 7),
             (str(days[1]), "messages", 10, 0),
             (str(days[2]), "message_results", 7, 0),
             (str(days[2]), "messages", 15, 5)])
        self.assertEqual(set(course.mapped("name")), {SEND})

    def test_old_counts_are_deleted(self):
        self.use(3, day=self.today - datetime.timedelta(days=500))
        self.use(4)
        self.budgets._cron_check()
        self.assertEqual(self.rows(), [(SEND, "messages", 4)])

    def test_counts_of_this_month_are_kept(self):
        """Its budget is computed from them."""
        first = quota.month_of(self.today)
        self.use(3, day=first)
        # Old on the first day of the month, too.
        self.use(9, day=first - datetime.timedelta(days=20))
        parameters = self.env["ir.config_parameter"].sudo()
        for days, left in (("99999999999", 12), ("1", 3)):
            parameters.set_param("dingding.keep_days.usage", days)
            self.budgets._cron_check()
            self.assertEqual(sum(row[2] for row in self.rows()), left)
        self.assertEqual(self.usage()["used"], 3)

    def test_a_client_translates_no_labels(self):
        self.app._dingtalk_client(feature="contacts")
        self._replace(type(self.corp), "_budget_features", lambda this: self.fail())
        self.app._dingtalk_client(feature="messages")
        feature = self.corp._budget_feature("messages")
        self.assertEqual((feature["key"], feature["worth"]), ("messages", quota.OWED))
        self.assertEqual(self.corp._budget_feature("unknown")["key"], "other")

    def test_a_known_standing_costs_no_statement(self):
        stands = types.SimpleNamespace(config={"test_enable": False})
        self._replace(dingding_budget, "tools", stands)
        first = dingding_budget._standing_of(self.corp)
        self.assertIs(dingding_budget._standing_of(self.corp), first)
        first.known_at = time.monotonic() - dingding_budget.KNOWN_SECONDS - 1
        self.assertIsNot(dingding_budget._standing_of(self.corp), first)
