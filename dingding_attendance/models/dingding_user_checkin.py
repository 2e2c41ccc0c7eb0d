# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class DingdingUser(models.Model):
    """Note who has checked in and is not read yet."""

    _inherit = "dingding.user"

    checkin_due_on = fields.Date(
        string="Field check-ins to be read", readonly=True, copy=False,
        groups="dingding.group_manager",
    )
