# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .card_case import CardCase


@portable
class TestOverview(CardCase):
    """The overview counts chats and cards; what is set up completes the steps."""

    def test_lines(self):
        self.assertEqual(self.overview_line("cards")["value"], "0, undecided: 0")
        self.assertEqual(self.overview_line("chats")["value"], "0, failed: 0")
        self.env["dingding.chat.message"].create({
            "corp_id": self.corp.id, "app_id": self.app.id, "message_key": "1",
            "sender_key": "a", "state": "failed"})
        line = self.overview_line("chats")
        self.assertEqual((line["value"], line["state"]), ("1, failed: 1", "warning"))
        self.assertEqual([part["number"] for part in line["parts"]], [1])

    def test_steps(self):
        self.assertTrue(self.setup_step("cards")["done"])
        self.corp.card_template = False
        step = self.setup_step("cards")
        self.assertFalse(step["done"])
        self.assertEqual(step["action"]["res_model"], "dingding.corp")
        self.assertFalse(self.setup_step("chat")["done"])
        self.corp.chat = True
        self.assertFalse(self.setup_step("chat")["done"], "no runner is connected")
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "connected")
        compat.forget(self.env)
        self.assertTrue(self.setup_step("chat")["done"])
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "stopped")
        compat.forget(self.env)
        self.assertFalse(self.setup_step("chat")["done"])
        self.assertFalse(self.setup_step("robots")["done"])
        self.env["dingding.group"].create({
            "name": "Team", "corp_id": self.corp.id, "owner_id": self.people[0].id})
        self.assertTrue(self.setup_step("robots")["done"])
