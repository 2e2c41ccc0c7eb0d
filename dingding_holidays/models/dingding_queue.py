# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingQueue(models.AbstractModel):
    _inherit = "dingding.queue"

    @api.model
    def _queue_models(self):
        return super()._queue_models() + [
            "dingding.leave.change", "dingding.leave.balance.change",
        ]
