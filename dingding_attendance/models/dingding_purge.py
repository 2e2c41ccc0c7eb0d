# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("attendance_syncs", 90, "dingding.attendance.sync", self._purge_ended),
            ("attendance_uploads", 90, "dingding.attendance.upload", self._purge_ended),
            ("checkin_syncs", 90, "dingding.checkin.sync", self._purge_ended),
            # 0: forever, unless the parameter says otherwise.
            ("checkins", 0, "dingding.checkin", list),
        ]
