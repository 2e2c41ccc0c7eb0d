# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, models

from odoo.addons.dingding.sync import links


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _problems_of(self, side, problems):
        told = super()._problems_of(side, problems)
        if side.link == "employee_id":
            # Two people with one mobile are reported once, see ``_find_links``.
            base = self.env["dingding.user"]._match_sides()["user_id"]
            for userid, problem in super()._problems_of(base, problems).items():
                if problem["end"] == "_of_several_people" and userid not in told:
                    told[userid] = dict(problem, candidates=[])
        return told

    @api.model
    def _match_elsewhere(self, corp, side):
        found = super()._match_elsewhere(corp, side)
        if side.link != "employee_id":
            return found
        return found + [
            (reason, [each for each, _user in self._employees(corp, condition)])
            for reason, condition in (
                ("company", sql.SQL("r.active AND r.company_id != %s")),
                ("archived", sql.SQL(
                    "r.active IS NOT TRUE"
                    " AND (r.company_id IS NULL OR r.company_id = %s)")),
            )
        ]

    @api.model
    def _doubles(self, corp):
        """Return (employee linked to a person, other employee, rule) of doubles.

        The other one, linked to nobody, has the person's user, or the work mobile or
        e-mail that DingTalk reports for this person alone.
        """
        people = self._linkable_people(corp, "employee_id", ["user_id"])
        rows = {row["id"]: row for row in people if row["linked"]}
        if not rows:
            return []
        employees = self._employees(corp)
        linked = {row["linked"] for row in rows.values()}
        users = {candidate.id: user for candidate, user in employees}
        others = [each for each in employees if each[0].id not in linked]
        found = []
        for row in rows.values():
            own = {row["user_id"], users.get(row["linked"])} - {None}
            found += [
                (row["linked"], other.id, "user")
                for other, user in others if user in own
            ]
        known = {pair[:2] for pair in found}
        # Link nothing here: HR decides, even about verified values.
        candidates = [candidate._replace(sure=None) for candidate, _user in others]
        for rule in links.RULES:
            for id_, doubles in links.candidates_of(people, candidates, rule):
                for double in doubles if id_ in rows else ():
                    pair = (rows[id_]["linked"], double)
                    if pair not in known:
                        known.add(pair)
                        found.append(pair + (rule,))
        return found
