# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    """Declare what the addon needs in DingTalk's developer console, and its cost."""

    _inherit = "dingding.corp"

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "leave", "label": _("Leave of DingTalk"), "worth": quota.OWED},
            {"key": "leave_records", "label": _("Leave of Odoo"),
             "worth": quota.DECIDED},
            {"key": "leave_types", "label": _("Leave types and holidays"),
             "worth": quota.FRESH},
            {"key": "leave_check", "label": _("Check of leave"), "worth": quota.NICE},
        ]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Leave"),
                "purpose": "leave",
                "permission": "Workflow.Instance.Read",
                "title": "工作流实例读权限",
                "when": _("if DingTalk leads types of leave"),
                "line": "",
                "events": ("attendance_approve_status_change",),
                "calls": _(
                    "1 for each request, and each day 1 for 20 of the last month"),
            },
            {
                "feature": _("Leave"),
                "purpose": "leave",
                "permission": "qyapi_holiday_readonly",
                "title": "假期信息读权限",
                "when": "",
                "line": "leave_operator",
                "events": (),
                "calls": _("1 each time types are read"),
            },
            {
                "feature": _("Leave"),
                "purpose": "leave",
                "permission": "qyapi_attendance_group_read",
                "title": "考勤组管理读权限",
                "when": _("if Odoo leads types of leave, or for public holidays"),
                "line": "",
                "events": (),
                "calls": _("2 for each leave, and 1 a month"),
            },
            {
                "feature": _("Leave"),
                "purpose": "leave",
                "permission": "qyapi_attendance_group_manage",
                "title": "考勤组管理权限",
                "when": _("if Odoo leads types of leave"),
                "line": "",
                "events": (),
                "calls": _("1 for each cancelled leave"),
            },
        ]
