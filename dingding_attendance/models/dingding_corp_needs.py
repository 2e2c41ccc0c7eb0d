# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota

EVENT = "attendance_check_record"


class DingdingCorp(models.Model):
    """Declare what the addon needs in DingTalk's developer console."""

    _inherit = "dingding.corp"

    @api.model
    def _purposes(self):
        return super()._purposes() + ["attendance"]

    @api.model
    def _dingtalk_events(self):
        """Omit punches unless an organisation enabled them: each is a push."""
        events = super()._dingtalk_events()
        # sudo: the user may not see all organisations.
        if self.sudo().search_count([("attendance_read", "=", "events")]):
            return events
        return tuple(event for event in events if event != EVENT)

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "attendance", "label": _("Attendance"), "worth": quota.OWED},
            {"key": "attendance_events", "label": _("Attendance after punches"),
             "worth": quota.FRESH},
            {"key": "attendance_upload", "label": _("Kiosk punches"),
             "worth": quota.OWED},
        ]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Attendance"),
                "purpose": "attendance",
                "permission": "qyapi_get_attendance_data",
                "title": "考勤打卡数据读权限",
                "when": "",
                "line": "",
                "events": ("attendance_check_record",),
                "calls": _("6 a day for 50 people, see the form"),
            },
            {
                "feature": _("Attendance"),
                "purpose": "attendance",
                "permission": "qyapi_attendance_group_read",
                "title": "考勤组管理读权限",
                "when": "",
                "line": "",
                "events": (),
                "calls": _("1 a day for 10 groups"),
            },
            {
                "feature": _("Attendance"),
                "purpose": "attendance",
                "permission": "Pro.AttendanceRecord.Write",
                "title": "考勤打卡记录写权限",
                "when": _("to send kiosk punches"),
                "line": "",
                "events": (),
                "calls": _("1 per punch"),
            },
        ]
