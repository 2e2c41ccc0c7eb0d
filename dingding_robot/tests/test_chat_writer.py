# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import json
import os
import socket
import threading
import time

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding.dingtalk.api.base import NOT_DONE
from odoo.addons.dingding.dingtalk.api.cards import Cards
from odoo.addons.dingding.dingtalk.errors import ApiError
from odoo.addons.dingding.tests.common import portable

from ..chat import writer
from ..chat.streamed import Streamed, is_streamed
from ..models import dingding_chat_message
from .chat_case import ChatCase

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "card_templates")
TEMPLATE = "answer.schema"
INBOX = "odoo.addons.dingding_robot.models.dingding_chat_message"
UNSAFE = "违禁词"
PIECES = ["Forty", "-two ", "[x](http://evil.example)"]


@portable
class TestChatWriter(ChatCase):
    """An assistant's answer is shown in a card while it arrives."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "127.0.0.1")
        with open(os.path.join(FOLDER, "answer.json"), encoding="utf-8") as file:
            self.simulator.control("POST", "/cards/templates", {
                "id": TEMPLATE, "file": file.read()})
        self.cards_before = len(self.simulator.control("GET", "/cards"))
        self._replace(writer, "PAUSE_SECONDS", 0)

    def serve(self, pieces, kind="application/x-ndjson", start=""):
        """Answer a question in chunks; return the address."""
        server = socket.socket()
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        server.listen(1)

        def answer():
            connection, _address = server.accept()
            with contextlib.suppress(OSError), contextlib.closing(connection):
                connection.recv(65536)
                head = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n" \
                       "Transfer-Encoding: chunked\r\n\r\n" % kind
                connection.sendall(head.encode("ascii"))
                for piece in pieces:
                    line = (start + json.dumps({"text": piece}) + "\n").encode("utf-8")
                    connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
                    time.sleep(0.1)
                connection.sendall(b"0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.daemon = True
        thread.start()
        return "http://127.0.0.1:%d/" % server.getsockname()[1]

    def command(self, url, **values):
        return self.env["dingding.chat.command"].create(dict(
            {"name": "Oracle", "words": "ask", "kind": "assistant", "secret": "s3cret",
             "timeout": 60, "url": url, "card_template": TEMPLATE}, **values))

    def cards(self):
        return self.simulator.control("GET", "/cards")[self.cards_before:]

    def test_an_answer_grows_in_a_card(self):
        self.command(self.serve(PIECES))
        message, said = self.say("ask the question")
        self.assertEqual((message.state, message.outcome), ("done", "answered"))
        self.assertEqual(said, [])
        card, = self.cards()
        self.assertEqual(card["people"], [self.userids[0]])
        self.assertEqual(card["data"]["title"], "Oracle")
        steps = card["streamed"]
        self.assertEqual(steps[0]["content"], "Forty")
        self.assertEqual([step["final"] for step in steps][-2:], [False, True])
        self.assertTrue(steps[-1]["content"].startswith("Forty-two"))
        for step in steps:
            self.assertNotIn("[x](", step["content"])
        self.assertEqual(card["data"]["content"], steps[-1]["content"])
        self.assertLessEqual(len(steps), writer.MOST_STEPS + 1)

    def test_a_long_answer_costs_few_calls(self):
        self.command(self.serve(["a "] * 15))
        self.say("ask the question")
        steps = self.cards()[0]["streamed"]
        self.assertEqual(len(steps), writer.MOST_STEPS + 1)
        self.assertEqual(steps[-1]["content"], " ".join(["a"] * 15))

    def test_server_sent_events(self):
        self.command(self.serve(PIECES, "text/event-stream; charset=utf-8", "data: "))
        message, said = self.say("ask the question")
        self.assertEqual((message.outcome, said), ("answered", []))
        self.assertIn("Forty-two", self.cards()[0]["data"]["content"])

    def test_an_answer_in_one_piece_is_a_message(self):
        self.command(self.serve(["Forty-two"], "application/json"))
        message, said = self.say("ask the question")
        self.assertEqual((message.outcome, len(said)), ("answered", 1))
        self.assertIn("Forty-two", self.text_of(said[0]))
        self.assertEqual(self.cards(), [])

    def test_without_a_card_the_pieces_are_a_message(self):
        self.command(self.serve(PIECES), card_template=False)
        _message, said = self.say("ask the question")
        self.assertIn("Forty-two", self.text_of(said[0]))
        self.assertEqual(self.cards(), [])

    def test_a_card_that_cannot_be_sent_is_a_message(self):
        self.command(self.serve(PIECES), card_template="none.schema")
        message, said = self.say("ask the question")
        self.assertEqual((message.outcome, len(said)), ("answered", 1))
        self.assertIn("Forty-two", self.text_of(said[0]))

    def test_a_card_that_does_not_take_the_end_is_followed_by_a_message(self):
        stream = Cards.stream

        def refused(cards, *args, **values):
            if values.get("final"):
                raise ApiError(NOT_DONE, "no error, but it did not work")
            return stream(cards, *args, **values)

        self._replace(Cards, "stream", refused)
        self.command(self.serve(PIECES))
        message, said = self.say("ask the question")
        self.assertEqual((message.state, message.outcome), ("done", "answered"))
        self.assertEqual((len(self.cards()), len(said)), (1, 1))
        self.assertIn("Forty-two", self.text_of(said[0]))

    def test_an_answer_that_dingtalk_refuses(self):
        self.command(self.serve(["This is ", UNSAFE]))
        message, said = self.say("ask the question")
        self.assertEqual((message.state, said), ("done", []))
        content = self.cards()[0]["data"]["content"]
        self.assertNotIn(UNSAFE, content)
        self.assertIn("DingTalk rejected", content)

    def test_an_assistant_that_stops_halfway(self):
        """The card says so in place of a half answer."""
        url = self.serve(PIECES * 40)
        self.command(url, timeout=1)
        with mute_logger(INBOX):
            message, said = self.say("ask the question")
        dingding_chat_message._resting.clear()
        self.assertEqual((message.outcome, said), ("error", []))
        self.assertEqual(
            self.cards()[0]["data"]["content"],
            self.env["dingding.chat"]._failed_text())

    def test_in_a_group(self):
        """Others see the answer only if the administrator says so."""
        group = self.group["open_conversation_id"]
        own = self.command(self.serve(PIECES))
        _message, said = self.say("ask the question", group=group)
        self.assertEqual(self.cards()[0]["people"], [self.userids[0]])
        self.assertEqual(len(said), 1)
        self.assertNotIn("Forty", self.text_of(said[0]))
        own.write({"shared": True, "url": self.serve(PIECES)})
        _message, said = self.say("ask the question", group=group)
        self.assertEqual(said, [])
        self.assertEqual(
            sorted(self.cards()[1]["people"]), sorted(self.group["members"]))

    def test_set_up(self):
        own = self.command("http://127.0.0.1:9/")
        self.assertIn("6 calls", own.card_cost)
        own.card_template = False
        self.assertFalse(own.card_cost)
        with self.assertRaises(ValidationError):
            own.write({"card_template": TEMPLATE, "card_variable": False})

    def test_the_connection_test_looks_at_its_template(self):
        def line():
            found = self.env["dingding.health"]._check_app(self.app, 1e12)
            return {each["name"]: each for each in found}.get("Assistant card")

        self.assertIsNone(line())
        own = self.command("http://127.0.0.1:9/")
        self.assertEqual(line()["state"], "ok")
        own.card_variable = "answer"
        self.assertEqual(line()["state"], "error")
        self.assertIn("answer", line()["message"])
        self.assertIn("answer.json", line()["remedy"])
        own.write({"card_template": "none.schema", "card_variable": "content"})
        self.assertEqual(line()["state"], "error")
        self.corp.chat = False
        self.assertIsNone(line())

    def test_hostile_pieces(self):
        """Any bytes are read; none of them fails."""
        found = Streamed(20)
        for part in (b"{", b'"text": "a"}\n', b"[1]\n", b'{"text": 7}\n', b"\xff\xfe\n",
                     b"event: x\n", b"data: [DONE]\n", b'data: {"text": "b"}\r\n\n',
                     b"[" * 100000 + b"\n", b'{"text": "' + b"c" * 50 + b'"}'):
            found.add(part)
        self.assertEqual(found.text, "ab")
        found.end()
        self.assertEqual(found.text, "ab" + "c" * 18)
        self.assertFalse(is_streamed({"Content-Type": "application/json"}))
        self.assertFalse(is_streamed({}))
