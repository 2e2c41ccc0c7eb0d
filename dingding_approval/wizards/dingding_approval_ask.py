# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("base.group_user")
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
    waits_for = fields.Char(
        related="approval_id.current_approver_names", related_sudo=False, readonly=True,
    )

    @compat.create_multi
    def create(self, vals_list):
        asks = compat.super_create(super(DingdingApprovalAsk, self), vals_list)
        asks._check_approvals()
        return asks

    def write(self, vals):
        result = super(DingdingApprovalAsk, self).write(vals)
        self._check_approvals()
        return result

    def _check_approvals(self):
        """Refuse questions about approvals that the user may not read.

        :raise AccessError: the name of one would be shown
        """
        approvals = self.env["dingding.approval"]
        compat.check_access(
            approvals.browse(self.sudo().mapped("approval_id").ids), "read"
        )

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
