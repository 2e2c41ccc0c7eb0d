# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class DingdingApprovalMapping(models.Model):
    _inherit = "dingding.approval.mapping"

    in_mini = fields.Boolean(
        string="Show in mini-program",
        help="The organisation's mini-program lists these records, shows them as the "
             "approval form does, and submits them. People see only those that they "
             "see in Odoo.", **compat.TRACK
    )
