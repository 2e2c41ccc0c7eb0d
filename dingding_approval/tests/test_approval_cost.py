# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""How many billed calls the status of approvals costs."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_press import DingdingPress
from odoo.addons.dingding.tests.common import portable

from ..form import polling
from ..models import dingding_approval
from .approval_case import IDS, START, TERMINATE, ApprovalCase


@portable
class TestApprovalCost(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.corp.approval_poll_minutes = 30

    def several(self, number, heard=True):
        """Submit records, and deliver their events."""
        rows = self.approvals
        for each in range(number):
            rows |= self.hand_in(self.partner.copy({"name": "Cost %d" % each}))
        self.process_queue("dingding.approval")
        if heard:
            for row in rows:
                self.event(row, "start")
        # The first reading preceded the approver's assignment.
        self.work()
        if not heard:
            rows._note_update()
            self.work()
        self.assertEqual(set(rows.mapped("status")), {"running"})
        return rows

    def poll(self, rows=None, minutes=None):
        """Poll; before, the rows were read this many minutes ago."""
        if rows is not None:
            self.env.cr.execute(
                "UPDATE dingding_approval SET read_at = now() AT TIME ZONE 'UTC'"
                " - %s * interval '1 minute' WHERE id IN %s", [minutes, rows._ids])
            compat.forget(self.env)
        self.simulator.forget_calls()
        self.approvals._cron_poll()
        self.process_queue("dingding.approval")
        compat.forget(self.env)
        by_path = self.simulator.calls()["by_path"]
        return by_path.get(START, 0), by_path.get(IDS, 0)

    # -- buttons -----------------------------------------------------------------------

    def pressed(self, approval, method, times, user=None, **values):
        """Press a button again and again; return the calls that this costs."""
        self.simulator.forget_calls()
        for _number in range(times):
            self.press(approval, method, user=user or self.user_employee, **values)
            self.work()
        return sum(self.simulator.calls()["by_path"].values())

    def later(self):
        """Let a minute pass."""
        self.env.cr.execute(
            "UPDATE dingding_press SET pressed_at = pressed_at - interval '1 minute'")
        compat.forget(self.env)

    def test_an_employee_who_refreshes_without_end(self):
        row = self.several(1)
        self.assertEqual(self.pressed(row, "action_refresh", 5), 1)
        # Other employees who may read the record share the answer.
        other = self._make_user(
            self.env, "colleague", "base.group_user", "base.group_partner_manager")
        self.assertEqual(self.pressed(row, "action_refresh", 2, other), 0)
        self.later()
        self.assertEqual(self.pressed(row, "action_refresh", 2), 1)
        # Managers answer for the budget.
        self.assertEqual(self.pressed(row, "action_refresh", 2, self.user_manager), 2)

    def test_an_employee_who_refreshes_all_day(self):
        row = self.several(1)
        self._replace(DingdingPress._allow, "__defaults__", (60, 2))
        for _number in range(2):
            self.pressed(row, "action_refresh", 1)
            self.later()
        with self.assertRaises(UserError):
            self.pressed(row, "action_refresh", 1)

    @mute_logger("odoo.addons.dingding_approval.models.dingding_approval_submit")
    def test_an_employee_who_retries_without_end(self):
        row = self.several(1)
        self.simulator.fault("ip", START, times=99)
        self.assertEqual(self.pressed(row, "action_refresh", 1, self.user_manager), 1)
        self.assertEqual(row.state, "failed")
        self.assertEqual(self.pressed(row, "action_retry", 1), 1)
        self.assertEqual(row.state, "failed")
        with self.assertRaises(UserError):
            self.pressed(row, "action_retry", 1)
        self.assertDingTalkNotCalled()
        self.later()
        self.assertEqual(self.pressed(row, "action_retry", 1), 1)
        self.assertEqual(self.pressed(row, "action_retry", 2, self.user_manager), 2)

    def test_an_employee_who_comments_all_day(self):
        row = self.several(1)
        self._replace(dingding_approval, "MOST_COMMENTS", 2)
        for text in "ab":
            self.press(row, "action_comment", text)
        with self.assertRaises(UserError):
            self.press(row, "action_comment", "c")
        self.work()
        self.assertEqual(len(row.request_ids), 2)

    def test_an_employee_who_reminds_all_day(self):
        row = self.several(1)
        self._replace(DingdingPress._allow, "__defaults__", (60, 1))
        self.press(row, "action_remind")
        with self.assertRaises(UserError):
            self.press(row, "action_remind")

    @mute_logger("odoo.addons.dingding_approval.models.dingding_approval_request")
    def test_an_employee_who_withdraws_all_day(self):
        """Where DingTalk refuses it, each time costs two calls."""
        row = self.several(1)
        self._replace(DingdingPress._allow, "__defaults__", (60, 2))
        for _number in range(2):
            self.simulator.fault("error", TERMINATE, code="820008", status=400)
            self.press(row, "action_withdraw")
            self.work()
            self.assertEqual(row.request_ids[:1].state, "failed")
        with self.assertRaises(UserError):
            self.press(row, "action_withdraw")
        self.press(row, "action_withdraw", user=self.user_manager)

    def test_an_employee_who_submits_without_end(self):
        self._replace(dingding_approval, "MOST_SUBMISSIONS", 3)
        partners = [
            self.partner.copy({"name": "Cost %d" % each}) for each in range(5)]
        for partner in partners[:3]:
            self.hand_in(partner)
            # It is in approval already.
            self.hand_in(partner)
        for method in ("submit", "_submit"):
            model = compat.with_user(self.approvals, self.user_employee)
            with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
                getattr(model, method)(
                    compat.with_user(partners[3], self.user_employee))
            self.assertIn("Up to 3 approvals", caught.exception.args[0])
        self.assertEqual(
            self.approvals.search_count([("mapping_id", "=", self.mapping.id)]), 3)
        # Managers answer for the budget.
        self.user_manager.write({compat.USER_GROUPS: [(4, self.partner_rights.id)]})
        for partner in partners[3:]:
            self.hand_in(partner, user=self.user_manager)
        self.env.cr.execute(
            "UPDATE dingding_press SET pressed_at = pressed_at - interval '1 day'")
        compat.forget(self.env)
        self.hand_in(self.partner)

    # -- polling -----------------------------------------------------------------------

    def test_an_organisation_that_cannot_ask(self):
        row = self.several(1)
        later = self.env["dingding.corp"].create({"name": "ZZZ"})
        real, polled = type(self.approvals)._poll, []

        def poll(this, corp, deadline):
            polled.append(corp.id)
            return real(this, corp, deadline)

        self._replace(type(self.approvals), "_poll", poll)
        self.app.active = False
        self.assertEqual(self.poll(row, 48 * 60), (0, 0))
        self.assertEqual(set(polled) & {self.corp.id, later.id},
                         {self.corp.id, later.id})

    def test_an_import_of_an_organisation_that_cannot_ask(self):
        self.mapping.import_records = True
        self.app.active = False
        self.approvals._cron_adopt()
        self.assertDingTalkNotCalled(IDS)

    # -- one by one ------------------------------------------------------------------

    def test_an_approval_whose_events_arrive_waits_a_day(self):
        row = self.several(1)
        self.assertEqual(self.poll(row, 23 * 60), (0, 0))
        self.assertEqual(self.poll(row, 24 * 60 + 1), (1, 0))
        self.assertEqual(self.poll(row, 47 * 60), (0, 0), "the pause has doubled")
        self.assertEqual(self.poll(row, 48 * 60 + 1), (1, 0))
        self.act(row, "comment", remark="Soon")
        self.event(row, "start", "bpms_task_change")
        self.work()
        self.assertEqual(row.poll_pause, 0)
        self.assertEqual(self.poll(row, 24 * 60 + 1), (1, 0))

    def test_without_events_pauses_grow_from_the_interval(self):
        row = self.several(1, heard=False)
        total = 0
        for pause in (30, 60, 120, 240, 480, 720, 720):
            self.assertEqual(self.poll(row, pause - 1), (0, 0))
            calls = self.poll(row, pause + 1)
            self.assertEqual(calls, (1, 0), pause)
            total += calls[0]
        minutes = 30 + 60 + 120 + 240 + 480 + 720 + 720
        self.assertEqual(total, polling.growing(minutes, 30, polling.UNHEARD_LONGEST))

    def test_policies(self):
        row = self.several(1)
        self.corp.approval_poll_policy = "always"
        self.assertEqual(self.poll(row, 31), (1, 0))
        self.assertEqual(self.poll(row, 31), (1, 0))
        self.corp.approval_poll_policy = "never"
        self.assertEqual(self.poll(row, 60 * 24 * 60), (0, 0))

    def test_polls_count_as_polling(self):
        features = []
        cls = type(self.app)
        real = cls._dingtalk_client

        def client(app, **options):
            features.append(options.get("feature"))
            return real(app, **options)

        row = self.several(1, heard=False)
        self._replace(cls, "_dingtalk_client", client)
        self.poll(row, 31)
        self.assertEqual(set(features), {"approval_polling"})

    def test_one_that_cannot_be_read_is_not_asked_every_five_minutes(self):
        row = self.several(1, heard=False)
        row.write({"state": "failed"})
        self.simulator.fault("permission", "/v1.0/workflow/*", times=None)
        self.simulator.fault("permission", "/topapi/processinstance/*", times=None)
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.assertNotEqual(self.poll(row, 31), (0, 0))
            self.assertEqual(self.poll(), (0, 0))
            self.assertEqual(self.poll(row, 59), (0, 0))

    def test_one_that_dingtalk_refuses_to_tell_about(self):
        row = self.several(1, heard=False)
        self.simulator.fault(
            "error", START, times=None, code="instanceIsBroken", status=400)
        self.assertEqual(self.poll(row, 31), (1, 0))
        self.assertEqual(self.poll(), (0, 0))
        self.assertEqual(self.poll(row, 59), (0, 0))
        self.assertEqual(self.poll(row, 61), (1, 0))

    # -- lists -----------------------------------------------------------------------

    def of_others(self, number):
        for each in range(number):
            self.simulator.control("POST", "/approvals/instances", {
                "process_code": self.template.process_code,
                "originator": self.userids[3], "values": {"标题": "Other %d" % each},
            })

    def test_a_list_of_many_others_costs_no_more_than_reading(self):
        self.of_others(65)
        rows = self.several(2)
        self.of_others(40)
        self.assertEqual(self.poll(rows, 24 * 60 + 1), (2, 2))
        self.assertEqual(set(rows.mapped("status")), {"running"})

    def test_a_list_ends_with_the_last_one_looked_for(self):
        rows = self.several(3)
        self.of_others(40)
        self.assertEqual(self.poll(rows, 24 * 60 + 1), (0, 1))
        self.assertEqual(self.poll(), (0, 0))

    def test_many_that_run_cost_one_call(self):
        rows = self.several(5)
        self.assertEqual(self.poll(rows, 24 * 60 + 1), (0, 1))
        for row in rows:
            self.assertGreater(row.poll_pause, 24 * 60)
        self.assertEqual(self.poll(), (0, 0))

    def test_one_that_ended_is_found_and_events_are_missed(self):
        rows = self.several(4)
        self.act(rows[1], "agree")
        self.assertFalse(self.corp.approval_missed_at)
        # The list, and one reading.
        self.assertEqual(self.poll(rows, 24 * 60 + 1), (1, 1))
        self.assertEqual(rows[1].status, "agreed")
        self.assertTrue(self.corp.approval_missed_at)
        # From now on as without events.
        running = rows - rows[1]
        running.write({"poll_pause": 0})
        self.assertEqual(self.poll(running, 31), (3, 0))
        self.env.cr.execute(
            "UPDATE dingding_corp SET approval_missed_at ="
            " approval_missed_at - interval '1 hour'")
        compat.forget(self.env)
        self.event(rows[0], "start")
        self.work()
        running.write({"poll_pause": 0})
        self.assertEqual(self.poll(rows[0], 31), (0, 0))

    def test_deleted_ones_are_missing_in_the_list(self):
        rows = self.several(3)
        self.simulator.control(
            "DELETE", "/approvals/instances/%s" % rows[0].instance_id)
        self.poll(rows, 24 * 60 + 1)
        self.assertEqual(rows.mapped("status"), ["deleted", "running", "running"])

    def test_a_list_that_fails_costs_no_reading(self):
        rows = self.several(3)
        self.simulator.fault("permission", IDS, times=None)
        self.assertEqual(self.poll(rows, 24 * 60 + 1)[0], 3)
        self.assertEqual(set(rows.mapped("status")), {"running"})
        self.assertFalse(self.corp.approval_missed_at)

    def test_an_incomplete_list_ends_nothing(self):
        from ..models import dingding_corp

        rows = self.several(3)
        self._replace(dingding_corp, "MOST_PAGES", 0)
        self.assertEqual(self.poll(rows, 24 * 60 + 1), (3, 0))
        self.assertEqual(set(rows.mapped("status")), {"running"})

    # -- import ----------------------------------------------------------------------

    def look(self, minutes=0):
        """Look for approvals of phones, this many minutes later; count lists."""
        if minutes:
            compat.flush(self.env)
            self.env.cr.execute(
                "UPDATE dingding_approval_mapping SET import_next = import_next"
                " - %s * interval '1 minute' WHERE id = %s",
                [minutes, self.mapping.id])
            compat.forget(self.env)
        self.simulator.forget_calls()
        self.approvals._cron_adopt()
        compat.forget(self.env)
        return self.simulator.calls()["by_path"].get(IDS, 0)

    def test_lists_for_the_import_become_rare(self):
        self.mapping.import_records = True
        self.assertEqual(self.look(), 1)
        self.assertEqual(self.look(), 0)
        lists = sum(self.look(30) for _number in range(48))
        self.assertLessEqual(lists, 12)
        self.assertEqual(self.mapping.import_pause, 180, "no event has arrived")
        cleared = []
        self._replace(
            type(self.mapping), "_changed", lambda this: cleared.append(this))
        self.look(180)
        self.assertFalse(cleared)
        self.corp.approval_poll_policy = "always"
        self.look(24 * 60)
        self.assertEqual(sum(self.look(30) for _number in range(5)), 5)

    # -- price -----------------------------------------------------------------------

    def test_the_price_of_each_policy(self):
        def prices():
            compat.forget(self.env)
            return self.corp.approval_poll_price.split("\n")

        self.assertEqual(prices(), [
            "If events are missing: about 0 calls a month",
            "Always: about 0 calls a month", "Never: about 0 calls a month",
        ])
        rows = self.several(2, heard=False)
        moment = fields.Datetime.from_string(fields.Datetime.now())
        for row, hours in zip(rows, (24, 30 * 24)):
            self.env.cr.execute(
                "UPDATE dingding_approval SET submitted_at = %s"
                " - %s * interval '1 hour' + interval '1 minute' WHERE id = %s",
                [moment, hours, row.id])
        growing = sum(
            polling.growing(hours * 60, 30, polling.UNHEARD_LONGEST)
            for hours in (24, 30 * 24))
        self.assertEqual(prices()[:2], [
            "If events are missing: about %d calls a month" % growing,
            "Always: about %d calls a month" % (48 + 140),
        ])
        self.env.cr.execute("UPDATE dingding_approval SET event_at = read_at")
        self.assertEqual(prices()[0], "If events are missing: about 7 calls a month")
