# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["dingding.hr.mixin", "hr.department", "dingding.recipient.mixin"]

    _dingding_links = "dingding_department_ids"

    dingding_department_ids = fields.One2many(
        "dingding.department", "hr_department_id", string="DingTalk departments",
        copy=False, groups="dingding.group_user",
    )

    @api.model
    def _dingding_watched(self):
        return super()._dingding_watched() | {
            "name", "parent_id", "manager_id",
        }

    def _dingding_values(self, other, changed):
        values = super()._dingding_values(other, changed)
        if "name" in changed:
            values["name"] = self.name
        if "parent_id" in changed:
            parent = self._dingding_active(
                self.parent_id.dingding_department_ids, other.corp_id)[:1]
            if parent:
                values["parent_id"] = parent.id
        if "manager_id" in changed:
            employees = self.env["hr.employee"].sudo()
            before = employees.browse(changed["manager_id"] or ())
            values["manager_ids"] = [
                (3, person.id) for person in self._dingding_people(before, other)
            ] + [
                (4, person.id)
                for person in self._dingding_people(self.manager_id, other)
                if person.active
            ]
        return values

    def _dingding_waiting(self, other, values, user):
        """Return what a DingTalk manager must confirm first.

        A new parent that gives new users more rights; and changes by others than HR
        officers: on 18.0 each employee may write HR departments.
        """
        waiting = super()._dingding_waiting(other, values, user)
        if not user.has_group("hr.group_hr_user"):
            # A sync lists these differences.
            for name in ("manager_ids", "active"):
                values.pop(name, None)
            return dict(waiting, **values)
        if "parent_id" in values:
            place = other.browse(values["parent_id"])
            now = other.parent_id
            if place._new_users_gain(user) - now._new_users_gain(user):
                waiting["parent_id"] = place.id
        return waiting

    @staticmethod
    def _dingding_people(employees, other):
        return employees.mapped("dingding_user_ids").filtered(
            lambda person: person.corp_id == other.corp_id
        )

    def action_dingding_create(self):
        """Open the form to create this department in DingTalk."""
        self.ensure_one()
        compat.check_access(self, "read")
        department = self.sudo()
        corp = self._dingding_corp(department.company_id)
        parent = department.parent_id.dingding_department_ids.filtered(
            lambda each: each.corp_id == corp
        )[:1]
        return self._dingding_form(
            "dingding.department", _("Create in DingTalk"),
            {
                "corp_id": corp.id,
                "name": department.name,
                "parent_id": parent.id,
                "hr_department_id": department.id,
            },
        )

    def _dingding_persons(self):
        return self.mapped("dingding_department_ids")._dingding_persons()
