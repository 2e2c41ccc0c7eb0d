# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .attendance_case import DAY, AttendanceCase


@portable
class TestAttendanceOverview(AttendanceCase):
    def test_line(self):
        self.assertIsNone(self.overview_line("attendance"))
        officer = self._make_user(
            self.env, "officer", "dingding.group_manager",
            "hr_attendance.group_hr_attendance_manager")
        line = self.overview_line("attendance", officer)
        self.assertEqual(
            (line["value"], line["state"]), ("Days: 0, open exceptions: 0", "ok"))
        self._replace(type(self.corp), "_lately", lambda corp: DAY + " 00:00:00")
        self.punch(self.office, "09:00")
        self.at("20:00", "2026-11-03")
        self.sync()
        compat.flush(self.env)
        line = self.overview_line("attendance", officer)
        days = self.env["dingding.attendance.day"].search_count([])
        problems = self.env["dingding.attendance.problem"].search_count(
            [("state", "=", "open")])
        self.assertTrue(days and problems)
        self.assertEqual(line["value"], "Days: %d, open exceptions: %d" % (
            days, problems))
        self.assertEqual(line["action"]["res_model"], "dingding.attendance.problem")
        self.assertEqual(line["state"], "warning")
        digest = self.corp.with_env(self.env(user=officer.id))._digest_lines()
        self.assertFalse([each for each in digest if each.startswith(line["label"])])

    def test_step(self):
        step = self.setup_step("attendance")
        self.assertFalse(step["done"])
        self.assertIn("qyapi_get_attendance_data", step["needs"])
        self.at("20:00", "2026-11-03")
        self.sync()
        self.assertTrue(self.setup_step("attendance")["done"])

    def test_a_failed_sync_is_an_alert(self):
        self.at("20:00", "2026-11-03")
        sync = self.sync()
        self.assertEqual(self.alerts("attendance"), [])
        self.env.cr.execute(
            "UPDATE dingding_attendance_sync SET state = 'failed',"
            " last_error = 'DingTalk is busy', error_remedy = 'server_busy'"
            " WHERE id = %s", [sync.id])
        compat.forget(self.env)
        self.assertEqual(self.alerts("attendance"), ["open"])
        self.sync()
        self.assertEqual(self.alerts("attendance"), ["solved"])

    def test_a_failed_sync_of_check_ins_is_an_alert(self):
        def read(state):
            self.env["dingding.checkin.sync"]._begin(
                self.corp, "nightly", DAY, DAY).write(
                    {"state": state, "last_error": "DingTalk is busy"})

        read("failed")
        self.assertEqual(self.alerts("checkin"), ["open"])
        self.assertEqual(self.alerts("attendance"), [])
        read("done")
        self.assertEqual(self.alerts("checkin"), ["solved"])

    def alerts(self, kind):
        """Return the states of the alerts of a kind, after counting."""
        compat.flush(self.env)
        self.env["dingding.alert"].action_check()
        return self.env["dingding.alert"].search(
            [("kind", "=", kind), ("corp_id", "=", self.corp.id)]).mapped("state")
