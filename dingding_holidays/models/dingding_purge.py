# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingPurge(models.AbstractModel):
    """Delete finished work; leaves stay, so that none is created again."""

    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("leave", 90, "dingding.leave.change", self._purge_ended),
            ("leave_balances", 90, "dingding.leave.balance.change", self._purge_ended),
        ]
