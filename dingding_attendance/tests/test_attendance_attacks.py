# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.beijing import milliseconds
from odoo.addons.dingding.tests.common import call_as, portable

from .attendance_case import DAY, GROUPS, LIST, RECORDS, AttendanceCase

NEXT = "2026-11-03"
SYNC = "dingding.attendance.sync"
APPROVALS = "/v1.0/attendance/approvals/query"


@portable
class TestAttendanceLinks(AttendanceCase):
    def setUp(self):
        super().setUp()
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")

    def spans_of(self, employee):
        return [
            (str(each.check_in)[:16], str(each.check_out or "")[:16])
            for each in self.env["hr.attendance"].search(
                [("employee_id", "=", employee.id)], order="check_in")
        ]

    def other_employee(self):
        return self.env["hr.employee"].create({"name": "Other"})

    def test_two_organisations_keep_each_others(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        attendance = self.env["hr.attendance"].create({
            "employee_id": self.employees[0].id, "check_in": self.utc("06:00"),
            "check_out": self.utc("07:00")})
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE hr_attendance SET dingding_corp_id = %s, dingding_key = 'far',"
            " dingding_work_date = %s WHERE id = %s", [other.id, DAY, attendance.id])
        compat.forget(self.env)
        self.sync()
        self.assertEqual(
            self.spans(), [self.span("06:00", "07:00"), self.span("08:55", "18:05")])

    def test_another_employee_of_the_person(self):
        self.sync()
        employee = self.other_employee()
        self.people[0].employee_id = employee
        sync = self.sync()
        self.assertEqual(self.spans_of(employee), [self.span("08:55", "18:05")])
        self.assertEqual(self.spans_of(self.employees[0]), [])
        self.assertEqual(self.problems("open"), [])
        self.assertEqual(
            (sync.attendances_created, sync.attendances_deleted), (1, 1))
        versions = self.versions()
        self.sync()
        self.assertEqual(self.versions(), versions)

    def test_preview_of_another_employee(self):
        self.sync()
        self.people[0].employee_id = self.other_employee()
        sync = self.sync(mode="preview", state="confirm")
        lines = sync.line_ids.sorted("action")
        self.assertEqual(lines.mapped("action"), ["create", "delete"])
        self.assertEqual(lines[1].employee_id, self.employees[0])

    def test_another_person_of_the_employee(self):
        """The first link was wrong; the person of it has no employee now."""
        self.sync()
        self.punch(self.free, "08:30")
        self.punch(self.free, "17:30")
        self.at("21:00")
        self.people[0].employee_id = False
        self.people[2].employee_id = self.employees[0]
        self.sync()
        self.assertEqual(
            self.spans_of(self.employees[0]), [self.span("08:30", "17:30")])
        self.assertEqual(self.problems("open"), [])
        versions = self.versions()
        self.sync()
        self.assertEqual(self.versions(), versions)

    def test_merged_employees(self):
        self.sync()
        kept = self.other_employee()
        kept._dingding_merge(self.employees[0], [])
        compat.flush(self.env)
        attendance = self.env["hr.attendance"].search([("employee_id", "=", kept.id)])
        self.assertFalse(attendance.dingding_by_hand)
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OnDuty", time=DAY + " 08:00")
        self.sync()
        self.assertEqual(self.spans_of(kept), [self.span("08:00", "18:05")])

    def test_the_employee_is_deleted_and_created_again(self):
        """The attendances are deleted with the employee."""
        self.sync()
        spans = self.spans()
        self.assertEqual(len(spans), 1)
        self.employees[0].unlink()
        compat.flush(self.env)
        compat.forget(self.env)
        person = self.people[0]
        self.assertFalse(person.employee_id)
        self.env["dingding.sync"]._make_employees(self.corp, person)
        compat.flush(self.env)
        compat.forget(self.env)
        self.assertTrue(person.employee_id)
        self.assertEqual(self.spans(), [])
        self.sync()
        self.assertEqual(self.spans(), spans)
        self.check_valid()

    def test_moved_to_another_employee_by_hand(self):
        self.sync()
        employee = self.other_employee()
        attendance = self.env["hr.attendance"].search([])
        attendance.write({"employee_id": employee.id})
        self.assertTrue(attendance.dingding_by_hand)
        self.env["dingding.attendance.day"].search([]).write({"pending": True})
        self.sync()
        self.assertEqual(self.spans_of(employee), [self.span("08:55", "18:05")])
        self.assertEqual((self.spans(), self.problems("open")), ([], []))


@portable
class TestAttendanceUnlucky(AttendanceCase):
    def late_group(self):
        """Free shifts whose day ends at four in the morning."""
        self.post("groups", name="Late", type="NONE", members=[self.free],
                  day_start=240)

    def test_punches_after_midnight_between_windows(self):
        self.late_group()
        days = ["2026-11-%02d" % day for day in range(2, 12)]
        for day, following in zip(days, days[1:]):
            self.punch(self.free, "18:00", day=day)
            self.punch(self.free, "01:30", day=following)
        self.at("12:00", day=days[-1])
        self.sync(days[0], days[-1])
        expected = [
            self.span("18:00", "01:30", day=day, last=following)
            for day, following in zip(days, days[1:])
        ]
        self.assertEqual(self.spans(self.free), expected)
        self.sync(days[0], days[3])
        self.assertEqual(self.spans(self.free), expected)
        self.sync(days[0], days[-1])
        self.assertEqual(self.spans(self.free), expected)
        self.assertFalse(self.env["dingding.attendance.problem"].search(
            [("person_id.userid", "=", self.free)]))

    def test_windows_of_punches(self):
        self.at("12:00", day="2026-11-20")
        self.simulator.forget_calls()
        self.sync("2026-11-01", "2026-11-12")
        self.assertDingTalkCalled(RECORDS, times=2)

    def test_days_that_no_morning_has_read(self):
        syncs = self.env[SYNC]
        self.corp.attendance_read = "nightly"
        self.at("06:10", day="2026-11-05")
        syncs._cron_read()
        self.process_queue(SYNC)
        compat.forget(self.env)
        self.assertEqual(syncs.search([]).state, "done")
        self.at("06:10", day="2026-11-13")
        syncs._cron_read()
        sync = syncs.search([("state", "=", "queued")])
        self.assertEqual(
            (str(sync.date_from)[:10], str(sync.date_to)[:10]),
            ("2026-11-03", "2026-11-12"))
        sync._end("failed")
        self.at("06:10", day="2027-01-20")
        syncs._cron_read()
        sync = syncs.search([("state", "=", "queued")])
        self.assertEqual(str(sync.date_from)[:10], "2026-12-20")
        sync._end("cancelled")

    def test_days_that_wait_for_a_decision_are_read(self):
        syncs = self.env[SYNC]
        self.corp.attendance_read = "nightly"
        self.at("06:10", day="2026-11-05")
        syncs._cron_read()
        syncs.search([]).write({"stage": "write", "state": "confirm"})
        self.at("06:10", day="2026-11-07")
        syncs._cron_read()
        sync = syncs.search([("state", "=", "queued")])
        self.assertEqual(str(sync.date_from)[:10], "2026-11-03")

    def test_punches_that_nobody_reads_are_found(self):
        self.corp.attendance_read = "events"
        self.at("10:00")
        self.people[0].attendance_due_on = DAY
        self.corp.attendance_read_on = DAY
        syncs = self.env[SYNC]
        syncs._cron_read()
        syncs._cron_read()
        sync = syncs.search([])
        self.assertEqual((sync.kind, len(sync)), ("event", 1))
        self.process_queue(SYNC)
        compat.forget(self.env)
        self.assertFalse(self.people[0].attendance_due_on)

    def test_approvals_that_cannot_be_read(self):
        self.post("approvals", userid=self.office, kind=2, begin=DAY + " 09:00",
                  end=DAY + " 18:00")
        self.punch(self.free, "09:00")
        self.punch(self.free, "18:00")
        self.at("06:00", day=NEXT)
        self.simulator.fault(
            "error", APPROVALS, times=10, status=400, code="invalidRequestParams")
        self.sync()
        self.assertEqual(self.spans(self.free), [self.span("09:00", "18:00")])
        self.assertEqual(self.spans(), [])

    def test_group_of_a_department(self):
        corp, departments = self.corp, self.env["dingding.department"]
        parent = departments.create({
            "name": "Parent", "dept_id": "9001", "corp_id": corp.id})
        child = departments.create({
            "name": "Child", "dept_id": "9002", "corp_id": corp.id,
            "parent_id": parent.id})
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_user SET main_department_id = %s WHERE id IN %s",
            [child.id, tuple(self.people.ids)])
        compat.forget(self.env)
        groups = self.env["dingding.attendance.group"]
        found = {}
        for name, dept_id in (("Wide", "9001"), ("Narrow", "9002")):
            group = groups.create({
                "name": name, "group_key": name, "corp_id": corp.id})
            found[name] = (group, {"deptIds": [int(dept_id)]})
            groups._store_members(corp, found)
            compat.forget(self.env)
            self.assertEqual(self.people.mapped("attendance_group_id"), group)


@portable
class TestAttendanceAttacks(AttendanceCase):
    def setUp(self):
        super().setUp()
        self.employees[0].user_id = self.user_employee

    def test_managers_without_attendance_rights_only_preview(self):
        today = self.now.date()
        with self.assertRaises(UserError):
            self.env[SYNC].with_env(self.env(user=self.user_manager.id))._start(
                self.corp, today, today, "apply")
        failed = self.env[SYNC]._begin(self.corp, "nightly", DAY, DAY)
        failed._end("failed")
        compat.flush(self.env)
        action = call_as(self.user_manager, SYNC, "action_retry", [failed.id])
        self.assertEqual(self.env[SYNC].browse(action["res_id"]).mode, "preview")

    def test_press_of_another_transaction(self):
        syncs, today = self.env[SYNC], self.now.date()
        first = syncs._start(self.corp, today, today)
        self._replace(
            type(syncs), "_open_sync", lambda model, corp, kind: model.browse())
        second = syncs._start(self.corp, today, today)
        self.assertEqual(first["res_id"], second["res_id"])
        self.assertEqual(len(syncs.search([])), 1)

    def test_officers_read_syncs(self):
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        sync = self.env[SYNC]._begin(self.corp, "nightly", DAY, DAY)
        compat.flush(self.env)
        row = call_as(officer, SYNC, "read", [sync.id], ["name", "result"])[0]
        self.assertIn(self.corp.name, row["name"])

    def test_context_makes_nobody_a_sync(self):
        for value in (True, 1, "1"):
            attendances = self.env["hr.attendance"].with_context(
                dingding_attendance_sync=value)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attendances.create({
                    "employee_id": self.employees[0].id, "check_in": self.utc("06:00"),
                    "check_out": self.utc("07:00"), "dingding_key": "mine"})

    def as_employee(self, method, *args):
        """Call as the employee, which later series refuse."""
        try:
            with self.env.cr.savepoint():
                return call_as(self.user_employee, "hr.attendance", method, *args)
        except AccessError:
            return None
        finally:
            compat.flush(self.env)
            compat.forget(self.env)

    def test_employees_do_not_correct_dingtalk(self):
        self.punch(self.office, "09:40")
        self.punch(self.office, "16:00")
        self.at("20:00")
        self.sync()
        attendance = self.env["hr.attendance"].search([])
        self.assertIsNone(self.as_employee(
            "write", attendance.ids, {"check_in": self.utc("08:00")}))
        self.assertIsNone(self.as_employee(
            "write", attendance.ids, {"check_out": self.utc("19:00")}))
        self.assertFalse(attendance.dingding_by_hand)
        self.assertEqual(self.spans(), [self.span("09:40", "16:00")])

    def test_employees_may_leave_at_the_kiosk(self):
        self.simulator.settings(clock_offset=0)
        self.env.cr.execute("DELETE FROM dingding_token")
        moment = utc.now().replace(microsecond=0)
        self._replace(type(self.env[SYNC]), "_utcnow", lambda this: moment)
        attendance = self.env["hr.attendance"].create({
            "employee_id": self.employees[0].id, "check_in": fields.Datetime.to_string(
                moment - datetime.timedelta(hours=3))})
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE hr_attendance SET dingding_corp_id = %s, dingding_key = 'x',"
            " dingding_work_date = %s WHERE id = %s",
            [self.corp.id, DAY, attendance.id])
        compat.forget(self.env)
        if self.as_employee("write", attendance.ids, {
            "check_out": fields.Datetime.to_string(moment)
        }):
            self.assertTrue(attendance.dingding_by_hand)

    def test_employees_do_not_solve_their_exceptions(self):
        self.at("12:00", day=NEXT)
        self.sync()
        problem = self.env["dingding.attendance.problem"].search([])
        self.assertEqual(problem.mapped("code"), ["absent"])
        values = {
            "employee_id": self.employees[0].id, "check_in": self.utc("09:00"),
            "check_out": self.utc("18:00")}
        self.as_employee("create", [values] if compat.SERIES >= 12 else values)
        self.assertEqual(problem.state, "open")
        self.env["dingding.attendance.day"].search([]).write({"pending": True})
        self.sync()
        self.assertEqual(problem.state, "open")

    def test_same_times_are_no_correction(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        attendance = self.env["hr.attendance"].search([])
        attendance.write({"check_out": attendance.check_out})
        self.assertFalse(attendance.dingding_by_hand)

    def test_odoo_itself_ends_an_attendance(self):
        """Since 18 Odoo may check people out."""
        if "out_mode" not in self.env["hr.attendance"]._fields or (
            "auto_check_out" not in dict(
                self.env["hr.attendance"]._fields["out_mode"].selection)
        ):
            self.skipTest("Odoo does not do that before 18")
        self.punch(self.office, "08:55")
        self.at("17:00")
        self.sync()
        attendance = self.env["hr.attendance"].search([])
        attendance.write({
            "check_out": self.utc("16:00"), "out_mode": "auto_check_out"})
        self.assertFalse(attendance.dingding_by_hand)
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])


@portable
class TestAttendanceUploadTwice(AttendanceCase):
    def test_same_punch_twice(self):
        self.corp.attendance_upload = True
        moment = fields.Datetime.to_string(
            utc.now().replace(microsecond=0))
        for _time in range(2):
            attendance = self.env["hr.attendance"].create({
                "employee_id": self.employees[2].id, "check_in": moment})
            attendance.unlink()
        compat.flush(self.env)
        self.assertEqual(
            self.env["dingding.attendance.upload"].search_count([]), 1)


@portable
class TestAttendanceMisfortune(AttendanceCase):
    def tell(self, userid, moment):
        """Let an event arrive about a punch at a time in UTC."""
        number = self.env["dingding.event"].search_count([])
        event = self.env["dingding.event"].sudo().create({
            "corp_id": self.corp.id, "app_id": self.app.id, "source": "stream",
            "event_type": "attendance_check_record", "event_key": "test:%d" % number,
            "subject": "attendance", "received_at": fields.Datetime.now(),
            "content": json.dumps({"dataList": [{
                "userId": userid, "checkTime": milliseconds(moment)}]}),
        })
        self.process_queue("dingding.event")
        compat.forget(self.env)
        self.assertEqual(event.state, "done", event.last_error)

    def test_punches_of_the_future(self):
        self.corp.attendance_read = "events"
        self.at("20:00")
        self.tell(self.office, datetime.datetime(2999, 1, 1))
        sync = self.env[SYNC].search([("kind", "=", "event")])
        sync.next_try = False
        compat.flush(self.env)
        self.process_queue(SYNC)
        compat.forget(self.env)
        self.assertEqual((sync.state, sync.people_read), ("done", 1))
        self.assertFalse(self.people[0].attendance_due_on)

    def test_endless_lists(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("09:00", NEXT)
        for path in (LIST, GROUPS):
            self.simulator.fault("endless", path, times=30)
        self.sync(DAY)
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        for path in (LIST, GROUPS):
            self.assertLess(self.simulator.calls()["by_path"][path], 4, path)

    def test_groups_with_nothing_where_something_is_expected(self):
        area = type(self.corp._attendance_client().attendance)
        odd = [
            {"groupId": 1, "groupName": None, "selectedClass": [None, {
                "classId": 5, "sections": [None, {"times": [None, {"across": None}]}],
                "setting": None}], "userIds": [None, 7], "deptIds": None,
                "memberCount": "many"},
            {"groupId": 2, "selectedClass": {"classId": 6}, "userIds": "x",
             "memberCount": 10 ** 20},
            {"groupId": 3, "selectedClass": [{
                "classId": 7, "sections": "x", "setting": {"restTimeList": [
                    {"begin": None, "end": 3}]}}]},
        ]
        self._replace(area, "groups", lambda this: odd)
        self.sync()
        groups = self.env["dingding.attendance.group"].search([])
        self.assertEqual(groups.mapped("group_key"), ["1", "2", "3"])

    def test_rehired_on_the_same_day(self):
        old, new = self.people[0], self.people[1]
        self.punch(self.office, "08:55")
        self.punch(self.office, "12:00")
        self.punch(self.night, "13:00")
        self.punch(self.night, "18:05")
        self.corp.attendance_source = "punches"
        self.at("08:00", NEXT)
        self.sync(DAY, NEXT)
        employee = old.employee_id
        old.write({"active": False})
        new.employee_id = employee
        self.corp._attendance_anew()
        self.sync(DAY, NEXT)
        self.assertEqual(
            self.spans(), [self.span("08:55", "12:00"), self.span("13:00", "18:05")])
        versions = self.versions()
        self.corp._attendance_anew()
        sync = self.sync(DAY, NEXT)
        self.assertEqual(
            (sync.attendances_created, sync.attendances_deleted), (0, 0))
        self.assertEqual(self.versions()["hr_attendance"], versions["hr_attendance"])

    def test_a_result_comes_to_another_day(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("09:00", NEXT)
        self.sync(DAY)
        area = type(self.corp._attendance_client().attendance)
        real = area.results

        def moved(this, userids, first, last):
            day = datetime.timedelta(days=1)
            return [
                row._replace(work_date=row.work_date - day)
                for row in real(this, userids, first, last)]

        self._replace(area, "results", moved)
        self.sync("2026-10-31", DAY)
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        attendance = self.env["hr.attendance"].search(
            [("employee_id", "=", self.employees[0].id)])
        self.assertEqual(str(attendance.dingding_work_date), "2026-11-01")
        self.assertFalse(self.problems("open"))
        self.assertFalse(self.day().worked_hours)

    def test_archived_organisation(self):
        self.corp.active = False
        self.simulator.forget_calls()
        for model in (SYNC, "dingding.checkin.sync"):
            sync = self.env[model]._begin(
                self.corp, "manual", datetime.date(2026, 11, 1),
                datetime.date(2026, 11, 2))
            self.process_queue(model)
            compat.forget(self.env)
            self.assertEqual(sync.state, "cancelled", sync.last_error)
        self.assertDingTalkNotCalled()
