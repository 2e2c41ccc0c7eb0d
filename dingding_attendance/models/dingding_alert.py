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
                [("id", "in", self._failed_attendance_syncs() or [0])],
            ),
            self._kind(
                "attendance_upload", _("Kiosk punches"), "dingding.attendance.upload",
                [("state", "in", ("failed", "unknown"))],
            ),
        ]

    @api.model
    def _failed_attendance_syncs(self):
        """Return the ids of last syncs that failed: a later one replaces a failure."""
        self.env.cr.execute(
            "SELECT id FROM (SELECT DISTINCT ON (corp_id, kind) id, state"
            " FROM dingding_attendance_sync"
            " WHERE state IN ('done', 'failed', 'unknown')"
            " ORDER BY corp_id, kind, id DESC) last WHERE state != 'done'"
        )
        return [row[0] for row in self.env.cr.fetchall()]
