# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import BASE, call_as, portable

from .notification_case import NotificationCase
from .todo_case import TodoCase


@portable
class TestNotificationOverview(NotificationCase):
    def test_line(self):
        before = self.overview_line("notifications")
        self.assertEqual(
            (before["value"], before["state"]), ("0, not delivered: 0", "ok"))
        self.post("To all")
        self.process()
        sent = self.env["dingding.notification.line"].search_count(
            [("state", "=", "sent")])
        self.assertTrue(sent)
        line = self.overview_line("notifications")
        self.assertEqual(line["value"], "%d, not delivered: 0" % sent)
        opened = self.env[line["action"]["res_model"]].search(line["action"]["domain"])
        self.assertIn("sent", opened.mapped("line_ids.state"))

    def test_a_number_opens_as_many_records(self):
        self.post("To all")
        self.process()
        lines = self.env["dingding.notification.line"].search([("state", "=", "sent")])
        self.assertGreater(len(lines), 1)
        lines.write({"state": "failed"})
        line = self.overview_line("notifications")
        self.assertEqual(line["value"], "0, not delivered: 1")
        for action in (line["action"], line["parts"][0]["action"]):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, lines.mapped("notification_id"))
        self.assertEqual(line["parts"][0]["number"], 1)

    def test_the_home_counts_what_the_manager_may_see(self):
        self.post("To all")
        self.process()
        lines = self.env["dingding.notification.line"].search([
            ("state", "=", "sent"), ("user_id", "!=", self.user_manager.id)])
        lines.write({"state": "failed"})
        lost = "not delivered: 1"
        self.assertIn(lost, self.home_attention())
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for user in lines.mapped("user_id"):
            user.write({
                "company_ids": [(4, elsewhere.id)], "company_id": elsewhere.id})
        self.assertNotIn(lost, self.overview_line("notifications")["value"])
        self.assertNotIn(lost, self.home_attention())

    def home_attention(self):
        compat.flush(self.env)
        compat.forget(self.env)
        rows = call_as(
            self.user_manager, "dingding.corp", "read", self.corp.ids,
            ["home_attention"])
        return rows[0]["home_attention"] or ""

    def test_step(self):
        self.corp.notify = False
        self.assertFalse(self.setup_step("notify")["done"])
        self.corp.notify = True
        self.assertTrue(self.setup_step("notify")["done"])


@portable
class TestTodoOverview(TodoCase):
    def test_line_and_step(self):
        self.assertTrue(self.setup_step("todos")["done"])
        self.activity()
        self.run_queue()
        line = self.overview_line("todos")
        self.assertEqual(
            (line["value"], line["state"]), ("Unsolved: 1, not updated: 0", "ok"))
        self.env["dingding.todo.change"].search([]).write({"state": "failed"})
        self.assertEqual(self.overview_line("todos")["state"], "warning")
        self.corp.todo_personal = True
        self.assertEqual(
            [value for _label, value in self.setup_step("todos")["values"]],
            [BASE + "/dingding/todo/consent/return"])
        self.corp.todo_personal = False
        self.assertFalse(self.setup_step("todos")["values"])
        self.corp.todo = "never"
        self.assertFalse(self.setup_step("todos")["done"])
