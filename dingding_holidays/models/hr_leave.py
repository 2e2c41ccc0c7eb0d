# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import types

from odoo import models


class HrLeave(models.Model):
    _name = "hr.leave"
    _inherit = ["dingding.leave.mixin", "dingding.leave.balance.mixin", "hr.leave"]

    def _get_start_or_end_from_attendance(self, hour, date, employee):
        """Let a user without a time zone, as that of scheduled actions, create leave.

        15 fails for him; the method is unknown before 15.
        """
        if not employee.tz and not self.env.user.tz:
            employee = types.SimpleNamespace(tz=self.env.context.get("tz") or "UTC")
        return super()._get_start_or_end_from_attendance(hour, date, employee)
