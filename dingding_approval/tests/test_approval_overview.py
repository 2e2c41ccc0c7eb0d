# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .approval_case import ApprovalCase


@portable
class TestApprovalOverview(ApprovalCase):
    def numbers(self):
        """Check that each number opens its approvals; return them."""
        compat.forget(self.env)
        parts = self.overview_line("approvals")["parts"]
        for part in parts:
            self.assertEqual(
                self.approvals.search_count(part["action"]["domain"]), part["number"],
                part)
        return {part["key"]: part["number"] for part in parts}

    def test_each_number_opens_its_approvals(self):
        self.assertEqual(self.numbers(), {})
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        self.assertEqual(self.numbers(), {"running": 1})
        self.assertFalse(approval.is_overdue)
        approval.task_ids.write({"started": "2020-01-02 03:04:05"})
        self.assertEqual(self.numbers(), {"running": 1, "overdue": 1})
        self.assertTrue(approval.is_overdue)
        for wanted in (True, False):
            found = self.approvals.search([("is_overdue", "=", wanted)])
            self.assertEqual(approval in found, wanted)
        approval.status = "failed"
        approval.state = "failed"
        self.assertEqual(self.numbers(), {"failed": 1})
        # It is submitted again.
        other = self.sent()
        self.assertEqual(other.previous_id, approval)
        self.assertEqual(self.numbers(), {"running": 1})
        # DingTalk has decided, and the outcome cannot be applied.
        other.state = "failed"
        self.assertEqual(self.numbers(), {"running": 1, "failed": 1})
