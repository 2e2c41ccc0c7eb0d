# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, ValidationError

from .. import compat
from .common import DingTalkCase, call_as, portable


@portable
class TestNewUsers(DingTalkCase):
    def test_who_says_what_new_users_may(self):
        department = self.env["dingding.department"].create(
            {"name": "Kitchen", "corp_id": self.corp.id, "dept_id": "77"})
        group = self.env["res.groups"].create({"name": "Cooks"})
        guarded = (
            {"new_user_group_ids": [(6, 0, group.ids)]},
            {"new_user_company_id": self.company.id},
        )
        for vals in guarded:
            with self.assertRaises(AccessError):
                call_as(
                    self.user_manager, "dingding.department", "write", department.ids,
                    vals)
            for name in vals:
                with self.assertRaises(AccessError):
                    call_as(
                        self.user_manager, "dingding.department", "read",
                        department.ids, [name])
            self.corp.leads_structure = "odoo"
            values = {"name": "Bar", "corp_id": self.corp.id}
            model = compat.with_user(self.env["dingding.department"], self.user_manager)
            with self.assertRaises(AccessError):
                model.create(dict(values, **vals))
            with self.assertRaises(AccessError):
                model.with_context(
                    **{"default_" + name: value for name, value in vals.items()}
                ).create(values)
            call_as(
                self.user_system, "dingding.department", "write", department.ids, vals)
        self.assertEqual(department.new_user_group_ids, group)
        call_as(
            self.user_manager, "dingding.department", "write", department.ids,
            {"new_user_lang": "en_US"})

    def test_template_user(self):
        for user in (self.user_manager, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.corp", "action_make_template", self.corp.ids)
        self.assertFalse(self.corp.template_user_id)
        for _turn in range(2):
            call_as(
                self.user_system, "dingding.corp", "action_make_template",
                self.corp.ids)
        template = self.corp.template_user_id
        self.assertEqual(self.corp.create_users, "template")
        self.assertFalse(template.active)
        self.assertEqual(template.tz, "Asia/Shanghai")
        self.assertTrue(template.has_group("base.group_user"))
        self.assertFalse(self.env["dingding.user"]._is_administrator(template))
        if self.corp._has_chinese():
            self.assertEqual(template.lang, "zh_CN")
        common = self.env["dingding.sync"]._prepare_common(self.corp)
        self.assertEqual((common["lang"], common["tz"]), (template.lang, template.tz))
        template.tz = False
        common = self.env["dingding.sync"]._prepare_common(self.corp)
        self.assertEqual(common["tz"], "Asia/Shanghai")

    def test_no_department_makes_administrators(self):
        department = self.env["dingding.department"].create(
            {"name": "Kitchen", "corp_id": self.corp.id, "dept_id": "77"})
        implying = self.env["res.groups"].create(
            {"name": "Cooks",
             "implied_ids": [(6, 0, [self.env.ref("base.group_system").id])]})
        for group in (
            implying, self.env.ref("base.group_system"),
            self.env.ref("base.group_erp_manager"), self.env.ref("base.group_portal"),
        ):
            with self.assertRaises(ValidationError):
                department.new_user_group_ids = group
