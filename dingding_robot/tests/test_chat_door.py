# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.chat_command import command
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_chat
from .chat_case import ChatCase


@portable
class TestChatDoor(ChatCase):
    """Check a command of an addon that does not depend on this one."""

    def setUp(self):
        super().setUp()

        def _chat_door(self, chat, words):
            reply = chat.reply(title="Doors").heading("Doors")
            return reply.link("A *door*", "https://example.com/door", words)

        mark = command(
            "doors", "\u95e8", summary=lambda self: "Lists doors",
            button=lambda self: "My doors")
        dingding_chat.DingdingChat._chat_door = mark(_chat_door)
        dingding_chat._registries.clear()
        self.addCleanup(dingding_chat._registries.clear)
        self.addCleanup(delattr, dingding_chat.DingdingChat, "_chat_door")

    def test_answer(self):
        text = self.ask("\u95e8 open")
        self.assertIn("**Doors**", text)
        self.assertIn("[A \u2217door\u2217](dingtalk://", text)
        self.assertIn("open", text)

    def test_help_and_menu(self):
        self.assertIn("doors / \u95e8: Lists doors", self.ask("help"))
        _message, said = self.say("menu")
        card = said[0]["msg"]["actionCard"]
        buttons = {each["title"]: each["actionURL"] for each in card["btns"]}
        self.assertIn("content=doors", buttons["My doors"])

    def test_groups_are_told_nothing(self):
        _message, said = self.say("doors", group=self.group["open_conversation_id"])
        told = [self.text_of(each) for each in said if each["group"]]
        self.assertEqual(len(said), 2)
        self.assertNotIn("door", "".join(told).lower())
