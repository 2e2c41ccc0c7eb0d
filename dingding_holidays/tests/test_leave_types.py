# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..leaves import rounds_up
from .leave_case import TYPES, LeaveCase


@portable
class TestLeaveTypes(LeaveCase):
    def type(self, name):
        return self.env[TYPES].with_context(active_test=False).search(
            [("corp_id", "=", self.corp.id), ("name", "=", name)])

    def read_types(self, user=None):
        call_as(user or self.user_manager, "dingding.corp", "action_read_leave_types",
                self.corp.ids)
        compat.forget(self.env)

    def test_read(self):
        row = self.type("年假")
        self.assertEqual((row.unit, row.lead, row.natural), ("halfDay", "none", False))
        self.assertTrue(self.type("产假").natural)
        self.assertFalse(row.made_by_api)
        codes = self.env[TYPES].search([]).mapped("leave_code")
        self.read_types()
        self.assertEqual(self.env[TYPES].search([]).mapped("leave_code"), codes)

    def test_proposals(self):
        own = self._odoo_type("育儿假")
        self.simulator.control("POST", "/leave/types", {"name": "育儿假"})
        self.read_types()
        row = self.type("育儿假")
        self.assertEqual((row.odoo_type_id, row.lead), (own, "none"))
        sick = self.env.ref(
            "hr_holidays.holiday_status_sl", raise_if_not_found=False)
        if sick and sick.company_id in (
            self.env["res.company"], self.corp.company_id
        ):
            self.assertEqual(self.type("病假").odoo_type_id, sick)

    def test_who_reads_the_types_decides_nothing(self):
        """Types are created with all rights, so no context may fill them in."""
        own = self._odoo_type("育儿假")
        self.simulator.control("POST", "/leave/types", {"name": "育儿假"})
        call_as(
            self.user_manager, "dingding.corp", "action_read_leave_types",
            self.corp.ids, context={
                "default_lead": "dingtalk", "default_balance": "compare",
                "default_odoo_type_id": own.id,
            })
        compat.forget(self.env)
        row = self.type("育儿假")
        self.assertEqual((row.lead, row.balance), ("none", "none"))

    def test_gone_types_are_archived(self):
        row = self.type("年假")
        row.sudo().write({"leave_code": "gone"})
        compat.flush(self.env)
        self.read_types()
        self.assertFalse(row.active)
        self.assertEqual(len(self.type("年假")), 2)

    def test_operator_is_needed(self):
        self.corp.leave_operator_id = False
        with self.assertRaises(UserError):
            self.read_types()
        self.corp.leave_operator_id = self.people.filtered(
            lambda person: person.userid != self.boss_id)[0]
        with self.assertRaises(UserError):
            self.read_types()

    def test_health_line(self):
        def line():
            lines = self.env["dingding.health"].with_context(
                lang="en_US")._check(self.corp)
            return next(
                each for each in lines if each["name"] == "Operator of leave")

        self.assertEqual(line()["state"], "ok")
        self.corp.leave_operator_id = self.people.filtered(
            lambda person: person.userid != self.boss_id)[0]
        found = line()
        self.assertEqual(found["state"], "error")
        self.assertIn("operator", found["remedy"])
        self.corp.leave_operator_id = False
        self.assertEqual(line()["state"], "error")

    def test_note_about_whole_days(self):
        row = self.map("年假", self.free, "dingtalk")
        self.assertFalse(row.unit_note)
        if "request_unit" not in self.free._fields:
            return
        self.free.request_unit = "day"
        compat.forget(self.env)
        self.assertEqual(bool(row.unit_note), rounds_up(self.free))
        self.assertFalse(self.map("病假", self.free, "dingtalk").unit_note)

    def test_mapping_is_checked(self):
        row, other = self.type("年假"), self.type("事假")
        row.odoo_type_id = False
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            row.lead = "odoo"
            compat.flush(self.env)
        self.map("年假", self.free, "odoo")
        for lead in ("odoo", "dingtalk"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                other.write({"odoo_type_id": self.free.id, "lead": lead})
                compat.flush(self.env)
        compat.forget(self.env)
        self.map("年假", self.free, "dingtalk")
        self.map("事假", self.free, "dingtalk")

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._odoo_type("Foreign")
        foreign.company_id = company
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.map("年假", foreign, "dingtalk")
        compat.forget(self.env)

    def test_needs_and_budget(self):
        corps = self.env["dingding.corp"].with_context(lang="en_US")
        found = [need for need in corps._dingtalk_needs() if need["purpose"] == "leave"]
        self.assertEqual(len(found), 5)
        self.assertIn("attendance_approve_status_change", found[0]["events"])
        keys = {each["key"] for each in corps._budget_features()}
        self.assertTrue(
            {"leave", "leave_records", "leave_types", "leave_check"} <= keys)
