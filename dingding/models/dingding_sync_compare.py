# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compare the snapshot with the database and store the plan.

The plan is stored as ``dingding.sync.line`` first, to be reviewed or resumed.
"""
import json
import time

from psycopg2 import sql

from odoo import _, api, fields, models

from .. import compat
from ..sync import mapping, plan as plans, resources
from ..sync.baseline import always_dingtalk
from ..sync.spool import ASKED, PartialIds, Parts
from .dingding_sync_large import StoredChanges
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
        return [(each.subject, each.label) for each in self._sync_resources()]

    def _resources(self):
        return [
            each for each in self._sync_resources()
            if self.kind == "users" or not each.after_people
        ]

    @api.model
    def _models(self):
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

    def _compare(self, client, snapshot, meter, deadline):
        """Return (plan, whether the threshold requires a decision).

        Write nothing but lines. The plan is None if time ran out before.
        """
        self._report(
            dict(
                self._counts_read(snapshot), stage="compare", progress=COMPARE[0],
                calls=meter.total,
            )
        )
        plan, stored = self._plan(self.corp_id, snapshot, missing=True)
        if snapshot.incomplete:
            names = [rows[key]["name"] for rows, key in self._leaving(plan, stored)]
            if snapshot.spooled:
                plan, stored = self._plan(self.corp_id, snapshot)
            if names:
                plan.problem("leavers_kept", "%d" % len(names),
                             error=", ".join(names[:20]))
            return plan, False
        if self._exceeds_threshold(plan, stored):
            if snapshot.spooled:
                plan, stored = self._plan(self.corp_id, snapshot, confirmed=False)
            # DingTalk is asked about each once a manager has approved.
            for kind, keys in plan.leaving.items():
                plan.changes(kind).extend(
                    plans.archived(key, stored[kind][key]) for key in keys
                )
            return plan, True
        again = snapshot.spooled
        if any(plan.leaving.values()) and not snapshot.confirmed:
            if snapshot.spooled:
                self._save_snapshot(snapshot)
            # DingTalk is slow.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            if not self._confirm_leavers(client, snapshot, plan.leaving, deadline):
                return None, False
            snapshot.confirmed = again = True
        if again:
            plan, _stored = self._plan(self.corp_id, snapshot)
        return plan, False

    def _confirm_leavers(self, client, snapshot, leaving, deadline):
        """Ask DingTalk about leavers; return False if time ran out.

        :param dict leaving: kind -> keys
        """
        for resource in self._resources():
            known = set(snapshot.gone.get(resource.kind, ()))
            known.update(snapshot.kept.get(resource.kind, ()))
            keys = [
                key for key in leaving.get(resource.kind, ()) if key not in known
            ]
            for start in range(0, len(keys), ASKED):
                if start and time.monotonic() > deadline:
                    return False
                resource.confirm(client, snapshot, keys[start:start + ASKED])
        return True

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
                self._count_active(stored[resource.kind]),
                corp.archive_threshold_percent / 100.0, corp[resource.threshold],
            )
            for resource in self._sync_resources()
        )

    @staticmethod
    def _count_active(rows):
        if isinstance(rows, Parts):
            return rows.active
        return sum(1 for row in rows.values() if row["active"])

    @api.model
    def _stored_rows(self, model, corp, columns=(), keys=None):
        """Return the rows of ``_stored``, with their sync baseline."""
        rows = model._stored(corp, tuple(columns) + ("baseline_values",), keys)
        self._add_baselines(model, rows)
        return rows

    @api.model
    def _add_baselines(self, model, rows):
        sets = [
            line.field for line in model._dingtalk_mapping()
            if line.relation in mapping.MANY
        ]
        for row in rows.values():
            base = model._load_baseline(row.pop("baseline_values"))
            for name in sets:
                if name in base:
                    base[name] = frozenset(base[name] or ())
            row["baseline"] = base

    def _plan(self, corp, snapshot, missing=False, confirmed=True):
        """Compare a snapshot with the database; write nothing but lines.

        Of people in a spool the changes are stored as lines if they are many.

        :param bool missing: of people in a spool find only who is missing
        :param bool confirmed: as for ``_keep_plan``
        :return: (Plan, kind -> key -> stored row)
        """
        plan, stored = plans.Plan(), {}
        for resource in self._sync_resources():
            kind = resource.kind
            if resource.after_people and not snapshot.with_people:
                rows = stored[kind] = {}
            else:
                model = self.env[resource.model]
                if kind == "people" and snapshot.spooled:
                    rows = self._stored_parts(
                        corp, snapshot, plan, missing, confirmed)
                else:
                    rows = self._stored_rows(model, corp, resource.columns)
                stored[kind] = rows
                resource.compare(
                    plan, snapshot, model._dingtalk_mapping(), stored,
                    corp._leads if model._sync_change else always_dingtalk, corp.name,
                )
            if corp.leaver_policy == "nothing":
                plan.leaving[kind], changes = [], plan.changes(kind)
                changes[:] = [
                    each for each in changes if each.action != plans.ARCHIVE
                ]
            if isinstance(rows, Parts):
                plan.ids[resource.subject] = PartialIds()
                continue
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

        Return None if some of them were too many to hold: all are lines then.

        :param bool confirmed: DingTalk has confirmed the leavers
        """
        changes = [
            (resource, each) for resource in self._sync_resources()
            for each in plan.changes(resource.kind)[
                0 if resource.kind == "people" else plan.stored.get(resource.kind, 0):]
        ]
        ids = self._insert_lines(
            self._prepare_line(resource.subject, change, plan.names, confirmed)
            for resource, change in changes
        )
        if plan.stored:
            plan.people = StoredChanges(self, "person")
            return None
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
        return "kept" if change.conflicts or change.push else "equal"

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
            "baseline_values": dump(change.baseline),
            "more": dump(more),
            "confirmed": confirmed or change.action != plans.ARCHIVE,
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
