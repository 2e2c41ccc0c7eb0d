# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .approval_case import ApprovalCase


@portable
class TestApprovalWriteBack(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.mapping.lock = "agreed"

    def outcome(self, outcome="agreed", kind="field_value", **values):
        if "field" in values:
            values["field_id"] = self.env["ir.model.fields"].search(
                [("model", "=", "res.partner"), ("name", "=", values.pop("field"))]
            ).id
        return self.env["dingding.approval.outcome"].create(
            dict(values, mapping_id=self.mapping.id, outcome=outcome, kind=kind)
        )

    def test_field_as_the_user(self):
        self.outcome(field="ref", value="AGREED", user_id=self.user_employee.id)
        self.outcome("refused", field="ref", value="NO")
        approval = self.decided(self.sent())
        self.assertEqual(self.partner.ref, "AGREED")
        self.assertEqual(self.partner.write_uid, self.user_employee)
        self.assertTrue(approval.written_back)
        self.assertTrue(approval.locked, "stays locked after agreement")

    def test_refused(self):
        self.outcome("refused", field="ref", value="NO")
        approval = self.decided(self.sent(), "refuse")
        self.assertEqual((approval.status, self.partner.ref), ("refused", "NO"))
        self.assertFalse(approval.locked)

    def test_what_was_read_is_written_although_the_organisation_is_archived(self):
        self.outcome(field="ref", value="AGREED", user_id=self.user_employee.id)
        approval = self.sent()
        approval.write({
            "dingtalk_status": "COMPLETED", "dingtalk_result": "agree",
            "to_read": False, "state": "queued",
        })
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.work()
        self.assertDingTalkNotCalled()
        self.assertEqual((approval.status, approval.state), ("agreed", "done"))
        self.assertEqual(self.partner.ref, "AGREED")

    def test_server_action(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note it",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "state": "code",
                "code": "record.write({'ref': 'BY-ACTION'})",
            }
        )
        self.outcome(kind="server_action", server_action_id=action.id)
        self.decided(self.sent())
        self.assertEqual(self.partner.ref, "BY-ACTION")

    def test_method_of_the_allowed_list_only(self):
        calls = []
        outcomes = type(self.env["dingding.approval.outcome"])
        partners = type(self.partner)
        partners.action_test_agree = lambda this: calls.append(this.id)
        self.addCleanup(lambda: delattr(partners, "action_test_agree"))
        self._replace(
            outcomes, "_allowed_methods",
            lambda this, model: {"action_test_agree": "Agree"},
        )
        row = self.outcome(kind="method", method="action_test_agree")
        self.decided(self.sent())
        self.assertEqual(calls, [self.partner.id])
        row.sudo().write({"method": "action_test_agree"})
        self._replace(outcomes, "_allowed_methods", lambda this, model: {})
        other = self.sent(self.partner.copy())
        self.decided(other)
        self.assertEqual(other.state, "retry")
        self.assertEqual(calls, [self.partner.id])

    def test_a_method_that_opens_a_dialog_has_failed(self):
        """As with expenses that look like approved ones."""
        partners, answered = type(self.partner), []

        def agree(this):
            if answered:
                this.write({"ref": "DONE"})
            return {"type": "ir.actions.act_window", "name": "Are you sure?",
                    "res_model": "dingding.approval.ask", "target": "new"}

        partners.action_test_agree = agree
        self.addCleanup(lambda: delattr(partners, "action_test_agree"))
        self._replace(
            type(self.env["dingding.approval.outcome"]), "_allowed_methods",
            lambda this, model: {"action_test_agree": "Agree"},
        )
        self.outcome(field="function", value="BEFORE")
        self.outcome(kind="method", method="action_test_agree", sequence=20)
        approval = self.decided(self.sent())
        self.assertEqual((approval.status, approval.state), ("running", "retry"))
        self.assertIn("Agree", approval.last_error)
        self.assertIn("Are you sure?", approval.last_error)
        self.assertFalse(self.partner.function)
        answered.append(True)
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, self.partner.ref), ("agreed", "DONE"))

    def test_raising_is_tried_again_then_somebody_is_called(self):
        self.outcome(field="ref", value="AGREED", user_id=self.user_portal.id)
        approval = self.sent()
        self.decided(approval)
        self.assertEqual((approval.status, approval.state), ("running", "retry"))
        self.assertTrue(approval.locked)
        self.assertFalse(self.partner.ref)
        self.assertEqual(approval.dingtalk_result, "agree")
        for _turn in range(9):
            self.due_now(approval)
            self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("running", "failed"))
        # Of Odoo, about the document that the user may not read.
        self.assertIn(self.partner._description, approval.last_error)
        self.assertEqual(self.told(approval).user_id, self.user_manager)
        self.mapping.outcome_ids.write({"user_id": self.user_employee.id})
        self.press(approval, "action_retry", user=self.user_manager)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, self.partner.ref), ("agreed", "AGREED"))
        self.assertFalse(self.told(approval))

    def beside(self, lock="running"):
        """Return two approvals of the contact, whose outcomes write it."""
        self.mapping.lock = lock
        self.outcome(field="ref", value="FIRST")
        other = self._mapping(
            self.template, "res.partner", {"标题": "name"}, lock=lock,
            responsible_id=self.user_manager.id)
        self.outcome(field="function", value="SECOND").mapping_id = other
        first = self.sent(mapping=self.mapping)
        return first, self.sent(mapping=other)

    def gives_up(self, approval):
        for _turn in range(9):
            self.due_now(approval)
            self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("running", "failed"))

    def test_two_approvals_of_a_record_decided_together(self):
        for lock in ("running", "agreed"):
            first, second = self.beside(lock)
            for approval in (first, second):
                self.act(approval, "agree")
                self.event(approval)
            self.work()
            rows = first | second
            self.assertEqual(rows.mapped("status"), ["agreed"] * 2, lock)
            self.assertEqual(set(rows.mapped("locked")), {lock == "agreed"})
            self.assertEqual(self.partner.ref, "FIRST")
            self.assertEqual(self.partner.function, "SECOND")
            self.partner = self.partner.copy()
            self.mapping.outcome_ids.unlink()
            second.mapping_id.active = False

    def test_an_outcome_waits_for_another_approval_of_the_record(self):
        first, second = self.beside()
        self.decided(first)
        self.gives_up(first)
        self.assertFalse(self.partner.ref)
        self.decided(second)
        self.work()
        self.assertEqual(second.status, "agreed")
        self.assertEqual((first.status, self.partner.ref), ("agreed", "FIRST"))

    def test_an_outcome_follows_the_unlocking_of_another_approval(self):
        first, second = self.beside()
        self.decided(first)
        self.gives_up(first)
        self.press(second, "action_unlock", "Confirm it", user=self.user_manager)
        self.work()
        self.assertEqual((first.status, second.status), ("agreed", "running"))

    def test_an_outcome_that_never_succeeds_is_left_out(self):
        self.mapping.lock = "running"
        self.outcome(field="ref", value="AGREED", user_id=self.user_portal.id)
        approval = self.sent()
        with self.assertRaises(UserError):
            self.press(approval, "action_skip_outcome", user=self.user_manager)
        self.decided(approval)
        self.assertFalse(approval.outcome_failed, "it is tried again")
        self.gives_up(approval)
        self.assertTrue(approval.outcome_failed)
        self.assertIn("End without outcome", approval.remedy)
        with self.assertRaises(AccessError):
            self.press(approval, "action_skip_outcome")
        self.press(approval, "action_skip_outcome", user=self.user_manager)
        self.assertEqual((approval.status, approval.state), ("agreed", "done"))
        self.assertFalse(approval.locked or approval.last_error or self.partner.ref)
        self.assertFalse(self.told(approval))
        bodies = "\n".join(self.partner.message_ids.mapped("body"))
        self.assertIn("without applying the outcome", bodies)
        self.mapping.outcome_ids.unlink()
        self.assertNotEqual(self.hand_in(), approval, "it can be submitted again")

    def test_all_or_nothing(self):
        self.outcome(field="ref", value="AGREED", sequence=1)
        self.outcome(field="ref", value="X", user_id=self.user_portal.id, sequence=2)
        approval = self.decided(self.sent())
        self.assertEqual(approval.status, "running")
        self.assertFalse(self.partner.ref)

    def test_hooks(self):
        seen = []
        partners = type(self.partner)
        for name in ("approved", "refused", "terminated", "changed"):
            hook = "_dingding_approval_%s" % name

            def call(this, approval, name=name):
                seen.append((name, this.id, approval.id, approval.locked))

            setattr(partners, hook, call)
            self.addCleanup(lambda hook=hook: delattr(partners, hook))
        first = self.sent()
        self.event(first, "start")
        self.work()
        self.decided(first)
        second = self.partner.copy()
        refused = self.decided(self.sent(second), "refuse")
        self.assertEqual(
            seen,
            [("changed", self.partner.id, first.id, True),
             ("approved", self.partner.id, first.id, False),
             ("refused", second.id, refused.id, False)],
        )

    def test_withdrawn_before_it_left(self):
        seen, partners = [], type(self.partner)
        partners._dingding_approval_terminated = (
            lambda this, approval: seen.append((this.id, approval.locked)))
        self.addCleanup(lambda: delattr(partners, "_dingding_approval_terminated"))
        self.outcome("terminated", field="ref", value="BACK")
        approval = self.hand_in()
        self.press(approval, "action_withdraw", "No longer needed")
        self.assertEqual(
            (approval.status, approval.state), ("terminated", "cancelled"))
        self.assertEqual(self.partner.ref, "BACK")
        self.assertEqual(seen, [(self.partner.id, False)])

    def test_killed_at_each_step(self):
        self.outcome(field="function", value="DONE", user_id=self.user_employee.id)
        places = ["_store_reading", "_write_back", "_apply_outcome", "_fetch_files"]
        for number, (place, before) in enumerate(
            (place, before) for place in places for before in (True, False)
        ):
            partner = self.partner.copy({"name": "Killed %d" % number})
            approval = self.sent(partner)
            self.act(approval, "agree")
            self.event(approval)
            self.env["dingding.event"]._process()
            self.kill_in(place, before, approval)
            self.assertEqual(
                approval.status == "agreed", partner.function == "DONE", (place, before)
            )
            self.process_queue("dingding.approval")
            self.assertEqual(
                (approval.status, partner.function, approval.state),
                ("agreed", "DONE", "done"), (place, before),
            )

    def test_the_record_was_deleted(self):
        self.outcome(field="ref", value="AGREED")
        approval = self.sent()
        self.partner.sudo().unlink()
        self.assertTrue(approval.record_gone)
        self.assertFalse(approval.locked)
        self.assertTrue(self.told(approval))
        self.press(approval, "action_withdraw", "Gone", user=self.user_manager)
        self.work()
        self.assertEqual(approval.status, "terminated")
        other = self.sent(self.env["res.partner"].create({"name": "Other"}))
        self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [other.res_id])
        compat.forget(self.env)
        self.decided(other)
        self.assertEqual((other.status, other.record_gone), ("agreed", True))

    def test_chatter_lines(self):
        approval = self.sent()
        self.act(approval, "comment", remark="<b>Why?</b>", userid=self.userids[3])
        self.decided(approval, remark="Fine")
        bodies = "\n".join(self.partner.message_ids.mapped("body"))
        self.assertIn("Submitted to DingTalk", bodies)
        line = self.partner.message_ids.filtered(
            lambda row: "Submitted to DingTalk" in row.body)
        self.assertEqual(line.author_id, approval.user_id.partner_id)
        self.assertIn("Approved in DingTalk", bodies)
        self.assertIn("&lt;b&gt;Why?&lt;/b&gt;", bodies)
        self.assertEqual(bodies.count("Fine"), 1)
        self.people_here[4].user_id = self.user_dingtalk
        other = self.sent(self.partner.copy())
        self.act(other, "comment", remark="Mine", userid=self.userids[4])
        self.decided(other)
        line = other._record().message_ids.filtered(lambda row: "Mine" in row.body)
        self.assertEqual(line.author_id, self.user_dingtalk.partner_id)

    def test_today_is_the_organisations(self):
        """It may be tomorrow in China."""
        seen = []

        def value_of(this, field, text, today):
            seen.append(today)
            return "x"

        self._replace(type(self.approvals), "_value_of", value_of)
        self.clock("2026-03-01 18:30:00")
        row = self.env["dingding.approval.outcome"].create(
            {
                "mapping_id": self.mapping.id, "value": "today",
                "field_id": self.env["ir.model.fields"].search(
                    [("model", "=", "res.partner"), ("name", "=", "function")]).id,
            }
        )
        approval = self.sent()
        approval._apply_row(row, self.partner)
        self.company.partner_id.tz = "Europe/Berlin"
        approval._apply_row(row, self.partner)
        self.assertEqual(
            seen, [datetime.date(2026, 3, 2), datetime.date(2026, 3, 1)]
        )

    def test_values_of_a_mapping(self):
        cases = [
            ("color", "7", 7), ("customer", "false", False), ("customer", "1", True),
            ("credit_limit", "1.5", 1.5), ("parent_id", str(self.partner.id), None),
            ("date", "today", "2026-03-02"),
        ]
        for name, text, expected in cases:
            field = self.env["res.partner"]._fields.get(name)
            if field is None:
                continue
            value = self.approvals._value_of(field, text, datetime.date(2026, 3, 2))
            self.assertEqual(value, self.partner.id if expected is None else expected)
