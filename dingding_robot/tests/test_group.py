# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
from urllib.parse import quote

import requests
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..dingtalk.groups import Groups
from .chat_case import POST
from .group_case import GROUP, RULE, GroupCase

CREATE, UPDATE = "/v1.0/im/group/create", "/v1.0/im/group/update"


@portable
class TestGroup(GroupCase):
    """Groups made from Odoo, and those that the robot meets."""

    def make(self, **values):
        group = self.env[GROUP].create(dict({
            "name": "Project X", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people[:2].ids)]}, **values))
        self.work()
        return group

    def calls(self, path):
        """Return how often an API was called."""
        return self.simulator.calls()["by_path"].get(path, 0)

    def there(self, group):
        """Return the group in DingTalk."""
        return [
            each for each in self.simulator.control("GET", "/groups")
            if each["open_conversation_id"] == group.conversation_id
        ][0]

    def buttons(self, user):
        """Return the smart buttons of a partner's form that open groups."""
        partners = compat.with_user(self.env["res.partner"], user)
        if hasattr(partners, "get_view"):
            arch = partners.get_view(view_type="form")["arch"]
        else:
            arch = partners.fields_view_get(view_type="form")["arch"]
        action = self.env.ref("dingding_robot.dingding_group_action_record")
        return etree.fromstring(arch).xpath("//button[@name='%d']" % action.id)

    def test_written_by_hand(self):
        """DingTalk users write to the groups that they see."""
        group = self.make()
        send = "dingding.group.send"
        values = {
            "chat_ids": [(6, 0, group.ids)], "text": " Lunch at noon ",
            "file": base64.b64encode(b"menu").decode(), "filename": "menu.pdf"}
        for user in (self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                call_as(user, send, "create", values)
        opened = call_as(self.user_dingtalk, GROUP, "action_write", group.ids)
        self.assertEqual(
            opened["context"]["default_chat_ids"], [[6, 0, group.ids]])
        row = self.env[send].browse(call_as(self.user_dingtalk, send, "create", values))
        self.assertEqual(row.cost, "Calls: 2")
        action = call_as(self.user_dingtalk, send, "action_send", row.ids)
        posts = self.env[POST].search(action["domain"])
        self.assertEqual(len(posts), 2)
        self.work()
        self.assertEqual(posts.mapped("state"), ["done", "done"])
        sent = self.said()[-2:]
        self.assertIn("Lunch at noon", str(sent[0]["msg"]))
        self.assertEqual(sent[1]["msg"]["msgtype"], "sampleFile")
        self.assertIn("menu.pdf", str(sent[1]["msg"]))
        self.assertEqual(posts.mapped("sender_id"), self.user_dingtalk)
        attachment = posts.mapped("attachment_id")
        self.assertEqual(attachment.res_model, POST)
        # Others' groups, and nothing to say.
        group.sudo().write({"res_model": "res.partner", "res_id": 1})
        row = self.env[send].browse(call_as(
            self.user_dingtalk, send, "create", dict(values, chat_ids=[])))
        with self.assertRaises(UserError):
            call_as(self.user_dingtalk, send, "action_send", row.ids)
        row.write({"chat_ids": [(6, 0, group.ids)]})
        with self.assertRaises(UserError):
            call_as(self.user_dingtalk, send, "action_send", row.ids)
        self.assertEqual(self.env[POST].search_count([]), 2)

    def test_a_document_leads_to_its_group(self):
        self.assertEqual(self.buttons(self.user_manager), [])
        rule = self.env[RULE].create({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain": "[('ref', '=', 'nobody')]"})
        for _each in range(2):
            # The second one comes out of a cache.
            for user in (self.user_manager, self.user_dingtalk):
                button, = self.buttons(user)
                self.assertEqual(button.get("type"), "action")
            # People without access to groups.
            self.assertEqual(self.buttons(self.user_employee), [])
        rule.unlink()
        self.assertEqual(self.buttons(self.user_manager), [])

    def test_create_and_change(self):
        group = self.make()
        self.assertEqual(group.state, "done")
        there = self.there(group)
        self.assertEqual((there["title"], there["owner"]),
                         ("Project X", self.person.userid))
        self.assertEqual(set(there["members"]), set(self.people[:2].mapped("userid")))
        group.write({
            "name": "Project Y", "owner_id": self.people[2].id,
            "member_ids": [(6, 0, self.people[2].ids)]})
        self.assertEqual(group.state, "queued")
        self.work()
        there = self.there(group)
        self.assertEqual((there["title"], there["owner"], there["members"]),
                         ("Project Y", self.people[2].userid,
                          [self.people[2].userid]))
        calls = self.calls(UPDATE)
        group._enqueue()
        self.work()
        self.assertEqual(self.calls(UPDATE), calls)

    def test_changed_while_dingtalk_is_told(self):
        """A change made during the call is not taken for sent."""
        groups = type(self.env[GROUP])
        real, members = groups._remember, self.people[:1].ids

        def remember(row, values, added=None):
            result = real(row, values, added)
            if "chatid" in values:
                # As a manager commits it while the worker waits for DingTalk.
                row.sudo().write({"member_ids": [(6, 0, members)]})
            return result

        self._replace(groups, "_remember", remember)
        group = self.make()
        self.work()
        self.assertEqual(group.state, "done")
        self.assertEqual(self.there(group)["members"], [self.person.userid])

    def lost(self, **values):
        """Change a group; DingTalk does it, and its answers are lost."""
        group = self.make(member_ids=[(6, 0, self.people[:2].ids)])
        fault = self.simulator.fault("reset_after", UPDATE, times=100)
        self.assertTrue(fault)
        group.write(values)
        self.work()
        self.assertEqual(group.state, "retry")
        self.simulator.clear_faults()
        return group

    def test_answer_of_a_change_lost(self):
        """A change with an unknown outcome is repeated, or undone."""
        one, two, three = self.people.mapped("userid")
        # One who was removed, and may return.
        group = self.lost(member_ids=[(6, 0, self.people[:1].ids)])
        self.assertEqual(self.there(group)["members"], [one])
        group.member_ids = self.people[:2]
        self.work()
        self.assertEqual(set(self.there(group)["members"]), {one, two})
        # One who was added, and must not stay.
        group = self.lost(member_ids=[(6, 0, self.people.ids)])
        self.assertIn(three, self.there(group)["members"])
        group.member_ids = self.people[:2]
        self.work()
        self.assertEqual(set(self.there(group)["members"]), {one, two})
        group = self.lost(name="Other", owner_id=self.people[1].id)
        self.assertEqual(self.there(group)["title"], "Other")
        self.assertEqual(self.there(group)["owner"], two)
        group.write({"name": "Project X", "owner_id": self.person.id})
        self.work()
        there = self.there(group)
        self.assertEqual((there["title"], there["owner"]), ("Project X", one))
        self.assertEqual(group.state, "done")
        calls = self.calls(UPDATE)
        group._enqueue()
        self.work()
        self.assertEqual(self.calls(UPDATE), calls)

    def test_a_change_that_is_refused(self):
        """A refused person is not removed when no longer wanted."""
        group = self.make()
        self.people[2].userid = "unknown-there"
        group.member_ids = self.people
        self.work()
        self.assertEqual(group.state, "failed")
        calls = self.calls(UPDATE)
        group.member_ids = self.people[:2]
        self.work()
        self.assertEqual((group.state, self.calls(UPDATE)), ("done", calls))

    def test_a_worker_is_overtaken(self):
        """A worker that has lost its lock stores nothing that another made untrue."""
        group = self.make()
        both, before, real = self.people[:2].ids, group.sent_json, Groups.update
        others = [True]

        def update(groups, *args, **kwargs):
            result = real(groups, *args, **kwargs)
            if others and others.pop():
                # Another one found that both belong there, and nothing to do.
                group.sudo().write({"member_ids": [(6, 0, both)]})
                group.sudo().write({"sent_json": before, "state": "done"})
                compat.flush(self.env)
            return result

        self._replace(Groups, "update", update)
        group.member_ids = self.people[:1]
        self.work()
        self.assertFalse(others)
        self.assertEqual(group.state, "done")
        self.assertEqual(set(self.there(group)["members"]),
                         set(self.people[:2].mapped("userid")))

    def test_many_members(self):
        people = self.env["dingding.user"].browse()
        for number in range(60):
            person = self.simulator.control(
                "POST", "/users", {"name": "M%d" % number})
            people |= self.env["dingding.user"].create({
                "name": "M%d" % number, "userid": person["userid"],
                "corp_id": self.corp.id})
        group = self.make()
        group.member_ids = people
        self.work()
        self.assertEqual(group.state, "done")
        self.assertEqual(len(self.there(group)["members"]), 61)
        group.member_ids = self.people[:1]
        self.work()
        self.assertEqual(len(self.there(group)["members"]), 1)

    def test_answer_lost(self):
        """A creation with an unknown result is not repeated by itself."""
        self.simulator.fault("reset_after", CREATE)
        group = self.make()
        self.assertEqual(group.state, "unknown")
        self.assertEqual(self.calls(CREATE), 1)
        call_as(self.user_manager, GROUP, "action_retry", group.ids)
        self.work()
        self.assertEqual((group.state, bool(group.chatid)), ("done", True))

    def test_a_change_repeats_no_creation(self):
        """Its result is unknown: only a person decides, whatever a rule changes."""
        self.simulator.fault("reset_after", CREATE)
        group = self.make()
        self.assertEqual(group.state, "unknown")
        group.write({"name": "Project Y", "member_ids": [(6, 0, self.people.ids)]})
        self.work()
        self.assertEqual((group.state, self.calls(CREATE)), ("unknown", 1))
        self.assertTrue(group.last_error)
        call_as(self.user_manager, GROUP, "action_retry", group.ids)
        self.work()
        self.assertEqual((group.state, self.calls(CREATE)), ("done", 2))
        self.assertEqual(self.there(group)["title"], "Project Y")

    def test_refused(self):
        self.person.userid = "unknown-there"
        group = self.make()
        self.assertEqual(group.state, "failed")
        self.person.userid = self.userids[0]
        group._enqueue()
        self.work()
        self.assertEqual(group.state, "done")

    def test_limits(self):
        for values in ({"name": "x" * 21}, {"owner_id": False}):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.make(**values)
        other = self.env["dingding.corp"].create(
            {"name": "Other", "corp_id": "dingother", "app_key": "dingotherkey"})
        stranger = self.env["dingding.user"].create(
            {"name": "S", "userid": "s", "corp_id": other.id})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.make(member_ids=[(6, 0, stranger.ids)])

    def test_sending(self):
        group = self.make()
        group.send_text("Hello")
        group.send_markdown("Title", "**Bold**")
        group.send_record(self.env["res.partner"].create({"name": "Chat[x]"}), "Look")
        attachment = self.env["ir.attachment"].create({
            "name": "a.pdf", "datas": base64.b64encode(b"%PDF"),
            "res_model": "res.partner", "res_id": 1})
        group.send_file(attachment)
        self.work()
        said = [each["msg"] for each in self.said()]
        self.assertEqual([each["msgtype"] for each in said],
                         ["sampleText", "sampleMarkdown", "sampleMarkdown",
                          "sampleFile"])
        self.assertNotIn("[x]", str(said[2]))
        self.assertEqual(set(self.env[POST].search([]).mapped("state")), {"done"})
        attachment.name = "a.exe"
        with self.assertRaises(UserError):
            group.send_file(attachment)
        with self.assertRaises(UserError):
            group.send_text("x" * 20000)
        group.active = False
        with self.assertRaises(UserError):
            group.send_text("Hello")

    def test_a_file_is_sent_as_it_was_checked(self):
        """Users who may write the document may replace its files meanwhile."""
        group = self.make()
        attachment = self.env["ir.attachment"].create({
            "name": "a.pdf", "datas": base64.b64encode(b"%PDF checked"),
            "res_model": "res.partner", "res_id": self.user_employee.partner_id.id})
        posts = compat.with_user(group, self.user_dingtalk).send_file(
            attachment) + group.send_file(attachment)
        attachment.write({
            "name": "a.exe", "datas": base64.b64encode(b"MZ not checked")})
        self.work()
        self.assertEqual(set(posts.sudo().mapped("state")), {"done"})
        sent = [each["msg"] for each in self.said()[-2:]]
        for msg in sent:
            self.assertEqual(
                [msg[msg["msgtype"]][key] for key in ("fileName", "fileType")],
                ["a.pdf", "pdf"])
            url = "%s/media/%s" % (
                self.simulator.control_url,
                quote(msg[msg["msgtype"]]["mediaId"], safe=""))
            self.assertEqual(
                requests.get(url, timeout=120).content, b"%PDF checked")
        copies = posts.sudo().mapped("attachment_id")
        self.assertEqual(len(copies), 2)
        for method, args in (
            ("write", [{"datas": base64.b64encode(b"MZ").decode()}]), ("unlink", []),
        ):
            for user in (self.user_dingtalk, self.user_manager, self.user_system):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, "ir.attachment", method, copies.ids, *args)
        # A message about a document, which managers need not be allowed to read.
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "ir.attachment", "read", copies.ids, ["datas"])

    def test_messages_wait_for_the_group(self):
        group = self.env[GROUP].create({
            "name": "Project", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people.ids)]})
        post = group.send_text("Hello")
        self.env[POST]._process()
        compat.forget(self.env)
        self.assertEqual(post.sudo().state, "queued")
        self.env[GROUP]._process()
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual(post.sudo().state, "done")

    def test_message_lost(self):
        group = self.make()
        self.simulator.fault("reset_after", "/v1.0/robot/groupMessages/send")
        post = group.send_text("Hello")
        self.work()
        self.assertEqual(post.sudo().state, "unknown")
        self.assertEqual(len(self.said()), 1)

    def test_met(self):
        self.say("help", group=self.group["open_conversation_id"])
        group = self.env[GROUP].search([("origin", "=", "met")])
        self.assertEqual((group.name, group.has_robot), (self.group["title"], True))
        group.send_text("Hello")
        self.work()
        self.assertEqual(self.said()[-1]["group"], group.conversation_id)
        self.say("help", group=self.group["open_conversation_id"])
        self.assertEqual(self.env[GROUP].search_count([("origin", "=", "met")]), 1)
        self.env.cr.execute("SELECT ctid FROM dingding_group WHERE id = %s", group.ids)
        before = self.env.cr.fetchone()
        self.say("menu", group=self.group["open_conversation_id"])
        # Each write conflicts with who changes the group, and waits for them.
        self.env.cr.execute("SELECT ctid FROM dingding_group WHERE id = %s", group.ids)
        self.assertEqual(self.env.cr.fetchone(), before)
        self.receive(dict(
            self.data("help", group=self.group["open_conversation_id"]),
            conversationTitle="New title"))
        self.assertEqual(group.name, "New title")
        # Odoo does not change what people have made.
        group.name = "Mine"
        self.work()
        self.assertDingTalkNotCalled(UPDATE)

    # -- rules -------------------------------------------------------------------------

    def rule(self, **values):
        return self.env[RULE].create(dict({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain": "[('ref', '=', 'chatgroup')]", "group_name": "P: {name}",
            "owner_path": "user_id", "member_paths": "user_id, child_ids.user_id",
        }, **values))

    def test_rule(self):
        partner = self.env["res.partner"].create({
            "name": "A partner with a very long name", "ref": "chatgroup",
            "user_id": self.user_employee.id})
        without = self.env["res.partner"].create({"name": "B", "ref": "chatgroup"})
        rule = self.rule()
        rule.action_run()
        self.work()
        group = rule.made_group_ids
        self.assertEqual((group.res_id, group.record_name), (partner.id, partner.name))
        self.assertEqual(self.there(group)["title"], "P: A partner with a")
        self.assertFalse(self.env[GROUP].search([("res_id", "=", without.id)]))
        self.people[1].user_id = self.user_dingtalk
        self.env["res.partner"].create({
            "name": "Child", "parent_id": partner.id,
            "user_id": self.user_dingtalk.id})
        compat.forget(self.env)
        self.env[RULE]._cron_follow()
        self.work()
        self.assertEqual(set(self.there(group)["members"]),
                         set(self.people[:2].mapped("userid")))
        calls = self.calls(UPDATE)
        self.env[RULE]._cron_follow()
        self.work()
        self.assertEqual(self.calls(UPDATE), calls)
        group.active = False
        self.env[RULE]._cron_follow()
        self.work()
        self.assertEqual(self.calls(CREATE), 1)

    def test_server_action(self):
        partner = self.env["res.partner"].create({
            "name": "A", "ref": "chatgroup", "user_id": self.user_employee.id})
        rule = self.rule()
        rule.action_run()
        self.work()
        action = self.env["ir.actions.server"].create({
            "name": "Tell", "state": "dingding_message", "dingding_to": "chat_group",
            "model_id": self.env.ref("base.model_res_partner").id,
            "dingding_text": "{name} has changed"})
        action.with_context(active_model="res.partner", active_id=partner.id,
                            active_ids=partner.ids).run()
        self.work()
        self.assertIn("A has changed", self.text_of(
            {"msg": dict(self.said()[-1]["msg"])}))

    def test_rules_that_cannot_work(self):
        for values in ({"owner_path": "nothing"}, {"member_paths": "name"},
                       {"domain": "[('x', '=', 1)]"}, {"group_name": "{nothing}"}):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.rule(**values)

    # -- rights ------------------------------------------------------------------------

    def test_who_may_do_what(self):
        group = self.make()
        rule = self.rule()
        for user in (self.user_public, self.user_portal, self.user_employee):
            with self.assertRaises(AccessError):
                call_as(user, GROUP, "read", group.ids, ["name"])
            with self.assertRaises(AccessError):
                call_as(user, GROUP, "send_text", group.ids, "x")
        call_as(self.user_dingtalk, GROUP, "send_text", group.ids, "x")
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, GROUP, "write", group.ids, {"name": "x"})
        call_as(self.user_manager, GROUP, "write", group.ids, {"name": "New name"})
        for vals in ({"chatid": "x"}, {"conversation_id": "x"}, {"origin": "met"},
                     {"res_model": "res.users", "res_id": 1},
                     {"group_rule_id": rule.id}, {"posts_discussions": True}):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, GROUP, "write", group.ids, vals)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, RULE, "write", rule.ids, {"domain": "[]"})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, RULE, "action_run", rule.ids)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, POST, "create", {
                "name": "x", "corp_id": self.corp.id, "body": "{}",
                "sender_id": self.user_manager.id})

    def test_no_documents_by_the_back_door(self):
        """A manager reads no discussion through a group."""
        created = call_as(self.user_manager, GROUP, "create", {
            "name": "Spy", "corp_id": self.corp.id, "owner_id": self.person.id,
            "res_model": "res.users", "res_id": 1, "posts_discussions": True,
            "conversation_id": "cid", "origin": "met"})
        ids = created if isinstance(created, list) else [created]
        group = self.env[GROUP].browse(ids)
        self.assertEqual(
            (group.res_model, group.posts_discussions, group.origin,
             group.conversation_id), (False, False, "odoo", False))
        group.sudo().write({"group_rule_id": self.rule().id})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, GROUP, "write", group.ids,
                    {"member_ids": [(6, 0, self.people.ids)]})

    def test_organisation_of_a_group_that_exists(self):
        """Another organisation's application can neither change it nor post to it."""
        group = self.make()
        met = self.env[GROUP]._met(
            self.corp, self.group["open_conversation_id"], "Met")
        other = self.env["dingding.corp"].create({"name": "Other", "app_key": "other"})
        for each in (group, met):
            with self.assertRaises(UserError):
                call_as(self.user_manager, GROUP, "write", each.ids,
                        {"corp_id": other.id})
            call_as(self.user_manager, GROUP, "write", each.ids,
                    {"corp_id": self.corp.id, "name": "Renamed"})
            self.assertEqual(each.name, "Renamed")

    def test_other_companies(self):
        group = self.make()
        company = self.env["res.company"].create({"name": "Other"})
        self.corp.company_id = company
        self.assertEqual(
            call_as(self.user_manager, GROUP, "search", [("id", "=", group.id)]), [])
