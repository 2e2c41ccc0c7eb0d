# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    """Declare what the addon needs in DingTalk's developer console."""

    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Attendance"),
                "purpose": "contact",
                "permission": "qyapi_get_department_member",
                "title": "通讯录部门成员读权限",
                "when": "",
                "line": "members",
                "events": (),
                "calls": "",
            },
        ]
