# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Events"),
                "purpose": "contact",
                "permission": "qyapi_base",
                "title": "",
                "when": _("to fetch undelivered events"),
                "line": "",
                "events": (
                    "user_add_org", "user_modify_org", "user_leave_org",
                    "user_active_org", "org_admin_add", "org_admin_remove",
                    "org_dept_create", "org_dept_modify", "org_dept_remove",
                    "org_change", "org_remove", "label_user_change",
                    "label_conf_add", "label_conf_del", "label_conf_modify",
                ),
                "calls": _("about 35 for each application"),
            },
        ]
