# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkCase

MESSAGE, POST = "dingding.chat.message", "dingding.chat.post"


class ChatCase(DingTalkCase):
    """Talk to the robot as people of the simulated organisation."""

    @classmethod
    def _prepare_class(cls):
        found = super()._prepare_class()
        cls.corp.chat = cls.corp.chat_replies = True
        cls.userids = [user["userid"] for user in cls.simulator.users()]
        cls.person = cls.env["dingding.user"].create({
            "name": "Zhang", "userid": cls.userids[0], "corp_id": cls.corp.id,
            "user_id": cls.user_employee.id,
        })
        return found

    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.person = self.person.with_env(self.env)
        self.simulator.settings(
            robot_published=True, unsafe_words=[], monthly_pushes=None, clock_offset=0)
        self.simulator.clear_faults()
        self._said_before = len(self.simulator.control("GET", "/chat"))
        self.group = [
            group for group in self.simulator.control("GET", "/groups")
            if self.userids[0] in group["members"]
        ][0]

    def data(self, text="", userid=None, **values):
        """Return what DingTalk pushes for what a person writes."""
        body = dict({"userid": userid or self.userids[0], "text": text}, **values)
        return self.simulator.control("POST", "/chat", body)["message"]

    def receive(self, data):
        """Store a message as the Stream runner does; return its record."""
        before = self.env[MESSAGE].search([])
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            app = self.app.sudo().with_env(self.app.sudo().env(cr=cr))
            self.assertIsNone(app._chat_receive({}, data))
        compat.forget(self.env)
        return self.env[MESSAGE].search([]) - before

    def work(self):
        for model in (MESSAGE, "dingding.group", POST):
            while self.env[model]._process():
                pass
        compat.forget(self.env)

    def follow(self):
        """Have ``self.rule`` update its groups; return that of ``self.partner``."""
        compat.flush(self.env)
        compat.forget(self.env)
        self.rule.action_run()
        self.work()
        return self.env["dingding.group"].with_context(active_test=False).search(
            [("res_id", "=", self.partner.id)])

    def say(self, text="", **values):
        """Say something and return (the message, the answers in any chat)."""
        count = len(self.said())
        message = self.receive(self.data(text, **values))
        self.work()
        return message, self.said()[count:]

    def said(self):
        """Return what the robot has said, oldest first."""
        said = self.simulator.control("GET", "/chat")[self._said_before:]
        return [each for each in said if each["direction"] == "out"]

    def text_of(self, entry):
        """Return the text of a robot's message."""
        msg = entry["msg"]
        content = msg.get(msg["msgtype"]) or {}
        return content.get("text") or content.get("content") or ""

    def ask(self, text, **values):
        """Return the text of the one answer to a text."""
        _message, said = self.say(text, **values)
        self.assertEqual(len(said), 1, said)
        return self.text_of(said[0])
