# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import datetime
from unittest import mock

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError
from odoo.tests import common
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable, real_open_cursor

from ..models.dingding_corp_notify import EMAILED
from ..models.dingding_notification_mail import SENDING, Cause
from .notification_case import LINE, NOON, NOTIFICATION, SEND, NotificationCase
from .todo_case import API, TodoCase

MAIL = "mail.mail"


class EmailCase(object):
    """Record the e-mails that Odoo sends."""

    def record(self, users):
        """Give users addresses, and record who gets an e-mail from now on."""
        for user in users:
            user.email = "%s@example.com" % user.login
        self.env[MAIL].search([]).unlink()
        self.mailed = []

        def send_email(_server, message, *_args, **_kwargs):
            self.mailed.append(str(message["To"]))
            return message["Message-Id"]

        servers = type(self.env["ir.mail_server"])
        self._replace(servers, "send_email", send_email)
        if hasattr(servers, "_disable_send"):
            # 19 sends nothing while it is tested.
            self._replace(servers, "_disable_send", lambda server: False)
            self._replace(servers, "_connect__", lambda *args, **kwargs: None)

    def read_results(self):
        """Let DingTalk say who got what it has accepted."""
        tasks = self.env["dingding.message.task"]
        tasks.search([("next_result", "!=", False)]).write(
            {"next_result": "2001-01-01 00:00:00"})
        compat.flush(self.env)
        tasks._cron_read_results()
        compat.forget(self.env)

    def settle(self, results=True):
        """Run the scheduled action for e-mails that are held back.

        :param bool results: DingTalk has said before who got notifications
        """
        if results:
            self.read_results()
        with mock.patch.object(
            type(self.env[NOTIFICATION]), "_commit", lambda rows: compat.flush(rows.env)
        ):
            self.env[MAIL]._cron_dingding_held()
        compat.flush(self.env)

    def held(self):
        return self.env[MAIL].search([("dingding_check", "!=", False)])


@portable
class TestNotificationInstead(EmailCase, NotificationCase):
    """E-mails that DingTalk replaces, and those that Odoo sends after all."""

    def setUp(self):
        super().setUp()
        self.record(self.followers | self.author)
        # Tests send at once what is otherwise sent after the commit.
        self.document = self.document.with_context(mail_notify_force_send=False)

    def instead(self, users, *kinds):
        users.write({"dingding_instead_" + kind: "on" for kind in kinds})
        compat.flush(self.env)

    def queue(self):
        """Send e-mails as Odoo's queue does."""
        self.env[MAIL].search([("state", "=", "outgoing")]).send()
        compat.flush(self.env)

    def tell(self, **values):
        message = self.post(**values)
        self.queue()
        return message

    def reached(self):
        """Return the users who got an e-mail, each as often as one came."""
        return sorted(
            user.login for to in self.mailed for user in self.followers
            if user.email and user.email in to)

    def logins(self, *users):
        return sorted(user.login for user in users)

    def assign(self, user):
        compat.flush(self.env)
        document = compat.with_user(self.document, self.author)
        args = [] if compat.SERIES < 12 else ["mail.message_user_assigned"]
        document._message_auto_subscribe_notify(user.partner_id.ids, *args)
        compat.flush(self.env)
        self.queue()

    def plan(self, user, **values):
        """Plan an activity, and send the e-mail about it."""
        model = type(self.env["mail.activity"])
        notify = model.action_notify
        with mock.patch.object(model, "action_notify", lambda activities: notify(
            activities.with_context(mail_notify_force_send=False))
        ):
            self.activity(user, **values)
        self.queue()

    # -- who chooses -------------------------------------------------------------------

    def test_beside_it_unless_somebody_chooses(self):
        self.tell()
        self.process()
        self.assertEqual(self.reached(), self.logins(*self.followers))
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        self.assertFalse(self.held())

    def test_each_person_chooses(self):
        self.instead(self.user_employee, "message")
        self.tell()
        others = self.logins(self.user_dingtalk, self.user_manager)
        self.assertEqual(self.reached(), others)
        self.assertEqual(
            self.held().recipient_ids, self.user_employee.partner_id)
        self.process()
        self.settle()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        self.assertEqual(self.reached(), others)
        self.assertFalse(self.held())

    def test_default_and_limits_of_the_organisation(self):
        self.corp.notify_instead_message = "on"
        self.user_manager.dingding_instead_message = "off"
        self.tell(body="By default")
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_manager))
        self.mailed.clear()
        self.corp.notify_instead_message = "always"
        self.tell(body="For all")
        self.process()
        self.settle()
        self.assertFalse(self.reached())
        self.corp.notify_instead_message = "never"
        self.instead(self.followers, "message")
        self.tell(body="E-mail too")
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def test_one_kind_only(self):
        self.instead(self.user_employee, "mention")
        to_you = self.user_employee.partner_id.ids
        self.tell(body="To you", partner_ids=to_you)
        self.process()
        self.settle()
        self.assertNotIn(self.user_employee.login, self.reached())
        self.mailed.clear()
        self.tell(body="A note", note=True)
        self.tell(body="To all")
        self.assertEqual(self.reached().count(self.user_employee.login), 2)

    def test_without_notifications_everybody_gets_the_email(self):
        self.instead(self.followers, *EMAILED)
        self.user_employee.dingding_notify_message = "off"
        self.tell()
        self.assertEqual(self.reached(), self.logins(self.user_employee))
        self.corp.notify = False
        self.queue()
        self.assertEqual(self.reached(), self.logins(*self.followers))
        self.tell()
        self.assertEqual(len(self.reached()), 6)

    def test_own_settings(self):
        call_as(self.user_employee, "res.users", "write", self.user_employee.ids,
                {"dingding_instead_mail": "on"})
        self.assertEqual(self.user_employee.dingding_instead_mail, "on")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_employee, "res.users", "write", self.user_manager.ids,
                    {"dingding_instead_mail": "on"})

    # -- what DingTalk did not deliver -------------------------------------------------

    def test_refused(self):
        self.instead(self.followers, "message")
        self.simulator.fault("permission", SEND)
        self.tell()
        self.settle()
        self.assertFalse(self.reached())
        self.process()
        self.settle()
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))
        self.assertFalse(self.held())

    def test_some_were_reached(self):
        """Recipients of the notification get no e-mail if others do."""
        self.instead(self.followers, "message")
        self.tell()
        self.people.filtered(
            lambda each: each.user_id == self.user_employee).user_id = False
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_employee))
        self.assertFalse(self.held())

    def test_not_reached_after_all(self):
        """DingTalk accepts messages to people whom they do not reach."""
        self.instead(self.followers, "message")
        self.people.filtered(
            lambda each: each.user_id == self.user_employee).userid = "nobody-here"
        self.tell()
        self.process()
        self.settle(results=False)
        self.assertFalse(self.reached())
        self.assertEqual(self.held().recipient_ids, self.followers.mapped("partner_id"))
        # That DingTalk is asked is a matter of the database's clock.
        self.at(fields.Datetime.from_string(self.held().dingding_check))
        self.settle()
        self.assertEqual(self.lines_of(self.user_employee).state, "failed")
        self.assertEqual(self.reached(), self.logins(self.user_employee))
        self.assertFalse(self.held())

    def test_results_that_cannot_be_read(self):
        """Odoo does not know more then, and takes DingTalk's acceptance."""
        self.instead(self.followers, "message")
        self.tell()
        self.process()
        self.simulator.fault(
            "permission", "/topapi/message/corpconversation/getsendresult", times=9)
        self.settle()
        self.assertFalse(self.held())
        self.assertFalse(self.reached())

    def test_application_without_agent_id(self):
        self.app.agent_id = False
        self.instead(self.followers, "message")
        self.tell()
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def test_document_that_is_hidden(self):
        self.instead(self.followers, "message")
        self._replace(
            type(self.env[LINE]), "_may_read",
            lambda line: line.user_id != self.user_employee)
        self.tell()
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_employee))

    def test_paused_by_the_budget(self):
        self.instead(self.followers, "message")
        self.tell()
        self.process_queue(NOTIFICATION)
        self.env[LINE].search([]).write({"state": "paused"})
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def later(self):
        """Send with DingTalk what is left; return the users who get it."""
        compat.forget(self.env)
        self.process()
        return sorted(
            user.login for user in self.followers
            if self.phone(self.people.filtered(lambda each: each.user_id == user)))

    def test_paused_and_sent_by_email_comes_once(self):
        self.instead(self.followers, "message")
        self.user_manager.email = False
        self.tell()
        self.process_queue(NOTIFICATION)
        self.env[LINE].search([]).write({"state": "paused"})
        self.settle()
        others = self.user_employee | self.user_dingtalk
        self.assertEqual(self.reached(), self.logins(*others))
        self.assertEqual(self.later(), self.logins(self.user_manager))
        self.assertEqual(
            [self.lines_of(user).state for user in others | self.user_manager],
            ["emailed", "emailed", "sent"])
        self.assertFalse(self.env[LINE].search([("report_id", "!=", False)]))
        message = self.env["dingding.message"].search([])
        self.assertEqual((message.state, message.people), ("sent", 1))

    def test_email_that_fails_leaves_the_notification(self):
        def send_email(*_args, **_kwargs):
            raise OSError("no server")

        self.instead(self.followers, "message")
        self.tell()
        self.process_queue(NOTIFICATION)
        self.env[LINE].search([]).write({"state": "paused"})
        self._replace(type(self.env["ir.mail_server"]), "send_email", send_email)
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.settle()
        self.assertEqual(self.later(), self.logins(*self.followers))

    def test_sent_by_email_after_a_day_comes_once(self):
        self.instead(self.followers, "message")
        self.user_employee.dingding_notify_mode = "gathered"
        self.tell()
        self.process_queue(NOTIFICATION)
        self.at(NOON + datetime.timedelta(hours=25))
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))
        self.hurry()
        self.assertFalse(self.later())

    def test_digest(self):
        self.instead(self.user_employee, "message")
        self.user_employee.dingding_notify_mode = "daily"
        self.tell()
        self.process()
        self.mailed.clear()
        self.settle()
        held = self.held()
        self.assertEqual(held.recipient_ids, self.user_employee.partner_id)
        self.assertGreater(str(held.scheduled_date), "2026-03-04 12")
        self.hurry()
        self.process()
        self.at(NOON + datetime.timedelta(hours=25))
        self.settle()
        self.assertFalse(self.held())
        self.assertFalse(self.reached())

    def test_nothing_is_known_after_a_day(self):
        self.instead(self.followers, "message")
        self.tell()
        self.at(NOON + datetime.timedelta(hours=23))
        self.settle()
        self.assertFalse(self.reached())
        self.at(NOON + datetime.timedelta(hours=25))
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def test_nothing_is_left_to_write_when_it_is_sent(self):
        """A conflict would repeat the e-mail."""
        self.instead(self.followers, "message")
        self.tell()
        held, seen = self.held(), []
        self.assertTrue(held)
        real = type(self.env["ir.mail_server"]).send_email

        def send_email(server, message, *args, **kwargs):
            self.env.cr.execute(
                "SELECT count(*) FROM mail_mail WHERE id IN %s"
                " AND dingding_check IS NOT NULL", [tuple(held.ids)])
            seen.append(self.env.cr.fetchone()[0])
            return real(server, message, *args, **kwargs)

        self._replace(type(self.env["ir.mail_server"]), "send_email", send_email)
        self.at(NOON + datetime.timedelta(hours=25))
        held.send()
        self.assertEqual(set(seen), {0})

    def test_another_sender_has_it(self):
        self.instead(self.followers, "message")
        self.tell()
        self.at(NOON + datetime.timedelta(hours=25))
        with mock.patch.object(
            type(self.env[MAIL]), "_dingding_lock", lambda mail: False
        ):
            self.settle()
        self.assertFalse(self.reached())
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def test_queue_that_comes_later(self):
        """Odoo's queue may send after DingTalk has delivered."""
        self.instead(self.user_employee, "message")
        self.post()
        self.process()
        self.read_results()
        self.assertFalse(self.reached())
        self.queue()
        self.assertEqual(
            self.reached(), self.logins(self.user_dingtalk, self.user_manager))
        self.assertFalse(self.held())

    # -- messages that change ----------------------------------------------------------

    def test_emptied_message(self):
        self.instead(self.followers, "message")
        self.tell().write({"body": "<span class='o-edited'></span>"})
        self.process()
        self.settle()
        self.assertFalse(self.reached())
        self.assertFalse(self.held())

    def test_deleted_message(self):
        self.instead(self.followers, "message")
        self.tell().unlink()
        self.settle()
        self.assertFalse(self.reached())

    def test_delivery_in_the_chatter(self):
        self.instead(self.followers, "message")
        message = self.tell()
        self.process()
        self.settle()
        rows = self.env["mail.notification"].search(
            [("mail_message_id", "=", message.id)])
        name = "notification_status" if compat.SERIES >= 13 else "email_status"
        self.assertEqual(set(rows.mapped(name)), {"sent"})

    def test_clients_hold_nothing_back(self):
        compat.flush(self.env)
        document = compat.with_user(self.document, self.author).with_context(
            default_dingding_hold="mail,1", default_dingding_check="2026-03-03",
            dingding_sending="mail,1")
        document.message_post(
            body="Hello", message_type="comment",
            subtype_id=self.env.ref("mail.mt_comment").id)
        compat.flush(self.env)
        self.queue()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    # -- other kinds -------------------------------------------------------------------

    def test_assignment(self):
        self.instead(self.user_employee, "assignment")
        self.assign(self.user_employee)
        self.assign(self.user_manager)
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_manager))
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        self.assertFalse(self.held())

    def test_assignment_that_is_refused(self):
        self.instead(self.user_employee, "assignment")
        self.simulator.fault("permission", SEND)
        self.assign(self.user_employee)
        self.assertFalse(self.reached())
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_employee))

    def test_assigned_once_more_and_refused(self):
        """A copy that DingTalk delivered the first time does not count."""
        self.instead(self.user_employee, "assignment")
        self.assign(self.user_employee)
        self.process()
        self.settle()
        self.assertFalse(self.reached())
        self.app.agent_id = False
        self.assign(self.user_employee)
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_employee))
        self.assertFalse(self.held())

    def test_activity(self):
        if not compat.NOTIFIES_OF_ACTIVITIES:
            self.skipTest("this series sends no e-mails about activities")
        self.instead(self.user_employee, "activity")
        self.plan(self.user_employee)
        self.plan(self.user_manager)
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_manager))
        self.assertFalse(self.held())
        self.simulator.fault("permission", SEND)
        self.plan(self.user_employee, summary="Again")
        self.process()
        self.settle()
        self.assertEqual(self.reached().count(self.user_employee.login), 1)

    def test_activity_given_away_after_it_was_told(self):
        if not compat.NOTIFIES_OF_ACTIVITIES:
            self.skipTest("this series sends no e-mails about activities")
        self.instead(self.user_employee, "activity")
        self.plan(self.user_employee)
        self.process()
        self.env["mail.activity"].search(
            [("user_id", "=", self.user_employee.id)]).write(
            {"user_id": self.user_manager.id})
        self.queue()
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(self.user_manager))

    def test_emails_to_the_owner_of_an_alias(self):
        self.instead(self.user_employee, "message")
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        message = compat.with_user(self.document, self.user_employee).message_post(
            body="Hello", message_type="email", author_id=stranger.id,
            email_from="stranger@example.com",
            subtype_id=self.env.ref("mail.mt_comment").id)
        compat.flush(self.env)
        if not self.env["mail.notification"].search([
            ("mail_message_id", "=", message.id),
            ("res_partner_id", "=", self.user_employee.partner_id.id),
        ]):
            self.skipTest("Odoo leaves out who posts for others")
        self.queue()
        self.process()
        self.settle()
        self.assertNotIn(self.user_employee.login, self.reached())
        self.assertEqual(self.lines_of(self.user_employee).state, "sent")

    def send_template(self, **values):
        if "use_default_to" in self.env["mail.template"]._fields:
            # 19 would ask the document.
            values.setdefault("use_default_to", False)
        template = self.env["mail.template"].create(dict(
            {
                "name": "Tell", "subject": "Order confirmed",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "body_html": "<p>It is confirmed.</p>",
                "partner_to": ",".join(
                    str(id_) for id_ in self.followers.mapped("partner_id").ids),
                "email_from": "odoo@example.com", "dingding_notify": True,
                "auto_delete": True,
            }, **values
        ))
        compat.flush(self.env)
        mail_id = compat.with_user(template, self.author).send_mail(self.document.id)
        compat.flush(self.env)
        return self.env[MAIL].browse(mail_id)

    def test_template(self):
        self.instead(self.user_employee, "mail")
        mail = self.send_template()
        attachment = self.env["ir.attachment"].create({
            "name": "order.txt", "datas": base64.b64encode(b"7"),
            "res_model": "mail.message", "res_id": mail.mail_message_id.id})
        mail.write({"attachment_ids": [(4, attachment.id)]})
        self.queue()
        self.assertEqual(
            self.reached(), self.logins(self.user_dingtalk, self.user_manager))
        held = self.held()
        self.assertEqual(held.attachment_ids.name, "order.txt")
        self.assertFalse(held.email_to)
        self.process()
        self.settle()
        self.assertFalse(self.held())
        self.assertEqual(len(self.reached()), 2)

    def test_template_that_is_refused(self):
        self.instead(self.followers, "mail")
        self.simulator.fault("permission", SEND)
        self.send_template()
        self.queue()
        self.assertFalse(self.reached())
        self.process()
        self.settle()
        self.assertEqual(self.reached(), self.logins(*self.followers))

    def test_template_that_is_kept(self):
        self.instead(self.followers, "mail")
        mail = self.send_template(auto_delete=False)
        self.queue()
        self.process()
        self.settle()
        self.assertEqual(mail.state, "cancel")
        self.assertFalse(self.mailed)

    def test_date_that_is_only_text(self):
        """Up to 14 Odoo takes any text for the date, and sends; others wait for it."""
        if self.env[MAIL]._fields["scheduled_date"].type != "char":
            self.skipTest("the date is a date in this series")
        self.instead(self.followers, "mail")
        mail = self.send_template()
        mail.scheduled_date = "03/03/2026"
        self.queue()
        self.assertEqual(
            self.held().recipient_ids, self.followers.mapped("partner_id"))
        self.process()
        self.settle()
        self.assertFalse(self.held())
        self.assertFalse(self.mailed)

    def test_mass_mailing_is_no_event(self):
        """An e-mail that no message has caused notifies nobody."""
        before = self.env[NOTIFICATION].search_count([])
        self.env[MAIL].create({
            "subject": "News", "body_html": "<p>News</p>",
            "recipient_ids": [(6, 0, self.followers.mapped("partner_id").ids)]})
        self.assertEqual(self.env[NOTIFICATION].search_count([]), before)

    def test_other_addresses_get_theirs(self):
        self.instead(self.followers, "mail")
        self.send_template(email_to="other@example.com")
        self.queue()
        self.process()
        self.settle()
        self.assertEqual(len(self.mailed), 1)
        self.assertIn("other@example.com", self.mailed[0])
        self.send_template(email_cc="boss@example.com")
        self.queue()
        self.assertEqual(self.reached(), self.logins(*self.followers))


@portable
class TestTwoSenders(common.TransactionCase):
    def test_one_of_two_transactions_sends_it(self):
        dbname = self.env.cr.dbname
        with compat.manage_environments(), real_open_cursor(dbname) as cr:
            mail_id = self.mails(cr).create({
                "subject": "Held back", "body_html": "<p>Once</p>",
                "email_from": "odoo@example.com", "email_to": "one@example.com",
            }).id
            self.held(cr, mail_id)
        self.addCleanup(self.remove, dbname, mail_id)

        def lock(cr):
            return self.mails(cr).browse(mail_id)._dingding_lock()

        with compat.manage_environments(), real_open_cursor(dbname) as late:
            late.execute("SELECT 1")
            with real_open_cursor(dbname) as cr:
                self.assertTrue(lock(cr))
                with real_open_cursor(dbname) as other:
                    self.assertFalse(lock(other))
                cr.execute(
                    "UPDATE mail_mail SET state = 'sent' WHERE id = %s", [mail_id])
            # The row of this transaction says that it is not sent.
            self.assertFalse(lock(late))
            late.execute("SELECT state FROM mail_mail WHERE id = %s", [mail_id])
            self.assertEqual(late.fetchone(), ("outgoing",))
        with compat.manage_environments(), real_open_cursor(dbname) as cr:
            self.assertFalse(lock(cr))

    def mails(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})[MAIL]

    def held(self, cr, mail_id):
        compat.flush(self.mails(cr).env)
        cr.execute(
            "UPDATE mail_mail SET dingding_check = '2001-01-01' WHERE id = %s",
            [mail_id])

    def remove(self, dbname, mail_id):
        with compat.manage_environments(), real_open_cursor(dbname) as cr:
            self.mails(cr).browse(mail_id).unlink()


@portable
class TestTodoInstead(EmailCase, TodoCase):
    """E-mails about activities that DingTalk announces as to-dos."""

    def setUp(self):
        super().setUp()
        self.record(self.boss | self.worker)
        self.corp.write({
            "notify": True, "notify_instead_activity": "always",
            "notify_quiet_from": 0, "notify_quiet_to": 0,
        })

    def about(self, activity):
        """Send an e-mail as Odoo does about an activity, in series that do."""
        # Tests send at once what is otherwise sent after the commit.
        self.mailed.clear()
        cause = Cause("activity,%d" % activity.id)
        mail = self.env[MAIL].with_context(**{SENDING: cause}).create({
            "subject": "Assigned to you", "body_html": "<p>Call them</p>",
            "email_from": "odoo@example.com", "auto_delete": True,
            "recipient_ids": [(4, self.worker.partner_id.id)],
        })
        mail.send()
        compat.flush(self.env)

    def test_announced(self):
        self.about(self.activity())
        self.process_queue(NOTIFICATION)
        self.settle()
        self.assertTrue(self.held())
        self.run_queue()
        self.assertTrue(self.listed())
        self.settle()
        self.assertFalse(self.held())
        self.assertFalse(self.mailed)

    def test_refused(self):
        self.simulator.fault("permission", API + "*", times=99)
        self.about(self.activity())
        self.process_queue(NOTIFICATION)
        self.run_queue()
        self.assertFalse(self.listed())
        self.settle()
        self.assertEqual(len(self.mailed), 1)
        self.assertFalse(self.held())

    def test_not_announced(self):
        self.corp.todo_announce = "none"
        self.about(self.activity())
        self.process_queue(NOTIFICATION)
        self.run_queue()
        self.settle()
        self.assertTrue(self.held())
        self.process_queue()
        self.settle()
        self.assertFalse(self.held())
        self.assertFalse(self.mailed)
