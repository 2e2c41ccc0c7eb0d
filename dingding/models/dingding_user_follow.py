# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from ..sync.follow import FollowMap


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    @api.model
    def _follow_table(self):
        users = "res.users"
        lines = super()._follow_table() + [
            FollowMap("name", users, "name"),
            FollowMap("title", users, "function"),
            # The mailbox can reset the password.
            FollowMap("email", users, "email", "email", "odoo"),
        ]
        if "mobile" in self.env[users]._fields:
            return lines + [
                FollowMap("mobile", users, "mobile", "phone"),
                FollowMap("telephone", users, "phone", "phone"),
            ]
        return lines + [FollowMap("mobile", users, "phone", "phone")]
