# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What a press costs: a person waits for it, and DingTalk two seconds.

``DINGDING_COST=<folder>`` writes the statements there.
"""
import os

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .card_case import CardCase

FOLDER = os.environ.get("DINGDING_COST")
# Statements of a press with its answer, with those of the test's savepoints. On 11.0
# a field that is read for another user is a statement of its own.
PRESS = 100
# Connections of a press: the caller's, the claim, the locks, the work.
CONNECTIONS = 4


@portable
class TestCardCost(CardCase):
    def opened(self):
        """Return a list that gets a word for each connection that is opened."""
        found = []
        for name in ("open_cursor", "lock_cursor"):
            real = getattr(compat, name)

            def cursor(*args, _real=real, _name=name, **kwargs):
                found.append(_name)
                return _real(*args, **kwargs)

            self._replace(compat, name, cursor)
        return found

    def write_down(self, name, statements):
        if FOLDER:
            with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as opened:
                opened.writelines(" ".join(each.split()) + "\n" for each in statements)

    def test_statements_of_a_press(self):
        cards = [self.send() for _each in range(2)]
        # The first one fills what processes keep in memory.
        self.press(cards[0].copy_ids)
        self.work()
        opened = self.opened()
        with self.counted() as statements:
            self.press(cards[1].copy_ids)
        self.write_down("press", statements)
        self.assertLessEqual(len(statements), PRESS)
        self.assertEqual(len(opened), CONNECTIONS, opened)
        # Nothing is looked up that no press needs.
        for word in ("pg_settings", "dingding_secret"):
            self.assertFalse([each for each in statements if word in each], word)
