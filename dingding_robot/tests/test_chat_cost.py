# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Cost of a message to the robot: its arrival, then the work of the queue.

``DINGDING_COST=<folder>`` writes the statements there.
"""
import os
import uuid

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_callback.cli.dingdingstream import Line

from ..models.dingding_app_chat import TOPIC
from .chat_case import MESSAGE, ChatCase

FOLDER = os.environ.get("DINGDING_COST")
# Added by tests: savepoints in place of transactions.
WITHOUT = ("SAVEPOINT dingding_",)
# Statements from a message's arrival to its acknowledgement, and of its answer; without
# those about secrets, which are not to be seen.
ARRIVAL = 10
ANSWERS = {"help": 35, "mine": 35, "find": 45}


@portable
class TestChatCost(ChatCase):
    def setUp(self):
        super().setUp()
        partners = self.env["ir.model"]._get("res.partner")
        self.env["dingding.chat.command"].create({
            "name": "Partners", "words": "partner", "model_id": partners.id,
            "search_fields": "name, city", "note": "{city}"})
        for number in range(5):
            partner = self.env["res.partner"].create({
                "name": "Costly %d" % number, "city": "Hangzhou"})
            self.env["mail.activity"].create({
                "res_model_id": partners.id, "res_id": partner.id,
                "user_id": self.user_employee.id, "summary": "Call %d" % number,
                "date_deadline": fields.Date.today()})

    def arrive(self, text):
        """Have the runner store a message, as it comes over the Stream."""
        data = self.data(text)
        line = Line(self.env.cr.dbname, self.app.id, "test", [TOPIC], None)
        line._call_back({"topic": TOPIC, "messageId": uuid.uuid4().hex}, data)

    def written(self, name, statements):
        if FOLDER:
            with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
                file.writelines(" ".join(each.split()) + "\n" for each in statements)
        return "%s: %d\n%s" % (name, len(statements), "\n".join(statements))

    def answer(self, text):
        """Return the text of the answer to a message that has arrived."""
        count = len(self.said())
        while self.env[MESSAGE]._process():
            compat.forget(self.env)
        said = self.said()[count:]
        self.assertEqual(len(said), 1, (text, said))
        return self.text_of(said[0])

    def test_statements_of_a_command(self):
        expected = {"help": "stock", "mine": "Call 4", "find": "Costly 4"}
        for word in sorted(ANSWERS):
            text = "find Costly" if word == "find" else word
            # These fill the caches of processes. Changes of an earlier test empty them
            # when the second one begins.
            for _each in range(2):
                self.arrive(text)
                self.answer(text)
            with self.counted(WITHOUT) as statements:
                self.arrive(text)
            self.assertLessEqual(
                len(statements), ARRIVAL, self.written("arrival", statements))
            compat.forget(self.env)
            with self.counted(WITHOUT) as statements:
                said = self.answer(text)
            self.assertIn(expected[word], said)
            # These read again what they have written.
            more = 2 if compat.SERIES in (13, 14, 15) else 0
            self.assertLessEqual(
                len(statements), ANSWERS[word] + more,
                self.written("chat-" + word, statements))
