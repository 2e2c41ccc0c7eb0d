# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding.sync import converters
from odoo.addons.dingding.sync.mapping import FieldMap


def level(value, item=None):
    """Return DingTalk's level of an administrator as text."""
    return "%d" % value if value else None


class DingdingCheckAdmin(models.Model):
    """An administrator of an organisation in DingTalk; only DingTalk changes them."""

    _name = "dingding.check.admin"
    _inherit = "dingding.sync.mixin"
    _description = "DingTalk Administrator"

    _sync_key = "userid"
    _sync_relation = "admin"
    _sync_identity = ("corp_id", "userid")

    name = fields.Char()
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True
    )
    userid = fields.Char(required=True, index=True)
    person_id = fields.Many2one("dingding.user", ondelete="set null")
    level = fields.Char()

    @api.model
    def _dingtalk_mapping(self):
        return super()._dingtalk_mapping() + [
            FieldMap("userid", "person_id", converters.identifier, "always", "person"),
            FieldMap("sys_level", "level", level, "always", "", "both"),
        ]
