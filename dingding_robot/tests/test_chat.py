# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import time
import unittest

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..chat import command
from ..models import dingding_chat, dingding_chat_message as inbox
from .chat_case import MESSAGE, ChatCase

SESSION = "/robot/sendBySession"
ONE, GROUP = "/v1.0/robot/oToMessages/batchSend", "/v1.0/robot/groupMessages/send"


class Killed(BaseException):
    """Simulates a killed server."""


@portable
class TestChat(ChatCase):
    """The robot answers with the rights of the person."""

    def command(self, **values):
        return self.env["dingding.chat.command"].create(dict(
            {"name": "Partners", "words": "partner, 伙伴", "kind": "find",
             "model_id": self.env.ref("base.model_res_partner").id}, **values))

    def test_help(self):
        message, said = self.say("help")
        self.assertEqual((message.state, message.outcome), ("done", "answered"))
        self.assertEqual(message.person_id, self.person)
        self.assertIn("mine", self.text_of(said[0]))
        self.assertEqual(said[0]["way"], "session")
        # The session is forgotten once it was used.
        self.assertFalse(self.env["dingding.secret"]._is_set(message, inbox.SESSION))
        self.assertIn("find", self.ask("帮助"))
        self.assertIn("help", self.ask("gibberish"))

    def test_chinese(self):
        self.env["res.lang"].search(
            [("code", "=", "zh_CN"), ("active", "=", False)]).write({"active": True})
        self.user_employee.lang = "en_US"
        self.assertIn("Nothing", self.ask("查 nobody-has-this-name"))

    def test_off(self):
        self.corp.chat = False
        self.assertFalse(self.receive(self.data("help")))

    def test_once(self):
        data = self.data("help")
        first = self.receive(data)
        self.assertEqual(len(first), 1)
        self.assertFalse(self.receive(data))
        self.work()
        self.assertEqual(len(self.said()), 1)

    def test_strangers(self):
        self.assertIn("not linked", self.ask("help", userid=self.userids[1]))
        self.simulator.settings(robot_published=False)
        message, said = self.say("help")
        self.assertFalse(message.person_id)
        self.assertEqual(message.outcome, "unknown_person")
        self.assertIn("administrator", self.text_of(said[0]))
        self.simulator.settings(robot_published=True)
        message, said = self.say("help", outsider=True)
        self.assertEqual((message.outcome, said), ("ignored", []))

    def test_archived_users_are_strangers(self):
        self.user_employee.active = False
        self.assertIn("not linked", self.ask("mine"))
        self.user_employee.active = True
        self.person.active = False
        message, _said = self.say("mine")
        self.assertEqual(message.outcome, "unknown_person")

    def test_find(self):
        self.env["dingding.chat.command"].search([]).unlink()
        self.command(note="{ref}", search_fields="name, ref")
        names = ["Chatpartner %02d" % number for number in range(12)]
        for name in names:
            self.env["res.partner"].create({"name": name, "ref": "R" + name[-2:]})
        text = self.ask("partner Chatpartner")
        self.assertEqual(text.count("](dingtalk://dingtalkclient/page/link"), 10)
        self.assertIn("R03", text)
        self.assertIn("\u2026", text)
        self.assertIn("[Chatpartner 03]", self.ask("find R03"))
        self.assertIn("[Chatpartner 03]", self.ask("伙伴：R03"))
        self.assertIn("Nothing", self.ask("find %"))
        self.assertIn("Nothing", self.ask("partner __________"))

    def test_rights_of_the_person(self):
        self.command(
            name="Parameters", words="parameter",
            model_id=self.env.ref("base.model_ir_config_parameter").id,
            search_fields="key")
        message, said = self.say("parameter database")
        self.assertEqual(message.outcome, "refused")
        self.assertIn("rights", self.text_of(said[0]))
        self.assertNotIn("database.", self.text_of(said[0]))
        # find leaves out what the person may not read.
        self.assertIn("Nothing", self.ask("find database.uuid"))
        self.person.user_id = self.user_system
        self.assertIn("database.uuid", self.ask("parameter database.uuid"))

    def test_rules_of_records(self):
        self.command(words="own", domain="[('user_id', '=', uid)]")
        self.env["res.partner"].create(
            {"name": "Chatmine", "user_id": self.user_employee.id})
        self.env["res.partner"].create(
            {"name": "Chatother", "user_id": self.user_system.id})
        text = self.ask("own Chat")
        self.assertIn("Chatmine", text)
        self.assertNotIn("Chatother", text)

    def test_groups_of_commands(self):
        own = self.command(
            words="secret",
            allowed_group_ids=[(6, 0, [self.env.ref("base.group_system").id])])
        self.assertIn("help", self.ask("secret x"))
        self.assertNotIn("secret", self.ask("help"))
        self.person.user_id = self.user_system
        self.assertIn("secret", self.ask("help"))
        own.active = False
        self.assertNotIn("secret", self.ask("help"))

    def test_text(self):
        self.command(kind="text", words="wifi", text="Hello {name}!\n# Not a title")
        text = self.ask("WIFI")
        self.assertIn("Hello %s!" % self.user_employee.name, text)
        self.assertNotIn("\n#", text)

    def test_server_action(self):
        action = self.env["ir.actions.server"].create({
            "name": "Echo", "state": "code",
            "model_id": self.env.ref("mail.model_mail_activity").id,
            "code": "action = {'dingding_reply': '%s|%s' % ("
                    "env.context.get('dingding_chat_words'), env.uid)}",
        })
        self.command(kind="action", words="echo", action_id=action.id)
        self.assertEqual(
            self.ask("echo two words"), "two words\uff5c%d" % self.user_employee.id)

    def test_errors_of_commands(self):
        action = self.env["ir.actions.server"].create({
            "name": "Fail", "state": "code",
            "model_id": self.env.ref("mail.model_mail_activity").id,
            "code": "env['res.partner'].sudo().create({'name': 'Chatghost'})\n1 / 0",
        })
        self.command(kind="action", words="fail", action_id=action.id)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_chat_message"):
            message, said = self.say("fail")
        self.assertEqual((message.outcome, message.state), ("error", "done"))
        self.assertNotIn("ZeroDivision", self.text_of(said[0]))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Chatghost")]))

    def test_mine(self):
        self.assertIn("no activities", self.ask("mine"))
        partner = self.env["res.partner"].create({"name": "Chatpartner"})
        self.env["mail.activity"].create({
            "res_model_id": self.env.ref("base.model_res_partner").id,
            "res_id": partner.id, "user_id": self.user_employee.id,
            "summary": "Call [them](http://evil.example)",
            "activity_type_id": self.env["mail.activity.type"].search([], limit=1).id,
        })
        text = self.ask("待办")
        self.assertIn("Call", text)
        self.assertNotIn("[them]", text)

    def test_mine_without_document(self):
        if self.env["mail.activity"]._fields["res_model_id"].required:
            self.skipTest("Activities have a document")
        self.env["mail.activity"].create(
            {"user_id": self.user_employee.id, "summary": "Buy screws"})
        self.assertIn("Buy screws", self.ask("mine"))

    def test_today_without_a_time_zone(self):
        """Somebody without a time zone is in China, not in Greenwich."""
        self.user_employee.tz = False
        seen = []
        self._replace(
            type(self.env["dingding.chat"]), "_chat_mine",
            lambda this, chat, words: seen.append(this.env.context.get("tz")))
        self.say("mine")
        self.assertEqual(seen, ["Asia/Shanghai"])

    def test_stock_without_inventory(self):
        self.assertTrue(self.ask("stock screw"))

    def test_menu(self):
        self.command(in_menu=True)
        _message, said = self.say("menu")
        buttons = said[0]["msg"]["actionCard"]["btns"]
        titles = [each["title"] for each in buttons]
        # Addons that are installed beside it add their own.
        self.assertEqual([each for each in titles if each != "My approvals"],
                         ["Partners", "My activities", "Help"])
        self.assertTrue(buttons[0]["actionURL"].startswith(
            "dtmd://dingtalkclient/sendMessage?content=partner"))

    def test_in_a_group(self):
        """Private answers go to the person alone."""
        self.command()
        message, said = self.say("partner admin", group=self.group[
            "open_conversation_id"])
        self.assertEqual(message.group_id.name, self.group["title"])
        private, public = said
        self.assertEqual((private["group"], private["userid"]),
                         ("", self.person.userid))
        self.assertEqual(public["group"], self.group["open_conversation_id"])
        self.assertIn("personally", self.text_of(public))
        self.assertNotIn("](", self.text_of(public))
        _message, said = self.say("help", group=self.group["open_conversation_id"])
        self.assertEqual([each["group"] for each in said],
                         [self.group["open_conversation_id"]])
        self.env["dingding.chat.command"].search([]).write({"shared": True})
        _message, said = self.say(
            "partner admin", group=self.group["open_conversation_id"])
        self.assertEqual(len(said), 1)

    def test_expired_session(self):
        _message, said = self.say("help", expired=True)
        self.assertEqual(said[0]["way"], "api")
        # The address says it lives, but DingTalk has ended it.
        data = self.data("help")
        self.simulator.settings(clock_offset=100000)
        message = self.receive(data)
        self.work()
        self.assertEqual((message.state, self.said()[-1]["way"]), ("done", "api"))
        self.simulator.settings(clock_offset=0)
        _message, said = self.say(
            "help", group=self.group["open_conversation_id"], expired=True)
        self.assertEqual(said[0]["group"], self.group["open_conversation_id"])

    def test_addresses_elsewhere(self):
        """Nothing is posted to an address that is not DingTalk's."""
        for url in ("http://127.0.0.1:1/robot/sendBySession?session=x",
                    "https://evil.example/robot/sendBySession?session=x",
                    self.simulator.url + "/robot/send?access_token=x",
                    self.simulator.url.replace("http://", "http://a@"), "", 5, None):
            data = dict(self.data("help"), sessionWebhook=url)
            message = self.receive(data)
            self.work()
            self.assertEqual((message.state, self.said()[-1]["way"]), ("done", "api"))

    def test_rejected_content(self):
        self.simulator.settings(unsafe_words=["stock"])
        message, said = self.say("help")
        self.assertEqual(message.state, "done")
        self.assertIn("rejected", self.text_of(said[0]))

    def test_answer_lost_after_the_work(self):
        action = self.env["ir.actions.server"].create({
            "name": "Once", "state": "code",
            "model_id": self.env.ref("mail.model_mail_activity").id,
            "code": "env['res.partner'].sudo().create({'name': 'Chatonce'})",
        })
        self.command(kind="action", words="once", action_id=action.id)
        self.simulator.fault("http_500", SESSION)
        message = self.receive(self.data("once"))
        self.work()
        self.assertEqual(message.state, "unknown")
        self.assertTrue(message.maybe_since)
        compat.with_user(message, self.user_manager).action_retry()
        self.work()
        self.assertEqual(message.state, "done")
        self.assertFalse(message.maybe_since)
        self.assertEqual(self.env["res.partner"].search_count(
            [("name", "=", "Chatonce")]), 1)

    def test_an_answer_that_may_have_arrived_is_not_repeated(self):
        """By the session, one-to-one and in a group."""
        group = self.group["open_conversation_id"]
        for path, values in (
            (SESSION, {}), (ONE, {"expired": True}),
            (GROUP, {"expired": True, "group": group}),
        ):
            count = len(self.said())
            self.simulator.fault("reset_after", path)
            message = self.receive(self.data("help", **values))
            for _attempt in range(3):
                self.work()
                self.hurry(message)
            self.assertEqual((message.state, message.attempts), ("unknown", 1), path)
            self.assertTrue(message.maybe_since)
            self.assertTrue(message.last_error)
            # It arrived, and nobody gets it twice.
            self.assertEqual(len(self.said()) - count, 1, path)
            self.assertFalse(
                self.env["dingding.secret"]._is_set(message, inbox.SESSION))
            alert = self.env["dingding.alert"]._by_key()["chat"]
            self.assertIn(message, self.env[MESSAGE].search(alert["domain"]))

    def test_an_answer_that_certainly_did_not_arrive_is_repeated(self):
        self.simulator.fault("throttled", SESSION, times=99)
        message = self.receive(self.data("help"))
        self.work()
        self.assertEqual(message.state, "retry")
        self.assertFalse(message.maybe_since)
        self.simulator.clear_faults()
        self.hurry(message)
        self.work()
        self.assertEqual((message.state, len(self.said())), ("done", 1))

    def test_a_worker_that_dies_while_it_answers(self):
        message = self.receive(self.data("help"))
        cls = type(message)
        real = cls._dingtalk_send_step

        def die(this, *args):
            real(this, *args)
            raise Killed()

        cls._dingtalk_send_step = die
        self.addCleanup(setattr, cls, "_dingtalk_send_step", real)
        # Without a worker's lock, because commits must persist.
        with unittest.TestCase.assertRaises(self, Killed), compat.open_cursor(
            self.env.cr.dbname
        ) as cr:
            row = message.sudo().with_env(self.env(cr=cr, user=SUPERUSER_ID))
            row._process_step(time.monotonic() + 60)
        compat.forget(self.env)
        cls._dingtalk_send_step = real
        self.work()
        self.assertEqual((message.state, len(self.said())), ("unknown", 1))

    def test_old_messages_are_deleted(self):
        """Those whose answer may have arrived as well: what people write is theirs."""
        rows = self.env[MESSAGE]
        for state in ("done", "failed", "unknown", "queued"):
            row = self.receive(self.data("help"))
            row.write({"state": state})
            rows |= row
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_chat_message SET create_date = create_date"
            " - interval '31 days' WHERE id IN %s", [tuple(rows.ids)])
        compat.forget(self.env)
        self.env["dingding.purge"]._cron_purge()
        compat.forget(self.env)
        self.assertEqual(rows.exists().mapped("state"), ["queued"])

    def hurry(self, message):
        compat.forget(self.env)
        message.write({"next_try": "2001-01-01 00:00:00"})

    def test_floods(self):
        self.env.cr.execute("DELETE FROM dingding_chat_message")
        for _number in range(inbox.PER_PERSON + 5):
            self.receive(self.data("help"))
        outcomes = self.env[MESSAGE].search([]).mapped("outcome")
        self.assertEqual(outcomes.count("flood"), 5)
        self.work()
        self.assertEqual(len(self.said()), inbox.PER_PERSON + 1)
        self.assertIn("Too many", "".join(map(self.text_of, self.said())))

    def test_floods_of_a_group(self):
        """A group is told once, too, though nobody has written much."""
        self._replace(inbox, "PER_GROUP", 4)
        group, members = self.group["open_conversation_id"], self.group["members"]
        for number in range(6):
            self.receive(self.data(
                "help", userid=members[number % len(members)], group=group))
        outcomes = self.env[MESSAGE].search([], order="id").mapped("outcome")
        self.assertEqual(outcomes, [False] * 4 + ["flood"] * 2)
        self.work()
        self.assertEqual(
            ["Too many" in self.text_of(each) for each in self.said()].count(True), 1)

    def test_back_pressure(self):
        self._replace(inbox, "BUSY", 2)
        rows = [self.receive(self.data("help")) for _number in range(5)]
        self.assertEqual([row.outcome for row in rows],
                         [False, False, "busy", "busy", "busy"])
        self.work()
        self.assertEqual(
            ["busy" in self.text_of(each) for each in self.said()].count(True), 1)

    def test_pushes_used_up(self):
        self.simulator.settings(monthly_pushes=0)
        self.assertFalse(self.receive(self.data("help")).text)

    def test_voice(self):
        self.assertIn("mine", self.ask("", msgtype="audio", recognition="帮助"))

    def test_files_without_discussion(self):
        self.assertIn("discussion", self.ask("", msgtype="file", file="QUJD"))

    def test_other_organisation(self):
        data = dict(self.data("help"), chatbotCorpId="dingelsewhere")
        self.assertFalse(self.receive(data))
        other = self.env["dingding.corp"].create(
            {"name": "Other", "corp_id": "dingother", "app_key": "dingotherkey"})
        other.chat = True
        data = dict(self.data("mine"), chatbotCorpId="dingother",
                    senderCorpId="dingother")
        app = self.app
        self.app = other.app_id
        message = self.receive(data)
        self.app = app
        # The same userid in another organisation is another person.
        self.assertFalse(message.person_id)

    def test_outsiders_without_a_corpid(self):
        """The robot's own organisation is in each message."""
        self.corp.corp_id = False
        message = self.receive(dict(self.data("mine"), senderCorpId="dingother"))
        self.assertEqual(
            (message.outcome, message.person_id.ids), ("ignored", []))
        self.assertIn("activities", self.ask("mine"))

    def test_closed_meanwhile(self):
        message = self.receive(self.data("mine"))
        self.corp.chat = False
        self.work()
        self.assertEqual((message.state, message.outcome), ("done", "ignored"))
        self.assertEqual(self.said(), [])

    def test_commands_of_developers(self):
        def _chat_hello(self, chat, words):
            return "%s %s %s" % (self.env.user.login, words, chat.is_group)

        mark = command("hello", "\u4f60\u597d", summary=lambda self: "Greets")
        # An attribute of the class, as a method in a module would be.
        dingding_chat.DingdingChat._chat_hello = mark(_chat_hello)
        dingding_chat._registries.clear()
        self.addCleanup(dingding_chat._registries.clear)
        self.addCleanup(delattr, dingding_chat.DingdingChat, "_chat_hello")
        login = self.user_employee.login
        self.assertEqual(self.ask("hello world"), "%s world False" % login)
        self.assertIn("Greets", self.ask("help"))
        _message, said = self.say(
            "\u4f60\u597d x", group=self.group["open_conversation_id"])
        self.assertEqual([bool(each["group"]) for each in said], [False, True])
        with self.assertRaises(ValueError):
            command("two words")

    # -- rights ------------------------------------------------------------------------

    def test_who_may_see(self):
        message, _said = self.say("help")
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, MESSAGE, "read", message.ids, ["state"])
        values = call_as(self.user_manager, MESSAGE, "read", message.ids, [])[0]
        for name in ("text", "answer", "files", "ask_words"):
            self.assertNotIn(name, values)
        self.assertEqual(
            call_as(self.user_system, MESSAGE, "read", message.ids, ["text"])[0][
                "text"], "help")
        for user in (self.user_manager, self.user_system):
            with self.assertRaises(AccessError):
                call_as(user, MESSAGE, "write", message.ids, {"answer": "[]"})
            with self.assertRaises(AccessError):
                call_as(user, MESSAGE, "create", {
                    "corp_id": self.corp.id, "app_id": self.app.id,
                    "message_key": "x", "sender_key": "x"})
        with self.assertRaises(AccessError):
            call_as(self.user_system, "dingding.chat.topic", "search_read", [])

    def test_only_administrators_make_commands(self):
        own = self.command()
        for user in (self.user_employee, self.user_dingtalk, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.chat.command", "write", own.ids,
                        {"domain": "[('id', '>', 0)]"})
            with self.assertRaises(AccessError):
                call_as(user, "dingding.chat.command", "create", {
                    "name": "x", "words": "x", "kind": "text", "text": "x"})
        call_as(self.user_system, "dingding.chat.command", "write", own.ids,
                {"domain": "[('id', '>', 0)]"})

    def test_only_administrators_open_the_chat(self):
        self.corp.chat = False
        for vals in ({"chat": True}, {"chat_replies": False}):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                        vals)
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids,
                {"chat": True})

    def test_commands_that_cannot_work(self):
        for values in (
            {"words": " , "}, {"model_id": False}, {"domain": "[('nothing', '=', 1)]"},
            {"domain": "__import__('os')"}, {"search_fields": "nothing"},
            {"note": "{nothing.name}"}, {"kind": "text"}, {"kind": "action"},
            {"kind": "assistant"}, {"kind": "assistant", "url": "https://x.example/"},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.command(**values)

    # -- assistants --------------------------------------------------------------------

    def assistant(self, **values):
        self.env["ir.config_parameter"].set_param(
            "dingding.chat_hosts", "ai.example, 127.0.0.1")
        return self.command(**dict(
            {"name": "Ask", "kind": "assistant", "words": "ask",
             "url": "https://ai.example/ask", "secret": "s3cret"}, **values))

    def test_assistant(self):
        own = self.assistant(catch_all=True)
        asked = []

        def ask(self, url, headers, body, timeout):
            asked.append((url, headers, body))
            return "**42** [x](http://evil.example)"

        self._replace(type(own), "_ask", ask)
        text = self.ask("ask the meaning of life")
        self.assertIn("42", text)
        self.assertNotIn("[x](", text)
        url, headers, body = asked[0]
        self.assertEqual((url, body["text"]),
                         ("https://ai.example/ask", "the meaning of life"))
        self.assertEqual(body["user"]["login"], self.user_employee.login)
        self.assertEqual(len(headers["X-Odoo-Signature"]), 64)
        self.assertIn("42", self.ask("whatever else"))
        # The allow-list counts when the question is asked.
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "")
        message, _said = self.say("ask again")
        self.assertEqual((message.outcome, len(asked)), ("error", 2))

    def test_addresses_of_assistants(self):
        self.assistant()
        for url in ("http://ai.example/", "https://evil.example/",
                    "https://a@ai.example",
                    "https://ai.example.evil.example/", "file:///etc/passwd",
                    "https://ai.example\\@evil.example/"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.assistant(url=url)

    def test_assistant_is_silent(self):
        own = self.assistant(url="http://127.0.0.1:9/nobody", timeout=1)
        message, said = self.say("ask x")
        self.assertEqual((message.state, message.outcome), ("done", "error"))
        self.assertTrue(said and own)

    # -- hostile -----------------------------------------------------------------------

    def test_hostile_messages(self):
        self.command()
        self._replace(inbox, "PER_PERSON", 10 ** 6)
        samples = [
            "[x](http://e) **b** <script>alert(1)</script>", "#" * 50, "#999999999 x",
            "find ' OR 1=1 --", "find \u0000\ud800", "find " + "%" * 500, "partner \\",
            "partner {name}", "find ${7*7} {{7*7}} %(x)s", "\u202egnp.exe", "/" * 30,
            "reply 1", "#0 x", "#-1", "回复 99999999999999999999", "x" * 100000, "\n\r\t",
            "mine\n# a\n> b\n- c", "partner [", "partner *" * 200, "@all @ @x help",
        ]
        base = self.data("x")
        count = 0
        for text in samples:
            count += 1
            self.receive(dict(
                base, msgId="hostile%d" % count, text={"content": text}))
        for number, change in enumerate((
            {"text": None}, {"text": []}, {"text": {"content": {"a": 1}}},
            {"msgtype": 5}, {"msgtype": None}, {"conversationType": ["2"]},
            {"conversationId": {"x": 1}, "conversationType": "2"},
            {"senderStaffId": ["a"]}, {"senderStaffId": self.userids[0] + "' --"},
            {"senderStaffId": True}, {"sessionWebhookExpiredTime": "soon"},
            {"sessionWebhookExpiredTime": -1}, {"sessionWebhookExpiredTime": 10 ** 30},
            {"msgtype": "file", "content": [1]}, {"msgtype": "file", "content": {
                "downloadCode": 7, "fileName": "../../etc/passwd"}},
            {"msgtype": "richText", "content": {"richText": "x"}},
            {"msgtype": "richText", "content": {"richText": [1, None, {"text": 5}]}},
            {"senderNick": "\u0000" * 10}, {"msgId": "x" * 10000},
            {"msgId": ""}, {"msgId": ["a"]}, {"robotCode": {}},
        )):
            count += 1
            self.receive(dict(dict(base, msgId="odd%d" % number), **change))
        for data in ({}, {"msgId": None}, {"msgId": "n"}):
            self.receive(data)
        self.work()
        rows = self.env[MESSAGE].search([])
        self.assertEqual(set(rows.mapped("state")), {"done"},
                         [(row.text, row.last_error) for row in rows
                          if row.state != "done"])
        self.assertNotIn("error", rows.mapped("outcome"))
        for entry in self.said():
            text = self.text_of(entry)
            for line in text.split("\n"):
                self.assertFalse(line.startswith(("#", ">", "|", "`")), line)
            self.assertNotIn("<script", text)
            self.assertNotIn("](http://e)", text)
        compat.forget(self.env)

    def test_json_of_answers(self):
        message, _said = self.say("help")
        self.assertEqual(json.loads(message.answer)[0]["to"], "chat")

    def test_shown_in_words(self):
        message, _said = self.say("help")
        self.assertEqual(message.kind_name, "Text")
        self.assertNotIn("msgtype", message.answer_text)
        message.write({"kind": "hologram", "answer": json.dumps([
            {"to": "person", "body": {"msgtype": "markdown", "markdown": {
                "title": "Found", "text": "**Contacts**\n\n- [Azure](http://e/x)"}}},
            {"to": "chat", "body": {"msgtype": "text", "text": {"content": "Done"}}},
        ])})
        self.assertEqual(message.kind_name, "hologram")
        self.assertEqual(message.answer_text, "Contacts\n\n- Azure\n\nDone")
