# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingQueue(models.AbstractModel):
    _inherit = "dingding.queue"

    @api.model
    def _queue_models(self):
        names = super()._queue_models()
        # Users wait.
        place = names.index("dingding.message.task") + 1
        own = [
            "dingding.card.press", "dingding.chat.message", "dingding.robot.message",
            "dingding.card.change", "dingding.chat.post", "dingding.group",
        ]
        return names[:place] + own + names[place:]
