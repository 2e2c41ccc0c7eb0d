# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

# Field of an employee -> field of the person in DingTalk.
PLAIN = {
    "name": "name",
    "work_email": "email",
    "mobile_phone": "mobile",
    "work_phone": "telephone",
}


class HrEmployee(models.Model):
    _name = "hr.employee"
    # The source first: from 19 on the employee's own write() keeps a part to itself.
    _inherit = ["dingding.source", "hr.employee", "dingding.addressee"]

    _dingding_links = "dingding_user_ids"

    dingding_user_ids = fields.One2many(
        "dingding.user", "employee_id", string="DingTalk users", copy=False,
        groups="dingding.group_user",
        help="The people of DingTalk that this employee is, one in each organisation.",
    )

    @api.model
    def _dingding_watched(self):
        return super(HrEmployee, self)._dingding_watched() | set(PLAIN) | {
            "department_id", "parent_id", self._dingding_title,
        }

    @property
    def _dingding_title(self):
        # 12 gave employees a title beside their job.
        return "job_title" if "job_title" in self._fields else "job_id"

    def _dingding_title_text(self):
        title = self[self._dingding_title]
        return title if isinstance(title, (str, bool)) else title.name

    def _dingding_values(self, other, changed):
        values = super(HrEmployee, self)._dingding_values(other, changed)
        for name, field in PLAIN.items():
            if name in changed:
                values[field] = self[name]
        if self._dingding_title in changed:
            values["title"] = self._dingding_title_text()
        if "department_id" in changed:
            values.update(self._dingding_place(other, changed["department_id"]))
        if "parent_id" in changed:
            manager = self.parent_id.dingding_user_ids.filtered(
                lambda person: person.corp_id == other.corp_id
            )[:1]
            # Who is not in DingTalk can't be said to be the manager there.
            if manager or not self.parent_id:
                values["manager_id"] = manager.id
        return values

    def _dingding_place(self, other, before):
        """Return the values of the person who goes to the employee's department."""
        def linked(departments):
            return departments.mapped("dingding_department_ids").filtered(
                lambda each: each.corp_id == other.corp_id
            )

        new = linked(self.department_id)[:1]
        if not new:
            return {}
        old = linked(self.env["hr.department"].sudo().browse(before or ())) - new
        return {
            "main_department_id": new.id,
            "department_ids": [(3, each.id) for each in old] + [(4, new.id)],
        }

    def _dingding_write(self, other, values, author):
        """Let a manager look at what would link somebody to a system user.

        A rule links people by their e-mail or mobile. Who may write employees could
        make somebody whom he chooses sign in as another user.
        """
        corp, waiting = other.corp_id, {}
        user = self.env["res.users"].browse(author)
        if not other.user_id and not user.has_group("dingding.group_manager"):
            rules = {"email": corp.link_by_email, "mobile": corp.link_by_mobile}
            waiting = {
                name: values.pop(name)
                for name in sorted(rules) if rules[name] and name in values
            }
        result = super(HrEmployee, self)._dingding_write(other, values, author)
        waiting = other._as_sent(waiting)
        before = other._own_values(waiting)
        waiting = {
            name: value or None for name, value in waiting.items()
            if (value or None) != before[name]
        }
        if waiting:
            self.env["dingding.change"].sudo().with_context(
                dingding_changed_by=author
            )._note(other, waiting, before, confirm=True)
        return result

    def action_dingding_create(self):
        """Open the form that makes this employee a person in DingTalk."""
        self.ensure_one()
        compat.check_access(self, "read")
        employee = self.sudo()
        corp = self._dingding_corp(employee.company_id)
        place = employee.department_id.dingding_department_ids.filtered(
            lambda each: each.corp_id == corp
        )[:1]
        return self._dingding_form(
            "dingding.user", _("Create in DingTalk"),
            {
                "corp_id": corp.id,
                "name": employee.name,
                "mobile": employee.mobile_phone,
                "email": employee.work_email,
                "telephone": employee.work_phone,
                "title": employee._dingding_title_text(),
                "department_ids": [(6, 0, place.ids)],
                "main_department_id": place.id,
                "employee_id": employee.id,
            },
        )

    def _dingding_persons(self):
        """Return the linked people, else those of the employee's system user."""
        persons = self.env["dingding.user"]
        for employee in self:
            persons |= employee.dingding_user_ids or employee.user_id.dingding_user_ids
        return persons

    def action_dingding_send(self):
        """Open the form that sends a message to these employees."""
        compat.check_access(self, "read")
        compat.check_access(self.env["dingding.user"], "read")
        persons = self.sudo()._dingding_persons().filtered("active")
        if not persons:
            raise UserError(
                _("None of these employees is linked to a person of DingTalk.")
            )
        return self.env["dingding.user"].browse(persons.ids).action_send_message()
