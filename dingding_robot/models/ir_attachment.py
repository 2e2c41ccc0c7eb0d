# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class IrAttachment(models.Model):
    """Leave the files of messages to groups as they were checked."""

    _inherit = "ir.attachment"

    @api.model
    def _dingding_stored_models(self):
        return super()._dingding_stored_models() + ["dingding.chat.post"]
