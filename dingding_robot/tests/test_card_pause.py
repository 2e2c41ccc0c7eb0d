# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.models import dingding_budget
from odoo.addons.dingding.tests.budget_case import BudgetCase
from odoo.addons.dingding.tests.common import portable

from .card_case import CardCase


@portable
class TestCardPause(CardCase, BudgetCase):
    """Near the end of the month's budget updates of cards wait."""

    def send(self, *args, **kwargs):
        return CardCase.send(self, *args, **kwargs)

    def test_who_waits_for_an_answer_gets_it(self):
        self.method.slow = True
        copy = self.send().copy_ids
        self.corp.budget_edition = "standard"
        self.use(self.corp.budget_api_cap * 96 // 100)
        dingding_budget.forget_standings()
        self.partner.write({"city": "Shaoxing"})
        self.work()
        self.assertNotIn("Shaoxing", self.stored(copy))
        self.press(copy)
        self.work()
        self.assertEqual(self.outcomes(), ["done"])
        self.assertIn({"variable": "note", "text": "Done."}, self.shown()["texts"])
