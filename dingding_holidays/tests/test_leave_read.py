# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..leaves import SPLIT, days_of, is_cancelled
from .leave_case import CHANGE, INSTANCES, ROWS, LeaveCase

ONE_DAY = datetime.timedelta(days=1)


@portable
class TestLeaveRead(LeaveCase):
    def setUp(self):
        super().setUp()
        self.map("年假", self.free, "dingtalk")
        self.map("事假", self.second, "dingtalk")
        self.day = self.monday()

    def half(self, day, half):
        return "%s %s" % (day, half)

    def whole(self, first=None, last=None, **values):
        first = first or self.day
        return self.approved(
            "年假", self.half(first, "AM"), self.half(last or first, "PM"), **values)

    def stored(self, moment):
        return fields.Datetime.to_string(fields.Datetime.from_string(moment))

    def test_approved_becomes_a_leave(self):
        key = self.ask(
            "年假", self.half(self.day, "AM"), self.half(self.day + ONE_DAY, "PM"),
            reason="回家")
        self.tell(key, "start")
        self.assertDingTalkNotCalled(INSTANCES)
        self.assertFalse(self.leaves())
        self.decide(key)
        self.assertDingTalkCalled(INSTANCES, times=1)
        leave, = self.leaves()
        self.assertEqual(leave.state, "validate")
        self.assertEqual(leave.holiday_status_id, self.free)
        name = "private_name" if "private_name" in leave._fields else "name"
        self.assertEqual(leave[name], "回家")
        self.assertEqual(days_of(leave), 2)
        self.assertEqual(self.stored(leave.date_from), self.at(self.day, 9))
        self.assertEqual(self.stored(leave.date_to), self.at(self.day + ONE_DAY, 18))
        row = self.row(key)
        self.assertEqual((row.status, row.problem), ("approved", False))
        self.assertEqual(row.leave_ref, leave.id)
        self.assertEqual(row.employee_id, self.worker)
        self.assertEqual(row.days, 2)

    def test_the_user_of_scheduled_actions_has_no_time_zone(self):
        self.env.user.tz = False
        self.whole()
        leave, = self.leaves()
        self.assertEqual(leave.state, "validate")

    def test_event_twice_is_one_leave(self):
        key = self.whole()
        self.tell(key)
        self.tell(key)
        self.assertEqual(len(self.leaves()), 1)
        self.assertEqual(self.env[ROWS].search_count([("instance_id", "=", key)]), 1)

    def test_start_and_end_at_once(self):
        key = self.ask(
            "年假", self.half(self.monday(), "AM"), self.half(self.monday(), "PM"))
        self.decide(key, tell=False)
        self.tell(key, "start", "finish")
        self.assertEqual(len(self.leaves()), 1)
        self.assertEqual(self.row(key).status, "approved")

    def test_half_days(self):
        for begin, end, hours, days in (
            ("AM", "AM", (9, 12), 0.5), ("PM", "PM", (13, 18), 0.5),
        ):
            before = self.leaves()
            self.approved(
                "年假", self.half(self.day, begin), self.half(self.day, end))
            leave = self.leaves() - before
            self.assertEqual(leave.state, "validate")
            self.assertEqual(self.stored(leave.date_from), self.at(self.day, hours[0]))
            self.assertEqual(self.stored(leave.date_to), self.at(self.day, hours[1]))
            self.assertAlmostEqual(days_of(leave), days, delta=0.26)
            self.day += ONE_DAY
        self.approved(
            "年假", self.half(self.day, "PM"), self.half(self.day + ONE_DAY, "AM"))
        leave = self.leaves()[-1]
        self.assertEqual(self.stored(leave.date_from), self.at(self.day, 13))
        self.assertEqual(self.stored(leave.date_to), self.at(self.day + ONE_DAY, 12))
        if "request_date_to_period" in leave._fields:
            self.assertEqual(
                (leave.request_date_from_period, leave.request_date_to_period),
                ("pm", "am"))

    def test_half_days_without_a_break(self):
        """Morning and afternoon do not overlap, and each is half of the hours."""
        for lines, noon in (
            (((9, 18),), 13.5), (((9, 14),), 11.5), (((9, 17), (18, 20)), 14),
            (((8, 11.5), (11.5, 16)), 12),
        ):
            self.calendar.attendance_ids.unlink()
            self.calendar.write({"attendance_ids": [
                (0, 0, self._line(self.day.weekday(), first, last))
                for first, last in lines]})
            before, keys = self.leaves(), []
            for half in ("AM", "PM"):
                keys.append(self.approved(
                    "年假", self.half(self.day, half), self.half(self.day, half)))
            rows = [self.row(key) for key in keys]
            self.assertFalse([row.problem for row in rows if row.problem])
            morning, afternoon = (self.leaves() - before).sorted("date_from")
            early = 0 if SPLIT else 1 / 3600.0
            self.assertEqual(
                self.stored(morning.date_to), self.at(self.day, noon - early))
            self.assertEqual(self.stored(afternoon.date_from), self.at(self.day, noon))
            self.assertEqual(
                self.stored(afternoon.date_to), self.at(self.day, lines[-1][1]))
            self.day += ONE_DAY

    def test_working_hours_of_the_day(self):
        """From 19 on employees have versions, each with its working hours."""
        if "hr.version" not in self.env:
            self.skipTest("Employees have no versions")
        calendar = self.env["resource.calendar"].create({
            "name": "Early", "company_id": self.corp.company_id.id,
            "tz": "Asia/Shanghai", "attendance_ids": [(5, 0, 0)] + [
                (0, 0, dict(self._line(day, first, last)))
                for day in range(5) for first, last in ((8, 11), (12, 17))
            ],
        })
        self.worker.create_version(
            {"date_version": self.day, "resource_calendar_id": calendar.id})
        compat.flush(self.env)
        compat.forget(self.env)
        self.assertEqual(self.worker.resource_calendar_id, self.calendar)
        self.whole()
        leave, = self.leaves()
        self.assertEqual(self.stored(leave.date_from), self.at(self.day, 8))
        self.assertEqual(self.stored(leave.date_to), self.at(self.day, 17))

    def test_hours(self):
        self.approved("事假", "%s 09:00" % self.day, "%s 11:30" % self.day)
        leave, = self.leaves()
        self.assertEqual(leave.state, "validate")
        self.assertEqual(self.stored(leave.date_from), self.at(self.day, 9))
        self.assertEqual(self.stored(leave.date_to), self.at(self.day, 11.5))
        self.assertLess(days_of(leave), 0.5)
        self.day += ONE_DAY
        self.approved("事假", "%s 14:00" % self.day, "%s 11:30" % (self.day + ONE_DAY))
        leave = self.leaves() - leave
        self.assertEqual(leave.state, "validate")
        self.assertEqual(self.stored(leave.date_from), self.at(self.day, 14))
        self.assertEqual(self.stored(leave.date_to), self.at(self.day + ONE_DAY, 11.5))
        if "request_date_to_period" in leave._fields:
            self.assertEqual(
                (leave.request_hour_from, leave.request_hour_to), (14, 11.5))

    def test_refused(self):
        key = self.ask("年假", self.half(self.day, "AM"), self.half(self.day, "PM"))
        self.decide(key, "refuse")
        self.assertFalse(self.leaves())
        row = self.row(key)
        self.assertEqual((row.status, row.employee_id), ("refused", self.worker))
        self.assertEqual(self.stored(row.begin), self.at(self.day, 9))
        self.assertEqual(self.stored(row.end), self.at(self.day, 18))

    def test_without_approval_in_odoo(self):
        nobody = self._odoo_type("Nobody approves", approval="no_validation")
        self.map("年假", nobody, "dingtalk")
        if "request_unit" in nobody._fields:
            # Odoo computes a whole day.
            nobody.request_unit = "day"
        key = self.approved("年假", self.half(self.day, "AM"), self.half(self.day, "AM"))
        leave, = self.leaves()
        self.assertEqual((leave.state, self.row(key).problem), ("validate", False))
        busy = self.env["resource.calendar.leaves"].search(
            [("holiday_id", "=", leave.id)])
        for record in (leave, busy):
            self.assertEqual(self.stored(record.date_from), self.at(self.day, 9))
            self.assertEqual(self.stored(record.date_to), self.at(self.day, 12))

    def test_two_approvals_in_odoo(self):
        twice = self._odoo_type("Twice", twice=True)
        self.map("年假", twice, "dingtalk")
        self.whole()
        self.assertEqual(self.leaves().state, "validate")

    def test_revoked(self):
        key = self.whole()
        leave = self.leaves()
        revocation = self.ask(
            "年假", self.half(self.day, "AM"), self.half(self.day, "PM"),
            action="REVOKE", main_id=key)
        self.assertEqual(leave.state, "validate")
        self.decide(revocation)
        self.assertTrue(is_cancelled(leave))
        self.assertEqual(self.row(key).status, "cancelled")
        self.tell(key)
        self.assertEqual(len(self.leaves()), 1)
        self.assertEqual(self.row(key).status, "cancelled")

    def test_revocation_arrives_first(self):
        key = self.ask("年假", self.half(self.day, "AM"), self.half(self.day, "PM"))
        self.decide(key, tell=False)
        self.approved(
            "年假", self.half(self.day, "AM"), self.half(self.day, "PM"),
            action="REVOKE", main_id=key)
        self.tell(key)
        self.assertFalse(self.leaves())

    def test_changed(self):
        key = self.whole()
        first = self.leaves()
        second = self.whole(
            self.day, self.day + ONE_DAY, action="MODIFY", main_id=key)
        self.assertTrue(is_cancelled(first))
        leave = self.leaves() - first
        self.assertEqual((leave.state, days_of(leave)), ("validate", 2))
        self.assertEqual(self.row(second).leave_ref, leave.id)

    def test_deleted(self):
        key = self.whole()
        self.simulator.control("DELETE", "/approvals/instances/" + key)
        self.tell(key, "delete")
        self.assertTrue(is_cancelled(self.leaves()))
        self.assertEqual(self.row(key).status, "cancelled")

    def test_a_path_that_is_not_found_cancels_nothing(self):
        """A proxy, or DingTalk's gateway, answers for a moment."""
        key = self.whole()
        self.simulator.fault(
            "error", "/v1.0/workflow/processInstances", method="GET", times=99,
            code="InvalidAction.NotFound", status=404)
        self.tell(key)
        self.assertFalse(is_cancelled(self.leaves()))
        self.assertTrue(self.hurry())
        self.simulator.clear_faults()

    # -- what Odoo refuses -------------------------------------------------------------

    def test_allocation_is_checked(self):
        self.map("年假", self.allocated, "dingtalk")
        none = self.whole()
        self.assertEqual(self.row(none).remedy_key, "leave_refused")
        self.allocate(self.allocated, 1)
        self.day += 7 * ONE_DAY
        key = self.whole(self.day, self.day + 2 * ONE_DAY)
        self.assertFalse(self.leaves().filtered(lambda each: each.state == "validate"))
        row = self.row(key)
        self.assertEqual(row.status, "approved")
        self.assertTrue(row.problem)
        self.assertEqual(row.remedy_key, "leave_refused")
        self.assertTrue(row.remedy)
        self.allocate(self.allocated, 5)
        officer = self._make_user(
            self.env, "officer", "hr_holidays.group_hr_holidays_user")
        call_as(officer, ROWS, "action_retry", row.ids)
        self.run_queue()
        self.assertFalse(row.problem)
        leave = self.env[row._odoo_leave()._name].browse(row.leave_ref)
        self.assertEqual(leave.state, "validate")

    def test_overlap_is_checked(self):
        self.leave(self.second, self.at(self.day, 9), self.at(self.day, 18))
        key = self.whole()
        self.assertEqual(len(self.leaves()), 1)
        self.assertTrue(self.row(key).problem)

    def test_person_without_employee(self):
        person = self.people[5]
        key = self.whole(userid=person.userid)
        row = self.row(key)
        self.assertEqual(row.remedy_key, "leave_employee")
        employee = self._employee(person)
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertFalse(row.problem)
        self.assertEqual(self.leaves(employee).state, "validate")

    def test_type_that_odoo_leads(self):
        self.map("病假", self._odoo_type("Sick"), "odoo")
        key = self.approved("病假", self.day)
        self.assertFalse(self.leaves())
        self.assertEqual(self.row(key).remedy_key, "leave_type")

    def test_unknown_type(self):
        self.simulator.control("POST", "/leave/types", {"name": "育儿假"})
        key = self.approved("育儿假", self.day)
        row = self.row(key)
        self.assertEqual(row.remedy_key, "leave_type")
        self.corp.action_read_leave_types()
        self.map("育儿假", self._odoo_type("Parents"), "dingtalk")
        row.sudo()._queue_again()
        self.run_queue()
        self.assertEqual(self.leaves().state, "validate")

    # -- types that are not synchronised -----------------------------------------------

    def test_skipped_stores_nothing_about_people(self):
        key = self.approved("病假", self.day, reason="cold")
        self.assertFalse(self.leaves())
        row = self.row(key)
        self.assertEqual(row.status, "skipped")
        for name in ("person_id", "employee_id", "name", "begin", "form"):
            self.assertFalse(row[name], name)
        self.map("病假", self._odoo_type("Sick"), "dingtalk")
        self.run_queue()
        self.assertEqual(self.leaves().state, "validate")
        self.assertEqual(row.status, "approved")

    # -- what goes wrong on the way ----------------------------------------------------

    def test_busy(self):
        self.simulator.fault("http_502", INSTANCES, times=10)
        key = self.ask("年假", self.half(self.day, "AM"), self.half(self.day, "PM"))
        self.decide(key)
        self.assertFalse(self.leaves())
        self.simulator.clear_faults()
        self.assertTrue(self.hurry())
        self.run_queue()
        self.assertEqual(len(self.leaves()), 1)

    def test_lost_events(self):
        key = self.whole()
        lost = self.ask(
            "年假", self.half(self.day + ONE_DAY, "AM"),
            self.half(self.day + ONE_DAY, "PM"))
        self.decide(lost, tell=False)
        self.assertEqual(len(self.leaves()), 1)
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(len(self.leaves()), 2)
        self.assertEqual(self.row(lost).status, "approved")
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkNotCalled(INSTANCES)
        self.assertEqual(len(self.leaves()), 2)
        self.assertTrue(self.row(key))

    def test_checks_that_wait_for_the_budget_do_not_add_up(self):
        for _night in range(3):
            self.env[CHANGE]._cron_reconcile()
            rows = self.env[CHANGE].search([("kind", "=", "check")])
            rows.write({"state": "retry", "next_try": "2101-01-01 00:00:00"})
        self.assertEqual(len(rows), 1)

    def test_form_that_cannot_be_read(self):
        from ..models import dingding_leave_read

        def broken(instance):
            raise dingding_leave_read.UnexpectedAnswerError("x", "no form")

        self._replace(dingding_leave_read, "request_of", broken)
        key = self.whole()
        self.assertFalse(self.leaves())
        self.assertIn("no form", self.row(key).problem)

    def test_other_approvals(self):
        self.env["dingding.leave"]._dingtalk_event_attendance_approve_status_change(
            self.env["dingding.event"].sudo().create({
                "corp_id": self.corp.id, "source": "stream", "event_key": "x",
                "event_type": "attendance_approve_status_change", "subject": "x",
                "content": '{"approveType": "OUT", "status": "finish"}',
            }))
        self.assertFalse(self.env[CHANGE].search([]))
        compat.flush(self.env)
