# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat


class DingdingApprovalMappingApprover(models.Model):
    """One step of an approval: its approvers, and whether all or any of them decide."""

    _name = "dingding.approval.mapping.approver"
    _description = "DingTalk Approval Mapping Approver"
    _order = "mapping_id, sequence, id"

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", required=True, index=True, ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    action_type = fields.Selection(
        [("AND", "All of them"), ("OR", "Any of them")],
        string="Required approvals", required=True, default="AND",
    )
    source = fields.Selection(
        [("person", "Selected people"), ("field", "Field of the record")],
        string="Approver type", required=True, default="person",
    )
    person_ids = fields.Many2many(
        "dingding.user", "dingding_approval_approver_rel", "approver_id", "person_id",
        string="People",
    )
    field_path = fields.Char(
        string="Field",
        help="Field that contains users, employees or DingTalk users, such as user_id "
             "or department_id.manager_id.",
    )

    @compat.create_multi
    def create(self, vals_list):
        rows = compat.super_create(super(), vals_list)
        rows._check_mappings()
        return rows

    def write(self, vals):
        self._check_mappings()
        result = super().write(vals)
        if "mapping_id" in vals:
            compat.check_access(self, "write")
            self._check_mappings()
        return result

    def unlink(self):
        self._check_mappings()
        return super().unlink()

    def _check_mappings(self):
        """Refuse what only administrators may change.

        :raise AccessError: see the methods of mappings
        """
        mappings = self.mapped("mapping_id")
        mappings._check_deciding()
        mappings._check_recipients()

    @api.constrains("source", "person_ids", "field_path", "mapping_id")
    def _check_complete(self):
        for row in compat.as_writer(self):
            if row.source == "person" and not row.person_ids:
                raise ValidationError(_("Choose the approvers."))
            if row.source == "person":
                row.mapping_id._check_people(row.person_ids)
            if row.source == "field":
                row.mapping_id._check_people_path(row.field_path)
