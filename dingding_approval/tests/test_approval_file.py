# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64

from odoo.exceptions import UserError

from odoo.addons.dingding.tests.common import portable

from .approval_case import START, ApprovalCase


@portable
class TestApprovalFile(ApprovalCase):
    def attachment(self, name="offer.pdf", content=b"%PDF-1.4"):
        return self.env["ir.attachment"].create(
            {"name": name, "datas": base64.b64encode(content),
             "res_model": "res.partner", "res_id": self.partner.id}
        )

    def values(self, *attachments):
        return [
            {"name": "标题", "value": "With files", "componentType": "TextField"},
            {"name": "附件", "componentType": "DDAttachment",
             "value": [{"attachment_id": each.id} for each in attachments]},
        ]

    def test_files_are_in_the_form(self):
        approval = self.sent(values=self.values(self.attachment(), self.attachment()))
        self.assertEqual(len(approval.file_ids), 2)
        detail = self.instance(approval)["detail"]["formComponentValues"]
        text = [each.get("value") for each in detail if each["name"] == "附件"][0]
        for row in approval.file_ids:
            self.assertIn(row.file_id, text)

    def test_not_uploaded_twice(self):
        approval = self.hand_in(values=self.values(self.attachment()))
        self.simulator.fault("http_500", START)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, len(approval.file_ids)), ("sending", 1))
        self.due_now(approval)
        uploads = self.uploads()
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running", approval.last_error)
        self.assertEqual(len(approval.file_ids), 1)
        self.assertEqual(self.uploads(), uploads)

    def uploads(self):
        by_path = self.simulator.calls()["by_path"]
        return sum(count for path, count in by_path.items() if "commit" in path)

    def test_checked_before(self):
        for attachment in (
            self.attachment("virus.exe"), self.attachment("empty.pdf", b""),
        ):
            with self.assertRaises(UserError) as caught:
                self.hand_in(values=self.values(attachment))
            self.assertIn(attachment.name, str(caught.exception))
        self.assertFalse(self.approvals.search([]))

    def test_deleted_before_it_left(self):
        attachment = self.attachment()
        other = self.attachment("b.pdf")
        approval = self.hand_in(values=self.values(attachment, other))
        attachment.unlink()
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running", approval.last_error)
        self.assertEqual(approval.file_ids.mapped("name"), ["b.pdf"])
