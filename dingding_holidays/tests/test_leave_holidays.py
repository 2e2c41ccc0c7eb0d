# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.leave import FESTIVAL, OVERTIME, Holiday
from odoo.addons.dingding.tests.common import call_as, portable

from .leave_case import LeaveCase

API = "/v1.0/attendance/holidays"


@portable
class TestLeaveHolidays(LeaveCase):
    def setUp(self):
        super().setUp()
        self.company = self.corp.company_id
        self.company.resource_calendar_id = self.calendar
        self.first = datetime.date(2026, 9, 1)
        self.last = datetime.date(2027, 9, 1)
        self.holiday = Holiday(datetime.date(2026, 10, 1), "国庆节", FESTIVAL)
        self.worked = Holiday(datetime.date(2026, 10, 10), "国庆节", OVERTIME)

    def take(self, *found):
        self.corp.sudo()._write_holidays(list(found), self.first, self.last)
        compat.flush(self.env)

    def off(self):
        return self.env["resource.calendar.leaves"].search(
            [("calendar_id", "=", self.calendar.id), ("dingding_key", "!=", False)])

    def lines(self):
        return self.env["resource.calendar.attendance"].search(
            [("calendar_id", "=", self.calendar.id), ("dingding_key", "!=", False)])

    def test_holidays_and_worked_days(self):
        self.take(self.holiday, self.worked)
        leave, = self.off()
        self.assertEqual((leave.name, leave.resource_id.id), ("国庆节", False))
        self.assertEqual(str(leave.date_from)[:19], self.at(self.holiday.day, 0))
        lines = self.lines()
        if "date_from" in lines._fields:
            self.assertEqual(
                [(line.hour_from, line.hour_to) for line in lines],
                [(9, 12), (13, 18)])
            self.assertEqual(set(lines.mapped("dayofweek")), {"5"})
            for line in lines:
                self.assertEqual(str(line.date_from), "2026-10-10")
                self.assertEqual(str(line.date_to), "2026-10-10")
        self.take(self.holiday, self.worked)
        self.assertEqual((self.off(), self.lines()), (leave, lines))

    def test_changed_by_the_state(self):
        self.take(self.holiday, self.worked)
        self.take(self.holiday._replace(name="中秋节"))
        self.assertEqual(self.off().name, "中秋节")
        self.assertFalse(self.lines())
        self.take()
        self.assertFalse(self.off())
        other = self.env["resource.calendar.leaves"].create({
            "name": "Ours", "calendar_id": self.calendar.id,
            "company_id": self.company.id, "date_from": self.at(self.holiday.day, 9),
            "date_to": self.at(self.holiday.day, 18),
        })
        self.take(self.holiday)
        self.assertFalse(self.off())
        self.assertEqual(other.name, "Ours")

    def test_after_a_day_off_that_ends_at_midnight(self):
        self.env["resource.calendar.leaves"].create({
            "name": "Ours", "calendar_id": self.calendar.id,
            "company_id": self.company.id,
            "date_from": self.at(self.holiday.day - datetime.timedelta(days=1), 0),
            "date_to": self.at(self.holiday.day, 0),
        })
        self.take(self.holiday)
        self.assertEqual(
            str(self.off().date_to)[:19], self.at(self.holiday.day, 23.9998))
        self.take(self.holiday)
        self.assertEqual(len(self.off()), 1)

    def test_read(self):
        self.corp.leave_holidays = True
        call_as(self.user_manager, "dingding.corp", "action_read_leave_holidays",
                self.corp.ids)
        self.assertDingTalkCalled(API, times=1)
        self.corp._cron_holidays()
        self.run_queue()
        self.assertDingTalkCalled(API, times=2)

    def test_only_administrators_allow_it(self):
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"leave_holidays": True})
        self.corp.leave_holidays = False
        call_as(self.user_manager, "dingding.corp", "action_read_leave_holidays",
                self.corp.ids)
        self.assertDingTalkNotCalled(API)
