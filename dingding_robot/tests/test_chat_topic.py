# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import re
import time

from odoo.tools import html2plaintext

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .chat_case import MESSAGE, POST, ChatCase

DOWNLOAD = "/v1.0/robot/messageFiles/download"


@portable
class TestChatTopic(ChatCase):
    """Discussions go to the chat, and answers come back."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Chatpartner"})
        # Answering a discussion needs the right to write the document.
        group = self.env.ref("base.group_partner_manager")
        for user in (self.user_employee, self.user_system):
            user.write({compat.USER_GROUPS: [(4, group.id)]})

    def post(self, text="Please check", **values):
        """Write in the discussion as the administrator; name the person."""
        partner = compat.with_user(self.partner, self.user_system)
        values.setdefault("partner_ids", [self.user_employee.partner_id.id])
        message = partner.message_post(
            body=text, message_type="comment",
            subtype_id=self.env.ref("mail.mt_comment").id, **values)
        self.work()
        return message

    def number(self):
        """Return the number in the robot's last message."""
        return re.search(r"#(\d+)", self.text_of(self.said()[-1])).group(1)

    def last(self):
        """Return (author, text) of the newest message of the discussion."""
        compat.forget(self.env)
        message = self.env["mail.message"].search([
            ("model", "=", "res.partner"), ("res_id", "=", self.partner.id),
            ("message_type", "=", "comment")], order="id desc", limit=1)
        return message.author_id, html2plaintext(message.body or "").strip()

    def test_there_and_back(self):
        self.post("Please <b>check</b> [this](http://evil.example)")
        (sent,) = self.said()
        self.assertEqual((sent["userid"], sent["way"]), (self.person.userid, "api"))
        self.assertIn("Please", self.text_of(sent))
        self.assertNotIn("[this]", self.text_of(sent))
        message, said = self.say("#%s Looks <good>" % self.number())
        self.assertEqual(message.outcome, "answered")
        self.assertIn("Posted", self.text_of(said[0]))
        self.assertEqual(
            self.last(), (self.user_employee.partner_id, "Looks <good>"))
        # Messages from DingTalk are not sent back.
        self.assertEqual(len(self.said()), 2)
        self.assertEqual(self.env[POST].search_count([]), 1)

    def test_chinese_without_a_space(self):
        self.post()
        number = self.number()
        for text in ("#%s\u540c\u610f", "\uff03%s\uff0c\u540c\u610f",
                     "\u56de\u590d %s\u540c\u610f"):
            self.assertIn("Posted", self.ask(text % number), text)
            self.assertEqual(self.last()[1], "\u540c\u610f")
        before = self.last()
        for text in ("#%sth", "#%s" + "0" * 12):
            self.assertNotIn("Posted", self.ask(text % number), text)
        self.assertEqual(self.last(), before)

    def test_people_without_an_address(self):
        """Many employees have DingTalk only; Odoo wants an e-mail of each author."""
        self.post()
        self.user_employee.email = False
        self.say("#%s no e-mail" % self.number())
        self.assertEqual(
            self.last(), (self.user_employee.partner_id, "no e-mail"))

    def test_what_is_not_sent(self):
        self.partner.sudo().message_post(
            body="note", message_type="comment",
            subtype_id=self.env.ref("mail.mt_note").id,
            partner_ids=[self.user_employee.partner_id.id])
        self.post("to nobody", partner_ids=[])
        self.corp.chat_replies = False
        self.post("off")
        self.assertEqual(self.said(), [])

    def test_nobody_hears_answers(self):
        """While the chat is closed, messages go out without a number."""
        self.corp.chat = False
        self.post()
        text = self.text_of(self.said()[-1])
        self.assertIn("Please check", text)
        self.assertNotIn("#", text)

    def test_who_may_answer(self):
        self.post()
        number = self.number()
        before = self.last()
        # Another person does not learn whether the number exists.
        other = self.env["dingding.user"].create({
            "name": "Li", "userid": self.userids[1], "corp_id": self.corp.id,
            "user_id": self.user_system.id})
        for text in ("#%s me too" % number, "#999999 me too"):
            answer = self.ask(text, userid=other.userid)
            self.assertIn("no discussion", answer)
        self.assertEqual(self.last(), before)
        # In a group the number of the person counts for the person only.
        self.say("#%s in a group" % number, group=self.group["open_conversation_id"])
        self.assertEqual(self.last()[1], "in a group")
        self.corp.chat_replies = False
        self.assertIn("disabled", self.ask("#%s x" % number))

    def test_rights_at_the_time_of_the_answer(self):
        self.post()
        number = self.number()
        self.env["ir.rule"].create({
            "name": "Hide", "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": "[('id', '!=', %d)]" % self.partner.id})
        before = self.last()
        message, said = self.say("#%s x" % number)
        self.assertEqual(message.outcome, "refused")
        self.assertNotIn("Chatpartner", self.text_of(said[0]))
        self.assertEqual(self.last(), before)
        # Nor is anything sent to whom may not read it.
        count = len(self.said())
        self.partner.sudo().message_post(
            body="hidden", message_type="comment",
            subtype_id=self.env.ref("mail.mt_comment").id,
            partner_ids=[self.user_employee.partner_id.id])
        self.work()
        self.assertEqual(len(self.said()), count)

    def test_files(self):
        self.post()
        number = self.number()
        file = base64.b64encode(b"the drawing").decode()
        self.assertIn("Which discussion", self.ask(
            "", msgtype="file", filename="a.txt", file=file))
        self.say("#%s with files" % number)
        message, said = self.say("", msgtype="file", filename="a.txt", file=file)
        self.assertIn("Posted", self.text_of(said[0]))
        attachment = self.env["ir.attachment"].search([
            ("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)])
        self.assertEqual(attachment.name, "a.txt")
        self.assertEqual(base64.b64decode(attachment.datas), b"the drawing")
        self.assertEqual(message.topic_id.id, int(number))
        picture = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
        self.say("", msgtype="picture", file=picture)
        self.assertEqual(len(self.env["ir.attachment"].search([
            ("res_model", "=", "res.partner"), ("name", "=", "1.png")])), 1)

    def test_files_of_readers(self):
        """Readers of some documents, such as tasks, discuss them too."""
        self._replace(type(self.env["res.partner"]), "_mail_post_access", "read")
        group = self.env.ref("base.group_partner_manager")
        self.user_employee.write({compat.USER_GROUPS: [(3, group.id)]})
        self.post()
        self.say("#%s with files" % self.number())
        file = base64.b64encode(b"<html><script>1</script></html>").decode()
        _message, said = self.say("", msgtype="file", filename="a.html", file=file)
        self.assertIn("Posted", self.text_of(said[0]))
        attachment = self.env["ir.attachment"].search([
            ("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)])
        self.assertEqual(
            (attachment.name, attachment.mimetype), ("a.html", "text/plain"))

    def test_the_first_messages_of_a_day(self):
        """Two of them note at the same time that the number is in use."""
        self.post()
        self.env.cr.execute(
            "UPDATE dingding_chat_topic SET used_at = used_at - interval '2 days';"
            " CREATE FUNCTION dingding_test_conflict() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'concurrent update'"
            " USING ERRCODE = 'serialization_failure'; END $$;"
            " CREATE TRIGGER dingding_test_conflict BEFORE UPDATE"
            " ON dingding_chat_topic FOR EACH ROW"
            " EXECUTE PROCEDURE dingding_test_conflict()")
        compat.forget(self.env)
        self.post("The second one")
        self.assertIn("The second one", self.text_of(self.said()[-1]))

    def test_files_do_not_overtake_their_number(self):
        """Two workers answer what a person has written and sent at once."""
        self.post()
        file = base64.b64encode(b"the drawing").decode()
        first = self.receive(self.data("#%s with files" % self.number()))
        second = self.receive(
            self.data("", msgtype="file", filename="a.txt", file=file))
        self.env[MESSAGE]._process_row(second.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertEqual((second.state, second.handled_at), ("queued", False))
        self.env[MESSAGE]._process_row(first.id, time.monotonic() + 60)
        second.write({"next_try": False})
        self.work()
        self.assertEqual(second.topic_id, first.topic_id)
        self.assertTrue(self.env["ir.attachment"].search([
            ("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id),
            ("name", "=", "a.txt")]))

    def test_files_wait_for_nobody_long(self):
        self.post()
        self.say("#%s with files" % self.number())
        stuck = self.receive(self.data("help"))
        self.env.cr.execute(
            "UPDATE dingding_chat_message SET state = 'working', create_date ="
            " create_date - interval '2 minutes' WHERE id = %s", stuck.ids)
        compat.forget(self.env)
        file = base64.b64encode(b"the drawing").decode()
        second = self.receive(
            self.data("", msgtype="file", filename="a.txt", file=file))
        self.env[MESSAGE]._process_row(second.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertEqual(second.state, "done")

    def test_files_that_fail(self):
        self.post()
        self.say("#%s first" % self.number())
        count = self.env["ir.attachment"].search_count([])
        self.corp.chat_file_size = 0
        file = base64.b64encode(b"x" * 100).decode()
        self.assertIn("too large", self.ask("", msgtype="file", file=file))
        self.corp.chat_file_size = 10
        self.assertIn("expired", self.ask(
            "", msgtype="file", file=file, expired=True))
        self.assertEqual(self.env["ir.attachment"].search_count([]), count)
        self.simulator.fault("http_500", DOWNLOAD, times=9)
        message = self.receive(self.data("", msgtype="file", file=file))
        self.work()
        self.assertEqual(message.state, "retry")

    def test_two_accounts_of_a_person(self):
        """The document's company decides, as for to-dos; else the user's."""
        company = self.env["res.company"].create({"name": "Other"})
        corp = self.corp.copy({
            "name": "Other Org", "company_id": company.id, "chat_replies": True})
        self.user_employee.write({"company_ids": [(4, company.id)]})
        other = self.env["dingding.user"].create({
            "name": "Zhang", "userid": "zhang2", "corp_id": corp.id,
            "user_id": self.user_employee.id})
        posts = self.env[POST]
        for own, person in (
            (company, other), (self.corp.company_id, self.person),
            (company.browse(), self.person),
        ):
            self.partner.company_id = own
            before = posts.search([])
            self.partner.with_context(mail_create_nosubscribe=True).message_post(
                body="Please check", message_type="comment",
                subtype_id=self.env.ref("mail.mt_comment").id,
                partner_ids=self.user_employee.partner_id.ids)
            self.assertEqual(
                (posts.search([]) - before).mapped("person_id"), person)
        # One that sends no discussions is passed over.
        corp.chat_replies = False
        self.partner.company_id = company
        before = posts.search([])
        self.partner.message_post(
            body="Please check", message_type="comment",
            subtype_id=self.env.ref("mail.mt_comment").id,
            partner_ids=self.user_employee.partner_id.ids)
        self.assertEqual(
            (posts.search([]) - before).mapped("person_id"), self.person)

    def test_groups(self):
        group = self.env["dingding.group"].sudo()._met(
            self.corp, self.group["open_conversation_id"], "G")
        group.sudo().write({
            "res_model": "res.partner", "res_id": self.partner.id,
            "posts_discussions": True})
        self.post("for all", partner_ids=[])
        (sent,) = self.said()
        self.assertEqual(sent["group"], group.conversation_id)
        self.say("#%s agreed" % self.number(), group=group.conversation_id)
        self.assertEqual(self.last()[1], "agreed")
        self.assertEqual(self.env[POST].search_count([]), 1)
        # The number belongs to the group, not to its members alone.
        number = self.env["dingding.chat.topic"].search([]).id
        self.assertIn("no discussion", self.ask("#%d alone" % number))

    def test_followers_answer_what_notifications_told_them(self):
        """One number for all of them, since they get one text."""
        corp, partner = self.corp.sudo(), self.partner
        number = corp._discussion_number("res.partner", partner.id)
        self.assertTrue(number)
        self.assertEqual(corp._discussion_number("res.partner", partner.id), number)
        self.assertIn("Posted", self.ask("#%d read it" % number))
        self.assertEqual(self.last(), (self.user_employee.partner_id, "read it"))
        # In a group too, and the group does not see what was answered.
        _message, said = self.say(
            "#%d there" % number, group=self.group["open_conversation_id"])
        self.assertEqual(self.last()[1], "there")
        self.assertNotIn("Chatpartner", self.text_of(said[-1]))
        before = self.last()
        # Without access to the document, people do not learn that the number exists.
        self.env["ir.rule"].create({
            "name": "Hide", "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": "[('id', '!=', %d)]" % partner.id})
        self.assertEqual(
            self.ask("#%d x" % number).replace(str(number), "N"),
            self.ask("#999999 x").replace("999999", "N"))
        self.assertEqual(self.last(), before)
        for values in ({"chat_replies": False}, {"chat_replies": True, "chat": False}):
            corp.write(values)
            self.assertEqual(corp._discussion_number("res.partner", partner.id), 0)
        self.assertEqual(corp._discussion_number("no.model", 1), 0)

    def test_purge(self):
        self.post()
        self.say("help")
        self.env.cr.execute(
            "UPDATE dingding_chat_topic SET create_date = create_date - interval"
            " '100 days', used_at = used_at - interval '100 days'")
        self.env.cr.execute(
            "UPDATE dingding_chat_message SET create_date = create_date - interval"
            " '100 days'")
        compat.forget(self.env)
        self.env["dingding.purge"]._cron_purge()
        self.assertFalse(self.env["dingding.chat.topic"].search([]))
        self.assertFalse(self.env[MESSAGE].search([]))
