# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat


class HrVersion(models.Model):
    """Notice what versions change of their employees.

    From 19 on most fields of employees are those of their current version.
    """

    _inherit = "hr.version"

    @compat.create_multi
    def create(self, vals_list):
        ids = {vals.get("employee_id") for vals in vals_list} - {None, False}
        # sudo: the user may not read who is linked.
        employees = self.env["hr.employee"].sudo().browse(sorted(ids))
        with employees._dingding_versions():
            return compat.super_create(super(), vals_list)

    def write(self, vals):
        with self._dingding_employees()._dingding_versions():
            return super().write(vals)

    def unlink(self):
        with self._dingding_employees()._dingding_versions():
            return super().unlink()

    def _dingding_employees(self):
        if self.env.context.get("dingding_no_push"):
            return self.env["hr.employee"]
        # sudo: as in create.
        return self.sudo().mapped("employee_id")
