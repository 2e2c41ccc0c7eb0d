# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync.follow import FollowMap


class DingdingDepartment(models.Model):
    _inherit = "dingding.department"

    @api.model
    def _follow_table(self):
        name = "hr.department"
        return super()._follow_table() + [
            FollowMap("name", name, "name"),
            FollowMap("parent_id", name, "parent_id", "department"),
            FollowMap("manager_ids", name, "manager_id", "person"),
            FollowMap("active", name, "active"),
        ]
