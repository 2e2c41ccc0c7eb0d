# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..allocations import ALLOCATION, balances_of, days_given
from ..dingtalk import balances
from ..models import dingding_leave_balance_change
from .leave_case import TYPES, LeaveCase

ROWS, QUEUE = "dingding.leave.balance", "dingding.leave.balance.change"
LIST = "/topapi/attendance/vacation/quota/list"
CREATE = "/topapi/attendance/vacation/quota/init"
UPDATE = "/topapi/attendance/vacation/quota/update"


@portable
class TestLeaveBalances(LeaveCase):
    def setUp(self):
        super().setUp()
        self.simulator.control("POST", "/leave/types", {
            "name": "福利假", "unit": "day", "source": "external"})
        self.corp.with_context(lang="en_US").action_read_leave_types()
        if "request_unit" in self.allocated._fields:
            self.allocated.request_unit = "day"

    def kind(self, name, lead, balance):
        row = self.map(name, self.allocated, lead)
        row.write({"balance": balance})
        compat.flush(self.env)
        return row

    def balances(self, rounds=20):
        compat.flush(self.env)
        self.env[QUEUE].search([("state", "in", ("queued", "retry"))]).write(
            {"next_try": False})
        compat.flush(self.env)
        self.process_queue(QUEUE, rounds=rounds)
        compat.forget(self.env)

    def put(self, name, total, used=0, **more):
        return self.simulator.control("POST", "/leave/quotas", dict(
            {"userid": self.worker_id, "type": name, "total": total, "used": used},
            **more))

    def there(self):
        """Return (total, used, times written) of the worker's balances."""
        return [
            (row.get("quota_num_per_day"), row.get("used_num_per_day"), row["times"])
            for row in self.simulator.control("GET", "/leave/quotas")
            if row["userid"] == self.worker_id
        ]

    def row(self):
        return self.env[ROWS].search([("employee_id", "=", self.worker.id)])

    def check_done(self):
        self.assertEqual(
            set(self.env[QUEUE].search([]).mapped("state")), {"done"},
            self.env[QUEUE].search([]).mapped("last_error"))

    def test_archived_organisation(self):
        self.kind("福利假", "odoo", "equal")
        self.corp.active = False
        self.simulator.forget_calls()
        count = self.env[QUEUE].search_count([])
        self.allocate(self.allocated, 5)
        self.assertEqual(self.env[QUEUE].search_count([]), count)
        self.balances()
        self.assertDingTalkNotCalled()

    # -- shown -------------------------------------------------------------------------

    def test_shown_side_by_side(self):
        self.allocate(self.allocated, 5)
        self.put("年假", 1000, 250)
        self.simulator.forget_calls()
        self.kind("年假", "none", "compare")
        self.balances()
        self.check_done()
        self.assertDingTalkCalled(LIST, 1)
        row = self.row()
        self.assertEqual(
            (row.odoo_left, row.dingtalk_total, row.dingtalk_used, row.difference),
            (5, 10, 2.5, -2.5))
        self.assertTrue(row.is_different)
        self.assertEqual(len(self.env[ROWS].search([])), len(self.employees))
        self.assertEqual(self.there(), [(1000, 250, 1)])
        self.assertDingTalkNotCalled(UPDATE)

    def test_what_succeeds_later_is_no_failure(self):
        """Else the alert would stay until old records are deleted."""
        row = self.kind("年假", "none", "compare")
        self.balances()
        old = self.env[QUEUE].create({
            "leave_type_id": row.id, "state": "failed", "last_error": "No operator"})
        row._read_balances()
        self.balances()
        self.assertEqual(old.state, "cancelled")

    def test_one_failure_however_often_it_is_tried(self):
        self.kind("年假", "none", "compare")
        self.balances()
        self.corp.leave_operator_id = False
        for _day in range(3):
            self.env[QUEUE]._cron_read()
            self.balances()
        self.assertEqual(
            self.env[QUEUE].search_count([("state", "=", "failed")]), 1)

    def unchanged(self):
        """Return the statements of reading everybody once more."""
        # Read within one second, the balances' times would be equal.
        self.env[ROWS].search([]).write({"read_at": "2020-01-01 00:00:00"})
        self.env[QUEUE]._cron_read()
        rows = self.env[QUEUE].search([("state", "=", "queued")])
        rows.write({"next_try": False})
        compat.flush(self.env)
        compat.forget(self.env)
        with self.counted(("SAVEPOINT", "dingding_call_rate")) as statements:
            self.process_queue(QUEUE, rounds=1)
        compat.forget(self.env)
        self.assertEqual(set(rows.mapped("state")), {"done"}, rows.mapped("last_error"))
        return statements

    def test_statements_of_no_change(self):
        for employee in self.employees:
            self.allocate(self.allocated, 5, employee)
        self.leave(
            self.allocated, self.at(self.monday(), 9), self.at(self.monday(), 18))
        self.kind("年假", "none", "compare")
        self.balances()
        few = self.unchanged()
        for person in self.people[3:12]:
            self.allocate(self.allocated, 4, self._employee(person))
        self.balances()
        self.env[QUEUE]._cron_read()
        self.balances()
        many = self.unchanged()
        rows = self.env[ROWS].search([])
        self.assertEqual(len(rows), 12)
        self.assertEqual(sorted(rows.mapped("odoo_total")), [4] * 9 + [5] * 3)
        self.assertEqual(sum(rows.mapped("odoo_used")), 1)
        # From 19 on Odoo reads what each allocation carries over on its own.
        alone = hasattr(self.allocated, "_get_carried_over_days_expiration_data")
        self.assertLessEqual(
            len(many), len(few) + (20 if alone else 0), "\n".join(sorted(many)))

    def test_old_cycles_do_not_count(self):
        self.put("年假", 1000, cycle="2020", begin=1577808000000, end=1609430399000)
        self.put("年假", 300)
        self.kind("年假", "none", "compare")
        self.balances()
        self.assertEqual(self.row().dingtalk_total, 3)

    def test_what_can_be_kept_equal(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.kind("年假", "odoo", "equal")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.kind("福利假", "none", "equal")
        row = self.map("病假", self.free, "none")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            row.write({"balance": "compare"})
            compat.flush(self.env)
        self.kind("福利假", "odoo", "equal")

    # -- Odoo leads --------------------------------------------------------------------

    def test_odoo_leads(self):
        self.allocate(self.allocated, 5)
        self.simulator.forget_calls()
        self.kind("福利假", "odoo", "equal")
        self.balances()
        self.check_done()
        self.assertEqual(self.there()[0][0], 500)
        self.assertDingTalkCalled(CREATE, 1)
        row = self.row()
        self.assertEqual((row.odoo_left, row.dingtalk_left), (5, 5))
        self.assertFalse(row.is_different)
        self.env[QUEUE]._cron_read()
        self.balances()
        self.assertEqual(self.there()[0][2], 1)
        self.simulator.forget_calls()
        self.allocate(self.allocated, 1)
        self.balances()
        self.check_done()
        self.assertEqual(self.there()[0][0], 600)
        self.assertDingTalkCalled(LIST, 1)
        self.assertDingTalkCalled(UPDATE, 1)

    def test_what_is_taken_in_dingtalk_counts_there(self):
        self.allocate(self.allocated, 5)
        self.put("福利假", 800, 200)
        self.kind("福利假", "odoo", "equal")
        self.balances()
        self.assertEqual(self.there()[0][:2], (700, 200))
        self.assertEqual(self.row().dingtalk_left, 5)

    def test_lost_answer_is_written_once(self):
        self.allocate(self.allocated, 5)
        self.kind("福利假", "odoo", "equal")
        self.simulator.fault("reset_after", CREATE)
        self.balances(rounds=1)
        self.assertEqual(self.there()[0][0], 500)
        self.balances()
        self.check_done()
        self.assertEqual(self.there()[0][::2], (500, 1))
        self.assertEqual(self.row().dingtalk_left, 5)

    def test_many_changes_are_one_reading(self):
        self.kind("福利假", "odoo", "equal")
        self.balances()
        self.simulator.forget_calls()
        for _number in range(3):
            self.allocate(self.allocated, 1)
        self.balances()
        self.check_done()
        self.assertDingTalkCalled(LIST, 1)
        self.assertEqual(self.there()[0][0], 300)

    def test_refused_by_dingtalk(self):
        self.allocate(self.allocated, 5)
        row = self.kind("福利假", "odoo", "equal")
        row.sudo().leave_code = self.env[TYPES].search(
            [("name", "=", "产假")]).leave_code + "x"
        self.balances()
        self.assertEqual(self.env[QUEUE].search([]).state, "failed")
        self.assertEqual(self.there(), [])

    # -- DingTalk leads ----------------------------------------------------------------

    def test_dingtalk_leads(self):
        self.put("年假", 1000, 250)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        self.check_done()
        row = self.row()
        self.assertEqual((row.odoo_left, row.problem), (7.5, False))
        self.assertFalse(row.is_different)
        allocation = row.allocation_ref
        self.assertTrue(allocation)
        self.env[QUEUE]._cron_read()
        self.balances()
        self.assertEqual(self.row().allocation_ref, allocation)
        self.assertEqual(
            balances_of(self.allocated, self.worker)[self.worker.id], (7.5, 0))
        self.put("年假", 1200)
        self.env[QUEUE]._cron_read()
        self.balances()
        row = self.row()
        self.assertEqual((row.allocation_ref, row.odoo_left), (allocation, 12))

    def test_a_refused_allocation_is_not_given_again(self):
        self.put("年假", 1000)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        model = self.env[ALLOCATION]
        given = model.browse(self.row().allocation_ref)
        given.action_refuse()
        compat.flush(self.env)
        count = model.search_count([])
        self.env[QUEUE]._cron_read()
        self.balances()
        self.check_done()
        self.assertTrue(self.row().problem)
        self.assertEqual(model.search_count([]), count)

    def test_an_allocation_of_something_else_is_left_alone(self):
        self.put("年假", 1000)
        row = self.kind("年假", "dingtalk", "equal")
        self.balances()
        first = self.env[ALLOCATION].browse(self.row().allocation_ref)
        days = days_given(first)
        other = self._odoo_type("Other days", allocated=True)
        if "request_unit" in other._fields:
            other.request_unit = "day"
        row.write({"odoo_type_id": other.id})
        for _day in range(2):
            self.env[QUEUE]._cron_read()
            self.balances()
            self.check_done()
        self.assertEqual(days_given(first), days)
        self.assertEqual(balances_of(other, self.worker)[self.worker.id][0], 10)
        second = self.env[ALLOCATION].browse(self.row().allocation_ref)
        self.assertNotEqual(second, first)
        self.put("年假", 1200)
        self.env.cr.execute(
            sql.SQL("UPDATE {} SET employee_id = %s WHERE id = %s").format(
                sql.Identifier(second._table)).as_string(self.env.cr._obj),
            [self.employees[1].id, second.id])
        compat.forget(self.env)
        self.env[QUEUE]._cron_read()
        self.balances()
        self.assertEqual(days_given(second), days)
        self.assertEqual(balances_of(other, self.worker)[self.worker.id][0], 12)

    def test_an_allocation_without_effect_does_not_grow(self):
        self.put("年假", 1000)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        given = self.env[ALLOCATION].browse(self.row().allocation_ref)
        days = days_given(given)
        self.put("年假", 1200)
        # Like an expired one.
        self._replace(
            dingding_leave_balance_change.allocations, "balances_of",
            lambda leave_type, employees: {
                each.id: (0.0, 0.0) for each in employees})
        for _day in range(2):
            self.env[QUEUE]._cron_read()
            self.balances()
        self.assertEqual(days_given(given), days)
        self.assertTrue(self.row().problem)

    def test_amounts_that_cannot_be_read(self):
        """A balance of another unit, or none at all, is not an empty one."""
        self.put("年假", 1000)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        self.assertEqual(self.row().odoo_left, 10)
        read = balances.listed
        for amount in ({"quota_num_per_hour": 8000}, {"quota_num_per_day": "many"},
                       {"quota_num_per_day": None}, {"quota_num_per_day": "NaN"}):
            self._replace(balances, "listed", lambda value: [
                dict({name: each[name] for name in each if "quota_num" not in name},
                     **amount) for each in read(value)])
            self.env[QUEUE]._cron_read()
            self.balances()
            self.check_done()
            row = self.row()
            self.assertTrue(row.problem, amount)
            self.assertEqual((row.odoo_left, row.dingtalk_left), (10, 10), amount)
            self.assertEqual(
                balances_of(self.allocated, self.worker)[self.worker.id], (10, 0))
        self._replace(balances, "listed", read)
        self.env[QUEUE]._cron_read()
        self.balances()
        self.assertFalse(self.row().problem)

    def test_two_balances_of_a_type(self):
        """Odoo's cannot be equal to both, so the second changes nothing."""
        self.put("年假", 1000)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        self.put("福利假", 1200)
        second = self.kind("福利假", "dingtalk", "equal")
        for _day in range(2):
            self.env[QUEUE]._cron_read()
            self.balances()
            self.check_done()
            self.assertEqual(
                balances_of(self.allocated, self.worker)[self.worker.id], (10, 0))
        first, other = self.row().sorted("id")
        self.assertFalse(first.problem)
        self.assertIn("年假", other.problem or "")
        # Once the first one is over, the second one counts.
        first.leave_type_id.write({"balance": "none", "lead": "none"})
        second._read_balances()
        self.balances()
        self.assertEqual((other.problem, other.odoo_left), (False, 12))

    def test_more_in_odoo_is_a_problem(self):
        self.allocate(self.allocated, 20)
        self.put("年假", 1000)
        self.kind("年假", "dingtalk", "equal")
        self.balances()
        row = self.row()
        self.assertTrue(row.problem)
        self.assertEqual(row.odoo_left, 20)

    # -- rights ------------------------------------------------------------------------

    def test_who_sees_and_does_what(self):
        self.allocate(self.allocated, 5)
        kind = self.kind("年假", "none", "compare")
        self.balances()
        officer = self._make_user(
            self.env, "officer", "hr_holidays.group_hr_holidays_user")
        leader = self._make_user(
            self.env, "leader", "hr_holidays.group_hr_holidays_manager")
        self.worker.user_id = self.user_employee
        compat.flush(self.env)
        self.assertEqual(
            call_as(self.user_employee, ROWS, "search", []), self.row().ids)
        self.assertEqual(
            len(call_as(officer, ROWS, "search", [])), len(self.employees))
        others = self.env[ROWS].search([("user_id", "!=", self.user_manager.id)])
        self.assertFalse(
            set(call_as(self.user_manager, ROWS, "search", [])) & set(others.ids))
        for user in (self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                call_as(user, ROWS, "search", [])
        for user in (self.user_employee, officer, leader, self.user_manager):
            for method, args in (
                ("write", ({"odoo_left": 99},)), ("unlink", ()),
            ):
                with self.assertRaises(AccessError):
                    call_as(user, ROWS, method, self.row().ids, *args)
        for user in (self.user_employee, officer, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(user, TYPES, "action_read_balances", kind.ids)
            with self.assertRaises(AccessError):
                call_as(user, TYPES, "write", kind.ids, {"balance": "none"})
        call_as(leader, TYPES, "action_read_balances", kind.ids)
        with self.assertRaises(AccessError):
            call_as(leader, TYPES, "write", kind.ids, {"hours_per_day": 1})
