# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import json

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.api import approvals
from odoo.addons.dingding.tests.common import portable

from ..form import build, components, schema
from .mapping_case import MappingCase, form_without


@portable
class TestFormValues(MappingCase):
    def value(self, key, path, record=None, model="res.partner", user=None):
        paths = {"TextField_1": "name"}
        paths[key] = path
        record = record or (self.partner if model == "res.partner" else self.currency)
        values, problems = self.values(self.make_mapping(model, paths), record, user)
        return values.get(key), problems

    def test_text(self):
        self.assertEqual(self.value("TextField_1", "name"), ("Ten <chairs>", []))
        self.assertEqual(
            self.value("TextareaField_1", "comment"), ("first\r\nsecond", [])
        )
        self.assertEqual(
            self.value("TextareaField_1", "user_id.login"),
            (self.user_employee.login, []),
        )
        self.assertEqual(
            self.value("TextareaField_1", "user_id"), ("Test employee", [])
        )

    def test_an_empty_field_is_left_out(self):
        self.assertEqual(self.value("TextareaField_1", "function"), (None, []))

    def test_a_required_field_that_is_empty_is_a_problem(self):
        self.assertEqual(
            self.value("TextField_1", "function"), (None, ["required", "form_empty"])
        )

    def test_a_choice_is_written_in_the_users_language(self):
        found, problems = self.value("TextareaField_1", "company_type")
        choices = self.env["res.partner"].fields_get(["company_type"])["company_type"]
        self.assertEqual((found, problems), (dict(choices["selection"])["person"], []))

    def test_html_becomes_text(self):
        self.user_employee.write({"signature": "<p>a &amp; <b>b</b></p>"})
        found, problems = self.value(
            "TextareaField_1", "user_id.signature", user=self.user_employee
        )
        self.assertEqual(problems, [])
        self.assertIn("a & ", found)
        self.assertNotIn("<", found)

    def test_numbers_and_money(self):
        self.assertEqual(
            self.value("NumberField_1", "decimal_places", model="res.currency"),
            ("2", []),
        )
        self.assertEqual(
            self.value("MoneyField_1", "rounding", model="res.currency"), ("0.01", [])
        )

    def test_numbers_of_several_records_are_added_up(self):
        self.assertEqual(
            self.value("MoneyField_1", "rate_ids.rate", model="res.currency"),
            ("3.75", []),
        )

    def test_zero_is_a_number(self):
        self.partner.color = 0
        self.assertEqual(self.value("NumberField_1", "color"), ("0", []))

    def test_a_text_that_is_no_number(self):
        self.assertEqual(self.value("NumberField_1", "name"), (None, ["no_number"]))

    def test_dates(self):
        line = {"columns": {"TextField_2": "name", "DDDateField_3": "name"}}
        line["field_path"] = "rate_ids"
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )
        values, problems = self.values(mapping, self.currency)
        self.assertEqual(problems, [])
        cells = [[cell["value"] for cell in row] for row in values["TableField_1"]]
        self.assertEqual(
            sorted(cells), [["2026-03-01"] * 2, ["2026-03-05"] * 2]
        )

    def test_times_are_those_of_the_users_place(self):
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            ["2026-03-01 18:30:00", self.partner.id],
        )
        compat.forget(self.env)
        self.assertEqual(
            self.value("DDDateField_2", "create_date"), ("2026-03-02 02:30", [])
        )
        self.assertEqual(
            self.value("DDDateField_1", "create_date"), ("2026-03-02", [])
        )
        self.user_employee.tz = "America/New_York"
        self.assertEqual(
            self.value("DDDateField_2", "create_date"), ("2026-03-02 02:30", [])
        )
        self.company.partner_id.tz = "Europe/Berlin"
        self.assertEqual(
            self.value("DDDateField_2", "create_date"), ("2026-03-01 19:30", [])
        )

    def test_today_in_an_expression_is_the_organisations(self):
        """It may be tomorrow in China."""
        line = {"source": "expression", "expression": "today"}
        self.clock("2026-03-01 18:30:00")
        self.assertEqual(self.value("DDDateField_1", line), ("2026-03-02", []))
        self.company.partner_id.tz = "Europe/Berlin"
        self.assertEqual(self.value("DDDateField_1", line), ("2026-03-01", []))

    def test_a_range_has_two_fields(self):
        line = {"field_path": "create_date", "field_path_end": "write_date"}
        found, problems = self.value("DDDateRangeField_1", line)
        self.assertEqual(problems, [])
        start, end = json.loads(found)
        self.assertLessEqual(start, end)
        line = {"field_path": "create_date", "field_path_end": "nothing_here"}
        self.assertEqual(
            self.value("DDDateRangeField_1", line),
            (None, ["path_broken", "half_range"]),
        )

    def test_an_option_is_named_by_label_or_key(self):
        self.partner.function = "上海"
        self.assertEqual(self.value("DDSelectField_1", "function"), ("上海", []))
        self.partner.function = "Hangzhou"
        self.assertEqual(
            self.value("DDSelectField_1", "function"), (None, ["option_unknown"])
        )

    def test_yes_and_no_are_options(self):
        self.assertEqual(self.value("DDSelectField_2", "active"), ("是", []))
        self.partner.active = False
        self.assertEqual(self.value("DDSelectField_2", "active"), ("否", []))

    def test_several_options(self):
        tags = self.env["res.partner.category"].create({"name": "北京"})
        tags |= tags.create({"name": "上海"})
        self.partner.category_id = tags
        found, problems = self.value("DDMultiSelectField_1", "category_id")
        self.assertEqual(problems, [])
        self.assertEqual(sorted(json.loads(found)), ["上海", "北京"])
        self.partner.category_id |= tags.create({"name": "Hangzhou"})
        self.assertEqual(
            self.value("DDMultiSelectField_1", "category_id"),
            (None, ["option_unknown"]),
        )

    def test_people_are_their_userids(self):
        self.assertEqual(
            self.value("InnerContactField_1", "user_id"), ('["u-employee"]', [])
        )
        self.partner.user_id = self.user_manager
        self.assertEqual(
            self.value("InnerContactField_1", "user_id"), (None, ["person_unlinked"])
        )

    def test_a_contact_is_not_its_salesperson(self):
        """Many may choose the salesperson of a contact, who might so approve."""
        contact = self.env["res.partner"].create(
            {"name": "A customer", "user_id": self.user_employee.id})
        self.partner.parent_id = contact
        self.assertEqual(
            self.value("InnerContactField_1", "parent_id"), (None, ["person_unlinked"])
        )
        self.partner.parent_id = self.user_employee.partner_id
        self.user_employee.partner_id.user_id = self.user_manager
        self.assertEqual(
            self.value("InnerContactField_1", "parent_id"), ('["u-employee"]', [])
        )

    def test_who_has_left_dingtalk_is_nobody(self):
        self.person.with_context(dingding_no_push=True).write({"active": False})
        self.assertEqual(
            self.value("InnerContactField_1", "user_id"), (None, ["person_unlinked"])
        )

    def test_approvals_of_records_that_may_not_be_read_are_not_named(self):
        """Readers of a form in DingTalk may open the approvals that it names."""
        contact = self.env["res.partner"].create({"name": "Secret"})
        self.partner.parent_id = contact
        mapping = self.make_mapping()
        self.env["dingding.approval"].create({
            "name": "By hand", "mapping_id": mapping.id, "status": "agreed",
            "template_id": self.template.id, "corp_id": self.corp.id,
            "res_model": "res.partner", "res_id": contact.id, "instance_id": "i-1",
        })
        self.assertEqual(self.value("RelateField_1", "parent_id"), ('["i-1"]', []))
        self.env["ir.rule"].create({
            "name": "All but one",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d)]" % contact.id,
        })
        self.assertEqual(self.value("RelateField_1", "parent_id"), (None, ["access"]))

    def test_constants(self):
        cases = [
            ("TextareaField_1", "always", "always"),
            ("NumberField_1", "12.50", "12.5"),
            ("DDDateField_1", "2026-03-01", "2026-03-01"),
            ("DDDateRangeField_1", "2026-03-01,2026-03-02",
             '["2026-03-01","2026-03-02"]'),
            ("DDSelectField_1", "北京", "北京"),
            ("DDMultiSelectField_1", "北京，上海", '["北京","上海"]'),
            ("PhoneField_1", "13800138000", "13800138000"),
            ("DDPhotoField_1", "https://example.com/1.png",
             '["https://example.com/1.png"]'),
        ]
        for key, constant, expected in cases:
            line = {"source": "constant", "constant": constant}
            self.assertEqual(self.value(key, line), (expected, []), key)
        line = {"source": "constant", "person_ids": [(6, 0, self.other_person.ids)]}
        self.assertEqual(
            self.value("InnerContactField_1", line), ('["u-other"]', [])
        )

    def test_departments(self):
        department = self.env["dingding.department"].with_context(
            dingding_no_push=True
        ).create({"name": "Sales", "dept_id": "77", "corp_id": self.corp.id})
        root = department.create(
            {"name": "Root", "dept_id": "1", "corp_id": self.corp.id}
        )
        line = {
            "source": "constant", "department_ids": [(6, 0, (department | root).ids)],
        }
        found, problems = self.value("DepartmentField_1", line)
        self.assertEqual(problems, [])
        self.assertEqual(sorted(found.split(",")), ["-1", "77"])

    def test_a_link_to_the_record(self):
        found, problems = self.value("TextareaField_1", {"source": "link"})
        self.assertEqual(problems, [])
        self.assertIn("id=%d&model=res.partner" % self.partner.id, found)

    def attach(self, name, **values):
        return self.env["ir.attachment"].create(
            dict(
                {
                    "name": name, "datas": base64.b64encode(b"content"),
                    "res_model": "res.partner", "res_id": self.partner.id,
                },
                **values
            )
        )

    def test_a_binary_field_without_a_file_is_a_problem(self):
        """The logo belongs to the company's contact."""
        self.partner.company_id = self.company
        self.assertEqual(
            self.value("DDAttachment_1", "company_id.logo"), (None, ["path_kind"]))
        own = "image" if "image" in self.partner._fields else "image_1920"
        self.assertEqual(self.value("DDAttachment_1", own)[1], [])

    def test_attachments_wait_for_their_upload(self):
        attachment = self.attach("offer.pdf")
        mapping = self.make_mapping(
            paths={"TextField_1": "name", "DDAttachment_1": {"source": "attachments"}}
        )
        entries, problems = mapping._form_of(self.as_user(self.partner))
        self.assertEqual(problems, [])
        self.assertEqual(build.attachment_ids(entries), attachment.ids)
        (files,) = [
            each["value"] for each in entries if each["id"] == "DDAttachment_1"
        ]
        self.assertEqual(files[0]["fileName"], "offer.pdf")
        self.assertEqual(files[0]["fileSize"], 7)

    def test_expressions_of_administrators(self):
        line = {"source": "expression", "expression": "record.name.upper()"}
        self.assertEqual(self.value("TextareaField_1", line), ("TEN <CHAIRS>", []))
        line["expression"] = "user.login"
        self.assertEqual(
            self.value("TextareaField_1", line), (self.user_employee.login, [])
        )
        line["expression"] = "record.user_id"
        self.assertEqual(
            self.value("InnerContactField_1", line), ('["u-employee"]', [])
        )
        line["expression"] = "record.credit / 0"
        self.assertEqual(
            self.value("TextareaField_1", line), (None, ["expression_failed"])
        )
        line["expression"] = "__import__('os')"
        self.assertEqual(
            self.value("TextareaField_1", line), (None, ["expression_failed"])
        )

    # -- rights ----------------------------------------------------------------------

    def test_groups_of_fields(self):
        field = self.env["res.partner"]._fields["phone"]
        env = self.as_user(self.partner).env
        for groups, seen in (
            (None, True), ("base.group_user", True), ("base.group_system", False),
            ("base.group_system,base.group_user", True), ("!base.group_user", False),
            ("!base.group_system", True), ("!base.group_user,base.group_user", False),
        ):
            self._replace(field, "groups", groups)
            self.assertEqual(rights.may_use_field(env, field), seen, groups)

    def test_limits_are_those_of_the_client(self):
        self.assertEqual(components.MAX_VALUE, approvals.MAX_VALUE)
        self.assertEqual(components.MAX_FILES, approvals.MAX_ATTACHMENTS)
        self.assertEqual(build.MAX_VALUES, approvals.MAX_VALUES)
        self.assertEqual(schema.MAX_COMPONENTS, approvals.MAX_COMPONENTS)

    def test_a_field_for_other_groups_is_not_read(self):
        mapping = self.make_mapping(
            paths={"TextField_1": "name", "TextareaField_1": "bank_ids.acc_number"}
        )
        field = self.env["res.partner.bank"]._fields["acc_number"]
        self._replace(field, "groups", "base.group_system")
        self.env["res.partner.bank"].create(
            {"acc_number": "42", "partner_id": self.partner.id}
        )
        values, problems = self.values(mapping, self.partner)
        self.assertEqual((values.get("TextareaField_1"), problems), (None, ["access"]))
        values, problems = self.values(mapping, self.partner, self.user_system)
        self.assertEqual((values.get("TextareaField_1"), problems), ("42", []))

    def test_a_record_that_may_not_be_read_is_not_read(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "Nobody's",
                "model_id": self.env.ref("base.model_res_currency").id,
                "domain_force": "[(0, '=', 1)]",
            }
        )
        mapping = self.make_mapping("res.currency", {"TextField_1": "name"})
        values, problems = self.values(mapping, self.currency)
        self.assertEqual((values, problems), ({}, ["access"]))
        rule.unlink()
        self.assertEqual(self.values(mapping, self.currency)[1], [])

    def test_rows_that_may_not_be_read_are_not_read(self):
        line = {"field_path": "rate_ids", "columns": {"TextField_2": "name"}}
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )
        self.env["ir.rule"].create(
            {
                "name": "Nobody's",
                "model_id": self.env.ref("base.model_res_currency_rate").id,
                "domain_force": "[(0, '=', 1)]",
            }
        )
        values, problems = self.values(mapping, self.currency)
        self.assertEqual((sorted(values), problems), (["TextField_1"], []))

    def test_the_rows_of_problems_are_named(self):
        line = {
            "field_path": "rate_ids",
            "columns": {"TextField_2": "name", "NumberField_2": "currency_id.name"},
        }
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )
        _entries, problems = mapping._form_of(self.as_user(self.currency))
        texts = mapping._problem_texts(problems)
        self.assertEqual(len(texts), 2)
        self.assertIn("明细, row 1: 汇率: 'XQA' is not a number.", texts)

    def test_a_component_that_is_gone_is_a_problem(self):
        mapping = self.make_mapping(
            paths={"TextField_1": "name", "TextareaField_1": "comment"}
        )
        self.template._take_form(
            form_without("TextareaField_1"), "schema"
        )
        values, problems = self.values(mapping, self.partner)
        self.assertEqual((sorted(values), problems), (["TextField_1"], ["gone"]))

    # -- read back -------------------------------------------------------------------

    def test_an_approval_begun_in_dingtalk_becomes_values(self):
        line = {
            "field_path": "rate_ids",
            "columns": {
                "TextField_2": "currency_id.name", "NumberField_2": "rate",
                "DDDateField_3": "name",
            },
        }
        mapping = self.make_mapping(
            "res.currency",
            {"TextField_1": "name", "TableField_1": line, "TextareaField_1": "symbol"},
        )
        answer = [
            {"id": "TextField_1", "name": "标题", "componentType": "TextField",
             "value": "XQB"},
            {"id": "TextareaField_1", "name": "说明", "componentType": "TextareaField"},
            {
                "id": "TableField_1", "name": "明细", "componentType": "TableField",
                "value": json.dumps(
                    [
                        {
                            "rowValue": [
                                {"label": "汇率", "value": "1.5", "key": "NumberField_2"},
                                {"label": "生效日", "value": "2026-03-01",
                                 "key": "DDDateField_3"},
                                {"label": "名称", "value": "x", "key": "TextField_2"},
                            ]
                        }
                    ]
                ),
            },
        ]
        vals, missed = mapping._record_values(answer)
        self.assertEqual(missed, [])
        self.assertEqual(
            vals,
            {"name": "XQB", "rate_ids": [(0, 0, {"rate": 1.5, "name": "2026-03-01"})]},
        )
        self.assertEqual(
            self.env["res.currency"].create(dict(vals, symbol="b")).rate_ids.rate, 1.5
        )

    def test_people_and_choices_come_back(self):
        mapping = self.make_mapping(
            paths={
                "TextField_1": "name", "InnerContactField_1": "user_id",
                "TextareaField_1": "company_type", "DDSelectField_2": "active",
            }
        )
        answer = [
            {"id": "InnerContactField_1", "componentType": "InnerContactField",
             "value": "x", "extValue": '[{"emplId":"u-employee"}]'},
            {"id": "TextareaField_1", "componentType": "TextareaField",
             "value": "Company"},
            {"id": "DDSelectField_2", "componentType": "DDSelectField", "value": "否"},
        ]
        vals, missed = mapping._record_values(answer)
        self.assertEqual(missed, [])
        self.assertEqual(vals["user_id"], self.user_employee.id)
        self.assertEqual(vals["active"], False)
        self.assertEqual(mapping._import_user(self.person), self.user_employee)
        self.assertFalse(mapping._import_user(self.other_person))
