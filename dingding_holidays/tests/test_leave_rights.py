# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .leave_case import CHANGE, ROWS, TYPES, LeaveCase

OFFICER = "hr_holidays.group_hr_holidays_user"
MANAGER = "hr_holidays.group_hr_holidays_manager"


@portable
class TestLeaveRights(LeaveCase):
    def setUp(self):
        super().setUp()
        self.map("年假", self.free, "dingtalk")
        self.officer = self._make_user(self.env, "officer", OFFICER)
        self.leave_manager = self._make_user(self.env, "leave_manager", MANAGER)
        day = self.monday()
        self.mine = self.row(self.approved("年假", "%s AM" % day, "%s PM" % day))
        other = self.employees[1].dingding_user_ids.userid
        self.others = self.row(self.approved(
            "年假", "%s AM" % day, "%s PM" % day, userid=other))
        compat.flush(self.env)

    def found(self, user, model=ROWS):
        return set(call_as(user, model, "search", []))

    def test_who_sees_leaves(self):
        self.assertEqual(self.worker.user_id, self.user_employee)
        self.assertEqual(self.found(self.user_employee), set(self.mine.ids))
        self.assertEqual(self.found(self.user_dingtalk), set(self.others.ids))
        self.assertEqual(self.found(self.user_manager), set())
        self.assertEqual(self.found(self.officer), set((self.mine | self.others).ids))
        for user in (self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                self.found(user)

    def test_fields_of_officers(self):
        values = call_as(self.user_employee, ROWS, "read", self.mine.ids, [])[0]
        for name in ("person_id", "change_ids", "approve_id", "form", "written"):
            self.assertNotIn(name, values)

    def test_other_companies_are_hidden(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.corp.company_id = company
        compat.flush(self.env)
        for model in (ROWS, CHANGE, TYPES):
            self.assertFalse(self.found(self.officer, model), model)

    def test_nobody_writes(self):
        for user in (self.user_employee, self.user_manager, self.officer,
                     self.leave_manager):
            for model, record in ((ROWS, self.mine), (CHANGE, self.mine.change_ids)):
                with self.assertRaises(AccessError):
                    call_as(user, model, "write", record[:1].ids, {})
                with self.assertRaises(AccessError):
                    call_as(user, model, "unlink", record[:1].ids)

    def test_who_maps_types(self):
        row = self.env[TYPES].search([("name", "=", "年假")])
        row.lead = "none"
        compat.flush(self.env)
        values = {"odoo_type_id": self.second.id, "lead": "dingtalk"}
        for user in (self.user_employee, self.user_manager, self.officer):
            with self.assertRaises(AccessError):
                call_as(user, TYPES, "write", row.ids, values)
        call_as(self.leave_manager, TYPES, "write", row.ids, values)
        self.assertEqual(row.lead, "dingtalk")
        with self.assertRaises(AccessError):
            call_as(self.leave_manager, TYPES, "create", {"name": "x"})
        for name, value in (("leave_code", "x"), ("unit", "hour"), ("name", "x")):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.leave_manager, TYPES, "write", row.ids, {name: value})
            compat.forget(self.env)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"leave_type_ids": [(1, row.id, {"lead": "none"})]})

    def test_retry(self):
        self.mine.sudo().write({"problem": "Something"})
        compat.flush(self.env)
        for user in (self.user_employee, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(user, ROWS, "action_retry", self.mine.ids)
        with self.assertRaises(UserError):
            call_as(self.officer, ROWS, "action_retry", self.others.ids)
        call_as(self.officer, ROWS, "action_retry", self.mine.ids)
        self.run_queue()
        self.assertFalse(self.mine.problem)

    def test_managers_are_told_whose_failures_are_hidden(self):
        self.mine.change_ids.sudo().write({"state": "failed", "last_error": "Refused"})
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "leave")])
        values = call_as(self.user_manager, alert._name, "read", alert.ids, [])[0]
        group = self.env.ref(OFFICER).with_context(lang="en_US").full_name
        self.assertEqual((values["reason"], values["only_for"]), ("Refused", group))
        with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
            call_as(self.user_manager, alert._name, "action_open_failures", alert.ids)
        self.assertIn(group, str(caught.exception))

    def test_open(self):
        call_as(self.user_employee, ROWS, "action_open_leave", self.mine.ids)
        with self.assertRaises(AccessError):
            call_as(self.user_employee, ROWS, "action_open_leave", self.others.ids)

    def test_buttons_of_managers(self):
        for method in ("action_read_leave_types", "action_read_leave_holidays"):
            for user in (self.user_employee, self.user_dingtalk, self.officer):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.corp", method, self.corp.ids)
