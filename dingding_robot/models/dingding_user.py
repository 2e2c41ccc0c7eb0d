# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingUser(models.Model):
    """Bring people who come back into their groups again."""

    _inherit = "dingding.user"

    def write(self, vals):
        away = self.browse()
        if vals.get("active"):
            away = self.filtered(lambda person: not person.active)
        result = super().write(vals)
        back = away.filtered("active")
        if back:
            # sudo: who unarchives people may not see all their groups.
            self.env["dingding.group"].sudo()._bring_back(back)
        return result
