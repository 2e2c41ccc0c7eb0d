# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingCardChange(models.Model):
    """Wait for the group of a card, and until nobody has to leave it."""

    _inherit = "dingding.card.change"

    def _work(self, deadline):
        group = self.copy_id.group_id
        group._follow_document()
        if group.active and group._holds(self):
            return False
        return super()._work(deadline)
