# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat


class DingdingSigninLog(models.Model):
    _inherit = "dingding.signin.log"

    way = fields.Selection(**compat.added_selection(("mini", "Mini-program")))
    reason = fields.Selection(
        **compat.added_selection(
            ("second_factor", "Second factor not supported"),
            ("kind", "User is not an employee"),
        )
    )

    @api.model
    def _cron_clean(self):
        """Delete expired mini-program sessions as well."""
        result = super()._cron_clean()
        self.env["dingding.mini.session"]._clean()
        return result
