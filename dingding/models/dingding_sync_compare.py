# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compare the snapshot with the database and store the plan.

The plan is stored as rows of ``dingding.sync.line`` before anything is written: a
manager can review it, and if a worker dies, the next one continues.
"""
import json

from psycopg2 import sql

from odoo import _, api, fields, models

from .. import compat
from ..sync import mapping, plan as plans, resources
from ..sync.baseline import always_dingtalk
from .dingding_sync_mixin import PLACES
from .dingding_sync_read import COMPARE

LINES = 500  # rows per statement
COLUMNS = (
    "sync_id", "kind", "subject", "name", "place", "key", "record_id", "action",
    "new_values", "old_values", "baseline_values", "more", "rule", "state", "selected",
    "confirmed", "create_uid", "create_date", "write_uid", "write_date",
)


def dump(values):
    """Return values of a plan as JSON; departments become lists."""
    if not values:
        return None
    return json.dumps(values, default=sorted, ensure_ascii=False, sort_keys=True)


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    # -- what is compared ----------------------------------------------------------

    @api.model
    def _sync_resources(self):
        """Return what a sync keeps equal, in the order of writing; addons add theirs.

        :rtype: list of :class:`.sync.resources.Resource`
        """
        return [resources.Departments(_("Department")), resources.People(_("Person"))]

    @api.model
    def _subjects(self):
        """Return the choices of a line's subject."""
        return [(each.subject, each.label) for each in self._sync_resources()]

    def _resources(self):
        """Return the resources of this sync."""
        return [
            each for each in self._sync_resources()
            if self.kind == "users" or not each.after_people
        ]

    @api.model
    def _models(self):
        """Return subject -> name of the model."""
        return {each.subject: each.model for each in self._sync_resources()}

    @api.model
    def _relations(self):
        """Return subject -> field -> relation, see ``sync/mapping.py``."""
        return {
            subject: {
                line.field: line.relation
                for line in self.env[name]._dingtalk_mapping()
            }
            for subject, name in self._models().items()
        }

    # -- comparing -----------------------------------------------------------------

    def _compare(self, client, snapshot, meter):
        """Return (plan, whether the threshold requires a decision); write nothing."""
        self._report(
            dict(
                self._counts_read(snapshot), stage="compare", progress=COMPARE[0],
                calls=meter.total,
            )
        )
        plan, stored = self._plan(self.corp_id, snapshot)
        if snapshot.incomplete:
            names = [rows[key]["name"] for rows, key in self._leaving(plan, stored)]
            if names:
                plan.problem("leavers_kept", "%d" % len(names),
                             error=", ".join(names[:20]))
            return plan, False
        if self._exceeds_threshold(plan, stored):
            # They are shown unconfirmed; DingTalk is asked about each of them once a
            # manager has approved the archiving.
            for kind, keys in plan.leaving.items():
                plan.changes(kind).extend(
                    plans.archived(key, stored[kind][key]) for key in keys
                )
            return plan, True
        if any(plan.leaving.values()) and not snapshot.confirmed:
            # End the transaction: the data is no longer needed, and DingTalk is slow.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            for resource in self._resources():
                keys = plan.leaving.get(resource.kind)
                if keys:
                    resource.confirm(client, snapshot, keys)
            snapshot.confirmed = True
            plan, _stored = self._plan(self.corp_id, snapshot)
        return plan, False

    @staticmethod
    def _leaving(plan, stored):
        for kind, keys in sorted(plan.leaving.items()):
            for key in keys:
                yield stored[kind], key

    def _exceeds_threshold(self, plan, stored):
        corp = self.corp_id
        return any(
            plans.too_many(
                len(plan.leaving.get(resource.kind, ())),
                sum(1 for row in stored[resource.kind].values() if row["active"]),
                corp.archive_threshold_percent / 100.0, corp[resource.threshold],
            )
            for resource in self._sync_resources()
        )

    @api.model
    def _stored_rows(self, model, corp, columns=(), keys=None):
        """Return the rows of ``_stored``, with their sync baseline."""
        rows = model._stored(corp, tuple(columns) + ("baseline_values",), keys)
        sets = [
            line.field for line in model._dingtalk_mapping()
            if line.relation in mapping.MANY
        ]
        for row in rows.values():
            agreed = model._load_baseline(row.pop("baseline_values"))
            for name in sets:
                if name in agreed:
                    agreed[name] = frozenset(agreed[name] or ())
            row["agreed"] = agreed
        return rows

    @api.model
    def _plan(self, corp, snapshot):
        """Compare a snapshot with the database; write nothing.

        :return: (Plan, kind -> key -> stored row)
        """
        plan, stored = plans.Plan(), {}
        for resource in self._sync_resources():
            kind = resource.kind
            if resource.after_people and not snapshot.with_people:
                rows = stored[kind] = {}
            else:
                model = self.env[resource.model]
                rows = stored[kind] = self._stored_rows(model, corp, resource.columns)
                resource.compare(
                    plan, snapshot, model._dingtalk_mapping(), stored,
                    corp._leads if model._sync_change else always_dingtalk, corp.name,
                )
            if corp.leaver_policy == "nothing":
                plan.leaving[kind], changes = [], plan.changes(kind)
                changes[:] = [
                    each for each in changes if each.action != plans.ARCHIVE
                ]
            plan.ids[resource.subject] = {key: row["id"] for key, row in rows.items()}
            names = {key: row.get("name") or key for key, row in rows.items()}
            names.update(
                (key, item["name"]) for key, item in snapshot.items(kind).items()
                if item.get("name")
            )
            plan.names[resource.subject] = names
        return plan, stored

    # -- storing the plan -----------------------------------------------------------

    def _keep_plan(self, plan, confirmed):
        """Store the changes of a plan as lines; return [(line's id, model, Change)].

        :param bool confirmed: DingTalk has confirmed the leavers
        """
        changes = [
            (resource, each) for resource in self._sync_resources()
            for each in plan.changes(resource.kind)
        ]
        ids = self._insert_lines(
            self._prepare_line(resource.subject, change, plan.names, confirmed)
            for resource, change in changes
        )
        return [
            (line_id, resource.model, change)
            for line_id, (resource, change) in zip(ids, changes)
        ]

    @staticmethod
    def _kind_of(change):
        if change.action == plans.CREATE:
            return "new"
        if change.action == plans.ARCHIVE:
            return "leaver"
        if change.values.get("active"):
            return "returned"
        if set(PLACES) & set(change.values):
            return "moved"
        if change.values:
            return "changed"
        return "kept" if change.conflicts or change.push else "agreed"

    @api.model
    def _prepare_line(self, subject, change, names, confirmed=True):
        place = change.values.get("parent_id") or change.values.get(
            "main_department_id"
        )
        more = {}
        if change.conflicts or change.push or change.settled:
            more = {"conflicts": list(change.conflicts), "push": list(change.push),
                    "settled": list(change.settled)}
        return {
            "kind": self._kind_of(change),
            "subject": subject,
            "name": change.values.get("name") or names[subject].get(
                change.key) or change.key,
            "place": names["department"].get(place),
            "key": change.key,
            "record_id": change.id,
            "action": change.action,
            "new_values": dump(change.values),
            "old_values": dump(change.old),
            "baseline_values": dump(change.agreed),
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
            "sync_id": self.id, "state": state, "selected": True, "confirmed": True,
            "create_uid": self.env.uid, "write_uid": self.env.uid,
            "create_date": now, "write_date": now,
        }
        values = []
        for row in rows:
            row = dict(fixed, **row)
            values.append(tuple(row.get(name) for name in COLUMNS))
        query = sql.SQL("INSERT INTO {} ({}) VALUES {} RETURNING id").format(
            sql.Identifier("dingding_sync_line"),
            sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        )
        compat.execute(self.env.cr, query, values)
        return [each[0] for each in self.env.cr.fetchall()]
