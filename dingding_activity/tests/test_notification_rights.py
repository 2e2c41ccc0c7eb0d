# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable, true_body

from ..models.res_users import OWN
from .notification_case import LINE, NOTIFICATION, SEND, NotificationCase


@portable
class TestNotificationRights(NotificationCase):
    def setUp(self):
        super().setUp()
        self.simulator.fault("permission", SEND)
        self.post("Lost")
        self.process()
        self.row = self.env[NOTIFICATION].search([])

    def refused(self, user, model, method, *args):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(user, model, method, *args)

    def test_who_sees_notifications(self):
        for model in (NOTIFICATION, LINE):
            for user in (self.user_portal, self.user_public):
                self.refused(user, model, "search", [])
            for user in (self.user_employee, self.user_dingtalk):
                self.assertFalse(call_as(user, model, "search", []))
            for user in (self.author, self.user_manager):
                self.assertTrue(call_as(user, model, "search", []))
            for user in (self.author, self.user_manager, self.user_system):
                ids = self.env[model].search([]).ids
                self.refused(user, model, "write", ids, {"state": "waiting"})
                self.refused(user, model, "unlink", ids)
                self.refused(user, model, "create", {"mode": "message"})

    def test_other_companies_are_hidden(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(call_as(self.user_manager, NOTIFICATION, "search", []))
        self.assertEqual(
            call_as(self.user_manager, LINE, "search", [("user_id", "!=", False)]),
            self.lines_of(self.user_manager).ids)

    def test_names_of_hidden_documents(self):
        def seen(user):
            shown = call_as(
                user, NOTIFICATION, "read", self.row.ids, ["subject", "display_name"]
            )[0]
            found = call_as(
                user, NOTIFICATION, "search", [("subject", "ilike", "Order 7")])
            return [shown["subject"], shown["display_name"], bool(found)]

        self.assertEqual(seen(self.user_manager), ["Order 7", "Order 7", True])
        self.hide_document(self.user_manager)
        hidden = "Notification %d" % self.row.id
        self.assertEqual(seen(self.user_manager), [hidden, hidden, False])
        self.assertEqual(seen(self.author), ["Order 7", "Order 7", True])
        self.refused(self.user_manager, NOTIFICATION, "read", self.row.ids, ["name"])

    def test_text_of_hidden_documents(self):
        self.simulator.clear_faults()
        message = self.row.line_ids.mapped("message_id")
        person = self.people.filtered(lambda each: each.user_id == self.user_manager)
        own = self.env["dingding.message.recipient"].search(
            [("message_id", "=", message.id), ("person_id", "=", person.id)])
        own.unlink()
        model, word = "dingding.message", "Lost"
        names = ["name", "subject", "body", "content", "preview", "display_name"]
        shown = call_as(self.user_manager, model, "read", message.ids, names)[0]
        self.assertIn(word, shown["content"])
        self.assertEqual(shown["subject"], "Order 7")
        self.hide_document(self.user_manager)
        rows = message.recipient_ids
        seen = [
            call_as(self.user_manager, model, "read", message.ids, []),
            call_as(self.user_manager, "dingding.message.recipient", "read", rows.ids,
                    []),
            call_as(self.user_manager, LINE, "read", self.row.line_ids.ids, []),
            call_as(self.user_manager, NOTIFICATION, "read", self.row.ids, []),
        ]
        for hidden in (word, "Order 7"):
            self.assertNotIn(hidden, repr(seen))
        self.assertEqual(seen[0][0]["state"], "failed")
        self.assertTrue(seen[0][0]["last_error"])
        for domain in (
            [("content", "ilike", word)], [("name", "ilike", "Order")],
            [("recipient_ids.title", "ilike", "Order")], [("body", "ilike", word)],
        ):
            self.assertFalse(
                call_as(self.user_manager, model, "search", domain), domain)

    def test_text_about_what_was_deleted(self):
        self.simulator.clear_faults()
        self.user_employee.dingding_notify_mode = "daily"
        hidden = self.document.copy({"name": "Order 8"})
        self.follow(hidden, self.user_employee)
        known, self.document = self.document, hidden
        secret = self.post("Secret")
        self.document = known
        self.post("Harmless")
        self.process_queue(NOTIFICATION)
        self.hurry()
        self.process()
        self.document = hidden
        self.hide_document(self.user_manager)
        message = self.lines_of(self.user_employee)[-1].message_id
        self.assertIn("Secret", true_body(message))
        secret.unlink()
        shown = call_as(
            self.user_manager, "dingding.message", "read", message.ids, ["content"])
        self.assertNotIn("Secret", repr(shown))

    def test_names_are_not_searched(self):
        user = self.user_manager
        for model, name in (
            (NOTIFICATION, "name"), (NOTIFICATION, "text"),
            (NOTIFICATION, "mail_message_id.body"), (LINE, "mail_message_id"),
            (LINE, "notification_id.name"), (LINE, "activity_id.summary"),
            ("dingding.todo", "name"), ("dingding.todo", "summary"),
        ):
            self.refused(user, model, "search", [(name, "ilike", "Order")])
        self.refused(user, NOTIFICATION, "read_group", [], ["name"], ["name"])
        self.refused(user, NOTIFICATION, "search", [], 0, None, "name")

    def test_texts_of_earlier_versions(self):
        message = self.row.line_ids.mapped("message_id")
        body = true_body(message)
        self.env["dingding.message.text"].search([]).unlink()
        self.env.cr.execute(
            "UPDATE dingding_message SET name = 'Order 7', body = %s,"
            " is_personal = NULL WHERE id = %s", [body, message.id])
        compat.forget(self.env)
        for _time in range(2):
            self.env[LINE]._hide_texts()
            self.assertEqual(
                (message.is_personal, message.body, true_body(message)),
                (True, "{}", body))

    def test_names_in_digests(self):
        self.user_employee.dingding_notify_mode = "daily"
        self.post("Later")
        self.process_queue(NOTIFICATION)
        self.hurry()
        self.process_queue(NOTIFICATION)
        row = self.env[NOTIFICATION].search([("mode", "=", "day")])
        self.assertTrue(row.name)
        shown = call_as(self.user_manager, NOTIFICATION, "read", row.ids, ["subject"])
        self.assertEqual(shown[0]["subject"], row.name)
        self.hide_document(self.user_manager)
        shown = call_as(self.user_manager, NOTIFICATION, "read", row.ids, ["subject"])
        self.assertEqual(shown[0]["subject"], "Notification %d" % row.id)

    def test_who_may_retry(self):
        ids = self.row.ids
        for user in (
            self.user_portal, self.user_public, self.user_employee, self.user_dingtalk
        ):
            self.refused(user, NOTIFICATION, "action_retry", ids)
        self.assertTrue(call_as(self.user_manager, NOTIFICATION, "action_retry", ids))
        self.process()
        with self.assertRaises(UserError):
            call_as(self.author, NOTIFICATION, "action_retry", ids)

    def test_users_choose_for_themselves_only(self):
        user = self.user_employee
        values = {
            name: "on" for name in OWN
            if name.split("_")[-1] in (
                "mention", "message", "note", "assignment", "activity", "overdue",
                "mail", "rule")
        }
        values.update(
            dingding_notify_mode="daily", dingding_notify_days="weekdays",
            dingding_notify_quiet=True, dingding_notify_from=20, dingding_notify_to=8,
            dingding_notify_recall="off",
        )
        self.assertEqual(sorted(values), sorted(OWN))
        for each in (user, self.user_portal):
            call_as(each, "res.users", "write", each.ids, values)
            self.assertEqual(each.dingding_notify_mode, "daily")
            self.assertEqual(
                call_as(each, "res.users", "read", each.ids, OWN)[0][OWN[0]], "on")
            for name in OWN:
                self.refused(
                    each, "res.users", "write", self.user_manager.ids,
                    {name: values[name]})
        self.refused(
            user, "res.users", "write", user.ids, dict(values, login="somebody"))

    def test_hours_are_checked(self):
        with self.assertRaises(ValidationError):
            self.user_employee.dingding_notify_to = 25
        with self.assertRaises(ValidationError):
            self.corp.notify_digest = -1

    def test_policy_is_the_managers(self):
        for user in (self.user_employee, self.user_dingtalk, self.user_portal):
            self.refused(
                user, "dingding.corp", "write", self.corp.ids, {"notify": False})
        call_as(
            self.user_manager, "dingding.corp", "write", self.corp.ids,
            {"notify_note": "never"})
        self.assertEqual(self.corp.notify_note, "never")

    def test_who_is_offered_the_preferences(self):
        read = [["dingding_notify_offered"]]
        name = read[0][0]
        user = self.user_employee
        self.assertTrue(call_as(user, "res.users", "read", user.ids, *read)[0][name])
        other = self.user_manager.ids
        self.assertFalse(call_as(user, "res.users", "read", other, *read)[0][name])
        self.corp.notify = False
        self.assertFalse(call_as(user, "res.users", "read", user.ids, *read)[0][name])

    def test_strangers_do_not_see_who_is_offered_them(self):
        """From 13 on everybody reads users."""
        self.corp.todo = "on"
        people = self.env["dingding.user"]
        people.search([("user_id", "=", self.user_employee.id)]).unionid = "union-1"
        names = ["dingding_notify_offered", "dingding_todo_offered"]
        company = self.env["res.company"].create({"name": "Another"})
        stranger = self._make_user(
            self.env, "stranger", "dingding.group_manager", company_id=company.id,
            company_ids=[(6, 0, company.ids)])
        employee = self.user_employee
        for user, expected in (
            (self.user_manager, True), (employee, True), (stranger, False),
            (self._make_user(self.env, "cook", "base.group_user"), False),
        ):
            try:
                row = call_as(user, "res.users", "read", employee.ids, names)[0]
            except AccessError:
                self.assertEqual(user, stranger)
                continue
            self.assertEqual([row[name] for name in names], [expected] * 2, user.login)

    def test_needs_are_declared(self):
        corps = self.env["dingding.corp"].with_context(lang="en_US")
        purposes = [need["purpose"] for need in corps._dingtalk_needs()
                    if need["feature"] == "Notifications"]
        self.assertEqual(purposes, ["message"])
