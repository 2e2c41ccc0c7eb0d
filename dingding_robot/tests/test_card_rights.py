# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .card_case import KEY, CardCase

ACTION = "dingding.card.action"
METHOD, CARD = "dingding.card.method", "dingding.card"


@portable
class TestCardRights(CardCase):
    def rpc(self, user, records, method, values):
        """Create or write by RPC; what is refused is rolled back."""
        ids = [records.ids] if method == "write" else []
        with self.env.cr.savepoint():
            return call_as(user, records._name, method, *(ids + [values]))

    def action(self, **values):
        return dict({"setup_id": self.setup.id, "name": "Button"}, **values)

    def test_only_administrators_allow_methods(self):
        values = {"title": "Post", "model_id": self.partner_model.id,
                  "name": "message_post"}
        for user in (self.user_employee, self.user_dingtalk, self.user_manager):
            with self.assertRaises(AccessError):
                self.rpc(user, self.env[METHOD], "create", values)
            with self.assertRaises(AccessError):
                self.rpc(user, self.method, "write", {"name": "message_post"})
        self.env[METHOD].create(values)

    def test_methods_that_may_not_be_allowed(self):
        for name in ("write", "unlink", "sudo", "_write", "nothing", "__init__",
                     "create", "name"):
            with self.assertRaises(ValidationError):
                self.env[METHOD].create({
                    "title": "x", "model_id": self.partner_model.id, "name": name})
        for model in ("res.users", "ir.rule", "res.groups", "dingding.corp"):
            with self.assertRaises(ValidationError):
                self.env[METHOD].create({
                    "title": "x", "model_id": self.env["ir.model"]._get(model).id,
                    "name": "toggle_active"})

    def test_methods_that_are_in_use_or_gone(self):
        """Nobody deletes a method of a button, but an uninstalled model takes both."""
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.method.unlink()
        model = self.env["ir.model"]._get("res.partner.industry")
        compat.flush(self.env)
        cr = self.env.cr
        cr.execute("UPDATE dingding_card_method SET model_id = %s WHERE id = %s",
                   [model.id, self.method.id])
        cr.execute("UPDATE dingding_card_setup SET model_id = %s WHERE id = %s",
                   [model.id, self.setup.id])
        cr.execute("DELETE FROM ir_model WHERE id = %s", [model.id])
        compat.forget(self.env)
        self.assertFalse(self.method.exists() or self.setup.exists())

    def test_managers_choose_allowed_methods_only(self):
        manager = self.user_manager
        self.rpc(manager, self.env[ACTION], "create",
                 self.action(method_id=self.method.id))
        field = self.field("function").id
        for values in (
            {"kind": "value", "field_id": field, "value": "x"},
            {"kind": "assign", "field_id": self.field("user_id").id},
            {"kind": "inputs"},
        ):
            with self.assertRaises(AccessError):
                self.rpc(manager, self.env[ACTION], "create", self.action(**values))
            with self.assertRaises(AccessError):
                self.rpc(manager, self.setup.action_ids[0], "write", values)
        with self.assertRaises(AccessError):
            self.rpc(manager, self.setup, "write", {"input_ids": [
                (0, 0, {"name": "x", "field_id": field})]})
        # A default of the context is stored, and so is checked.
        with self.assertRaises(AccessError):
            self.as_user(manager, self.env[ACTION]).with_context(
                default_kind="inputs").create(self.action(kind="inputs"))

    def as_user(self, user, records):
        return compat.with_user(records, user)

    def test_a_copy_of_a_manager_has_no_writing_buttons(self):
        self.setup.write({"action_ids": [(0, 0, {
            "name": "Job", "kind": "value", "value": "x",
            "field_id": self.field("function").id})]})
        copy = self.as_user(self.user_manager, self.setup).copy()
        self.assertFalse(copy.action_ids)
        self.assertNotEqual(copy.key, KEY)

    def test_employees_see_nothing(self):
        card = self.send()
        for records in (self.setup, card, card.copy_ids,
                        self.env["dingding.card.press"]):
            with self.assertRaises(AccessError):
                compat.check_access(self.as_user(self.user_employee, records), "read")
        with self.assertRaises(AccessError):
            self.as_user(self.user_employee, self.partner).dingding_send_card(KEY)

    def test_users_send_and_see_their_own(self):
        self.partner.user_id = self.user_dingtalk
        mine = self.as_user(self.user_dingtalk, self.partner).dingding_send_card(KEY)
        other = self.send()
        cards = self.as_user(self.user_dingtalk, self.env[CARD])
        self.assertEqual(cards.search([]), mine)
        self.assertIn(other, self.as_user(self.user_manager, other).search([]))
        with self.assertRaises(AccessError):
            self.as_user(self.user_dingtalk, other).action_close()

    def test_nobody_fakes_cards(self):
        card = self.send()
        for user in (self.user_dingtalk, self.user_manager, self.user_system):
            for records, method, values in (
                (self.env[CARD], "create", {
                    "card_setup_id": self.setup.id, "sender_id": user.id,
                    "res_model": "res.partner", "res_id": 1}),
                (card, "write", {"status": "open"}),
                (card.copy_ids, "write", {"person_id": self.people[1].id}),
                (self.env["dingding.card.press"], "create", {"outcome": "done"}),
            ):
                with self.assertRaises(AccessError):
                    self.rpc(user, records, method, values)

    def test_the_sender_must_be_able_to_read(self):
        self.hide()
        with self.assertRaises(AccessError):
            self.as_user(self.user_dingtalk, self.partner).dingding_send_card(
                KEY, self.user_employee)

    def test_the_card_id_is_for_administrators(self):
        copy = self.send().copy_ids
        seen = self.as_user(self.user_manager, copy)
        for name in ("out_track_id", "shown_json", "note"):
            with self.assertRaises(AccessError):
                seen.read([name])

    def test_links_to_a_card_do_not_name_its_document(self):
        """Odoo reads the names of linked records with all rights."""
        card = self.send()
        self.press(card.copy_ids[:1])
        compat.flush(self.env)
        user = self.user_manager
        self.assertIn(
            "Addict", repr(call_as(user, CARD, "read", card.ids, ["name"])))
        self.hide()
        for records in (
            card.copy_ids, self.env["dingding.card.press"].search([]),
            self.env["dingding.card.change"].search([("card_id", "=", card.id)]),
        ):
            self.assertTrue(records)
            found = call_as(user, records._name, "read", records.ids, ["card_id"])
            self.assertNotIn("Addict", repr(found))
        for method, args in (
            ("read", (card.ids, ["name", "display_name"])),
            ("search_read", ([], ["display_name"])),
            ("name_search", ("",)),
        ):
            self.assertNotIn("Addict", repr(call_as(user, CARD, method, *args)))

    def test_the_title_of_a_card_that_the_superuser_reads(self):
        """On 11.0 that is the administrator, and also who Odoo reads links as."""
        card = self.send()
        thread = threading.current_thread()
        self.addCleanup(setattr, thread, "uid", getattr(thread, "uid", None))
        for uid, shown in ((SUPERUSER_ID, True), (self.user_manager.id, False)):
            thread.uid = uid
            self.assertEqual("Addict" in card._shown_name(), shown)
        self.assertEqual(card._hidden_name(), "Contact %d" % self.partner.id)

    def test_private_values_on_the_card(self):
        for path in ("phone", "credit_limit", "user_id.email"):
            with self.assertRaises(ValidationError):
                self.setup.write({"line_ids": [
                    (0, 0, {"field_path": path, "shown": "card"})]})
        for values in ({"title": "{phone}"}, {"state_path": "email"},
                       {"title": "{nothing}"}, {"recipient_path": "city"}):
            with self.assertRaises(ValidationError):
                self.setup.write(values)

    def test_limits_of_a_card(self):
        with self.assertRaises(ValidationError):
            self.setup.write({"action_ids": [
                (0, 0, {"name": "x", "method_id": self.method.id})
                for _number in range(4)]})
        with self.assertRaises(ValidationError):
            self.setup.write({"input_ids": [
                (0, 0, {"name": "x"}) for _number in range(3)]})
        with self.assertRaises(ValidationError):
            self.setup.action_ids.write({"condition": "__import__('os')"})
        with self.assertRaises(ValidationError):
            self.setup.key = "No Key"
        with self.assertRaises(UserError):
            self.setup.model_id = self.env["ir.model"]._get("res.country")

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = self._make_user(
            self.env, "card-other", "dingding.group_manager",
            company_id=other.id, company_ids=[(6, 0, other.ids)])
        card = self.send()
        for records in (self.setup, self.setup.line_ids, self.setup.action_ids, card,
                        card.copy_ids):
            self.assertFalse(
                self.as_user(user, records).search([("id", "in", records.ids)]))
        with self.assertRaises(UserError):
            self.as_user(user, self.partner).dingding_send_card(KEY)

    def test_several_copies_at_once(self):
        """Lists of 18.0 and later duplicate all that is selected."""
        setups = self.setup | self.make_setup(key="partner.two")
        copies = setups.copy()
        self.assertEqual(
            copies.mapped("key"), ["partner.check_2", "partner.two_2"])
