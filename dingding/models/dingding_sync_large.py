# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Sync large organisations in parts, with what was read in PostgreSQL.

Up to ``LARGE`` people a sync compares in memory. Beyond that DingTalk's answers go to
``dingding.sync.item``, PostgreSQL joins them with the stored rows into a temporary
file, and changes become lines at once.
"""
import collections
import json
import tempfile

from psycopg2 import sql

from odoo import models

from .. import compat
from ..sync import mapping, plan as plans, spool
from ..sync.snapshot import Snapshot
from ..sync.spool import PartialIds, Parts, merged

ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


class StoredChanges(object):
    """Changes of a plan that are lines already, as often as they are iterated over.

    :param sync: their sync
    :param str subject: of the lines
    """

    def __init__(self, sync, subject):
        self._sync = sync
        self._subject = subject

    def __iter__(self):
        after = 0
        while True:
            pending = self._sync._pending(spool.LOADED, after, self._subject)
            for _id, _model, change, _confirmed in pending:
                yield change
            if len(pending) < spool.LOADED:
                return
            after = pending[-1][0]


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    # -- what was read ---------------------------------------------------------------

    def _load_snapshot(self):
        """Return the snapshot that an earlier step has left, or a new one."""
        text = self._secret_get()
        snapshot = Snapshot.load(text)
        if text and snapshot is None:
            # Of an earlier version, with answers in the table perhaps.
            self._secret_set("")
        if snapshot is not None and snapshot.spooled:
            self.env.cr.execute(
                "SELECT key FROM dingding_sync_item WHERE sync_id = %s"
                " AND content IS NOT NULL", [self.id])
            keys = [row[0] for row in self.env.cr.fetchall()]
            snapshot.people.keys.update(keys)
            if len(keys) != snapshot.people.saved:
                # PostgreSQL has crashed, or a standby took over.
                self._secret_set("")
                snapshot = None
        snapshot = snapshot or Snapshot(self.kind == "users")
        snapshot.most = spool.LARGE
        return snapshot

    def _save_snapshot(self, snapshot):
        """Store the snapshot for the next step."""
        self._save_people(snapshot)
        self._secret_set(snapshot.dump())

    def _save_people(self, snapshot):
        """Store the answers in the spool."""
        if snapshot.spooled and snapshot.people.added:
            with tempfile.TemporaryFile() as file:
                for key, item in snapshot.people.lines():
                    written = snapshot.written.get(key, "\\N")
                    for plain, escaped in ESCAPES:
                        key = key.replace(plain, escaped)
                    item = item.replace("\\", "\\\\")
                    file.write(("%d\t%s\t%s\t%s\n" % (
                        self.id, key, item, written)).encode("utf-8"))
                file.seek(0)
                compat.copy(
                    self.env.cr,
                    sql.SQL("COPY dingding_sync_item (sync_id, key, content, written)"
                            " FROM STDIN"),
                    file,
                )
            snapshot.people.forget()
            snapshot.written = {}

    def _secret_set(self, value):
        if value:
            return super()._secret_set(value)
        # In one statement, as each sync ends with it.
        self.ensure_one()
        compat.execute_unseen(
            self.env.cr,
            sql.SQL(
                "WITH gone AS (DELETE FROM dingding_sync_item WHERE sync_id = %s)"
                " UPDATE dingding_sync SET sealed_value = NULL WHERE id = %s"),
            [self.id, self.id],
        )

    # -- comparing in parts ------------------------------------------------------------

    def _stored_parts(self, corp, snapshot, plan, missing, confirmed):
        """Return the Parts of people to compare with the spool.

        :param bool missing: only stored people whom the spool does not contain
        :param bool confirmed: as for ``_keep_plan``
        """
        people = self.env["dingding.user"]
        table = people._dingtalk_mapping()
        self._save_people(snapshot)
        names = plan.names.setdefault("person", {})

        def read():
            if missing:
                return self._read_missing(corp, people)
            return self._read_parts(corp, people, len(snapshot.groups(table)))

        def keep(part, rows):
            for change in plan.people:
                names.setdefault(
                    change.key, part.people.get(change.key, {}).get("name")
                    or rows.get(change.key, {}).get("name") or change.key)
            for key in plan.leaving["people"]:
                if key in rows:
                    parts.rows[key] = rows[key]
                    names.setdefault(key, rows[key]["name"] or key)
            if not missing and len(plan.people) >= spool.PART:
                self._store_changes(corp, plan, confirmed)
                for key in set(names) - set(parts.rows):
                    del names[key]

        def keys():
            self.env.cr.execute(
                "SELECT userid FROM dingding_user WHERE corp_id = %s"
                " AND is_new IS NOT TRUE", [corp.id])
            return [row[0] for row in self.env.cr.fetchall()]

        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT count(*) FROM dingding_user WHERE corp_id = %s AND active"
            " AND is_new IS NOT TRUE", [corp.id])
        parts = Parts(read, keep, keys, self.env.cr.fetchone()[0])
        return parts

    def _read_missing(self, corp, model):
        """Yield ({}, UserID -> stored row) of some without an answer at a time."""
        compat.flush(self.env)
        query = self._MISSING.format(
            key=sql.Identifier(model._sync_key), table=sql.Identifier(model._table))
        compat.execute(self.env.cr, query, [self.id, corp.id])
        keys = [row[0] for row in self.env.cr.fetchall()]
        for start in range(0, len(keys) or 1, spool.PART):
            yield {}, self._stored_rows(
                model, corp, keys=keys[start:start + spool.PART])

    # A full join is never a nested loop. PostgreSQL would expect one to be quick: its
    # statistics are of the answers of earlier syncs.
    _MISSING = sql.SQL(
        "SELECT this.{key} FROM (SELECT DISTINCT key AS found FROM dingding_sync_item"
        " WHERE sync_id = %s AND content IS NOT NULL) item FULL JOIN (SELECT id, {key}"
        " FROM {table} WHERE corp_id = %s AND is_new IS NOT TRUE) this"
        " ON this.{key} = item.found WHERE item.found IS NULL ORDER BY this.id"
    )

    def _read_parts(self, corp, model, groups):
        """Yield (UserID -> item, UserID -> stored row) of some people at a time.

        One statement, whose result is in a file. Nobody who was written meanwhile, see
        ``Snapshot.written``.

        :param int groups: number of groups that DingTalk delivers
        """
        stored, names, params = model._stored_select(corp, ("baseline_values",))
        query = self._JOINED.format(
            stored=stored, key=sql.Identifier(model._sync_key),
            sync=sql.Literal(self.id), groups=sql.Literal(groups),
        )
        marks = self.env["dingding.outgoing.change"]._open_marks(model, corp)
        with tempfile.TemporaryFile() as file:
            compat.copy(self.env.cr, query, file, params)
            file.seek(0)
            items, rows = collections.OrderedDict(), {}
            for line in file:
                texts, row = [
                    None if text == b"\\N" else json.loads(
                        text.replace(b"\\\\", b"\\").decode("utf-8"))
                    for text in line.rstrip(b"\n").split(b"\t")
                ]
                if texts:
                    item = merged(texts)
                    items[item["userid"]] = item
                if row:
                    for name in names:
                        row[name] = frozenset(row[name])
                    rows[row[model._sync_key]] = row
                if max(len(items), len(rows)) >= spool.PART:
                    yield items, self._completed(model, rows, marks)
                    items, rows = collections.OrderedDict(), {}
            yield items, self._completed(model, rows, marks)

    # All answers about a person as a list, beside the stored row; both may be missing.
    _JOINED = sql.SQL(
        "COPY (SELECT item.texts, row_to_json(stored) FROM (SELECT key, min(id) AS"
        " place, '[' || string_agg(content, ',' ORDER BY id) || ']' AS texts,"
        " count(*) = 1 AND bool_and(written IS NOT DISTINCT FROM {groups}) AS written"
        " FROM dingding_sync_item WHERE sync_id = {sync} AND content IS NOT NULL"
        " GROUP BY key) item"
        " FULL JOIN ({stored}) stored ON stored.{key} = item.key"
        " WHERE (item.written AND stored.active"
        # Somebody may have deleted the department in Odoo.
        " AND stored.main_department_id IS NOT NULL) IS NOT TRUE"
        " ORDER BY item.place, stored.id) TO STDOUT"
    )

    def _completed(self, model, rows, marks):
        """Return rows with what ``_stored_rows`` adds."""
        by_id = {row["id"]: row for row in rows.values()}
        self.env["dingding.outgoing.change"]._mark(by_id, marks)
        self._add_baselines(model, rows)
        return rows

    # -- changes that are lines already ------------------------------------------------

    def _store_changes(self, corp, plan, confirmed):
        """Store the changes that are in memory as lines, and forget those of people.

        Departments first: people refer to them.
        """
        for resource in self._sync_resources():
            changes = plan.changes(resource.kind)
            known = plan.stored.get(resource.kind, 0)
            fresh = changes if resource.kind == "people" else changes[known:]
            if corp.leaver_policy == "nothing":
                fresh = [each for each in fresh if each.action != plans.ARCHIVE]
            self._insert_lines(
                self._prepare_line(resource.subject, change, plan.names, confirmed)
                for change in fresh
            )
            plan.stored[resource.kind] = len(changes)
            if resource.kind == "people":
                del changes[:]
                return

    def _fill_ids(self, batch, ids):
        """Add the row ids that the changes of a batch refer to, if they are partial."""
        relations, models_of = self._relations(), self._models()
        subjects = {name: subject for subject, name in models_of.items()}
        wanted = collections.defaultdict(set)
        for _line, name, change in batch:
            for field, value in change.values.items():
                relation = relations[subjects[name]].get(field)
                many = relation in mapping.MANY
                relation = mapping.MANY.get(relation, relation)
                known = ids.get(relation)
                if value and isinstance(known, PartialIds):
                    wanted[relation].update(
                        key for key in (value if many else [value]) if key not in known)
        for relation, keys in wanted.items():
            if keys:
                ids[relation].update(
                    self._ids_of(models_of[relation], self.corp_id, sorted(keys)))

    def _apply_stored(self, ids, meter, deadline, checked):
        """Carry out pending lines, some at a time; return False if time ran out.

        :param bool checked: nothing has changed since the lines were stored
        """
        done, total, after = 0, None, 0
        while True:
            pending = self._pending(spool.LOADED, after)
            if not pending:
                return True
            if total is None:
                self.env.cr.execute(
                    "SELECT count(*) FROM dingding_sync_line WHERE sync_id = %s"
                    " AND state = 'pending' AND action IN ('create', 'update',"
                    " 'archive')", [self.id])
                total = self.env.cr.fetchone()[0]
            if checked:
                lines = [each[:3] for each in pending]
                ids = {
                    subject: PartialIds() if isinstance(known, PartialIds) else known
                    for subject, known in ids.items()
                }
            else:
                lines, ids = self._still_valid(pending)
            if not self._apply(lines, ids, meter, deadline, (done, total)):
                return False
            done += len(pending)
            after = pending[-1][0]
            # Odoo's cache grows with each of them.
            compat.forget(self.env)
