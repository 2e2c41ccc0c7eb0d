# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingSend(models.TransientModel):
    _name = "dingding.send"
    _description = "Send a DingTalk message"
