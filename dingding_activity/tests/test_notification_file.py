# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import datetime
import json

from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkHttpCase, portable, true_body
from odoo.addons.dingding.tests.routes_case import RoutesMixin

from .. import files
from ..models.dingding_notification_file import MOST_FILES, PAGE
from .notification_case import LINE, NOON, NOTIFICATION, SEND, NotificationCase

UPLOAD = "/media/upload"
PLAN = b"%PDF-1.4 plan"


@portable
class TestNotificationFile(NotificationCase):
    def attached(self, *names, **values):
        """Return a message with files on the document."""
        self.files = self.env["ir.attachment"]
        # As the author has added them: 13 leaves out others.
        uploads = compat.with_user(self.files, self.author)
        for name in names or ("plan.pdf",):
            self.files |= uploads.create({
                "name": name, "datas": base64.b64encode(PLAN),
                "res_model": "mail.compose.message", "res_id": 0,
                **({"datas_fname": name} if "datas_fname" in self.files._fields else {})
            }).with_env(self.env)
        return self.post("See", attachment_ids=self.files.ids, **values)

    def told(self, *names, **values):
        """Return a message with files, of which everybody was notified."""
        message = self.attached(*names, **values)
        self.process()
        self.simulator.forget_calls()
        return message

    def as_user(self, user):
        compat.flush(self.env)
        compat.forget(self.env)
        return compat.with_user(self.env[NOTIFICATION], user)

    def ask(self, user, message, attachments=None):
        ids = (self.files if attachments is None else attachments).ids
        count = self.as_user(user)._request_files(str(message.id), set(ids))
        compat.forget(self.env)
        return count

    def page(self, user, message):
        return self.as_user(user)._files_page(str(message.id))

    def received(self, user):
        person = self.people.filtered(lambda each: each.user_id == user)
        media = {
            each["media_id"]: each["filename"]
            for each in self.simulator.control("GET", "/media")
        }
        bodies = [
            each["msg"] for each in self.phone(person) if not each["recalled"]]
        return [
            media[body[body["msgtype"]]["media_id"]]
            for body in bodies if body["msgtype"] in ("file", "image")
        ]

    def rows(self):
        return self.env[NOTIFICATION].search([("mode", "=", "file")])

    # -- offering --------------------------------------------------------------------

    def card(self, user):
        person = self.people.filtered(lambda each: each.user_id == user)
        row = self.env["dingding.message.recipient"].search(
            [("person_id", "=", person.id)], order="id desc", limit=1)
        return json.loads(true_body(row.message_id))["action_card"]

    def test_card_offers_files(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://odoo.example.com")
        message = self.attached()
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        self.assertDingTalkNotCalled(UPLOAD)
        card = self.card(self.user_employee)
        self.assertIn("plan.pdf", card["markdown"])
        first, second = card["btn_json_list"]
        self.assertIn("res.partner", first["action_url"])
        self.assertIn(str(message.id), second["action_url"])

    def test_nothing_to_offer(self):
        self.attached("notes.txt")
        self.process()
        self.assertNotIn("btn_json_list", self.card(self.user_employee))
        self.corp.notify_files = False
        self.attached()
        self.process()
        self.assertNotIn("btn_json_list", self.card(self.user_employee))

    def test_which_files(self):
        for name, size, kind in (
            ("plan.pdf", 1, "file"), ("PLAN.PDF", 10 * files.MB, "file"),
            ("plan.pdf", 10 * files.MB + 1, None), ("photo.jpeg", 1, "image"),
            ("photo.png", 20 * files.MB + 1, None), ("notes.txt", 1, None),
            ("pdf", 1, None), (".pdf", 1, None), ("", 1, None), ("plan.pdf", 0, None),
        ):
            self.assertEqual(files.kind_of(name, size), kind, (name, size))
        self.assertEqual(files.shown_size(1), "1 KB")
        self.assertEqual(files.shown_size(1258291), "1.2 MB")

    # -- asking ----------------------------------------------------------------------

    def test_asked_for(self):
        message = self.told("plan.pdf", "photo.png", "notes.txt")
        page = self.page(self.user_employee, message)
        self.assertEqual(
            [(row["name"], row["ready"]) for row in page["files"]],
            [("plan.pdf", True), ("photo.png", True), ("notes.txt", False)])
        self.assertEqual(self.ask(self.user_employee, message), 2)
        self.assertDingTalkNotCalled()
        page = self.page(self.user_employee, message)
        self.assertEqual([row["status"] for row in page["files"]][:2],
                         ["Being sent"] * 2)
        self.process()
        self.assertEqual(
            sorted(self.received(self.user_employee)), ["photo.png", "plan.pdf"])
        self.assertFalse(self.received(self.user_manager))
        self.assertDingTalkCalled(UPLOAD, times=2)
        self.assertDingTalkCalled(SEND, times=2)
        page = self.page(self.user_employee, message)
        self.assertIn("Sent on", page["files"][0]["status"])
        self.assertFalse(page["ready"])

    def test_uploaded_once_for_all(self):
        message = self.told()
        for user in (self.user_employee, self.user_manager):
            self.ask(user, message)
        self.process()
        self.assertDingTalkCalled(UPLOAD, times=1)
        for user in (self.user_employee, self.user_manager):
            self.assertEqual(self.received(user), ["plan.pdf"])

    def test_asked_twice(self):
        message = self.told()
        self.assertEqual(self.ask(self.user_employee, message), 1)
        self.assertEqual(self.ask(self.user_employee, message), 0)
        self.process()
        self.assertEqual(self.ask(self.user_employee, message), 0)
        self.process()
        self.assertEqual(self.received(self.user_employee), ["plan.pdf"])
        self.assertDingTalkCalled(SEND, times=1)
        self.at(NOON + datetime.timedelta(days=1))
        self.assertTrue(self.page(self.user_employee, message)["ready"])
        self.assertEqual(self.ask(self.user_employee, message), 1)

    def test_failed_and_asked_without_end(self):
        message = self.told()
        self.simulator.fault("permission", SEND, times=99)
        self.ask(self.user_employee, message)
        self.process()
        self.assertTrue(self.page(self.user_employee, message)["ready"])
        self.simulator.forget_calls()
        self.assertEqual(self.ask(self.user_employee, message), 1)
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        with self.assertRaises(UserError) as caught:
            self.ask(self.user_employee, message)
        self.assertIn("a moment ago", caught.exception.args[0])
        self.process()
        self.assertDingTalkCalled(SEND, times=1)

    def test_most_files_a_day(self):
        names = ["plan-%d.pdf" % number for number in range(MOST_FILES + 1)]
        message = self.told(*names)
        with self.assertRaises(UserError):
            self.ask(self.user_employee, message)
        self.assertEqual(
            self.ask(self.user_employee, message, self.files[:MOST_FILES]), MOST_FILES)
        with self.assertRaises(UserError):
            self.ask(self.user_employee, message, self.files[MOST_FILES:])
        # A request at the same time does not see the rows of this one.
        self.env[NOTIFICATION].search([("mode", "=", "file")]).unlink()
        with self.assertRaises(UserError):
            self.ask(self.user_employee, message, self.files[MOST_FILES:])

    def test_only_files_of_the_message(self):
        message = self.told()
        other = self.files
        second = self.told("second.pdf")
        self.assertFalse(self.ask(self.user_employee, message, self.files))
        self.assertFalse(self.ask(self.user_employee, second, other))
        for text in (
            "", "x", "1-", "-1", "1--2", "9" * 10, "-".join("1" * 11), "\u0661",
        ):
            self.assertEqual(self.env[NOTIFICATION]._files_of(text), [], text)

    # -- rights ----------------------------------------------------------------------

    def test_hidden_document(self):
        message = self.told()
        self.hide_document(self.user_employee)
        self.assertFalse(self.page(self.user_employee, message)["files"])
        self.assertFalse(self.ask(self.user_employee, message))
        self.assertEqual(self.ask(self.user_manager, message), 1)

    def test_access_lost_before_it_is_sent(self):
        message = self.told()
        self.ask(self.user_employee, message)
        self.hide_document(self.user_employee)
        self.process()
        self.assertDingTalkNotCalled()
        row = self.rows()
        self.assertEqual(row.state, "failed")
        self.assertIn("may not read", row.last_error)
        self.assertFalse(row.line_ids)

    def test_access_lost_while_it_waits(self):
        message = self.told()
        self.ask(self.user_employee, message)
        self.process_queue(NOTIFICATION)
        sent = self.rows().line_ids.message_id
        early = self.moment - datetime.timedelta(hours=1)
        self.env.cr.execute(
            "UPDATE dingding_message SET create_date = %s WHERE id = %s",
            [early.strftime("%Y-%m-%d %H:%M:%S"), sent.id])
        compat.forget(self.env)
        self.hide_document(self.user_employee)
        self._replace(
            type(self.env["dingding.message.task"]), "_now", lambda task: self.moment)
        self.process_queue()
        self.assertDingTalkNotCalled(SEND)
        self.assertFalse(self.received(self.user_employee))

    def test_files_stay_inside(self):
        self.people[3].user_id = self.user_portal
        self.document.write({"parent_id": self.user_portal.partner_id.id})
        partner = self.user_portal.partner_id
        for note in (True, False):
            message = self.told(note=note, partner_ids=partner.ids)
            self.assertFalse(self.page(self.user_portal, message)["files"])
            self.assertFalse(self.ask(self.user_portal, message))
        self.assertNotIn("btn_json_list", self.card(self.user_portal))
        self.assertIn("btn_json_list", self.card(self.user_employee))
        self.ask(self.user_employee, message)
        self.user_employee.write({compat.USER_GROUPS: [
            (6, 0, self.env.ref("base.group_portal").ids)]})
        compat.flush(self.env)
        self.process()
        self.assertFalse(self.received(self.user_employee))

    def test_people_without_notifications(self):
        message = self.told()
        self.assertFalse(self.ask(self.author, message))
        page = self.page(self.author, message)
        self.assertTrue(page["problem"])
        self.assertFalse(page["ready"])
        self.corp.notify_files = False
        self.assertFalse(self.ask(self.user_employee, message))

    def test_managers_see_no_file(self):
        message = self.told("secret-plan.pdf")
        self.ask(self.user_employee, message)
        self.process()
        sent = self.env[LINE].search([("kind", "=", "file")]).message_id
        shown = compat.with_user(sent, self.user_manager)
        self.assertNotIn("secret-plan", shown.subject)
        compat.forget(self.env)
        self.hide_document(self.user_manager)
        row, line = self.rows(), self.env[LINE].search([("kind", "=", "file")])
        sent = line.message_id
        self.assertEqual(sent._true_name(), "secret-plan.pdf")
        media_id = json.loads(true_body(sent))["file"]["media_id"]
        compat.forget(self.env)
        env = self.env(user=self.user_manager.id)
        seen = repr([
            records.with_env(env).read() for records in (row, line, sent)])
        for secret in ("secret-plan", media_id, "Order 7"):
            self.assertNotIn(secret, seen)
        self.assertFalse(sent.attachment_id)

    # -- failures --------------------------------------------------------------------

    def test_refused_upload(self):
        message = self.told()
        self.simulator.fault("permission", UPLOAD)
        self.ask(self.user_employee, message)
        self.process()
        row, = self.page(self.user_employee, message)["files"]
        self.assertIn("Not delivered", row["status"])
        self.assertTrue(row["ready"])
        self.simulator.clear_faults()
        self.assertEqual(self.ask(self.user_employee, message), 1)
        self.process()
        self.assertEqual(self.received(self.user_employee), ["plan.pdf"])

    def test_refused_message(self):
        message = self.told()
        self.simulator.fault("permission", SEND)
        self.ask(self.user_employee, message)
        self.process()
        row, = self.page(self.user_employee, message)["files"]
        self.assertIn("Not delivered", row["status"])
        # The chatter tells of messages only.
        self.assertFalse(self.env[LINE].search([("report_id", "!=", False)]))
        self.simulator.clear_faults()
        self.assertEqual(self.ask(self.user_employee, message), 1)
        self.process()
        self.assertEqual(self.received(self.user_employee), ["plan.pdf"])
        self.assertEqual(len(self.rows()), 1)

    def test_answer_lost_after_the_upload(self):
        message = self.told()
        self.simulator.fault("reset_after", UPLOAD)
        self.ask(self.user_employee, message)
        self.process_queue(NOTIFICATION)
        self.hurry_files()
        self.process()
        self.assertEqual(self.received(self.user_employee), ["plan.pdf"])

    def hurry_files(self):
        self.rows().write({"next_try": False})
        compat.flush(self.env)

    def test_deleted_before_it_is_sent(self):
        message = self.told()
        self.ask(self.user_employee, message)
        message.unlink()
        self.process()
        self.assertFalse(self.received(self.user_employee))

    def test_recalled_with_its_message(self):
        message = self.told()
        self.ask(self.user_employee, message)
        self.user_manager.dingding_notify_recall = "off"
        self.ask(self.user_manager, message)
        self.process()
        message.unlink()
        self.process()
        self.assertFalse(self.received(self.user_employee))
        self.assertEqual(self.received(self.user_manager), ["plan.pdf"])


@portable
class TestFilesPage(RoutesMixin, DingTalkHttpCase):
    def setUp(self):
        super().setUp()
        person = self.simulator.users()[0]
        self.env["dingding.user"].create({
            "name": person["name"], "userid": person["userid"],
            "corp_id": self.corp.id, "user_id": self.user_employee.id,
        })
        self.corp.notify = True
        self.document = self.env["res.partner"].create({"name": "Order 7"})
        # 13 leaves out others.
        self.file = self.env["ir.attachment"].create({
            "name": "plan.pdf", "datas": base64.b64encode(PLAN),
            "res_model": "mail.compose.message", "res_id": 0,
        })
        self.message = self.document.message_post(
            body="See", message_type="comment", attachment_ids=self.file.ids,
            subtype_id=self.env.ref("mail.mt_comment").id)
        self.env[NOTIFICATION].search([]).unlink()
        self.path = PAGE + str(self.message.id)
        self.share()

    def signed_in(self, user):
        browser = self.visitor()
        self.post(browser, "/web/login", login=user.login, password=self.PASSWORD)
        return browser

    def rows(self):
        compat.forget(self.env)
        return self.env[NOTIFICATION].search([("mode", "=", "file")])

    def test_asked_for_in_the_browser(self):
        browser = self.signed_in(self.user_employee)
        answer = self.get(browser, self.path)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        name = "file_%d" % self.file.id
        for text in ("plan.pdf", 'name="%s"' % name, "API calls"):
            self.assertIn(text, answer.text)
        self.assertFalse(self.rows())
        browser.post(
            self.url(self.path), data={name: "on"}, allow_redirects=False, timeout=60)
        self.assertFalse(self.rows())
        for data in ({}, {"file_": "on", "file_x": "on", "file_\u00b2": "on"},
                     {"file_" + "9" * 5000: "on"}):
            self.assertEqual(self.post(browser, self.path, **data).status_code, 303)
        self.assertFalse(self.rows())
        answer = self.post(browser, self.path, **{name: "on"})
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertEqual(self.rows().attachment_id, self.file)
        answer = self.get(browser, self.path)
        self.assertIn("Being sent", answer.text)
        self.assertNotIn('name="%s"' % name, answer.text)

    def test_strangers(self):
        answer = self.get(self.visitor(), self.path)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])
        browser = self.signed_in(self.user_portal)
        answer = self.get(browser, self.path)
        self.assertEqual(answer.status_code, 404)
        self.assertNotIn("plan.pdf", answer.text)

    def test_routes(self):
        self.check_routes("dingding_activity", 4)
