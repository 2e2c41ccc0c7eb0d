# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_sync_users import BATCH
from odoo.addons.dingding.sync import follow, links, plan as plans

EMPLOYEE = (
    "name", "work_email", "mobile_phone", "work_phone", "company_id", "department_id",
    "job_title", "user_id",
)


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _link_fields(self):
        return dict(
            super()._link_fields(),
            employee_id=("employee_rule", "employee_linked_on"),
        )

    @api.model
    def _find_links(self, corp, plan=None):
        """Match employees as well, by the organisation's rules, never by name.

        First by the person's system user.
        """
        made, problems = super()._find_links(corp, plan)
        people = self._linkable_people(
            corp, "employee_id", ["user_id"], plan,
            lambda: self._near_employees(corp, {each.userid for each in made}),
        )
        if self._is_settled(people):
            return made, problems
        users = {each.userid: each.candidate for each in made}
        unsure = {each.userid for each in made if not each.sure}
        for row in people:
            row["user_id"] = row["user_id"] or users.get(row["userid"])
            # Being an employee grants no right to sign in.
            row.pop("odoo_contacts")
        employees = self._employees(corp)
        taken = {row["linked"] for row in people if row["linked"]}
        found = [
            link._replace(sure=link.person not in unsure)
            for link in self._links_by_user(people, employees, taken)
        ]
        linked = {link.person: link.candidate for link in found}
        for row in people:
            row["linked"] = row["linked"] or linked.get(row["id"])
        by_rule, employee_problems = links.find(
            people, [candidate for candidate, _user in employees],
            taken | set(linked.values()), self._rules(corp),
        )
        # Report two people with the same mobile once.
        told = {(each["code"], each["userid"]) for each in problems}
        problems = problems + [
            dict(each, code="employee_%s" % each["code"])
            for each in employee_problems
            if (each["code"], each["userid"]) not in told
            or not each["code"].endswith("_people")
        ]
        return made + self._named(people, found + by_rule, "employee_id"), problems

    @api.model
    def _near_employees(self, corp, userids):
        """Return a function of a row, as ``links.nearby``, of employees.

        :param userids: people who get a system user now
        """
        employees = self._employees(corp)
        is_near = links.nearby([each for each, _user in employees], self._rules(corp))
        users = {user for _each, user in employees if user}
        return lambda row: (
            row["user_id"] in users or row["userid"] in userids or is_near(row))

    @api.model
    def _employees(self, corp, condition=None):
        """Return the company's active employees as (Candidate, id of the user).

        Where users may change the contact details of their employee, a manager has to
        confirm links by these: the roster of another person would be shown to them.

        :param psycopg2.sql.Composable condition: selects other employees, whom no rule
            links; takes the company once
        """
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT e.id, e.name, e.mobile_phone, e.work_email, r.user_id, u.login, {},"
            " {}"
            " FROM hr_employee e JOIN resource_resource r ON r.id = e.resource_id"
            " LEFT JOIN res_users u ON u.id = r.user_id WHERE {} AND {} ORDER BY e.id"
        ).format(
            self._company_code, self._former(corp, "employee_id", "e.id"),
            condition or self._EMPLOYEES, self._near_people(corp))
        compat.execute(self.env.cr, query, [corp.company_id.id] * 2)
        return [
            (
                links.Candidate(
                    id_, name, self._numbers(mobile, code),
                    {links.email(email)} - {None},
                    {links.email(login)} - {None} | self._numbers(login, code)
                    if user_id and compat.EDIT_OWN_EMPLOYEE else None, former,
                ),
                user_id,
            )
            for id_, name, mobile, email, user_id, login, code, former
            in self.env.cr.fetchall()
        ]

    @api.model
    def _near_people(self, corp):
        """Return the condition on employees that people of ``_only`` may get."""
        shared = self._link_settings(("e.work_email",), ("e.mobile_phone",))
        if self.env.context.get("dingding_only") is None:
            return shared
        return sql.SQL("({} OR r.user_id = ANY({}::integer[]))").format(
            shared, sql.Literal(sorted(self._only_users(corp))))

    @api.model
    def _only_candidates(self, corp, link_field):
        if link_field != "employee_id":
            return super()._only_candidates(corp, link_field)
        return [candidate for candidate, _user in self._employees(corp)]

    _EMPLOYEES = sql.SQL(
        "r.active AND (r.company_id IS NULL OR r.company_id = %s)"
    )

    @staticmethod
    def _links_by_user(people, employees, taken):
        """Return links of people to the only employee of their system user."""
        by_user = {}
        for candidate, user_id in employees:
            if user_id:
                by_user.setdefault(user_id, []).append(candidate.id)
        found = []
        for row in people:
            own = by_user.get(row["user_id"], ())
            if links.is_open(row) and len(own) == 1 and own[0] not in taken:
                taken.add(own[0])
                found.append(links.Link(row["id"], own[0], "user"))
        return found

    # -- create and archive ------------------------------------------------------------

    @api.model
    def _plan_records(self, corp, found, plan=None):
        lines, problems = super()._plan_records(corp, found, plan)
        lines, problems = self._without_employee_users(corp, found, lines, problems)
        if corp.hr_departments == "create":
            lines = [
                self._prepare_record_line("hr_department", row, "department")
                for row in self._departments_without_hr(corp, plan)
            ] + lines
        if corp.hr_employees == "create":
            linked = {each.userid for each in found if each.field == "employee_id"}
            lines = lines + [
                self._prepare_record_line("employee", row)
                for row in self._linkable_people(
                    corp, "employee_id", plan=plan, near=lambda: links.is_open,
                    others=False)
                if links.is_open(row) and row["userid"] not in linked
            ]
        return lines, problems

    @api.model
    def _without_employee_users(self, corp, found, lines, problems):
        """Return lines and problems, none to create a user whom the employee has.

        :param found: links that will be created
        """
        keys = [line["key"] for line in lines if line["kind"] == "user"]
        if not keys:
            return lines, problems
        people = self.env["dingding.user"].search(
            [("corp_id", "=", corp.id), ("userid", "in", keys),
             ("employee_id", "!=", False)])
        links_of = {person.userid: person.employee_id.id for person in people}
        links_of.update(
            (each.userid, each.candidate) for each in found
            if each.field == "employee_id")
        employees = self.env["hr.employee"].with_context(active_test=False).search(
            [("id", "in", sorted(set(links_of.values()))), ("user_id", "!=", False)])
        ids = set(employees.ids)
        taken = {key for key in keys if links_of.get(key) in ids}
        return [
            line for line in lines
            if line["kind"] != "user" or line["key"] not in taken
        ], problems + [
            {
                "code": "user_may_exist", "subject": line["name"], "dept_id": "",
                "userid": line["key"], "error": "", "remedy": "",
            }
            for line in lines if line["kind"] == "user" and line["key"] in taken
        ]

    @api.model
    def _departments_without_hr(self, corp, plan=None):
        """Return active departments without HR department, parents first."""
        rows = self.env["dingding.department"].search(
            [("corp_id", "=", corp.id), ("hr_department_id", "=", False),
             ("is_new", "=", False)],
            order="level, sort_path",
        )
        found = [
            {"name": row.name, "dept_id": row.dept_id, "record_id": row.id}
            for row in rows
        ]
        for change in plan.departments if plan else ():
            if change.action == plans.CREATE:
                found.append(
                    {"name": change.values["name"], "dept_id": change.key,
                     "record_id": None}
                )
        return found

    @api.model
    def _create_records_of_kind(self, kind, corp, records):
        if kind == "employee":
            return self._make_employees(
                corp, records.filtered(
                    lambda each: not each.employee_id and not each.employee_ignored))
        if kind == "hr_department":
            return self._make_hr_departments(
                corp, records.filtered(lambda each: not each.hr_department_id))
        made = super()._create_records_of_kind(kind, corp, records)
        if kind == "user":
            self._give_users(corp, made)
        return made

    @api.model
    def _give_users(self, corp, people):
        """Let employees have the users that were just created for their people.

        Employees who are found by a mobile or e-mail do not: both may be entered in
        Odoo, and a user sees the private data of the own employee.
        """
        for person in people:
            employee, user = person.employee_id, person.user_id
            if (
                employee.active and not employee.user_id
                and person.employee_rule in ("created", "manual")
                and employee.company_id == corp.company_id
                and corp.company_id in user.company_ids
                and self._may_share_contact(person, employee, user)
            ):
                own = employee._dingding_own_values()
                self._write_linked(employee._name, employee.ids, {"user_id": user.id})
                lost = employee._dingding_lost(own)
                if lost:
                    self._write_linked(employee._name, employee.ids, lost)

    @api.model
    def _may_share_contact(self, person, employee, user):
        """Tell whether the user's contact can be the employee's work contact.

        Later series have one for both: what HR officers have entered would be lost.
        """
        if "work_contact_id" not in employee._fields:
            return True
        mails = {
            links.email(each) for each in (user.email, person.org_email, person.email)}
        if employee.work_email and links.email(employee.work_email) not in mails:
            return False
        return all(
            not employee[name] or employee[name] in (person.mobile, person.telephone)
            or follow.same_mobile(employee[name], person.mobile_number)
            for name in self._employee_own_phone() or {"mobile_phone"})

    @api.model
    def _make_employees(self, corp, people):
        taken = self.env["hr.employee"].with_context(active_test=False).search(
            [("user_id", "in", people.mapped("user_id").ids),
             ("company_id", "=", corp.company_id.id)]
        ).mapped("user_id")
        first = self._first_values(corp, "hr.employee", EMPLOYEE)
        employees = compat.create_all(
            self._quiet("hr.employee").with_context(dingding_no_avatar=True),
            [
                dict(
                    first(person),
                    **self._prepare_employee(
                        corp, person, (person.user_id - taken).filtered(
                            # Departments may choose another one for new users.
                            lambda user: corp.company_id in user.sudo().company_ids))
                )
                for person in people
            ],
        )
        now = fields.Datetime.now()
        people._write_rows({
            person.id: {
                "employee_id": employee.id, "employee_rule": "created",
                "employee_linked_on": now,
            }
            for person, employee in zip(people, employees)
        })
        return people

    @api.model
    def _working_hours(self, company):
        """Return the id of a new employee's working hours, or None for Odoo's default.

        From 17 on an employee of a company that has chosen none needs none. 16 needs
        some, and has no default then.
        """
        resources = self.env["resource.resource"]
        chosen = company.resource_calendar_id
        if chosen or not resources._fields["calendar_id"].required:
            return chosen.id or None
        own = self.env["resource.calendar"].search(
            [("company_id", "in", [company.id, False])], order="company_id, id",
            limit=1)
        return own.id or resources.default_get(["calendar_id"]).get("calendar_id")

    @api.model
    def _prepare_employee(self, corp, person, user):
        """Return the values of a person's employee.

        :param user: the person's user if the employee can have it
        """
        values = {
            "name": person.name,
            "work_email": person.org_email or person.email or False,
            "mobile_phone": person.mobile or False,
            "work_phone": person.telephone or False,
            "company_id": corp.company_id.id,
            "department_id": person.main_department_id.hr_department_id.id,
        }
        hours = self._working_hours(corp.company_id)
        if hours:
            # Odoo's default is that of whom the sync runs as, and so is the time zone.
            values["resource_calendar_id"] = hours
        if "job_title" in self.env["hr.employee"]._fields:
            values["job_title"] = person.title or False
        if corp._leads("manager_id") == "dingtalk":
            # See ``Managers``.
            values["parent_id"] = False
        if user:
            values["user_id"] = user.id
            if "work_contact_id" in self.env["hr.employee"]._fields:
                # See ``_follow_kept``.
                values.pop("work_email")
                values.pop("mobile_phone")
                for name in self._employee_own_phone():
                    values.pop(name)
        return values

    @api.model
    def _make_hr_departments(self, corp, departments):
        # Parents first.
        for level in sorted(set(departments.mapped("level"))):
            part = departments.filtered(lambda each: each.level == level)
            made = compat.create_all(
                self._quiet("hr.department"),
                [
                    {
                        "name": department.name,
                        "parent_id": department.parent_id.hr_department_id.id,
                        "company_id": corp.company_id.id,
                    }
                    for department in part
                ],
            )
            part._write_rows({
                department.id: {"hr_department_id": each.id}
                for department, each in zip(part, made)
            })
        return departments

    def _make(self, meter, deadline):
        return super()._make(meter, deadline) and self._set_new_managers(
            meter, deadline)

    def _set_new_managers(self, meter, deadline):
        """Set the managers of new HR departments, whose employees exist by now.

        Earlier than linked records follow, with a message each.

        :return: False if time ran out
        """
        table = self.env["dingding.follow"]
        leads = table._leads(self.corp_id)
        if any(leads(line) == follow.ODOO
               for line in table._lines_of("department")["hr.department"]
               if line.field == "manager_id"):
            return True
        lines = self.env["dingding.sync.line"].search(
            [("sync_id", "=", self.id), ("kind", "=", "hr_department"),
             ("state", "=", "done")]
        )
        departments = self.env["dingding.department"].search(
            [("corp_id", "=", self.corp_id.id), ("dept_id", "in", lines.mapped("key"))]
        )
        leaders = self._first_managers(departments)
        # Odoo changes the employees of each department too.
        managers = [
            (department.hr_department_id, leaders[department.dept_id])
            for department in departments
            if not department.hr_department_id.manager_id
            and department.dept_id in leaders
        ]
        for number, (hr_department, manager_id) in enumerate(managers):
            if time.monotonic() > deadline:
                return False
            hr_department.with_context(
                tracking_disable=True, dingding_no_push=True
            ).manager_id = manager_id
            if number % BATCH == BATCH - 1:
                compat.flush(self.env)
                self._report({"calls": meter.total})
        return True

    def _first_managers(self, departments):
        """Return dept_id -> id of the employee who is the first manager."""
        if not departments:
            return {}
        led = {}
        for dept_id, userids in self._follow_managers(
            self.corp_id, departments.mapped("dept_id"), None
        ).items():
            for userid in userids:
                led.setdefault(userid, []).append(dept_id)
        found = {}
        for person in self.env["dingding.user"].search(
            [("corp_id", "=", self.corp_id.id), ("userid", "in", sorted(led)),
             ("employee_id", "!=", False)]
        ):
            for dept_id in led[person.userid]:
                found.setdefault(dept_id, person.employee_id.id)
        return found

    @api.model
    def _pass_baseline(self, former, present, record):
        result = super()._pass_baseline(former, present, record)
        if record._name == "hr.employee":
            # Works here again; the roster notes the former day anew.
            former._note_leaving(False, False)
        return result

    @api.model
    def _offboard(self, corp, records):
        result = super()._offboard(corp, records)
        if records._name == "dingding.user" and corp.hr_leavers:
            for person in records.filtered("employee_id"):
                if not person._others_with("employee_id"):
                    self._leave(
                        person, self._archive_linked, person, person.employee_id)
        return result
