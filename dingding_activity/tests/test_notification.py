# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from psycopg2 import sql

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import messages_body, utc
from odoo.addons.dingding.tests.common import call_as, portable, true_body
from odoo.addons.dingding.tests.message_case import RECALL

from ..models import dingding_notification_send as sending
from .notification_case import LINE, NOTIFICATION, SEND, NotificationCase


@portable
class TestNotification(NotificationCase):

    # -- what is sent --------------------------------------------------------------

    def test_message_reaches_followers_in_one_call(self):
        message = self.post()
        self.assertDingTalkNotCalled()
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        for user in self.followers:
            self.assertEqual(len(self.texts_of(user)), 1)
        text = self.texts_of(self.user_employee)[0]
        for words in ("Order 7", "Test author", "Hello **all**"):
            self.assertIn(words, text)
        lines = self.env[LINE].search([("mail_message_id", "=", message.id)])
        self.assertEqual(set(lines.mapped("kind")), {"message"})
        self.assertEqual(set(lines.mapped("state")), {"sent"})
        self.assertEqual(
            self.phone(self.people[0])[0]["msg"]["msgtype"], "action_card")

    def test_followers_are_told_how_to_answer(self):
        """In one call; people who are named are told by the robot itself."""
        asked = []

        def number(corp, model, res_id):
            asked.append((corp, model, res_id))
            return 4711

        self._replace(type(self.corp), "_discussion_number", number)
        self.post("To you", partner_ids=self.user_manager.partner_id.ids)
        self.process()
        for user in self.user_employee | self.user_dingtalk:
            text, = self.texts_of(user)
            self.assertIn("#4711", text)
            self.assertIn("To you", text)
        self.assertNotIn("#4711", self.texts_of(self.user_manager)[0])
        self.assertEqual(asked, [(self.corp, "res.partner", self.document.id)])
        self.assertDingTalkCalled(SEND, times=2)
        self.post("Internal", note=True)
        self.activity(self.user_dingtalk)
        self.process()
        self.assertNotIn("#4711", self.texts_of(self.user_dingtalk)[-1])
        self.assertEqual(len(asked), 1)

    def test_nobody_is_notified_of_the_own_doing(self):
        self.post(user=self.user_employee)
        self.activity(self.user_employee, by=self.user_employee)
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_dingtalk)), 1)

    def test_emails_reach_the_owner_of_their_alias(self):
        """The gateway posts them as this user, whom later series leave out, too."""
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        for kind in ("comment", "email"):
            compat.flush(self.env)
            message = compat.with_user(self.document, self.user_employee).message_post(
                body="Hello", message_type=kind, author_id=stranger.id,
                email_from="stranger@example.com",
                subtype_id=self.env.ref("mail.mt_comment").id)
            compat.flush(self.env)
            told = self.env["mail.notification"].search_count([
                ("mail_message_id", "=", message.id),
                ("res_partner_id", "=", self.user_employee.partner_id.id)])
            self.process()
            self.assertEqual(
                len(self.texts_of(self.user_employee)), told if kind == "email" else 0)

    def test_text_messages_stay_text_messages(self):
        if "notification_type" not in self.env["mail.notification"]._fields:
            self.skipTest("Odoo has no rows for text messages")
        message = self.post("On your phone")
        # The addon sms adds the type.
        compat.execute(self.env.cr, sql.SQL(
            "UPDATE {} SET notification_type = 'sms'"
            " WHERE mail_message_id = %s AND res_partner_id = %s"
        ).format(sql.Identifier(self.env["mail.notification"]._table)),
            [message.id, self.user_employee.partner_id.id])
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)

    def test_kinds(self):
        self.post("Note", note=True)
        self.post("To you", partner_ids=self.user_manager.partner_id.ids)
        self.process()
        self.assertEqual(
            self.lines_of(self.user_employee).sorted("id").mapped("kind"),
            ["note", "message"])
        self.assertEqual(
            self.lines_of(self.user_manager).sorted("id").mapped("kind"),
            ["note", "mention"])

    def test_disabled_organisation_captures_nothing(self):
        self.corp.notify = False
        self.post()
        self.activity(self.user_employee)
        compat.flush(self.env)
        self.assertFalse(self.env[NOTIFICATION].search([]))

    def test_text_is_written_once_for_equal_recipients(self):
        lines, written, checked = type(self.env[LINE]), [], []
        for name, calls in (("_content", written), ("_may_read", checked)):
            real = getattr(lines, name)
            self._replace(lines, name, lambda line, calls=calls, real=real: (
                calls.append(line.user_id.id), real(line))[1])
        self.post("Hello")
        self.process()
        self.assertEqual(len(written), 1)
        self.assertEqual(sorted(checked), sorted(self.followers.ids))
        self.user_manager.tz = "Asia/Tokyo"
        self.post("Hello again")
        self.process()
        self.assertEqual(len(written), 3)
        for user in self.followers:
            self.assertIn("Hello again", self.texts_of(user)[-1])

    def test_names_that_recipients_see_are_not_shared(self):
        lines = type(self.env[LINE])
        self._replace(lines, "_title", lambda line: "Seen by %d" % line.user_id.id)
        self.post("Hello")
        self.process()
        for user in self.followers:
            self.assertIn("Seen by %d" % user.id, self.texts_of(user)[0])

    def test_policy_and_choice(self):
        self.user_employee.dingding_notify_message = "off"
        self.corp.notify_message = "off"
        self.user_manager.dingding_notify_message = "on"
        self.post("By choice")
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertFalse(self.texts_of(self.user_dingtalk))
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)
        self.corp.notify_message = "always"
        self.post("To everybody")
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        self.corp.notify_message = "never"
        self.post("To nobody")
        self.process()
        self.assertEqual(len(self.texts_of(self.user_manager)), 2)

    def test_activity(self):
        activity = self.activity(self.user_employee)
        self.process()
        text, = self.texts_of(self.user_employee)
        self.assertIn("Call them", text)
        self.assertIn("2026-03-09", text)
        self.assertFalse(self.texts_of(self.user_manager))
        activity.write({"user_id": self.user_manager.id})
        compat.flush(self.env)
        self.process()
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def test_activity_given_back_at_once(self):
        self.people[5].user_id = self.author
        activity = self.activity(self.user_employee)
        compat.with_user(activity, self.user_employee).write(
            {"user_id": self.author.id})
        compat.flush(self.env)
        self.process()
        self.assertEqual(len(self.texts_of(self.author)), 1)
        self.assertFalse(self.texts_of(self.user_employee))

    def test_activity_taken_at_once(self):
        activity = self.activity(self.user_manager)
        compat.with_user(activity, self.user_employee).write(
            {"user_id": self.user_employee.id})
        compat.flush(self.env)
        self.process()
        self.assertFalse(self.env[LINE].search([]))

    def test_activity_done_before_is_not_sent(self):
        activity = self.activity(self.user_employee)
        compat.with_user(activity, self.user_employee).unlink()
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))

    def test_activity_done_while_it_waits(self):
        """Later series can keep what is done."""
        self.user_employee.dingding_notify_mode = "daily"
        activity = self.activity(self.user_employee)
        kind = activity.sudo().activity_type_id
        if "keep_done" in kind._fields:
            kind.keep_done = True
        self.process()
        self.user_employee.email = "employee@example.com"
        compat.with_user(activity, self.user_employee).action_feedback()
        self.process()
        self.hurry()
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))

    def test_nobody_to_list_overdue_activities_for(self):
        """14.0 to 16.0 make no query of a domain that nothing can meet."""
        nobody = self.env["res.users"]
        self.assertEqual(
            self.env[NOTIFICATION]._late_users(nobody, datetime.date(2026, 3, 3)),
            nobody)

    def test_overdue_once_a_day_in_the_morning(self):
        self.activity(self.user_employee, date_deadline="2026-03-01")
        self.activity(
            self.user_employee, date_deadline="2026-03-02", summary="Write them")
        self.process()
        before = len(self.texts_of(self.user_employee))
        notifications = self.env[NOTIFICATION]
        self.at(datetime.datetime(2026, 3, 3, 0, 20))  # 08:20
        notifications._cron_overdue()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), before)
        self.at(datetime.datetime(2026, 3, 3, 0, 40))
        for _time in range(2):
            notifications._cron_overdue()
            self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), before + 1)
        text = self.texts_of(self.user_employee)[-1]
        self.assertIn("Call them", text)
        self.assertIn("Write them", text)

    def test_overdue_without_end(self):
        """Nobody looks at them, and each would cost statements every day."""
        self._replace(sending, "MOST_OVERDUE", 2)
        other = self.document.copy({"name": "Order 8"})
        for number in range(5):
            self.activity(
                self.user_employee, summary="No %d" % number,
                date_deadline="2026-02-%02d" % (20 + number),
                res_id=(other if number % 2 else self.document).id)
        self.process()
        self.at(datetime.datetime(2026, 3, 3, 0, 40))
        with self.counted() as statements:
            self.env[NOTIFICATION]._cron_overdue()
        # None of them is read to find their users.
        self.assertFalse([
            each for each in statements
            if 'FROM "mail_activity"' in each and '"summary"' in each])
        self.process()
        row = self.env[NOTIFICATION].search([("mode", "=", "overdue")])
        self.assertEqual((len(row.line_ids), row.unlisted), (2, 3))
        text = self.texts_of(self.user_employee)[-1]
        for words in ("5 documents", "No 0", "No 1", "3 more"):
            self.assertIn(words, text)
        self.assertNotIn("No 2", text)

    def test_overdue_when_the_digest_is_in_quiet_hours(self):
        self.activity(self.user_employee, date_deadline="2026-03-01")
        self.process()
        notifications = self.env[NOTIFICATION]
        self.corp.write({
            "notify_quiet_from": 22, "notify_quiet_to": 7, "notify_digest": 23})
        before = len(self.texts_of(self.user_employee))
        for hour, minute, more in ((15, 30, 0), (22, 50, 0), (23, 5, 1), (1, 0, 1)):
            # 23:30 on the day before, 06:50, 07:05 and 09:00 in Beijing
            day = 2 if hour > 12 else 3
            self.at(datetime.datetime(2026, 3, day, hour, minute))
            notifications._cron_overdue()
            self.process()
            self.assertEqual(
                len(self.texts_of(self.user_employee)), before + more, (hour, minute))

    def test_strangers_put_no_picture_and_no_link(self):
        """A picture would report readers."""
        evil = "![x](http://evil.example/p.png)"
        self.document.name = evil
        self.author.partner_id.name = evil
        file = self.env["ir.attachment"].create(
            {"name": evil, "datas": "eA==", "res_model": "res.partner",
             "res_id": self.document.id})
        self.post("%s ! <a href='http://evil.example/q.png'>y</a>" % evil,
                  attachment_ids=file.ids)
        self.process()
        text = self.texts_of(self.user_employee)[0]
        self.assertIn("evil.example/q.png", text)
        self.assertEqual(text.count("]("), 1, text)
        self.assertNotIn("![y", text)

    def test_assignment(self):
        compat.flush(self.env)
        document = compat.with_user(self.document, self.author)
        partners = self.user_employee.partner_id | self.author.partner_id
        args = [] if compat.SERIES < 12 else ["mail.message_user_assigned"]
        document._message_auto_subscribe_notify(partners.ids, *args)
        compat.flush(self.env)
        self.process()
        text, = self.texts_of(self.user_employee)
        self.assertIn("Assigned to you", text)
        self.assertIn("Order 7", text)
        self.assertIn("**%s**" % self.author.name, text)
        self.assertEqual(
            self.env[LINE].search([]).mapped("kind"), ["assignment"])

    def test_assigned_once_more(self):
        document = compat.with_user(self.document, self.author)
        partner = self.user_employee.partner_id
        args = [] if compat.SERIES < 12 else ["mail.message_user_assigned"]
        for minute in (1, 2):
            compat.flush(self.env)
            document._message_auto_subscribe_notify(partner.ids, *args)
            row = self.env[NOTIFICATION].search(
                [("mode", "=", "assignment"), ("state", "=", "queued")])
            # Odoo's tests know only their transaction's time.
            self.env.cr.execute(
                "UPDATE dingding_notification SET create_date = create_date"
                " + interval '%s minutes' WHERE id = %s", [minute, row.id])
            compat.forget(self.env)
            self.process()
        texts = self.texts_of(self.user_employee)
        self.assertEqual(len(set(texts)), 2)

    def test_attachments_are_named(self):
        file = self.file()
        self.post("See", attachment_ids=file.ids)
        self.process()
        self.assertIn("plan.pdf", self.texts_of(self.user_employee)[0])

    def test_long_texts_fit(self):
        self.document.name = "\u9879" * 300
        self.post("<p>%s</p>" % ("\u4e2d\u6587\"\\ " * 3000))
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        self.assertIn("\u2026", self.texts_of(self.user_employee)[0])

    def file(self):
        files = compat.with_user(self.env["ir.attachment"], self.author)
        # As the author has added it: 13 leaves out others.
        return files.create({
            "name": "plan.pdf", "datas": "eA==", "res_model": "mail.compose.message",
            "res_id": 0})

    # -- rights and language -------------------------------------------------------

    def test_without_access_nothing_is_sent(self):
        self.activity(self.user_employee)
        self.hide_document(self.user_employee)
        self.post("Secret")
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(
            set(self.lines_of(self.user_employee).mapped("state")), {"no_access"})
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)

    def test_notes_never_reach_others_than_internal_users(self):
        person = self.people[3]
        person.user_id = self.user_portal
        self.document.write({"parent_id": self.user_portal.partner_id.id})
        self.follow(self.document, self.user_portal)
        partner = self.user_portal.partner_id
        self.post("Internal", note=True, partner_ids=partner.ids)
        self.process()
        self.assertFalse(self.texts_of(self.user_portal))
        self.post("Public", partner_ids=partner.ids)
        self.process()
        self.assertEqual(len(self.texts_of(self.user_portal)), 1)
        self.assertIn("Public", self.texts_of(self.user_portal)[0])

    def test_language_of_each_recipient(self):
        if not self.env["res.lang"].search([("code", "=", "zh_CN")]):
            self.skipTest("zh_CN is not installed")
        self.user_employee.lang = "zh_CN"
        (self.user_dingtalk | self.user_manager).write({"lang": "en_US"})
        file = self.file()
        self.post("See", attachment_ids=file.ids)
        self.process()
        self.assertDingTalkCalled(SEND, times=2)
        self.assertIn("\u9644\u4ef6", self.texts_of(self.user_employee)[0])
        self.assertIn("Attachments", self.texts_of(self.user_manager)[0])

    # -- when --------------------------------------------------------------------

    def test_gathered_by_document(self):
        self.user_employee.dingding_notify_mode = "gathered"
        for words in ("First", "Second", "Third"):
            self.post(words)
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_manager)), 3)
        row = self.env[NOTIFICATION].search([("gathering", "=", True)])
        self.assertEqual(len(row), 1)
        self.assertIn("04:15:00", str(row.next_try))
        self.hurry()
        self.process()
        text, = self.texts_of(self.user_employee)
        for words in ("First", "Second", "Third"):
            self.assertIn(words, text)
        self.post("Fourth")
        self.process()
        self.hurry()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 2)

    def test_daily_digest(self):
        self.user_employee.dingding_notify_mode = "daily"
        self.post("First")
        self.post("Second")
        self.activity(self.user_employee)
        other = self.document.copy({"name": "Order 8"})
        compat.flush(self.env)
        self.activity(self.user_employee, res_id=other.id)
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        row = self.env[NOTIFICATION].search([("gathering", "=", True)])
        self.assertEqual(str(row.next_try)[:16], "2026-03-04 00:30")
        self.hurry()
        self.process()
        text, = self.texts_of(self.user_employee)
        self.assertIn("Order 7", text)
        self.assertIn("Order 8", text)

    def test_quiet_hours_in_two_time_zones(self):
        self.at(datetime.datetime(2026, 3, 3, 15, 0))  # 23:00 in Shanghai
        self.user_manager.tz = "America/New_York"  # 10:00
        self.post("Late")
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)
        self.hurry()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def test_own_quiet_hours(self):
        self.user_employee.write({
            "dingding_notify_quiet": True, "dingding_notify_from": 11,
            "dingding_notify_to": 14,
        })
        self.post("At noon")
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)

    def test_limit_of_a_day(self):
        self._replace(sending, "MOST_A_DAY", 2)
        self.at(utc.now().replace(hour=4, microsecond=0))
        for number in range(4):
            self.post("Number %d" % number)
            self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 2)
        waiting = self.lines_of(self.user_employee).filtered(
            lambda line: line.state == "waiting")
        self.assertEqual(len(waiting), 2)
        self.assertEqual(waiting.mapped("notification_id.mode"), ["day"])

    # -- how often -----------------------------------------------------------------

    def test_many_people_share_calls(self):
        """Here 2 people per call."""
        self._replace(messages_body, "MAX_USERIDS", 2)
        users = self.user_system | self._make_user(
            self.env, "fifth", "base.group_user")
        users.write({"tz": "Asia/Shanghai"})
        for person, user in zip(self.people[3:], users):
            person.user_id = user
        self.follow(self.document, users)
        self.env[NOTIFICATION].search([]).unlink()
        self.post()
        self.process_queue(NOTIFICATION)
        message = self.env["dingding.message"].search([])
        self.assertEqual(len(message), 1)
        self.assertEqual(message.people, 5)
        self.assertEqual(sorted(message.task_ids.mapped("people")), [1, 2, 2])
        self.process_queue()
        self.assertDingTalkCalled(SEND, times=3)

    def test_lost_answer_is_not_sent_twice(self):
        self.simulator.fault("reset_after", SEND)
        self.post("Once")
        self.process()
        self.process()
        message = self.env["dingding.message"].search([])
        self.due_now(message)
        self.process()
        self.assertEqual(len(self.phone(self.people[0])), 1)
        self.assertEqual(message.state, "sent")

    def test_processed_again_makes_no_second_line(self):
        self.post()
        self.process()
        row = self.env[NOTIFICATION].search([])
        self.env[NOTIFICATION]._capture_messages(row.mail_message_id.ids)
        self.assertEqual(self.env[NOTIFICATION].search([]), row)
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    # -- what went wrong -------------------------------------------------------------

    def test_failure_is_in_the_chatter_and_retried(self):
        self.simulator.fault("permission", SEND)
        message = self.post("Lost")
        self.process()
        lines = self.env[LINE].search([("mail_message_id", "=", message.id)])
        self.assertEqual(set(lines.mapped("state")), {"failed"})
        self.assertTrue(lines[0].reason)
        row = lines.mapped("notification_id")
        self.assertTrue(row.has_failed)
        reports = self.env["mail.message"].search(
            [("res_id", "=", self.document.id), ("model", "=", "res.partner"),
             ("parent_id", "=", message.id)])
        self.assertEqual(len(reports), 1)
        self.assertIn(self.user_employee.name, str(reports.body))
        self.assertIn("id=%d" % row.id, str(reports.body))
        self.assertFalse(self.env["mail.notification"].search(
            [("mail_message_id", "=", reports.id)]))
        self.assertIn("dingding_retry=1", str(reports.body))
        said = call_as(self.author, NOTIFICATION, "retry_from_chatter", row.ids)
        self.assertEqual(said, "Being sent again")
        self.process()
        self.assertEqual(set(lines.mapped("state")), {"sent"})
        self.assertEqual(len(self.phone(self.people[0])), 1)
        self.assertFalse(reports.exists())

    def test_not_delivered_to_a_person_who_is_linked_anew(self):
        self.post("Lost")
        self.process_queue(NOTIFICATION)
        self.people[0].user_id = False
        self.people[5].user_id = self.user_employee
        # It happens after the last look, while the message is being sent.
        self._replace(
            type(self.env["dingding.message.task"]), "_withheld_recipients",
            lambda task: task.recipient_ids.browse())
        self.simulator.fault("permission", SEND)
        self.process_queue()
        self.assertEqual(self.lines_of(self.user_employee).state, "failed")
        self.assertIn(
            self.user_employee.name,
            str(self.lines_of(self.user_employee).report_id.body))

    def test_authors_retry_what_was_collected(self):
        self.followers.write({"dingding_notify_mode": "gathered"})
        message = self.post("Lost")
        self.post("Too", user=self.user_employee)
        self.process()
        self.hurry()
        self.simulator.fault("permission", SEND, times=9)
        self.process()
        lines = self.env[LINE].search([])
        self.assertEqual(set(lines.mapped("state")), {"failed"})
        reports = lines.mapped("report_id")
        row = self.env[NOTIFICATION].search(
            [("mode", "=", "message"), ("mail_message_id", "=", message.id)])
        mine = reports.filtered(lambda report: report.parent_id == message)
        self.assertTrue(mine)
        for report in mine:
            self.assertIn("#id=%d&" % row.id, str(report.body).replace("&amp;", "&"))
        shown = call_as(self.author, NOTIFICATION, "read", row.ids, ["has_failed"])
        self.assertTrue(shown[0]["has_failed"])
        self.simulator.clear_faults()
        call_as(self.author, NOTIFICATION, "retry_from_chatter", row.ids)
        self.process()
        self.assertEqual(set(lines.mapped("state")), {"sent"})
        self.assertFalse(reports.exists())

    def test_the_same_words_within_a_minute(self):
        """DingTalk delivers them once, and nobody misses anything."""
        messages = self.post("Yes") | self.post("Yes")
        messages.write({"date": "2026-03-03 04:00:00"})
        self.process()
        self.assertEqual(len(self.phone(self.people[0])), 1)
        lines = self.env[LINE].search([("mail_message_id", "in", messages.ids)])
        lines.mapped("message_id").action_refresh()
        compat.forget(self.env)
        rows = lines.mapped("message_id.recipient_ids")
        self.assertIn("143106", rows.mapped("reason_code"))
        self.assertEqual(set(lines.mapped("state")), {"sent"})
        self.assertFalse(lines.mapped("report_id"))

    def test_an_author_who_retries_without_end(self):
        self.simulator.fault("permission", SEND, times=99)
        message = self.post("Lost")
        self.process()
        row = self.env[LINE].search(
            [("mail_message_id", "=", message.id)]).mapped("notification_id")
        self.simulator.forget_calls()
        call_as(self.author, NOTIFICATION, "retry_from_chatter", row.ids)
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        for _number in range(2):
            with self.assertRaises(UserError) as caught:
                call_as(self.author, NOTIFICATION, "retry_from_chatter", row.ids)
            self.assertIn("a moment ago", caught.exception.args[0])
            self.process()
        self.assertDingTalkCalled(SEND, times=1)
        call_as(self.user_manager, NOTIFICATION, "action_retry", row.ids)
        self.process()
        self.assertDingTalkCalled(SEND, times=2)

    def test_application_without_agent_id(self):
        self.app.agent_id = False
        self.post("Nowhere")
        self.process_queue(NOTIFICATION)
        row = self.env[NOTIFICATION].search([])
        self.assertEqual(row.state, "failed")
        self.assertIn("AgentId", row.last_error)
        self.app.agent_id = self.simulator.agent_id
        compat.with_user(row, self.user_manager).action_retry()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def manager_elsewhere(self):
        """Link the manager in another organisation, which cannot send; return it."""
        other = self._make_corp(
            self.env, self.simulator, name="Second", corp_id="dingsecond",
            app_key="dingsecondkey", agent_id=False)
        other.notify = True
        person = self.people.filtered(lambda each: each.user_id == self.user_manager)
        person.user_id = False
        self.env["dingding.user"].create({
            "name": "Manager", "corp_id": other.id, "userid": "manager",
            "user_id": self.user_manager.id})
        return other

    def test_one_organisation_cannot_send_what_others_collect(self):
        self.manager_elsewhere()
        (self.user_employee | self.user_dingtalk).write(
            {"dingding_notify_mode": "gathered"})
        self.post("To all")
        self.process()
        self.assertEqual(self.lines_of(self.user_manager).state, "failed")
        self.hurry()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def test_one_organisation_cannot_send(self):
        other = self.manager_elsewhere()
        message = self.post("To all")
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        line = self.lines_of(self.user_manager)
        self.assertEqual(line.state, "failed")
        self.assertIn("AgentId", line.reason)
        self.assertTrue(line.notification_id.has_failed)
        self.assertEqual(line.report_id.parent_id, message)
        other.app_id.agent_id = self.simulator.agent_id
        compat.with_user(line.notification_id, self.author).action_retry()
        self.process_queue(NOTIFICATION)
        self.assertEqual(line.state, "sending")
        self.assertTrue(line.message_id)
        self.assertEqual(len(self.lines_of(self.user_employee)), 1)

    def test_name_that_one_recipient_may_not_read(self):
        title = type(self.env[LINE])._title

        words = "Not yours"

        def refuse(line):
            if line.user_id == self.user_employee:
                raise AccessError(words)
            return title(line)

        self._replace(type(self.env[LINE]), "_title", refuse)
        self.post("To all")
        self.process()
        self.assertEqual(self.lines_of(self.user_employee).state, "no_access")
        self.assertEqual(len(self.texts_of(self.user_dingtalk)), 1)

    def test_user_who_left_before_the_digest(self):
        self.user_employee.dingding_notify_mode = "daily"
        self.post("Later")
        self.process()
        self.user_employee.active = False
        self.hurry()
        self.process()
        self.assertFalse(self.phone(self.people[0]))
        self.assertEqual(self.lines_of(self.user_employee).state, "no_account")

    # -- recall ---------------------------------------------------------------------

    def test_deleted_message_is_recalled(self):
        message = self.post("Wrong")
        self.process()
        message.unlink()
        self.process()
        self.assertDingTalkCalled(RECALL, times=1)
        self.assertTrue(self.phone(self.people[0])[0]["recalled"])

    def test_nothing_is_recalled_in_an_archived_organisation(self):
        message = self.post("Wrong")
        self.process()
        message.unlink()
        self.corp.active = False
        compat.flush(self.env)
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        row = self.env[NOTIFICATION].search([("mode", "=", "recall")])
        self.assertEqual(row.state, "failed")
        self.assertIn("archived", row.last_error)
        self.corp.active = True
        row.action_retry()
        self.process()
        self.assertTrue(self.phone(self.people[0])[0]["recalled"])

    def test_composer_is_no_message(self):
        """Up to 13.0 it inherits the model of messages."""
        message = self.post("Right")
        self.process()
        notifications = self.env[NOTIFICATION].search([])
        last = max(self.env["mail.message"].search([], order="id desc", limit=1).id, 1)
        self.env.cr.execute(
            "SELECT setval('mail_compose_message_id_seq', %s)", (last + 1000,))
        composers = self.env["mail.compose.message"]
        composers.create({"body": "x", "subject": "Far"})
        self.env.cr.execute(
            "SELECT setval('mail_compose_message_id_seq', %s, false)", (message.id,))
        composer = composers.create({"body": "x", "subject": "Alike"})
        self.assertEqual(composer.id, message.id)
        composer.write({"body": ""})
        composer.unlink()
        compat.flush(self.env)
        self.assertEqual(self.env[NOTIFICATION].search([]), notifications)
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        self.assertFalse(self.phone(self.people[0])[0]["recalled"])

    def test_emptied_message_is_recalled(self):
        message = self.post("Wrong")
        self.process()
        message.write({"body": "<p>Right</p>"})
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        message.write({"body": ""})
        self.process()
        self.assertDingTalkCalled(RECALL, times=1)

    def edit(self, message, body, files):
        """Edit a message as the chatter does in series that let people do so."""
        document = compat.with_user(self.document, self.author)
        message = compat.with_user(message, self.author).sudo()
        if hasattr(document, "_message_update_content"):
            document._message_update_content(
                message, body=body, attachment_ids=files.ids)
        elif hasattr(message, "_update_content"):
            message._update_content(body, files.ids)
        else:
            (message.attachment_ids - files).unlink()
            message.write({"body": body})
        compat.flush(self.env)
        compat.forget(self.env)

    def test_emptied_text_of_a_file(self):
        # In 15 only notes can be edited.
        message = self.post(
            "See the file", note=True, attachments=[("a.txt", b"a")])
        self.process()
        self.edit(message, "", message.attachment_ids)
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        self.assertTrue(self.lines_of(self.user_employee))
        self.edit(message, "", message.attachment_ids.browse())
        self.process()
        self.assertDingTalkCalled(RECALL, times=1)

    def test_recall_is_a_choice(self):
        self.corp.notify_recall = False
        message = self.post("Wrong")
        self.process()
        message.unlink()
        self.process()
        self.assertDingTalkNotCalled(RECALL)

    def test_recall_is_each_persons_choice(self):
        """DingTalk recalls whole calls."""
        self.user_employee.dingding_notify_recall = "off"
        message = self.post("Wrong")
        self.process()
        self.assertDingTalkCalled(SEND, times=2)
        self.user_employee.dingding_notify_recall = "on"
        message.unlink()
        self.process()
        self.assertDingTalkCalled(RECALL, times=1)
        self.assertFalse(self.phone(self.people[0])[0]["recalled"])
        self.assertTrue(self.phone(self.people[2])[0]["recalled"])

    def test_collected_are_recalled_with_the_last(self):
        self.followers.write({"dingding_notify_mode": "gathered"})
        first, second = self.post("First"), self.post("Second")
        self.process()
        self.hurry()
        self.process()
        first.unlink()
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        second.unlink()
        self.process()
        self.assertDingTalkCalled(RECALL)

    def test_deleted_before_it_is_sent(self):
        self.post("Wrong").unlink()
        self.process()
        self.assertDingTalkNotCalled(SEND)

    def test_emptied_before_it_is_sent(self):
        """Later series empty messages instead of deleting them."""
        self.post("Wrong").write({"body": "<span class='o-edited'></span>"})
        self.process()
        self.assertDingTalkNotCalled(SEND)
        self.followers.write({"dingding_notify_mode": "gathered"})
        first, second = self.post("First"), self.post("Second")
        self.process()
        first.write({"body": ""})
        self.hurry()
        self.process()
        text, = self.texts_of(self.user_employee)
        self.assertIn("Second", text)
        self.assertEqual(
            self.env[LINE].search([]).mapped("mail_message_id"), second)

    def test_collected_are_recalled_with_the_last_emptied(self):
        self.followers.write({"dingding_notify_mode": "gathered"})
        first, second = self.post("First"), self.post("Second")
        self.process()
        self.hurry()
        self.process()
        first.write({"body": ""})
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        second.write({"body": ""})
        self.process()
        self.assertDingTalkCalled(RECALL)

    def test_a_picture_is_a_text(self):
        message = self.post("Wrong")
        self.process()
        message.write({"body": "<p><img src='/web/image/1'/></p>"})
        self.process()
        self.assertDingTalkNotCalled(RECALL)
        self.assertTrue(self.env[LINE].search([]))

    def test_reports_end_with_their_message(self):
        """Nobody wants to send again what is deleted."""
        for end in (lambda each: each.unlink(), lambda each: each.write({"body": ""})):
            self.simulator.fault("permission", SEND)
            message = self.post("Lost")
            self.process()
            report = self.env[LINE].search(
                [("mail_message_id", "=", message.id)]).mapped("report_id")
            self.assertEqual(len(report), 1)
            end(message)
            compat.flush(self.env)
            self.assertFalse(report.exists())

    def test_a_report_is_deleted_with_its_document(self):
        self.simulator.fault("permission", SEND)
        self.post("Lost")
        self.process()
        report = self.env[LINE].search([]).mapped("report_id")
        self.assertEqual(len(report), 1)
        self.document.unlink()
        compat.flush(self.env)
        self.assertFalse(report.exists())

    def test_texts_differ_by_document(self):
        self.post("Done")
        self.process()
        self.document = self.document.copy({"name": "Order 7"})
        self.follow(self.document, self.followers)
        self.post("Done")
        self.process()
        messages = self.env["dingding.message"].search([], order="id")
        self.assertNotEqual(true_body(messages[0]), true_body(messages[1]))
        self.assertEqual(len(self.phone(self.people[0])), 2)
