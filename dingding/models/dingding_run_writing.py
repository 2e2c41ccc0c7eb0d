# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The third part of a run: the lines of the plan are carried out, batch by batch."""
import collections
import json
import time

from odoo import api, models

from .. import compat
from ..sync import plan as plans
from ..sync.agreement import plain
from ..sync.reader import Reader
from ..sync.snapshot import Snapshot
from .dingding_run_planning import MODELS
from .dingding_run_reading import WRITE

BATCH = 500  # rows a commit
COUNTED = {"dingding.department": "departments", "dingding.user": "users"}
WORDS = {plans.CREATE: "created", plans.UPDATE: "updated", plans.ARCHIVE: "archived"}


class DingdingRunWriting(models.AbstractModel):
    """Writes what a plan says."""

    _name = "dingding.run.writing"
    _description = "Writing of a DingTalk Run"

    # -- what is still to be done ------------------------------------------------------

    def _pending(self):
        """Return [(line's id, model, Change, whether DingTalk has confirmed it)]."""
        tables = {
            name: {
                line.field: line.relation
                for line in self.env[name]._dingtalk_mapping()
            }
            for name in COUNTED
        }
        self.env.cr.execute(
            "SELECT id, subject, action, key, record_id, new_values, old_values,"
            " agreed_values, more, confirmed FROM dingding_run_line"
            " WHERE run_id = %s AND state = 'pending' AND action IN %s ORDER BY id",
            [self.id, tuple(WORDS)],
        )
        found = []
        for row in self.env.cr.fetchall():
            name = MODELS[row[1]]
            new, old, agreed, more = [json.loads(each or "{}") for each in row[5:9]]
            for values in (new, old, agreed):
                for field, value in values.items():
                    if tables[name].get(field) == "departments":
                        values[field] = frozenset(value or ())
            change = plans.Change(
                row[2], row[3], row[4], new, old, agreed,
                tuple(tuple(each) for each in more.get("conflicts", ())),
                tuple(more.get("push", ())),
            )
            found.append((row[0], name, change, row[9]))
        return found

    def _resume(self, client, meter):
        """Return the lines that are still to be carried out and still hold good."""
        pending = self._pending()
        pending = self._ask_about_leavers(client, meter, pending)
        departments, people = self.env["dingding.department"], self.env["dingding.user"]
        stored = {
            "dingding.department": departments._stored(self.corp_id, ["sequence"]),
            "dingding.user": people._stored(self.corp_id),
        }
        ids = {
            "department": {
                key: row["id"] for key, row in stored["dingding.department"].items()
            },
            "person": {key: row["id"] for key, row in stored["dingding.user"].items()},
        }
        valid, done, changed = [], [], []
        for line_id, name, change, _confirmed in pending:
            row = stored[name].get(change.key)
            if change.action == plans.CREATE or row is None:
                valid.append((line_id, name, change))
            elif all(
                plain(row.get(field)) == plain(value)
                for field, value in change.values.items()
            ) and change.values:
                done.append(line_id)
            elif any(
                plain(row.get(field)) != plain(value)
                for field, value in change.old.items()
            ):
                changed.append(line_id)
            else:
                valid.append((line_id, name, change))
        self._mark_lines(done, "done")
        self._mark_lines(changed, "skipped", "changed")
        return valid, ids

    def _ask_about_leavers(self, client, meter, pending):
        """Ask DingTalk about those whom the guard has kept from being archived."""
        asked = [each for each in pending if not each[3]]
        if not asked:
            return pending
        self._report({"calls": meter.total})
        snapshot = Snapshot()
        keys = {
            name: [change.key for _id, model, change, _yes in asked if model == name
                   and change.action == plans.ARCHIVE]
            for name in COUNTED
        }
        Reader(client.contacts).confirm(
            snapshot, keys["dingding.department"], keys["dingding.user"]
        )
        gone = {
            "dingding.department": set(snapshot.gone["departments"]),
            "dingding.user": set(snapshot.gone["people"]),
        }
        there = [
            line_id for line_id, name, change, _yes in asked
            if change.action == plans.ARCHIVE and change.key not in gone[name]
        ]
        self._mark_lines(there, "skipped", "there")
        self.env.cr.execute(
            "UPDATE dingding_run_line SET confirmed = true WHERE run_id = %s"
            " AND NOT confirmed AND state = 'pending'", [self.id],
        )
        self._report({"calls": meter.total})
        kept = set(there)
        return [each for each in pending if each[0] not in kept]

    def _mark_lines(self, line_ids, state, reason=None):
        if line_ids:
            self.env.cr.execute(
                "UPDATE dingding_run_line SET state = %s, reason = %s"
                " WHERE id = ANY(%s)", [state, reason, list(line_ids)],
            )

    # -- writing -------------------------------------------------------------------

    def _apply(self, lines, ids, meter, deadline):
        """Carry lines out, batch by batch; return whether that was all in time.

        :param lines: list of (line's id, model, Change)
        :param dict ids: 'department' and 'person' -> DingTalk's id -> ours
        """
        for start in range(0, len(lines), BATCH):
            if time.monotonic() > deadline:
                return False
            batch = lines[start:start + BATCH]
            self._write_batch(batch, ids)
            self._mark_lines([line_id for line_id, _name, _change in batch], "done")
            compat.flush(self.env)
            self._report(
                {
                    "stage": "write",
                    "progress": self._along(
                        WRITE, (start + len(batch)) / float(len(lines))
                    ),
                    "calls": meter.total,
                },
                self._counted(batch),
            )
        return True

    def _write_batch(self, batch, ids):
        for name in ("dingding.department", "dingding.user"):
            changes = [change for _id, model, change in batch if model == name]
            self._write_changes_of(self.corp_id, name, changes, ids)

    def _write_changes_of(self, corp, name, changes, ids):
        """Write changes of one model, and all that goes with them.

        :param dict ids: as ``_write_changes`` takes them
        """
        if not changes:
            return
        self._note_conflicts(name, changes)
        self.env[name]._write_changes(corp, self._with_agreed(name, changes), ids)
        for change in changes:
            if change.push:
                self.env[name].browse(change.id)._push_fields(change.push)
        gone = [each.id for each in changes if each.action == plans.ARCHIVE]
        if gone:
            self._part_with(corp, self.env[name].browse(gone))

    @api.model
    def _with_agreed(self, name, changes):
        """Return the changes, each writing what both sides agree on as well."""
        model = self.env[name]
        known = [each.id for each in changes if each.id and each.agreed]
        before = {
            row.id: row.agreed_values for row in model.browse(known)
        }
        return [
            change._replace(
                values=dict(
                    change.values,
                    agreed_values=model._agreed_text(
                        change.agreed, before.get(change.id)
                    ),
                )
            ) if change.agreed else change
            for change in changes
            if change.values or change.agreed
        ]

    def _note_conflicts(self, name, changes):
        """List what was changed on both sides, before one of them is overwritten."""
        for change in changes:
            for field, here, there, kept in change.conflicts:
                self.env["dingding.conflict"]._record(
                    self.env[name].browse(change.id), field, here, there, kept,
                    run=self[:1],
                )

    @staticmethod
    def _counted(batch):
        return collections.Counter(
            "%s_%s" % (COUNTED[name], WORDS[change.action])
            for _id, name, change in batch if change.values
        )

    # -- problems --------------------------------------------------------------------

    def _log_problems(self, problems):
        """Keep what the run could not do."""
        if not problems:
            return
        corp = self.corp_id
        departments = self._ids_of(
            "dingding.department", corp, [each["dept_id"] for each in problems]
        )
        people = self._ids_of(
            "dingding.user", corp, [each["userid"] for each in problems]
        )
        compat.create_all(
            self.env["dingding.run.problem"],
            [
                {
                    "run_id": self.id,
                    "code": each["code"],
                    "subject": each["subject"],
                    "error": each["error"],
                    "error_remedy": each["remedy"],
                    "department_id": departments.get(each["dept_id"], False),
                    "person_id": people.get(each["userid"], False),
                }
                for each in problems
            ],
        )
        self.env.cr.execute(
            "UPDATE dingding_run SET problem_count = COALESCE(problem_count, 0) + %s"
            " WHERE id = %s", [len(problems), self.id],
        )

    @api.model
    def _ids_of(self, model_name, corp, keys):
        model = self.env[model_name].with_context(active_test=False)
        key = model._mirror_key
        rows = model.search(
            [("corp_id", "=", corp.id), (key, "in", [each for each in keys if each])]
        )
        return {row[key]: row.id for row in rows}
