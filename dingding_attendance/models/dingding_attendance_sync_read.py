# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read results and punches, and mark changed days."""
import collections
import datetime
import logging
import time

from psycopg2 import sql

from odoo import models

from odoo.addons.dingding import compat
from odoo.addons.dingding.compat import date_of
from odoo.addons.dingding.dingtalk import quota
from odoo.addons.dingding.dingtalk.api import leave
from odoo.addons.dingding.dingtalk.beijing import OFFSET, milliseconds
from odoo.addons.dingding.dingtalk.errors import DingTalkError

from ..dingtalk import windows
from ..dingtalk.attendance import (
    MAX_DAYS,
    MAX_USERS,
    OFF_DUTY,
    OLDEST_DAYS,
    ON_DUTY,
)
from .dingding_attendance_sync import MISSED_DAYS

_logger = logging.getLogger(__name__)

SIDES = {ON_DUTY: "in", OFF_DUTY: "out"}
APPROVALS = {
    leave.OVERTIME_APPROVAL: "overtime", leave.TRIP: "trip", leave.LEAVE: "leave"}
RESULTS = ("Normal", "Early", "Late", "SeriousLate", "Absenteeism", "NotSigned")
PLACES = ("Normal", "Outside", "NotSigned")
APPROVED = "APPROVE"
# An approved request for a missing punch (\u8865\u5361): it makes a real punch.
CORRECTION = "correction"
SHARES = {"results": (5, 40), "punches": (40, 50)}  # of the progress, in percent
VALUES = (
    "person_id", "employee_id", "record_key", "work_date", "group_key", "plan_key",
    "side", "planned_at", "punched_at", "result", "place", "origin", "approval_key",
    "approval_kind", "address", "device_key", "valid",
)
ONE_DAY = datetime.timedelta(days=1)
KEYS = ("corp_id", "kind", "dingtalk_key")
# Also returns the days that rows have left.
UPSERT = sql.SQL(
    "WITH former AS (SELECT dingtalk_key, person_id, employee_id, work_date"
    " FROM dingding_attendance_result"
    " WHERE corp_id = %s AND kind = %s AND dingtalk_key = ANY(%s)),"
    " written AS (INSERT INTO dingding_attendance_result AS old ({columns},"
    " company_id, create_uid, create_date, write_uid, write_date) VALUES {rows}"
    " ON CONFLICT (corp_id, kind, dingtalk_key) DO UPDATE SET {sets},"
    " write_date = EXCLUDED.write_date"
    " WHERE ({before}) IS DISTINCT FROM ({after})"
    " RETURNING dingtalk_key, person_id, employee_id, work_date)"
    " SELECT person_id, employee_id, work_date, true FROM written UNION ALL"
    " SELECT former.person_id, former.employee_id, former.work_date, false"
    " FROM former JOIN written USING (dingtalk_key)"
    " WHERE (former.person_id, former.work_date)"
    " <> (written.person_id, written.work_date)"
)

#: A person to read: ids of person and employee, userid, first day or None.
Person = collections.namedtuple("Person", "id employee_id userid due_on")


class DingdingAttendanceSync(models.Model):
    _inherit = "dingding.attendance.sync"

    # -- who is read -------------------------------------------------------------------

    def _people_of(self, source):
        """Return the people whose attendances come from this source, by id.

        :param str source: 'results' or 'punches'
        """
        corp = self.corp_id
        groups = self.env["dingding.attendance.group"].search(
            [("corp_id", "=", corp.id)])
        mine = [group.id for group in groups if group._effective_source() == source]
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id, employee_id, userid, attendance_due_on FROM dingding_user"
            " WHERE corp_id = %s AND active AND employee_id IS NOT NULL AND id > %s"
            " AND (attendance_group_id IN %s OR attendance_group_id IS NULL AND %s)"
            " AND (attendance_due_on IS NOT NULL OR NOT %s) ORDER BY id",
            [corp.id, self.cursor, tuple(mine) or (0,),
             corp.attendance_source == source, self.kind == "event"],
        )
        return [
            Person(*row[:3], due_on=row[3] and date_of(row[3]))
            for row in self.env.cr.fetchall()
        ]

    def _range_of(self, people):
        """Return (first, last) day to read of these people."""
        first, last = date_of(self.date_from), date_of(self.date_to)
        today = self._today()
        if self.kind == "event":
            # Punches of tomorrow, by a wrong clock, are read once.
            first = min([each.due_on for each in people if each.due_on] + [today])
            last = today
        # People may be due since a time when their group was not read.
        days = MISSED_DAYS if self.kind == "event" else OLDEST_DAYS
        oldest = today - datetime.timedelta(days=days)
        return max(first, oldest), min(last, today)

    # -- reading -----------------------------------------------------------------------

    def _read_stage(self, source, deadline):
        """Read everybody of a source; return whether it was completed.

        Each batch is stored with the cursor.
        """
        people = self._people_of(source)
        client = self.corp_id._attendance_client(self._feature())
        attendance, today = client.attendance, self._today()
        # A free shift's punch after midnight belongs to the day before.
        days = MAX_DAYS - (source == "punches")

        def jobs():
            for start in range(0, len(people), MAX_USERS):
                batch = people[start:start + MAX_USERS]
                first, last = self._range_of(batch)
                spans = windows.split(first, last, days)
                for number, span in enumerate(spans):
                    yield batch, span, number == len(spans) - 1

        def call(job):
            userids = [each.userid for each in job[0]]
            first, last = job[1]
            if source == "results":
                return attendance.results(userids, first, last)
            return attendance.punches(
                userids, *_moments(first, min(last + ONE_DAY, max(last, today))))

        # Threads use no cursor.
        listed = list(jobs())
        self._commit()
        counts, done, read = collections.Counter(), self.cursor, 0
        due = self._clear_due(people) if self.kind == "event" else {}
        try:
            for (batch, span, is_last), rows in windows.read_ahead(
                listed, call, client.at_once
            ):
                counts += self._store(source, batch, span, rows, client)
                if not is_last:
                    continue
                counts["people_read"] += len(batch)
                done = batch[-1].id
                read += len(batch)
                begin, end = SHARES[source]
                self._advance(done, counts, begin + (end - begin) * read // len(people))
                counts = collections.Counter()
                over = time.monotonic() > deadline and batch is not listed[-1][0]
                if over or self._is_cancelled():
                    return False
            return True
        finally:
            self._restore_due({
                person_id: day for person_id, day in due.items() if person_id > done})

    def _clear_due(self, people):
        """Clear the due mark of these people; later punches set it again."""
        due = {each.id: each.due_on for each in people if each.due_on}
        if due:
            self.env.cr.execute(
                "UPDATE dingding_user SET attendance_due_on = NULL WHERE id IN %s",
                [tuple(due)])
            self._commit()
        return due

    def _restore_due(self, due):
        """Restore the due mark of people not read after an error or time-out."""
        if not due:
            return
        # The batch that was being stored is incomplete.
        compat.roll_back(self.env)
        for person_id, day in due.items():
            self.env.cr.execute(
                "UPDATE dingding_user SET attendance_due_on ="
                " LEAST(COALESCE(attendance_due_on, %s), %s) WHERE id = %s",
                [day, day, person_id])
        self._commit()

    def _store(self, source, batch, span, rows, client):
        """Store the answer for a batch of people and a window of days.

        Unchanged rows are not written.

        :return: Counter of what was read and changed
        """
        by_user = {each.userid: each for each in batch}
        kind = "result" if source == "results" else "punch"
        mine = {}
        for row in rows:
            person = by_user.get(row.userid)
            if person is not None and span[0] <= row.work_date <= span[1]:
                mine[row.id] = _values(kind, row, person)
        if kind == "result":
            self._add_approvals(mine, batch, span, client)
        changed, left = self._upsert(kind, mine)
        told = [each for each in batch if each.userid in {row.userid for row in rows}]
        told += self._still_there([each for each in batch if each not in told], span)
        gone = self._drop_gone(kind, mine, told, span)
        self.env["dingding.attendance.day"]._mark(self.corp_id, changed + left + gone)
        return collections.Counter({
            "results_read": len(rows), "results_changed": len(changed) + len(gone)})

    def _upsert(self, kind, rows):
        """Insert new rows and update changed ones.

        :param dict rows: DingTalk's id -> values
        :return: (person, employee, day) of each row that was written, and of those that
            have come from another day or person
        """
        if not rows:
            return [], []
        corp, uid = self.corp_id, self.env.uid
        now = self._utcnow()
        log = (corp.company_id.id or None, uid, now, uid, now)
        values = [
            (corp.id, kind, key)
            + tuple(rows[key][name] for name in VALUES) + log
            for key in sorted(rows)
        ]
        query = UPSERT.format(
            columns=sql.SQL(", ").join(sql.Identifier(name) for name in KEYS + VALUES),
            rows=sql.SQL(", ").join([sql.Placeholder()] * len(values)),
            sets=sql.SQL(", ").join(
                sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name))
                for name in VALUES),
            before=sql.SQL(", ").join(
                sql.SQL("old.{}").format(sql.Identifier(name)) for name in VALUES),
            after=sql.SQL(", ").join(
                sql.SQL("EXCLUDED.{}").format(sql.Identifier(name)) for name in VALUES),
        )
        compat.execute(
            self.env.cr, query, [corp.id, kind, sorted(rows)] + values)
        changed, left = [], []
        for row in self.env.cr.fetchall():
            (changed if row[3] else left).append(row[:3])
        return changed, left

    def _still_there(self, people, span):
        """Return who is still in DingTalk, of people with stored rows but no answer.

        DingTalk also omits leavers, whose attendance stays. Free of charge.
        """
        if not people:
            return []
        self.env.cr.execute(
            "SELECT DISTINCT person_id FROM dingding_attendance_result"
            " WHERE person_id IN %s AND work_date BETWEEN %s AND %s",
            [tuple(each.id for each in people), span[0], span[1]],
        )
        stored = {row[0] for row in self.env.cr.fetchall()}
        if not stored:
            return []
        client = self.corp_id._app_for("contact")._dingtalk_client(feature="contacts")
        found = []
        for person in people:
            if person.id not in stored:
                continue
            try:
                client.contacts.user(person.userid)
            except DingTalkError as error:
                _logger.info("%s: %s keeps the results: %s", self, person.id, error)
            else:
                found.append(person)
        return found

    def _drop_gone(self, kind, rows, batch, span):
        """Delete rows that DingTalk no longer reports, as after a changed plan.

        Also those of the source that the people had before, on days that have rows of
        this one now.

        :return: (person, employee, day) of each row that was deleted
        """
        if not batch:
            return []
        days = sorted({(row["person_id"], row["work_date"]) for row in rows.values()})
        self.env.cr.execute(
            "DELETE FROM dingding_attendance_result AS old WHERE old.corp_id = %s"
            " AND old.person_id IN %s AND old.work_date BETWEEN %s AND %s"
            " AND (old.kind = %s AND NOT old.dingtalk_key = ANY(%s)"
            " OR old.kind <> %s AND EXISTS (SELECT 1 FROM unnest(%s::int[], %s::date[])"
            " AS told (person_id, work_date) WHERE told.person_id = old.person_id"
            " AND told.work_date = old.work_date))"
            " RETURNING old.person_id, old.employee_id, old.work_date",
            [self.corp_id.id, tuple(each.id for each in batch), span[0], span[1], kind,
             sorted(rows), kind, [day[0] for day in days], [day[1] for day in days]],
        )
        return self.env.cr.fetchall()

    # -- approvals ---------------------------------------------------------------------

    def _add_approvals(self, rows, batch, span, client):
        """Add the type of each result's approval; ask for unknown ones once."""
        approved = {
            key: row for key, row in rows.items()
            if row["approval_key"] or row["origin"] == APPROVED
        }
        if not approved:
            return
        self.env.cr.execute(
            "SELECT dingtalk_key, approval_key, approval_kind"
            " FROM dingding_attendance_result WHERE corp_id = %s AND kind = 'result'"
            " AND dingtalk_key = ANY(%s) AND approval_kind IS NOT NULL",
            [self.corp_id.id, sorted(approved)],
        )
        for key, approval_key, kind in self.env.cr.fetchall():
            if approved[key]["approval_key"] == approval_key:
                approved[key]["approval_kind"] = kind
        unknown = {
            row["person_id"] for row in approved.values() if not row["approval_kind"]}
        if not unknown:
            return
        userids = [each.userid for each in batch if each.id in unknown]
        # An approval may begin long before and end long after.
        around = datetime.timedelta(days=31)
        begin, end = _moments(span[0] - around, span[1] + around)
        self._commit()
        try:
            found = client.leave.approvals(
                userids, milliseconds(begin), milliseconds(end), sorted(APPROVALS))
        except DingTalkError as error:
            if error.retryable or quota.waits(error):
                raise
            # Its results are then neither presence nor missing; others must not be
            # lost.
            _logger.info("%s: approvals were not read: %s", self, error)
            return
        kinds = {
            str(each.get("approveId")): APPROVALS.get(each.get("bizType"))
            for each in found
        }
        for row in approved.values():
            # DingTalk does not list corrections. Leave and trips make no punch.
            is_punch = row["origin"] == APPROVED and row["record_key"]
            row["approval_kind"] = row["approval_kind"] or kinds.get(
                row["approval_key"]) or (CORRECTION if is_punch else None)


def _values(kind, row, person):
    """Return the columns of a stored row."""
    result = getattr(row, "result", "")
    return {
        "person_id": person.id,
        "employee_id": person.employee_id,
        "record_key": getattr(row, "record_id", "") or None,
        "work_date": row.work_date,
        "group_key": row.group_id or None,
        "plan_key": getattr(row, "plan_id", "") or None,
        "side": SIDES.get(row.side),
        "planned_at": getattr(row, "planned", None),
        "punched_at": row.actual,
        "result": result if result in RESULTS else None,
        "place": row.place if row.place in PLACES else None,
        "origin": row.source[:64] or None,
        "approval_key": getattr(row, "approve_id", "") or None,
        "approval_kind": None,
        "address": getattr(row, "address", "")[:500] or None,
        "device_key": getattr(row, "device_id", "")[:200] or None,
        "valid": bool(getattr(row, "valid", True)),
    }


def _moments(first, last):
    """Return (begin, end) of a range of Beijing's days, in UTC."""
    begin = datetime.datetime(first.year, first.month, first.day) - OFFSET
    end = datetime.datetime(last.year, last.month, last.day) - OFFSET
    return begin, end + datetime.timedelta(days=1, seconds=-1)
