# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import unittest

from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_approval_mapping
from ..models.dingding_approval_reader import SECRET
from .mapping_case import MappingCase

LINES = "dingding.approval.mapping.line"


class Undo(Exception):
    """Takes back what a test has done."""


@portable
class TestMappingRights(MappingCase):
    def call_with(self, context, user, model, method, *args):
        return call_as(user, model, method, *args, context=context)

    def expression(self, mapping, text="'%s' % record.id"):
        return self.make_line(
            mapping, "TextareaField_1", {"source": "expression", "expression": text}
        )

    def keys(self, mapping):
        return [key for key, _args in mapping._static_problems()]

    def test_model_and_company_are_computed(self):
        mapping = self.make_mapping()
        other = self.env["res.company"].create({"name": "Other"})
        before = (mapping.model, mapping.company_id)
        for values in ({"model": "res.users"}, {"company_id": other.id},
                       {"company_id": False}):
            for user in (self.user_manager, self.user_system):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, "dingding.approval.mapping", "write", mapping.ids,
                            values)
                compat.forget(self.env)
                self.assertEqual((mapping.model, mapping.company_id), before)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.approval.mapping", "create", {
                "name": "Mine", "template_id": self.template.id, "model": "res.users",
                "model_id": self.env["ir.model"]._get("res.partner").id})

    # -- default values of the context ---------------------------------------------

    def test_no_expression_by_a_default_of_the_context(self):
        mapping = self.make_mapping()
        component = self.component("TextareaField_1")
        context = {"default_source": "expression", "default_expression": "1 + 1",
                   "default_author_id": self.user_system.id}
        vals = {"mapping_id": mapping.id, "component_id": component.id}
        for user in (self.user_manager, self.user_system):
            self.call_with(context, user, LINES, "create", vals)
            line = mapping.line_ids.filtered(lambda row: row.component_id == component)
            self.assertEqual((line.source, line.expression), ("field", False))
            line.unlink()
        for user in (self.user_dingtalk, self.user_employee):
            with self.assertRaises(AccessError):
                self.call_with(context, user, LINES, "create", vals)

    def test_none_through_the_mapping(self):
        component = self.component("TextareaField_1")
        context = {
            "default_source": "expression", "default_expression": "1 + 1",
            "default_line_ids": [
                (0, 0, {"component_id": component.id, "source": "expression",
                        "expression": "1 + 1"}),
            ],
            "default_outcome_ids": [
                (0, 0, {"kind": "field_value", "value": "x",
                        "field_id": self.field("function").id}),
            ],
        }
        made = self.call_with(
            context, self.user_manager, "dingding.approval.mapping", "create",
            {
                "name": "By a manager", "template_id": self.template.id,
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "line_ids": [(0, 0, {"component_id": component.id})],
            },
        )
        mapping = self.env["dingding.approval.mapping"].browse(made)
        self.assertEqual(mapping.line_ids.mapped("source"), ["field"])
        self.assertFalse(mapping.outcome_ids)

    def test_none_by_a_stored_default(self):
        mapping = self.make_mapping()
        for name, value in (("source", "expression"), ("expression", "1 + 1")):
            self.env["ir.default"].set(LINES, name, value, self.user_manager.id)
        compat.clear_caches(self.env)
        vals = {"mapping_id": mapping.id,
                "component_id": self.component("TextareaField_1").id}
        made = call_as(self.user_manager, LINES, "create", vals)
        line = self.env[LINES].browse(made)
        self.assertEqual((line.source, line.expression), ("field", False))

    def test_who_decides_where_an_outcome_acts_as_somebody_else(self):
        mapping = self.make_mapping(paths={"TextField_1": "name"})
        outcome = self.env["dingding.approval.outcome"].create({
            "mapping_id": mapping.id, "kind": "field_value", "value": "x",
            "field_id": self.field("function").id,
        })
        steps = "dingding.approval.mapping.approver"
        person = self.env["dingding.user"].create(
            {"name": "Mine", "userid": "mine", "corp_id": self.corp.id})
        vals = {"mapping_id": mapping.id, "person_ids": [(6, 0, person.ids)]}
        step = call_as(self.user_manager, steps, "create", vals)
        call_as(self.user_manager, steps, "write", [step], {"action_type": "OR"})
        outcome.user_id = self.user_system
        row = [(0, 0, {"person_ids": vals["person_ids"]})]
        for model, method, args in (
            (steps, "create", [vals]), (steps, "write", [[step], {"sequence": 1}]),
            (steps, "unlink", [[step]]),
            (mapping._name, "write", [mapping.ids, {"approver_ids": row}]),
            (mapping._name, "write", [mapping.ids, {"approver_source": "mapping"}]),
            ("dingding.approval.template", "write",
             [mapping.template_id.ids, {"process_code": "PROC-MINE"}]),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, model, method, *args)
            compat.forget(self.env)
        call_as(self.user_manager, mapping._name, "write", mapping.ids, {
            "name": "Renamed", "approver_source": mapping.approver_source,
            "template_id": mapping.template_id.id,
        })
        call_as(self.user_system, mapping._name, "write", mapping.ids,
                {"approver_source": "mapping"})
        copied = call_as(self.user_manager, mapping._name, "copy", mapping.ids)
        copied = self.env[mapping._name].browse(copied)
        self.assertFalse(copied.outcome_ids)
        call_as(self.user_manager, mapping._name, "write", copied.ids,
                {"approver_source": "template"})

    def test_what_leads_to_an_outcome_that_acts_as_somebody_else(self):
        """Nobody has something else approved than what it then does."""
        mapping = self.make_mapping(paths={"TextField_1": "name"})
        line, template = mapping.line_ids, mapping.template_id
        person = self.env["dingding.user"].create(
            {"name": "Mine", "userid": "mine", "corp_id": self.corp.id})
        more = {"mapping_id": mapping.id, "field_path": "comment",
                "component_id": self.component("TextareaField_1").id}
        parts = "dingding.approval.component"
        free = self.component("TextareaField_1")
        cases = (
            (LINES, "create", [more]),
            (LINES, "write", [line.ids, {"field_path": "comment"}]),
            (LINES, "write", [line.ids, {"constant": "1"}]),
            (LINES, "unlink", [line.ids]),
            (mapping._name, "write",
             [mapping.ids, {"line_ids": [(2, line.id, False)]}]),
            (mapping._name, "write", [mapping.ids, {"domain": "[('id', '>', 0)]"}]),
            (mapping._name, "write", [mapping.ids, {
                "originator_policy": "fixed", "fallback_person_id": person.id}]),
            (mapping._name, "write", [mapping.ids, {"lock": "none"}]),
            (mapping._name, "write", [mapping.ids, {
                "unlocked_field_ids": [(4, self.field("name").id)]}]),
            (mapping._name, "write", [mapping.ids, {"import_records": True}]),
            (parts, "write", [free.ids, {"component_key": "TextField_X"}]),
            (parts, "unlink", [free.ids]),
            (parts, "create", [{"template_id": template.id, "label": "More"}]),
            (template._name, "write", [template.ids, {
                "component_ids": [(1, free.id, {"label": "Other"})]}]),
        )
        outcome = self.env["dingding.approval.outcome"].create({
            "mapping_id": mapping.id, "kind": "field_value", "value": "x",
            "field_id": self.field("function").id, "user_id": self.user_system.id,
        })
        for model, method, args in cases:
            with self.assertRaises(AccessError, msg=args), self.env.cr.savepoint():
                call_as(self.user_manager, model, method, *args)
            compat.forget(self.env)
        # Values that change nothing of it.
        call_as(self.user_manager, mapping._name, "write", mapping.ids, {
            "name": "Renamed", "sequence": 3, "domain": mapping.domain,
            "responsible_id": self.user_manager.id, "lock": mapping.lock,
            "cc_person_ids": [(4, person.id)],
        })
        # Archiving ends it, and only an administrator begins it again.
        call_as(self.user_manager, mapping._name, "write", mapping.ids,
                {"active": False})
        for values in ({"active": True}, {"domain": "[('id', '>', 0)]"}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, mapping._name, "write", mapping.ids, values)
            compat.forget(self.env)
        call_as(self.user_system, mapping._name, "write", mapping.ids,
                {"active": True})
        # Templates are read again by managers, events and scheduled actions.
        compat.with_user(template, self.user_manager)._take_form(
            template._form(), "schema")
        outcome.user_id = False
        for model, method, args in cases:
            with unittest.TestCase.assertRaises(self, Undo), self.env.cr.savepoint():
                call_as(self.user_manager, model, method, *args)
                compat.flush(self.env)
                raise Undo()
            compat.forget(self.env)

    def field(self, name, model="res.partner"):
        return self.env["ir.model.fields"].search(
            [("model", "=", model), ("name", "=", name)]
        )

    def test_who_sees_what_only_administrators_may_send(self):
        """A manager would read it in DingTalk, as an approver or in a copy."""
        self._replace(
            self.env["res.partner"]._fields["function"], "groups", "base.group_system")
        mapping = self.make_mapping(
            paths={"TextField_1": "name", "TextareaField_1": "function"})
        steps = "dingding.approval.mapping.approver"
        person = self.env["dingding.user"].create(
            {"name": "Mine", "userid": "mine", "corp_id": self.corp.id})
        vals = {"person_ids": [(6, 0, person.ids)]}
        cases = (
            (steps, "create", [dict(vals, mapping_id=mapping.id)]),
            (mapping._name, "write", [mapping.ids, {"approver_ids": [(0, 0, vals)]}]),
            (mapping._name, "write", [mapping.ids, {"approver_source": "mapping"}]),
            (mapping._name, "write", [mapping.ids, {
                "cc_person_ids": [(4, person.id)]}]),
            (mapping._name, "write", [mapping.ids, {"cc_field_path": "user_id"}]),
            (mapping._name, "write", [mapping.ids, {
                "originator_policy": "fixed", "fallback_person_id": person.id}]),
        )
        for model, method, args in cases:
            with self.assertRaises(AccessError, msg=args), self.env.cr.savepoint():
                call_as(self.user_manager, model, method, *args)
            compat.forget(self.env)
        call_as(self.user_manager, mapping._name, "write", mapping.ids,
                {"name": "Renamed", "cc_person_ids": [(5,)]})
        call_as(self.user_system, steps, "create", dict(vals, mapping_id=mapping.id))
        # A line that is not sent gives nothing away.
        mapping.line_ids.filtered("field_path")._set_author(False)
        for model, method, args in cases:
            with unittest.TestCase.assertRaises(self, Undo), self.env.cr.savepoint():
                call_as(self.user_manager, model, method, *args)
                compat.flush(self.env)
                raise Undo()
            compat.forget(self.env)

    def test_no_context_changes_what_is_approved(self):
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "NumberField_1": "rate"})
        shown = self.values(mapping, self.currency)
        self.assertTrue(shown[0]["NumberField_1"])
        other, rate = self.currency.with_context(date="2026-03-02"), self.currency.rate
        # 14.0 keeps one value for all dates.
        compat.forget(self.env)
        self.assertNotEqual(other.rate, rate)
        compat.forget(self.env)
        self.assertEqual(self.values(mapping, other), shown)

    def test_a_constant_names_no_approval_unless_an_administrator_wrote_it(self):
        """Approvers may open the approvals that a form names."""
        mapping = self.make_mapping(paths={"TextField_1": "name"})
        vals = {"mapping_id": mapping.id, "source": "constant", "constant": "i-1",
                "component_id": self.component("RelateField_1").id}
        line = self.env[LINES].browse(
            call_as(self.user_manager, LINES, "create", vals))
        for _turn in range(2):
            self.assertEqual(self.keys(mapping), ["path_restricted"])
            value, problems = self.values(mapping, self.partner)
            self.assertEqual(problems, ["path_restricted"])
            self.assertNotIn("RelateField_1", value)
            call_as(self.user_system, LINES, "write", line.ids, {"constant": "i-1"})
            self.assertEqual(self.keys(mapping), [])
            value, problems = self.values(mapping, self.partner)
            self.assertEqual((value["RelateField_1"], problems), ('["i-1"]', []))
            self.assertEqual(mapping._restricted_lines(), line)
            call_as(self.user_manager, LINES, "write", line.ids, {"constant": "i-2"})

    # -- authors ---------------------------------------------------------------------

    def test_the_author_is_stored_and_cannot_be_written(self):
        mapping = self.make_mapping(paths={"TextField_1": "name"})
        line = mapping.line_ids
        values = {"field_path": "function", "author_id": self.user_system.id}
        call_as(self.user_manager, LINES, "write", line.ids, values)
        self.assertEqual((line.field_path, line.author_id.id), ("function", False))
        call_as(self.user_manager, LINES, "write", line.ids,
                {"author_id": self.user_system.id})
        self.assertFalse(line.author_id)
        call_as(self.user_system, LINES, "write", line.ids, {"field_path": "name"})
        self.assertEqual(line.author_id, self.user_system)
        call_as(self.user_manager, LINES, "write", line.ids, {"sequence": 3})
        self.assertEqual(line.author_id, self.user_system)
        line.sudo().write({"author_id": False})
        self.assertEqual(line.author_id, self.user_system)

    def test_what_no_administrator_wrote_is_not_evaluated(self):
        mapping = self.make_mapping()
        line = self.expression(mapping)
        value, problems = self.values(mapping, self.partner)
        self.assertEqual(problems, [])
        self.assertEqual(value["TextareaField_1"], str(self.partner.id))
        line._set_author(False)
        mapping._check_state()
        value, problems = self.values(mapping, self.partner)
        self.assertEqual(problems, ["expression_unapproved"])
        self.assertNotIn("TextareaField_1", value)
        self.assertEqual(self.keys(mapping), ["expression_unapproved"])
        self.assertIn("an administrator", mapping.broken_note)
        copied = compat.with_user(mapping, self.user_system).copy()
        self.assertNotIn("expression", copied.line_ids.mapped("source"))
        call_as(self.user_system, LINES, "write", line.ids, {"expression": "'x'"})
        self.assertEqual(self.values(mapping, self.partner)[1], [])

    def test_written_for_a_manager_by_code_with_all_rights(self):
        """Before 13.0 sudo() switches to the administrator."""
        mapping = self.make_mapping()
        lines = compat.with_user(self.env[LINES], self.user_manager).sudo()
        line = lines.create(
            {"mapping_id": mapping.id, "source": "expression", "expression": "1 + 1",
             "component_id": self.component("TextareaField_1").id}
        )
        self.assertEqual(bool(line.author_id), compat.SERIES < 13)

    def test_another_table_takes_the_columns_their_author(self):
        line = {"field_path": "rate_ids", "columns": {
            "TextField_2": {"source": "expression", "expression": "record.name"}}}
        mapping = self.make_mapping(
            "res.currency", {"TextField_1": "name", "TableField_1": line}
        )
        table = mapping.line_ids.filtered("child_ids")
        self.assertTrue(table.child_ids.author_id)
        call_as(self.user_manager, LINES, "write", table.ids, {"sequence": 7})
        self.assertTrue(table.child_ids.author_id)
        call_as(self.user_manager, LINES, "write", table.ids,
                {"field_path": "rate_ids"})
        self.assertFalse(table.child_ids.author_id)

    # -- fields ----------------------------------------------------------------------

    def by(self, user, mapping, path, key="TextareaField_1"):
        """Write a line as a user; return (problems of the mapping, its value)."""
        component = self.component(key)
        made = call_as(
            user, LINES, "create",
            {"mapping_id": mapping.id, "component_id": component.id,
             "field_path": path},
        )
        self.partner.user_id = self.user_system
        found = self.keys(mapping)
        values, problems = self.values(mapping, self.partner, self.user_system)
        self.assertEqual(found, problems)
        self.env[LINES].browse(made).unlink()
        return problems, values.get(key)

    def test_secrets_are_never_read(self):
        if "signup_token" in self.partner._fields:
            # Up to 17.
            self.partner.sudo().write({"signup_token": "secret-1"})
        for user in (self.user_manager, self.user_system):
            mapping = self.make_mapping()
            for path in ("signup_token", "signup_url", "user_id.password",
                         "user_id.new_password", "user_id.partner_id.signup_token"):
                along = self.env["dingding.approval.reader"]._path_fields(
                    "res.partner", path
                )
                if along:
                    self.assertEqual(
                        self.by(user, mapping, path), (["path_secret"], None), path
                    )

    def test_names_of_secrets(self):
        for name in (
            "password", "user_password2", "new_passwd", "smtp_pass", "passphrase",
            "client_secret", "appsecret", "refresh_token", "accesstoken", "rtoken",
            "api_key", "apikey", "private_key", "smtp_ssl_private_key",
            "private_key_id", "encoding_aes_key", "wx_mch_key", "sign_key", "oauth_uid",
            "oauth2_scope", "totp_secret", "totp", "credentials", "salt", "pin",
        ):
            self.assertTrue(SECRET.search(name), name)
        for name in (
            "secretary_id", "secretariat", "delay_pass", "pass_rate", "passport_id",
            "key", "public_key", "product_key", "is_key_account", "keyword",
            "tokenized", "session_id", "merchant_id", "author_id", "sign_date",
            "shipping_date", "pin_code", "hashtag", "signature", "master_id", "private",
            "compass",
        ):
            self.assertFalse(SECRET.search(name), name)

    def test_what_a_view_hides_is_secret(self):
        views = self.env["ir.ui.view"]
        form = views.create({
            "name": "Hidden", "model": "res.partner", "type": "form",
            "arch": "<form><field name='ref' password='True'/><field name='city'/>"
                    "<field name='street' password='0'/><field name='user_ids'><form>"
                    "<field name='website' password='True'/></form></field></form>"})
        views.create({
            "name": "Hidden too", "model": "res.partner", "inherit_id": form.id,
            "arch": "<field name='city' position='attributes'>"
                    "<attribute name='password'>True</attribute></field>"})
        compat.clear_caches(self.env)
        self.addCleanup(compat.clear_caches, self.env)
        mapping = self.make_mapping()
        self.partner.write({
            "ref": "x", "city": "x", "street": "x", "website": "http://x"})
        for user in (self.user_manager, self.user_system):
            for path in ("ref", "city", "user_id.partner_id.ref", "user_id.ref"):
                found = self.by(user, mapping, path)
                self.assertEqual(found, (["path_secret"], None), path)
            for path in ("street", "website", "name"):
                self.assertEqual(self.by(user, mapping, path)[0], [], path)

    def test_restricted_fields_need_an_administrator(self):
        mapping = self.make_mapping()
        self.user_system.signature = "<p>Mine</p>"
        for path in ("user_id.signature", "user_id.%s.name" % compat.USER_GROUPS,
                     "user_id.login_date"):
            if not self.env["dingding.approval.reader"]._path_fields(
                "res.partner", path
            ):
                continue
            self.assertEqual(
                self.by(self.user_manager, mapping, path)[0], ["path_restricted"], path
            )
            self.assertEqual(self.by(self.user_system, mapping, path)[0], [], path)
        for path in ("user_id.login", "user_id.partner_id.name", "user_id.email"):
            self.assertEqual(self.by(self.user_manager, mapping, path)[0], [], path)

    def test_fields_with_groups_need_an_administrator(self):
        field = self.env["res.partner"]._fields["function"]
        self._replace(field, "groups", "base.group_user")
        mapping = self.make_mapping()
        self.assertEqual(
            self.by(self.user_manager, mapping, "function")[0], ["path_restricted"]
        )
        self.assertEqual(self.by(self.user_system, mapping, "function")[0], [])

    def test_the_filter_guesses_nothing(self):
        mapping = self.make_mapping()
        for domain in ("[('user_ids.password', '=like', 'a%')]",
                       "['|', ('name', '=', 'x'), ('user_ids.password', '!=', False)]",
                       "[('user_ids.%s', '=', 1)]" % compat.USER_GROUPS):
            with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
                call_as(self.user_manager, mapping._name, "write", mapping.ids,
                        {"domain": domain})
            self.assertIn("may not be used", str(caught.exception))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(self.user_system, mapping._name, "write", mapping.ids,
                    {"domain": "[('user_ids.password', '=', 'a')]"})
        paths = mapping._domain_paths(
            "res.partner", [("user_ids", "any", [("password", "like", "x")])]
        )
        self.assertEqual(paths[-1], ("res.users", "password"))
        call_as(self.user_manager, mapping._name, "write", mapping.ids,
                {"domain": "[('user_id.name', '!=', 'x')]"})

    def test_the_filter_guesses_nothing_in_models_that_its_author_may_not_read(self):
        """It is applied with all rights: whom it fits would tell the value."""
        mapping = self.make_mapping()
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.bank")]).write({"active": False})
        self.env["ir.model.access"].create({
            "name": "by test", "model_id": self.env["ir.model"]._get("res.bank").id,
            "group_id": self.env.ref("base.group_system").id, "perm_read": True,
        })
        domain = "[('bank_ids.bank_id.name', '=like', 'A%')]"
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(self.user_manager, mapping._name, "write", mapping.ids,
                    {"domain": domain})
        call_as(self.user_manager, mapping._name, "write", mapping.ids,
                {"domain": "[('bank_ids.bank_id', '!=', False)]"})
        call_as(self.user_system, mapping._name, "write", mapping.ids,
                {"domain": domain})

    # -- models ----------------------------------------------------------------------

    def choose(self, user, model):
        """Create a mapping of a model as a user, and change another one to it."""
        model = self.env["ir.model"]._get(model)
        vals = {"name": "By test", "model_id": model.id,
                "template_id": self.template.id}
        mapping = self.make_mapping("res.currency", {})
        call_as(user, mapping._name, "create", vals)
        call_as(user, mapping._name, "write", mapping.ids, {"model_id": model.id})

    def refused(self, user, model):
        vals = {"name": "By test", "model_id": self.env["ir.model"]._get(model).id,
                "template_id": self.template.id}
        mapping = self.make_mapping("res.currency", {})
        name = mapping._name
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(user, name, "create", vals)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(user, name, "write", mapping.ids, {"model_id": vals["model_id"]})
        design = compat.with_user(self.env["dingding.approval.design"], user)
        self.assertEqual(design._lines(model), [])

    def test_a_model_that_delegates_needs_an_administrator(self):
        self._replace(dingding_approval_mapping, "CLOSED_MODELS", ("res.partner",))
        self.refused(self.user_manager, "res.users")
        self.refused(self.user_system, "res.partner")
        self.choose(self.user_system, "res.users")
        self._replace(dingding_approval_mapping, "CLOSED_MODELS", ())
        self.choose(self.user_manager, "res.users")

    def test_a_model_that_inherits_needs_an_administrator(self):
        module = dingding_approval_mapping
        self._replace(module, "CLOSED_BEGINNINGS", ("ir.actions.actions",))
        self.refused(self.user_manager, "ir.actions.act_url")
        self.choose(self.user_system, "ir.actions.act_url")

    def test_a_copy_by_a_manager_needs_an_administrator_too(self):
        self._replace(dingding_approval_mapping, "CLOSED_MODELS", ("res.partner",))
        mapping = self.make_mapping("res.users", {})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(self.user_manager, mapping._name, "copy", mapping.ids)
        call_as(self.user_system, mapping._name, "copy", mapping.ids)

    def test_mixins_and_aliases_of_mail_close_nothing(self):
        mappings = compat.with_user(self.env["dingding.approval.mapping"],
                                    self.user_manager)
        self.assertFalse(mappings._is_closed("res.partner"))
        self.assertIn("mail.thread", [
            cls._name for cls in type(self.env["res.partner"]).__mro__
            if getattr(cls, "_name", None)
        ])
        self._replace(dingding_approval_mapping, "CLOSED_MODELS", ("res.partner",))
        self.assertTrue(mappings._is_closed("res.users"))
        self._replace(dingding_approval_mapping, "OPEN_MODELS", ("res.partner",))
        self.assertFalse(mappings._is_closed("res.users"))

    def test_a_delegated_field_is_restricted_where_it_is_delegated_to(self):
        reading = self.env["dingding.approval.reader"]
        name = self.env["res.users"]._fields["email"]
        self.assertTrue(name.inherited)
        self.assertFalse(reading._is_restricted(name))
        email = self.env["res.partner"]._fields["email"]
        self._replace(email, "groups", "base.group_system")
        self._replace(name, "groups", None)
        self.assertTrue(reading._is_restricted(name))
