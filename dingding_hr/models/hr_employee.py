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
    # Since 19.0 the employee's own write() handles some fields without super().
    _inherit = ["dingding.hr.mixin", "hr.employee", "dingding.recipient.mixin"]

    _dingding_links = "dingding_user_ids"

    dingding_user_ids = fields.One2many(
        "dingding.user", "employee_id", string="DingTalk users", copy=False,
        groups="dingding.group_user",
        help="The employee's DingTalk users, one per organisation.",
    )

    def _avatar_generate_svg(self):
        """Store no generated picture: Odoo draws it wherever there is none.

        From 17 on that is half of an employee's statements.
        """
        if self.env.context.get("dingding_no_avatar"):
            return False
        return super()._avatar_generate_svg()

    def _dingding_own_values(self):
        """Return {field: value} of what a new user's values must not replace.

        Odoo copies the user's, which may be empty; up to 12 the name, too.
        """
        names = {"name", compat.picture_field(self), "work_email", "tz"}
        if "work_contact_id" in self._fields:
            # The user's, see ``_follow_kept``.
            names.remove("work_email")
        return {
            name: self[name] for name in sorted(names & set(self._fields)) if self[name]
        }

    def _dingding_lost(self, own):
        """Return those of the values that the employee no longer has."""
        return {name: value for name, value in own.items() if self[name] != value}

    @api.model
    def _dingding_watched(self):
        return super()._dingding_watched() | set(PLAIN) | {
            "department_id", "parent_id", self._dingding_title,
        }

    @property
    def _dingding_title(self):
        # Since 12.0 employees have a job title besides their job.
        return "job_title" if "job_title" in self._fields else "job_id"

    @api.model
    def _dingding_order(self, other):
        linked_on = str(other.employee_linked_on or "")
        return other.active, linked_on, other.id

    def _dingding_title_text(self):
        title = self[self._dingding_title]
        return title if isinstance(title, (str, bool)) else title.name

    def _dingding_values(self, other, changed):
        values = super()._dingding_values(other, changed)
        for name, field in PLAIN.items():
            if name in changed:
                values[field] = self[name]
        if self._dingding_title in changed:
            values["title"] = self._dingding_title_text()
        if "department_id" in changed:
            values.update(self._dingding_place(other, changed["department_id"]))
        if "parent_id" in changed:
            manager = self._dingding_active(
                self.parent_id.dingding_user_ids, other.corp_id)[:1]
            # The manager is not in DingTalk.
            if manager or not self.parent_id:
                values["manager_id"] = manager.id
        return values

    def _dingding_place(self, other, before):
        """Return the values that move the person to the employee's department."""
        new = self._dingding_active(
            self.department_id.dingding_department_ids, other.corp_id)[:1]
        if not new:
            return {}
        old = self.env["hr.department"].sudo().browse(before or ()).mapped(
            "dingding_department_ids"
        ).filtered(lambda each: each.corp_id == other.corp_id) - new
        return {
            "main_department_id": new.id,
            "department_ids": [(3, each.id) for each in old] + [(4, new.id)],
        }

    def _dingding_waiting(self, other, values, user):
        """Return values that would create or link a system user with other rights.

        Rules link people by e-mail or mobile, and departments give rights to new users.
        """
        waiting = super()._dingding_waiting(other, values, user)
        if other.user_id:
            return waiting
        if not user.has_group("dingding.group_manager"):
            corp = other.corp_id
            rules = {"email": corp.link_by_email, "mobile": corp.link_by_mobile}
            waiting.update(
                (name, values[name])
                for name in rules if rules[name] and name in values
            )
        if "main_department_id" in values:
            place = other.main_department_id.browse(values["main_department_id"])
            now = other._new_user_department()
            if place._new_users_gain(user) - now._new_users_gain(user):
                places = set(other.department_ids.ids)
                for command in values["department_ids"]:
                    (places.add if command[0] == 4 else places.discard)(command[1])
                waiting.update(
                    main_department_id=place.id, department_ids=sorted(places)
                )
        return waiting

    def action_dingding_create(self):
        """Open the form to create this employee in DingTalk."""
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
        """Open the form to send a message to these employees."""
        compat.check_access(self, "read")
        compat.check_access(self.env["dingding.user"], "read")
        persons = self.sudo()._dingding_persons().filtered("active")
        if not persons:
            raise UserError(
                _("None of these employees is linked to a DingTalk user.")
            )
        return self.env["dingding.user"].browse(persons.ids).action_send_message()
