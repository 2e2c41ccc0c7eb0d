# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class HrEmployee(models.Model):
    """Show an employee's field check-ins."""

    _inherit = "hr.employee"

    dingding_checkin_count = fields.Integer(
        string="Field check-ins", compute="_compute_dingding_checkin_count",
        compute_sudo=False, groups="dingding_attendance.group_officer",
    )

    @compat.depends_on_user
    def _compute_dingding_checkin_count(self):
        checkins = self.env["dingding.checkin"]
        for employee in self:
            employee.dingding_checkin_count = checkins.search_count(
                [("employee_id", "in", employee.ids)])

    def action_dingding_checkins(self):
        """Show the employee's field check-ins that the user may see."""
        self.ensure_one()
        compat.check_access(self.env["dingding.checkin"], "read")
        return self.env["dingding.checkin"]._show(
            [("employee_id", "=", self.id)])
