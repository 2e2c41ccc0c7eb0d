# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "approvals", "label": _("Approvals"), "worth": quota.DECIDED},
            {"key": "approval_status", "label": _("Status of approvals"),
             "worth": quota.OWED},
            {"key": "approval_polling", "label": _("Polling of approvals"),
             "worth": quota.FRESH},
        ]
