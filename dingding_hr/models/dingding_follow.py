# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingFollow(models.Model):
    _inherit = "dingding.follow"

    @api.model
    def _guarded(self):
        # Odoo lets managers approve the leave of their people, for example.
        return super()._guarded() | {
            ("hr.employee", "parent_id"), ("hr.department", "manager_id"),
        }
