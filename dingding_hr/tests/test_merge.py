# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable, working_in
from odoo.addons.dingding.tests.sync_case import SyncCase


@portable
class TestMerge(SyncCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            cls.userids = test.matchable()
            cls.mobile = test.simulated()[cls.userids[0]]["mobile"]
            test.corp.write({"hr_employees": "create", "link_by_mobile": False})
            cls.kept = cls.env["hr.employee"].create({
                "name": "Made by hand", "work_phone": "1", "mobile_phone": cls.mobile})
            test.run_it()
            cls.linked = test.person(cls.userids[0])
            cls.other = cls.linked.employee_id
            cls.officer = cls._make_user(cls.env, "officer", "hr.group_hr_user")
        return result

    def doubles(self, user=None, **options):
        action = call_as(
            user or self.officer, "hr.employee", "action_dingding_doubles", **options)
        return self.env["dingding.employee.merge"].search(action["domain"])

    def preview(self):
        merge = self.doubles()
        self.assertEqual(len(merge), 1)
        self.act(merge, "action_preview")
        return merge

    def act(self, merge, name, user=None):
        result = call_as(
            user or self.officer, "dingding.employee.merge", name, merge.ids)
        compat.forget(self.env)
        return result

    def assertRefused(self, text, kept=None, other=None):
        merge = self.env["dingding.employee.merge"].with_env(
            self.env(user=self.officer.id)
        ).create(
            {"kept_id": (kept or self.kept).id, "other_id": (other or self.other).id}
        )
        self.act(merge, "action_preview")
        self.assertIn(text, merge.refusal)
        with self.assertRaises(UserError) as caught:
            self.act(merge, "action_merge")
        self.assertIn(text, caught.exception.args[0])
        self.assertTrue((other or self.other).active)

    def test_the_older_one_is_kept(self):
        merge = self.doubles()
        self.assertEqual((merge.kept_id, merge.other_id), (self.kept, self.other))
        self.assertEqual(merge.rule, "mobile")

    def test_the_same_user(self):
        self.kept.mobile_phone = False
        self.assertFalse(self.doubles())
        user = self._make_user(self.env, "double", "base.group_user")
        self.linked.user_id = user
        self.kept.user_id = user
        self.assertEqual(self.doubles().rule, "user")

    def test_only_in_the_companies_worked_in(self):
        """From 12 on the others' employees are refused, from 13 on those in the menu.
        """
        company = self.env["res.company"].create({"name": "Other"})
        self.officer.company_ids |= company
        for each, count in ((company, 0), (self.corp.company_id, 1)):
            found = self.doubles(context=working_in(self.officer, each))
            self.assertEqual(len(found), count if compat.SERIES >= 12 else 1)

    def test_never_by_name_nor_by_an_unverified_value(self):
        self.kept.write({"name": self.other.name, "mobile_phone": False})
        self.other.mobile_phone = "13000000001"
        self.kept.mobile_phone = "13000000001"
        self.assertFalse(self.doubles())

    def test_another_company_is_no_double(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.kept.company_id = company
        self.assertFalse(self.doubles())
        self.officer.company_ids |= company
        if compat.SERIES == 12:
            # A rule hides the employees of every company but one.
            with self.assertRaises(AccessError):
                self.assertRefused("")
            return
        self.assertRefused("different companies")

    def test_preview(self):
        self.kept.work_phone = "1"
        self.other.write({"work_phone": "2", "notes": "From DingTalk"}
                         if "notes" in self.other._fields else {"work_phone": "2"})
        self.env["hr.employee"].create({"name": "Child", "parent_id": self.other.id})
        merge = self.preview()
        self.assertFalse(merge.refusal)
        values = {line.field_name: line for line in merge.field_ids}
        self.assertEqual(
            (values["work_phone"].kept_value, values["work_phone"].other_value,
             values["work_phone"].take), ("1", "2", False))
        counts = {line.field_name: line.records for line in merge.count_ids}
        self.assertEqual((counts["parent_id"], counts["employee_id"]), (1, 1))
        self.assertTrue(self.other.active)
        self.act(merge, "action_swap")
        self.assertEqual((merge.kept_id, merge.other_id), (self.other, self.kept))

    def test_what_was_chosen_outweighs_what_odoo_copies_of_the_user(self):
        if "work_contact_id" in self.kept._fields:
            self.skipTest("The work e-mail is the user's.")
        user = self._make_user(
            self.env, "double", "base.group_user", email="user@example.com")
        self.other.user_id = user
        self.other.work_email = "chosen@example.com"
        merge = self.preview()
        for name in ("user_id", "work_email"):
            line = merge.field_ids.filtered(
                lambda each, name=name: each.field_name == name)
            call_as(self.officer, line._name, "write", line.ids, {"take": True})
        self.act(merge, "action_merge")
        self.assertEqual(self.kept.user_id, user)
        self.assertEqual(self.kept.work_email, "chosen@example.com")

    def test_merge(self):
        child = self.env["hr.employee"].create(
            {"name": "Child", "parent_id": self.other.id})
        department = self.env["hr.department"].create(
            {"name": "Department", "manager_id": self.other.id})
        tag = self.env["hr.employee.category"].create({"name": "Tag"})
        self.other.category_ids = tag
        user = self._make_user(self.env, "double", "base.group_user")
        self.other.user_id = user
        # From 19 on it is the user's phone.
        self.other.work_phone = "2"
        rule = self.linked.employee_rule
        attachment = self.env["ir.attachment"].create(
            {"name": "Contract", "res_model": "hr.employee", "res_id": self.other.id})
        notes = self.notes(self.kept), self.notes(self.other)
        merge = self.preview()
        lines = {line.field_name: line for line in merge.field_ids}
        call_as(self.officer, "dingding.employee.merge.line", "write",
                lines["work_phone"].ids, {"take": True})
        self.assertTrue(lines["user_id"].take)
        self.act(merge, "action_merge")
        self.assertEqual(child.parent_id, self.kept)
        self.assertEqual(department.manager_id, self.kept)
        self.assertEqual((self.kept.work_phone, self.kept.user_id), ("2", user))
        self.assertEqual(self.kept.name, "Made by hand")
        self.assertIn(self.kept, tag.with_context(active_test=False).employee_ids)
        self.assertEqual(attachment.res_id, self.kept.id)
        self.assertEqual(self.linked.employee_id, self.kept)
        self.assertEqual(self.linked.employee_rule, rule)
        self.assertFalse(self.other.active or self.other.user_id)
        self.assertTrue(self.other.exists())
        self.assertEqual(
            (self.notes(self.kept), self.notes(self.other)),
            (notes[0] + 1, notes[1] + 1))
        self.assertFalse(self.doubles())
        self.run_it()
        self.assertEqual(self.linked.employee_id, self.kept)

    def notes(self, employee):
        return self.env["mail.message"].search_count(
            [("model", "=", "hr.employee"), ("res_id", "=", employee.id),
             ("body", "ilike", "merged into")])

    def test_nothing_goes_to_dingtalk(self):
        self.corp.write({"leads_profile": "odoo", "leads_structure": "odoo"})
        changes = self.env["dingding.outgoing.change"].search_count([])
        self.act(self.preview(), "action_merge")
        self.assertFalse(self.other.active)
        self.assertTrue(self.linked.active)
        self.assertEqual(
            self.env["dingding.outgoing.change"].search_count([]), changes)

    def test_two_people_of_dingtalk(self):
        second = self.person(self.userids[1]).employee_id
        self.assertRefused("different DingTalk users", second)
        self.assertEqual(self.linked.employee_id, self.other)

    def test_two_users(self):
        self.linked.user_id = self._make_user(self.env, "one", "base.group_user")
        self.kept.user_id = self._make_user(self.env, "two", "base.group_user")
        self.assertRefused("different users")

    def test_names_are_data(self):
        self.kept.name = "One <b>bold</b>"
        self.other.name = "Two <i>italic</i>"
        self.act(self.preview(), "action_merge")
        bodies = "".join((self.kept | self.other).mapped("message_ids.body"))
        self.assertIn("&lt;b&gt;bold", bodies)
        self.assertIn("&lt;i&gt;italic", bodies)
        self.assertNotIn("<b>bold", bodies)
        self.assertNotIn("<i>italic", bodies)

    def test_a_manager_of_the_other(self):
        between = self.env["hr.employee"].create(
            {"name": "Between", "parent_id": self.kept.id})
        self.other.parent_id = between
        self.assertRefused("manages")

    def test_archived_and_the_same(self):
        self.assertRefused("two different", self.kept, self.kept)
        merge = self.preview()
        self.other.active = False
        with self.assertRaises(UserError):
            self.act(merge, "action_merge")

    def test_attendances(self):
        if "hr.attendance" not in self.env:
            self.skipTest("hr_attendance is not installed")
        attendances = self.env["hr.attendance"]
        closed = attendances.create(
            {"employee_id": self.other.id, "check_in": "2026-01-05 08:00:00",
             "check_out": "2026-01-05 12:00:00"})
        opened = attendances.create(
            {"employee_id": self.kept.id, "check_in": "2026-01-05 11:00:00"})
        self.assertRefused("Attendances")
        opened.check_in = "2026-01-05 12:00:00"
        self.act(self.preview(), "action_merge")
        self.assertEqual(closed.employee_id, self.kept)

    def test_rights(self):
        company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self._make_user(
            self.env, "elsewhere", "hr.group_hr_user", company_id=company.id,
            company_ids=[(6, 0, company.ids)])
        merge = self.preview()
        for user in (self.user_employee, self.user_dingtalk, self.user_manager):
            with self.assertRaises(AccessError):
                self.doubles(user)
            with self.assertRaises(AccessError):
                call_as(user, "dingding.employee.merge", "create",
                        {"kept_id": self.kept.id, "other_id": self.other.id})
        self.assertFalse(self.doubles(elsewhere))
        with self.assertRaises(AccessError):
            call_as(elsewhere, "dingding.employee.merge", "create",
                    {"kept_id": self.kept.id, "other_id": self.other.id})
        for user in (self.user_employee, self.user_manager, elsewhere):
            for name in ("action_preview", "action_swap", "action_merge"):
                with self.assertRaises(AccessError):
                    self.act(merge, name, user)
        self.assertTrue(self.other.active)
