# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .mapping_case import MappingCase, form_without


@portable
class TestMapping(MappingCase):
    def keys(self, mapping):
        return [key for key, _args in mapping._static_problems()]

    def test_a_mapping_that_fits(self):
        mapping = self.make_mapping()
        self.assertEqual((mapping.state, mapping.broken_note), ("ok", False))
        self.assertEqual(mapping.model, "res.partner")

    def test_what_is_required_needs_a_line(self):
        mapping = self.make_mapping(paths={"TextareaField_1": "comment"})
        self.assertEqual(mapping.state, "broken")
        self.assertIn("标题 is required", mapping.broken_note)
        self.make_line(mapping, "TextField_1", "name")
        self.assertEqual(mapping.state, "ok")

    def test_a_required_column_needs_a_line_once_the_table_has_one(self):
        mapping = self.make_mapping("res.currency")
        table = self.make_line(mapping, "TableField_1", "rate_ids")
        self.assertEqual(self.keys(mapping), ["unmapped"])
        self.make_line(mapping, "TextField_2", "name", table)
        self.assertEqual((self.keys(mapping), mapping.state), ([], "ok"))

    def test_paths_are_checked(self):
        for key, path, problem in (
            ("TextareaField_1", "no_such_field", "path_broken"),
            ("TextareaField_1", "user_id.no_such_field", "path_broken"),
            ("TextareaField_1", "name.login", "path_broken"),
            ("TextareaField_1", "user_id..login", "path_broken"),
            ("TextareaField_1", "user_id.__class__", "path_broken"),
            ("TextareaField_1", "", "path_broken"),
            ("TextareaField_1", "image", "path_kind"),
            ("NumberField_1", "user_id", "path_kind"),
            ("DDDateField_1", "name", "path_kind"),
            ("InnerContactField_1", "name", "path_kind"),
            ("TextNote_1", "name", "not_settable"),
            ("TableField_1", "user_id", "path_kind"),
            ("RelateField_1", {"source": "attachments"}, "path_kind"),
            ("NumberField_1", {"source": "constant", "constant": "x"}, "no_number"),
            (
                "DDSelectField_1", {"source": "constant", "constant": "x"},
                "option_unknown",
            ),
        ):
            mapping = self.make_mapping(paths={"TextField_1": "name", key: path})
            if key == "TextareaField_1" and path == "image":
                if "image" not in self.env["res.partner"]._fields:
                    continue
            self.assertEqual(self.keys(mapping), [problem], (key, path))
            self.assertEqual(mapping.state, "broken")

    def test_a_template_that_is_not_there(self):
        mapping = self.make_mapping()
        self.template.write({"enabled": False})
        self.assertEqual((self.keys(mapping), mapping.state),
                         (["template_gone"], "broken"))
        self.template.write({"enabled": True})
        self.assertEqual(mapping.state, "ok")

    def test_closed_models(self):
        for model in ("res.users", "ir.rule", "ir.cron", "dingding.user", "res.groups",
                      "mail.message"):
            with self.assertRaises(ValidationError):
                self.make_mapping(model, {})

    def test_the_filter_is_a_literal(self):
        for domain in ("[('no_such', '=', 1)]", "[(", "__import__('os')", "{}",
                       "[('id', '=', uid)]"):
            with self.assertRaises(ValidationError):
                self.make_mapping(domain=domain)
        mapping = self.make_mapping(domain="[['name', 'like', 'Ten']]")
        self.assertEqual(
            self.env["dingding.approval.mapping"]._for_record(self.partner), mapping
        )
        other = self.env["res.partner"].create({"name": "Nine"})
        self.assertFalse(self.env["dingding.approval.mapping"]._for_record(other))

    def test_archived_mappings_and_other_companies_do_not_count(self):
        mapping = self.make_mapping()
        mappings = self.env["dingding.approval.mapping"]
        self.assertEqual(mappings._for_record(self.partner), mapping)
        company = self.env["res.company"].create({"name": "Other"})
        self.partner.company_id = company
        self.assertFalse(mappings._for_record(self.partner))
        self.partner.company_id = self.company
        mapping.active = False
        self.assertFalse(mappings._for_record(self.partner))

    def test_model_and_template_stay_while_there_are_lines(self):
        mapping = self.make_mapping()
        model = self.env["ir.model"].search([("model", "=", "res.currency")])
        with self.assertRaises(UserError):
            mapping.model_id = model
        mapping.line_ids.unlink()
        mapping.model_id = model
        self.assertEqual(mapping.model, "res.currency")

    def test_a_line_is_about_a_component_of_the_template(self):
        mapping = self.make_mapping("res.currency")
        with self.assertRaises(ValidationError):
            self.make_line(mapping, "TextField_2", "name")  # a column
        other = self.template.create({"name": "Other", "corp_id": self.corp.id})
        other._take_form(form_without(), "schema")
        with self.assertRaises(ValidationError):
            self.env["dingding.approval.mapping.line"].create(
                {
                    "mapping_id": mapping.id, "field_path": "name",
                    "component_id": other.component_ids[1].id,
                }
            )

    def test_a_copy_has_lines_and_columns(self):
        line = {"field_path": "rate_ids", "columns": {"TextField_2": "name"}}
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )
        other = mapping.copy()
        self.assertEqual(other.state, "ok")
        self.assertEqual(len(other.line_ids), 2)
        self.assertEqual(
            other.line_ids.mapped("child_ids.component_id.component_key"),
            ["TextField_2"],
        )
        self.assertEqual(len(mapping.line_ids), 2)

    # -- expressions -----------------------------------------------------------------

    def test_only_administrators_write_expressions(self):
        mapping = self.make_mapping()
        vals = {
            "mapping_id": mapping.id, "source": "expression", "expression": "1 + 1",
            "component_id": self.component("TextareaField_1").id,
        }
        lines = "dingding.approval.mapping.line"
        for user in (self.user_manager, self.user_dingtalk, self.user_employee):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, lines, "create", vals)
        compat.forget(self.env)
        for hidden in (
            {"line_ids": [(0, 0, dict(vals, mapping_id=False))]},
            {"line_ids": [(1, mapping.line_ids.id, {"source": "expression"})]},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, mapping._name, "write", mapping.ids, hidden)
        made = call_as(self.user_system, lines, "create", vals)
        line = self.env[lines].search([("source", "=", "expression")])
        self.assertTrue(made and line)
        for change in ({"expression": "2"}, {"source": "nothing"}, {"sequence": 3},
                       {"component_id": self.component("TextField_1").id}):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, lines, "write", line.ids, change)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, lines, "unlink", line.ids)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, lines, "read", line.ids, ["expression"])
        call_as(self.user_system, lines, "write", line.ids, {"expression": "3"})
        for user, source, expression in (
            (self.user_manager, "nothing", False),
            (self.user_system, "expression", "3"),
        ):
            before = self.env[mapping._name].search([])
            call_as(user, mapping._name, "copy", mapping.ids)
            other = self.env[mapping._name].search([]) - before
            copied = other.line_ids.filtered(
                lambda row: row.component_id.component_key == "TextareaField_1"
            )
            self.assertEqual((copied.source, copied.expression), (source, expression))

    def test_who_sees_a_mapping_sees_what_it_names(self):
        """Since 16.0 employees may not read models."""
        mapping = self.make_mapping()
        mapping.unlocked_field_ids = self.field("function")
        for user in (self.user_manager, self.user_dingtalk):
            seen = compat.with_user(mapping, user)
            self.assertTrue(seen.unlocked_field_ids.display_name)
            self.assertTrue(seen.model_id.display_name)
            names = call_as(user, "ir.model", "name_search", "Contact")
            self.assertIn(mapping.model_id.id, [row[0] for row in names])

    # -- outcomes --------------------------------------------------------------------

    def outcome(self, mapping, **values):
        vals = {"mapping_id": mapping.id, "kind": "field_value"}
        return self.env["dingding.approval.outcome"].create(dict(vals, **values))

    def field(self, name, model="res.partner"):
        return self.env["ir.model.fields"].search(
            [("model", "=", model), ("name", "=", name)]
        )

    def test_outcomes_are_checked(self):
        mapping = self.make_mapping()
        row = self.outcome(mapping, field_id=self.field("function").id, value="Agreed")
        self.assertEqual(row.name, "%s = Agreed" % row.field_id.field_description)
        for values in (
            {"field_id": False},
            {"field_id": self.field("name", "res.currency").id},
            {"field_id": self.field("create_uid").id},
            {"field_id": self.field("color").id, "value": "red"},
            {"field_id": self.field("company_type").id, "value": "nothing"},
            {"field_id": self.field("child_ids").id},
            {"kind": "method", "method": "unlink"},
            {"kind": "server_action"},
        ):
            with self.assertRaises(ValidationError):
                self.outcome(mapping, **values)

    def test_only_administrators_write_outcomes(self):
        mapping = self.make_mapping()
        vals = {
            "mapping_id": mapping.id, "kind": "field_value", "value": "x",
            "field_id": self.field("function").id, "user_id": self.user_system.id,
        }
        for user in (self.user_manager, self.user_dingtalk, self.user_employee):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.approval.outcome", "create", vals)
            with self.assertRaises(AccessError):
                call_as(user, mapping._name, "write", mapping.ids,
                        {"outcome_ids": [(0, 0, dict(vals, mapping_id=False))]})
        call_as(self.user_system, "dingding.approval.outcome", "create", vals)
        copied = call_as(self.user_manager, mapping._name, "copy", mapping.ids)
        self.assertTrue(copied)

    # -- people ----------------------------------------------------------------------

    def originator(self, mapping, user):
        return mapping._originator_of(self.as_user(self.partner, user), user)

    def test_who_submits(self):
        mapping = self.make_mapping()
        self.assertEqual(self.originator(mapping, self.user_employee), self.person)
        with self.assertRaises(UserError) as caught:
            self.originator(mapping, self.user_manager)
        self.assertIn("Test manager is not a DingTalk user", str(caught.exception))
        mapping.fallback_person_id = self.other_person
        self.assertEqual(
            self.originator(mapping, self.user_manager), self.other_person
        )
        self.assertEqual(self.originator(mapping, self.user_employee), self.person)
        mapping.originator_policy = "fixed"
        self.assertEqual(
            self.originator(mapping, self.user_employee), self.other_person
        )

    def test_a_field_says_who_submits(self):
        mapping = self.make_mapping(
            originator_policy="field", originator_field_path="user_id"
        )
        self.assertEqual(self.originator(mapping, self.user_manager), self.person)
        self.partner.user_id = False
        with self.assertRaises(UserError):
            self.originator(mapping, self.user_manager)
        mapping.fallback_person_id = self.other_person
        self.assertEqual(
            self.originator(mapping, self.user_manager), self.other_person
        )
        with self.assertRaises(ValidationError):
            mapping.originator_field_path = "name"

    def test_approvers(self):
        mapping = self.make_mapping()
        record = self.as_user(self.partner)
        self.assertEqual(
            mapping._approvers_of(record),
            {"approvers": [], "cc_userids": [], "cc_position": None},
        )
        mapping.approver_source = "mapping"
        with self.assertRaises(UserError):
            mapping._approvers_of(record)
        both = (self.person | self.other_person).ids
        mapping.write(
            {
                "approver_ids": [
                    (0, 0, {"sequence": 1, "source": "field", "field_path": "user_id"}),
                    (0, 0, {"sequence": 2, "action_type": "OR",
                            "person_ids": [(6, 0, both)]}),
                ],
                "cc_person_ids": [(6, 0, self.other_person.ids)],
            }
        )
        self.assertEqual(
            mapping._approvers_of(record),
            {
                "approvers": [
                    {"actionType": "NONE", "userIds": ["u-employee"]},
                    {"actionType": "OR", "userIds": ["u-employee", "u-other"]},
                ],
                "cc_userids": ["u-other"],
                "cc_position": "FINISH",
            },
        )

    def test_an_approver_must_be_in_dingtalk(self):
        mapping = self.make_mapping(approver_source="mapping")
        mapping.approver_ids = [
            (0, 0, {"source": "field", "field_path": "user_id"})
        ]
        record = self.as_user(self.partner)
        self.partner.user_id = self.user_manager
        with self.assertRaises(UserError) as caught:
            mapping._approvers_of(record)
        self.assertIn(
            "The approver Test manager is not a DingTalk user", str(caught.exception))
        self.partner.user_id = False
        with self.assertRaises(UserError):
            mapping._approvers_of(record)
        mapping.approver_ids.write(
            {"source": "person", "person_ids": [(6, 0, self.other_person.ids)]}
        )
        self.other_person.with_context(dingding_no_push=True).write({"active": False})
        with self.assertRaises(UserError) as caught:
            mapping._approvers_of(record)
        self.assertIn("has left DingTalk", str(caught.exception))

    def test_approvers_are_of_the_organisation(self):
        corp = self.env["dingding.corp"].create({"name": "Other"})
        stranger = self.make_person("u-stranger", corp_id=corp.id)
        mapping = self.make_mapping(approver_source="mapping")
        with self.assertRaises(ValidationError):
            mapping.fallback_person_id = stranger
        with self.assertRaises(ValidationError):
            mapping.approver_ids = [
                (0, 0, {"person_ids": [(6, 0, stranger.ids)]})
            ]

    # -- rights ----------------------------------------------------------------------

    def test_who_may_see_and_change_mappings(self):
        mapping = self.make_mapping()
        for model, record in (
            ("dingding.approval.template", self.template),
            ("dingding.approval.component", self.component("TextField_1")),
            ("dingding.approval.mapping", mapping),
            ("dingding.approval.mapping.line", mapping.line_ids),
        ):
            name = {"dingding.approval.component": "label",
                    "dingding.approval.mapping.line": "field_path"}.get(model, "name")
            for user in (self.user_public, self.user_portal, self.user_employee):
                with self.assertRaises(AccessError):
                    call_as(user, model, "read", record.ids, [name])
            value = call_as(self.user_dingtalk, model, "read", record.ids, [name])
            self.assertEqual(len(value), 1)
            with self.assertRaises(AccessError):
                call_as(self.user_dingtalk, model, "write", record.ids, {name: "name"})
            for user in (self.user_manager, self.user_system):
                call_as(user, model, "write", record.ids, {name: "name"})

    def test_managers_of_other_companies_see_nothing(self):
        mapping = self.make_mapping()
        company = self.env["res.company"].create({"name": "Other"})
        self.user_manager.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id}
        )
        for record in (mapping, self.template, mapping.line_ids,
                       self.component("TextField_1")):
            found = compat.with_user(self.env[record._name], self.user_manager).search(
                [("id", "in", record.ids)]
            )
            self.assertFalse(found)
