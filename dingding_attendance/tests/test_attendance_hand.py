# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .attendance_case import DAY, AttendanceCase

NEXT = "2026-11-03"


@portable
class TestAttendanceByHand(AttendanceCase):
    def by_hand(self, begin, end, day=DAY):
        return self.env["hr.attendance"].create({
            "employee_id": self.employees[0].id, "check_in": self.utc(begin, day),
            "check_out": end and self.utc(end, day),
        })

    def setUp(self):
        super().setUp()
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")

    def test_overlapping_one_is_an_exception(self):
        hand = self.by_hand("12:00", "13:00")
        self.at("20:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("12:00", "13:00")])
        self.assertEqual(self.problems("open"), ["hand"])
        self.assertIn("12:00", self.day().with_context(
            tz="Asia/Shanghai").timeline_html)
        versions = self.versions()
        self.sync()
        self.assertEqual(self.versions(), versions)
        hand.unlink()
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        self.assertEqual(self.problems("open"), [])

    def test_same_times_are_enough(self):
        self.by_hand("08:55", "18:05")
        self.at("20:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        self.assertEqual(self.problems(), [])

    def test_open_one_leaves_room_before_it(self):
        self.by_hand("19:00", False)
        self.at("20:00")
        self.sync()
        self.assertEqual(
            self.spans(), [self.span("08:55", "18:05"), self.span("19:00", "")])

    def test_changed_by_hand_stays(self):
        self.at("20:00")
        self.sync()
        attendance = self.env["hr.attendance"].search([])
        attendance.write({"check_out": self.utc("17:00")})
        self.assertTrue(attendance.dingding_by_hand)
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OnDuty", time=DAY + " 08:00")
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "17:00")])

    def test_officers_are_the_last_editors(self):
        self.at("20:00")
        self.sync()
        attendance = self.env["hr.attendance"].search([])
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        call_as(officer, "hr.attendance", "write", attendance.ids,
                {"check_out": self.utc("17:00")})
        compat.forget(self.env)
        self.assertTrue(attendance.dingding_by_hand)
        self.assertEqual(attendance.write_uid, officer)

    def test_deleted_comes_back(self):
        self.at("20:00")
        self.sync()
        for by_hand in (False, True):
            attendance = self.env["hr.attendance"].search([])
            if by_hand:
                attendance.write({"check_out": self.utc("17:00")})
            officer = self._make_user(
                self.env, "officer%d" % by_hand,
                "hr_attendance.group_hr_attendance_manager")
            call_as(officer, "hr.attendance", "unlink", attendance.ids)
            compat.forget(self.env)
            self.assertEqual(self.spans(), [])
            self.sync()
            self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
            self.assertFalse(self.env["hr.attendance"].search([]).dingding_by_hand)

    def test_entering_it_solves_the_exception(self):
        self.punch(self.office, "08:50", day=NEXT)
        self.at("12:00", day="2026-11-04")
        self.sync(DAY, NEXT)
        problem = self.env["dingding.attendance.problem"].search(
            [("code", "=", "missing_out")])
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        action = call_as(
            officer, "dingding.attendance.problem", "action_correct", [problem.id])
        context = action["context"]
        self.assertEqual(context["default_employee_id"], self.employees[0].id)
        self.assertEqual(
            str(context["default_check_in"])[:16], self.utc("08:50", NEXT)[:16])
        self.by_hand("08:50", "18:00", day=NEXT)
        compat.forget(self.env)
        self.assertEqual(problem.state, "solved")
        self.env["dingding.attendance.day"].search([]).write({"pending": True})
        self.sync(DAY, NEXT)
        self.assertEqual(problem.state, "solved")

    def test_entering_a_part_after_midnight_solves_the_exception(self):
        shift = self.post(
            "shifts", sections=[[1320, 1560], [1620, 1860]], name="Split night")
        self.post("schedule", userid=self.night, day=DAY, shift_id=shift["id"])
        self.punch(self.night, "21:55")
        for clock in ("02:05", "07:05"):
            self.punch(self.night, clock, day=NEXT)
        self.at("20:00", day=NEXT)
        self.sync()
        problem = self.env["dingding.attendance.problem"].search(
            [("person_id.userid", "=", self.night)])
        self.assertEqual(
            (problem.code, str(problem.work_date)[:10], str(problem.moment)[:16]),
            ("missing_in", DAY, self.utc("03:00", NEXT)[:16]))
        values = {"employee_id": self.employees[1].id}
        # The next shift is about another day.
        self.env["hr.attendance"].create(dict(
            values, check_in=self.utc("22:00", NEXT),
            check_out=self.utc("23:00", NEXT)))
        self.assertEqual(problem.state, "open")
        self.env["hr.attendance"].create(dict(
            values, check_in=self.utc("03:00", NEXT),
            check_out=self.utc("07:05", NEXT)))
        self.assertEqual(problem.state, "solved")
        self.env["dingding.attendance.day"].search([]).write({"pending": True})
        self.sync()
        self.assertEqual(problem.state, "solved")
        self.check_valid()

    def test_correcting_a_part_of_a_shift(self):
        shift = self.post("shifts", sections=[[480, 720], [780, 1080]], name="Split")
        self.post("groups", name="Split", week=[shift["id"]] * 7,
                  members=[self.office])
        for clock in ("07:55", "12:55", "18:05"):
            self.punch(self.office, clock, day=NEXT)
        self.at("12:00", day="2026-11-04")
        self.sync(NEXT)
        self.assertEqual(
            self.spans(), [self.span("12:55", "18:05", day=NEXT)])
        problem = self.env["dingding.attendance.problem"].search(
            [("code", "=", "missing_out")])
        begin, end = problem._known_times()
        self.assertEqual(str(begin)[:16], self.utc("07:55", NEXT)[:16])
        self.assertFalse(end)
        self.by_hand("07:55", "12:00", day=NEXT)
        compat.forget(self.env)
        self.assertEqual(problem.state, "solved")
        self.check_valid()

    def test_a_synced_attendance_in_the_way_is_no_manual_one(self):
        self.punch(self.office, "08:55", day=NEXT)
        self.punch(self.office, "18:05", day=NEXT)
        self.at("20:00", day=NEXT)
        self.sync(DAY, NEXT)
        self.assertEqual(self.problems(), [])
        self.post("corrections", userid=self.office, day=DAY, section=0,
                  side="OffDuty", time=NEXT + " 10:00")
        self.sync(DAY)
        self.assertEqual(self.problems("open"), ["overlap"])
        self.check_valid()
        # The other day is corrected, this one stays as it is.
        self.post("corrections", userid=self.office, day=NEXT, section=0,
                  side="OnDuty", time=NEXT + " 11:00")
        self.sync(NEXT)
        self.assertEqual(self.problems("open"), [])
        self.assertEqual(self.spans(), [
            self.span("08:55", "10:00", last=NEXT),
            self.span("11:00", "18:05", day=NEXT)])
        self.check_valid()

    def test_asking_and_accepting(self):
        self.punch(self.office, "08:50", day=NEXT)
        self.at("12:00", day="2026-11-04")
        self.sync(DAY, NEXT)
        problem = self.env["dingding.attendance.problem"].search(
            [("code", "=", "missing_out")])
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        call_as(officer, "dingding.attendance.problem", "action_ask", [problem.id])
        self.process_queue()
        compat.forget(self.env)
        self.assertEqual((problem.state, problem.handled_by), ("asked", officer))
        phone = self.simulator.messages(self.office)
        self.assertIn(NEXT, str(phone))
        call_as(officer, "dingding.attendance.problem", "action_accept", [problem.id])
        compat.forget(self.env)
        self.assertEqual(problem.state, "accepted")
        self.env["dingding.attendance.day"].search([]).write({"pending": True})
        self.sync(DAY, NEXT)
        self.assertEqual(problem.state, "accepted")

    def test_what_odoo_rejects_is_an_exception(self):
        model = type(self.env["dingding.attendance.sync"])
        real, error = model._do, "Not in November"

        def refuse(sync, plan, ids, step, key):
            real(sync, plan, ids, step, key)
            raise ValidationError(str(error))

        self.at("20:00")
        self._replace(model, "_do", refuse)
        sync = self.sync()
        self.assertEqual((self.spans(), self.problems("open")), ([], ["refused"]))
        problem = self.env["dingding.attendance.problem"].search([])
        self.assertIn("November", problem.detail)
        self.assertEqual(sync.attendances_created, 0)
        model._do = real
        self.sync()
        self.assertEqual(self.spans(), [self.span("08:55", "18:05")])
        self.assertEqual(problem.state, "solved")

    def test_nobody_links_attendances(self):
        person = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        values = {
            "employee_id": self.employees[0].id, "check_in": self.utc("10:00"),
            "check_out": self.utc("11:00"), "dingding_key": "1",
        }
        with self.assertRaises(AccessError):
            call_as(person, "hr.attendance", "create", [values]
                    if compat.SERIES >= 12 else values)
        with self.assertRaises(AccessError):
            attendance = self.by_hand("06:00", "07:00")
            call_as(person, "hr.attendance", "write", [attendance.id],
                    {"dingding_by_hand": True})
