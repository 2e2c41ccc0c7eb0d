# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_callback.tests.test_stream import StreamCase

from ..models.dingding_app_chat import TOPIC

MESSAGE = "dingding.chat.message"


@portable
class TestChatStream(StreamCase):
    """Messages to the robot over the connection of the events."""

    def setUp(self):
        super().setUp()
        # The gateway waits for answers longer than DingTalk's five seconds.
        self.simulator.settings(event_time_scale=12)
        self.corp.chat = True
        self.userid = self.simulator.users()[0]["userid"]
        self.until(self.connections)

    def say(self, **values):
        """Write to the robot and return what the simulator tells of it."""
        found = []
        body = dict({"userid": self.userid, "text": "help"}, **values)
        thread = threading.Thread(target=lambda: found.append(
            self.simulator.control("POST", "/chat", body)))
        thread.start()
        self.until(lambda: not thread.is_alive())
        return found[0]

    def test_there_and_back(self):
        topics = [each["topic"] for each in self.connections()[0]["subscriptions"]]
        self.assertLessEqual({"*", TOPIC}, set(topics))
        sent = self.say()
        self.assertEqual(sent["push"]["state"], "delivered")
        message = self.env[MESSAGE].search([])
        self.assertEqual(message.message_key, sent["message"]["msgId"])
        while self.env[MESSAGE]._process():
            compat.forget(self.env)
        said = self.simulator.control("GET", "/chat")
        self.assertEqual([each["direction"] for each in said], ["in", "out"])

    def test_repeated(self):
        """Neither copies of a frame nor a second frame of a message are answered."""
        first = self.say(copies=3)
        self.say(msg_id=first["message"]["msgId"],
                 message_id=first["push"]["message_id"])
        self.say(msg_id=first["message"]["msgId"])
        self.assertEqual(self.env[MESSAGE].search_count([]), 1)

    def test_pushes_used_up(self):
        self.simulator.settings(monthly_pushes=0)
        self.say()
        self.assertFalse(self.env[MESSAGE].search([]))
        self.assertTrue(self.env["dingding.budget"].search(
            [("meter", "=", "push"), ("stopped_at", "!=", False)]))

    def test_events_beside(self):
        self.say()
        self.emit(self.userid)
        self.until(self.events)
        self.assertEqual(len(self.events()), 1)
