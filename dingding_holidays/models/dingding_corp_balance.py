# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    """Declare what balances need, and their cost."""

    _inherit = "dingding.corp"

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "leave_balances", "label": _("Leave balances"),
             "worth": quota.FRESH},
        ]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Leave"),
                "purpose": "leave",
                "permission": "qyapi_holiday_manage",
                "title": "假期信息管理权限",
                "when": _("if Odoo keeps balances of leave equal"),
                "line": "",
                "events": (),
                "calls": _("1 a day for 50 people and each type, and 1 for 50 changes"),
            },
        ]
