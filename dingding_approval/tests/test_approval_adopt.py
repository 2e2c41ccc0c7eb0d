# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .approval_case import ApprovalCase


@portable
class TestApprovalAdopt(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.mapping.import_records = True

    def start_there(self, title="Started on the phone", originator=None):
        return self.simulator.control(
            "POST", "/approvals/instances",
            {
                "process_code": self.template.process_code,
                "originator": (originator or self.originator).userid,
                "values": {"标题": title, "内容": "By hand"},
            },
        )["id"]

    def found(self, title="Started on the phone"):
        return self.env["res.partner"].search([("name", "=", title)])

    def test_by_event(self):
        instance_id = self.start_there()
        # Above 64 KB DingTalk omits the form.
        self.event(None, "start", instance_id=instance_id, formValuesOmitted=True)
        self.event(None, "start", "bpms_task_change", instance_id=instance_id)
        self.work()
        partner = self.found()
        self.assertEqual(len(partner), 1)
        self.assertIn("By hand", partner.comment)
        self.assertEqual(partner.create_uid, self.user_employee)
        approval = self.approvals.search([("instance_id", "=", instance_id)])
        self.assertEqual((approval.res_id, approval.status), (partner.id, "running"))
        self.assertTrue(approval.locked and approval.adopted and approval.task_ids)
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")

    def test_by_cron_where_the_event_was_lost(self):
        self.start_there()
        self.approvals._cron_adopt()
        self.approvals._cron_adopt()
        self.assertEqual(len(self.found()), 1)

    def test_nothing_of_an_archived_organisation(self):
        self.start_there()
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.approvals._cron_adopt()
        self.assertDingTalkNotCalled()
        self.corp.active = True
        self.approvals._cron_adopt()
        self.assertEqual(len(self.found()), 1)

    def test_ours_are_left_alone(self):
        approval = self.sent()
        self.approvals._cron_adopt()
        self.event(approval, "start")
        self.work()
        self.assertEqual(len(self.found("Ten chairs")), 1)
        self.assertEqual(self.approvals.search([]), approval)

    def test_what_may_be_ours_is_left_alone(self):
        approval = self.hand_in()
        approval.asked_at = "2026-01-01 00:00:00"
        instance_id = self.start_there()
        self.event(None, "start", instance_id=instance_id)
        self.work_events()
        self.assertFalse(self.found())

    def work_events(self):
        self.env["dingding.event"]._process()

    def test_only_where_a_mapping_says_so(self):
        self.mapping.import_records = False
        self.event(None, "start", instance_id=self.start_there())
        self.work()
        self.approvals._cron_adopt()
        self.assertFalse(self.found())

    def test_by_nobody_of_odoo(self):
        instance_id = self.start_there(originator=self.people_here[5])
        self.event(None, "start", instance_id=instance_id)
        self.work()
        self.assertFalse(self.found())

    def test_without_the_right_to_create(self):
        self.people_here[6].user_id = self.user_dingtalk
        instance_id = self.start_there(originator=self.people_here[6])
        self.event(None, "start", instance_id=instance_id)
        with mute_logger("odoo.addons.dingding_callback.models.dingding_event"):
            self.work_events()
        self.assertFalse(self.found())
        event = self.env["dingding.event"].search([], limit=1)
        self.assertEqual(event.state, "retry")
        self.assertIn("AccessError", event.last_error)
        self.approvals._cron_adopt()
        self.assertFalse(self.found())
