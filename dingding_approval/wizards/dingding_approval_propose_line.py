# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("dingding.group_manager")
class DingdingApprovalProposeLine(models.TransientModel):
    """One proposal: a component and the field that may go into it."""

    _name = "dingding.approval.propose.line"
    _description = "Proposed line of an approval mapping"
    _order = "id"

    propose_id = fields.Many2one(
        "dingding.approval.propose", required=True, ondelete="cascade"
    )
    component_id = fields.Many2one(
        "dingding.approval.component", string="Component", required=True, readonly=True,
        ondelete="cascade",
    )
    parent_component_id = fields.Many2one(
        related="component_id.parent_id", string="Column of", readonly=True
    )
    known_kind = fields.Selection(related="component_id.known_kind", readonly=True)
    required = fields.Boolean(related="component_id.required", readonly=True)
    take = fields.Boolean(
        string="Take it", help="Only what is ticked gets into the mapping."
    )
    field_path = fields.Char(string="Field")
    field_path_end = fields.Char(string="Field of the end")
    field_text = fields.Char(string="Label of the field", readonly=True)
    reason = fields.Selection(
        [
            ("same", "Same label"),
            ("synonym", "Label of the same meaning"),
            ("part", "Similar label: look at it"),
            ("none", "Nothing found"),
        ],
        string="Why", readonly=True,
    )
