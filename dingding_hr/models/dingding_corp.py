# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    hr_employees = fields.Selection(
        [("link", "Link only"), ("create", "Create and link")],
        string="Employees", required=True, default="link",
        help="Whether somebody in DingTalk who is linked to no employee gets a new "
        "one. By mobile or e-mail existing employees are linked first.",
    )
    hr_departments = fields.Selection(
        [("hand", "Chosen by hand"), ("create", "Create and link")],
        string="HR departments", required=True, default="hand",
        help="Whether a department that is linked to no HR department gets a new one. "
        "Those that exist are chosen by hand: names are never compared.",
    )
    hr_leavers = fields.Boolean(
        string="Archive employees who left",
        help="Archive the employee together with the person.",
    )

    @api.model
    def _guarded(self):
        # Employees are made and archived with the rights of the system.
        return super(DingdingCorp, self)._guarded() + (
            "hr_employees", "hr_departments", "hr_leavers",
        )
