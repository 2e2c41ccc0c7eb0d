# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Approvals that DingTalk takes back after it has granted them."""
from odoo.exceptions import AccessError

from odoo.addons.dingding.tests.common import portable

from .approval_case import ApprovalCase

INSTANCES = "/v1.0/workflow/processInstances"


@portable
class TestApprovalRevoked(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.mapping.lock = "agreed"

    def outcome(self, outcome, value):
        return self.env["dingding.approval.outcome"].create({
            "mapping_id": self.mapping.id, "outcome": outcome, "kind": "field_value",
            "value": value, "field_id": self.env["ir.model.fields"].search(
                [("model", "=", "res.partner"), ("name", "=", "ref")]).id,
        })

    def agreed(self, record=None):
        approval = self.decided(self.sent(record))
        self.assertEqual(approval.status, "agreed")
        return approval

    def revoked(self, approval, event=True):
        """Take an approval back in DingTalk; return the approval."""
        self.act(approval, "revoke", userid=self.originator.userid)
        if event:
            self.event(approval, "terminate")
            self.work()
        return approval

    def lines(self, record):
        return [body for body in record.message_ids.mapped("body")
                if "Revoked in DingTalk" in body]

    def test_by_the_mappings_outcome(self):
        self.outcome("agreed", "YES")
        self.outcome("terminated", "WITHDRAWN")
        self.outcome("revoked", "TAKEN BACK")
        approval = self.agreed()
        self.assertTrue(approval.locked)
        finished = approval.finished_at
        self.revoked(approval)
        self.assertEqual((approval.status, approval.state), ("revoked", "done"))
        self.assertEqual(self.partner.ref, "TAKEN BACK")
        self.assertEqual(self.partner.write_uid, self.user_employee)
        self.assertFalse(approval.locked)
        self.assertTrue(approval.revoked_at)
        self.assertEqual(approval.finished_at, finished)
        self.assertEqual(len(self.lines(self.partner)), 1)
        self.assertEqual(len(self.lines(approval)), 1)
        self.assertFalse(approval.revocation_open)
        self.assertFalse(self.told(approval))

    def test_the_responsible_hears_of_it_without_an_outcome(self):
        self.outcome("agreed", "YES")
        approval = self.revoked(self.agreed())
        self.assertEqual((approval.status, self.partner.ref), ("revoked", "YES"))
        self.assertFalse(approval.locked)
        self.assertEqual(len(self.lines(self.partner)), 1)
        activity = self.told(approval)
        self.assertEqual(activity.user_id, self.user_manager)
        self.assertIn("no outcome", activity.note)
        with self.assertRaises(AccessError):
            self.press(approval, "action_close_revocation")
        self.press(approval, "action_close_revocation", user=self.user_manager)
        self.assertFalse(self.told(approval))

    def test_submitted_again(self):
        approval = self.revoked(self.agreed())
        self.assertTrue(self.told(approval))
        self.press(approval, "action_resubmit")
        self.assertFalse(self.told(approval))
        self.work()
        later = self.approvals.search([("previous_id", "=", approval.id)])
        self.assertEqual(later.status, "running")

    def test_a_developers_hook_is_enough(self):
        seen = []
        partners = type(self.partner)
        partners._dingding_approval_revoked = (
            lambda this, approval: seen.append((this.id, approval.status)))
        self.addCleanup(lambda: delattr(partners, "_dingding_approval_revoked"))
        approval = self.revoked(self.agreed())
        self.assertEqual(seen, [(self.partner.id, "revoked")])
        self.assertFalse(approval.revocation_open)

    def test_events_out_of_order_and_twice(self):
        self.outcome("agreed", "YES")
        self.outcome("revoked", "TAKEN BACK")
        approval = self.agreed()
        self.revoked(approval)
        self.partner.ref = "Mine"
        for kind in ("finish", "terminate", "start"):
            self.event(approval, kind, result="agree" if kind == "finish" else None)
        self.work()
        self.assertEqual((approval.status, self.partner.ref), ("revoked", "Mine"))
        self.assertEqual(len(self.lines(self.partner)), 1)
        # An older answer of DingTalk.
        approval.write({"dingtalk_status": "COMPLETED", "dingtalk_result": "agree"})
        approval._write_back()
        self.assertEqual((approval.status, self.partner.ref), ("revoked", "Mine"))

    def test_an_event_is_not_believed(self):
        approval = self.agreed()
        self.event(approval, "terminate")
        self.work()
        self.assertEqual(approval.status, "agreed")

    def test_found_by_a_refresh(self):
        approval = self.revoked(self.agreed(), event=False)
        self.press(approval, "action_refresh", user=self.user_manager)
        self.work()
        self.assertEqual(approval.status, "revoked")

    def test_odoo_never_heard_of_the_approval(self):
        """An approval granted and revoked meanwhile has no effect."""
        self.outcome("agreed", "YES")
        self.outcome("revoked", "TAKEN BACK")
        approval = self.sent()
        self.act(approval, "agree")
        self.revoked(approval)
        self.assertEqual(approval.status, "terminated")
        self.assertFalse(self.partner.ref)

    def test_deleted_after_the_approval_stays_approved(self):
        self.outcome("agreed", "YES")
        approval = self.agreed()
        self.simulator.control(
            "DELETE", "/approvals/instances/%s" % approval.instance_id)
        self.event(approval, "delete")
        self.work()
        self.assertEqual((approval.status, approval.locked), ("agreed", True))

    def test_a_later_approval_counts(self):
        self.mapping.lock = "running"
        self.outcome("agreed", "YES")
        self.outcome("revoked", "TAKEN BACK")
        approval = self.agreed()
        later = self.agreed()
        self.assertNotEqual(approval, later)
        self.revoked(approval)
        self.assertEqual((approval.status, later.status), ("revoked", "agreed"))
        self.assertEqual(self.partner.ref, "YES")
        self.assertFalse(approval.revocation_open)

    def test_an_outcome_that_odoo_refuses(self):
        row = self.outcome("revoked", "TAKEN BACK")
        row.user_id = self.user_portal
        approval = self.revoked(self.agreed())
        self.assertEqual((approval.status, approval.state), ("agreed", "retry"))
        self.assertTrue(approval.locked)
        row.user_id = self.user_employee
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "revoked")
        self.assertEqual(self.partner.ref, "TAKEN BACK")

    def test_the_record_is_gone(self):
        self.mapping.lock = "none"
        approval = self.agreed()
        self.partner.unlink()
        self.revoked(approval)
        self.assertEqual(approval.status, "revoked")
        self.assertFalse(approval.revocation_open)

    # -- by another instance ---------------------------------------------------------

    def revoking(self, approval, **values):
        """Ask in DingTalk to revoke an approval; return the instance that asks."""
        made = self.simulator.control("POST", "/approvals/instances", dict({
            "process_code": self.template.process_code,
            "originator": self.originator.userid, "values": {"标题": "Back"},
            "action": "REVOKE", "main_id": approval.instance_id,
        }, **values))
        return made["id"]

    def decide(self, instance_id, action="agree"):
        shown = self.simulator.control("GET", "/approvals/instances/%s" % instance_id)
        for task in shown["tasks"]:
            if task["status"] == "RUNNING":
                self.simulator.control(
                    "POST", "/approvals/instances/%s/act" % instance_id,
                    {"action": action, "userid": task["userid"]})

    def report(self, instance_id, result="agree", userid=None):
        self.event(
            None, "finish", instance_id=instance_id, result=result,
            staffId=userid or self.originator.userid)
        self.work()

    def test_another_instance_revokes_it(self):
        self.outcome("agreed", "YES")
        self.outcome("revoked", "TAKEN BACK")
        approval = self.agreed()
        instance_id = self.revoking(approval)
        self.event(None, "start", instance_id=instance_id,
                   staffId=self.originator.userid)
        self.work()
        self.assertEqual(approval.status, "agreed")
        self.decide(instance_id)
        self.simulator.forget_calls()
        self.report(instance_id)
        self.assertDingTalkCalled(INSTANCES, 1)
        self.assertEqual((approval.status, self.partner.ref), ("revoked", "TAKEN BACK"))
        self.assertEqual(approval.revoked_by, instance_id)
        self.report(instance_id)
        self.assertEqual(len(self.lines(self.partner)), 1)

    def test_a_refused_revocation_changes_nothing(self):
        approval = self.agreed()
        instance_id = self.revoking(approval)
        self.decide(instance_id, "refuse")
        self.simulator.forget_calls()
        self.report(instance_id, "refuse")
        self.assertDingTalkNotCalled(INSTANCES)
        # Nor is the event believed.
        self.report(instance_id, "agree")
        self.assertEqual((approval.status, approval.locked), ("agreed", True))

    def test_strangers_instances_cost_nothing(self):
        approval = self.agreed()
        self.simulator.forget_calls()
        self.report("of-somebody-else", userid=self.people_here[3].userid)
        self.assertDingTalkNotCalled(INSTANCES)
        event = self.env["dingding.event"].search([], limit=1, order="id desc")
        self.assertEqual((event.state, event.note_code), ("done", "not_ours"))
        self.assertEqual(approval.status, "agreed")

    def test_revoked_before_odoo_heard_of_the_approval(self):
        self.outcome("agreed", "YES")
        self.agreed(self.partner.copy())
        approval = self.sent()
        self.act(approval, "agree")
        instance_id = self.revoking(approval)
        self.decide(instance_id)
        self.report(instance_id)
        self.event(approval)
        self.work()
        self.assertEqual(approval.status, "terminated")
        self.assertFalse(self.partner.ref)
