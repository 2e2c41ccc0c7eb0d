# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    follow_ids = fields.One2many(
        "dingding.follow", "corp_id", string="Linked fields", copy=False,
        groups="dingding.group_manager",
    )

    @compat.create_multi
    def create(self, vals_list):
        corps = compat.super_create(super(), vals_list)
        self.env["dingding.follow"]._fill(corps)
        return corps
