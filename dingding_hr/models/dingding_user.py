# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat, rights

LINKS = ("employee_id",)


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    employee_id = fields.Many2one(
        "hr.employee", copy=False, index=True, ondelete="set null",
        groups="hr.group_hr_user",
    )
    employee_rule = fields.Selection(
        [
            ("manual", "Manually"),
            ("user", "System user"),
            ("mobile", "Verified mobile"),
            ("email", "E-mail"),
            ("created", "Created automatically"),
        ],
        string="Employee linked by", readonly=True, copy=False,
        groups="hr.group_hr_user",
    )
    employee_linked_on = fields.Datetime(
        string="Employee linked on", readonly=True, copy=False,
        groups="hr.group_hr_user",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "employee_id"],
            where=sql.SQL("active AND employee_id IS NOT NULL"),
        )
        return result

    @api.model
    def _linked_paths(self):
        return dict(super()._linked_paths(), **{"hr.employee": "employee_id"})

    @api.model
    def _check_employee_free(self, employee_id, corp_id, except_id=False):
        """Report a duplicate link before the unique index rejects it.

        :raise ValidationError: another person of the organisation has the employee
        """
        other = self.sudo().search(
            [
                ("corp_id", "=", corp_id),
                ("employee_id", "=", employee_id),
                ("id", "!=", except_id),
                ("active", "=", True),
            ],
            limit=1,
        )
        if other and not rights.may_see(self.env, other):
            raise ValidationError(
                _("This employee is already linked in this organisation."))
        if other:
            raise ValidationError(
                _("%(employee)s is already linked to %(person)s in this organisation.")
                % {"employee": other.employee_id.name, "person": other.name}
            )

    @staticmethod
    def _with_employee_link(vals):
        """Return vals with method and time of the employee link."""
        if "employee_id" not in vals or "employee_rule" in vals:
            return vals
        if not vals["employee_id"]:
            return dict(vals, employee_rule=False, employee_linked_on=False)
        return dict(
            vals, employee_rule="manual", employee_linked_on=fields.Datetime.now()
        )

    @compat.create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("employee_id"):
                self._check_employee_free(vals["employee_id"], vals.get("corp_id"))
        people = compat.super_create(
            super(),
            [self._with_employee_link(vals) for vals in vals_list],
        )
        self.env["hr.employee"]._dingding_check_linked(
            people, {person.id: dict.fromkeys(LINKS, False) for person in people})
        return people

    def write(self, vals):
        if vals.get("employee_id") or vals.get("active"):
            # sudo: the user may not see employees.
            for person in self.sudo():
                employee_id = vals.get("employee_id", person.employee_id.id)
                if employee_id and vals.get("active", person.active):
                    self._check_employee_free(
                        employee_id, person.corp_id.id, person.id)
        before = rights.stored(self, LINKS) if "employee_id" in vals else {}
        result = super().write(self._with_employee_link(vals))
        self.env["hr.employee"]._dingding_check_linked(self, before)
        return result

    @api.model
    def _no_links(self):
        return dict(super()._no_links(), employee_id=False, employee_ignored=False)

    def _come_back(self):
        values = super()._come_back()
        taken = self.employee_id and self.search(
            [
                ("corp_id", "=", self.corp_id.id),
                ("employee_id", "=", self.employee_id.id),
                ("active", "=", True),
            ],
            limit=1,
        )
        return dict(values, employee_id=False) if taken else values
