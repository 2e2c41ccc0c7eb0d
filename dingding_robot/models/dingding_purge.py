# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("messages", 365, "dingding.robot.message", self._purge_ended),
            ("cards", 90, "dingding.card.change", self._purge_ended),
            ("cards", 90, "dingding.card", list),
            ("cards", 90, "dingding.card.press", self._purge_ended),
        ]
