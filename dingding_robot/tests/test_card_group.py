# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from psycopg2 import OperationalError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import MAX_ATTEMPTS
from odoo.addons.dingding.tests.common import call_as, portable

from .card_case import KEY, CardCase

POST, PRESS = "dingding.chat.post", "dingding.card.press"


@portable
class TestCardGroup(CardCase):
    """Check cards in groups: who sees what, and who acts."""

    def setUp(self):
        super().setUp()
        people = self.env["dingding.user"].search([("corp_id", "=", self.corp.id)])
        self.employee = people.filtered(
            lambda each: each.user_id == self.user_employee)[:1]
        self.sender = people.filtered(
            lambda each: each.user_id == self.user_dingtalk)[:1]
        self.members = self.employee | self.sender
        made = self.simulator.control("POST", "/groups", {
            "title": "Sales", "members": self.members.mapped("userid")})
        self.group = self.env["dingding.group"].sudo().create({
            "name": "Sales", "corp_id": self.corp.id, "origin": "met",
            "conversation_id": made["open_conversation_id"], "has_robot": True,
            "res_model": "res.partner", "res_id": self.partner.id,
            "member_ids": [(6, 0, self.members.ids)]})
        self.setup.presser = "reader"

    def by(self, user):
        return compat.with_user(self.partner, user)

    def send_to_group(self, recipients=None):
        card = self.by(self.user_dingtalk).dingding_send_card(
            KEY, recipients or self.group)
        self.work()
        return self.env["dingding.card"].browse(card.id)

    def test_one_copy_for_all(self):
        card = self.send_to_group()
        self.assertEqual(len(card.copy_ids), 1)
        self.assertEqual(
            (card.copy_ids.status, card.copy_ids.group_id, card.copy_ids.person_id),
            ("sent", self.group, self.sender))
        for person in self.members:
            shown = self.shown(person)
            self.assertIn("Deco", shown["title"])
            self.assertTrue(shown["buttons"])
        self.assertNotIn("12345678", self.stored(card.copy_ids))

    def test_no_context_chooses_a_group_or_an_id(self):
        """A sender could bring the card to a group of anybody, or know its ID."""
        other = self.env["dingding.corp"].create({"name": "Other", "app_key": "other"})
        far = self.env["dingding.group"].sudo().create({
            "name": "Far", "corp_id": other.id, "origin": "met",
            "conversation_id": "far", "has_robot": True})
        context = {
            "default_group_id": far.id, "default_out_track_id": "known",
            "default_status": "sent", "default_shown_json": "{}",
            "default_note": "Forged", "default_decided_by": self.user_manager.id,
        }
        found = call_as(
            self.user_dingtalk, "res.partner", "dingding_send_card", self.partner.ids,
            KEY, {"dingding.user": self.employee.ids}, context=context)
        card = self.env["dingding.card"].browse(
            found if isinstance(found, list) else found.ids)
        self.assertEqual((card.status, len(card.decided_by)), ("open", 0))
        copy = card.copy_ids
        self.assertFalse(copy.group_id)
        self.assertEqual((copy.status, copy.note), ("new", False))
        self.assertNotEqual(copy.out_track_id, "known")
        self.work()
        self.assertEqual(copy.status, "sent")

    def test_a_group_that_was_dissolved(self):
        """DingTalk says only that the card was not delivered; it is asked why."""
        made = self.env["dingding.group"].create({
            "name": "Made", "corp_id": self.corp.id, "owner_id": self.employee.id,
            "member_ids": [(6, 0, self.members.ids)]})
        self.process_queue("dingding.group")
        self.simulator.control(
            "POST", "/groups/%s/dismiss" % made.conversation_id, {})
        card = self.by(self.user_dingtalk).dingding_send_card(KEY, made)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group"):
            self.work()
        copy = self.env["dingding.card"].browse(card.id).copy_ids
        self.assertEqual(copy.status, "refused")
        self.assertIn("dissolved", copy.reason)
        self.assertTrue(made.dissolved_at)
        self.assertEqual(
            self.env["dingding.card.change"].search([("copy_id", "=", copy.id)]).state,
            "done")

    def test_group_and_people(self):
        card = self.send_to_group([self.group, self.user_employee])
        self.assertEqual(len(card.copy_ids), 2)
        self.assertEqual(len(card.copy_ids.filtered("group_id")), 1)
        by_rpc = call_as(
            self.user_dingtalk, "res.partner", "dingding_send_card", self.partner.ids,
            KEY, {"dingding.group": self.group.ids})
        self.assertTrue(by_rpc)

    def test_acts_as_the_presser(self):
        card = self.send_to_group()
        answer = self.press(card.copy_ids, self.employee)
        self.assertEqual(self.note(answer), "Done.")
        self.assertEqual(self.called[0][0], self.user_employee.id)
        # The person who got the answer gets no second one.
        self.assertFalse(self.env["dingding.chat.post"].search(
            [("person_id", "=", self.employee.id)]))
        self.assertEqual(card.decided_by, self.user_employee)
        self.work()
        for person in self.members:
            self.assertFalse(self.shown(person)["buttons"])
            self.assertIn("Approved", self.shown(person)["tag"])
        # Another member finds it decided.
        self.press(card.copy_ids, self.sender)
        self.assertEqual(len(self.called), 1)
        self.assertEqual(self.outcomes(), ["done", "decided"])

    def test_rights_of_each_person(self):
        """Private values and buttons follow the rights of who looks and presses."""
        card = self.send_to_group()
        copy = card.copy_ids

        def secret(person):
            answer = self.take({
                "type": "dynamicDataCallback", "corpId": self.corp.corp_id,
                "outTrackId": copy.out_track_id, "userId": person.userid,
                "content": {"dynamicDataSourceQueryRequests": [
                    {"dynamicDataSourceId": "odoo"}]}})
            return answer["dataSourceQueryResponses"][0]["data"]

        self.assertIn("571", secret(self.employee))
        stranger = self.env["dingding.user"].search(
            [("corp_id", "=", self.corp.id), ("user_id", "=", False)], limit=1)
        if stranger:
            self.assertNotIn("571", secret(stranger))
            self.press(copy, stranger)
            self.assertEqual(self.outcomes(), ["unlinked"])
        self.user_employee.write({compat.USER_GROUPS: [
            (3, self.env.ref("base.group_partner_manager").id)]})
        self.press(copy, self.employee)
        self.assertEqual(self.outcomes()[-1], "access")
        self.assertNotEqual(self.partner.function, "Approved")

    def test_only_cards_that_anyone_may_press(self):
        self.setup.presser = "recipient"
        with self.assertRaises(ValidationError):
            self.send_to_group()
        with self.assertRaises(ValidationError):
            self.setup.to_group = True

    def test_who_may_send(self):
        with self.assertRaises(AccessError):
            self.by(self.user_employee).dingding_send_card(KEY, self.group)
        # The sender's rights decide what all see, so there must be one.
        self.sender.user_id = False
        with self.assertRaises(AccessError):
            self.send_to_group()
        self.group.sudo().write({"res_model": False, "res_id": 0})
        with self.assertRaises(UserError):
            self.send_to_group()
        self.sender.user_id = self.user_dingtalk
        self.group.active = False
        with self.assertRaises(UserError):
            self.send_to_group()

    def test_the_sender_loses_access(self):
        card = self.send_to_group()
        self.hide()
        self.partner.write({"function": "Secret"})
        self.work()
        self.assertNotIn("Secret", self.stored(card.copy_ids))
        self.assertNotIn("Deco", self.stored(card.copy_ids))

    def test_an_archived_group(self):
        """Archived, it gets no messages, and no news by a card either."""
        card = self.send_to_group()
        self.group.active = False
        self.partner.city = "Suzhou"
        self.work()
        self.assertNotIn("Suzhou", self.stored(card.copy_ids))
        self.group.active = True
        self.partner.city = "Wuxi"
        self.work()
        self.assertIn("Wuxi", self.stored(card.copy_ids))

    def test_nobody_reads_on_who_has_to_leave(self):
        card = self.send_to_group()
        self.group.sudo().write({"sent_json": json.dumps({
            "name": "Sales", "owner": "", "members": ["gone"], "unsure": []})})
        self.partner.city = "Suzhou"
        self.work()
        change = self.env["dingding.card.change"].search(
            [("card_id", "=", card.id), ("kind", "=", "update")])
        self.assertEqual(change.state, "queued")
        self.assertNotIn("Suzhou", self.stored(card.copy_ids))
        self.group.sudo().write({"sent_json": False})
        change._enqueue()
        self.work()
        self.assertEqual(change.state, "done")
        self.assertIn("Suzhou", self.stored(card.copy_ids))

    def test_members_follow_the_document_first(self):
        """The rule runs every 15 minutes, and its group gets nothing before."""
        self.group.sudo().group_rule_id = self.env["dingding.group.rule"].create({
            "name": "Partners", "corp_id": self.corp.id,
            "model_id": self.env.ref("base.model_res_partner").id,
            "owner_path": "user_id", "member_paths": "user_id"})
        self.partner.user_id = self.user_employee
        card = self.send_to_group()
        self.assertEqual(card.copy_ids.status, "sent")
        self.assertEqual(self.group.member_ids.mapped("user_id"), self.user_employee)
        self.partner.write({"user_id": False, "city": "Suzhou"})
        self.work()
        self.assertFalse(self.group.active)
        self.assertNotIn("Suzhou", self.stored(card.copy_ids))
        # Nor does it get a new card.
        self.group.sudo().write(
            {"active": True, "member_ids": [(6, 0, self.members.ids)]})
        card = self.send_to_group()
        self.assertEqual(card.copy_ids.status, "refused")

    def test_group_of_the_document(self):
        self.setup.write({"to_group": True, "recipient_path": False})
        self.assertIn("Each group", self.setup.cost)
        card = self.by(self.user_dingtalk).dingding_send_card(KEY)
        self.work()
        card = self.env["dingding.card"].browse(card.id)
        self.assertEqual(card.copy_ids.group_id, self.group)
        self.setup.recipient_path = "user_id"
        card = self.by(self.user_dingtalk).dingding_send_card(KEY)
        self.work()
        card = self.env["dingding.card"].browse(card.id)
        self.assertEqual(len(card.copy_ids), 2)

    def test_without_a_template(self):
        """The group gets a link, by its robot."""
        self.corp.card_template = False
        card = self.send_to_group()
        while self.env["dingding.chat.post"]._process():
            pass
        compat.forget(self.env)
        self.assertEqual(card.copy_ids.status, "link")
        post = self.env["dingding.chat.post"].search(
            [("group_id", "=", self.group.id)])
        self.assertEqual(post.state, "done")
        self.assertIn("Deco", post.content)

    def test_a_group_that_is_being_created(self):
        self.group.sudo().write({"conversation_id": False, "state": "queued"})
        card = self.send_to_group()
        self.assertEqual(card.copy_ids.status, "new")
        change = self.env["dingding.card.change"].search([("card_id", "=", card.id)])
        self.assertEqual(change.state, "queued")
        self.group.sudo().write({"state": "failed"})
        change._enqueue()
        self.work()
        self.assertEqual(change.state, "failed")

    def test_a_press_that_takes_long(self):
        """Its outcome is for the presser: the group sees the card only."""
        self.method.slow = True

        def refuse(records, reason=None):
            raise UserError("Not in this month")  # pylint: disable=translation-required

        self.method_is("action_check", refuse)
        card = self.send_to_group()
        answer = self.press(card.copy_ids, self.employee)
        self.assertIn("In progress", self.note(answer))
        self.work()
        self.assertEqual(self.outcomes(), ["refused"])
        post = self.env["dingding.chat.post"].search(
            [("person_id", "=", self.employee.id)])
        self.assertIn("Not in this month", post.content)
        self.assertNotIn("Not in this month", self.stored(card.copy_ids))
        self.assertFalse(card.copy_ids.sudo().note)

    def test_a_slow_press_that_is_given_up(self):
        """A person who was told to wait learns that nothing came of it."""
        self.method.slow = True

        def locked(records, reason=None):
            raise OperationalError("locked by somebody for hours")

        self.method_is("action_check", locked)
        card = self.send_to_group()
        self.press(card.copy_ids, self.employee)
        self.env[PRESS].search([]).write({"attempts": MAX_ATTEMPTS - 1})
        with mute_logger("odoo.addons.dingding_robot.models.dingding_card_press"):
            self.work()
        self.assertEqual(self.outcomes(), ["failed"])
        post, = self.env[POST].search([("person_id", "=", self.employee.id)])
        self.assertIn("Odoo could not do this", post.content)
        self.assertFalse(card.copy_ids.sudo().note)

    def test_reasons_are_for_the_presser(self):
        """A reason names documents that a manager may not read."""
        self.method.slow = True

        def refuse(records, reason=None):
            text = "Customer 47114711 owes 5"
            raise UserError(text)

        self.method_is("action_check", refuse)
        card = self.send_to_group()
        self.press(card.copy_ids, self.employee)
        self.work()
        post, = self.env[POST].search([("person_id", "=", self.employee.id)])
        self.assertIn("47114711", post.content)
        seen = call_as(self.user_manager, POST, "search_read", [])
        self.assertNotIn("47114711", json.dumps(seen, default=str))
        while self.env[POST]._process():
            pass
        self.assertEqual(post.state, "done")

    def test_managers_do_not_read_of_documents(self):
        """Posts about a document are for the members of the group."""
        self.corp.card_template = False
        self.send_to_group()
        compat.with_user(self.group, self.user_dingtalk).send_record(
            compat.with_user(self.partner, self.user_dingtalk), "Please check")
        self.act(dingding_to="chat_group", dingding_text="About {name}")
        posts = self.env[POST].search([("group_id", "=", self.group.id)])
        self.assertEqual(len(posts), 3)
        self.assertTrue(all("Deco" in post.content for post in posts))
        seen = call_as(self.user_manager, POST, "search_read", [])
        self.assertNotIn("Deco", json.dumps(seen, default=str))

    def act(self, **values):
        """Run a server action about the partner, as somebody triggers it."""
        action = self.env["ir.actions.server"].create(dict({
            "name": "Tell", "model_id": self.partner_model.id,
            "state": "dingding_message"}, **values))
        compat.flush(self.env)
        action = compat.with_user(action, self.user_dingtalk)
        if compat.SERIES >= 13:
            # As automated actions run.
            action = action.sudo()
        action.with_context(
            active_model="res.partner", active_ids=self.partner.ids,
            active_id=self.partner.id).run()
        self.work()

    def test_the_group_though_nobody_else_can_get_it(self):
        self.setup.to_group = True
        self.partner.user_id = self.user_system
        card = self.by(self.user_dingtalk).dingding_send_card(KEY)
        self.work()
        card = self.env["dingding.card"].browse(card.id)
        self.assertEqual(card.copy_ids.group_id, self.group)
        self.assertEqual((card.unreachable, card.copy_ids.status), (1, "sent"))

    def test_the_people_though_the_group_cannot_get_it(self):
        """A card for a group needs a sender; one for its people does not."""
        self.setup.to_group = True
        self.sender.user_id = False
        card = self.by(self.user_dingtalk).dingding_send_card(KEY)
        self.work()
        copies = self.env["dingding.card"].browse(card.id).copy_ids
        self.assertEqual((copies.person_id, len(copies.group_id)), (self.employee, 0))
        self.setup.recipient_path = False
        with self.assertRaises(UserError):
            self.by(self.user_dingtalk).dingding_send_card(KEY)

    def test_a_server_action_sends_for_who_triggers_it(self):
        self.setup.write({"to_group": True, "recipient_path": False})
        self.act(dingding_to="card", dingding_card_setup_id=self.setup.id)
        card = self.env["dingding.card"].search([])
        self.assertEqual(
            (card.sender_id, card.copy_ids.person_id, card.copy_ids.group_id),
            (self.user_dingtalk, self.sender, self.group))
