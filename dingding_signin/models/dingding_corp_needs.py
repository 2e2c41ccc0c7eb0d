# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _purposes(self):
        return super()._purposes() + ["signin"]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Sign-in"),
                "purpose": "signin",
                "permission": "Contact.User.Read",
                "title": "通讯录个人信息读权限",
                "when": _("to sign in from a browser outside DingTalk"),
                "line": "",
                "events": (),
                "calls": "",
            },
        ]
