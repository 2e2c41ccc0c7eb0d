# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import ValidationError

from odoo.addons.dingding.tests.common import DingTalkCase, portable


@portable
class TestNeeds(DingTalkCase):
    def test_purpose(self):
        self.assertIn("approval", self.corp._purposes_of(self.app))
        other = self.env["dingding.corp"].create({"name": "Other"})
        theirs = self.env["dingding.app"].create(
            {"name": "Theirs", "app_key": "theirs", "corp_id": other.id})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.corp.approval_app_id = theirs

    def test_permissions_and_events(self):
        needs = self.corp._dingtalk_needs()
        self.assertIn("Workflow.Instance.Write", [each["permission"] for each in needs])
        events = self.corp._dingtalk_events()
        self.assertTrue({"bpms_instance_change", "bpms_task_change"} <= set(events))
        self.assertIn("user_add_org", events)
