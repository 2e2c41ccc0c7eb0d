# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import dingding_budget
from odoo.addons.dingding.tests.budget_case import BudgetCase
from odoo.addons.dingding.tests.common import portable

from .notification_case import LINE, NOON, NOTIFICATION, SEND, NotificationCase


@portable
class TestNotificationPause(NotificationCase, BudgetCase):
    def send(self, *args, **kwargs):
        return NotificationCase.send(self, *args, **kwargs)

    def spent(self, percent):
        """Have this much of the month's calls be used."""
        self.corp.budget_edition = "standard"
        self.use(self.corp.budget_api_cap * percent // 100, feature="messages")
        dingding_budget.forget_standings()

    def test_followed_documents_pause_first(self):
        self.spent(96)
        self.post("To all")
        self.post("To you", partner_ids=self.user_manager.partner_id.ids)
        self.process()
        lines = self.lines_of(self.user_manager).sorted("id")
        self.assertEqual(lines.mapped("state"), ["paused", "sent"])
        row = lines[0].notification_id
        self.assertTrue(row.has_paused)
        self.assertFalse(row.has_failed)
        self.assertFalse(lines[1].notification_id.has_paused)
        lines = {line["key"]: line for line in self.corp._overview_lines()}
        action = lines["notify_paused"]["action"]
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(
            lines["notify_paused"]["value"].split()[0], str(len(found)))

    def test_sending_continues_by_itself(self):
        self.spent(96)
        self.post("To all")
        self.process()
        line = self.lines_of(self.user_employee)
        self.assertEqual(line.state, "paused")
        self.corp.budget_packs = 1
        dingding_budget.forget_standings()
        for message in self.env["dingding.message"].search([]):
            self.due_now(message)
        self.process()
        self.assertEqual(line.state, "sent")
        self.assertDingTalkCalled(SEND, times=1)

    def resumed(self, days=3):
        self.env.cr.execute(
            "UPDATE dingding_message SET create_date = create_date"
            " - %s * interval '1 day'", [days])
        self.env.cr.execute(
            "UPDATE dingding_message_task SET create_date = create_date"
            " - %s * interval '1 day'", [days])
        compat.forget(self.env)

    def send_now(self):
        self.corp.budget_packs = 1
        dingding_budget.forget_standings()
        for message in self.env["dingding.message"].search([]):
            if message.task_ids.filtered(lambda task: task.state == "retry"):
                self.due_now(message)
        self.process()

    def test_deleted_while_paused(self):
        for wants in (True, False):
            self.corp.notify_recall = wants
            self.spent(96)
            message = self.post("To all, again and again %s" % wants)
            self.process()
            self.resumed()
            message.unlink()
            self.process()
            self.send_now()
            self.assertDingTalkNotCalled(SEND)
            self.corp.budget_packs = 0

    def test_rights_while_paused(self):
        self.spent(96)
        self.post("To all")
        self.process()
        self.resumed()
        self.hide_document(self.user_employee)
        wrong = self.people.filtered(lambda each: each.user_id == self.user_manager)
        wrong.user_id = False
        self.send_now()
        self.assertEqual(
            [bool(self.phone(person)) for person in self.people[:3]],
            [False, True, False])
        self.assertEqual(self.lines_of(self.user_employee).state, "no_access")
        self.assertEqual(self.lines_of(self.user_manager).state, "no_account")
        self.assertEqual(self.lines_of(self.user_dingtalk).state, "sent")
        self.assertFalse(self.env[LINE].search([("report_id", "!=", False)]))
        rows = self.env["dingding.message.recipient"].search(
            [("person_id", "=", self.people[0].id)])
        self.assertEqual((rows.state, rows.reason_code), ("failed", "withheld"))

    def test_linked_to_another_before_it_is_sent(self):
        """However short the time, nobody reads what was written for another."""
        self.post("To all")
        self.process_queue(NOTIFICATION)
        self.people[0].user_id = self.author
        self.people[1].user_id = False
        self.process()
        self.assertEqual(
            [bool(self.phone(person)) for person in self.people[:3]],
            [False, False, True])
        self.assertEqual(self.lines_of(self.user_employee).state, "no_account")
        self.assertFalse(self.env[LINE].search([("report_id", "!=", False)]))

    def test_quiet_hours_while_paused(self):
        """A new month begins at night."""
        self.spent(96)
        self.post("To all")
        self.process()
        self.resumed()
        self.at(NOON + datetime.timedelta(hours=12))
        self.send_now()
        self.assertDingTalkNotCalled(SEND)
        task = self.env["dingding.message"].search([]).task_ids
        left = fields.Datetime.from_string(task.next_try) - task._now()
        self.assertEqual(int(left.total_seconds() / 3600 + 0.5), 7)
        self.at(NOON)
        self.due_now(task.message_id)
        self.process()
        self.assertDingTalkCalled(SEND, times=1)

    def test_counted_as_what_they_are_worth(self):
        self.post("To all")
        self.process()
        self.activity(self.user_employee)
        self.process()
        self.assertEqual(
            [row[1:] for row in self.rows(("name", "=", SEND))],
            [("notify_direct", 1), ("notify_followed", 1)])

    def test_the_price_of_each_frequency(self):
        def counts():
            compat.forget(self.env)
            return self.corp._notify_counts().get(self.corp.id, (0, 0, 0))

        before = counts()
        messages = self.post("One") | self.post("Two")
        messages.write({"date": fields.Datetime.now()})
        compat.flush(self.env)
        found = counts()
        self.assertEqual(
            [after - number for after, number in zip(found, before)], [2, 1, 3])
        self.assertEqual(self.corp.notify_price.split("\n"), [
            # Each is sent, and its results are read once.
            "Immediately: about %d calls a month" % (2 * found[0]),
            "Every 15 minutes, by document: about %d calls a month" % (2 * found[1]),
            "Daily digest: about %d calls a month" % (2 * found[2]),
        ])
