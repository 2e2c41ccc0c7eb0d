# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .attendance_case import DAY, GROUPS, LIST, RECORDS, AttendanceCase

NEXT = "2026-11-03"


@portable
class TestAttendanceSync(AttendanceCase):
    def test_pair_of_office_hours(self):
        self.punch(self.office, "08:55")
        self.at("10:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "")])
        self.assertTrue(self.day().is_open)
        self.punch(self.office, "18:05")
        self.at("18:30")
        sync = self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        self.assertEqual(
            (sync.attendances_created, sync.attendances_updated), (0, 1))
        day = self.day()
        self.assertAlmostEqual(day.planned_hours, 8)
        self.assertAlmostEqual(day.worked_hours, 8 + 10 / 60.0)
        self.assertFalse(day.is_open)
        timeline = day.with_context(tz="Asia/Shanghai").timeline_html
        self.assertIn("08:55", timeline)
        self.assertIn(">16:00<", timeline)
        self.assertIn(">01:00<", day.with_context(tz="Europe/Berlin").timeline_html)
        self.check_valid()

    def test_reading_again_writes_nothing(self):
        self.punch(self.office, "09:20")
        self.punch(self.free, "10:00")
        self.punch(self.free, "17:00")
        self.at("12:00", day=NEXT)
        self.sync()
        versions, sync = self.versions(), self.sync()
        self.assertEqual(self.versions(), versions)
        self.assertEqual(
            (sync.results_read, sync.results_changed, sync.attendances_created), (
                4, 0, 0))
        self.assertEqual(self.problems(), ["missing_out"])

    def test_unchanged_batch_costs_constant_statements(self):
        for clock in ("08:55", "18:05"):
            self.punch(self.office, clock)
        self.at("20:00")
        self.sync("2026-10-27", DAY)
        syncs = self.env["dingding.attendance.sync"]
        counts = []
        for first in (DAY, DAY, "2026-10-27"):
            sync = syncs._begin(self.corp, "manual", first, DAY)
            with compat.open_cursor(self.env.cr.dbname) as cr:
                with self.counted(
                    ("SAVEPOINT", "dingding_token", "dingding_call")
                ) as statements:
                    sync.with_env(self.env(cr=cr))._read_stage("results", 1e12)
            counts.append(len(statements))
            compat.forget(self.env)
            sync._end("done")
            self.assertEqual(sync.results_changed, 0)
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[1], 40)

    def test_missing_punches_are_exceptions_and_never_times(self):
        self.punch(self.office, "08:55")
        self.at("09:30")
        self.sync()
        self.assertEqual(self.problems(), [])
        self.at("06:00", day=NEXT)
        self.sync()
        self.assertEqual((self.spans(), self.problems()), ([], ["missing_out"]))
        problem = self.env["dingding.attendance.problem"].search([])
        self.assertEqual(str(problem.moment)[:16], self.utc("18:00")[:16])
        self.assertEqual(self.day().missing_count, 1)
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OffDuty", time=DAY + " 18:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:00")])
        self.assertEqual(problem.state, "solved")
        self.check_valid()

    def test_manager_changes_a_time(self):
        self.punch(self.office, "09:40")
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        before = self.env["hr.attendance"].search([])
        self.assertEqual(self.day().late_minutes, 40)
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OnDuty", time=DAY + " 09:00")
        self.sync()
        self.assertEqual(self.env["hr.attendance"].search([]), before)
        self.assertEqual(self.spans(), [self.span("09:00", "18:05")])
        self.assertEqual(self.day().late_minutes, 0)

    def test_night_shift(self):
        self.post("schedule", userid=self.night, day=DAY,
                  shift_id=self.night_shift["id"])
        self.punch(self.night, "21:55")
        self.punch(self.night, "06:05", day=NEXT)
        self.at("07:00", day=NEXT)
        self.sync()
        self.assertEqual(
            self.spans(self.night), [self.span("21:55", "06:05", last=NEXT)])
        self.assertAlmostEqual(self.day(self.night).worked_hours, 8 + 10 / 60.0)
        self.check_valid()

    def test_free_shift(self):
        for clock in ("09:00", "12:00", "13:00", "18:00"):
            self.punch(self.free, clock)
        self.punch(self.free, "19:00", invalid="Security")
        self.at("20:00")
        self.sync()
        self.assertDingTalkCalled(RECORDS, times=1)
        self.assertEqual(
            self.spans(self.free),
            [self.span("09:00", "12:00"), self.span("13:00", "18:00")])
        self.corp.attendance_free = "day"
        self.punch(self.free, "19:30")
        self.at("20:30")
        self.sync()
        self.assertEqual(self.spans(self.free), [self.span("09:00", "19:30")])
        self.check_valid()

    def test_free_shift_left_open(self):
        self.punch(self.free, "09:00")
        self.at("10:00")
        self.sync()
        self.assertEqual(self.spans(self.free), [self.span("09:00", "")])
        self.at("06:00", day="2026-11-04")
        self.sync()
        self.assertEqual((self.spans(self.free), self.problems()), (
            [], ["absent", "missing_out"]))

    def test_trips_and_leave(self):
        for kind, expected in ((2, [self.span("09:00", "18:00")]), (3, [])):
            day = DAY if kind == 2 else NEXT
            self.post("approvals", userid=self.office, kind=kind, begin=day + " 09:00",
                      end=day + " 18:00")
        self.at("06:00", day="2026-11-04")
        self.sync(DAY, NEXT)
        self.assertEqual(self.spans(), [self.span("09:00", "18:00")])
        self.assertEqual(self.problems(), [])
        self.corp.attendance_trips = False
        self.sync(DAY, NEXT)
        self.assertEqual(self.spans(), [])
        self.assertDingTalkCalled("/v1.0/attendance/approvals/query", times=1)

    def test_supplement_that_was_approved(self):
        """An approval of a missing punch is neither leave nor a trip."""
        self.punch(self.office, "08:55")
        self.at("06:00", day="2026-11-04")
        self.sync()
        mine = self.env["dingding.attendance.problem"].search(
            [("person_id", "=", self.people[0].id)])
        self.assertEqual((mine.code, self.spans()), ("missing_out", []))
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OffDuty", time=DAY + " 18:05", supplement=True)
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        self.assertEqual(mine.state, "solved")
        self.assertAlmostEqual(self.day().worked_hours, 490 / 60.0)
        versions = self.versions()
        self.simulator.forget_calls()
        self.sync()
        self.assertEqual(self.versions(), versions)
        self.assertDingTalkNotCalled("/v1.0/attendance/approvals/query")

    def test_source_of_a_group(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "12:00")
        self.at("20:00")
        self.sync()
        group = self.env["dingding.attendance.group"].search([("name", "=", "Office")])
        self.assertEqual((group.kind, group.person_count), ("fixed", 1))
        self.assertEqual(group.shift_ids.times_text, "09:00-18:00")
        self.assertEqual(group.shift_ids.rests_text, "12:00-13:00")
        self.assertEqual(self.people[0].attendance_group_id, group)
        compat.forget(self.env)
        self.assertFalse(self.day().pending)
        group.source = "none"
        self.assertTrue(self.day().pending)
        self.simulator.forget_calls()
        self.punch(self.office, "19:00")
        self.sync()
        self.assertDingTalkCalled(LIST, times=1)
        results = self.env["dingding.attendance.result"]
        self.assertFalse(results.search(
            [("person_id", "=", self.people[0].id), ("side", "=", "out"),
             ("punched_at", ">", self.utc("12:30"))]))

    def test_another_source_deletes_nothing_unread(self):
        for clock in ("08:55", "12:00", "12:50", "18:05"):
            self.punch(self.office, clock)
        self.at("20:00")
        self.sync()
        group = self.env["dingding.attendance.group"].search([("name", "=", "Office")])
        group.source = "punches"
        self.punch(self.office, "08:50", day=NEXT)
        self.punch(self.office, "17:50", day=NEXT)
        self.at("20:00", day=NEXT)
        self.sync(NEXT)
        self.assertEqual(self.spans(), [
            self.span("08:55", "18:05"), self.span("08:50", "17:50", day=NEXT)])
        self.sync(DAY)
        self.assertEqual(self.spans(), [
            self.span("08:55", "12:00"), self.span("12:50", "18:05"),
            self.span("08:50", "17:50", day=NEXT)])
        self.assertEqual(
            set(self.env["dingding.attendance.result"].search(
                [("person_id", "=", self.people[0].id)]).mapped("kind")), {"punch"})
        versions = self.versions()
        self.sync(DAY, NEXT)
        self.assertEqual(self.versions(), versions)
        group.source = "results"
        self.sync(DAY)
        self.assertEqual(self.spans(), [
            self.span("08:55", "18:05"), self.span("08:50", "17:50", day=NEXT)])
        self.check_valid()

    def test_another_group_deletes_nothing_unplanned(self):
        """A person with free shifts has no results of that time."""
        for clock in ("09:00", "18:00"):
            self.punch(self.free, clock)
            self.punch(self.free, clock, day=NEXT)
        self.at("20:00")
        self.sync()
        shift = self.post("shifts", sections=[[540, 1080]], name="Tuesday")
        self.post("groups", name="Tuesday", week=[0, 0, shift["id"], 0, 0, 0, 0],
                  members=[self.free])
        self.at("20:00", day=NEXT)
        self.sync(DAY, NEXT)
        self.assertEqual(self.spans(self.free), [
            self.span("09:00", "18:00"), self.span("09:00", "18:00", day=NEXT)])
        self.assertEqual(
            self.people[2].attendance_group_id.name, "Tuesday")
        versions = self.versions()
        self.sync(DAY, NEXT)
        self.assertEqual(self.versions(), versions)

    def test_nobody_without_an_employee(self):
        self.people[0].employee_id = False
        self.punch(self.office, "08:55")
        self.at("10:00")
        self.sync()
        self.assertEqual(self.env["dingding.attendance.result"].search([]).ids, [])
        self.people[0].employee_id = self.employees[0]
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "")])

    def test_people_in_other_time_zones(self):
        user = self._make_user(self.env, "abroad", "base.group_user", tz="Europe/Paris")
        self.employees[0].user_id = user
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        # 08:55 in Beijing, wherever the person is.
        self.assertEqual(self.spans(), [("2026-11-02 00:55", "2026-11-02 10:05")])

    def test_windows_and_pages(self):
        self.at("20:00", day="2026-11-20")
        self.sync("2026-11-01", "2026-11-20")
        self.assertDingTalkCalled(LIST, times=3)
        self.assertDingTalkCalled(GROUPS, times=1)
        self.assertEqual(set(self.problems()), {"absent"})

    def test_half_a_year_back(self):
        with self.assertRaises(UserError):
            self.env["dingding.attendance.sync"]._start(
                self.corp, self.now.date() - datetime.timedelta(days=200),
                self.now.date())
        sync = self.sync("2026-01-01", DAY)
        self.assertEqual(sync.state, "done")

    def test_refusal_is_explained(self):
        self.simulator.settings(scopes=["qyapi_attendance_group_read"])
        sync = self.sync(state="failed")
        self.assertEqual(sync.error_remedy, "permission")
        self.assertIn("qyapi_get_attendance_data", sync.last_error + sync.error_html)

    def test_plan_that_was_taken_back(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        self.assertEqual(len(self.spans()), 1)
        self.post("schedule", userid=self.office, day=DAY, shift_id=0)
        sync = self.sync()
        self.assertEqual((self.spans(), sync.attendances_deleted), ([], 1))

    def test_leavers_keep_their_attendance(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        self.sync()
        self.simulator.control("DELETE", "/users/" + self.office)
        sync = self.sync()
        self.assertEqual(sync.results_changed, 0)
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])

    def test_the_end_of_a_shift_is_no_change(self):
        """Each morning's sync finds check-outs of the night."""
        from ..models import dingding_attendance_sync_write

        self._replace(dingding_attendance_sync_write, "FEW", 3)
        userids = sorted(user["userid"] for user in self.simulator.users())[3:]
        for number, userid in enumerate(userids):
            employee = self.env["hr.employee"].create({"name": "Night %d" % number})
            self.people.create({
                "name": userid, "userid": userid, "corp_id": self.corp.id,
                "employee_id": employee.id})
            self.post("schedule", userid=userid, day=DAY,
                      shift_id=self.night_shift["id"])
        self.post("groups", name="Many", type="TURN",
                  shifts=[self.night_shift["id"]], members=userids)
        for userid in userids:
            self.punch(userid, "21:55")
            self.punch(userid, "06:05", day=NEXT)
        self.at("23:00")
        self.assertEqual(self.sync().attendances_created, len(userids))
        self.at("07:00", day=NEXT)
        sync = self.sync()
        self.assertGreater(len(userids), 4)
        self.assertEqual(
            (sync.attendances_updated, sync.to_update), (len(userids),) * 2)

    def test_preview_and_threshold(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        sync = self.sync(mode="preview", state="confirm")
        self.assertEqual((self.spans(), sync.to_create), ([], 1))
        self.assertEqual(sync.line_ids.mapped("action"), ["create"])
        officer = self.officer()
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.attendance.sync", "action_apply",
                    [sync.id])
        call_as(officer, "dingding.attendance.sync", "action_apply", [sync.id])
        self.process_queue("dingding.attendance.sync")
        compat.forget(self.env)
        self.assertEqual((sync.state, sync.decided_by), ("done", officer))
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])

    def officer(self):
        """Return somebody who manages attendances, and not DingTalk."""
        return self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")

    def test_officers_decide_about_lists_only(self):
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        syncs = "dingding.attendance.sync"
        sync = self.sync(mode="preview", state="confirm")
        running = self.env[syncs].create({
            "corp_id": self.corp.id, "kind": "month", "date_from": DAY,
            "date_to": DAY})
        officer, company = self.officer(), self.corp.company_id
        # The user who started it stops it; it costs calls.
        with self.assertRaises(AccessError):
            call_as(officer, syncs, "action_cancel", running.ids)
        with self.assertRaises(AccessError):
            call_as(officer, syncs, "action_retry", sync.ids)
        self.corp.company_id = self.env["res.company"].create({"name": "Other"})
        for user in (officer, self.user_employee, self.user_dingtalk):
            for method in ("action_apply", "action_cancel"):
                with self.assertRaises(AccessError):
                    call_as(user, syncs, method, sync.ids)
        self.corp.company_id = company
        compat.flush(self.env)
        call_as(officer, syncs, "action_cancel", sync.ids)
        compat.forget(self.env)
        self.assertEqual((sync.state, self.spans()), ("cancelled", []))
        for method, error in (
            ("action_apply", UserError), ("action_cancel", AccessError),
        ):
            with self.assertRaises(error):
                call_as(officer, syncs, method, sync.ids)

    def test_only_what_was_listed_is_written(self):
        """People changed since the preview are left to the next sync."""
        for userid in (self.office, self.free):
            self.punch(userid, "08:55")
            self.punch(userid, "18:05")
        self.at("20:00")
        sync = self.sync(mode="preview", state="confirm")
        self.assertEqual(sync.to_create, 2)
        other = self.env["hr.employee"].create({"name": "Other"})
        self.people[0].employee_id = other
        officer = self.officer()
        compat.flush(self.env)
        call_as(officer, "dingding.attendance.sync", "action_apply", [sync.id])
        self.process_queue("dingding.attendance.sync")
        compat.forget(self.env)
        attendances = self.env["hr.attendance"]
        self.assertFalse(attendances.search([("employee_id", "=", other.id)]))
        self.assertEqual(self.spans(self.free), [self.span("08:55", "18:05")])
        self.assertEqual(
            (sync.state, sync.attendances_created, sync.people_left), ("done", 1, 1))
        self.assertIn("1 people have changed", sync.with_context(lang="en_US").result)
        with self.assertRaises(UserError):
            call_as(officer, "dingding.attendance.sync", "action_apply", [sync.id])
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])

    def test_too_many_changes_wait(self):
        days = ["2026-10-%02d" % day for day in range(5, 31)]
        for day in days:
            self.punch(self.office, "08:55", day=day)
            self.punch(self.office, "18:05", day=day)
        self.sync(days[0], days[-1])
        before = self.spans()
        self.assertEqual(len(before), 20)
        for day in days:
            self.post("schedule", userid=self.office, day=day, shift_id=0)
        officer = self.officer()
        sync = self.sync(days[0], days[-1], state="confirm")
        # Those who decide are told.
        told = self.env["mail.activity"].search(
            [("res_model", "=", sync._name), ("res_id", "=", sync.id)])
        self.assertLessEqual(officer | self.user_manager, told.mapped("user_id"))
        self.assertEqual((sync.waits_for, sync.to_delete), ("threshold", 20))
        self.assertEqual(self.spans(), before)
        call_as(self.user_manager, "dingding.attendance.sync", "action_cancel",
                [sync.id])
        compat.forget(self.env)
        self.assertEqual((sync.state, self.spans()), ("cancelled", before))

    def test_each_morning(self):
        self.corp.attendance_read = "nightly"
        syncs = self.env["dingding.attendance.sync"]
        self.at("05:00", day="2026-11-05")
        syncs._cron_read()
        self.assertFalse(syncs.search([]))
        self.at("06:10", day="2026-11-05")
        syncs._cron_read()
        syncs._cron_read()
        sync = syncs.search([])
        self.assertEqual(
            (sync.kind, str(sync.date_from)[:10], str(sync.date_to)[:10]),
            ("nightly", "2026-11-02", "2026-11-04"))
        self.corp.attendance_month_day = 5
        self.at("05:00", day="2026-11-05")
        syncs._cron_read()
        self.assertFalse(syncs.search([("kind", "=", "month")]))
        self.at("06:10", day="2026-11-05")
        syncs._cron_read()
        month = syncs.search([("kind", "=", "month")])
        self.assertEqual(
            (str(month.date_from)[:10], str(month.date_to)[:10]),
            ("2026-10-01", "2026-10-31"))
        syncs._cron_read()
        self.assertEqual(len(syncs.search([("kind", "=", "month")])), 1)
        month._end("failed")
        syncs._cron_read()
        self.assertEqual(len(syncs.search([("kind", "=", "month")])), 1)
        self.at("06:10", day="2026-11-06")
        syncs._cron_read()
        again = syncs.search([("kind", "=", "month")]) - month
        self.assertEqual(str(again.date_from)[:10], "2026-10-01")
        again._end("done")
        self.at("06:10", day="2026-11-07")
        syncs._cron_read()
        self.assertEqual(syncs.search([("kind", "=", "month")]), month | again)

    def turns(self, sync):
        """Process a sync in turns that are over at once; return its stages."""
        stages = []
        while sync.state in ("queued", "working") and len(stages) < 40:
            sync._process_row(sync.id, 0)
            compat.forget(self.env)
            stages.append((sync.stage, sync.cursor))
        return stages

    def test_a_preview_takes_no_longer_than_a_turn(self):
        from ..models import dingding_attendance_sync_write

        self._replace(dingding_attendance_sync_write, "PEOPLE", 1)
        for userid in (self.office, self.free):
            self.punch(userid, "08:55")
            self.punch(userid, "18:05")
        self.at("20:00")
        sync = self.env["dingding.attendance.sync"]._begin(
            self.corp, "manual", DAY, DAY, mode="preview")
        stages = self.turns(sync)
        cursors = {cursor for stage, cursor in stages if stage == "compare"}
        self.assertLessEqual({self.people[0].id, self.people[2].id}, cursors)
        self.assertEqual((sync.state, sync.waits_for), ("confirm", "preview"))
        self.assertEqual((sync.to_create, len(sync.line_ids)), (2, 2))

    def test_a_threshold_takes_no_longer_than_a_turn(self):
        from ..models import dingding_attendance_sync_write

        self._replace(dingding_attendance_sync_write, "FEW", 1)
        days = ["2026-10-%02d" % day for day in range(5, 10)]
        for day in days:
            self.punch(self.office, "08:55", day=day)
            self.punch(self.office, "18:05", day=day)
        sync = self.sync(days[0], days[-1])
        self.assertEqual((sync.to_create, len(sync.line_ids)), (5, 0))
        for day in days:
            self.post("schedule", userid=self.office, day=day, shift_id=0)
        sync = self.env["dingding.attendance.sync"]._begin(
            self.corp, "manual", days[0], days[-1])
        stages = self.turns(sync)
        # To count the changes, then to list them.
        self.assertEqual(stages.count(("compare", self.people[0].id)), 2)
        self.assertEqual((sync.state, sync.waits_for), ("confirm", "threshold"))
        self.assertEqual((sync.to_delete, len(sync.line_ids)), (5, 5))

    def test_days_of_many_people_are_several_batches(self):
        from ..models import dingding_attendance_sync_write

        days = ["2026-10-%02d" % day for day in range(5, 12)]
        for day in days:
            for userid in (self.office, self.free):
                self.punch(userid, "08:55", day=day)
                self.punch(userid, "18:05", day=day)
        self._replace(dingding_attendance_sync_write, "DAYS", 6)
        sizes = []
        model = type(self.env["dingding.attendance.sync"])
        plans = model._plans

        def counted(this, subjects):
            sizes.append([len(each.days) for each in subjects])
            return plans(this, subjects)

        self._replace(model, "_plans", counted)
        self.sync(days[0], days[-1])
        self.assertGreater(max(sum(size) for size in sizes), 5)
        for size in sizes:
            self.assertTrue(len(size) == 1 or sum(size) <= 6, sizes)
        self.assertEqual(len(self.spans()), 5)
        self.assertEqual(len(self.spans(self.free)), 7)

    def test_a_worker_that_died_is_continued(self):
        self.punch(self.office, "08:55")
        self.punch(self.free, "09:00")
        self.at("10:00")
        sync = self.env["dingding.attendance.sync"]._begin(
            self.corp, "manual", DAY, DAY)
        turns = 0
        while sync.state in ("queued", "working") and turns < 20:
            sync._process_row(sync.id, 0)
            compat.forget(self.env)
            turns += 1
        self.assertEqual(sync.state, "done", sync.last_error)
        self.assertEqual(self.spans(), [self.span("08:55", "")])
        self.assertEqual(self.spans(self.free), [self.span("09:00", "")])

    def test_sources_are_shown_in_words(self):
        self.punch(self.office, "08:55")
        self.at("20:00")
        self.sync()
        row = self.env["dingding.attendance.result"].search(
            [("origin", "=", "USER")], limit=1)
        self.assertEqual(row.origin_name, "By phone")
        self.env.cr.execute(
            "UPDATE dingding_attendance_result SET origin = 'HOLOGRAM' WHERE id = %s",
            [row.id])
        compat.forget(self.env)
        self.assertEqual(row.origin_name, "HOLOGRAM")

    def test_cost_is_shown(self):
        corp = self.corp.with_env(self.env(user=self.user_manager.id))
        self.assertIn("calls a month", corp.attendance_price)
        self.assertIn("%d pushes" % (3 * 44), corp.attendance_price)
