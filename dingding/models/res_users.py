# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"


class ResUsersAddressee(models.Model):
    """Users as addressees of messages."""

    _name = "res.users"
    _inherit = ["res.users", "dingding.addressee"]

    def _dingding_persons(self):
        return self.mapped("dingding_user_ids")
