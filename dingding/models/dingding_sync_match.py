# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Find out why people are not linked, by the rules that link them."""
import json

from psycopg2 import sql

from odoo import api, models

from .. import compat
from ..sync import links

#: End of a problem's code -> reason, see ``links.find``.
REASONS = (
    ("_of_several_users", "several"), ("_of_several_people", "several_people"),
    ("link_administrator", "administrator"), ("link_taken", "taken"),
)


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _match(self, corp):
        """Store for each person why there is no link, and the likely records."""
        people = self.env["dingding.user"]
        found, problems = self._find_links(corp)
        for side in people._match_sides().values():
            rows = self._unlinked(corp, side, found, problems)
            self._store_reasons(corp, side, rows)
            self._store_likely(corp, side, rows)
        compat.forget(self.env)

    @api.model
    def _unlinked(self, corp, side, found, problems):
        """Return what is known of people who are neither linked nor ignored.

        :return: list of dict: userid, reason, rule, likely (ids)
        """
        rules = self._rules(corp)
        rows = [
            row for row in self._linkable_people(
                corp, side.link, near=lambda: links.is_open)
            if links.is_open(row)
        ]
        made = {each.userid: each for each in found if each.field == side.link}
        told = self._problems_of(side, problems)
        result, open_rows = [], []
        for row in rows:
            known = {"userid": row["userid"], "rule": None, "likely": []}
            link, problem = made.get(row["userid"]), told.get(row["userid"])
            if link:
                known.update(
                    reason=self._link_reason(link, row), rule=link.rule,
                    likely=[link.candidate],
                )
            elif problem:
                known.update(
                    reason=dict(REASONS)[problem["end"]], rule=problem["rule"],
                    likely=problem["candidates"],
                )
            else:
                known["reason"] = self._silent_reason(row, rules)
                open_rows.append(row)
            result.append(known)
        elsewhere = self._elsewhere(corp, side, open_rows, rules)
        for known in result:
            if known["reason"] == "no_candidate":
                known["reason"] = elsewhere.get(known["userid"], "no_candidate")
        return result

    @staticmethod
    def _link_reason(link, row):
        if link.sure:
            return "next_sync"
        return "entered" if links.is_entered(row, link.rule) else "own_value"

    @staticmethod
    def _silent_reason(row, rules):
        """Return why no rule has found a candidate."""
        if not rules:
            return "no_rule"
        if links.has_value(row, rules):
            return "no_candidate"
        return "not_activated" if row["mobile_number"] else "no_value"

    @api.model
    def _problems_of(self, side, problems):
        """Return UserID -> problem of this side, with the end of its code."""
        sides = self.env["dingding.user"]._match_sides().values()
        others = tuple(each.prefix for each in sides if each.prefix)
        told = {}
        for problem in problems:
            code = problem["code"]
            mine = (
                code.startswith(side.prefix) if side.prefix
                else not code.startswith(others or ("-",))
            )
            ends = [end for end, _reason in REASONS if code.endswith(end)]
            if mine and ends:
                told.setdefault(problem["userid"], dict(problem, end=ends[0]))
        return told

    # -- candidates whom no rule links -------------------------------------------------

    @api.model
    def _elsewhere(self, corp, side, rows, rules):
        """Return UserID -> why a record with the person's value is not a candidate."""
        found = {}
        rows = [row for row in rows if links.has_value(row, rules)]
        for reason, candidates in self._match_elsewhere(corp, side) if rows else ():
            for userid in links.sharing(rows, candidates, rules):
                found.setdefault(userid, reason)
        return found

    @api.model
    def _match_elsewhere(self, corp, side):
        """Return (reason, list of Candidate) of records that no rule links.

        Show no names: they may belong to another company.
        """
        if side.link != "user_id":
            return []
        return [
            (reason, self._user_candidates(corp, condition))
            for reason, condition in (
                ("company", sql.SQL(
                    "u.active AND u.share IS NOT TRUE AND r.user_id IS NULL")),
                ("archived", sql.SQL("u.active IS NOT TRUE")),
                ("portal", sql.SQL("u.active AND u.share")),
            )
        ]

    # -- storing -----------------------------------------------------------------------

    @api.model
    def _store_reasons(self, corp, side, rows):
        query = sql.SQL(
            "UPDATE dingding_user this SET {reason} = that.reason, {rule} = that.rule"
            " FROM (SELECT p.id, r.reason, r.rule FROM dingding_user p"
            " LEFT JOIN json_to_recordset(%s)"
            " AS r(userid varchar, reason varchar, rule varchar)"
            " ON r.userid = p.userid WHERE p.corp_id = %s) that"
            " WHERE this.id = that.id AND (this.{reason} IS DISTINCT FROM that.reason"
            " OR this.{rule} IS DISTINCT FROM that.rule)"
        ).format(reason=sql.Identifier(side.reason), rule=sql.Identifier(side.rule))
        compat.flush(self.env)
        compat.execute(self.env.cr, query, [json.dumps(rows), corp.id])

    @api.model
    def _store_likely(self, corp, side, rows):
        field = self.env["dingding.user"]._fields[side.likely]
        names = {
            "relation": sql.Identifier(field.relation),
            "person": sql.Identifier(field.column1),
            "likely": sql.Identifier(field.column2),
            "wanted": sql.SQL(
                "SELECT p.id, r.likely FROM json_to_recordset(%s)"
                " AS r(userid varchar, likely integer)"
                " JOIN dingding_user p ON p.userid = r.userid AND p.corp_id = %s"
            ),
        }
        pairs = json.dumps(
            [
                {"userid": row["userid"], "likely": id_}
                for row in rows for id_ in row["likely"]
            ]
        )
        compat.execute(
            self.env.cr,
            sql.SQL(
                "DELETE FROM {relation} WHERE {person} IN"
                " (SELECT id FROM dingding_user WHERE corp_id = %s)"
                " AND ({person}, {likely}) NOT IN ({wanted})"
            ).format(**names),
            [corp.id, pairs, corp.id],
        )
        compat.execute(
            self.env.cr,
            sql.SQL(
                "INSERT INTO {relation} ({person}, {likely}) {wanted}"
                " ON CONFLICT DO NOTHING"
            ).format(**names),
            [pairs, corp.id],
        )
