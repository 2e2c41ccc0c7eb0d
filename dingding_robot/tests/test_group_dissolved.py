# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_callback import payload

from .chat_case import POST, ChatCase

CREATE, UPDATE = "/v1.0/im/group/create", "/v1.0/im/group/update"
ASK, SEND = "/chat/get", "/v1.0/robot/groupMessages/send"
GROUP, RULE = "dingding.group", "dingding.group.rule"


@portable
class TestGroupDissolved(ChatCase):
    """The owner dissolves a group in DingTalk; nothing brings it back by itself."""

    def setUp(self):
        super().setUp()
        self.other = self.env["dingding.user"].create({
            "name": "Other", "userid": self.userids[1], "corp_id": self.corp.id,
            "user_id": self.user_dingtalk.id})
        self.partner = self.env["res.partner"].create({
            "name": "Case", "ref": "dissolved", "user_id": self.user_employee.id})
        self.rule = self.env[RULE].create({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain": "[('ref', '=', 'dissolved')]", "group_name": "{name}",
            "owner_path": "user_id", "member_paths": "user_id, child_ids.user_id",
            "posts_discussions": True})
        self.group = self.follow()
        self.assertEqual((len(self.group), self.group.state), (1, "done"))

    def dissolve(self, group=None):
        conversation = (group or self.group).conversation_id
        self.simulator.control("POST", "/groups/%s/dismiss" % conversation, {})
        return [each for each in self.simulator.control("GET", "/events/log")
                if each["event_type"] == "chat_disband"]

    def calls(self, path):
        return self.simulator.calls()["by_path"].get(path, 0)

    def assertDissolved(self, group=None):
        group = group or self.group
        compat.forget(self.env)
        self.assertTrue(group.dissolved_at)
        self.assertEqual(
            (group.active, group.state, group.posts_discussions),
            (False, "done", False))
        self.assertIn("dissolved", group.last_error)
        self.assertIn("create it again", group.remedy)

    def push(self, body):
        """Take an event as over HTTP; return its row, processed."""
        events = self.env["dingding.event"]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events = events.with_env(self.env(cr=cr))
            app = self.app.with_env(self.env(cr=cr))
            self.assertTrue(events._store(app, payload.from_push(body), "http"))
        while self.env["dingding.event"]._process():
            pass
        compat.forget(self.env)
        return self.env["dingding.event"].search([], limit=1)

    def test_told_by_an_event(self):
        data = self.dissolve()[-1]["data"]
        calls = self.calls(ASK)
        row = self.push(dict(data, EventType="chat_disband", eventId="dissolved-1"))
        self.assertEqual((row.state, row.title), ("done", "Group dissolved: Case"))
        self.assertDissolved()
        self.assertEqual(self.calls(ASK), calls)
        # In the style of earlier captures, of a group that nobody knows.
        row = self.push({
            "EventType": "chat_disband", "ChatId": "chatnobody", "eventId": "2",
            "OpenConversationId": ""})
        self.assertEqual(row.state, "done")

    def test_the_robot_is_added_to_a_group(self):
        """An application with a cool app is told so, before anybody names it with @."""
        groups = self.env[GROUP].with_context(active_test=False)
        event = {"EventType": "im_cool_app_install", "eventId": "added-1",
                 "openConversationId": "cidadded==", "robotCode": self.app.app_key}
        self.assertEqual(self.push(event).state, "done")
        group = groups.search([("conversation_id", "=", "cidadded==")])
        self.assertEqual(
            (group.origin, group.has_robot, group.state, bool(group.name)),
            ("met", True, "done", True))
        # Once more, and by a message that knows its name.
        self.push(dict(event, eventId="added-2"))
        self.assertEqual(
            groups.search_count([("conversation_id", "=", "cidadded==")]), 1)
        self.push(dict(event, EventType="im_cool_app_uninstall", eventId="added-3"))
        self.assertFalse(group.has_robot)
        # A dissolved group cannot get a robot: it exists.
        self.push(dict(
            self.dissolve()[-1]["data"], EventType="chat_disband", eventId="added-4"))
        self.assertDissolved()
        self.push(dict(event, eventId="added-5",
                       openConversationId=self.group.conversation_id))
        self.assertTrue(self.group.active and self.group.has_robot)
        self.assertFalse(self.group.dissolved_at)
        for odd in (None, 5, [], {"a": 1}, "x" * 5000):
            row = self.push(dict(
                event, eventId="odd-%r" % (odd,), openConversationId=odd))
            self.assertEqual(row.state, "done")

    def test_two_at_once(self):
        """Events of one type are not about one subject."""
        self.env["res.partner"].create({
            "name": "Second", "ref": "dissolved", "user_id": self.user_employee.id})
        self.follow()
        groups = self.rule.made_group_ids
        self.assertEqual(len(groups), 2)
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events = self.env["dingding.event"].with_env(self.env(cr=cr))
            app = self.app.with_env(self.env(cr=cr))
            for number, group in enumerate(groups):
                data = self.dissolve(group)[-1]["data"]
                self.assertTrue(events._store(app, payload.from_push(dict(
                    data, EventType="chat_disband", eventId="at-once-%d" % number)),
                    "stream"))
        while self.env["dingding.event"]._process():
            pass
        for group in groups:
            self.assertDissolved(group)

    def test_an_event_of_another_organisation_changes_nothing(self):
        other = self.env["dingding.corp"].create(
            {"name": "Other", "corp_id": "dingother", "app_key": "dingotherkey"})
        data = self.dissolve()[-1]["data"]
        self.app = other.app_id
        row = self.push(dict(data, EventType="chat_disband", eventId="dissolved-3"))
        self.assertEqual((row.state, row.corp_id), ("done", other))
        self.assertFalse(self.group.dissolved_at)

    def test_found_by_a_message(self):
        posts = self.group.send_text("One") | self.group.send_text("Two")
        posts = self.env[POST].browse(posts.ids)
        self.dissolve()
        sent = self.calls(SEND)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        self.assertDissolved()
        self.assertEqual(posts.mapped("state"), ["failed", "failed"])
        self.assertIn("dissolved", posts[0].last_error)
        # The second is not tried any longer.
        self.assertEqual(self.calls(SEND), sent + 1)
        with self.assertRaises(UserError):
            self.group.send_text("Three")

    def test_found_by_a_change(self):
        self.dissolve()
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.follow()
        self.assertDissolved()
        self.assertEqual(self.calls(ASK), 1)

    def test_a_refused_change_of_a_group_that_exists(self):
        self.other.userid = "nobody-there"
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.follow()
        self.assertEqual((self.group.state, self.group.active), ("failed", True))
        self.assertFalse(self.group.dissolved_at)

    def test_without_the_permission_to_ask(self):
        self.simulator.fault("permission", ASK, times=9)
        self.dissolve()
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.follow()
        # It stays what it was: refused, for a manager to look at.
        self.assertEqual((self.group.state, self.group.dissolved_at), ("failed", False))

    def test_found_by_an_answer(self):
        key = self.group.conversation_id
        message = self.receive(self.data("help", group=key))
        self.dissolve()
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        compat.forget(self.env)
        self.assertEqual(message.state, "done")
        self.assertDissolved()

    def test_its_rule_leaves_it_alone(self):
        self.dissolve()
        self.group.send_text("x")
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        before = self.calls(CREATE), self.calls(UPDATE)
        self.partner.name = "Another name"
        self.assertEqual(self.follow(), self.group)
        self.env[RULE]._cron_follow()
        self.rule.write({"posts_discussions": True})
        self.work()
        self.assertEqual((self.calls(CREATE), self.calls(UPDATE)), before)
        self.assertEqual(self.group.name, "Case")

    def test_a_manager_creates_it_again(self):
        self.dissolve()
        self.group.send_text("x")
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        self.assertDissolved()
        with self.assertRaises(UserError):
            call_as(self.user_manager, GROUP, "write", self.group.ids, {"active": True})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, GROUP, "write", self.group.ids,
                    {"dissolved_at": False})
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, GROUP, "action_create_again", self.group.ids)
        old = self.group.conversation_id
        self.partner.name = "Another name"
        compat.flush(self.env)
        call_as(self.user_manager, GROUP, "action_create_again", self.group.ids)
        self.work()
        compat.forget(self.env)
        self.assertEqual((self.group.state, self.group.active), ("done", True))
        self.assertFalse(self.group.dissolved_at or self.group.last_error)
        self.assertNotIn(self.group.conversation_id, (old, False))
        self.assertEqual(
            (self.group.name, self.group.posts_discussions), ("Another name", True))
        # A late repetition of the event is about the old one.
        self.push({"EventType": "chat_disband", "OpenConversationId": old,
                   "ChatId": "", "eventId": "late"})
        self.assertTrue(self.group.active)
        # Once is enough.
        call_as(self.user_manager, GROUP, "action_create_again", self.group.ids)
        self.work()
        self.assertEqual(self.calls(CREATE), 2)

    def test_managers_are_told(self):
        self.dissolve()
        self.group.send_text("x")
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([
            ("corp_id", "=", self.corp.id), ("kind", "=", "group_dissolved")])
        self.assertEqual((alert.state, alert.count), ("open", 1))
        self.assertIn("create it again", alert.remedy)
        self.group.action_create_again()
        alerts._cron_check()
        compat.forget(self.env)
        self.assertEqual(alert.state, "solved")

    def test_who_writes_in_it_shows_that_it_exists(self):
        self.say("help", group=self.group_met()["open_conversation_id"])
        met = self.env[GROUP].search([("origin", "=", "met")])
        met.sudo().write(dict(met._dissolved_values()))
        self.say("help", group=met.conversation_id)
        self.assertTrue(met.active)
        self.assertFalse(met.dissolved_at or met.last_error)

    def group_met(self):
        return [each for each in self.simulator.control("GET", "/groups")
                if self.userids[0] in each["members"]
                and each["open_conversation_id"] != self.group.conversation_id][0]
