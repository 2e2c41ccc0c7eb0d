# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import json

from lxml import etree

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..form.components import component
from .mapping_case import MappingCase


@portable
class TestPreview(MappingCase):
    def preview(self, mapping, record, user=None):
        previews = self.as_user(self.env["dingding.approval.preview"], user)
        return previews.create(
            {"mapping_id": mapping.id, "res_model": record._name, "res_id": record.id}
        )

    def full(self):
        return self.make_mapping(
            paths={
                "TextField_1": "name", "TextareaField_1": "comment",
                "InnerContactField_1": "user_id", "PhoneField_1": "phone",
                "DDSelectField_2": "active",
            }
        )

    def test_the_form_is_shown_and_escaped(self):
        preview = self.preview(self.full(), self.partner)
        self.assertFalse(preview.has_problems, preview.problems)
        self.assertIn("Ten &lt;chairs&gt;", preview.html)
        self.assertNotIn("<chairs>", preview.html)
        for text in ("采购申请", "标题", "first", "second", "Person u-employee", "是",
                     "请附上报价单。", "As defined by the DingTalk template",
                     "Requester"):
            self.assertIn(text, preview.html)
        self.assertEqual(preview.record_name, self.partner.display_name)

    def test_the_form_is_shown_before_the_preview_is_stored(self):
        mapping = self.full()
        preview = self.as_user(self.env["dingding.approval.preview"]).new(
            {"mapping_id": mapping.id, "res_model": self.partner._name,
             "res_id": self.partner.id}
        )
        self.assertFalse(preview.has_problems, preview.problems)
        self.assertIn("Ten &lt;chairs&gt;", preview.html)

    def test_what_does_not_fit_is_said(self):
        self.partner.write({"user_id": self.user_manager.id, "phone": "none"})
        preview = self.preview(self.full(), self.partner)
        self.assertTrue(preview.has_problems)
        self.assertIn("Test manager is not a DingTalk user", preview.problems)
        self.assertIn("is not a telephone number", preview.problems)
        self.assertIn("none", preview.html)

    def test_problems_are_escaped(self):
        self.partner.phone = "<script>alert(1)</script>"
        preview = self.preview(self.full(), self.partner)
        self.assertIn("&lt;script&gt;", preview.problems)
        self.assertNotIn("<script>", preview.problems + preview.html)

    def test_warnings_keep_nobody_from_submitting(self):
        self.partner.comment = "x" * 8001
        preview = self.preview(self.full(), self.partner)
        self.assertFalse(preview.has_problems)
        self.assertIn("8001 characters", preview.warnings)

    def test_who_has_no_account_in_dingtalk_is_told(self):
        preview = self.preview(self.full(), self.partner, self.user_system)
        self.assertIn("Test system is not a DingTalk user", preview.problems)

    def test_approvers_are_shown(self):
        mapping = self.full()
        mapping.write(
            {
                "approver_source": "mapping",
                "approver_ids": [
                    (0, 0, {"action_type": "OR", "person_ids": [
                        (6, 0, (self.person | self.other_person).ids)]})
                ],
                "cc_person_ids": [(6, 0, self.other_person.ids)],
            }
        )
        preview = self.preview(mapping, self.partner)
        self.assertIn("any of them", preview.html)
        self.assertIn("Person u-other", preview.html)

    def test_the_json_is_for_administrators(self):
        mapping = self.full()
        preview = self.preview(mapping, self.partner, self.user_system)
        body = json.loads(preview.payload)
        self.assertEqual(body["processCode"], "PROC-1")
        self.assertEqual(body["formComponentValues"][0]["value"], "Ten <chairs>")
        for user in (self.user_employee, self.user_manager):
            preview = self.preview(mapping, self.partner, user)
            with self.assertRaises(AccessError):
                preview.read(["payload"])

    def test_a_record_that_may_not_be_read_is_not_shown(self):
        mapping = self.full()
        self.env["ir.rule"].create(
            {
                "name": "Nobody's",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": "[('id', '!=', %d)]" % self.partner.id,
            }
        )
        preview = self.preview(mapping, self.partner)
        self.assertTrue(preview.has_problems)
        self.assertFalse(preview.html)
        self.assertFalse(preview.record_name)

    def test_a_mapping_of_another_model_shows_nothing(self):
        preview = self.preview(self.full(), self.currency)
        self.assertTrue(preview.has_problems)
        self.assertFalse(preview.html)
        preview = self.preview(self.full(), self.user_employee)
        self.assertFalse(preview.html)

    def test_a_record_outside_the_filter_is_reported(self):
        mapping = self.full()
        mapping.domain = "[('name', '=', 'Nine')]"
        preview = self.preview(mapping, self.partner)
        self.assertIn("does not apply", preview.problems)

    def test_nobody_else_sees_a_preview(self):
        preview = self.preview(self.full(), self.partner)
        for user in (self.user_public, self.user_portal, self.user_dingtalk):
            with contextlib.suppress(AccessError):
                found = call_as(
                    user, preview._name, "read", preview.ids, ["html", "record_name"]
                )
                self.assertFalse(found[0]["html"] or found[0]["record_name"])

    def test_outsiders_are_shown_nothing(self):
        mapping = self.full()
        for user in (self.user_public, self.user_portal):
            with contextlib.suppress(AccessError):
                preview = self.preview(mapping, user.partner_id, user)
                self.assertFalse(preview.html)
                self.assertFalse(preview.mapping_name)

    def test_a_mapping_is_shown_with_its_latest_record(self):
        mapping = self.full()
        mapping.domain = "[('id', '=', %d)]" % self.partner.id
        action = call_as(
            self.user_manager, mapping._name, "action_preview", mapping.ids
        )
        preview = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(
            (preview.res_id, preview.is_choosing), (self.partner.id, True)
        )
        mapping.domain = "[('id', '=', 0)]"
        with self.assertRaises(UserError):
            mapping.action_preview()

    def test_a_record_is_found_by_its_name(self):
        mapping = self.full()
        other = self.partner.copy({"name": "Somebody else"})
        mapping.domain = "[('id', 'in', %s)]" % (self.partner | other).ids
        model = "dingding.approval.preview"

        action = call_as(
            self.user_manager, mapping._name, "action_preview", mapping.ids
        )
        preview = self.env[model].browse(action["res_id"])
        self.assertEqual(preview.res_id, other.id)
        preview.query = self.partner.name
        preview._onchange_query()
        self.assertEqual(preview.res_id, self.partner.id)
        preview.query = self.env["res.partner"].create({"name": "Not this one"}).name
        preview._onchange_query()
        self.assertEqual(preview.res_id, self.partner.id)

    def test_the_mapping_is_chosen_when_there_is_one(self):
        mapping = self.full()
        values = self.as_user(self.env["dingding.approval.preview"]).with_context(
            default_res_model="res.partner", default_res_id=self.partner.id
        ).default_get(["res_model", "res_id", "mapping_id"])
        self.assertEqual(values["mapping_id"], mapping.id)

    def test_no_default_tells_whom_the_conditions_fit(self):
        """They are applied with all rights."""
        self.full()
        self.env["ir.rule"].create(
            {
                "name": "All but one",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": "[('id', '!=', %d)]" % self.partner.id,
            }
        )
        previews = self.as_user(self.env["dingding.approval.preview"])
        for res_id in (self.partner.id, 2147483647):
            values = previews.with_context(
                default_res_model="res.partner", default_res_id=res_id
            ).default_get(["res_model", "res_id", "mapping_id"])
            self.assertFalse(values.get("mapping_id"))
        for model, res_id in (("mail.thread", 1), ("no.model", 1), (False, 1)):
            values = previews.with_context(
                default_res_model=model, default_res_id=res_id
            ).default_get(["res_model", "res_id", "mapping_id"])
            self.assertFalse(values.get("mapping_id"))

    def test_it_is_in_the_language_of_who_reads(self):
        preview = self.preview(self.full(), self.partner)
        self.assertIn("Approvers", preview.html)

    def test_fifty_lines_take_few_statements(self):
        line = {
            "field_path": "rate_ids",
            "columns": {
                "TextField_2": "name", "NumberField_2": "rate", "DDDateField_3": "name",
            },
        }
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )

        def statements():
            compat.flush(self.env)
            compat.forget(self.env)
            before = self.env.cr.sql_log_count
            mapping._form_of(self.as_user(self.currency))
            return self.env.cr.sql_log_count - before

        few = statements()
        for day in range(48):
            self.env["res.currency.rate"].create(
                {"currency_id": self.currency.id, "rate": day + 1,
                 "name": "2027-%02d-%02d" % (day % 12 + 1, day % 28 + 1)}
            )
        many = statements()
        self.assertLessEqual(many, few + 2)


@portable
class TestPropose(MappingCase):
    def test_fields_are_proposed_and_taken_by_a_person(self):
        self.template._take_form(
            [
                component("TextField_1", "TextField", "Name", required=True),
                component("PhoneField_1", "PhoneField", "电话"),
                component("InnerContactField_1", "InnerContactField", "Salesperson"),
                component("TextField_9", "TextField", "完全不同"),
                component(
                    "TableField_1", "TableField", "Contacts",
                    children=[component("TextField_2", "TextField", "Email")],
                ),
                component("TextNote_1", "TextNote", "", content="x"),
                component(
                    "TableField_2", "TableField", "没有",
                    children=[component("TextField_3", "TextField", "Email")],
                ),
            ],
            "schema",
        )
        mapping = self.make_mapping(paths={})
        action = call_as(
            self.user_manager, mapping._name, "action_propose", mapping.ids
        )
        self.assertFalse(mapping.line_ids)
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        found = {
            row.component_id.component_key: (row.field_path, row.take, row.reason)
            for row in wizard.line_ids
        }
        self.assertEqual(found["TextField_1"], ("name", True, "same"))
        self.assertEqual(found["PhoneField_1"][0], "phone")
        self.assertEqual(found["InnerContactField_1"], ("user_id", True, "same"))
        self.assertEqual(found["TextField_9"], (False, False, "none"))
        self.assertEqual(found["TableField_1"][0], "child_ids")
        self.assertEqual(found["TextField_2"][0], "email")
        self.assertNotIn("TextNote_1", found)
        self.assertEqual(found["TableField_2"], (False, False, "none"))
        self.assertNotIn("TextField_3", found)
        wizard.line_ids.filtered(
            lambda row: row.component_id.component_key == "PhoneField_1"
        ).take = False
        table = wizard.line_ids.filtered(
            lambda row: row.component_id.component_key == "TableField_1"
        )
        table.take = False
        with self.assertRaises(UserError):
            wizard.action_apply()
        table.take = True
        call_as(self.user_manager, wizard._name, "action_apply", wizard.ids)
        lines = {row.component_id.component_key: row for row in mapping.line_ids}
        self.assertEqual(
            sorted(lines), ["InnerContactField_1", "TableField_1", "TextField_1"]
        )
        self.assertEqual(lines["TableField_1"].child_ids.field_path, "email")
        self.assertEqual(mapping.state, "ok")

    def test_fields_are_chosen_by_label(self):
        self.template._take_form(
            [
                component(
                    "TableField_1", "TableField", "Tags",
                    children=[component("TextField_2", "TextField", "Color")],
                ),
            ],
            "schema",
        )
        action = self.make_mapping(paths={}).action_propose()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(
            [(row.field_path, row.path_model) for row in wizard.line_ids],
            [("category_id", "res.partner"), ("color", "res.partner.category")],
        )
        form = self.env.ref("dingding_approval.dingding_approval_propose_view_form")
        tree = etree.fromstring(form.arch)
        for name in ("field_path", "field_path_end"):
            field = tree.find(".//field[@name='%s']" % name)
            self.assertEqual(field.get("widget"), "dingding_field_path")

    def test_who_may_have_fields_proposed(self):
        mapping = self.make_mapping()
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, mapping._name, "action_propose", mapping.ids)

    def test_nothing_to_propose(self):
        self.template._take_form(
            [component("TextField_1", "TextField", "标题", required=True)], "schema"
        )
        mapping = self.make_mapping()
        with self.assertRaises(UserError):
            mapping.action_propose()
