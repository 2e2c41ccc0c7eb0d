# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import os

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .attendance_case import AttendanceCase

FIRST, LAST = "2026-11-01", "2026-11-30"
# ``make bench`` measures a larger month.
SIZE = int(os.environ.get("ATTENDANCE_MONTH_PEOPLE", "12"))
FIGURES = os.environ.get("ATTENDANCE_FIGURES")


@portable
class TestAttendanceMonth(AttendanceCase):
    """A month as in DingTalk's report."""

    def setUp(self):
        super().setUp()
        self.simulator.reset(people=SIZE, departments=2)
        self.simulator.settings(rate_limit=None)
        self.app.write({
            "calls_per_second": 1000, "app_key": self.simulator.app_key,
            "app_secret": self.simulator.app_secret,
        })
        self.env.cr.execute("DELETE FROM dingding_token")
        known = {person.userid: person for person in self.people}
        for user in self.simulator.users():
            if user["userid"] in known:
                continue
            employee = self.env["hr.employee"].create({"name": user["name"]})
            self.people |= self.people.create({
                "name": user["name"], "userid": user["userid"],
                "corp_id": self.corp.id, "employee_id": employee.id,
            })
        self.post("month", first=FIRST, last=LAST)

    def test_month(self):
        # With missed mornings, and once more before pay day.
        for number in range(3, 31, 3):
            day = "2026-11-%02d" % number
            self.at("06:00", day=day)
            first = "2026-11-%02d" % max(number - 5, 1)
            self.sync(first, "2026-11-%02d" % (number - 1))
            self.check_valid()
        self.at("06:00", day="2026-12-03")
        self.sync(FIRST, LAST)
        attendances = self.check_valid()
        self.assertFalse(attendances.filtered(lambda each: not each.check_out))
        equal, different, unexplained = self.compare_hours()
        versions = self.versions()
        sync = self.sync(FIRST, LAST)
        again = self.versions()
        if FIGURES:
            with open(FIGURES, "w") as file:
                json.dump({
                    "people": len(self.people), "attendances": len(attendances),
                    "equal": equal, "different": different,
                    "unexplained": len(unexplained), "rewritten": sum(
                        len(set(again[table]) ^ set(rows))
                        for table, rows in versions.items()),
                }, file)
        self.assertEqual(again, versions)
        self.assertEqual(sync.results_changed, 0)
        self.assertEqual(unexplained, [])
        share = equal / float(equal + len(different))
        self.assertGreaterEqual(share, 0.995, different[:5])

    def compare_hours(self):
        """Compare with DingTalk's report, to the minute.

        :return: number of equal days of a person; the others as (UserID, day, minutes
            here, DingTalk's values, code of the exception); those of them without one
        """
        report = self.simulator.control(
            "GET", "/attendance/report", first=FIRST, last=LAST)
        compat.forget(self.env)
        problems = {
            (each.person_id.userid, str(each.work_date)[:10]): each.code
            for each in self.env["dingding.attendance.problem"].search([])
        }
        found = {
            (each.person_id.userid, str(each.work_date)[:10]): each
            for each in self.env["dingding.attendance.day"].search([])
        }
        groups = {
            person.userid: person.attendance_group_id.kind for person in self.people}
        equal, different, unexplained = 0, [], []
        for userid, days in report.items():
            if groups[userid] == "free":
                continue
            for day, values in days.items():
                mine = found.get((userid, day))
                hours = round(mine.worked_hours * 60) if mine else 0
                late = mine.late_minutes if mine else 0
                early = mine.early_minutes if mine else 0
                if (hours, late, early) == (
                    values["work"], values["late"], values["early"]
                ):
                    equal += 1
                    continue
                different.append(
                    (userid, day, hours, values, problems.get((userid, day))))
                if (userid, day) not in problems:
                    unexplained.append(different[-1])
        return equal, different, unexplained
