# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingUser(models.Model):
    _name = "dingding.user"
    _description = "DingTalk User"

