# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The second part of a run: what was read is compared, and what would change is kept.

The plan is kept as rows of ``dingding.run.line`` before anything is written: a person
can look at it first, and a worker that dies leaves the rest to the next one.
"""
import json

from psycopg2 import sql

from odoo import api, fields, models

from .. import compat
from ..sync import plan as plans
from ..sync.reader import Reader
from .dingding_run_reading import COMPARE

LINES = 500  # rows a statement
PLACES = frozenset(["parent_id", "department_ids", "main_department_id"])
SUBJECTS = {"dingding.department": "department", "dingding.user": "person"}
MODELS = {subject: name for name, subject in SUBJECTS.items()}
COLUMNS = (
    "run_id", "kind", "subject", "name", "place", "key", "record_id", "action",
    "new_values", "old_values", "agreed_values", "more", "rule", "state", "selected",
    "confirmed", "create_uid", "create_date", "write_uid", "write_date",
)


def dump(values):
    """Return values of a plan as JSON; departments become lists."""
    if not values:
        return None
    return json.dumps(values, default=sorted, ensure_ascii=False, sort_keys=True)


class DingdingRunPlanning(models.AbstractModel):
    """Compares, asks the guard, keeps the plan."""

    _name = "dingding.run.planning"
    _description = "Plan of a DingTalk Run"

    # -- comparing -----------------------------------------------------------------

    def _compare(self, client, snapshot, meter):
        """Return (plan, whether the guard wants a decision); nothing is written."""
        self._report(
            {
                "stage": "compare",
                "progress": COMPARE[0],
                "departments_read": len(snapshot.departments),
                "users_read": len(snapshot.people),
                "calls": meter.total,
            }
        )
        plan, stored = self._plan(self.corp_id, snapshot)
        if snapshot.incomplete:
            names = [rows[key]["name"] for rows, key in self._leaving(plan, stored)]
            if names:
                plan.problem("leavers_kept", "%d" % len(names),
                             error=", ".join(names[:20]))
            return plan, False
        if self._too_many(plan, stored):
            # They are shown as they are; DingTalk is asked about each of them when
            # somebody has decided that they may go.
            plan.departments += [
                plans.archived(key, stored["departments"][key])
                for key in plan.leaving["departments"]
            ]
            plan.people += [
                plans.archived(key, stored["people"][key])
                for key in plan.leaving["people"]
            ]
            return plan, True
        if any(plan.leaving.values()) and not snapshot.confirmed:
            # What was read to compare is no longer needed, and DingTalk is slow.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            Reader(client.contacts).confirm(
                snapshot, plan.leaving["departments"], plan.leaving["people"]
            )
            plan, _stored = self._plan(self.corp_id, snapshot)
        return plan, False

    @staticmethod
    def _leaving(plan, stored):
        for kind, keys in sorted(plan.leaving.items()):
            for key in keys:
                yield stored[kind], key

    def _too_many(self, plan, stored):
        corp = self.corp_id
        least = {"departments": corp.guard_departments, "people": corp.guard_people}
        return any(
            plans.too_many(
                len(plan.leaving[kind]),
                sum(1 for row in rows.values() if row["active"]),
                corp.guard_percent / 100.0, least[kind],
            )
            for kind, rows in stored.items()
        )

    @api.model
    def _stored_rows(self, model, corp, columns=(), keys=None):
        """Return what ``_stored`` does, with what both sides last agreed on."""
        rows = model._stored(corp, tuple(columns) + ("agreed_values",), keys)
        sets = [
            line.field for line in model._dingtalk_mapping()
            if line.relation == "departments"
        ]
        for row in rows.values():
            agreed = model._load_agreed(row.pop("agreed_values"))
            for name in sets:
                if name in agreed:
                    agreed[name] = frozenset(agreed[name] or ())
            row["agreed"] = agreed
        return rows

    @api.model
    def _plan(self, corp, snapshot):
        """Compare a snapshot with the database; nothing is written.

        :return: (Plan, dict 'departments' and 'people' of stored rows)
        """
        departments = self.env["dingding.department"]
        people = self.env["dingding.user"]
        plan = plans.Plan()
        stored = {
            "departments": self._stored_rows(departments, corp, ["sequence"]),
            "people": {},
        }
        plans.compare_departments(
            plan, snapshot, departments._dingtalk_mapping(), stored["departments"],
            corp.name, corp._leads,
        )
        if snapshot.with_people:
            stored["people"] = self._stored_rows(people, corp)
            plans.compare_people(
                plan, snapshot, people._dingtalk_mapping(), stored["people"],
                frozenset(snapshot.departments) | frozenset(stored["departments"]),
                corp._leads, plans.below(stored["departments"], snapshot.scope),
            )
        if corp.leaver_policy == "nothing":
            plan.leaving = {"departments": [], "people": []}
            for changes in (plan.departments, plan.people):
                changes[:] = [
                    each for each in changes if each.action != plans.ARCHIVE
                ]
        plan.ids = {
            "department": {
                key: row["id"] for key, row in stored["departments"].items()
            },
            "person": {key: row["id"] for key, row in stored["people"].items()},
        }
        plan.names = self._names(snapshot, stored)
        return plan, stored

    @staticmethod
    def _names(snapshot, stored):
        """Return 'department' and 'person' -> key -> name, for the lines."""
        names = {}
        for subject, kind in (("department", "departments"), ("person", "people")):
            found = {key: row["name"] for key, row in stored[kind].items()}
            found.update(
                (key, item["name"]) for key, item in getattr(snapshot, kind).items()
                if item.get("name")
            )
            names[subject] = found
        return names

    # -- keeping the plan ------------------------------------------------------------

    def _keep_plan(self, plan, confirmed):
        """Keep the changes of a plan as lines; return [(line's id, model, Change)].

        :param bool confirmed: DingTalk has confirmed who has left
        """
        changes = [("dingding.department", each) for each in plan.departments]
        changes += [("dingding.user", each) for each in plan.people]
        ids = self._insert_lines(
            self._prepare_line(name, change, plan.names, confirmed)
            for name, change in changes
        )
        return [
            (line_id, name, change) for line_id, (name, change) in zip(ids, changes)
        ]

    @staticmethod
    def _kind_of(name, change):
        """Return under what a change is listed."""
        if change.action == plans.CREATE:
            return "new"
        if change.action == plans.ARCHIVE:
            return "leaver"
        if change.values.get("active"):
            return "returned"
        if PLACES & set(change.values):
            return "moved"
        if change.values:
            return "changed"
        return "kept" if change.conflicts or change.push else "agreed"

    @api.model
    def _prepare_line(self, name, change, names, confirmed=True):
        """Return the values of the line of one change."""
        subject = SUBJECTS[name]
        place = change.values.get("parent_id") or change.values.get(
            "main_department_id"
        )
        more = {}
        if change.conflicts or change.push:
            more = {"conflicts": list(change.conflicts), "push": list(change.push)}
        return {
            "kind": self._kind_of(name, change),
            "subject": subject,
            "name": change.values.get("name") or names[subject].get(
                change.key) or change.key,
            "place": names["department"].get(place),
            "key": change.key,
            "record_id": change.id,
            "action": change.action,
            "new_values": dump(change.values),
            "old_values": dump(change.old),
            "agreed_values": dump(change.agreed),
            "more": dump(more),
            "confirmed": confirmed,
        }

    def _insert_lines(self, rows, state="pending"):
        """Insert lines in bulk; return their ids in order."""
        ids, waiting = [], []
        for row in rows:
            waiting.append(row)
            if len(waiting) == LINES:
                ids += self._insert(waiting, state)
                waiting = []
        return ids + (self._insert(waiting, state) if waiting else [])

    def _insert(self, rows, state):
        now = fields.Datetime.now()
        fixed = {
            "run_id": self.id, "state": state, "selected": True, "confirmed": True,
            "create_uid": self.env.uid, "write_uid": self.env.uid,
            "create_date": now, "write_date": now,
        }
        values = []
        for row in rows:
            row = dict(fixed, **row)
            values.append(tuple(row.get(name) for name in COLUMNS))
        query = sql.SQL("INSERT INTO {} ({}) VALUES {} RETURNING id").format(
            sql.Identifier("dingding_run_line"),
            sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        )
        compat.execute(self.env.cr, query, values)
        return [each[0] for each in self.env.cr.fetchall()]
