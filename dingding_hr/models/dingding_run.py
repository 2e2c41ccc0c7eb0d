# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.sync import links, plan as plans


class DingdingRun(models.Model):
    _inherit = "dingding.run"

    @api.model
    def _link_fields(self):
        return dict(
            super(DingdingRun, self)._link_fields(),
            employee_id=("employee_rule", "employee_linked_on"),
        )

    @api.model
    def _find_links(self, corp, plan=None):
        """Find employees as well, by the rules of the organisation; never by name.

        Before the rules: who is linked to a system user is that user's employee.
        """
        made, problems = super(DingdingRun, self)._find_links(corp, plan)
        people = self._linkable_people(corp, "employee_id", ["user_id"], plan)
        if all(row["linked"] for row in people):
            return made, problems
        users = {each.userid: each.candidate for each in made}
        unsure = {each.userid for each in made if not each.sure}
        for row in people:
            row["user_id"] = row["user_id"] or users.get(row["userid"])
            # To be an employee lets nobody sign in.
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
        # Two people with one mobile are told once, not for each side.
        told = {(each["code"], each["userid"]) for each in problems}
        problems = problems + [
            dict(each, code="employee_%s" % each["code"])
            for each in employee_problems
            if (each["code"], each["userid"]) not in told
            or not each["code"].endswith("_people")
        ]
        return made + self._named(people, found + by_rule, "employee_id"), problems

    @api.model
    def _employees(self, corp):
        """Return active employees of the company as (Candidate, id of the user)."""
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT e.id, e.name, e.mobile_phone, e.work_email, r.user_id, {}"
            " FROM hr_employee e JOIN resource_resource r ON r.id = e.resource_id"
            " WHERE r.active AND (r.company_id IS NULL OR r.company_id = %s)"
            " ORDER BY e.id"
        ).format(self._company_code)
        compat.execute(self.env.cr, query, [corp.company_id.id] * 2)
        return [
            (
                links.Candidate(
                    id_, name, self._numbers(mobile, code),
                    {links.email(email)} - {None},
                ),
                user_id,
            )
            for id_, name, mobile, email, user_id, code in self.env.cr.fetchall()
        ]

    @staticmethod
    def _links_by_user(people, employees, taken):
        """Return links of people to the one employee of their system user."""
        by_user = {}
        for candidate, user_id in employees:
            if user_id:
                by_user.setdefault(user_id, []).append(candidate.id)
        found = []
        for row in people:
            own = by_user.get(row["user_id"], ())
            if not row["linked"] and len(own) == 1 and own[0] not in taken:
                taken.add(own[0])
                found.append(links.Link(row["id"], own[0], "user"))
        return found

    # -- new and gone ------------------------------------------------------------------

    @api.model
    def _plan_making(self, corp, found, plan=None):
        lines, problems = super(DingdingRun, self)._plan_making(corp, found, plan)
        if self.env.context.get("dingding_only") is not None:
            return lines, problems  # somebody signs in and needs a user
        if corp.hr_departments == "create":
            lines = [
                self._prepare_making("hr_department", row, "department")
                for row in self._departments_without_hr(corp, plan)
            ] + lines
        if corp.hr_employees == "create":
            linked = {each.userid for each in found if each.field == "employee_id"}
            lines = lines + [
                self._prepare_making("employee", row)
                for row in self._linkable_people(corp, "employee_id", plan=plan)
                if not row["linked"] and row["userid"] not in linked
            ]
        return lines, problems

    @api.model
    def _departments_without_hr(self, corp, plan=None):
        """Return active departments without HR department, parents first."""
        rows = self.env["dingding.department"].search(
            [("corp_id", "=", corp.id), ("hr_department_id", "=", False)],
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
    def _make_kind(self, kind, corp, record):
        if kind == "employee":
            return self._make_employee(corp, record)
        if kind == "hr_department":
            return self._make_hr_department(corp, record)
        return super(DingdingRun, self)._make_kind(kind, corp, record)

    @api.model
    def _make_employee(self, corp, person):
        if person.employee_id:
            return False
        employee = self._quiet("hr.employee").create(
            self._prepare_employee(corp, person)
        )
        person.write(
            {
                "employee_id": employee.id, "employee_rule": "created",
                "employee_linked_on": fields.Datetime.now(),
            }
        )
        return True

    @api.model
    def _prepare_employee(self, corp, person):
        values = {
            "name": person.name,
            "work_email": person.org_email or person.email or False,
            "mobile_phone": person.mobile or False,
            "work_phone": person.telephone or False,
            "company_id": corp.company_id.id,
            "department_id": person.main_department_id.hr_department_id.id,
        }
        if "job_title" in self.env["hr.employee"]._fields:
            values["job_title"] = person.title or False
        user = person.user_id
        taken = self.env["hr.employee"].with_context(active_test=False).search_count(
            [("user_id", "=", user.id), ("company_id", "=", corp.company_id.id)]
        ) if user else 0
        if user and not taken:
            values["user_id"] = user.id
        return values

    @api.model
    def _make_hr_department(self, corp, department):
        if department.hr_department_id:
            return False
        made = self._quiet("hr.department").create(
            {
                "name": department.name,
                "parent_id": department.parent_id.hr_department_id.id,
                "company_id": corp.company_id.id,
            }
        )
        department.hr_department_id = made
        return True

    def _finish(self, meter, values):
        """Give the HR departments that were made their managers, who exist by now."""
        if self.corp_id.hr_departments == "create":
            lines = self.env["dingding.run.line"].search(
                [("run_id", "=", self.id), ("kind", "=", "hr_department"),
                 ("state", "=", "done")]
            )
            departments = self.env["dingding.department"].search(
                [("corp_id", "=", self.corp_id.id),
                 ("dept_id", "in", lines.mapped("key"))]
            )
            for department in departments:
                manager = department.manager_ids.mapped("employee_id")[:1]
                if manager:
                    department.hr_department_id.with_context(
                        tracking_disable=True).manager_id = manager
        return super(DingdingRun, self)._finish(meter, values)

    @api.model
    def _part_with(self, corp, records):
        result = super(DingdingRun, self)._part_with(corp, records)
        if records._name == "dingding.user" and corp.hr_leavers:
            for person in records.filtered("employee_id"):
                others = self.env["dingding.user"].search_count(
                    [("employee_id", "=", person.employee_id.id),
                     ("active", "=", True), ("id", "!=", person.id)]
                )
                if not others:
                    person.employee_id.write({"active": False})
        return result
