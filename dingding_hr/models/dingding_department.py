# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat, rights

LINKS = ("hr_department_id",)


class DingdingDepartment(models.Model):
    _inherit = "dingding.department"

    hr_department_id = fields.Many2one(
        "hr.department", string="HR department", copy=False, index=True,
        ondelete="set null", groups="hr.group_hr_user",
        help="The corresponding department of Odoo's employees. Choose it manually: "
             "DingTalk provides only a name, and names are never compared.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "hr_department_id"],
            where=sql.SQL("active AND hr_department_id IS NOT NULL"),
        )
        return result

    @compat.create_multi
    def create(self, vals_list):
        departments = compat.super_create(super(), vals_list)
        self.env["hr.department"]._dingding_check_linked(
            departments,
            {each.id: dict.fromkeys(LINKS, False) for each in departments})
        return departments

    def write(self, vals):
        before = rights.stored(self, LINKS) if "hr_department_id" in vals else {}
        result = super().write(vals)
        self.env["hr.department"]._dingding_check_linked(self, before)
        return result

    @api.model
    def _linked_paths(self):
        return dict(super()._linked_paths(), **{"hr.department": "hr_department_id"})
