# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .card_case import CardCase

READY, SETUP = "dingding.card.ready", "dingding.card.setup"


@portable
class TestCardReady(CardCase):
    """Check cards that are there to choose."""

    def setUp(self):
        super().setUp()
        ready = type(self.env[READY])
        original = ready._ready_cards

        def cards(model):
            # As another addon would add one.
            return original(model) + [{
                "key": "partner.ready", "name": "Contact to check",
                "models": ["no.such.model", "res.partner"],
                "title": ["{no_such_field}", "Check {name}"], "state": "type",
                "lines": ["gone|city", "phone", "gone"],
                "buttons": [
                    {"name": "Check", "methods": ["gone", "action_check"],
                     "states": ["contact", "gone"]},
                    {"name": "Refuse", "methods": ["action_check"],
                     "states": ["contact"], "text": "Reason"},
                    {"name": "Gone", "methods": ["gone"], "states": ["contact"]},
                ],
                "people": ["gone_id", "user_id"],
            }]

        self._replace(ready, "_ready_cards", cards)

    def row(self, key="partner.ready"):
        rows = compat.with_user(self.env[READY], self.user_system)
        action = rows.action_open()
        return rows.search(action["domain"]).filtered(
            lambda each: each.key == key and each.corp_id == self.corp)

    def test_only_of_installed_addons(self):
        found = self.env[READY]._available()
        for key, models in (
            ("purchase.confirm", ("purchase.order",)),
            ("sale.quotation", ("sale.order",)),
            ("expense.approve", ("hr.expense.sheet", "hr.expense")),
            ("leave.approve", ("hr.leave", "hr.holidays")),
        ):
            self.assertEqual(
                key in found, any(name in self.env for name in models), key)
        card = found["partner.ready"]
        self.assertEqual(
            [card[name] for name in ("model", "title", "people", "lines")],
            ["res.partner", "Check {name}", ["user_id"], ["city", "phone"]])
        self.assertEqual(
            [(each["name"], each["method"], each["states"])
             for each in card["buttons"]],
            [("Check", "action_check", ["contact"]),
             ("Refuse", "action_check", ["contact"])])

    def test_all_of_them_can_be_created(self):
        """Each that this database offers passes the checks of cards."""
        for key in self.env[READY]._available():
            shown = self.row(key).action_create()
            setup = self.env[SETUP].browse(shown["res_id"])
            self.assertEqual(setup.key, key)
            self.assertTrue(setup.action_ids)

    def test_nothing_before_it_is_chosen(self):
        row = self.row()
        self.assertFalse(row.is_created)
        self.assertEqual(row.buttons, "Check, Refuse")
        self.assertFalse(self.env[SETUP].search([("key", "=", "partner.ready")]))
        shown = row.action_create()
        setup = self.env[SETUP].browse(shown["res_id"])
        self.assertEqual(
            (setup.key, setup.corp_id, setup.model, setup.recipient_path),
            ("partner.ready", self.corp, "res.partner", "user_id"))
        self.assertEqual(
            [(line.field_path, line.shown) for line in setup.line_ids],
            [("city", "card"), ("phone", "viewer")])
        self.assertEqual(setup.input_ids.name, "Reason")
        # The method was allowed already, and is not allowed twice.
        self.assertEqual(setup.action_ids.mapped("method_id"), self.method)
        self.assertEqual(setup.action_ids.mapped("uses_inputs"), [False, True])
        self.assertTrue(self.row().is_created)
        # Archived is created too: nobody gets it twice.
        setup.active = False
        self.assertEqual(self.row().action_create()["res_id"], setup.id)

    def test_it_works_at_once(self):
        self.row().action_create()
        self.partner.write({"type": "contact"})
        card = self.partner.dingding_send_card("partner.ready")
        self.work()
        self.assertEqual(len(card.copy_ids), 1)
        answer = self.press(card.copy_ids)
        self.assertEqual(self.note(answer), "Done.")
        self.assertEqual(self.partner.function, "Approved")

    def test_who_may(self):
        row = self.row()
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(user, READY, "action_open")
            with self.assertRaises(AccessError):
                call_as(user, READY, "action_create", row.ids)
            with self.assertRaises(AccessError):
                call_as(user, READY, "create", {"key": "partner.ready"})
        self.assertFalse(self.env[SETUP].search([("key", "=", "partner.ready")]))
