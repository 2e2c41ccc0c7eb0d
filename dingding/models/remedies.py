# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingRemedy(models.AbstractModel):
    _name = "dingding.remedy"
    _description = "What to do about an error of DingTalk"

