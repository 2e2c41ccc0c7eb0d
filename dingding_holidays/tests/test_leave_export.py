# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from ..leaves import cancel
from .leave_case import CALCULATE, CHANGE, FINISH, ROWS, ExportCase

CLOSED = "/v1.0/attendance/closingAccounts/status/query"
ONE_DAY = datetime.timedelta(days=1)


@portable
class TestLeaveExport(ExportCase):
    def setUp(self):
        super().setUp()
        self.map("事假", self.second, "odoo")

    def test_written_once(self):
        leave = self.absent()
        self.assertDingTalkNotCalled(CALCULATE)
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["userId"], self.worker_id)
        self.assertEqual(
            (record["fromTime"], record["toTime"]), (str(self.day), str(self.day)))
        self.assertEqual((record["subType"], record["durationUnit"]), ("病假", "day"))
        self.assertEqual(record["times"], 1)
        row = self.row_of(leave)
        self.assertEqual((row.status, row.problem), ("approved", False))
        self.assertEqual(row.duration, 1)
        self.assertDingTalkCalled(CALCULATE, times=1)
        self.simulator.forget_calls()
        self.env[CHANGE]._add("export", self.corp, leave_ref=leave.id)
        self.run_queue()
        self.assertDingTalkNotCalled(FINISH)
        self.assertDingTalkNotCalled(CLOSED)

    def test_only_approved(self):
        leave = self.absent(approve=False)
        self.run_queue()
        self.assertFalse(self.records())
        self.assertFalse(self.row_of(leave))
        self.assertDingTalkNotCalled(CALCULATE)

    def test_other_types_store_nothing(self):
        self.leave(
            self._odoo_type("Elsewhere"), self.at(self.day, 9), self.at(self.day, 18))
        self.assertFalse(self.env[CHANGE].search([]))

    def test_allocations_are_no_leave(self):
        self.allocate(self.allocated, 3)
        self.map("产假", self.allocated, "odoo")
        self.allocate(self.allocated, 3)
        self.run_queue()
        self.assertFalse(self.records())
        self.assertFalse(self.env[ROWS].search([]))

    def test_cancelled(self):
        leave = self.absent()
        self.run_queue()
        cancel(leave, "Back")
        compat.flush(self.env)
        self.run_queue()
        self.assertFalse(self.records())
        self.assertEqual(self.row_of(leave).status, "cancelled")

    def test_cancelled_before_it_was_written(self):
        leave = self.absent()
        cancel(leave, "Back")
        compat.flush(self.env)
        self.run_queue()
        self.assertFalse(self.records())
        self.assertDingTalkNotCalled(FINISH)

    def test_moved(self):
        leave = self.absent()
        self.run_queue()
        self.edit(
            leave, date_from=self.at(self.day + ONE_DAY, 9),
            date_to=self.at(self.day + ONE_DAY, 18))
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["fromTime"], str(self.day + ONE_DAY))
        self.assertEqual(record["times"], 2)

    def test_half_days_and_hours(self):
        row = self.map("年假", self._odoo_type("Half"), "odoo")
        self.leave(row.odoo_type_id, self.at(self.day, 13), self.at(self.day, 18))
        self.leave(
            self.second, self.at(self.day + ONE_DAY, 9),
            self.at(self.day + ONE_DAY, 11.5))
        self.run_queue()
        found = {each["subType"]: each for each in self.records()}
        self.assertEqual(
            (found["年假"]["fromTime"], found["年假"]["toTime"]),
            ("%s PM" % self.day, "%s PM" % self.day))
        tuesday = self.day + ONE_DAY
        self.assertEqual(
            (found["事假"]["fromTime"], found["事假"]["toTime"]),
            ("%s 09:00" % tuesday, "%s 11:30" % tuesday))

    def test_long_leave_has_several_records(self):
        last = self.day + datetime.timedelta(days=45)
        leave = self.absent(self.day, last)
        self.run_queue()
        first, second = sorted(self.records(), key=lambda each: each["fromTime"])
        self.assertEqual(first["fromTime"], str(self.day))
        self.assertEqual(second["toTime"], str(last))
        end = datetime.datetime.strptime(first["toTime"], "%Y-%m-%d").date()
        self.assertEqual(str(end + ONE_DAY), second["fromTime"])
        self.assertLessEqual((end - self.day).days, 31)
        self.edit(
            leave, date_from=self.at(self.day, 9), date_to=self.at(self.day, 18))
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["toTime"], str(self.day))

    def test_type_is_no_longer_led(self):
        leave = self.absent()
        self.run_queue()
        self.map("病假", self.free, "none")
        self.env[CHANGE]._cron_reconcile()
        self.env[CHANGE]._add("export", self.corp, leave_ref=leave.id)
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        self.map("病假", self.free, "odoo")
        self.edit(leave, holiday_status_id=self._odoo_type("Elsewhere").id)
        self.run_queue()
        self.assertFalse(self.records())

    def test_other_employee(self):
        leave = self.absent()
        self.run_queue()
        other = self.employees[1]
        # 14 empties another employee's type.
        self.edit(
            leave, employee_id=other.id, holiday_status_id=self.free.id,
            state="validate")
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["userId"], other.dingding_user_ids.userid)

    # -- what goes wrong on the way ----------------------------------------------------

    def test_lost_answer(self):
        # As often as the client tries.
        self.simulator.fault("reset_after", FINISH, times=4)
        leave = self.absent()
        self.run_queue()
        self.assertDingTalkCalled(FINISH, times=5)
        record, = self.records()
        self.assertEqual(record["times"], 5)
        row = self.row_of(leave)
        self.assertEqual((row.status, row.unconfirmed), ("approved", False))
        self.assertTrue(self.hurry())
        self.run_queue()
        self.assertDingTalkCalled(FINISH, times=5)
        self.assertEqual(len(self.records()), 1)

    def test_lost_before_it_was_written(self):
        self.simulator.fault("reset", FINISH, times=10)
        leave = self.absent()
        self.run_queue()
        self.simulator.clear_faults()
        self.assertTrue(self.hurry())
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        self.assertEqual(self.row_of(leave).status, "approved")

    def test_cancelled_after_a_lost_answer(self):
        self.simulator.fault("reset_after", FINISH, times=10)
        leave = self.absent()
        self.run_queue()
        self.simulator.clear_faults()
        cancel(leave, "Back")
        compat.flush(self.env)
        self.hurry()
        self.run_queue()
        self.assertFalse(self.records())

    def test_too_old(self):
        leave = self.absent(self.monday(-8))
        self.run_queue()
        row = self.row_of(leave)
        self.assertIn("31", row.problem)
        self.assertDingTalkNotCalled(CALCULATE)

    def test_closed_accounts(self):
        self.simulator.control("POST", "/leave/closed", {
            "periods": [{"begin": 0, "end": 9999999999999}]})
        leave = self.absent(self.monday(-1))
        self.run_queue()
        row = self.row_of(leave)
        self.assertIn("closed", row.problem)
        self.assertFalse(self.records())
        self.simulator.control("POST", "/leave/closed", {"periods": []})
        row.sudo()._queue_again()
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        self.assertFalse(row.problem)

    def close(self, is_closed=True):
        periods = [{"begin": 0, "end": 9999999999999}] if is_closed else []
        self.simulator.control("POST", "/leave/closed", {"periods": periods})

    def test_closed_accounts_keep_what_is_there(self):
        day = self.monday(-1)
        leave, other = self.absent(day), self.absent(day + ONE_DAY)
        self.run_queue()
        self.assertEqual(len(self.records()), 2)
        self.close()
        cancel(leave, "Back")
        compat.flush(self.env)
        self.edit(
            other, date_from=self.at(self.day, 9), date_to=self.at(self.day, 18))
        self.run_queue()
        self.assertEqual(
            sorted(each["fromTime"] for each in self.records()),
            [str(day), str(day + ONE_DAY)])
        rows = self.row_of(leave) | self.row_of(other)
        for row in rows:
            self.assertIn("closed", row.problem)
        self.close(False)
        rows.sudo()._queue_again()
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["fromTime"], str(self.day))
        self.assertFalse(any(rows.mapped("problem")))
        self.assertEqual(self.row_of(leave).status, "cancelled")

    def test_linked_again(self):
        leave = self.absent()
        self.run_queue()
        person = self.worker.dingding_user_ids
        person.employee_id = False
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertFalse(self.records())
        person.employee_id = self.worker
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        self.assertFalse(self.row_of(leave).problem)

    def test_overlap_in_dingtalk(self):
        self.map("年假", self._odoo_type("Elsewhere"), "none")
        self.approved("年假", "%s AM" % self.day, "%s PM" % self.day)
        leave = self.absent()
        self.run_queue()
        row = self.row_of(leave)
        self.assertEqual(row.remedy_key, "leave_overlap")
        self.assertTrue(row.problem)

    def test_person_is_not_linked(self):
        person = self.people[5]
        employee = self._employee(person)
        person.employee_id = False
        leave = self.absent(employee=employee)
        self.run_queue()
        row = self.row_of(leave)
        self.assertTrue(row.problem)
        person.employee_id = employee
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertFalse(row.problem)
        self.assertEqual(len(self.records(person.userid)), 1)

    def test_lost_work_is_found(self):
        leave = self.absent()
        self.env[CHANGE].search([]).unlink()
        compat.flush(self.env)
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(len(self.records()), 1)
        cancel(leave, "Back")
        compat.flush(self.env)
        self.env[CHANGE].search([("state", "!=", "done")]).unlink()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertFalse(self.records())

    def test_what_changed_while_the_organisation_was_archived(self):
        """It is found by the daily check, whatever its own change has become."""
        gone, moved, same = [
            self.absent(self.day + number * ONE_DAY, employee=self._employee(person))
            for number, person in enumerate(self.people[4:7])]
        self.run_queue()
        self.assertEqual(len(self.records()), 3)
        self.corp.active = False
        self.simulator.forget_calls()
        cancel(gone, "Back")
        later = self.day + 7 * ONE_DAY
        self.edit(moved, date_from=self.at(later, 9), date_to=self.at(later, 18))
        new = self.absent(employee=self.worker)
        self.run_queue()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkNotCalled()
        self.corp.active = True
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(
            sorted(record["fromTime"] for record in self.records()),
            sorted(str(day) for day in (self.day, self.day + 2 * ONE_DAY, later)))
        self.assertEqual(
            [self.row_of(leave).status for leave in (gone, moved, same, new)],
            ["cancelled", "approved", "approved", "approved"])
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertDingTalkNotCalled()

    def test_both_directions_at_once(self):
        self.map("年假", self._odoo_type("Both"), "dingtalk")
        self.approved("年假", "%s AM" % self.day, "%s PM" % self.day)
        self.assertEqual(self.leaves().state, "validate")
        self.absent(self.day + ONE_DAY)
        self.run_queue()
        record, = self.records()
        self.assertEqual(record["fromTime"], str(self.day + ONE_DAY))
        self.assertEqual(len(self.leaves()), 2)

    def test_what_is_stored_is_json(self):
        leave = self.absent()
        self.run_queue()
        stored = json.loads(self.row_of(leave).written)
        self.assertEqual(stored[0], self.worker_id)
