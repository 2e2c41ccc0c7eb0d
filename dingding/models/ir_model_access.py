# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from .. import compat


class IrModelAccess(models.Model):
    _inherit = "ir.model.access"

    @api.model
    def _drop_dingtalk_wizards(self):
        """Delete our access rows of wizards where Odoo warns of them."""
        if compat.WIZARD_ACCESS:
            return
        rows = self.sudo().search([("model_id.model", "=like", "dingding.%")])
        rows.filtered(lambda row: row.model_id.transient).unlink()
