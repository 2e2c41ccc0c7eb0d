# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.addons.dingding.tests.common import portable

from .notification_case import NotificationCase

TUESDAY = datetime.date(2026, 3, 3)
SATURDAYS = [datetime.date(2026, 3, day) for day in (7, 14, 21)]


@portable
class TestNotificationDays(NotificationCase):
    def setUp(self):
        super().setUp()
        self.corp.notify_days = "calendar"

    def works(self):
        works = self.corp._notify_hours(self.user_employee)[2]
        return [works(day) for day in [TUESDAY] + SATURDAYS]

    def free(self, day, **values):
        """Store a day off."""
        leaves = self.env["resource.calendar.leaves"]
        if "tz" in leaves._fields and not leaves._fields["tz"].related:
            values["tz"] = "Asia/Shanghai"
        before = day - datetime.timedelta(days=1)
        # Newer series take the values for times of the user.
        self.env.user.tz = "Asia/Shanghai"
        leaves.create(dict(
            values, name="Off", calendar_id=self.calendar.id,
            date_from="%s 16:00:00" % before, date_to="%s 15:59:59" % day))

    def test_without_working_hours(self):
        if "resource.calendar" in self.env:
            self.company.resource_calendar_id = False
        self.assertEqual(self.works(), [True, False, False, False])

    def test_calendar_without_hours(self):
        if "resource.calendar" not in self.env:
            self.skipTest("without the addon resource")
        calendar = self.env["resource.calendar"].create(
            {"name": "Free", "company_id": self.company.id})
        calendar.attendance_ids.unlink()
        self.company.resource_calendar_id = calendar
        self.assertEqual(self.works(), [True, False, False, False])

    def test_saturdays_only(self):
        if "resource.calendar" not in self.env:
            self.skipTest("without the addon resource")
        values = {
            "name": "Saturdays", "company_id": self.company.id, "attendance_ids": [
                (5, 0, 0),
                (0, 0, {"name": "Sat", "dayofweek": "5", "hour_from": 9,
                        "hour_to": 17}),
            ],
        }
        calendars = self.env["resource.calendar"]
        if "tz" in calendars._fields:
            values["tz"] = "Asia/Shanghai"
        self.calendar = calendars.create(values)
        self.company.resource_calendar_id = self.calendar
        self.assertEqual(self.works(), [False, True, True, True])
        self.free(SATURDAYS[0])
        self.assertEqual(self.works(), [False, False, True, True])
        resource = self.env["resource.resource"].create({
            "name": "Employee", "user_id": self.user_employee.id,
            "company_id": self.company.id, "calendar_id": self.calendar.id})
        self.free(SATURDAYS[1], resource_id=resource.id)
        self.assertEqual(self.works(), [False, False, False, True])
        self.assertFalse(
            self.corp._notify_hours(self.user_dingtalk)[2](SATURDAYS[0]))
        self.assertTrue(
            self.corp._notify_hours(self.user_dingtalk)[2](SATURDAYS[1]))
        self.post()
        self.process_queue("dingding.notification")
        row = self.env["dingding.notification"].search([
            ("gathering", "=", True), ("line_ids.user_id", "=", self.user_employee.id)])
        self.assertEqual(str(row.next_try)[:10], "2026-03-20")
        self.assertEqual(str(row.next_try)[11:16], "23:00")
