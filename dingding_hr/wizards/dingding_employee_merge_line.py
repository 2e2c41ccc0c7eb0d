# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("hr.group_hr_user")
class DingdingEmployeeMergeLine(models.TransientModel):
    """A field that differs, or a kind of records to move."""

    _name = "dingding.employee.merge.line"
    _description = "Line of a Merge of Employees"
    _order = "kind desc, label, id"
    _rec_name = "label"

    merge_id = fields.Many2one(
        "dingding.employee.merge", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        [("field", "Field"), ("count", "Records")], string="Type", required=True,
        readonly=True,
    )
    field_name = fields.Char(readonly=True)
    label = fields.Char(string="Field", readonly=True)
    kept_value = fields.Char(string="Employee to keep", readonly=True)
    other_value = fields.Char(string="Employee to archive", readonly=True)
    take = fields.Boolean(
        string="Take over", help="Keep the value of the employee to archive."
    )
    records = fields.Integer(string="Number of records", readonly=True)
