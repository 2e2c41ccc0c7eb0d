# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding.sync import converters
from odoo.addons.dingding.sync.mapping import FieldMap


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    check_admin_id = fields.Many2one("dingding.check.admin", ondelete="set null")

    @api.model
    def _dingtalk_mapping(self):
        return super()._dingtalk_mapping() + [
            FieldMap("check_admin", "check_admin_id", converters.identifier, "check",
                     "admin"),
        ]
