# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models


class DingdingCorp(models.Model):
    """A purpose of an application, and what it needs in DingTalk's console."""

    _inherit = "dingding.corp"

    attendance_app_id = fields.Many2one(
        "dingding.app", string="For attendance", copy=False,
        domain="[('corp_id', '=', id)]",
    )

    @api.model
    def _purposes(self):
        return super()._purposes() + ["attendance"]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Attendance"),
                "purpose": "attendance",
                "permission": "qyapi_get_attendance_data",
                "title": "考勤数据读权限",
                "when": "",
                "line": "",
                "events": ("attendance_check_record",),
                "calls": "",
            },
        ]

    def _dingtalk_punches(self, users, begin, end):
        """Return DingTalk's punches of ``dingding.user`` records."""
        self.ensure_one()
        client = self._app_for("attendance")._dingtalk_client()
        return client.attendance.punches(users.mapped("userid"), begin, end)
