# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from .dingding_sync_named import KINDS


class DingdingSyncLine(models.Model):
    _inherit = "dingding.sync.line"

    def _described(self, labels, relations, names):
        if self.kind in KINDS.values():
            return [_("Employees: %d") % self._values("more").get("people", 0)]
        return super()._described(labels, relations, names)
