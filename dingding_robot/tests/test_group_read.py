# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import TransportError
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_callback import payload

from ..dingtalk.groups import Groups
from .chat_case import POST
from .group_case import GROUP, RULE, GroupCase

UPDATE, READ = "/v1.0/im/group/update", "/chat/get"


@portable
class TestGroupRead(GroupCase):
    """Changes in DingTalk to a group that Odoo created."""

    def setUp(self):
        super().setUp()
        self.one, self.two, self.three = self.people.mapped("userid")
        self.stranger = self.userids[5]  # unknown to Odoo
        self.group = self.env[GROUP].create({
            "name": "Lunch", "corp_id": self.corp.id, "owner_id": self.person.id,
            "member_ids": [(6, 0, self.people[:2].ids)]})
        self.work()
        self.simulator.forget_calls()

    def there(self, group=None):
        """Return (title, owner, members) of a group in DingTalk."""
        found = [
            each for each in self.simulator.control("GET", "/groups")
            if each["open_conversation_id"] == (group or self.group).conversation_id
        ][0]
        return found["title"], found["owner"], set(found["members"])

    def change(self, group=None, **values):
        """Change a group as people do in DingTalk; return the event's data."""
        key = (group or self.group).conversation_id
        self.simulator.control("POST", "/groups/%s/change" % key, values)
        return [each for each in self.simulator.control("GET", "/events/log")
                if each["event_type"].startswith("chat_")][-1]

    def happen(self, event, event_id="1"):
        """Take an event as over HTTP, and process it."""
        events = self.env["dingding.event"]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            self.assertTrue(events.with_env(self.env(cr=cr))._store(
                self.app.with_env(self.env(cr=cr)), payload.from_push(dict(
                    event["data"], EventType=event["event_type"], eventId=event_id)),
                "http"))
        while events._process():
            pass
        compat.forget(self.env)
        event = events.search([], limit=1)
        self.assertEqual(event.state, "done", event.last_error)
        self.work()

    def refresh(self, group=None):
        call_as(self.user_manager, GROUP, "action_refresh", (group or self.group).ids)
        self.work()

    def assertCalls(self, reads, updates):
        by_path = self.simulator.calls()["by_path"]
        self.assertEqual(
            (by_path.get(READ, 0), by_path.get(UPDATE, 0)), (reads, updates))

    def follow_rule(self, **values):
        """Return the group of a document, which the rule decides about."""
        self.partner = self.env["res.partner"].create({
            "name": "Case", "ref": "read", "user_id": self.user_employee.id})
        self.rule = self.env[RULE].create(dict({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain": "[('ref', '=', 'read')]", "group_name": "{name}",
            "owner_path": "user_id", "member_paths": "user_id, child_ids.user_id",
            "posts_discussions": True}, **values))
        group = self.follow()
        self.simulator.forget_calls()
        return group

    # -- people ----------------------------------------------------------------------

    def test_who_was_added_is_shown(self):
        self.change(add=[self.three, self.stranger])
        self.refresh()
        self.assertCalls(1, 0)
        self.assertEqual(self.group.added_count, 2)
        self.assertEqual(
            self.group.added_names, "%s, %s" % tuple(sorted(["P2", self.stranger])))
        self.assertTrue(self.group.read_at)
        self.assertEqual((self.group.state, self.group.read_due), ("done", False))
        self.assertEqual(len(self.there()[2]), 4)
        # The new member in Odoo was in the group before.
        self.group.member_ids = self.people
        self.work()
        self.assertCalls(2, 0)
        self.assertEqual(self.group.added_names, self.stranger)
        # And is removed as any other.
        self.group.member_ids = self.people[:2]
        self.work()
        self.assertCalls(3, 1)
        self.assertEqual(self.there()[2], {self.one, self.two, self.stranger})

    def test_who_was_added_is_removed(self):
        self.change(add=[self.three, self.stranger])
        call_as(self.user_manager, GROUP, "write", self.group.ids,
                {"removes_added": True})
        self.work()
        # Nobody has looked yet.
        self.assertCalls(0, 0)
        self.refresh()
        self.assertEqual(self.there()[2], {self.one, self.two})
        self.assertEqual(
            (self.group.state, self.group.added_count, self.group.added_names),
            ("done", 0, False))
        self.refresh()
        self.assertCalls(2, 2)

    def test_the_choice_counts_for_those_who_are_shown(self):
        self.change(add=[self.three])
        self.refresh()
        self.assertEqual(self.group.added_count, 1)
        call_as(self.user_manager, GROUP, "write", self.group.ids,
                {"removes_added": True})
        self.work()
        self.assertEqual(self.there()[2], {self.one, self.two})
        self.assertEqual(self.group.added_count, 0)

    def test_read_before_a_change_of_members(self):
        self.change(add=[self.stranger])
        self.group.name = "Dinner"
        self.work()
        self.assertCalls(0, 1)
        self.group.member_ids = self.people
        self.work()
        self.assertCalls(1, 2)
        self.assertEqual(self.group.added_names, self.stranger)

    def test_the_rule_decides_who_stays(self):
        group = self.follow_rule(removes_added=True)
        self.assertTrue(group.removes_added)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, GROUP, "write", group.ids,
                    {"removes_added": False})
        for value in (False, True):
            self.rule.removes_added = value
            compat.forget(self.env)
            self.assertEqual(group.removes_added, value)

    def test_nobody_reads_along(self):
        """Messages wait until those who were added are removed."""
        group = self.follow_rule(removes_added=True)
        event = self.change(group, add=[self.three])
        self.simulator.fault("http_500", UPDATE, times=20)
        self.happen(event)
        self.assertEqual((group.state, group.added_count), ("retry", 1))
        post = self.env[POST].browse(group.send_text("4711").ids)
        self.work()
        self.assertEqual((post.sudo().state, self.said()), ("queued", []))
        self.simulator.clear_faults()
        group._enqueue()
        self.work()
        self.assertEqual(self.there(group)[2], {self.one})
        post.sudo().write({"next_try": False})
        self.work()
        self.assertEqual((post.sudo().state, len(self.said())), ("done", 1))

    def test_somebody_who_cannot_be_removed(self):
        """DingTalk refuses it: the group fails, and nothing is tried on and on."""
        group = self.follow_rule(removes_added=True)
        outside = "outside"
        read = Groups.get_group
        self._replace(Groups, "get_group", lambda groups, chatid: (
            lambda found: found._replace(members=found.members + [outside]))(
                read(groups, chatid)))
        post = self.env[POST].browse(group.send_text("4711").ids)
        self.refresh(group)
        self.assertEqual((group.state, group.added_names), ("failed", outside))
        post.sudo().write({"state": "queued", "next_try": False})
        self.work()
        self.assertEqual(post.sudo().state, "failed")
        self.assertCalls(1, 1)

    def test_who_left_is_shown(self):
        """He is added again only if a manager wants it."""
        self.change(userid=self.two, remove=[self.two])
        self.group.member_ids = self.people
        self.work()
        self.assertEqual(self.there()[2], {self.one, self.three})
        self.assertEqual(self.group.missing_names, "P1")
        self.refresh()
        self.assertEqual(self.there()[2], {self.one, self.two, self.three})
        self.assertFalse(self.group.missing_names)

    # -- name and owner --------------------------------------------------------------

    def test_name_and_owner_are_taken_over(self):
        self.change(title="Supper", owner=self.two)
        self.refresh()
        self.assertCalls(1, 0)
        self.assertEqual(
            (self.group.name, self.group.owner_id), ("Supper", self.people[1]))
        # The former owner stays.
        self.assertEqual(self.group.member_ids, self.people[:2])
        self.group.member_ids = self.people
        self.work()
        self.assertEqual(self.there(), ("Supper", self.two, set(
            self.people.mapped("userid"))))

    def test_what_changed_on_both_sides_is_odoo_s(self):
        self.change(title="Theirs", owner=self.two)
        self.group.write({"name": "Ours", "member_ids": [(6, 0, self.people.ids)]})
        self.work()
        self.assertEqual(
            (self.group.name, self.group.owner_id), ("Ours", self.people[1]))
        self.assertEqual(self.there()[:2], ("Ours", self.two))

    def test_a_name_that_is_too_long(self):
        title = "A name of more than twenty characters"
        self.change(title=title)
        self.refresh()
        self.assertEqual((self.group.name, self.there()[0]), ("Lunch", title))
        self.assertCalls(1, 0)

    def test_an_owner_whom_odoo_does_not_know(self):
        self.change(add=[self.stranger], owner=self.stranger)
        self.refresh()
        self.assertEqual(self.group.owner_id, self.person)
        self.assertEqual(self.there()[1], self.one)

    def test_a_document_decides_about_its_group(self):
        group = self.follow_rule()
        self.change(group, title="Theirs", add=[self.two], owner=self.two)
        self.refresh(group)
        self.assertEqual(self.there(group)[:2], ("Case", self.one))
        self.assertEqual(group.owner_id, self.person)
        self.assertEqual(group.added_names, "P1")

    def test_an_owner_who_was_added_can_be_removed(self):
        group = self.follow_rule(removes_added=True)
        self.change(group, add=[self.two], owner=self.two)
        self.refresh(group)
        self.assertEqual(
            (group.state, self.there(group)), ("done", ("Case", self.one, {self.one})))

    def test_an_owner_who_has_left(self):
        """His successor is not replaced by somebody whom DingTalk does not know."""
        group = self.follow_rule()
        self.env["res.partner"].create({
            "name": "Child", "parent_id": self.partner.id,
            "user_id": self.user_manager.id})
        self.people[1].user_id = self.user_manager
        self.follow()
        self.change(group, owner=self.two)
        self.simulator.control("DELETE", "/users/" + self.one)
        self.people[2].user_id = self.user_dingtalk
        self.partner.child_ids.copy({"user_id": self.user_dingtalk.id})
        self.follow()
        self.assertEqual(group.state, "done", group.last_error)
        self.assertEqual(self.there(group)[1:], (self.two, {self.two, self.three}))

    def test_dissolved_is_read(self):
        self.simulator.control(
            "POST", "/groups/%s/dismiss" % self.group.conversation_id, {})
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.refresh()
        self.assertTrue(self.group.dissolved_at)
        self.assertFalse(self.group.active)
        # Nothing to read any longer.
        self.refresh()
        self.assertCalls(1, 0)

    # -- events ----------------------------------------------------------------------

    def test_events(self):
        self.happen(self.change(title="Supper"), "title")
        self.assertEqual(self.group.name, "Supper")
        self.happen(self.change(owner=self.two), "owner")
        self.assertEqual(self.group.owner_id, self.people[1])
        self.happen(self.change(add=[self.stranger]), "add")
        self.assertEqual(self.group.added_names, self.stranger)
        self.assertCalls(3, 0)

    def test_events_about_what_odoo_did(self):
        """They cost no call."""
        key = {"openConversationId": self.group.conversation_id}
        for number, (kind, data) in enumerate((
            ("chat_update_title", {"title": "Lunch"}),
            ("chat_update_owner", {"owner": self.one}),
            ("chat_add_member", {"userId": [self.two]}),
        )):
            self.happen(
                {"event_type": kind, "data": dict(key, **data)}, "own-%d" % number)
        self.assertCalls(0, 0)

    def test_events_of_nothing(self):
        other = self.env["dingding.corp"].create(
            {"name": "Other", "corp_id": "dingother", "app_key": "dingotherkey"})
        event = self.change(title="Supper")
        own, self.app = self.app, other.app_id
        self.happen(event, "other")
        self.app = own
        for number, odd in enumerate((None, 5, [], {"a": 1}, "cidnobody==")):
            for kind in ("chat_update_title", "chat_update_owner", "chat_add_member"):
                self.happen({"event_type": kind, "data": {
                    "openConversationId": odd, "userId": odd, "title": odd}},
                    "%s-%d" % (kind, number))
        self.assertCalls(0, 0)
        self.assertEqual(self.group.name, "Lunch")

    def test_without_the_permission_to_read(self):
        """Changes go on; only the one who asked for it learns of it."""
        self.simulator.fault("permission", READ, times=9)
        self.happen(self.change(title="Supper"))
        self.assertEqual((self.group.state, self.group.read_due), ("done", False))
        self.group.member_ids = self.people
        self.work()
        self.assertEqual(self.group.state, "done")
        self.assertEqual(len(self.there()[2]), 3)
        self.refresh()
        self.assertEqual(self.group.state, "failed")
        self.assertEqual(self.group.error_remedy, "permission")
        self.simulator.clear_faults()
        call_as(self.user_manager, GROUP, "action_retry", self.group.ids)
        self.work()
        self.assertEqual((self.group.state, self.group.name), ("done", "Supper"))

    def test_changed_while_it_is_read(self):
        """A refresh requested during the call reads again."""
        real, asked = Groups.get_group, []

        def read(groups, chatid):
            found = real(groups, chatid)
            if not asked:
                asked.append(True)
                self.change(title="Supper")
                self.group.sudo()._ask_to_read("event")
                compat.flush(self.env)
            return found

        self._replace(Groups, "get_group", read)
        self.refresh()
        self.assertEqual((self.group.name, self.group.read_due), ("Supper", False))

    # -- order -----------------------------------------------------------------------

    def test_an_older_change_comes_after_a_newer_one(self):
        """A worker has lost its lock, and its call is carried out late."""
        real, others = Groups.update, [True]

        def update(groups, chatid, **change):
            if not others:
                return real(groups, chatid, **change)
            others.pop()
            # Another worker tells DingTalk something newer.
            sent = json.loads(self.group.sent_json)
            self.group.sudo().write({"name": "Newer"})
            real(groups, chatid, name="Newer")
            self.group.sudo().write({
                "sent_json": json.dumps(dict(sent, name="Newer")), "state": "done"})
            compat.flush(self.env)
            real(groups, chatid, **change)
            raise TransportError("timeout", "", retryable=True, outcome_unknown=True)

        self._replace(Groups, "update", update)
        self.group.name = "Older"
        self.work()
        self.group.write({"next_try": False})
        self.work()
        self.assertEqual((self.group.state, self.group.name), ("done", "Newer"))
        self.assertEqual(self.there()[0], "Newer")

    def test_an_older_name_is_nobody_s_choice(self):
        """DingTalk carries out late what Odoo had given up."""
        self.simulator.fault("reset", UPDATE, times=100)
        self.group.write({"name": "Older", "owner_id": self.people[1].id})
        self.work()
        self.assertEqual(self.group.state, "retry")
        self.simulator.clear_faults()
        self.group.write({"name": "Newer", "owner_id": self.person.id})
        self.work()
        self.assertEqual(self.there()[:2], ("Newer", self.one))
        self.change(title="Older", owner=self.two)
        self.refresh()
        self.assertEqual((self.group.name, self.group.owner_id), ("Newer", self.person))
        self.assertEqual(self.there()[:2], ("Newer", self.one))

    # -- rights ----------------------------------------------------------------------

    def test_who_may_refresh(self):
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, GROUP, "action_refresh", self.group.ids)
        for vals in ({"read_due": "event"}, {"read_at": False}, {"added_count": 1}):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, GROUP, "write", self.group.ids, vals)
        company = self.env["res.company"].create({"name": "Other"})
        self.corp.company_id = company
        with self.assertRaises(AccessError):
            call_as(self.user_manager, GROUP, "action_refresh", self.group.ids)
        self.work()
        self.assertCalls(0, 0)
