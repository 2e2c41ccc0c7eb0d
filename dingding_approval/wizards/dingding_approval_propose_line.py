# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("dingding.group_manager")
class DingdingApprovalProposeLine(models.TransientModel):
    """One proposal: a component and a field to fill it."""

    _name = "dingding.approval.propose.line"
    _description = "DingTalk Approval Mapping Proposal Line"
    _order = "id"

    propose_id = fields.Many2one(
        "dingding.approval.propose", required=True, ondelete="cascade"
    )
    component_id = fields.Many2one(
        "dingding.approval.component", string="Component", required=True, readonly=True,
        ondelete="cascade",
    )
    parent_component_id = fields.Many2one(
        related="component_id.parent_id", string="Table", readonly=True
    )
    known_kind = fields.Selection(related="component_id.known_kind", readonly=True)
    required = fields.Boolean(related="component_id.required", readonly=True)
    take = fields.Boolean(
        string="Add", help="Only ticked lines are added to the mapping."
    )
    field_path = fields.Char(string="Field")
    field_path_end = fields.Char(string="End field")
    path_model = fields.Char(
        readonly=True, help="Model of the field selectors, where paths begin."
    )
    reason = fields.Selection(
        [
            ("same", "Same label"),
            ("synonym", "Label with the same meaning"),
            ("part", "Similar label: check it"),
            ("none", "No matching field"),
        ],
        string="Why", readonly=True,
    )
