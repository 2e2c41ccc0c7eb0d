# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingMessageTask(models.Model):
    _name = "dingding.message.task"
    _description = "Part of a DingTalk Message"
    _inherit = "dingding.queue.mixin"
