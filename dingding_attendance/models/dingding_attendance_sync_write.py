# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Turn results of changed days into attendances, one person at a time.

Odoo's checks stay in force; rejections become exceptions.
"""
import collections
import datetime
import logging
import time

from psycopg2 import IntegrityError

from odoo import fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.compat import date_of
from odoo.addons.dingding.dingtalk.beijing import OFFSET
from odoo.addons.dingding.models.queue import failure_text

from .. import pairs
from .dingding_attendance_problem import (
    BY_HAND,
    RETRIED,
    day_of,
    moment_of,
    settles,
)
from .dingding_attendance_sync_read import APPROVED, CORRECTION
from .hr_attendance import CONTEXT, SYNC

_logger = logging.getLogger(__name__)

REFUSALS = compat.REFUSALS + (IntegrityError,)
PEOPLE = 50  # of one batch
# Of one batch, unless a single person has more: a batch is one transaction, and a
# worker that takes too long is killed.
DAYS = 400
FEW = 10
# Shifts must not overlap.
AROUND = datetime.timedelta(days=1)
# A day's attendance begins and ends within this time before and after it.
MARGIN = datetime.timedelta(days=3)
# Exceptions of so many days are tried again by each sync.
RETRY_TIME = datetime.timedelta(days=62)
# An employee's own entry of such a recent time is a punch.
PUNCH_SECONDS = 900
LINE = (
    "employee_id", "work_date", "action", "old_in", "old_out", "new_in", "new_out")
WORDS = {"create": "created", "update": "updated", "delete": "deleted"}

#: A person with days to compute: ids, source of attendances, group, and the days.
Subject = collections.namedtuple("Subject", "id employee_id source group_id days")
#: Target and state of these days: key -> (check_in, check_out, day); key -> (id,
#: check_in, check_out) of existing attendances, with the employee's id at the end if
#: another employee has them; id -> day of those whose day has changed; (key, code) ->
#: problem; day -> rows and intervals.
Plan = collections.namedtuple(
    "Plan", "subject desired current strangers moved problems days")
#: An attendance of an employee that no sync changes now. ``sent``: still open, and its
#: check-in was sent to DingTalk.
Other = collections.namedtuple(
    "Other", "id check_in check_out key day by_hand settles sent")


class DingdingAttendanceSync(models.Model):
    _inherit = "dingding.attendance.sync"

    # -- what there is to do -----------------------------------------------------------

    def _mark_open_days(self):
        """Mark days with open attendances: the check-out no longer arrives."""
        self.env.cr.execute(
            "UPDATE dingding_attendance_day SET pending = true WHERE corp_id = %s"
            " AND is_open AND NOT pending AND work_date < %s",
            [self.corp_id.id, self._today()])

    def _subjects(self, after):
        """Return the next people with days to compute, few if they have many days.

        Those are the changed days, and days with exceptions that a change of other
        attendances may have resolved.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT person.id, person.employee_id, person.attendance_group_id,"
            " array_agg(day.work_date ORDER BY day.work_date)"
            " FROM (SELECT person_id, work_date FROM dingding_attendance_day"
            " WHERE corp_id = %s AND pending AND person_id > %s"
            " UNION SELECT person_id, work_date FROM dingding_attendance_problem"
            " WHERE corp_id = %s AND person_id > %s AND work_date >= %s"
            " AND state IN ('open', 'asked') AND code IN %s) AS day"
            " JOIN dingding_user AS person ON person.id = day.person_id"
            " WHERE person.employee_id IS NOT NULL"
            " GROUP BY person.id ORDER BY person.id LIMIT %s",
            [self.corp_id.id, after, self.corp_id.id, after,
             self._today() - RETRY_TIME, RETRIED, PEOPLE],
        )
        rows = _first_days(self.env.cr.fetchall())
        sources = {
            group.id: group._effective_source()
            for group in self.env["dingding.attendance.group"].browse(
                sorted({row[2] for row in rows if row[2]}))
        }
        default = self.corp_id.attendance_source
        return [
            Subject(
                row[0], row[1], sources.get(row[2], default), row[2],
                [date_of(day) for day in row[3]])
            for row in rows
        ]

    def _plans(self, subjects):
        """Return the Plan of each subject; the number of statements is constant."""
        first = min(each.days[0] for each in subjects) - AROUND
        last = max(each.days[-1] for each in subjects) + AROUND
        ids = tuple(each.id for each in subjects)
        employees = tuple(each.employee_id for each in subjects)
        rows = self._rows_of(ids, first, last)
        own, others = self._attendances_of(employees, first, last)
        strangers, by_hand = self._strangers(ids, first, last)
        now = self._utcnow()
        return [
            self._plan(each, rows.get(each.id, ()), own.get(each.employee_id, ()),
                       others.get(each.employee_id, ()), strangers.get(each.id, {}),
                       by_hand.get(each.id, set()), now)
            for each in subjects
        ]

    def _rows_of(self, ids, first, last):
        """Return person id -> list of (kind of row, pairs.Row)."""
        self.env.cr.execute(
            "SELECT person_id, kind, dingtalk_key, side, work_date, planned_at,"
            " punched_at, result, origin, approval_kind, plan_key"
            " FROM dingding_attendance_result WHERE corp_id = %s AND person_id IN %s"
            " AND work_date BETWEEN %s AND %s AND valid",
            [self.corp_id.id, ids, first, last],
        )
        found = collections.defaultdict(list)
        for (person_id, kind, key, side, day, planned, actual, result, origin,
             approval, plan) in self.env.cr.fetchall():
            presence = pairs.PUNCHED
            if result == "NotSigned":
                presence = pairs.LEAVE if approval == "leave" else pairs.MISSING
            elif origin == APPROVED and approval not in ("overtime", CORRECTION):
                presence = pairs.TRIP if approval == "trip" else pairs.LEAVE
            found[person_id].append((kind, pairs.Row(
                key, side or "", date_of(day), moment_of(planned), moment_of(actual),
                presence, plan or "", result or "")))
        return found

    def _attendances_of(self, employees, first, last):
        """Return (employee id -> synced attendances, employee id -> all others).

        A synced one ends with the ids of its people: an employee hired again is two.
        It has none if they are linked to others, or to nobody, by now.
        """
        begin = datetime.datetime(first.year, first.month, first.day) - OFFSET - MARGIN
        end = datetime.datetime(last.year, last.month, last.day) - OFFSET + MARGIN
        self.env.cr.execute(
            "SELECT mine.employee_id, mine.id, mine.check_in, mine.check_out,"
            " mine.dingding_key, mine.dingding_work_date, mine.dingding_by_hand,"
            " mine.dingding_corp_id = %s, COALESCE(mine.create_uid = resource.user_id"
            " AND abs(extract(epoch FROM mine.create_date - mine.check_in)) > %s,"
            " false), mine.dingding_key IS NULL AND mine.check_out IS NULL"
            " AND EXISTS (SELECT 1 FROM dingding_attendance_upload AS sent"
            " WHERE sent.attendance_id = mine.id AND sent.corp_id = %s"
            " AND sent.side = 'in' AND sent.was_sent"
            " AND sent.punched_at = mine.check_in), ARRAY(SELECT result.person_id"
            " FROM dingding_attendance_result AS result"
            " JOIN dingding_user AS person ON person.id = result.person_id"
            " AND person.employee_id = mine.employee_id"
            " WHERE result.corp_id = mine.dingding_corp_id"
            " AND result.kind IN ('result', 'punch')"
            " AND result.dingtalk_key = mine.dingding_key) FROM hr_attendance AS mine"
            " JOIN hr_employee AS employee ON employee.id = mine.employee_id"
            " LEFT JOIN resource_resource AS resource"
            " ON resource.id = employee.resource_id"
            " WHERE mine.employee_id IN %s AND (mine.check_in < %s AND"
            " (mine.check_out IS NULL OR mine.check_out > %s)"
            " OR mine.dingding_corp_id = %s"
            " AND mine.dingding_work_date BETWEEN %s AND %s)",
            [self.corp_id.id, PUNCH_SECONDS, self.corp_id.id, employees, end, begin,
             self.corp_id.id, first, last],
        )
        own, others = collections.defaultdict(list), collections.defaultdict(list)
        for (employee_id, row_id, check_in, check_out, key, day, by_hand, of_corp,
             entered, sent, people) in self.env.cr.fetchall():
            day = day and date_of(day)
            check_in, check_out = moment_of(check_in), moment_of(check_out)
            # Another organisation's sync is to change its own.
            if of_corp and key and day and not by_hand and first <= day <= last:
                own[employee_id].append(
                    (row_id, check_in, check_out, key, day, people))
            else:
                others[employee_id].append(Other(
                    row_id, check_in, check_out, key if of_corp else None, day, by_hand,
                    # Employees do not settle their own exceptions, and who forgot
                    # to check out settles none.
                    by_hand or not key and not entered and not sent, sent))
        return own, others

    def _strangers(self, ids, first, last):
        """Return what other employees than theirs have of these people's results.

        After a wrong link, or a manual move.

        :return: (person id -> key -> (id, check_in, check_out, employee id, day) of
            those to delete, person id -> keys of those entered manually)
        """
        self.env.cr.execute(
            "SELECT person.id, mine.dingding_key, mine.dingding_by_hand, mine.id,"
            " mine.check_in, mine.check_out, mine.employee_id, result.work_date"
            " FROM dingding_attendance_result AS result"
            " JOIN dingding_user AS person ON person.id = result.person_id"
            " JOIN hr_attendance AS mine ON mine.dingding_corp_id = result.corp_id"
            " AND mine.dingding_key = result.dingtalk_key"
            " AND mine.employee_id <> person.employee_id"
            " WHERE result.corp_id = %s AND result.person_id IN %s"
            " AND result.work_date BETWEEN %s AND %s",
            [self.corp_id.id, ids, first, last],
        )
        found = collections.defaultdict(dict)
        by_hand = collections.defaultdict(set)
        for (person_id, key, is_by_hand, row_id, check_in, check_out, employee_id,
             day) in self.env.cr.fetchall():
            if is_by_hand:
                by_hand[person_id].add(key)
            else:
                found[person_id][key] = (
                    row_id, moment_of(check_in), moment_of(check_out), employee_id,
                    date_of(day))
        return found, by_hand

    def _plan(self, subject, rows, own, others, strangers, by_hand, now):
        days = set(subject.days)
        mine = _rows_by_source(rows, subject.source)
        intervals, problems = pairs.pair(
            mine["result"], mine["punch"], now, self.corp_id.attendance_trips,
            self.corp_id.attendance_free == "day")
        intervals = [each for each in intervals if each.work_date in days]
        # Attendances corrected in Odoo belong to the person.
        by_hand = by_hand | {each.key for each in others if each.by_hand and each.key}
        current_rows = [
            row for row in own
            if row[4] in days and (not row[5] or subject.id in row[5])]
        known = {row[3] for row in current_rows}
        sent = {
            each.key: other for each in intervals for other in others
            if other.sent and each.check_out and pairs.is_same(
                (other.check_in,), (each.check_in,))
            and each.key not in known | by_hand
        }
        taken_over = {other.id for other in sent.values()}
        manual = [
            (each.check_in, each.check_out) for each in others
            if each.id not in taken_over]
        synced = [row[1:3] for row in own if row not in current_rows]
        free, taken, _same = pairs.beside_others(
            [each for each in intervals if each.key not in by_hand], manual + synced)
        entered = [
            (each.check_in, each.check_out) for each in others if each.settles]
        found = {
            (each.key, each.code): each for each in problems
            if each.work_date in days and not (each.code in BY_HAND and any(
                settles(span, each.work_date, each.moment) for span in entered))
        }
        for each in taken:
            span = (each.check_in, each.check_out)
            is_manual = any(pairs.overlaps(span, other) for other in manual)
            code = "hand" if is_manual else "overlap"
            found[each.key, code] = pairs.Problem(
                code, each.key, each.work_date, each.check_in)
        desired = {
            each.key: (each.check_in, each.check_out, each.work_date) for each in free}
        current = {row[3]: row[:3] for row in current_rows}
        current.update({
            key: (other.id, other.check_in, other.check_out)
            for key, other in sent.items() if key in desired})
        return Plan(
            subject,
            desired,
            current,
            {key: row for key, row in strangers.items() if row[4] in days},
            {row[0]: desired[row[3]][2] for row in current_rows
             if row[3] in desired and desired[row[3]][2] != row[4]},
            found,
            {
                day: (
                    [row for row in mine["result"] if row.work_date == day],
                    [each for each in intervals if each.work_date == day],
                )
                for day in subject.days
            },
        )

    @staticmethod
    def _steps(plan):
        return [("delete", key) for key in sorted(plan.strangers)] + pairs.plan_steps(
            {key: row[1:3] for key, row in plan.current.items()},
            {key: row[:2] for key, row in plan.desired.items()},
        )

    @staticmethod
    def _old(plan, step, key):
        """Return the attendance that a step changes, or None."""
        if step == "delete" and key in plan.strangers:
            return plan.strangers[key]
        return plan.current.get(key)

    # -- comparing ---------------------------------------------------------------------

    def _compare_stage(self, deadline):
        """Count the changes, and list those to decide about; return whether all are.

        Each batch is stored with the cursor.
        """
        is_preview = self.mode == "preview"
        if not is_preview and not self.corp_id.attendance_threshold_percent:
            return True
        if not self.cursor:
            self.line_ids.unlink()
            self.write({"to_create": 0, "to_update": 0, "to_delete": 0, "to_end": 0})
        while True:
            subjects = self._subjects(self.cursor)
            if not subjects:
                return True
            counts, lines = collections.Counter(), []
            for plan in self._plans(subjects):
                if plan.subject.source == "none":
                    continue
                for step, key in self._steps(plan):
                    counts["to_" + step] += 1
                    counts["to_end"] += step == "update" and self._ends(plan, key)
                    if is_preview or self.waits_for:
                        lines.append(self._prepare_line(plan, step, key))
            if lines:
                compat.create_all(self.env["dingding.attendance.sync.line"], lines)
            self._advance(subjects[-1].id, counts)
            if time.monotonic() > deadline or self._is_cancelled():
                return False

    def _reason_to_wait(self):
        """Return why the counted changes have to wait, or None."""
        if self.mode == "preview":
            changes = self.to_create + self.to_update + self.to_delete
            return "preview" if changes else None
        # A night shift's end changes nothing known.
        changes = self.to_update + self.to_delete - self.to_end
        threshold = self.corp_id.attendance_threshold_percent
        if not threshold or changes <= FEW:
            return None
        many = changes > max(FEW, self._existing() * threshold // 100)
        return "threshold" if many else None

    @staticmethod
    def _ends(plan, key):
        """Tell whether the change of an attendance is the check-out that it lacked."""
        before, after = plan.current.get(key), plan.desired[key]
        return bool(before) and before[2] is None and before[1] == after[0]

    def _existing(self):
        """Return the number of attendances of everybody on the days to compute."""
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT count(*) FROM hr_attendance WHERE dingding_corp_id = %s"
            " AND dingding_work_date IN (SELECT work_date FROM dingding_attendance_day"
            " WHERE corp_id = %s AND pending UNION SELECT work_date"
            " FROM dingding_attendance_problem WHERE corp_id = %s AND work_date >= %s"
            " AND state IN ('open', 'asked') AND code IN %s)",
            [self.corp_id.id, self.corp_id.id, self.corp_id.id,
             self._today() - RETRY_TIME, RETRIED])
        return self.env.cr.fetchone()[0]

    def _prepare_line(self, plan, step, key):
        old = self._old(plan, step, key) or (None, None, None)
        new = plan.desired.get(key) if step != "delete" else None
        day = new[2] if new else day_of(old[1])
        text = fields.Datetime.to_string
        return {
            "sync_id": self.id,
            "employee_id": old[3] if old[3:] else plan.subject.employee_id,
            "work_date": str(day), "action": step,
            "old_in": old[1] and text(old[1]), "old_out": old[2] and text(old[2]),
            "new_in": new and text(new[0]), "new_out": new and new[1] and text(new[1]),
        }

    # -- writing -----------------------------------------------------------------------

    def _write_stage(self, deadline):
        """Write changed days; return whether none is left."""
        shifts = self._shifts()
        while True:
            subjects = self._subjects(self.cursor)
            if not subjects:
                return True
            counts = self._write_batch(subjects, shifts)
            self._advance(subjects[-1].id, counts)
            if time.monotonic() > deadline or self._is_cancelled():
                return False

    def _shifts(self):
        """Return group's id -> (times, breaks) of each shift, the group's own first."""
        domain = [("corp_id", "=", self.corp_id.id)]
        known = self.env["dingding.attendance.shift"].search(domain, order="id")
        minutes = {shift.id: shift._minutes() for shift in known}
        found = {None: list(minutes.values())}
        for group in self.env["dingding.attendance.group"].search(domain):
            own = [minutes[shift.id] for shift in group.shift_ids]
            found[group.id] = own + found[None]
        return found

    def _write_batch(self, subjects, shifts):
        """Write the days of some people; return a Counter of what was written."""
        plans = self._plans(subjects)
        known = self._problems_of([each.id for each in subjects])
        employees = self.env["hr.employee"].browse(
            [each.employee_id for each in subjects])
        places = {each.id: each.department_id.id for each in employees}
        counts, rows = collections.Counter(), []
        listed = self._listed(plans) if self.waits_for else None
        for plan in plans:
            subject, problems = plan.subject, dict(plan.problems)
            if listed is not None and subject.source != "none" and (
                not listed.issuperset(
                    self._line_key(self._prepare_line(plan, *step))
                    for step in self._steps(plan))
            ):
                counts["people_left"] += 1
                continue
            place = places.get(subject.employee_id)
            refused = {}
            if subject.source != "none":
                refused, written = self._apply(plan)
                counts += written
                for key, message in refused.items():
                    new = plan.desired.get(key)
                    old = plan.current.get(key) or plan.strangers.get(key)
                    problems[key, "refused"] = pairs.Problem(
                        "refused", key, new[2] if new else day_of(old[1]),
                        new[0] if new else old[1])
                counts["problems_found"] += self._store_problems(
                    subject, place, known.get(subject.id, {}), problems, refused)
            for day, (mine, intervals) in plan.days.items():
                rows.append(self._prepare_day(
                    subject, place, day, mine, intervals,
                    shifts.get(subject.group_id, shifts[None]),
                    sum(each.work_date == day for each in problems.values())))
        if rows:
            self._store_days(rows)
        return counts

    def _listed(self, plans):
        """Return the keys of these people's changes that somebody has decided about."""
        employees = {plan.subject.employee_id for plan in plans}
        for plan in plans:
            employees.update(row[3] for row in plan.strangers.values())
        lines = self.env["dingding.attendance.sync.line"].search(
            [("sync_id", "=", self.id), ("employee_id", "in", sorted(employees))])
        rows = lines.read(list(LINE), load="_classic_write")
        return {self._line_key(row) for row in rows}

    @staticmethod
    def _line_key(values):
        return tuple(str(values[name] or "")[:19] for name in LINE)

    def _apply(self, plan):
        """Write a person's attendances, in an order that Odoo accepts.

        :return: (key -> Odoo's rejection, Counter of the rest)
        """
        for row_id, day in plan.moved.items():
            self._attendances().browse(row_id).write({"dingding_work_date": str(day)})
        steps = self._steps(plan)
        if not steps:
            return {}, collections.Counter()
        try:
            with self.env.cr.savepoint():
                ids = self._ids_of(plan)
                for step in steps:
                    self._do(plan, ids, *step)
                compat.flush(self.env)
            return {}, collections.Counter(
                "attendances_" + WORDS[step] for step, _key in steps)
        except REFUSALS:
            self.env.clear()
        refused, counts = {}, collections.Counter()
        ids = self._ids_of(plan)
        for step, key in steps:
            try:
                with self.env.cr.savepoint():
                    before = dict(ids)
                    self._do(plan, ids, step, key)
                    compat.flush(self.env)
                counts["attendances_" + WORDS[step]] += 1
            except REFUSALS as error:
                self.env.clear()
                ids = before
                refused[key] = failure_text(error)[:1000]
                _logger.info("%s: Odoo has rejected %s %s", self, step, key)
        return refused, counts

    @staticmethod
    def _ids_of(plan):
        """Return key -> attendance's id."""
        return {
            key: row[0] for known in (plan.current, plan.strangers)
            for key, row in known.items()
        }

    def _attendances(self):
        return self.env["hr.attendance"].with_context(**{
            CONTEXT: SYNC, "tracking_disable": True, "mail_create_nolog": True,
            "mail_create_nosubscribe": True,
        })

    def _do(self, plan, ids, step, key):
        attendances = self._attendances()
        if step == "delete":
            # The other employee's own days may have come first.
            attendances.browse(ids.pop(key)).exists().unlink()
            return
        begin, end, day = plan.desired[key]
        values = {
            "check_in": fields.Datetime.to_string(begin),
            "check_out": end and fields.Datetime.to_string(end) or False,
        }
        own = {
            "dingding_key": key, "dingding_corp_id": self.corp_id.id,
            "dingding_work_date": str(day),
        }
        if step == "update":
            attendance = attendances.browse(ids[key])
            # The kiosk's own has no key before.
            attendance.write(
                values if attendance.dingding_key else dict(values, **own))
            return
        ids[key] = attendances.create(
            dict(values, employee_id=plan.subject.employee_id, **own)).id

    # -- exceptions and days -----------------------------------------------------------

    def _problems_of(self, ids):
        """Return person id -> (key, code) -> (id, state, day) of known exceptions."""
        self.env.cr.execute(
            "SELECT person_id, dingtalk_key, code, id, state, work_date"
            " FROM dingding_attendance_problem WHERE corp_id = %s AND person_id IN %s",
            [self.corp_id.id, tuple(ids)],
        )
        found = collections.defaultdict(dict)
        for person_id, key, code, problem_id, state, day in self.env.cr.fetchall():
            found[person_id][key, code] = (problem_id, state, date_of(day))
        return found

    def _store_problems(self, subject, place, known, wanted, details):
        """Create new exceptions and close solved ones; return the number of new ones.
        """
        problems, days = self.env["dingding.attendance.problem"], set(subject.days)
        now = fields.Datetime.now()
        new, again = [], []
        for (key, code), each in sorted(wanted.items()):
            old = known.get((key, code))
            if old is None:
                new.append({
                    "corp_id": self.corp_id.id, "person_id": subject.id,
                    "department_id": place, "work_date": str(each.work_date),
                    "code": code, "dingtalk_key": key,
                    "moment": each.moment and fields.Datetime.to_string(each.moment),
                    "detail": details.get(key) if code == "refused" else False,
                })
            elif old[1] == "solved":
                again.append(old[0])
        solved = [
            problem_id for (key, code), (problem_id, state, day) in known.items()
            if day in days and state in ("open", "asked") and (key, code) not in wanted
        ]
        if new:
            compat.create_all(problems, new)
        if again:
            problems.browse(again).write(
                {"state": "open", "handled_by": False, "handled_at": False})
        if solved:
            problems.browse(solved).write({"state": "solved", "handled_at": now})
        return len(new) + len(again)

    def _prepare_day(self, subject, place, day, rows, intervals, shifts, problems):
        """Return the columns of a computed day."""
        midnight = datetime.datetime(day.year, day.month, day.day) - OFFSET
        rests = pairs.rests_of(rows, shifts, midnight) if rows else []
        total = pairs.summarize(rows, intervals, rests)
        return (
            subject.id, day, place or 0, total.planned / 60.0, total.worked / 60.0,
            total.late, total.early, total.absent / 60.0, total.overtime / 60.0,
            total.missing, problems, any(not each.check_out for each in intervals),
        )

    def _store_days(self, rows):
        """Store computed days with one statement."""
        columns = list(zip(*rows))
        self.env.cr.execute(
            "UPDATE dingding_attendance_day AS day SET"
            " department_id = NULLIF(mine.department_id, 0),"
            " planned_hours = mine.planned, worked_hours = mine.worked,"
            " late_minutes = mine.late, early_minutes = mine.early,"
            " absent_hours = mine.absent, overtime_hours = mine.overtime,"
            " missing_count = mine.missing, problem_count = mine.problems,"
            " is_open = mine.is_open, pending = false,"
            " write_date = now() AT TIME ZONE 'UTC'"
            " FROM unnest(%s, %s::date[], %s, %s::numeric[], %s::numeric[], %s, %s,"
            " %s::numeric[], %s::numeric[], %s, %s, %s) AS mine (person_id, work_date,"
            " department_id, planned, worked, late, early, absent, overtime, missing,"
            " problems, is_open)"
            " WHERE day.person_id = mine.person_id AND day.work_date = mine.work_date"
            # Days that are tried again often stay as they are.
            " AND (day.pending OR (day.department_id, day.planned_hours,"
            " day.worked_hours, day.late_minutes, day.early_minutes,"
            " day.absent_hours, day.overtime_hours, day.missing_count,"
            " day.problem_count, day.is_open) IS DISTINCT FROM"
            " (NULLIF(mine.department_id, 0), mine.planned::float8,"
            " mine.worked::float8, mine.late, mine.early, mine.absent::float8,"
            " mine.overtime::float8, mine.missing, mine.problems, mine.is_open))",
            [list(column) for column in columns],
        )
        compat.forget(self.env)


def _first_days(rows):
    """Return the first of these rows, whose last column lists days, up to DAYS."""
    total = 0
    for position, row in enumerate(rows):
        total += len(row[-1])
        if position and total > DAYS:
            return rows[:position]
    return rows


def _rows_by_source(rows, source):
    """Return the rows that count: kind -> list of pairs.Row.

    A day that was not read since its source changed keeps what it has.

    :param rows: list of (kind, pairs.Row)
    """
    wanted = "punch" if source == "punches" else "result"
    kinds = {}
    for kind, row in rows:
        if kinds.get(row.work_date) != wanted:
            kinds[row.work_date] = kind
    found = {"result": [], "punch": []}
    for kind, row in rows:
        if kinds[row.work_date] == kind:
            found[kind].append(row)
    return found
