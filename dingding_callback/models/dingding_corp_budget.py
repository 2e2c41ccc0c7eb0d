# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "events", "label": _("Event subscriptions"),
             "worth": quota.DECIDED},
            # Free events about contacts arrive through it, too.
            {"key": "stream", "label": _("Stream mode"), "worth": None},
            {"key": "failed_events", "label": _("Undelivered events"),
             "worth": quota.FRESH},
        ]
