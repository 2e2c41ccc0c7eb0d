# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import UserError

from odoo.addons.dingding.models.remedies import user_errors
from odoo.addons.dingding.tests.common import DingTalkCase, portable

API = "/attendance/listRecord"
DAY = ("2026-01-31 00:00:00", "2026-02-01 00:00:00")


@portable
class TestAttendance(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.corp = self.env["dingding.corp"].with_context(
            lang="en_US").browse(self.corp.id)
        self.user = self.env["dingding.user"].create({
            "name": "Wang", "corp_id": self.corp.id,
            "userid": self.simulator.users()[0]["userid"]})

    def test_area(self):
        punches = self.corp._dingtalk_punches(self.user, *DAY)
        self.assertEqual([each["userId"] for each in punches], [self.user.userid])
        self.assertDingTalkCalled(API, times=1)

    def test_error_code_has_its_remedy(self):
        self.simulator.fault("error", API, code=850001, message="too long")
        with self.assertRaises(UserError) as caught, user_errors(self.corp.env):
            self.corp._dingtalk_punches(self.user, *DAY)
        self.assertIn("Read at most seven days at once.", str(caught.exception))

    def test_purpose(self):
        self.assertEqual(self.corp._app_for("attendance"), self.app)
        second = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id})
        self.corp.attendance_app_id = second
        self.assertEqual(self.corp._app_for("attendance"), second)
        self.assertEqual(second.with_context(lang="en_US").used_for, "For attendance")

    def test_needs(self):
        lines = self.corp.env["dingding.health"]._check(self.corp)
        found = [line for line in lines if line["name"] == "Permissions: Attendance"]
        self.assertEqual(
            [line["message"] for line in found],
            ["qyapi_get_attendance_data 考勤数据读权限"])
        self.assertIn("attendance_check_record", self.corp._dingtalk_events())
