# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    dingding_user_ids = fields.One2many(
        "dingding.user", "user_id", string="DingTalk Users", copy=False,
        groups="dingding.group_user",
        help="The people of DingTalk who sign in as this user and get his messages, "
        "one in each organisation.",
    )


class ResUsersAddressee(models.Model):
    """Users as addressees of messages."""

    _name = "res.users"
    _inherit = ["res.users", "dingding.addressee"]

    def _dingding_persons(self):
        return self.mapped("dingding_user_ids")
