# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_attendance_upload
from .attendance_case import UPLOAD, AttendanceCase

MODEL = "dingding.attendance.upload"


@portable
class TestAttendanceUpload(AttendanceCase):
    def setUp(self):
        super().setUp()
        self.corp.attendance_upload = True
        self.moment = utc.now().replace(microsecond=0)
        self.simulator.settings(clock_offset=0)
        self.env.cr.execute("DELETE FROM dingding_token")
        self._replace(
            type(self.env["dingding.attendance.sync"]), "_utcnow",
            lambda this: utc.now().replace(microsecond=0))

    def check_in(self):
        return self.env["hr.attendance"].create({
            "employee_id": self.employees[2].id,
            "check_in": fields.Datetime.to_string(self.moment),
        })

    def kept(self):
        kept = self.simulator.control("GET", "/attendance")
        return kept["punches"].get(self.free, [])

    def test_archived_organisation(self):
        self.check_in()
        compat.flush(self.env)
        self.corp.active = False
        self.process_queue(MODEL)
        compat.forget(self.env)
        self.assertEqual(self.env[MODEL].search([]).state, "failed")
        self.env["hr.attendance"].create({
            "employee_id": self.employees[1].id,
            "check_in": fields.Datetime.to_string(self.moment)})
        self.assertEqual(self.env[MODEL].search_count([]), 1)
        self.assertDingTalkNotCalled()

    def test_a_punch_that_is_deleted_before_it_is_sent(self):
        """As that of a wrong person while the month's budget is used up."""
        self.check_in().unlink()
        compat.flush(self.env)
        compat.forget(self.env)
        self.process_queue(MODEL)
        self.assertDingTalkNotCalled(UPLOAD)
        row = self.env[MODEL].search([])
        compat.forget(self.env)
        self.assertEqual(row.state, "cancelled")
        # Entered again after all.
        self.check_in()
        compat.flush(self.env)
        self.process_queue(MODEL)
        compat.forget(self.env)
        self.assertEqual(row.state, "done", row.last_error)
        self.assertDingTalkCalled(UPLOAD, times=1)

    def test_a_punch_that_is_moved_before_it_is_sent(self):
        """At the kiosk somebody has pressed a colleague's name."""
        self.check_in().employee_id = self.employees[1]
        compat.flush(self.env)
        compat.forget(self.env)
        self.process_queue(MODEL)
        self.assertDingTalkNotCalled(UPLOAD)
        compat.forget(self.env)
        self.assertEqual(self.env[MODEL].search([]).state, "cancelled")

    def test_managers_are_told_whose_failures_are_hidden(self):
        """They see their own punches only."""
        self.check_in()
        self.env[MODEL].search([]).write({"state": "failed", "last_error": "Refused"})
        self.employees[1].user_id = self.user_manager
        self.env["hr.attendance"].create({
            "employee_id": self.employees[1].id,
            "check_in": fields.Datetime.to_string(self.moment)})
        mine = self.env[MODEL].search([("employee_id", "=", self.employees[1].id)])
        mine.write({"state": "failed", "last_error": "Refused"})
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "attendance_upload")])
        self.assertEqual(alert.count, 2)
        values = call_as(self.user_manager, alert._name, "read", alert.ids, [])[0]
        self.assertIn("Attendance officer", values["only_for"])
        action = call_as(
            self.user_manager, alert._name, "action_open_failures", alert.ids)
        self.assertEqual(
            call_as(self.user_manager, MODEL, "search", action["domain"]), mine.ids)
        mine.write({"state": "done"})
        with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
            call_as(self.user_manager, alert._name, "action_open_failures", alert.ids)
        self.assertIn("Attendance officer", str(caught.exception))

    def test_an_employee_who_punches_without_end(self):
        self._replace(dingding_attendance_upload, "MOST_A_DAY", 1)
        self.check_in().check_out = fields.Datetime.to_string(
            self.moment + datetime.timedelta(seconds=1))
        compat.flush(self.env)
        self.process_queue(MODEL)
        compat.forget(self.env)
        rows = self.env[MODEL].search([], order="id")
        self.assertEqual(rows.mapped("state"), ["done", "failed"])
        self.assertIn("Too many", rows[1].last_error)
        self.assertDingTalkCalled(UPLOAD, times=1)
        # A manager who may see it decides.
        officers = self.env.ref("dingding_attendance.group_officer")
        self.user_manager.write({compat.USER_GROUPS: [(4, officers.id)]})
        uploads = compat.with_user(rows[1], self.user_manager)
        view = self.env.ref("dingding_attendance.dingding_attendance_upload_view_tree")
        if compat.SERIES >= 16:
            arch = uploads.get_view(view.id, view.type)["arch"]
        else:
            arch = uploads.fields_view_get(view.id, view.type)["arch"]
        self.assertIn('name="action_retry"', arch)
        uploads.action_retry()
        self.process_queue(MODEL)
        self.assertDingTalkCalled(UPLOAD, times=2)
        rows.write({"punched_at": "2001-01-01 00:00:00"})
        self.assertFalse(rows[1]._is_excessive(self.moment))

    def test_sent_once_and_recognised(self):
        attendance = self.check_in()
        self.process_queue(MODEL)
        compat.forget(self.env)
        upload = self.env[MODEL].search([])
        self.assertEqual((upload.state, upload.side), ("done", "in"), upload.last_error)
        (punch,) = self.kept()
        self.assertEqual(punch["device"], self.corp._attendance_device())
        day = str((self.moment + datetime.timedelta(hours=8)).date())
        self.sync(day)
        self.assertEqual(
            self.env["hr.attendance"].search(
                [("employee_id", "=", self.employees[2].id)]), attendance)
        self.assertEqual(
            self.env["dingding.attendance.problem"].search(
                [("person_id.userid", "=", self.free)]).ids, [])
        attendance.write({"check_out": fields.Datetime.to_string(
            self.moment + datetime.timedelta(seconds=90))})
        self.assertEqual(
            sorted(self.env[MODEL].search([]).mapped("side")), ["in", "out"])

    def read_again(self):
        day, one = self.moment + datetime.timedelta(hours=8), datetime.timedelta(days=1)
        self.sync(str((day - one).date()), str((day + one).date()))

    def leave_by_phone(self, sent):
        """Check in at Odoo's kiosk, and leave by phone; return the attendance."""
        self.corp.attendance_upload = sent
        hours, text = datetime.timedelta(hours=8), "%Y-%m-%d %H:%M:%S"
        self.moment -= datetime.timedelta(minutes=3)
        self.left = self.moment + datetime.timedelta(minutes=2)
        if (self.left + hours).hour == 0:
            # The shift began before midnight.
            self.post("groups", name="Late", type="NONE", members=[self.free],
                      day_start=240)
        attendance = self.check_in()
        self.process_queue(MODEL)
        if not sent:
            self.post("punches", userid=self.free,
                      time=(self.moment + hours).strftime(text))
        self.post("punches", userid=self.free,
                  time=(self.left + hours).strftime(text))
        self.read_again()
        self.assertEqual(self.env["hr.attendance"].search(
            [("employee_id", "=", self.employees[2].id)]), attendance)
        return attendance

    def exceptions(self):
        return self.env["dingding.attendance.problem"].search(
            [("person_id.userid", "=", self.free)]).mapped("code")

    def test_in_at_the_kiosk_and_out_by_phone(self):
        attendance = self.leave_by_phone(True)
        self.assertEqual(
            fields.Datetime.from_string(attendance.check_out), self.left)
        self.assertTrue(attendance.dingding_key)
        self.assertFalse(attendance.dingding_by_hand)
        self.assertEqual(self.exceptions(), [])
        self.assertEqual(len(self.env[MODEL].search([])), 1)
        self.check_valid()
        versions = self.versions()
        self.read_again()
        self.assertEqual(self.versions(), versions)

    def test_kiosk_punches_return_without_seconds(self):
        area = type(self.corp._attendance_client().attendance)
        punches = area.punches
        self._replace(area, "punches", lambda this, *args: [
            each._replace(actual=each.actual.replace(second=0))
            for each in punches(this, *args)])
        attendance = self.leave_by_phone(True)
        self.assertEqual(
            fields.Datetime.from_string(attendance.check_out),
            self.left.replace(second=0))
        self.assertTrue(attendance.dingding_key)
        self.assertEqual(self.exceptions(), [])
        self.check_valid()

    def test_entered_manually_and_out_by_phone(self):
        attendance = self.leave_by_phone(False)
        self.assertFalse(attendance.check_out)
        self.assertFalse(attendance.dingding_key)
        self.assertEqual(self.exceptions(), ["hand"])

    def test_lost_answer_is_not_repeated(self):
        self.simulator.fault("reset_after", UPLOAD)
        self.check_in()
        self.process_queue(MODEL, rounds=1)
        self.assertEqual(len(self.kept()), 1)
        self.env[MODEL].search([]).write({"next_try": False})
        self.process_queue(MODEL)
        compat.forget(self.env)
        self.assertEqual(self.env[MODEL].search([]).state, "done")
        self.assertEqual(len(self.kept()), 1)

    def test_only_what_is_punched_now(self):
        self.env["hr.attendance"].create({
            "employee_id": self.employees[2].id, "check_in": self.utc("09:00"),
            "check_out": self.utc("18:00"),
        })
        self.assertFalse(self.env[MODEL].search([]))
        self.corp.attendance_upload = False
        self.check_in()
        self.assertFalse(self.env[MODEL].search([]))

    def test_what_dingtalk_made_is_not_sent_back(self):
        self.post("punches", userid=self.free)
        day = str((self.moment + datetime.timedelta(hours=8)).date())
        self.sync(day)
        self.assertEqual(len(self.spans(self.free)), 1)
        self.assertFalse(self.env[MODEL].search([]))
