# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.sync import links


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
        for row in people:
            row["user_id"] = row["user_id"] or users.get(row["userid"])
        employees = self._employees(corp)
        taken = {row["linked"] for row in people if row["linked"]}
        found = self._links_by_user(people, employees, taken)
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
