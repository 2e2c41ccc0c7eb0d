# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "dingding.addressee"]

    dingding_user_ids = fields.One2many(
        "dingding.user", "employee_id", string="DingTalk users", copy=False,
        groups="dingding.group_user",
        help="The people of DingTalk that this employee is, one in each organisation.",
    )

    def _dingding_persons(self):
        """Return the linked people, else those of the employee's system user."""
        persons = self.env["dingding.user"]
        for employee in self:
            persons |= employee.dingding_user_ids or employee.user_id.dingding_user_ids
        return persons

    def action_dingding_send(self):
        """Open the form that sends a message to these employees."""
        compat.check_access(self, "read")
        compat.check_access(self.env["dingding.user"], "read")
        persons = self.sudo()._dingding_persons().filtered("active")
        if not persons:
            raise UserError(
                _("None of these employees is linked to a person of DingTalk.")
            )
        return self.env["dingding.user"].browse(persons.ids).action_send_message()
