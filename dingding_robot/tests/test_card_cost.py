# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Cost of a press: a person waits for it, and DingTalk two seconds.

``DINGDING_COST=<folder>`` writes the statements there.
"""
import json
import os
import time
import uuid

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_callback.cli.dingdingstream import Line

from ..models.dingding_app_card import SECRET
from .card_case import CardCase

FOLDER = os.environ.get("DINGDING_COST")
# Added by tests: savepoints in place of transactions.
WITHOUT = ("SAVEPOINT dingding_",)
# Statements of a press, from its arrival to its answer, those of the document's own
# write included.
PRESS = 50
# Statements of the queue that then updates the card.
UPDATE = 35
# Connections of a press: the caller's, and that of the claim and the work.
CONNECTIONS = 2


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

    def by_stream(self, data):
        """Have the runner handle a callback; return the answer."""
        line = Line(self.env.cr.dbname, self.app.id, "test", [cards.PRESSED], None)
        return line._call_back(
            {"topic": cards.PRESSED, "messageId": uuid.uuid4().hex}, data)

    def by_http(self, data):
        """Return the answer to a signed request."""
        secret, timestamp = "s" * 32, str(int(time.time() * 1000))
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            apps = self.env(cr=cr, user=self.app.sudo().env.uid)["dingding.app"].sudo()
            status, answer = apps._card_receive(self.app.app_key, {
                "x-ddpaas-signature-timestamp": timestamp,
                "x-ddpaas-signature": cards.signature(secret, timestamp),
            }, json.dumps(data).encode("utf-8"))
        self.assertEqual(status, 200)
        return answer

    def cost(self, name, door, data):
        """Return the statements of a press that is done."""
        opened = self.opened()
        with self.counted(WITHOUT) as statements:
            answer = door(data)
        compat.forget(self.env)
        self.assertEqual(self.note(answer), "Done.")
        self.assertIn("cardData", answer)
        self.assertEqual(self.outcomes()[-1], "done")
        self.written(name, statements)
        self.assertLessEqual(len(statements), PRESS, "\n".join(statements))
        self.assertEqual(len(opened), CONNECTIONS, opened)
        # Of the transactions only the one that acts waits for the disk: not that of the
        # callback, of the row of the press, and of what the answer shows.
        self.assertEqual(
            len([each for each in statements if "'synchronous_commit', 'off'" in each]),
            3)
        return statements

    def written(self, name, statements):
        if FOLDER:
            with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
                file.writelines(" ".join(each.split()) + "\n" for each in statements)

    def warmed(self, door):
        """Return a callback, after presses that fill what processes keep in memory.

        Two: what a test has changed before empties it at the second one's beginning.
        """
        *first, last = [self.data(self.send().copy_ids) for _each in range(3)]
        for data in first:
            door(data)
        self.work()
        return last

    def test_a_method_by_stream(self):
        data = self.warmed(self.by_stream)
        statements = self.cost("stream-method", self.by_stream, data)
        self.assertEqual(len(self.called), 3)
        # Nothing is looked up that no press needs.
        for word in ("pg_settings", "dingding_secret", "ir_model\""):
            self.assertFalse([each for each in statements if word in each], word)
        changes = self.env["dingding.card.change"].search([("state", "=", "queued")])
        # One for each card of the document, which all show.
        self.assertEqual((len(changes.mapped("card_id")), len(changes)), (3, 3))
        opened = self.opened()
        with self.counted(WITHOUT) as statements:
            self.process_queue("dingding.card.change")
        self.written("update", statements)
        self.assertLessEqual(len(statements), UPDATE * len(changes))
        # For each one that of its locks and that of its work; one to look for rows, one
        # to find none, and one for the token.
        self.assertEqual(len(opened), 2 * len(changes) + 3, opened)

    def test_a_state_by_stream(self):
        self.setup.action_ids.write({
            "kind": "value", "method_id": False, "value": "Done",
            "field_id": self.field("function").id})
        data = self.warmed(self.by_stream)
        self.cost("stream-value", self.by_stream, data)
        self.assertEqual(self.partner.function, "Done")

    def test_what_the_workers_do_is_on_disk_before_the_answer(self):
        """A person who was told to wait does not press again."""
        self.method.slow = True
        data = self.data(self.send().copy_ids)
        with self.counted(WITHOUT) as statements:
            answer = self.by_stream(data)
        self.assertIn("In progress", self.note(answer))
        found = [each for each in statements if "synchronous_commit" in each]
        self.assertIn("DEFAULT", found[-1])

    def test_a_method_over_http(self):
        self.env["dingding.secret"]._set(self.app, SECRET, "s" * 32)
        data = self.warmed(self.by_http)
        self.cost("http-method", self.by_http, data)
        self.assertEqual(len(self.called), 3)
