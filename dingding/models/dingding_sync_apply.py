# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Carry out the plan's lines, batch by batch."""
import collections
import json
import time

from odoo import api, models

from .. import compat
from ..sync import mapping, plan as plans, spool
from ..sync.baseline import plain
from ..sync.snapshot import Snapshot
from .dingding_sync_read import WRITE

BATCH = 500  # rows per commit
WORDS = {plans.CREATE: "created", plans.UPDATE: "updated", plans.ARCHIVE: "archived"}


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    # -- pending lines ----------------------------------------------------------------

    def _pending(self, limit=None, after=0, subject=None):
        """Return [(line's id, model, Change, whether DingTalk has confirmed it)].

        :param int after: id of a line before
        :param str subject: only lines of it
        """
        models, relations = self._models(), self._relations()
        self.env.cr.execute(
            "SELECT id, subject, action, key, record_id, new_values, old_values,"
            " baseline_values, more, confirmed FROM dingding_sync_line"
            " WHERE sync_id = %s AND state = 'pending' AND action IN %s"
            " AND subject IN %s AND id > %s ORDER BY id LIMIT %s",
            [self.id, tuple(WORDS), (subject,) if subject else tuple(models), after,
             limit],
        )
        found = []
        for row in self.env.cr.fetchall():
            new, old, base, more = [json.loads(each or "{}") for each in row[5:9]]
            for values in (new, old, base):
                for field, value in values.items():
                    if relations[row[1]].get(field) in mapping.MANY:
                        values[field] = frozenset(value or ())
            change = plans.Change(
                row[2], row[3], row[4], new, old, base,
                tuple(tuple(each) for each in more.get("conflicts", ())),
                tuple(more.get("push", ())), tuple(more.get("settled", ())),
            )
            found.append((row[0], models[row[1]], change, row[9]))
        return found

    def _resume(self, client, meter, deadline):
        """Return (pending lines that are still valid, ids as for ``_apply``).

        The lines are None if they are too many to hold. Return None if time ran out.
        """
        self._doubt_reported()
        if not self._ask_again(client, meter, deadline):
            return None
        pending = self._pending(spool.LOADED + 1)
        if len(pending) > spool.LOADED:
            return None, {}
        return self._still_valid(pending)

    def _doubt_reported(self):
        """Have DingTalk asked again about lines whose subject is reported to change."""
        keys = [
            "%s:%s" % (subject, key)
            for subject, found in self._reported(self.corp_id).items() for key in found
        ]
        if keys:
            self.env.cr.execute(
                "UPDATE dingding_sync_line SET confirmed = false WHERE sync_id = %s"
                " AND state = 'pending' AND kind IN ('leaver', 'new', 'returned')"
                " AND concat(subject, ':', key) = ANY(%s)", [self.id, keys],
            )

    @api.model
    def _reported(self, corp):
        """Return subject -> DingTalk's ids of what has changed and is not read yet.

        Addons that receive events extend it.
        """
        return {}

    def _still_valid(self, pending):
        """Return (those of pending lines that are still valid, ids); mark the others.

        :param pending: list of :meth:`_pending`
        """
        stored, ids = {}, {}
        for resource in self._sync_resources():
            model, keys, known = self.env[resource.model], None, {}
            if resource.kind == "people":
                # Of all others some rows are needed that no line names.
                keys, known = {
                    change.key for _id, name, change, _yes in pending
                    if name == resource.model
                }, spool.PartialIds()
            rows = model._stored(self.corp_id, resource.columns, keys)
            stored[resource.model] = rows
            known.update((key, row["id"]) for key, row in rows.items())
            ids[resource.subject] = known
        valid, done, changed, without = [], [], [], []
        left_out = self._left_out()
        relations = {
            name: self.env[name]._dingtalk_relations()
            for name in stored if left_out
        }
        for line_id, name, change, _confirmed in pending:
            row = stored[name].get(change.key)
            if left_out:
                whole, change = change, _without(change, relations[name], left_out)
                if not change.values and whole.values:
                    without.append(line_id)
                    continue
            if change.action == plans.CREATE:
                valid.append((line_id, name, change))
            elif row is None:
                changed.append(line_id)  # deleted in Odoo
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
        self._mark_lines(without, "skipped", "left")
        return valid, ids

    def _left_out(self):
        """Return (subject, key) of what this sync was to create, and was not.

        A manager has excluded it, or DingTalk no longer has it.
        """
        self.env.cr.execute(
            "SELECT subject, key FROM dingding_sync_line WHERE sync_id = %s"
            " AND state = 'skipped' AND action = 'create'", [self.id])
        found, known = self.env.cr.fetchall(), set()
        for subject, name in self._models().items():
            keys = [key for each, key in found if each == subject]
            if keys:
                known.update(
                    (subject, key) for key in self._ids_of(name, self.corp_id, keys))
        return set(found) - known

    def _ask_again(self, client, meter, deadline):
        """Ask DingTalk about lines that it has not confirmed.

        Leavers held back by the archive threshold, and those of an old preview, with
        what this would create.

        :return: False if time ran out
        """
        begun, listed = False, {}
        # Lists of people tell about their departments, too.
        resources = sorted(
            self._sync_resources(), key=lambda each: each.kind == "departments")
        while True:
            self.env.cr.execute(
                "SELECT id, subject, key, action, new_values FROM dingding_sync_line"
                " WHERE sync_id = %s AND NOT confirmed AND state = 'pending'"
                " AND action IN %s ORDER BY subject = 'department', id LIMIT %s",
                [self.id, tuple(WORDS), spool.ASKED],
            )
            asked = self.env.cr.fetchall()
            if not asked:
                return True
            if begun and time.monotonic() > deadline:
                return False
            begun = True
            # DingTalk is slow.
            self._report({"calls": meter.total})
            snapshot, gone = Snapshot(), {}
            for resource in resources:
                mine = [each for each in asked if each[1] == resource.subject]
                keys = [each[2] for each in mine if each[3] == plans.ARCHIVE]
                places = {
                    key: json.loads(values or "{}").get("department_ids") or []
                    for _id, _subject, key, action, values in mine
                    if action != plans.ARCHIVE
                }
                if keys:
                    resource.confirm(client, snapshot, keys)
                if places:
                    resource.confirm_new(client, snapshot, places, listed)
                gone[resource.subject] = set(snapshot.gone.get(resource.kind, ()))
            left = [
                each for each in asked
                if each[3] != plans.ARCHIVE and each[2] in gone.get(each[1], ())
            ]
            self._mark_lines([each[0] for each in left], "skipped", "gone")
            self._mark_lines(
                [each[0] for each in asked if each[3] == plans.ARCHIVE
                 and each[2] not in gone.get(each[1], ())],
                "skipped", "there")
            if left:
                # Neither a link nor a user, either.
                self.env.cr.execute(
                    "UPDATE dingding_sync_line SET state = 'skipped', reason = 'gone'"
                    " WHERE sync_id = %s AND state = 'pending'"
                    " AND action IN ('link', 'make') AND (subject, key) IN %s",
                    [self.id, tuple(each[1:3] for each in left)],
                )
            self.env.cr.execute(
                "UPDATE dingding_sync_line SET confirmed = true WHERE id IN %s",
                [tuple(each[0] for each in asked)],
            )
            self._report({"calls": meter.total})

    def _mark_lines(self, line_ids, state, reason=None):
        if line_ids:
            self.env.cr.execute(
                "UPDATE dingding_sync_line SET state = %s, reason = %s"
                " WHERE id = ANY(%s)", [state, reason, list(line_ids)],
            )

    # -- writing -------------------------------------------------------------------

    def _apply(self, lines, ids, meter, deadline, among=None):
        """Carry out lines batch by batch; return False if time ran out.

        :param lines: list of (line's id, model, Change)
        :param dict ids: 'department' and so on -> DingTalk's id -> row id
        :param among: (lines before these, all lines), for the progress
        """
        before, total = among or (0, len(lines))
        for start in range(0, len(lines), BATCH):
            # Each step writes some: its time may be over when they are loaded.
            if time.monotonic() > deadline and start + before:
                return False
            batch = lines[start:start + BATCH]
            self._write_batch(batch, ids)
            self._mark_lines([line_id for line_id, _name, _change in batch], "done")
            compat.flush(self.env)
            self._report(
                {
                    "stage": "write",
                    "progress": self._progress_share(
                        WRITE, min((before + start + len(batch)) / float(total), 1)
                    ),
                    "calls": meter.total,
                },
                self._written_counts(batch),
            )
        return True

    @api.model
    def _written_counts(self, batch):
        """Return by how much a written batch increases the sync's counters.

        :param batch: list of (line's id, model, Change)
        """
        counted = {each.model: each.counted for each in self._sync_resources()}
        return collections.Counter(
            "%s_%s" % (counted[name], WORDS[change.action])
            for _id, name, change in batch if change.values
        )

    def _write_batch(self, batch, ids):
        self._fill_ids(batch, ids)
        for resource in self._sync_resources():
            name = resource.model
            changes = [change for _id, model, change in batch if model == name]
            self._write_changes_of(self.corp_id, name, changes, ids)

    def _write_changes_of(self, corp, name, changes, ids):
        """Write changes of one model with all their side effects.

        :param dict ids: as for ``_write_changes``
        """
        if not changes:
            return
        self._note_conflicts(name, changes)
        self._part_from_former(corp, self.env[name]._replaced(corp, changes))
        self.env[name]._write_changes(corp, self._with_baseline(name, changes), ids)
        if name == "dingding.user":
            self._pass_links(corp, [
                change.id or ids["person"].get(change.key) for change in changes
                if change.action != plans.UPDATE])
        for change in changes:
            if change.push:
                self.env[name].browse(change.id)._push_fields(change.push)
            if change.settled:
                self.env["dingding.outgoing.change"]._close_refused(
                    self.env[name].browse(change.id), change.settled
                )
        gone = [each.id for each in changes if each.action == plans.ARCHIVE]
        if gone:
            self._offboard(corp, self.env[name].browse(gone))
        back = [each.id for each in changes
                if each.action == plans.UPDATE and each.values.get("active")]
        if back and name == "dingding.user":
            self._share_again(corp, self.env[name].browse(back))

    def _part_from_former(self, corp, people):
        """Part people from what belongs to who had their UserID before.

        That human has left; what is linked must not become the other one's.
        """
        if not people:
            return
        self._offboard(corp, people.filtered("active"))
        people._end_links()
        if self:
            self._log_problems([
                {
                    "code": "person_replaced", "subject": person.name, "dept_id": "",
                    "userid": person.userid, "error": "", "remedy": "",
                }
                for person in people
            ])

    @api.model
    def _with_baseline(self, name, changes):
        """Return the changes, each with its new sync baseline."""
        model = self.env[name]
        mapped = model._dingtalk_relations()
        known = [each.id for each in changes if each.id and each.baseline]
        before = {
            row.id: row.baseline_values for row in model.browse(known)
        }
        return [
            change._replace(
                values=dict(
                    change.values,
                    baseline_values=model._baseline_text(
                        change.baseline, before.get(change.id), mapped
                    ),
                )
            ) if change.baseline else change
            for change in changes
            if change.values or change.baseline
        ]

    def _note_conflicts(self, name, changes):
        """Record fields changed on both sides before one value is overwritten."""
        if not self.env[name]._sync_change:
            return
        for change in changes:
            for field, odoo_value, dingtalk_value, kept in change.conflicts:
                self.env["dingding.conflict"]._record(
                    self.env[name].browse(change.id), field, odoo_value,
                    dingtalk_value, kept, sync=self[:1],
                )

    # -- problems --------------------------------------------------------------------

    def _log_problems(self, problems):
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
            self.env["dingding.sync.problem"],
            [
                {
                    "sync_id": self.id,
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
            "UPDATE dingding_sync SET problem_count = COALESCE(problem_count, 0) + %s"
            " WHERE id = %s", [len(problems), self.id],
        )

    @api.model
    def _ids_of(self, model_name, corp, keys, active_test=False):
        """Return DingTalk's id -> row id.

        :param bool active_test: leave out archived rows
        """
        model = self.env[model_name].with_context(active_test=active_test)
        key = model._sync_key
        rows = model.search(
            [("corp_id", "=", corp.id), (key, "in", [each for each in keys if each])]
        )
        return {row[key]: row.id for row in rows}


def _without(change, relations, left_out):
    """Return a Change without the fields that refer to what is not created.

    They keep their value and baseline, so the next sync proposes them again.

    :param dict relations: field -> relation
    :param set left_out: (subject, key)
    """
    lost = set()
    for field, value in change.values.items():
        relation = relations.get(field)
        keys = value if relation in mapping.MANY else [value]
        relation = mapping.MANY.get(relation, relation)
        if relation and any((relation, key) in left_out for key in keys):
            lost.add(field)
    if not lost:
        return change
    return change._replace(
        conflicts=tuple(each for each in change.conflicts if each[0] not in lost),
        **{
            name: {field: value for field, value in getattr(change, name).items()
                   if field not in lost}
            for name in ("values", "old", "baseline")
        }
    )
