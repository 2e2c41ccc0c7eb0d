# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

OFFICERS = "hr.group_hr_user"


class DingdingUser(models.Model):
    """Store when and why people leave."""

    _inherit = "dingding.user"

    last_day = fields.Date(
        string="Last working day", readonly=True, copy=False, groups=OFFICERS)
    leave_reason = fields.Char(
        string="Reason for leaving", readonly=True, copy=False, groups=OFFICERS)

    def _note_leaving(self, day, reason):
        """Store when and why a person leaves, also on the employee if Odoo has it."""
        self.ensure_one()
        values = {"last_day": day, "leave_reason": reason}
        if any(str(self[name] or "") != str(values[name] or "") for name in values):
            self.write(values)
        employee = self.employee_id
        if not employee or "departure_date" not in employee._fields:
            return
        departure = {"departure_date": day, "departure_description": reason}
        # Values entered by HR stay.
        departure = {
            name: value for name, value in departure.items()
            if value and not employee[name]
        }
        if departure:
            employee.with_context(dingding_no_push=True).write(departure)
