# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class HrLeave(models.Model):
    _name = "hr.leave"
    _inherit = ["dingding.leave.mixin", "dingding.leave.balance.mixin", "hr.leave"]
