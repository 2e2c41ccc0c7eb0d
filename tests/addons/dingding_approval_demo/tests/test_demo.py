# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64

from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_approval.tests.approval_case import ApprovalCase


@portable
class TestDemo(ApprovalCase):
    """A model with lines that knows nothing of approvals, and one with the mixin."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dingding.approval.template"]._import(cls.corp)
        cls.purchase = cls.env["dingding.demo.purchase"].create(
            {
                "subject": "Chairs",
                "kind": "asset",
                "needed_on": "2026-12-24",
                "phone": "13800138000",
                "line_ids": [
                    (0, 0, {"name": "Chair", "quantity": 10, "price": 99.5}),
                    (0, 0, {"name": "Table", "quantity": 1, "price": 500}),
                ],
            }
        )

    def form(self, approval):
        detail = self.instance(approval)["detail"]["formComponentValues"]
        return {each.get("name"): each.get("value") for each in detail}

    def test_like_an_order(self):
        self.env["ir.attachment"].create(
            {"name": "offer.pdf", "datas": base64.b64encode(b"%PDF-1.4"),
             "res_model": "dingding.demo.purchase", "res_id": self.purchase.id}
        )
        approval = self.sent(self.purchase)
        form = self.form(approval)
        self.assertEqual(form["申请事由"], "Chairs")
        self.assertEqual(float(form["总金额"]), 1495)
        self.assertEqual(form["采购类型"], "固定资产")
        self.assertIn("Table", form["采购明细"])
        self.assertIn("offer.pdf", form["附件"])
        lines = compat.with_user(self.purchase.line_ids, self.user_employee)
        with self.assertRaises(UserError):
            lines.write({"price": 1})
        with self.assertRaises(UserError):
            lines[:1].unlink()
        purchase = compat.with_user(self.purchase, self.user_employee)
        with self.assertRaises(UserError):
            purchase.write({"line_ids": [(0, 0, {"name": "One more"})]})
        purchase.write({"internal_note": "May be written"})
        while approval.status == "running":
            self.decided(approval)
        self.assertEqual((approval.status, self.purchase.state), ("agreed", "approved"))
        self.assertEqual(self.purchase.write_uid, self.user_employee)
        purchase.write({"line_ids": [(0, 0, {"name": "One more"})]})
        self.assertEqual(self.purchase.amount, 1495)

    def test_statuses_in_the_language_of_the_user(self):
        """They are in another addon's model, whose terms are not ours."""
        leaves = self.env["dingding.demo.leave"]

        def choices(lang):
            found = leaves.with_context(lang=lang).fields_get(
                ["dingding_approval_status"]
            )
            return dict(found["dingding_approval_status"]["selection"])

        self.assertEqual(choices("zh_CN")["running"], "审批中")
        self.assertEqual(choices("zh_CN")["none"], "未提交")
        self.assertEqual(choices("en_US")["running"], "In approval")

    def leave(self):
        return compat.with_user(
            self.env["dingding.demo.leave"], self.user_employee
        ).create(
            {
                "reason": "Family",
                "date_from": "2026-12-24 01:00:00",
                "date_to": "2026-12-25 10:00:00",
                "days": 2,
            }
        )

    def test_like_a_leave_with_hooks(self):
        leave = self.leave()
        leave.action_confirm()
        approval = self.approvals.browse(leave.dingding_approval_ids.id)
        self.assertEqual(leave.dingding_approval_status, "sending")
        self.process_queue("dingding.approval")
        approval._note_update()
        self.work()
        self.assertEqual(leave.steps, 1)
        self.decided(approval)
        self.assertEqual((approval.status, leave.state), ("agreed", "validate"))
        refused = self.leave()
        refused.action_confirm()
        self.process_queue("dingding.approval")
        row = self.approvals.browse(refused.dingding_approval_ids.id)
        self.decided(row, "refuse")
        self.assertEqual(refused.state, "refuse")
        withdrawn = self.leave()
        withdrawn.action_confirm()
        self.process_queue("dingding.approval")
        row = self.approvals.browse(withdrawn.dingding_approval_ids.id)
        self.press(row, "action_withdraw", "Ill")
        self.work()
        self.assertEqual(withdrawn.state, "draft")
        leaves = self.env["dingding.demo.leave"]
        mine = (leave | refused | withdrawn | self.leave()).ids
        for status, count in (("agreed", 1), ("none", 1), ("terminated", 1)):
            found = leaves.search(
                [("id", "in", mine), ("dingding_approval_status", "=", status)]
            )
            self.assertEqual(len(found), count, status)
            found = leaves.search(
                [("id", "in", mine), ("dingding_approval_status", "!=", status)]
            )
            self.assertEqual(len(found), 4 - count, status)
