# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class IrAttachment(models.Model):
    """Leave the photos of field check-ins to syncs.

    People may write their own check-ins, and so could replace photos.
    """

    _inherit = "ir.attachment"

    @api.model
    def _dingding_stored_models(self):
        return super()._dingding_stored_models() + ["dingding.checkin"]
