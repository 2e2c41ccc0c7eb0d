# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.addons.dingding.tests.common import DingTalkCase, portable

from .. import schedule

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def at(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M")


@portable
class TestSchedule(DingTalkCase):
    def due(self, now, tz=SHANGHAI, mode="at_once", begin=22, end=7, weekdays=False):
        zone = schedule.zone(tz, SHANGHAI)
        works = schedule.monday_to_friday if weekdays else schedule.every_day
        moment = schedule.due(at(now), zone, mode, begin, end, works, 8.5)
        return moment.strftime("%Y-%m-%d %H:%M")

    def test_at_once(self):
        self.assertEqual(self.due("2026-03-03 04:00"), "2026-03-03 04:00")

    def test_quiet_hours_are_of_the_persons_time_zone(self):
        # 15:00 UTC is 23:00 in Shanghai and 10:00 in New York.
        self.assertEqual(self.due("2026-03-03 15:00"), "2026-03-03 23:00")
        self.assertEqual(self.due("2026-03-03 15:00", NEW_YORK), "2026-03-03 15:00")
        # 04:00 UTC is noon in Shanghai and 23:00 in New York.
        self.assertEqual(self.due("2026-03-03 04:00", NEW_YORK), "2026-03-03 12:00")

    def test_quiet_hours_within_a_day(self):
        self.assertEqual(
            self.due("2026-03-03 04:30", begin=12, end=13.5), "2026-03-03 05:30")
        self.assertEqual(
            self.due("2026-03-03 06:00", begin=12, end=13.5), "2026-03-03 06:00")

    def test_hours_that_are_no_whole_minutes(self):
        """They were never over."""
        self.assertEqual(self.due("2026-03-03 15:00", end=7.004), "2026-03-03 23:00")
        self.assertEqual(
            self.due("2026-03-03 15:00", begin=0, end=23.999), "2026-03-03 15:59")

    def test_no_quiet_hours(self):
        self.assertEqual(
            self.due("2026-03-03 15:00", begin=22, end=22), "2026-03-03 15:00")

    def test_weekend(self):
        # 2026-03-06 is a Friday.
        self.assertEqual(
            self.due("2026-03-07 04:00", weekdays=True), "2026-03-08 23:00")
        self.assertEqual(
            self.due("2026-03-06 15:00", weekdays=True), "2026-03-08 23:00")
        self.assertEqual(
            self.due("2026-03-06 04:00", weekdays=True), "2026-03-06 04:00")

    def test_gathered(self):
        self.assertEqual(
            self.due("2026-03-03 04:01", mode="gathered"), "2026-03-03 04:15")
        self.assertEqual(
            self.due("2026-03-03 04:15", mode="gathered"), "2026-03-03 04:30")
        self.assertEqual(
            self.due("2026-03-03 13:50", mode="gathered"), "2026-03-03 23:00")

    def test_daily(self):
        self.assertEqual(
            self.due("2026-03-03 04:00", mode="daily"), "2026-03-04 00:30")
        self.assertEqual(
            self.due("2026-03-02 23:30", mode="daily"), "2026-03-03 00:30")

    def test_clock_changes(self):
        # In New York 02:30 does not exist on 2026-03-08 and 01:30 is twice on
        # 2026-11-01.
        self.assertEqual(
            self.due("2026-03-08 06:00", NEW_YORK, begin=0, end=2.5),
            "2026-03-08 07:30")
        self.assertEqual(
            self.due("2026-11-01 04:30", NEW_YORK, begin=0, end=1.5),
            "2026-11-01 05:30")

    def test_the_hour_that_is_there_twice(self):
        """The clock goes back from 2:00 to 1:00 at 4:30 UTC."""
        for now, expected in (("03:50", "04:00"), ("04:50", "05:00")):
            self.assertEqual(
                self.due("2026-11-01 " + now, "America/St_Johns", "gathered", 0, 0),
                "2026-11-01 " + expected)

    def test_unknown_zone(self):
        self.assertEqual(schedule.zone("Nowhere/At_All", SHANGHAI).zone, SHANGHAI)
        self.assertEqual(schedule.zone(False, SHANGHAI).zone, SHANGHAI)
