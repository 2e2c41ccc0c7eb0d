# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding.models.dingding_corp_policy import PICTURES


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    hr_employees = fields.Selection(
        [("link", "Link only"), ("create", "Create and link")],
        string="Employees", required=True, default="link",
        help="Creates an employee for each DingTalk user without one. Existing "
             "employees are linked first, by mobile or e-mail.",
    )
    hr_departments = fields.Selection(
        [("hand", "Link manually"), ("create", "Create and link")],
        string="HR departments", required=True, default="hand",
        help="Creates an HR department for each DingTalk department without one. Link "
             "existing ones manually: names are never compared.",
    )
    hr_leavers = fields.Boolean(
        string="Archive leavers' employees",
        help="Archives the employee together with the person.",
    )

    employee_pictures = fields.Selection(
        PICTURES, string="Pictures of employees", required=True, default="never",
        help="Whether downloaded pictures are copied to linked employees.",
    )

    @api.model
    def _picture_policies(self):
        return dict(
            super()._picture_policies(), **{"hr.employee": self.employee_pictures})

    @api.model
    def _guarded(self):
        # Employees are created, changed and archived with sudo. The managers of
        # employees follow those of people only where DingTalk leads the departments:
        # a manager who changes that could first enter himself, and then let employees
        # follow.
        return super()._guarded() + (
            "hr_employees", "hr_departments", "hr_leavers", "employee_pictures",
            "leads_structure",
        )
