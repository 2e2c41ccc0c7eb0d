# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingRun(models.Model):
    _name = "dingding.run"
    _description = "DingTalk Run"
    _inherit = "dingding.queue.mixin"
