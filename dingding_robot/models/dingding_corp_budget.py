# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "robots", "label": _("Group robots"),
             "worth": quota.OWED, "meter": quota.PUSH},
            {"key": "cards", "label": _("Cards"), "worth": quota.DECIDED},
            {"key": "card_updates", "label": _("Updates of cards"),
             "worth": quota.FRESH},
            {"key": "chat", "label": _("Chats and groups"), "worth": quota.OWED},
        ]
