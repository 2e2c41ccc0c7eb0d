# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class DingdingApprovalAsk(models.TransientModel):
    """Asks for the text that a withdrawal, a comment or an unlocking needs."""

    _name = "dingding.approval.ask"
    _description = "Question about a DingTalk Approval"

    approval_id = fields.Many2one(
        "dingding.approval", string="Approval", required=True, readonly=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [
            ("withdraw", "Withdraw"),
            ("comment", "Comment"),
            ("unlock", "Unlock"),
            ("reminded", "Reminded"),
        ],
        required=True, readonly=True,
    )
    text = fields.Text()
    waits_for = fields.Char(related="approval_id.current_approver_names", readonly=True)

    def action_do(self):
        """Do what was asked about.

        :raise UserError: the approval's method says why not
        """
        self.ensure_one()
        approval = self.approval_id
        if self.kind == "withdraw":
            approval.action_withdraw(self.text)
        elif self.kind == "comment":
            approval.action_comment(self.text)
        elif self.kind == "unlock":
            approval.action_unlock(self.text)
        return {"type": "ir.actions.act_window_close"}
