# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from lxml import etree

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.sync_case import SyncCase


@portable
class TestMatchEmployees(SyncCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            cls.userids = test.matchable()
            test.run_it()
            cls.user_both = cls._make_user(
                cls.env, "both", "dingding.group_manager", "hr.group_hr_user")
        return result

    def employee(self, number, name="Employee", **values):
        mobile = self.simulated()[self.userids[number]]["mobile"]
        return self.env["hr.employee"].create(
            dict({"name": name, "mobile_phone": mobile}, **values))

    def row(self, number):
        return self.person(self.userids[number])

    def press(self, number, name, user=None):
        call_as(user or self.user_both, "dingding.user", "action_match_%s" % name,
                self.row(number).ids)

    def test_reasons(self):
        sure = self.employee(0)
        several = self.employee(1, "One") | self.employee(1, "Two")
        company = self.env["res.company"].create({"name": "Other"})
        self.employee(2, company_id=company.id)
        self.employee(3).active = False
        call_as(self.user_both, "dingding.user", "action_match")
        compat.forget(self.env)
        self.assertEqual(
            [self.row(number).employee_unlinked_reason for number in range(5)],
            ["next_sync", "several", "company", "archived", "no_candidate"])
        self.assertEqual(self.row(0).likely_employee_ids, sure)
        self.assertEqual(self.row(1).likely_employee_ids, several)
        self.assertFalse(self.row(2).likely_employee_ids)
        self.assertEqual(self.row(0).unlinked_reason, "no_candidate")

    def test_link_and_create(self):
        employee = self.employee(0)
        self.press(0, "link_employee")
        self.assertEqual(self.row(0).employee_id, employee)
        self.assertEqual(self.row(0).employee_rule, "manual")
        self.press(1, "create_employee")
        self.assertEqual(self.row(1).employee_rule, "created")
        self.assertEqual(self.row(1).employee_id.company_id, self.corp.company_id)
        self.employee(2)
        with self.assertRaises(UserError):
            self.press(2, "create_employee")
        self.assertFalse(self.row(2).employee_id)

    def test_create_nobody_who_is_invited_again(self):
        """Links of a former UserID pass once Odoo knows that it has left."""
        self.corp.leaver_policy = "user"
        former = self.row(0).copy({"userid": "former", "active": True})
        self.row(0).unionid = former.unionid = "again"
        with self.assertRaises(UserError):
            self.press(0, "create_employee")
        self.assertFalse(self.row(0).employee_id)
        former.active = False
        self.press(0, "create_employee")
        self.assertTrue(self.row(0).employee_id)

    def test_ignore(self):
        self.corp.hr_employees = "create"
        people = self.env["dingding.user"].with_env(self.env(user=self.user_both.id))
        people.browse(self.row(0).ids)._match_do("ignore_employee")
        compat.forget(self.env)
        self.run_it()
        self.assertFalse(self.row(0).employee_id)
        self.assertTrue(self.row(1).employee_id)
        people.browse(self.row(0).ids)._match_do("unignore_employee")
        compat.forget(self.env)
        self.run_it()
        self.assertTrue(self.row(0).employee_id)

    def test_cards_have_the_actions_for_hr_officers(self):
        view = self.env.ref("dingding.dingding_user_view_kanban_match")
        for user, shown in ((self.user_both, True), (self.user_manager, False)):
            model = self.env(user=user.id)["dingding.user"]
            get = getattr(model, "get_view" if compat.SERIES >= 16 else (
                "fields_view_get"))
            arch = etree.fromstring(get(view.id, "kanban")["arch"])
            # Up to 15 what a group may not see is there, and hidden.
            seen = {
                node.get("name") for node in arch.xpath("//*[@name]")
                if node.get("invisible") != "1"
            }
            for name in ("link_employee", "create_employee"):
                self.assertEqual("action_match_%s" % name in seen, shown)
            self.assertIn("action_match_ignore", seen)

    def test_rights(self):
        self.employee(0)
        officer = self._make_user(
            self.env, "officer", "dingding.group_user", "hr.group_hr_user")
        for user in (
            self.user_employee, self.user_dingtalk, self.user_manager, officer,
        ):
            for name in ("link_employee", "create_employee"):
                with self.assertRaises(AccessError):
                    self.press(0, name, user)
        choices = call_as(self.user_manager, "dingding.match", "fields_get", ["choice"])
        self.assertNotIn(
            "create_employee", dict(choices["choice"]["selection"]))
        self.assertFalse(self.row(0).employee_id)
