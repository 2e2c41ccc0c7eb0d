# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("roster", 90, "dingding.roster.change", self._purge_ended),
            ("roster_log", 365, "dingding.roster.log", list),
            ("joiners", 365, "dingding.joiner", self._purge_joiners),
        ]

    @api.model
    def _purge_joiners(self):
        """Return the domain of people whom DingTalk no longer lists as joiners."""
        return [("status", "=", "ended")]
