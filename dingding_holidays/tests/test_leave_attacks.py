# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from psycopg2 import sql

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api import approvals, leave as dingtalk_leave
from odoo.addons.dingding.dingtalk.api.leave import OVERTIME, Holiday
from odoo.addons.dingding.dingtalk.beijing import milliseconds
from odoo.addons.dingding.tests.common import portable

from ..leaves import cancel, is_cancelled
from .leave_case import CHANGE, FINISH, INSTANCES, TYPES, ExportCase, LeaveCase

CANCEL = "/topapi/attendance/approve/cancel"
LISTED = "/v1.0/workflow/processes/instanceIds/query"
HOLIDAYS = "/v1.0/attendance/holidays"
ONE_DAY = datetime.timedelta(days=1)


@portable
class TestLeaveExportUnlucky(ExportCase):
    def move(self, leave, days=1, last=0):
        first = self.day + days * ONE_DAY
        self.edit(
            leave, date_from=self.at(first, 9),
            date_to=self.at(first + last * ONE_DAY, 18))

    def again(self):
        self.simulator.clear_faults()
        self.assertTrue(self.hurry())
        self.run_queue()

    def test_changed_and_the_call_was_lost(self):
        leave = self.absent()
        self.run_queue()
        self.simulator.fault("reset", FINISH, times=10)
        self.move(leave)
        self.run_queue()
        self.again()
        record, = self.records()
        self.assertEqual(record["fromTime"], str(self.day + ONE_DAY))
        row = self.row_of(leave)
        self.assertEqual((row.status, row.unconfirmed), ("approved", False))

    def test_changed_while_the_first_answer_is_unknown(self):
        self.simulator.fault("reset_after", FINISH, times=10)
        leave = self.absent()
        self.run_queue()
        self.simulator.clear_faults()
        self.simulator.fault("reset", FINISH, times=10)
        self.move(leave)
        self.run_queue()
        self.again()
        record, = self.records()
        self.assertEqual(record["fromTime"], str(self.day + ONE_DAY))

    def test_cancelled_after_the_person_has_left(self):
        leave = self.absent()
        self.run_queue()
        self.simulator.control("DELETE", "/users/" + self.worker_id)
        cancel(leave, "Gone")
        compat.flush(self.env)
        self.run_queue()
        row = self.row_of(leave)
        self.assertEqual((row.status, row.problem), ("cancelled", False))
        self.assertDingTalkCalled(CANCEL)

    def test_leave_of_a_leaver_who_comes_back(self):
        """It is not a problem, costs no calls, and is written again on the return."""
        leave, person = self.absent(), self.worker.dingding_user_ids
        self.run_queue()
        person = person.with_context(dingding_no_push=True)
        person.active = False
        self.simulator.forget_calls()
        self.absent(self.day + ONE_DAY)
        for _day in range(2):
            self.env[CHANGE]._cron_reconcile()
            self.run_queue()
        self.assertDingTalkNotCalled()
        self.assertFalse(self.env[CHANGE].search([("state", "=", "failed")]))
        row = self.row_of(leave)
        self.assertEqual((row.status, row.problem), ("approved", False))
        # DingTalk may have deleted the records with the person.
        person.active = True
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkCalled(FINISH, times=2)
        self.assertEqual(len(self.records()), 2)

    def test_what_a_leaver_has_taken_is_not_written_again(self):
        """A record that is over stays as it is, even if it is too old to be written."""
        leave, person = self.absent(self.monday(-1)), self.worker.dingding_user_ids
        self.run_queue()
        self._replace(dingtalk_leave, "OLDEST_DAYS", 5)
        person = person.with_context(dingding_no_push=True)
        person.active = False
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        person.active = True
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkNotCalled(FINISH)
        self.assertFalse(self.row_of(leave).problem)

    def test_one_leave_is_one_failure(self):
        """However often the daily check tries it again."""
        self.leave(self.free, self.at(self.day, 13), self.at(self.day, 18))
        self.run_queue()
        for _day in range(2):
            self.env[CHANGE]._cron_reconcile()
            self.run_queue()
        self.assertEqual(
            self.env[CHANGE].search_count([("state", "=", "failed")]), 1)

    def test_long_leave_moves(self):
        leave = self.absent(self.day, self.day + 40 * ONE_DAY)
        self.run_queue()
        self.assertEqual(len(self.records()), 2)
        self.move(leave, 7, 40)
        self.run_queue()
        row = self.row_of(leave)
        self.assertFalse(row.problem)
        first, second = sorted(self.records(), key=lambda each: each["fromTime"])
        self.assertEqual(first["fromTime"], str(self.day + 7 * ONE_DAY))
        self.assertEqual(second["toTime"], str(self.day + 47 * ONE_DAY))

    def long_leave(self):
        """Return (leave, its first day): two records, of which one has begun."""
        first = self.monday(-3)
        leave = self.absent(first, first + 45 * ONE_DAY)
        self.run_queue()
        self.assertEqual(len(self.records()), 2)
        return leave, first

    def test_long_leave_ends_early(self):
        leave, first = self.long_leave()
        # A month later DingTalk takes no change of the first record.
        self._replace(dingtalk_leave, "OLDEST_DAYS", 5)
        self.simulator.control("POST", "/leave/closed", {"periods": [
            {"begin": 0, "end": milliseconds(utc.now()) - 86400000}]})
        self.simulator.fault("reset", FINISH, times=10)
        self.edit(
            leave, date_from=self.at(first, 9),
            date_to=self.at(first + 39 * ONE_DAY, 18))
        self.run_queue()
        self.again()
        self.assertFalse(self.row_of(leave).problem)
        old, new = sorted(self.records(), key=lambda each: each["fromTime"])
        self.assertEqual((old["fromTime"], old["times"]), (str(first), 1))
        self.assertEqual(new["toTime"], str(first + 39 * ONE_DAY))

    def test_long_leave_gets_longer(self):
        leave, first = self.long_leave()
        self._replace(dingtalk_leave, "OLDEST_DAYS", 5)
        self.edit(
            leave, date_from=self.at(first, 9),
            date_to=self.at(first + 70 * ONE_DAY, 18))
        self.run_queue()
        self.assertFalse(self.row_of(leave).problem)
        records = sorted(self.records(), key=lambda each: each["fromTime"])
        self.assertEqual(
            [each["times"] for each in records[:1]] + [len(records)], [1, 3])
        self.assertEqual(records[-1]["toTime"], str(first + 70 * ONE_DAY))

    def test_long_leave_after_a_crash_is_as_before(self):
        leave, first = self.long_leave()
        rows = type(self.env["dingding.leave"])
        withdraw = rows._dingtalk_withdraw

        def killed(row, kept):
            withdraw(row, kept)
            raise RuntimeError("killed")

        self._replace(rows, "_dingtalk_withdraw", killed)
        self.edit(
            leave, date_from=self.at(first, 9),
            date_to=self.at(first + 39 * ONE_DAY, 18))
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.run_queue()
        self.assertEqual(len(self.records()), 1)
        self._replace(rows, "_dingtalk_withdraw", withdraw)
        self.edit(
            leave, date_from=self.at(first, 9),
            date_to=self.at(first + 45 * ONE_DAY, 18))
        self.run_queue()
        self.assertEqual(
            sorted(each["toTime"] for each in self.records())[-1],
            str(first + 45 * ONE_DAY))

    def test_part_of_a_day_is_no_day(self):
        for begin, end in ((13, 18), (9, 11.5)):
            leave = self.leave(
                self.free, self.at(self.day, begin), self.at(self.day, end))
            self.run_queue()
            self.assertIn("whole days", self.row_of(leave).with_context(
                lang="en_US").problem)
            self.assertFalse(self.records())
            self.day += ONE_DAY
        self.assertDingTalkNotCalled(FINISH)

    def test_employee_is_somebody_else_in_dingtalk(self):
        self.absent()
        self.run_queue()
        self.worker.dingding_user_ids.write({"employee_id": False})
        self.people[5].employee_id = self.worker
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["userId"], self.people[5].userid)
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkNotCalled(FINISH)

    def test_employee_comes_to_another_organisation(self):
        leave = self.absent()
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        company = self.env["res.company"].create({"name": "Second"})
        self.env.user.company_ids |= company
        corp = self.env["dingding.corp"].create({
            "name": "Second", "company_id": company.id, "app_key": "second",
            "app_secret": "secret", "agent_id": "9"})
        self._point_at(corp.app_id, self.simulator.url)
        first = self.env[TYPES].search(
            [("corp_id", "=", self.corp.id), ("odoo_type_id", "=", self.free.id)])
        self.free.company_id = False
        # Odoo's type is for all companies.
        self.env[TYPES].create({
            "name": "Second", "corp_id": corp.id, "leave_code": first.leave_code,
            "unit": first.unit, "odoo_type_id": self.free.id, "lead": "odoo"})
        compat.flush(self.env)
        # Later series ask that working hours and leaves move along.
        self.env.cr.execute(
            "UPDATE hr_employee SET company_id = %s WHERE id = %s",
            [company.id, self.worker.id])
        compat.forget(self.env)
        # The userid is the same in both.
        self.env["dingding.user"].create({
            "name": "Worker", "corp_id": corp.id, "userid": self.worker_id,
            "employee_id": self.worker.id})
        self.env[CHANGE]._capture([(leave.id, self.free.id)])
        self.run_queue()
        self.assertFalse(self.records())
        self.assertDingTalkCalled(CANCEL)

    def second_corp(self):
        """Return another organisation of the company, which leads the same type."""
        corp = self.env["dingding.corp"].create({
            "name": "Second", "company_id": self.corp.company_id.id,
            "app_key": "second", "app_secret": "secret", "agent_id": "9"})
        self._point_at(corp.app_id, self.simulator.url)
        first = self.env[TYPES].search(
            [("corp_id", "=", self.corp.id), ("odoo_type_id", "=", self.free.id)])
        self.env[TYPES].create({
            "name": "Second", "corp_id": corp.id, "leave_code": first.leave_code,
            "unit": first.unit, "odoo_type_id": self.free.id, "lead": "odoo"})
        compat.flush(self.env)
        return corp

    def test_employee_of_two_organisations(self):
        corp, written = self.second_corp(), []
        self._replace(
            type(self.env["dingding.leave"]), "_dingtalk_write",
            lambda row, wanted: written.append(
                (row.corp_id, wanted["person"].userid)) or row._confirmed())
        person = self.env["dingding.user"].create({
            "name": "Worker", "corp_id": corp.id, "userid": "elsewhere",
            "employee_id": self.worker.id})
        leave = self.absent()
        self.run_queue()
        self.assertEqual(
            set(written), {(self.corp, self.worker_id), (corp, "elsewhere")})
        rows = self.row_of(leave)
        self.assertEqual(rows.mapped("status"), ["approved", "approved"])
        # Another one works in the second only.
        del written[:]
        person.employee_id = self.employees[1]
        self.people.filtered(
            lambda each: each.employee_id == self.employees[1] and each != person
        ).write({"employee_id": False})
        self.absent(self.day + ONE_DAY, employee=self.employees[1])
        self.run_queue()
        self.assertEqual(set(written), {(corp, "elsewhere")})

    def test_a_type_of_the_other_organisation_only(self):
        corp = self.second_corp()
        self.map("病假", self.free, "none")
        self.absent()
        self.run_queue()
        self.assertFalse(self.records())
        self.assertFalse(self.env["dingding.leave"].search(
            [("corp_id", "=", corp.id)]))

    def test_a_type_that_was_deleted_in_dingtalk(self):
        old = self.absent()
        self.run_queue()
        types = self.env[TYPES].search([("corp_id", "=", self.corp.id)])
        self.env[TYPES]._store(self.corp, [])
        compat.flush(self.env)
        self.simulator.forget_calls()
        leave = self.absent(self.day + ONE_DAY)
        self.env[CHANGE]._capture([(old.id, self.free.id)])
        self.run_queue()
        self.assertDingTalkNotCalled(FINISH)
        row = self.row_of(leave)
        self.assertIn("deleted in DingTalk", row.problem or "")
        self.assertEqual(
            (self.row_of(old).status, self.row_of(old).problem), ("approved", False))
        another = types.filtered(lambda each: each.name == "事假")
        another.active = True
        another.write({"odoo_type_id": self.free.id, "lead": "odoo"})
        row.sudo()._queue_again()
        self.run_queue()
        self.assertFalse(row.problem)
        self.assertEqual(len(self.records()), 2)

    def test_a_second_organisation_later(self):
        self.absent()
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        corp, written = self.second_corp(), []
        self.env["dingding.user"].create({
            "name": "Worker", "corp_id": corp.id, "userid": "elsewhere",
            "employee_id": self.worker.id})
        self._replace(
            type(self.env["dingding.leave"]), "_dingtalk_write",
            lambda row, wanted: written.append(row.corp_id) or row._confirmed())
        for _day in range(2):
            compat.flush(self.env)
            self.env[CHANGE]._cron_reconcile()
            self.run_queue()
        self.assertIn(corp, written)

    def test_the_daily_check_in_few_statements(self):
        employees = [self._employee(person) for person in self.people[3:8]]
        counts = []
        for part in (employees[:2], employees[2:]):
            for employee in part:
                self.absent(employee=employee)
            self.run_queue()
            compat.forget(self.env)
            with self.counted() as statements:
                self.env[CHANGE]._cron_reconcile()
                self.run_queue()
            counts.append(len(statements))
            self.assertFalse(self.env[CHANGE].search([("state", "!=", "done")]))
        most = 5 if compat.SERIES == 12 else 4
        self.assertLessEqual(counts[1] - counts[0], most * (len(employees) - 2), counts)

    def test_the_daily_check_takes_turns(self):
        """Out of time it stops after a part, and continues there."""
        from ..models import dingding_leave_change

        leaves = [self.absent(self.day + number * ONE_DAY) for number in range(3)]
        self.run_queue()
        for leave in leaves:
            cancel(leave, "Back")
        compat.flush(self.env)
        self.env[CHANGE].search([("state", "!=", "done")]).unlink()
        exports = [("kind", "=", "export"), ("state", "!=", "done")]
        self.env[CHANGE]._cron_reconcile()
        self.assertFalse(self.env[CHANGE].search_count(exports))
        self._replace(dingding_leave_change, "COMPARED", 1)
        row, found = self.env[CHANGE].search([("kind", "=", "compare")]), []
        while row.state == "queued" and len(found) < 9:
            row._process_row(row.id, 0)
            compat.forget(self.env)
            found.append(self.env[CHANGE].search_count(exports))
        self.assertEqual((row.state, found), ("done", [1, 2, 3, 3]))
        self.run_queue()
        self.assertFalse(self.records())

    def test_all_lost_leaves_are_found(self):
        from ..models import dingding_leave_change

        self._replace(dingding_leave_change, "AT_ONCE", 1)
        for number in range(3):
            self.absent(self.day + number * ONE_DAY)
        self.env[CHANGE].search([]).unlink()
        for _day in range(3):
            compat.flush(self.env)
            self.env[CHANGE]._cron_reconcile()
            self.run_queue()
        self.assertEqual(len(self.records()), 3)


@portable
class TestLeaveReadUnlucky(LeaveCase):
    def setUp(self):
        super().setUp()
        self.day = self.monday()

    def whole(self, **values):
        return self.approved(
            "年假", "%s AM" % self.day, "%s PM" % self.day, **values)

    def check(self):
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()

    def test_retry_costs_no_call(self):
        self.map("年假", self.allocated, "dingtalk")
        row = self.row(self.whole())
        self.assertEqual(row.remedy_key, "leave_refused")
        self.check()
        self.assertTrue(row.problem)
        self.assertDingTalkNotCalled(INSTANCES)
        self.allocate(self.allocated, 5)
        self.check()
        self.assertFalse(row.problem)
        self.assertEqual(self.leaves().state, "validate")
        self.assertDingTalkNotCalled(INSTANCES)

    def test_type_of_odoo_is_not_asked_for_again(self):
        self.map("年假", self.free, "odoo")
        row = self.row(self.whole())
        self.assertEqual(row.remedy_key, "leave_type")
        self.check()
        self.assertDingTalkNotCalled(INSTANCES)
        self.map("年假", self.free, "dingtalk")
        self.check()
        self.assertFalse(row.problem)
        self.assertEqual(self.leaves().state, "validate")

    def test_person_appears_later(self):
        self.map("年假", self.free, "dingtalk")
        person = self.people[5]
        values = {
            "userid": person.userid, "name": person.name, "corp_id": self.corp.id}
        person.unlink()
        row = self.row(self.whole(userid=values["userid"]))
        self.assertEqual(row.remedy_key, "leave_employee")
        person = self.people.create(values)
        employee = self._employee(person)
        self.check()
        self.assertFalse(row.problem)
        self.assertEqual(self.leaves(employee).state, "validate")
        self.assertDingTalkNotCalled(INSTANCES)

    def test_lines_of_breaks_are_no_work(self):
        lines = self.env["resource.calendar.attendance"]
        period = lines._fields.get("day_period")
        if not period or "lunch" not in dict(period.selection):
            self.skipTest("breaks have lines since 17")
        for day in range(5):
            lines.create(dict(
                self._line(day, 12, 13), calendar_id=self.calendar.id,
                day_period="lunch"))
        self.map("年假", self.free, "dingtalk")
        self.approved("年假", "%s PM" % self.day, "%s PM" % self.day)
        self.assertEqual(str(self.leaves().date_from)[:19], self.at(self.day, 13))

    def test_old_requests_are_not_read_when_a_type_is_led(self):
        old = self.row(self.whole())
        self.assertEqual(old.status, "skipped")
        self.env.cr.execute(
            "UPDATE dingding_leave SET create_date = create_date - interval '40 days'"
            " WHERE id = %s", [old.id])
        self.day += ONE_DAY
        fresh = self.row(self.whole())
        self.simulator.forget_calls()
        self.map("年假", self.free, "dingtalk")
        self.run_queue()
        self.assertEqual((old.status, fresh.status), ("skipped", "approved"))
        self.assertDingTalkCalled(INSTANCES, times=1)

    def test_what_is_no_leave_is_read_once(self):
        from ..models import dingding_leave_read

        self.map("年假", self.free, "dingtalk")
        self.whole()
        self._replace(dingding_leave_read, "outcome_of", lambda instance: None)
        self.day += ONE_DAY
        key = self.ask("年假", "%s AM" % self.day, "%s PM" % self.day)
        self.decide(key, tell=False)
        self.check()
        self.assertDingTalkCalled(INSTANCES, times=1)
        self.check()
        self.assertDingTalkNotCalled(INSTANCES)

    def test_leave_of_dingtalk_is_not_written_back(self):
        """Odoo leads the type later; DingTalk has the leave already."""
        self.map("年假", self.free, "dingtalk")
        self.whole()
        leave = self.leaves()
        self.map("年假", self.free, "odoo")
        self.check()
        self.assertFalse(self.env[CHANGE].search([("kind", "=", "export")]))
        self.env[CHANGE]._capture([(leave.id, self.free.id)])
        self.run_queue()
        self.assertDingTalkNotCalled(FINISH)
        self.assertFalse(self.env["dingding.leave"].search([("lead", "=", "odoo")]))

    def test_linked_to_another_employee_afterwards(self):
        self.map("年假", self.free, "dingtalk")
        row, wrong = self.row(self.whole()), self.leaves()
        person = self.worker.dingding_user_ids
        person.employee_id = False
        self.check()
        self.assertEqual(wrong.state, "validate")
        right = self._employee(self.people[6])
        self.people[6].employee_id = False
        person.employee_id = right
        self.check()
        self.assertTrue(is_cancelled(wrong))
        leave, = self.leaves(right)
        self.assertEqual((leave.state, row.problem), ("validate", False))
        self.assertEqual((row.employee_id, row.leave_ref), (right, leave.id))
        self.assertDingTalkNotCalled(INSTANCES)
        self.check()
        self.assertEqual(self.leaves(right), leave)

    def test_merged_into_another_employee(self):
        """Decided leave moves, with its times, although nobody may change it."""
        self.map("事假", self.second, "dingtalk")
        key = self.approved("事假", *[
            "%s %s" % (self.day + number * ONE_DAY, clock)
            for number, clock in ((0, "14:00"), (1, "11:00"))])
        leave, row = self.leaves(), self.row(key)
        self.assertEqual((leave.state, row.problem), ("validate", False))
        times = leave.date_from, leave.date_to
        refused = self.leave(
            self.free, self.at(self.day + 7 * ONE_DAY, 9),
            self.at(self.day + 7 * ONE_DAY, 18))
        cancel(refused, "No")
        compat.flush(self.env)
        kept = self._employee(self.people[6])
        self.people[6].employee_id = False
        kept.user_id = False
        kept._dingding_merge(self.worker, [])
        compat.flush(self.env)
        compat.forget(self.env)
        self.assertEqual(leave.employee_id, kept)
        self.assertEqual(refused.employee_id, kept)
        self.assertEqual((leave.date_from, leave.date_to), times)
        self.assertEqual(
            (leave.state, leave.holiday_status_id), ("validate", self.second))
        self.assertTrue(is_cancelled(refused))
        self.assertEqual((row.employee_id, row.leave_ref), (kept, leave.id))
        self.check()
        self.assertEqual(self.leaves(kept), leave | refused)
        self.assertFalse(row.problem)

    def test_refused_in_odoo_afterwards(self):
        self.map("年假", self.free, "dingtalk")
        key = self.whole()
        row, leave = self.row(key), self.leaves()
        self.check()
        self.assertFalse(row.problem)
        cancel(leave, "No")
        compat.flush(self.env)
        for _day in range(2):
            self.check()
            self.assertEqual(
                (row.status, row.remedy_key), ("approved", "leave_refused"))
            self.assertTrue(row.problem)
        self.assertEqual(self.leaves(), leave)
        self.env.cr.execute(
            sql.SQL("UPDATE {} SET state = 'validate'{} WHERE id = %s").format(
                sql.Identifier(leave._table),
                sql.SQL(", active = true" if "active" in leave._fields else "")),
            [leave.id])
        compat.forget(self.env)
        self.check()
        self.assertFalse(row.problem)
        cancel(leave, "No")
        compat.flush(self.env)
        self.check()
        self.assertTrue(row.problem)
        self.simulator.control("DELETE", "/approvals/instances/" + key)
        self.tell(key, "delete")
        self.assertEqual((row.status, row.problem), ("cancelled", False))

    def test_what_succeeds_later_is_no_failure(self):
        """Else the alert would stay until old records are deleted."""
        self.map("年假", self.free, "dingtalk")
        key = self.approved("年假", "%s AM" % self.day, "%s PM" % self.day)
        rows = [
            self.env[CHANGE].create({
                "kind": kind, "corp_id": self.corp.id, "state": "failed",
                "instance_id": instance, "last_error": "No permission"})
            for kind, instance in (("check", False), ("read", key), ("read", "other"))]
        self.check()
        self.env[CHANGE]._add("read", self.corp, instance_id=key)
        self.run_queue()
        self.assertEqual(
            [row.state for row in rows], ["cancelled", "cancelled", "failed"])

    def test_a_check_takes_no_longer_than_a_turn(self):
        self.map("年假", self.free, "dingtalk")
        keys = []
        for _number in range(3):
            keys.append(self.ask("年假", "%s AM" % self.day, "%s PM" % self.day))
            self.decide(keys[-1], tell=False)
            self.day += ONE_DAY
        self.corp.leave_process_code = self.simulator.control(
            "GET", "/approvals/instances/" + keys[0])["process_code"]
        page = approvals.Approvals.instance_ids_page
        self._replace(
            approvals.Approvals, "instance_ids_page",
            lambda this, *args, **more: page(this, *args, **dict(more, size=1)))
        row = self.env[CHANGE]._add("check", self.corp)
        turns = 0
        while row.state in ("queued", "working") and turns < 20:
            row._process_row(row.id, 0)
            compat.forget(self.env)
            turns += 1
        self.assertEqual(row.state, "done", row.last_error)
        self.assertGreater(turns, 2)
        self.assertEqual(
            sorted(self.env[CHANGE].search([("kind", "=", "read")]).mapped(
                "instance_id")), sorted(keys))

    def test_an_endless_list_of_requests(self):
        self.map("年假", self.free, "dingtalk")
        key = self.ask("年假", "%s AM" % self.day, "%s PM" % self.day)
        self.decide(key, tell=False)
        self.corp.leave_process_code = self.simulator.control(
            "GET", "/approvals/instances/" + key)["process_code"]
        self.simulator.fault("endless", LISTED, times=30)
        self.check()
        self.assertEqual(self.row(key).status, "approved")
        self.assertLess(self.simulator.calls()["by_path"][LISTED], 4)
        self.assertEqual(
            self.env[CHANGE].search_count([("instance_id", "=", key)]), 1)


@portable
class TestLeaveHolidaysUnlucky(LeaveCase):
    def off(self):
        return self.env["resource.calendar.leaves"].search(
            [("calendar_id", "=", self.calendar.id), ("dingding_key", "!=", False)])

    def test_no_answer_cancels_no_holiday(self):
        self.corp.company_id.resource_calendar_id = self.calendar
        self.corp.leave_holidays = True
        day = utc.now().date() + 30 * ONE_DAY
        found = [Holiday(day, "节日", dingtalk_leave.FESTIVAL)]
        self._replace(dingtalk_leave.Leave, "holidays", lambda *args: found)
        self.corp._cron_holidays()
        self.run_queue()
        before = self.off()
        self.assertTrue(before)
        del found[:]
        self.corp._cron_holidays()
        self.run_queue()
        self.assertEqual(self.off(), before)

    def test_one_organisation_does_not_stop_the_others(self):
        self.corp.company_id.resource_calendar_id = self.calendar
        self.corp.leave_holidays = True
        operator = self.people[7]
        other = self.env["dingding.corp"].create({
            "name": "AAA", "leave_holidays": True, "leave_operator_id": operator.id})
        self.assertNotEqual(operator.corp_id, other)
        self.env["dingding.corp"]._cron_holidays()
        self.run_queue()
        self.assertDingTalkCalled(HOLIDAYS, times=1)

    def test_holidays_that_cannot_be_read(self):
        """A short failure is retried, and the manager hears of a long one."""
        self.corp.company_id.resource_calendar_id = self.calendar
        self.corp.leave_holidays = True
        self.simulator.fault("reset", HOLIDAYS, times=10)
        self.corp._cron_holidays()
        self.run_queue()
        self.simulator.clear_faults()
        row = self.hurry()
        self.assertEqual(row.kind, "holidays")
        self.run_queue()
        self.assertEqual(row.state, "done", row.last_error)
        self.corp.leave_operator_id = False
        self.corp._cron_holidays()
        self.run_queue()
        self.env["dingding.alert"]._cron_check()
        alert = self.env["dingding.alert"].search([("kind", "=", "leave")])
        self.assertEqual((alert.state, alert.count), ("open", 1))
        self.assertIn("operator", alert.reason)
        self.assertFalse(self.env["dingding.leave"].search([("problem", "!=", False)]))

    def test_an_event_without_a_request(self):
        count = self.env[CHANGE].search_count([])
        self.env["dingding.event"].sudo().create({
            "corp_id": self.corp.id, "app_id": self.app.id, "source": "stream",
            "event_type": "attendance_approve_status_change", "event_key": "test:odd",
            "subject": "approval:", "content": json.dumps(
                {"approveType": "LEAVE", "status": "finish"}),
            "received_at": fields.Datetime.now(),
        })
        self.process_queue("dingding.event")
        self.run_queue()
        self.assertEqual(self.env[CHANGE].search_count([]), count)

    def test_numbers_of_types_as_text(self):
        types = self.env[TYPES]
        rows = [
            {"leaveCode": "one", "leaveName": "One", "leaveViewUnit": "hour",
             "hoursInPerDay": "750"},
            {"leaveCode": "two", "leaveName": None, "leaveViewUnit": "hour",
             "hoursInPerDay": "many"},
            {"leaveCode": "three", "leaveName": "Three", "leaveViewUnit": "hour",
             "hoursInPerDay": -800},
        ]
        types._store(self.corp, rows)
        found = types.search([("leave_code", "in", ["one", "two", "three"])])
        self.assertEqual(
            {row.leave_code: row.hours_per_day for row in found},
            {"one": 7.5, "two": 8.0, "three": 8.0})


@portable
class TestLeaveHolidaysTwice(LeaveCase):
    def test_two_organisations_share_working_hours(self):
        self.corp.company_id.resource_calendar_id = self.calendar
        other = self.env["dingding.corp"].create(
            {"name": "Second", "company_id": self.corp.company_id.id})
        day = datetime.date(2026, 10, 10)
        worked = Holiday(day, "国庆节", OVERTIME)
        lines = self.env["resource.calendar.attendance"]
        if "date_from" not in lines._fields:
            return
        period = (datetime.date(2026, 9, 1), datetime.date(2027, 9, 1))
        for corp in (self.corp, other, self.corp):
            corp._write_holidays([worked], *period)
            compat.flush(self.env)
        found = lines.search(
            [("calendar_id", "=", self.calendar.id), ("date_from", "=", str(day))])
        self.assertEqual(
            sorted((line.hour_from, line.hour_to) for line in found),
            [(9, 12), (13, 18)])
        self.corp._write_holidays([], *period)
        other._write_holidays([worked], *period)
        compat.flush(self.env)
        self.assertEqual(
            lines.search_count([("calendar_id", "=", self.calendar.id),
                                ("date_from", "=", str(day))]), 2)
