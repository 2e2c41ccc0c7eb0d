# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    attendance_group_id = fields.Many2one(
        "dingding.attendance.group", string="Attendance group", readonly=True,
        copy=False, index=True, ondelete="set null",
    )
    # The day of the first reported punch that was not read yet.
    attendance_due_on = fields.Date(
        string="Attendance to be read", readonly=True, copy=False,
        groups="dingding.group_manager",
    )

    def write(self, vals):
        result = super().write(vals)
        if "employee_id" in vals and self.ids:
            # Days read before the link become attendances with the next sync.
            compat.flush(self.env)
            self.env.cr.execute(
                "UPDATE dingding_attendance_day SET pending = true"
                " WHERE person_id IN %s AND NOT pending", [tuple(self.ids)])
            compat.forget(self.env)
        return result
