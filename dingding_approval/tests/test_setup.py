# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.exceptions import UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .mapping_case import MappingCase

MODELS = {
    "purchase_order": ("purchase.order",),
    "sale_order": ("sale.order",),
    "expense": ("hr.expense.sheet", "hr.expense"),
    "leave": ("hr.leave", "hr.holidays"),
    "invoice": ("account.invoice", "account.move"),
}
# A field of contacts with few records: 19 has no titles.
FEW, FEW_MODEL = ("title", "res.partner.title")
if compat.SERIES >= 19:
    FEW, FEW_MODEL = ("industry_id", "res.partner.industry")


class SetupCase(MappingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.designs = cls.env["dingding.approval.design"]
        cls.partners = cls.env["ir.model"]._get("res.partner")

    def setUp(self):
        super().setUp()
        mappings = type(self.env["dingding.approval.mapping"])
        real = mappings._ready_setups
        self.calls = []
        calls = self.calls
        partners = type(self.partner)
        partners.action_test_refuse = lambda this, why: calls.append((this.id, why))
        self.addCleanup(lambda: delattr(partners, "action_test_refuse"))

        def setups(this):
            return real(this) + [
                {
                    "key": "contact", "name": "Contacts",
                    "models": ["no.such.model", "res.partner"],
                    "domain": [("active", "=", True), ("no_such_field", "=", 1)],
                    "fields": [
                        "no_such_field|name", "user_id", "no_such_field",
                        ("child_ids", ["name", "email", "no_such_field"]),
                        ("no_such_table", ["name"]),
                    ],
                    "outcomes": [
                        {"outcome": "agreed", "title": "Archive or not",
                         "methods": ["no_such_method", "toggle_active"]},
                        {"outcome": "refused", "title": "Say why", "reason": True,
                         "methods": ["action_test_refuse"]},
                        {"outcome": "terminated", "title": "Nothing",
                         "methods": ["no_such_method"]},
                    ],
                },
            ]

        self._replace(mappings, "_ready_setups", setups)

    def chosen(self, setup="contact", user=None):
        """Return a stored design as the client makes it after choosing a setup."""
        designs = self.as_user(self.designs, user or self.user_system)
        design = designs.new({"setup": setup, "corp_id": self.corp.id})
        design._onchange_setup()
        return designs.create(
            {
                "setup": setup, "corp_id": self.corp.id, "name": design.name,
                "model_id": design.model_id.id,
                "line_ids": [
                    (0, 0, {name: line[name] for name in (
                        "take", "table", "field_name", "field_text", "label", "kind",
                        "required")})
                    for line in design.line_ids
                ],
            }
        )

    def made(self, design):
        action = call_as(
            design.env.user, design._name, "action_make", design.ids
        )
        return self.env["dingding.approval.mapping"].browse(action["res_id"])


@portable
class TestSetup(SetupCase):
    def test_only_installed_models_are_offered(self):
        keys = [key for key, _name in self.designs._selection_setup()]
        self.assertIn("contact", keys)
        for key, names in MODELS.items():
            self.assertEqual(
                key in keys, any(name in self.env for name in names), key
            )

    def test_nothing_is_made_before_it_is_chosen(self):
        self.assertFalse(self.env["dingding.approval.mapping"].search([]))

    def test_a_setup_selects_fields_and_makes_mapping_and_outcomes(self):
        design = self.chosen()
        self.assertEqual((design.name, design.model_id.model),
                         ("Contacts", "res.partner"))
        taken = design.line_ids.filtered("take")
        self.assertEqual(
            [(line.table or "", line.field_name, line.kind) for line in taken],
            [("", "name", "TextField"), ("", "user_id", "TextField"),
             ("", "child_ids", "TableField"), ("child_ids", "name", "TextField"),
             ("child_ids", "email", "TextField")],
        )
        self.assertIn("Archive or not", design.outcomes_text)
        mapping = self.made(design)
        self.assertEqual(mapping._domain(), [("active", "=", True)])
        self.assertEqual(
            [(row.outcome, row.method, row.user_id) for row in mapping.outcome_ids
             .sorted("sequence")],
            [("agreed", "toggle_active", self.user_system),
             ("refused", "action_test_refuse", self.user_system)],
        )
        self.assertEqual(mapping.outcome_ids.sorted("sequence")[0].name,
                         "Archive or not")
        self.assertEqual(
            sorted(mapping.line_ids.mapped("child_ids.field_path")), ["email", "name"]
        )
        self.assertTrue(mapping.is_template_new)
        self.assertEqual(mapping.state, "broken")

    def test_outcomes_can_be_left_out(self):
        design = self.chosen()
        design.with_outcomes = False
        self.assertFalse(self.made(design).outcome_ids)

    def test_a_manager_gets_the_mapping_without_outcomes(self):
        design = self.chosen(user=self.user_manager)
        self.assertFalse(design.may_decide)
        mapping = self.made(design)
        self.assertTrue(mapping.line_ids)
        self.assertFalse(mapping.outcome_ids)

    def test_another_model_drops_the_setup(self):
        design = self.designs.new({"setup": "contact", "corp_id": self.corp.id})
        design._onchange_setup()
        design.model_id = self.env["ir.model"]._get("res.currency")
        design._onchange_model_id()
        self.assertFalse(design.setup)
        self.assertFalse(design.line_ids.filtered("take"))

    def test_a_refusal_gets_its_reason(self):
        mapping = self.made(self.chosen())
        approval = self.env["dingding.approval"].create(
            {"mapping_id": mapping.id, "template_id": mapping.template_id.id,
             "corp_id": self.corp.id,
             "res_model": "res.partner", "res_id": self.partner.id,
             "name": "Ten chairs",
             "record_ids": [(0, 0, {"key": "1", "remark": "Too dear"})]}
        )
        row = mapping.outcome_ids.filtered(lambda each: each.outcome == "refused")
        approval._apply_row(row, self.partner)
        self.assertEqual(
            self.calls,
            [(self.partner.id, "Refused in DingTalk: Ten chairs: Too dear")],
        )

    def test_an_expense_that_looks_like_an_approved_one(self):
        """From 15 on Odoo then opens a wizard instead of approving it."""
        if compat.SERIES < 19 or "hr.expense" not in self.env:
            self.skipTest("reports of expenses need accounting")
        mapping = self.made(self.chosen("expense"))
        vals = {
            "name": "Taxi", "total_amount_currency": 40, "date": "2026-03-01",
            "employee_id": self.env["hr.employee"].create({"name": "Traveller"}).id,
            "product_id": self.env["product.product"].create(
                {"name": "Taxi", "can_be_expensed": True}).id,
        }
        approved, expense = self.env["hr.expense"].create([vals, dict(vals)])
        approved.approval_state = "approved"
        expense.approval_state = "submitted"
        approval = self.env["dingding.approval"].create(
            {"mapping_id": mapping.id, "template_id": mapping.template_id.id,
             "corp_id": self.corp.id, "res_model": expense._name,
             "res_id": expense.id, "name": "Taxi"})
        row = mapping.outcome_ids.filtered(lambda each: each.outcome == "agreed")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            approval._apply_row(row, expense)
        approved.date = "2026-03-02"
        approval._apply_row(row, expense)
        self.assertEqual(expense.state, "approved")

    def test_setups_fit_the_installed_addons(self):
        for setup in self.env["dingding.approval.mapping"]._installed_setups():
            if setup["key"] == "contact":
                continue
            model = self.env[setup["model"]]
            model.search(setup["domain"], limit=1)
            self.assertTrue(setup["domain"], setup["key"])
            names = [name for name in setup["fields"] if isinstance(name, str)]
            tables = [name for name in setup["fields"] if isinstance(name, tuple)]
            self.assertGreater(len(names), 4, names)
            for _table, columns in tables:
                self.assertGreater(len(columns), 2, columns)
            self.assertEqual(
                [each["outcome"] for each in setup["outcomes"]],
                [each["outcome"] for real in self.env["dingding.approval.mapping"]
                 ._ready_setups() if real["key"] == setup["key"]
                 for each in real["outcomes"]],
            )
            mapping = self.made(self.chosen(setup["key"]))
            lines = mapping.line_ids
            self.assertEqual(len(lines), len(setup["fields"]) + 1)
            self.assertEqual(len(mapping.outcome_ids), len(setup["outcomes"]))
            self.assertNotIn("path_", mapping.problems_json)


@portable
class TestSearch(SetupCase):
    def test_fields_come_before_tables(self):
        lines = self.designs._lines("res.partner")
        tables = [number for number, vals in enumerate(lines)
                  if vals["kind"] == "TableField"]
        plain = [number for number, vals in enumerate(lines)
                 if vals["kind"] != "TableField" and not vals["table"]]
        self.assertLess(max(plain), min(tables))

    def test_a_search_keeps_what_is_selected(self):
        design = self.designs.new({"model_id": self.partners.id, "query": "e-mail"})
        design._onchange_model_id()
        names = design.line_ids.mapped("field_name")
        self.assertIn("website", names)
        design.line_ids.filtered(
            lambda line: line.field_name == "website" and not line.table
        ).update({"take": True, "label": "Home"})
        design.query = "EMAIL"
        design._onchange_query()
        found = [(line.table or "", line.field_name, line.label, line.take)
                 for line in design.line_ids]
        self.assertEqual(found[0], ("", "website", "Home", True))
        self.assertIn(("", "email"), [each[:2] for each in found])
        self.assertIn(("", "child_ids"), [each[:2] for each in found])
        self.assertNotIn(("", "street"), [each[:2] for each in found])
        design.query = False
        design._onchange_query()
        self.assertIn("street", design.line_ids.mapped("field_name"))
        self.assertEqual(
            len(design.line_ids.filtered(lambda line: line.field_name == "website"
                                         and not line.table)), 1
        )


@portable
class TestChoices(SetupCase):
    def outcome(self, mapping, field, **values):
        found = self.env["ir.model.fields"].search(
            [("model", "=", "res.partner"), ("name", "=", field)]
        )
        return self.env["dingding.approval.outcome"].new(
            dict(values, mapping_id=mapping.id, field_id=found.id)
        )

    def choices(self, row):
        return dict(json.loads(row.value_choices))

    def test_a_field_offers_what_it_can_contain(self):
        mapping = self.make_mapping()
        kinds = self.choices(self.outcome(mapping, "type"))
        self.assertEqual(kinds["invoice"], dict(
            self.env["res.partner"]._fields["type"]._description_selection(self.env)
        )["invoice"])
        self.assertEqual(
            self.choices(self.outcome(mapping, "active")), {"1": "Yes", "0": "No"}
        )
        titles = self.choices(self.outcome(mapping, FEW))
        title = self.env[FEW_MODEL].search([], limit=1)
        self.assertEqual(titles[str(title.id)], title.display_name)
        self.assertEqual(self.choices(self.outcome(mapping, "name")), {})

    def test_too_many_records_are_not_offered(self):
        from ..models import dingding_approval_outcome

        self._replace(dingding_approval_outcome, "MOST_CHOICES", 1)
        self.assertEqual(
            self.choices(self.outcome(self.make_mapping(), FEW)), {}
        )

    def test_another_field_drops_the_value(self):
        row = self.outcome(self.make_mapping(), "type", value="invoice")
        row._onchange_field_id()
        self.assertEqual(row.value, "invoice")
        row.value = "1"
        row._onchange_field_id()
        self.assertFalse(row.value)

    def test_the_description_has_labels(self):
        mapping = self.make_mapping()
        field = self.env["ir.model.fields"].search(
            [("model", "=", "res.partner"), ("name", "=", "type")]
        )
        row = self.env["dingding.approval.outcome"].create(
            {"mapping_id": mapping.id, "field_id": field.id, "value": "invoice"}
        )
        label = dict(json.loads(row.value_choices))["invoice"]
        self.assertEqual(row.name, "%s = %s" % (field.field_description, label))
        with self.assertRaises(ValidationError):
            row.value = "no such"

    def test_methods_are_offered_by_their_title(self):
        row = self.outcome(self.make_mapping(), "type", kind="method")
        self.assertEqual(
            json.loads(row.method_choices),
            [["toggle_active", "Archive or not"], ["action_test_refuse", "Say why"]],
        )

    def test_a_preview_offers_records_by_name(self):
        mapping = self.make_mapping()
        other = self.partner.copy({"name": "Somebody else"})
        mapping.domain = "[('id', 'in', %s)]" % (self.partner | other).ids
        action = call_as(
            self.user_manager, mapping._name, "action_preview", mapping.ids
        )
        preview = self.as_user(
            self.env[action["res_model"]].browse(action["res_id"]), self.user_manager
        )
        names = [each.display_name for each in (other, self.partner)]
        self.assertEqual(
            json.loads(preview.choices),
            [[str(other.id), names[0]], [str(self.partner.id), names[1]]],
        )
        preview.choice = str(self.partner.id)
        preview._onchange_choice()
        self.assertEqual(preview.record_name, names[1])
        preview.query = "Somebody"
        preview._onchange_query()
        self.assertEqual(preview.choice, str(other.id))
        self.assertEqual(json.loads(preview.choices), [[str(other.id), names[0]]])
        self.assertFalse(self.env["dingding.approval"].search(
            [("mapping_id", "=", mapping.id)]
        ))

    def test_names_of_records_that_may_not_be_read_are_not_shown(self):
        titles = self.env[FEW_MODEL]
        secret = titles.create({"name": "Secret title"})
        field = self.env["ir.model.fields"].search(
            [("model", "=", "res.partner"), ("name", "=", FEW)]
        )
        row = self.env["dingding.approval.outcome"].create(
            {"mapping_id": self.make_mapping().id, "field_id": field.id,
             "value": str(secret.id)}
        )
        self.assertIn("Secret title", row.name)
        self.assertIn("Secret title", row.value_choices)
        previews = self.as_user(
            self.env["dingding.approval.preview"], self.user_manager
        )
        preview = previews.create(
            {"mapping_id": self.make_mapping(FEW_MODEL).id,
             "res_model": titles._name, "res_id": secret.id, "is_choosing": True}
        )
        self.assertIn("Secret title", dict(json.loads(preview.choices)).values())
        self.env["ir.rule"].create({
            "name": "Not this one",
            "model_id": self.env["ir.model"]._get(titles._name).id,
            "domain_force": "[('id', '!=', %d)]" % secret.id,
        })
        if hasattr(titles, "name_get"):
            # Some models' name_get reads with all rights.
            real = type(titles).name_get
            self._replace(type(titles), "name_get", lambda this: real(this.sudo()))
        compat.flush(self.env)
        compat.forget(self.env)
        row = self.as_user(row, self.user_manager)
        self.assertNotIn("Secret title", row.name)
        self.assertNotIn("Secret title", row.value_choices)
        self.assertNotIn("Secret title", dict(json.loads(preview.choices)).values())

    def test_a_line_says_what_its_path_means(self):
        mapping = self.make_mapping(
            paths={
                "TextField_1": "parent_id.name",
                "TableField_1": {
                    "field_path": "child_ids", "columns": {"TextField_2": "name"},
                },
            }
        )
        lines = {line.component_id.component_key: line for line in mapping.line_ids}
        text = lines["TextField_1"].field_text
        self.assertIn("Name (parent_id.name)", text)
        self.assertEqual(lines["TextField_1"].path_model, "res.partner")
        table = lines["TableField_1"]
        self.assertEqual(table.rows_model, "res.partner")
        self.assertEqual(table.child_ids.path_model, "res.partner")
        compat.flush(self.env)
