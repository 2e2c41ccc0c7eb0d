# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat

from ..models.dingding_approval_component import KINDS


@compat.only_for("dingding.group_manager")
class DingdingApprovalDesignLine(models.TransientModel):
    """A field that can become a component of a new template."""

    _name = "dingding.approval.design.line"
    _description = "DingTalk Approval Design Line"
    _order = "id"

    design_id = fields.Many2one(
        "dingding.approval.design", required=True, ondelete="cascade"
    )
    take = fields.Boolean(string="Add")
    table = fields.Char(
        string="In the table", readonly=True,
        help="For a column: name of the field that contains the rows.",
    )
    field_name = fields.Char(string="Technical name", readonly=True, required=True)
    field_text = fields.Char(string="Field", readonly=True)
    label = fields.Char(required=True, help="Label on the form, up to 20 characters.")
    kind = fields.Selection(KINDS, string="Type", required=True)
    required = fields.Boolean()
