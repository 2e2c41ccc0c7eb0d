# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Answers to presses that arrive after an update of the card."""
from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_card_copy
from .card_case import CardCase

UPDATE = "/v1.0/card/instances"


@portable
class TestCardLate(CardCase):
    def setUp(self):
        super().setUp()
        self._replace(dingding_card_copy, "LATE_SECONDS", 3600)
        self.setup.action_ids.write({"decides": False})
        copies = self.send(self.user_employee | self.user_dingtalk).copy_ids
        self.copy = copies.filtered(lambda copy: copy.person_id == self.person)
        self.other = copies - self.copy
        self.simulator.forget_calls()

    def changed(self, **values):
        self.partner.write(values)
        self.work()

    def late(self):
        """Let the time pass after which DingTalk takes no answer."""
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_card_press SET write_date = write_date - interval '1 day'")
        self.env.cr.execute(
            "UPDATE dingding_card_change SET next_try = NULL WHERE state = 'queued'")
        compat.forget(self.env)
        self.work()

    def state(self, answer):
        return answer["cardData"]["cardParamMap"]["state"]

    def waiting(self):
        return self.env["dingding.card.change"].search([("state", "=", "queued")])

    def test_usual(self):
        """The update does not wait, and there is no other."""
        answer = self.press(self.copy)
        self.assertEqual(self.state(answer), "Approved")
        self.work()
        self.assertDingTalkCalled(UPDATE, 2)
        self.assertIn("Approved", self.stored(self.copy))
        self.late()
        self.assertDingTalkCalled(UPDATE, 2)
        self.assertFalse(self.waiting())

    def test_changed_before_the_update(self):
        """The answer to the press would cover what the update has shown."""
        self.press(self.copy)
        self.changed(function="Shipped")
        self.assertIn("Shipped", self.stored(self.other))
        self.assertNotIn("Shipped", self.stored(self.copy))
        self.assertEqual(self.waiting().mapped("copy_id"), self.copy)
        self.assertEqual(self.waiting().mapped("attempts"), [0])
        self.late()
        self.assertIn("Shipped", self.stored(self.copy))
        # One for each copy.
        self.assertDingTalkCalled(UPDATE, 2)
        self.changed(city="Suzhou")
        self.assertDingTalkCalled(UPDATE, 4)

    def test_changed_after_the_update(self):
        self.press(self.copy)
        self.work()
        self.changed(function="Shipped")
        self.assertIn("Shipped", self.stored(self.other))
        self.assertNotIn("Shipped", self.stored(self.copy))
        self.late()
        self.assertIn("Shipped", self.stored(self.copy))
        self.assertDingTalkCalled(UPDATE, 4)

    def test_changed_back(self):
        """Odoo has never updated the card, but the answer has."""
        real, sent = cards.Cards.update, []

        def update(area, card, values, *args):
            sent.append(values)
            return real(area, card, values, *args)

        self._replace(cards.Cards, "update", update)
        self.press(self.copy)
        self.changed(function="Draft")
        self.assertDingTalkNotCalled(UPDATE)
        self.late()
        self.assertDingTalkCalled(UPDATE, 1)
        self.assertEqual(sent, [{"state": "Draft"}])
        self.changed(phone="1")
        self.assertDingTalkCalled(UPDATE, 1)

    def test_while_the_press_acts(self):
        """Its answer is not known yet."""
        press = self.env["dingding.card.press"].create({
            "copy_id": self.copy.id, "card_id": self.copy.card_id.id, "key": "x",
            "corp_id": self.corp.id, "userid": self.person.userid,
            "user_id": self.user_employee.id, "state": "done"})
        for values in ({}, {"outcome": "done"}):
            press.write(values)
            self.changed(function="Shipped")
            self.assertNotIn("Shipped", self.stored(self.copy))
        # An answer that does not show the card covers nothing.
        for values in ({"outcome": "refused"},
                       {"outcome": "running", "told_to_wait": True}):
            press.write(values)
            self.changed(function=values["outcome"])
            self.env["dingding.card.change"].search([]).write({"next_try": False})
            self.work()
            self.assertIn(values["outcome"], self.stored(self.copy))

    def test_repeated(self):
        """The answer to a repetition is another one."""
        self.press(self.copy, message_id="m1")
        self.late()
        self.assertDingTalkCalled(UPDATE, 2)
        self.press(self.copy, message_id="m1")
        self.changed(function="Shipped")
        self.assertNotIn("Shipped", self.stored(self.copy))
        self.late()
        self.assertIn("Shipped", self.stored(self.copy))

    def test_presses_of_others_hold_nothing(self):
        self.setup.presser = "reader"
        answer = self.press(self.copy, self.other.person_id)
        self.assertNotIn("cardData", answer)
        self.changed(function="Shipped")
        self.assertIn("Shipped", self.stored(self.copy))
