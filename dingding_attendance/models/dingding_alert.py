# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + [
            self._kind(
                "attendance", _("Attendance"), "dingding.attendance.sync",
                [("id", "in", self._last_failed("dingding.attendance.sync") or [0])],
            ),
            self._kind(
                "checkin", _("Field check-ins"), "dingding.checkin.sync",
                [("id", "in", self._last_failed("dingding.checkin.sync") or [0])],
            ),
            self._kind(
                "attendance_upload", _("Kiosk punches"), "dingding.attendance.upload",
                [("state", "in", ("failed", "unknown"))],
            ),
        ]
