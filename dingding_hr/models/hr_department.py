# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["hr.department", "dingding.addressee"]

    dingding_department_ids = fields.One2many(
        "dingding.department", "hr_department_id", string="DingTalk departments",
        copy=False, groups="dingding.group_user",
    )

    def _dingding_persons(self):
        return self.mapped("dingding_department_ids")._dingding_persons()
