# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class DingdingDemoLeave(models.Model):
    """A leave as a developer who owns the model would write it."""

    _name = "dingding.demo.leave"
    _description = "Leave"
    _inherit = ["dingding.approval.mixin"]
    _rec_name = "reason"
    _order = "id desc"

    reason = fields.Char(required=True)
    employee_id = fields.Many2one(
        "res.users", required=True, default=lambda self: self.env.user
    )
    date_from = fields.Datetime(required=True)
    date_to = fields.Datetime(required=True)
    days = fields.Float(required=True, default=1.0)
    kind = fields.Selection(
        [("annual", "Annual"), ("unpaid", "Unpaid"), ("sick", "Sick")],
        default="annual", required=True,
    )
    kind_option = fields.Char(compute="_compute_kind_option")
    state = fields.Selection(
        [("draft", "Draft"), ("confirm", "Submitted"), ("validate", "Approved"),
         ("refuse", "Refused")],
        default="draft", required=True, copy=False,
    )
    steps = fields.Integer(help="How often somebody has done something.")

    @api.depends("kind")
    def _compute_kind_option(self):
        words = {"annual": "年假", "unpaid": "事假", "sick": "病假"}
        for leave in self:
            leave.kind_option = words.get(leave.kind)

    def action_confirm(self):
        """Submit the leaves."""
        self.write({"state": "confirm"})
        self.dingding_submit_approval()
        return True

    def _dingding_approval_approved(self, approval):
        self.write({"state": "validate"})

    def _dingding_approval_refused(self, approval):
        self.write({"state": "refuse"})

    def _dingding_approval_terminated(self, approval):
        self.write({"state": "draft"})

    def _dingding_approval_revoked(self, approval):
        self.write({"state": "draft"})

    def _dingding_approval_changed(self, approval):
        self.write({"steps": self.steps + 1})
