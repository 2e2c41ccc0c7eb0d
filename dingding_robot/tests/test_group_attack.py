# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_callback import payload

from ..models import dingding_group, dingding_group_rule
from .chat_case import POST, ChatCase

GROUP, RULE = "dingding.group", "dingding.group.rule"
UPDATE = "/v1.0/im/group/update"


@portable
class TestGroupAttack(ChatCase):
    """Nobody stays in or comes into a group that tells about a document."""

    def setUp(self):
        super().setUp()
        self.users = self.user_employee | self.user_dingtalk | self.user_manager
        self.people = self.person
        for number, user in ((1, self.user_dingtalk), (2, self.user_manager)):
            self.people |= self.env["dingding.user"].create({
                "name": "P%d" % number, "userid": self.userids[number],
                "corp_id": self.corp.id, "user_id": user.id})
        self.partner = self.document("Case 4711", self.user_employee)
        self.there = len(self.simulator.control("GET", "/groups"))
        self.rule = self.env[RULE].create({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain": "[('ref', '=', 'attack')]", "group_name": "{name}",
            "owner_path": "user_id", "member_paths": "user_id, child_ids.user_id",
            "posts_discussions": True})

    def document(self, name, *users):
        """Create a document: the first user owns it, the others are in it."""
        partner = self.env["res.partner"].create({
            "name": name, "ref": "attack", "user_id": users[0].id})
        for user in users[1:]:
            self.env["res.partner"].create({
                "name": "Child", "parent_id": partner.id, "user_id": user.id})
        return partner

    def members(self, group):
        return set([
            each for each in self.simulator.control("GET", "/groups")
            if each["open_conversation_id"] == group.conversation_id
        ][0]["members"])

    def follow_two(self):
        """Return the group of the document with a second member, by its child."""
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        group = self.follow()
        self.assertEqual(len(self.members(group)), 2)
        return group

    def comment(self, text):
        """Comment on the document; return the post to its group."""
        self.env["mail.message"].sudo().create({
            "model": "res.partner", "res_id": self.partner.id, "body": text,
            "message_type": "comment",
            "subtype_id": self.env.ref("mail.mt_comment").id})
        return self.env[POST].search([("res_id", "=", self.partner.id)], limit=1)

    def test_without_its_rule(self):
        """A manager does not bring himself in once the rule is gone."""
        group = self.follow()
        self.rule.unlink()
        compat.forget(self.env)
        for vals in ({"member_ids": [(6, 0, self.people.ids)]},
                     {"owner_id": self.people[2].id},
                     {"posts_discussions": True}):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, GROUP, "write", group.ids, vals)
        # Nobody updates the members any longer, so they get no messages.
        self.assertFalse(group.posts_discussions)

    def test_a_copy_is_of_no_document(self):
        """The rule does not follow it; in 11.0 the administrator is the superuser."""
        copy = self.follow().copy()
        self.assertFalse(copy.group_rule_id or copy.res_model or copy.res_id)
        self.assertFalse(copy.posts_discussions)
        met = self.env[GROUP]._met(
            self.corp, self.group["open_conversation_id"], "G")
        with self.assertRaises(ValidationError):
            met.copy()

    def test_the_rule_decides_about_posts(self):
        group = self.follow()
        self.assertTrue(group.posts_discussions)
        for vals in ({"posts_discussions": False}, {"posts_discussions": True},
                     {"active": False}, {"active": True}):
            self.rule.write(vals)
            compat.forget(self.env)
            self.assertEqual(
                group.posts_discussions,
                self.rule.active and self.rule.posts_discussions, vals)

    def test_the_owner_has_left(self):
        """The others still come and go."""
        group = self.follow_two()
        self.partner.user_id = False
        self.partner.child_ids.write({"user_id": self.user_manager.id})
        self.person.active = False
        group = self.follow()
        self.assertEqual(group.state, "done")
        self.assertEqual(group.owner_id, self.people[2])
        self.assertEqual(self.members(group), {self.people[2].userid})

    def test_a_member_has_left_the_organisation(self):
        """DingTalk refuses calls that name whom it does not know."""
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        group = self.follow()
        self.simulator.control("DELETE", "/users/" + self.people[1].userid)
        self.people[1].active = False
        self.partner.child_ids.write({"user_id": self.user_manager.id})
        group = self.follow()
        self.assertEqual((group.state, group.last_error), ("done", False))
        self.assertEqual(self.members(group),
                         {self.people[0].userid, self.people[2].userid})
        calls = self.simulator.calls()["by_path"][UPDATE]
        group._enqueue()
        self.work()
        self.assertEqual(self.simulator.calls()["by_path"][UPDATE], calls)

    def test_a_member_comes_back(self):
        """DingTalk has removed him; nobody has changed the group meanwhile."""
        group = self.env[GROUP].create({
            "name": "Lunch", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people.ids)]})
        self.work()
        one, two, three = self.people.mapped("userid")
        person = self.simulator.control("GET", "/users/" + two)
        self.simulator.control("DELETE", "/users/" + two)
        self.assertEqual(self.members(group), {one, three})
        self.people[1].active = False
        self.work()
        self.simulator.control("POST", "/users", {
            "userid": two, "name": person["name"], "mobile": person["mobile"],
            "dept_ids": [1]})
        self.assertEqual(self.members(group), {one, three})
        self.simulator.forget_calls()
        # As a sync does, and a manager who sees no groups of documents.
        compat.with_user(self.people[1], self.user_manager).write({"active": True})
        self.work()
        self.assertEqual(self.members(group), {one, two, three})
        self.assertDingTalkCalled(UPDATE, 1)
        self.people[1].write({"active": True})
        self.work()
        self.assertDingTalkCalled(UPDATE, 1)

    def happen(self, event_type, userid):
        """Take an event about a person, and process it."""
        events = self.env["dingding.event"]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events.with_env(self.env(cr=cr))._store(self.app, payload.from_push({
                "EventType": event_type, "CorpId": self.corp.corp_id,
                "UserId": [userid], "eventId": event_type}), "http")
        while events._process():
            pass
        self.work()
        event = events.search([("event_type", "=", event_type)])
        self.assertEqual(event.state, "done", event.last_error)

    def test_a_member_is_back_before_odoo_knows(self):
        """DingTalk has removed him; the events come when he is there again."""
        group = self.env[GROUP].create({
            "name": "Lunch", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people.ids)]})
        self.work()
        one, two, three = self.people.mapped("userid")
        person = self.simulator.control("GET", "/users/" + two)
        self.simulator.control("DELETE", "/users/" + two)
        self.simulator.control("POST", "/users", {
            "userid": two, "name": person["name"], "mobile": person["mobile"],
            "dept_ids": [1]})
        self.assertEqual(self.members(group), {one, three})
        self.simulator.forget_calls()
        self.happen("user_leave_org", two)
        self.assertTrue(self.people[1].active)
        self.happen("user_add_org", two)
        self.assertEqual(self.members(group), {one, two, three})
        self.assertDingTalkCalled(UPDATE, 1)
        # New people without a group cost no calls.
        group.member_ids = self.people[:1]
        self.work()
        self.simulator.forget_calls()
        self.env["dingding.event"].search([]).unlink()
        self.happen("user_add_org", three)
        self.assertDingTalkNotCalled(UPDATE)

    def test_out_of_the_application_s_range(self):
        """A person archived in Odoo but still in DingTalk is removed."""
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.follow()
        self.people[1].active = False
        self.assertEqual(self.members(self.follow()), {self.person.userid})

    def test_outside_of_the_domain(self):
        """People who lose access to a document leave its group, even a closed one."""
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.follow()
        self.partner.write({"ref": "closed"})
        self.partner.child_ids.write({"user_id": False})
        self.assertEqual(self.members(self.follow()), {self.person.userid})

    def test_nobody_is_left(self):
        group = self.follow()
        self.person.active = False
        self.partner.user_id = False
        self.assertFalse(self.follow().active)
        self.env["mail.message"].sudo().create({
            "model": "res.partner", "res_id": self.partner.id, "body": "4711",
            "message_type": "comment",
            "subtype_id": self.env.ref("mail.mt_comment").id})
        self.assertFalse(self.env[POST].search([("group_id", "=", group.id)]))

    def test_somebody_is_entitled_again(self):
        """A project between two managers gets its group back."""
        group = self.follow()
        self.partner.user_id = False
        self.person.active = False
        self.assertFalse(self.follow().active)
        self.partner.user_id = self.user_dingtalk
        self.assertEqual(self.follow(), group)
        self.assertTrue(group.active)
        self.assertEqual((group.state, self.members(group)),
                         ("done", {self.people[1].userid}))
        # Groups archived by a manager stay archived.
        call_as(self.user_manager, GROUP, "write", group.ids, {"active": False})
        self.partner.user_id = self.user_manager
        self.assertFalse(self.follow().active)
        call_as(self.user_manager, GROUP, "write", group.ids, {"active": True})
        self.assertEqual(self.members(self.follow()), {self.people[2].userid})

    def test_edited_while_archived(self):
        group = self.env[GROUP].create({
            "name": "Lunch", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people.ids)]})
        self.work()
        group.active = False
        group.write({"member_ids": [(6, 0, self.people[:2].ids)]})
        self.work()
        self.assertEqual(len(self.members(group)), 3)
        group.active = True
        self.work()
        self.assertEqual(self.members(group), set(self.people[:2].mapped("userid")))

    def test_a_rule_for_other_documents(self):
        """Nobody follows the members of its former groups any longer."""
        group = self.follow()
        self.assertTrue(group.posts_discussions)
        self.rule.write({
            "model_id": self.env.ref("mail.model_mail_activity").id, "domain": "[]",
            "member_paths": "user_id", "group_name": "{summary}"})
        compat.forget(self.env)
        self.assertFalse(group.posts_discussions)
        self.rule.write({
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain": "[('ref', '=', 'attack')]", "group_name": "{name}"})
        compat.forget(self.env)
        self.assertTrue(group.posts_discussions)
        self.rule.corp_id = self.env["dingding.corp"].create(
            {"name": "Other", "app_key": "other"})
        compat.forget(self.env)
        self.assertFalse(group.posts_discussions)

    def test_who_has_to_leave_is_told_no_more(self):
        """DingTalk has not removed a member yet: messages wait."""
        group = self.follow_two()
        self.partner.child_ids.write({"user_id": False})
        self.simulator.fault("http_500", UPDATE, times=20)
        self.follow()
        self.assertEqual((group.state, len(self.members(group))), ("retry", 2))
        post = self.comment("4711")
        self.work()
        self.assertEqual((self.said(), post.state), ([], "queued"))
        group.sudo().write({"state": "failed", "next_try": False})
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual((self.said(), post.state), ([], "failed"))
        self.simulator.clear_faults()
        for row in (group, post):
            call_as(self.user_system, row._name, "action_retry", row.ids)
        self.work()
        self.assertEqual(self.members(group), {self.person.userid})
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual((len(self.said()), post.state), (1, "done"))
        # Archived people have to leave too, and nothing else informs DingTalk.
        self.partner.child_ids.write({"user_id": self.user_dingtalk.id})
        self.follow()
        self.people[1].active = False
        post = self.comment("4712")
        self.work()
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual((post.state, self.members(group)),
                         ("done", {self.person.userid}))

    def test_whose_user_is_archived(self):
        """A person without an Odoo account leaves, even if still in DingTalk."""
        self.rule.member_paths = "message_follower_ids.partner_id, child_ids.user_id"
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_manager.id})
        self.partner.message_subscribe(self.user_dingtalk.partner_id.ids)
        self.assertEqual(
            self.members(self.follow()), set(self.people.mapped("userid")))
        (self.user_dingtalk | self.user_manager).write({"active": False})
        self.assertEqual(self.members(self.follow()), {self.person.userid})

    def test_unwanted_before_it_is_created(self):
        """DingTalk's API deletes no groups, and its people see its name."""
        def archive(group):
            call_as(self.user_manager, GROUP, "write", group.ids, {"active": False})

        def leave(group):
            self.partner.user_id = False
            self.person.active = False

        def delete(group):
            self.partner.unlink()

        self.partner.unlink()
        for change in (archive, leave, delete):
            self.person.active = True
            self.partner = self.document("Case", self.user_employee)
            compat.flush(self.env)
            self.rule.action_run()
            group = self.env[GROUP].search([("res_id", "=", self.partner.id)])
            self.assertEqual(group.state, "queued")
            post = group.send_text("For all")
            change(group)
            self.work()
            self.assertEqual(
                len(self.simulator.control("GET", "/groups")), self.there,
                change.__name__)
            # Nothing waits for it in vain.
            post.sudo().write({"next_try": False})
            self.work()
            self.assertEqual(post.state, "failed")
            self.partner.exists().unlink()
            group.unlink()

    def test_another_owner_before_it_is_created(self):
        self.rule.action_run()
        self.partner.user_id = self.user_dingtalk
        self.work()
        group = self.env[GROUP].search([("res_id", "=", self.partner.id)])
        self.assertEqual(self.members(group), {self.people[1].userid})

    def test_deleted_in_odoo(self):
        """The rule would create a second group, and DingTalk deletes none."""
        group = self.follow()
        with self.assertRaises(UserError):
            call_as(self.user_manager, GROUP, "unlink", group.ids)
        self.rule.active = False
        call_as(self.user_manager, GROUP, "unlink", group.ids)
        self.assertFalse(group.exists())

    def test_deleted_while_its_creation_is_unknown(self):
        """DingTalk may have created it, and the rule would create a second one."""
        self.simulator.fault("reset_after", "/v1.0/im/group/create")
        group = self.follow()
        self.assertEqual((group.state, group.chatid), ("unknown", False))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            call_as(self.user_manager, GROUP, "unlink", group.ids)
        self.follow()
        self.assertEqual(len(self.simulator.control("GET", "/groups")), self.there + 1)

    def test_told_before_the_rule_runs_again(self):
        """People who just lost access to the document get no more messages."""
        group = self.follow_two()
        self.partner.child_ids.write({"user_id": False})
        post = self.comment("4711")
        self.work()
        self.assertEqual((self.said(), post.state), ([], "queued"))
        self.work()
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual(self.members(group), {self.person.userid})
        self.assertEqual((len(self.said()), post.state), (1, "done"))

    def test_told_when_nobody_is_entitled(self):
        """A manager unarchives the group; its rule is asked all the same."""
        group = self.follow()
        self.partner.user_id = False
        post = self.comment("4711")
        self.work()
        self.assertEqual((self.said(), post.state), ([], "failed"))
        self.assertFalse(group.active)
        self.assertTrue(group.archived_by_rule)
        group.sudo().active = True
        post = self.comment("4712")
        self.work()
        self.assertEqual((self.said(), post.state), ([], "failed"))
        # A text by hand, too.
        group.sudo().active = True
        post = group.sudo().send_text("4713")
        self.work()
        self.assertEqual((self.said(), post.state), ([], "failed"))

    def test_a_former_owner_is_told_no_more(self):
        """Without an owner by the rule, the group passes to a member."""
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        group = self.follow()
        self.assertEqual(group.owner_id, self.person)
        self.partner.user_id = False
        self.assertEqual(self.follow().owner_id, self.people[1])
        self.assertEqual(self.members(group), {self.people[1].userid})
        # One who is a member stays the owner.
        self.partner.child_ids.copy({"user_id": self.user_employee.id})
        self.assertEqual(self.follow().owner_id, self.people[1])
        self.assertEqual(
            self.members(group), set(self.people[:2].mapped("userid")))

    def test_one_large_group_stops_no_others(self):
        self._replace(dingding_group, "MAX_MEMBERS", 2)
        self.partner.unlink()
        large = self.document("Large", *self.users)
        self.partner = self.document("Small", self.user_employee)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group_rule"):
            group = self.follow()
        self.assertEqual((group.name, group.state), ("Small", "done"))
        self.assertIn("number %d: " % large.id, group.group_rule_id.last_error)

    def test_more_people_than_a_group_takes(self):
        """People who lose access to the document leave all the same."""
        child = self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.assertEqual(self.members(self.follow()),
                         set(self.people[:2].mapped("userid")))
        self.env["dingding.user"].create({
            "name": "P3", "userid": self.userids[3], "corp_id": self.corp.id,
            "user_id": self.user_system.id})
        for module in (dingding_group, dingding_group_rule):
            self._replace(module, "MAX_MEMBERS", 2)
        child.user_id = self.user_manager
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_system.id})
        group = self.follow()
        self.assertEqual(self.members(group), {self.person.userid})
        self.assertIn("at most 2 members", group.group_rule_id.last_error)

    def test_names_of_documents(self):
        """Only members and managers see that a document has a group."""
        group = self.follow()
        find = [("id", "=", group.id)]
        self.assertEqual(
            call_as(self.user_dingtalk, GROUP, "search", find), [])
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, GROUP, "send_text", group.ids, "x")
        self.assertTrue(call_as(self.user_manager, GROUP, "search", find))
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_dingtalk.id})
        self.follow()
        self.assertTrue(call_as(self.user_dingtalk, GROUP, "search", find))

    def test_archived_organisation(self):
        """An archived organisation makes no calls, not even those waiting."""
        group = self.follow()
        other = self.document("Case 4712", self.user_dingtalk)
        post = group.send_text("Waits")
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.env[RULE]._cron_follow()
        self.rule.action_run()
        self.work()
        self.assertDingTalkNotCalled()
        self.assertEqual(post.state, "failed")
        self.assertFalse(self.env[GROUP].search([("res_id", "=", other.id)]))
        with self.assertRaises(UserError):
            group.send_text("Later")
        group.name = "Renamed"
        self.work()
        self.assertDingTalkNotCalled()
        self.corp.active = True
        self.work()
        # The message is out of date, the group's name is not.
        self.assertDingTalkCalled(UPDATE, 1)
        self.assertEqual((group.state, post.state), ("done", "failed"))
