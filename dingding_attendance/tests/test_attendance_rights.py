# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .attendance_case import DAY, AttendanceCase

OWN = (
    "dingding.attendance.day", "dingding.attendance.result",
    "dingding.attendance.problem",
)
SYNC = "dingding.attendance.sync"


@portable
class TestAttendanceRights(AttendanceCase):
    def setUp(self):
        super().setUp()
        self.employees[0].user_id = self.user_employee
        for userid in (self.office, self.free):
            self.punch(userid, "09:20")
        self.at("12:00", day="2026-11-04")
        self.done = self.sync()
        self.officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        for model in OWN:
            self.assertGreater(self.env[model].search_count([]), 1)

    def test_employees_see_their_own(self):
        for model in OWN:
            ids = call_as(self.user_employee, model, "search", [])
            self.assertTrue(ids)
            rows = call_as(self.user_employee, model, "read", list(ids))
            self.assertEqual(
                {row["employee_id"][0] for row in rows}, {self.employees[0].id})

    def test_dingtalk_managers_see_no_attendance(self):
        for user in (self.user_dingtalk, self.user_manager):
            for model in OWN:
                self.assertFalse(call_as(user, model, "search", []))
            with self.assertRaises(AccessError):
                call_as(user, "dingding.attendance.sync.line", "search", [])
        self.assertIn(self.done.id, call_as(self.user_manager, SYNC, "search", []))
        for user in (self.user_portal, self.user_public):
            for model in OWN + (SYNC,):
                with self.assertRaises(AccessError):
                    call_as(user, model, "search", [])
        with self.assertRaises(AccessError):
            call_as(self.user_employee, SYNC, "search", [])

    def test_dingtalk_managers_choose_no_attendance_group(self):
        person = self.people[0]
        other = self.people[2].attendance_group_id
        self.assertTrue(other)
        self.assertNotEqual(person.attendance_group_id, other)
        values = {"attendance_group_id": other.id}
        self.corp.write({"leads_structure": "odoo", "leads_profile": "odoo"})
        for user in (self.user_manager, self.user_system):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.user", "write", person.ids, values)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.user", "create", dict(
                    values, name="New", corp_id=self.corp.id, mobile="13900001234"))
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"name": "Renamed"})

    def test_officers_see_their_companies(self):
        for model in OWN:
            self.assertGreater(len(call_as(self.officer, model, "search", [])), 1)
        self.corp.company_id = self.env["res.company"].create({"name": "Other"})
        compat.flush(self.env)
        for model in OWN + (SYNC,):
            self.assertFalse(call_as(self.officer, model, "search", []))

    def test_nobody_writes(self):
        for user in (self.officer, self.user_manager, self.user_employee):
            for model in OWN + (SYNC,):
                record = self.env[model].search([], limit=1)
                with self.assertRaises(AccessError):
                    call_as(user, model, "write", [record.id], {"corp_id": False})
                with self.assertRaises(AccessError):
                    call_as(user, model, "unlink", [record.id])

    def test_who_resolves(self):
        problem = self.env["dingding.attendance.problem"].search(
            [("person_id.userid", "=", self.office)], limit=1)
        for user in (self.user_employee, self.user_manager, self.user_dingtalk):
            for method in ("action_ask", "action_accept", "action_correct"):
                with self.assertRaises(AccessError):
                    call_as(user, problem._name, method, [problem.id])
        call_as(self.officer, problem._name, "action_accept", [problem.id])
        compat.forget(self.env)
        self.assertEqual(problem.state, "accepted")

    def test_who_reads_and_configures(self):
        corp = self.corp.id
        for user in (self.officer, self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.corp", "action_read_attendance", [corp])
        action = call_as(
            self.user_manager, "dingding.corp", "action_read_attendance", [corp])
        self.assertEqual(action["res_model"], "dingding.attendance.read")
        wizard = self.env["dingding.attendance.read"].browse(action["res_id"])
        self.assertGreater(wizard.calls, 0)
        for values in (
            {"attendance_source": "punches"}, {"attendance_read": "nightly"},
            {"attendance_upload": True}, {"attendance_threshold_percent": 0},
        ):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, "dingding.corp", "write", [corp], values)
        group = self.env["dingding.attendance.group"].search([], limit=1)
        for user in (self.user_manager, self.officer):
            with self.assertRaises(AccessError):
                call_as(user, group._name, "write", [group.id], {"source": "none"})
        call_as(self.user_system, group._name, "write", [group.id], {"source": "none"})
        with self.assertRaises(AccessError):
            call_as(self.user_system, group._name, "write", [group.id], {"name": "x"})

    def test_timeline_of_others_is_hidden(self):
        day = self.env["dingding.attendance.day"].search(
            [("person_id.userid", "=", self.free), ("work_date", "=", DAY)])
        with self.assertRaises(AccessError):
            call_as(self.user_employee, day._name, "read", [day.id], ["timeline_html"])
        rows = call_as(self.officer, day._name, "read", [day.id], ["timeline_html"])
        self.assertIn("<table>", rows[0]["timeline_html"])

    def test_needs_are_declared(self):
        corps = self.env["dingding.corp"].with_context(lang="en_US")
        mine = [each for each in corps._dingtalk_needs()
                if each["feature"] == "Attendance"]
        self.assertEqual(
            [each["permission"] for each in mine],
            ["qyapi_get_attendance_data", "qyapi_attendance_group_read",
             "Pro.AttendanceRecord.Write"])
        self.assertEqual({each["purpose"] for each in mine}, {"attendance"})

    def test_punches_are_subscribed_only_if_wanted(self):
        event = "attendance_check_record"
        self.assertNotIn(event, self.corp._dingtalk_events())
        self.corp.attendance_read = "events"
        self.assertIn(event, self.corp._dingtalk_events())
