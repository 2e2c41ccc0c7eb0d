# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("base.group_user")
class DingdingApprovalAsk(models.TransientModel):
    """Ask for the text of a withdrawal, a comment or an unlocking."""

    _name = "dingding.approval.ask"
    _description = "DingTalk Approval Action"

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
        ], string="Type",
        required=True, readonly=True,
    )
    text = fields.Text()
    waits_for = fields.Char(
        related="approval_id.current_approver_names", related_sudo=False, readonly=True,
    )

    def action_do(self):
        """Execute the operation.

        :raise UserError: as the approval's method says
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
