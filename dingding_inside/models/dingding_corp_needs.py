# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _purposes(self):
        return super()._purposes() + ["mini"]
