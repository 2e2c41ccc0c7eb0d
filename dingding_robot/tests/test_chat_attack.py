# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import contextlib
import datetime
import re
import socket
import threading
import time

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import messages_body, utc
from odoo.addons.dingding.models import placeholders, queue
from odoo.addons.dingding.tests.common import call_as, portable

from ..chat import incoming
from ..models import dingding_chat_message
from ..models.dingding_chat import amount
from .chat_case import MESSAGE, POST, ChatCase

INBOX = "odoo.addons.dingding_robot.models.dingding_chat_message"
TOPIC = "dingding.chat.topic"


@portable
class TestChatAttack(ChatCase):
    """The chat with hostile people, hostile names and bad luck."""

    def setUp(self):
        super().setUp()
        self.simulator.settings(robot_flow_controlled=[])
        self.partner = self.env["res.partner"].create({"name": "Chatpartner"})
        group = self.env.ref("base.group_partner_manager")
        for user in (self.user_employee, self.user_system):
            user.write({compat.USER_GROUPS: [(4, group.id)]})

    def command(self, **values):
        return self.env["dingding.chat.command"].create(dict(
            {"name": "Partners", "words": "partner", "kind": "find",
             "model_id": self.env.ref("base.model_res_partner").id}, **values))

    def action(self, code, **values):
        action = self.env["ir.actions.server"].create({
            "name": "Act", "state": "code", "code": code,
            "model_id": self.env.ref("mail.model_mail_activity").id})
        return self.command(
            kind="action", words="act", action_id=action.id, **values)

    def post(self, text="Please check", **values):
        """Write in the discussion as the administrator; name the person."""
        partner = compat.with_user(self.partner, self.user_system)
        values.setdefault("partner_ids", [self.user_employee.partner_id.id])
        values.setdefault("subtype_id", self.env.ref("mail.mt_comment").id)
        return partner.message_post(body=text, message_type="comment", **values)

    def message(self, **values):
        """Create a message as other addons do."""
        return self.env["mail.message"].sudo().create(dict({
            "model": "res.partner", "res_id": self.partner.id, "body": "4711",
            "message_type": "comment",
            "partner_ids": [(6, 0, self.user_employee.partner_id.ids)],
        }, **values))

    # -- out ---------------------------------------------------------------------------

    def test_activities_on_hidden_documents(self):
        """People who lost access to a document do not learn its name."""
        activities = self.env["mail.activity"]
        for partner in (self.partner, self.partner.copy({"name": "Secret takeover"})):
            activities.create({
                "res_model_id": self.env.ref("base.model_res_partner").id,
                "res_id": partner.id, "user_id": self.user_employee.id,
                "summary": "Sign", "date_deadline": "2026-03-09",
                "activity_type_id": self.env["mail.activity.type"].search(
                    [], limit=1).id,
            })
        self.env["ir.rule"].create({
            "name": "Hide it", "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": "[('name', 'not like', 'Secret')]",
        })
        compat.flush(self.env)
        _message, said = self.say("mine")
        text = self.text_of(said[0])
        self.assertIn("Chatpartner", text)
        self.assertNotIn("Secret", text)

    def test_what_is_for_employees_stays_in_odoo(self):
        """Odoo hides more than notes from outsiders, and so do groups."""
        group = self.env["dingding.group"].sudo()._met(
            self.corp, self.group["open_conversation_id"], "G")
        group.sudo().write({"res_model": "res.partner", "res_id": self.partner.id,
                            "posts_discussions": True})
        self.message(subtype_id=False)
        self.message(subtype_id=self.env.ref("mail.mt_note").id)
        if "is_internal" in self.env["mail.message"]._fields:
            self.message(subtype_id=self.env.ref("mail.mt_comment").id,
                         is_internal=True)
        self.assertFalse(self.env[POST].search([]))
        self.message(subtype_id=self.env.ref("mail.mt_comment").id)
        self.assertEqual(self.env[POST].search_count([]), 2)

    def test_managers_read_no_discussions(self):
        """Messages about a document are not for DingTalk managers."""
        group = self.env["dingding.group"].sudo()._met(
            self.corp, self.group["open_conversation_id"], "G")
        group.sudo().write({"res_model": "res.partner", "res_id": self.partner.id,
                            "posts_discussions": True})
        self.post("4711")
        rows = self.env[POST].search([])
        self.assertEqual(len(rows), 2)
        self.assertEqual(call_as(self.user_manager, POST, "search", []), [])
        with self.assertRaises(AccessError):
            call_as(self.user_manager, POST, "read", rows.ids, ["body"])
        self.user_system.write({compat.USER_GROUPS: [
            (4, self.env.ref("dingding.group_manager").id)]})
        self.assertEqual(
            len(call_as(self.user_system, POST, "search", [])), 2)
        group.send_text("for all")
        self.assertEqual(len(call_as(self.user_manager, POST, "search", [])), 1)

    def test_rights_when_a_message_leaves(self):
        """A message that a quota has held back for weeks may be none of his now."""
        self.post("4711")
        rule = self.env["ir.rule"].create({
            "name": "Hide", "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": "[('id', '!=', %d)]" % self.partner.id})
        self.work()
        self.assertEqual(self.said(), [])
        self.assertEqual(self.env[POST].search([]).state, "failed")
        rule.unlink()
        self.post("4712")
        self.person.user_id = False
        self.work()
        self.assertEqual(self.said(), [])

    def test_archived_documents(self):
        """A lost opportunity is archived, and still discussed."""
        self.partner.active = False
        self.post()
        self.work()
        (sent,) = self.said()
        self.assertIn("Chatpartner", self.text_of(sent))
        number = self.corp.sudo()._discussion_number("res.partner", self.partner.id)
        self.assertIn("Posted", self.ask("#%d read it" % number))

    def test_colleagues_do_not_wait_for_each_other(self):
        """Two who write at once do not conflict over the row of the discussion."""
        self.post()
        topic = self.env[TOPIC].search([])
        moment = fields.Datetime.to_string(
            utc.now() - datetime.timedelta(hours=1))
        topic.used_at = moment
        self.post()
        compat.flush(self.env)
        compat.forget(self.env)
        self.assertEqual(fields.Datetime.to_string(
            fields.Datetime.from_string(topic.used_at)), moment)
        topic.used_at = "2020-01-01 00:00:00"
        self.post()
        compat.flush(self.env)
        compat.forget(self.env)
        self.assertGreater(fields.Datetime.to_string(
            fields.Datetime.from_string(topic.used_at)), moment)
        self.assertEqual(self.env[TOPIC].search([]), topic)

    def test_the_authors_companies_are_not_the_readers(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_system.write({"company_ids": [(4, other.id)]})
        self.partner = self.partner.with_context(
            allowed_company_ids=[other.id, self.user_system.company_id.id])
        self.post()
        self.assertEqual(self.env[POST].search([]).person_id, self.person)

    def test_nobody_was_reached(self):
        """HTTP 200 is not success."""
        self.post()
        self.simulator.settings(robot_flow_controlled=[self.person.userid])
        self.work()
        row = self.env[POST].search([])
        self.assertEqual((row.state, self.said()), ("retry", []))
        self.simulator.settings(robot_flow_controlled=[])
        row.write({"next_try": False})
        self.work()
        self.assertEqual((row.state, len(self.said())), ("done", 1))

    # -- in ----------------------------------------------------------------------------

    def test_names_of_files(self):
        for name, kept in (
            ("../../etc/passwd", "passwd"), ("c:\\x\\y.txt", "y.txt"),
            ("invoice\u202egnp.exe", "invoicegnp.exe"), ("a\x00\nb.pdf", "a b.pdf"),
            ("x" * 500 + ".pdf", "x" * 116 + ".pdf"), (7, "7"), (None, ""),
        ):
            self.assertEqual(incoming.file_name(name), kept)

    def test_pages_are_text(self):
        """A page that an administrator forwards runs in nobody's browser."""
        self.person.user_id = self.user_system
        self.post(partner_ids=[self.user_system.partner_id.id])
        topic = self.env[TOPIC].sudo()._number(
            self.corp, self.partner, person=self.person)
        self.work()
        self.say("#%d page" % topic)
        file = base64.b64encode(b"<html><script>alert(1)</script></html>").decode()
        self.say("", msgtype="file", filename="a.html", file=file)
        attachment = self.env["ir.attachment"].search([
            ("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)])
        self.assertEqual(attachment.mimetype, "text/plain")

    def test_odd_moments(self):
        for value in ("\u00b2", "1" * 5000, "\u0661", [], {}, float("nan"), "-1", ""):
            data = dict(self.data("help"), sessionWebhookExpiredTime=value)
            self.assertTrue(self.receive(data), value)

    # -- commands ----------------------------------------------------------------------

    def test_an_action_that_commits(self):
        """A command's changes are stored with its answer, or not at all."""
        self.action("env['res.partner'].sudo().create({'name': 'Chatghost'})\n"
                    "env.cr.commit()\nraise Warning('x')\n")
        with mute_logger(INBOX, "odoo.sql_db", "odoo.tools.safe_eval"):
            message, _said = self.say("act")
        self.assertEqual(message.state, "done")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Chatghost")]))

    def test_a_silent_assistant_keeps_nobody_waiting(self):
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "127.0.0.1")
        own = self.command(kind="assistant", words="ask", secret="s3cret",
                           url="http://127.0.0.1:9/nobody", timeout=1)
        asked, real = [], type(own)._ask

        def ask(records, *args):
            asked.append(args)
            return real(records, *args)

        self._replace(type(own), "_ask", ask)
        for _each in range(3):
            message, said = self.say("ask x")
            self.assertEqual((message.outcome, len(said)), ("error", 1))
        self.assertEqual(len(asked), 1)
        dingding_chat_message._resting.clear()
        self.say("ask x")
        self.assertEqual(len(asked), 2)
        dingding_chat_message._resting.clear()

    def test_an_assistant_that_drips_is_left(self):
        """A byte now and then outlasts no time-out: the person is told."""
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "127.0.0.1")
        server = socket.socket()
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        server.listen(1)

        def drip():
            connection, _address = server.accept()
            with contextlib.suppress(OSError), contextlib.closing(connection):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
                for _number in range(900):
                    time.sleep(0.1)
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.daemon = True
        thread.start()
        self.command(kind="assistant", words="ask", secret="s3cret", timeout=1,
                     url="http://127.0.0.1:%d/" % server.getsockname()[1])
        with mute_logger(INBOX):
            message, said = self.say("ask x")
        dingding_chat_message._resting.clear()
        self.assertEqual((message.state, message.outcome), ("done", "error"))
        self.assertEqual(len(said), 1)
        # It was cut off; all of its answer takes a minute and a half.
        thread.join(30)
        self.assertFalse(thread.is_alive())

    def test_one_question_of_a_person_at_a_time(self):
        """Many questions to a slow assistant leave workers to the others."""
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "127.0.0.1")
        own = self.command(kind="assistant", words="ask", secret="s3cret",
                           url="http://127.0.0.1:9/slow", timeout=1)
        asked = []

        def ask(_commands, _url, _headers, body, _timeout):
            asked.append(body["text"])
            return "42"

        self._replace(type(own), "_ask", ask)
        self._replace(queue, "LOST_SECONDS", 600)
        first, second = [
            self.receive(self.data("ask %s" % words)) for words in ("one", "two")]
        first.write({"ask_id": own.id, "ask_words": "one", "state": "working"})
        self.env[MESSAGE]._process_row(second.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertEqual((asked, second.state), ([], "queued"))
        # Other commands, and other people, do not wait.
        self.assertIn("Commands", self.ask("help"))
        other = self.env["dingding.user"].create({
            "name": "Li", "userid": self.userids[1], "corp_id": self.corp.id,
            "user_id": self.user_system.id})
        self.assertIn("42", self.ask("ask three", userid=other.userid))
        # Nor does one wait for ever, if a worker was lost.
        first.write({"state": "queued"})
        self.work()
        second.write({"next_try": False})
        self.work()
        self.assertEqual(asked, ["three", "one", "two"])

    def test_a_group_that_is_deleted_meanwhile(self):
        """A private answer is not posted in a group as if it were a chat."""
        self.command()
        message = self.receive(self.data(
            "partner Chatpartner", group=self.group["open_conversation_id"]))
        call_as(self.user_manager, "dingding.group", "unlink", message.group_id.ids)
        self.work()
        self.assertEqual((self.said(), message.outcome), ([], "ignored"))

    def test_a_warning_with_a_button(self):
        """Odoo's reason is the same as without the button."""
        self.command()

        def warn(_command, *_args):
            raise RedirectWarning(  # pylint: disable=translation-required
                "Configure a journal first", 1, "Configure")

        self._replace(type(self.env["dingding.chat.command"]), "_run_find", warn)
        self.assertIn("Configure a journal first", self.ask("partner x"))

    def test_numbers_in_full(self):
        for number, text in ((1234567.5, "1234567.5"), (0, "0"), (-3.0, "-3"),
                             (0.1 + 0.2, "0.3"), (1e9, "1000000000")):
            self.assertEqual(amount(number), text)

    def test_one_unreadable_note_hides_no_others(self):
        self.env["dingding.chat.command"].search([]).unlink()
        hidden = self.env["res.country"].create({
            "name": "Hidden 47114711", "code": "Q7"})
        self.partner.country_id = hidden
        self.env["ir.rule"].create({
            "name": "Hide", "model_id": self.env.ref("base.model_res_country").id,
            "domain_force": "[('id', '!=', %d)]" % hidden.id})
        self.command(name="Parents", words="parent", note="{country_id.name}",
                     sequence=1, search_fields="name")
        self.command(name="Others", words="other", sequence=2, search_fields="name")
        text = self.ask("find Chatpartner")
        self.assertIn("Others", text)
        self.assertNotIn("Parents", text)
        self.assertNotIn("47114711", text)

    def test_no_search_by_what_one_may_not_read(self):
        """Odoo finds records by fields whose values it hides, up to 16."""
        self._replace(
            self.env["res.partner"]._fields["function"], "groups", "base.group_system")
        self.partner.function = "K4711"
        own = self.command(search_fields="name, function, parent_id.function")
        self.assertIn("Chatpartner", self.ask("partner Chatpartner"))
        self.assertNotIn("Chatpartner", self.ask("partner K4711"))
        own.search_fields = "function"
        self.assertIn("rights", self.ask("partner K4711"))
        self.assertIn("Nothing", self.ask("find K4711"))
        self.person.user_id = self.user_system
        self.assertIn("Chatpartner", self.ask("partner K4711"))

    def test_one_broken_command_hides_no_others(self):
        """The addon with its field was uninstalled."""
        self.env["dingding.chat.command"].search([]).unlink()
        for name, sequence in (("Broken", 1), ("Others", 2)):
            own = self.command(name=name, words=name.lower(), sequence=sequence)
            if name == "Broken":
                compat.flush(self.env)
                self.env.cr.execute(
                    "UPDATE dingding_chat_command SET domain = %s WHERE id = %s",
                    ["[('no_such_field', '=', 1)]", own.id])
                compat.forget(self.env)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_chat"):
            text = self.ask("find Chatpartner")
        self.assertIn("Others", text)

    def test_a_group_does_not_see_who_may_ask_what(self):
        self.command(
            name="Layoffs", words="layoffs", in_menu=True,
            allowed_group_ids=[(6, 0, [self.env.ref("base.group_user").id])])
        for words in ("help", "menu"):
            _message, said = self.say(words)
            self.assertIn("ayoffs", str(said[0]["msg"]))
            _message, said = self.say(words, group=self.group["open_conversation_id"])
            self.assertNotIn("ayoffs", str(said[0]["msg"]))

    # -- texts -------------------------------------------------------------------------

    def test_names_that_are_links(self):
        self.command(search_fields="name", note="{comment}")
        self.partner.write({
            "name": "Chatpay http://evil.example _now_ www.evil.example \u2063x",
            "comment": "HTTPS://evil.example"})
        text = self.ask("partner Chatpay")
        links = re.sub(r"\]\(dingtalk://dingtalkclient/page/link[^)]*\)", "]", text)
        for part in ("http://", "HTTPS://", "www.", "_now_", "\u2063"):
            self.assertNotIn(part, links)

    def test_values_in_markdown_of_actions(self):
        """A customer's name makes no link in what Odoo posts."""
        self.partner.write({
            "name": "[Pay](http://evil.example) **x** <a href='y'>z</a>\n# Big\n1. x",
            "website": "https://good.example/a_b"})
        text = placeholders.fill(
            "**{name}** [Site]({website})", self.partner, messages_body.harmless)
        self.assertNotIn("[Pay](", text)
        self.assertNotIn("<a", text)
        self.assertIn("[Site](https://good.example/a_b)", text)
        self.assertFalse(self.env[MESSAGE].search([("outcome", "=", "error")]))
