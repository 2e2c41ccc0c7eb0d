# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import messages_body
from ..models import dingding_message_task
from ..models.queue import MAX_ATTEMPTS
from .common import portable
from .message_case import RESULT, SEND, MessageCase, items_of

UPLOAD = "/media/upload"


@portable
class TestMessage(MessageCase):
    def test_text_arrives(self):
        message = self.send(self.person, "Good morning")
        self.assertEqual(message.state, "queued")
        self.assertEqual(message.name, "Good morning")
        self.assertDingTalkNotCalled(SEND)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.recipient_ids.state, "sent")
        notes = self.phone(self.person)
        self.assertEqual(len(notes), 1)
        self.assertEqual(notes[0]["msg"]["text"]["content"], "Good morning")
        self.assertTrue(message.sent_at)
        self.assertEqual(message.company_id, self.corp.company_id)

    def test_recipients_of_each_kind(self):
        department = self.env["dingding.department"].create(
            {"name": "Parent", "dept_id": "990001", "corp_id": self.corp.id}
        )
        below = department.create(
            {
                "name": "Child",
                "dept_id": "990002",
                "corp_id": self.corp.id,
                "parent_id": department.id,
            }
        )
        # 13 and later write the tree's path at a flush.
        compat.flush(self.env)
        self.people[5].department_ids = below
        for recipients, expected in (
            (self.people[3], self.people[3]),
            (self.user_employee, self.people[0]),
            (department, self.people[5]),
            ([self.people[3], self.user_employee, department],
             self.people[3] | self.people[0] | self.people[5]),
            ([self.people[0], self.user_employee], self.people[0]),
            ({"dingding.user": self.people[7].ids}, self.people[7]),
        ):
            message = self.send(recipients)
            self.assertEqual(
                message.recipient_ids.mapped("person_id"), expected, str(recipients)
            )

    def test_send_text_of_records(self):
        message = self.user_employee.dingding_send_text("To a user")
        self.assertEqual(message.recipient_ids.person_id, self.people[0])
        message = self.people[4].dingding_send_text("To a person")
        self.assertEqual(message.recipient_ids.person_id, self.people[4])
        self.process_queue()
        self.assertEqual(self.phone(self.people[4])[0]["msg"]["text"]["content"],
                         "To a person")

    def test_a_hundred_people_a_call(self):
        self.simulator.reset(people=270)
        known = set(self.userids)
        userids = [user["userid"] for user in items_of(self.simulator.users())]
        userids = [userid for userid in userids if userid not in known][:250]
        people = self._make_people(self.env, self.corp, userids)
        message = self.send(people, "To all of you")
        self.assertEqual(sorted(message.task_ids.mapped("people")), [50, 100, 100])
        self.simulator.forget_calls()
        self.process_queue()
        self.assertDingTalkCalled(SEND, times=3)
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.people, 250)
        for person in people[0] | people[125] | people[249]:
            self.assertEqual(len(self.phone(person)), 1)

    def test_rollback_sends_nothing(self):
        class Stop(Exception):
            pass

        with self.assertRaises(Stop), self.env.cr.savepoint():
            self.send(self.person, "Never")
            raise Stop
        compat.forget(self.env)
        self.assertEqual(self.process_queue(), 0)
        self.assertDingTalkNotCalled(SEND)

    def test_handing_in_does_not_touch_the_network(self):
        self.simulator.forget_calls()
        self.send(self.people, "Later")
        self.assertDingTalkNotCalled()

    def test_body_is_frozen(self):
        body = messages_body.link(
            "A", "B", "https://example.com/a", "https://example.com/p"
        )
        message = self.send(self.person, body)
        stored = message.body
        self.assertEqual(json.loads(stored), body)
        self.process_queue()
        self.assertEqual(message.body, stored)
        self.assertEqual(self.phone(self.person)[0]["msg"], body)

    def test_app_chosen(self):
        second = self.second_app()
        self.assertEqual(self.send(self.person).app_id, self.app)
        self.assertEqual(self.send(self.person, app=self.corp).app_id, self.app)
        message = self.send(self.person, app=second)
        self.assertEqual(message.app_id, second)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.corp.message_app_id = second
        self.assertEqual(self.send(self.person, app=self.corp).app_id, second)
        self.assertEqual(self.send(self.user_employee).app_id, second)

    def test_several_organisations(self):
        other = self.env["dingding.corp"].create(
            {
                "name": "Other",
                "corp_id": "dingother",
                "app_key": "dingotherkey",
                "app_secret": "secret",
                "agent_id": "77",
            }
        )
        stranger = self._make_people(self.env, other, ["other-1"])
        messages = self.send(self.people[0] | stranger, "Both")
        self.assertEqual(len(messages), 2)
        self.assertEqual(messages.mapped("app_id"), self.app | other.app_id)
        for message in messages:
            self.assertEqual(
                message.recipient_ids.person_id.corp_id, message.corp_id
            )
        other.company_id = self.env["res.company"].create({"name": "Other Ltd"})
        self.user_employee.company_ids |= other.company_id
        stranger.user_id = self.user_employee
        message = self.send(self.user_employee, "Once")
        self.assertEqual(message.recipient_ids.person_id, self.people[0])
        message = self.send(self.user_employee, "There", app=other)
        self.assertEqual(message.recipient_ids.person_id, stranger)

    # -- refusals ----------------------------------------------------------------

    def test_nobody_reachable_is_named(self):
        with self.assertRaises(UserError) as caught:
            self.send(self.user_portal)
        self.assertIn("Test portal", str(caught.exception))
        with self.assertRaises(UserError):
            self.send(self.env["res.users"])
        with self.assertRaises(UserError):
            self.send(self.company)
        self.person.active = False
        with self.assertRaises(UserError):
            self.send(self.person)

    def test_unreachable_among_others_is_shown(self):
        message = self.send(self.user_employee | self.user_portal)
        missing = message.recipient_ids.filtered(lambda row: row.state == "failed")
        self.assertEqual(missing.name, "Test portal")
        self.assertIn("No DingTalk user", missing.reason)
        self.process_queue()
        self.assertEqual(message.state, "partly_failed")
        self.assertEqual(message.people_failed, 1)

    def test_too_long(self):
        with self.assertRaises(UserError) as caught:
            self.send(self.person, "钉" * 700)
        self.assertIn("2048", str(caught.exception))
        self.send(self.person, "钉" * 600)
        with self.assertRaises(UserError):
            self.send(self.person, "")
        with self.assertRaises(UserError):
            self.send(self.person, {"msgtype": "telegram", "telegram": {}})
        with self.assertRaises(UserError):
            self.send(self.person, {"text": "no kind"})

    def test_app_without_agent(self):
        self.app.agent_id = False
        with self.assertRaises(UserError) as caught:
            self.send(self.person)
        self.assertIn("AgentId", str(caught.exception))

    def test_archived_app(self):
        self.app.active = False
        with self.assertRaises(UserError):
            self.send(self.person, app=self.app)

    def test_status_bar_for_few_people_only(self):
        body = messages_body.oa("https://example.com", title="T", status_value="New")
        with self.assertRaises(UserError):
            self.send(self.people[:6], body)
        self.sent(self.people[:5], body)
        self.assertEqual(len(self.phone(self.people[4])), 1)

    # -- files ---------------------------------------------------------------------

    def test_files(self):
        for kind, filename, inner in (
            ("image", "picture.png", {}),
            ("file", "报告.pdf", {}),
            ("voice", "word.mp3", {"duration": "9"}),
        ):
            body = {"msgtype": kind, kind: dict(inner)}
            self.simulator.forget_calls()
            message = self.send(
                self.person, body, file=(filename, b"content of " + kind.encode())
            )
            self.assertDingTalkNotCalled()
            self.assertFalse(
                message.attachment_id.public if "public" in
                message.attachment_id._fields else False
            )
            self.assertEqual(message.attachment_id.res_id, message.id)
            # Up to 12 downloads have another name than the attachment.
            name = "datas_fname" if "datas_fname" in message.attachment_id else "name"
            self.assertEqual(message.attachment_id[name], filename)
            self.process_queue()
            self.assertDingTalkCalled(UPLOAD, times=1)
            self.assertEqual(message.state, "sent", message.last_error)
            note = self.phone(self.person)[0]
            self.assertEqual(note["msg"]["msgtype"], kind)
            self.assertTrue(note["msg"][kind]["media_id"])
            self.assertEqual(json.loads(message.body), note["msg"])

    def test_file_goes_up_once(self):
        body = {"msgtype": "file", "file": {}}
        file = ("a.pdf", b"same")
        first = self.send(self.people[0], body, file=file)
        second = self.send(self.people[1], body, file=file)
        self.process_queue()
        self.assertDingTalkCalled(UPLOAD, times=1)
        self.assertEqual(first.body, second.body)
        self.assertEqual(second.state, "sent")

    def test_file_limits(self):
        image = {"msgtype": "image", "image": {}}
        for body, file in (
            (image, None),
            (image, ("a.png", b"")),
            (image, ("a.pdf", b"x")),
            (image, ("png", b"x")),
            ({"msgtype": "file", "file": {}}, ("a.exe", b"x")),
            ({"msgtype": "voice", "voice": {"duration": "3"}},
             ("a.mp3", b"x" * (2 * 1024 * 1024 + 1))),
            # No message may carry it.
            ({"msgtype": "file", "file": {}},
             ("a.pdf", b"x" * (10 * 1024 * 1024 + 1))),
        ):
            with self.assertRaises(UserError):
                self.send(self.person, body, file=file)

    def test_refused_upload_sends_nothing(self):
        self.simulator.settings(media_limits="short")
        message = self.sent(
            self.person, {"msgtype": "image", "image": {}},
            file=("a.png", b"x" * (1024 * 1024 + 1)),
        )
        self.assertEqual(message.state, "failed")
        self.assertIn("40006", message.last_error)
        self.assertDingTalkNotCalled(SEND)

    # -- what goes wrong ---------------------------------------------------------------

    def quick(self, **options):
        """Make all clients not wait between attempts."""
        model = type(self.env["dingding.app"])
        original = model._dingtalk_client

        def client(app, **more):
            return original(app, max_wait=0, **more)

        self._replace(model, "_dingtalk_client", client)

    def check_retry(self, kind, remedy, **more):
        self.quick()
        self.simulator.fault(kind, SEND, **more)
        message = self.sent(self.person, "Despite %s" % kind)
        self.assertEqual(message.task_ids.state, "retry")
        self.assertEqual(message.task_ids.error_remedy, remedy)
        self.assertEqual(message.state, "queued")
        self.assertTrue(message.remedy)
        self.assertTrue(message.next_try)
        self.assertFalse(self.process_queue(), "before its time")
        self.due_now(message)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.last_error)
        self.assertEqual(len(self.phone(self.person)), 1)

    def test_server_error_is_retried(self):
        self.check_retry("http_500", "server_busy")

    def test_page_is_retried(self):
        self.check_retry("html", "not_json")

    def test_throttling_is_retried(self):
        self.check_retry("throttled", "rate_limit")

    def test_ban_is_retried_later(self):
        self.check_retry("banned", "banned")

    def test_not_json_is_retried(self):
        self.check_retry("not_json", "not_json")

    def test_cut_connection_is_retried(self):
        self.check_retry("reset", "network")

    def test_answer_lost_reaches_phone_once(self):
        self.check_retry("timeout_after", "network", seconds=1)
        message = self.messages.search([], limit=1)
        self.assertTrue(message.task_ids.resent)
        # DingTalk dropped the resend: sent, not failed.
        message.action_refresh()
        self.assertEqual(message.recipient_ids.state, "sent")
        self.assertEqual(message.state, "sent")

    def test_refused_address_fails_with_remedy(self):
        self.simulator.settings(ip_whitelist=["203.0.113.7"])
        message = self.sent(self.person)
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.task_ids.error_remedy, "ip_whitelist")
        self.assertIn("127.0.0.1", message.last_error)
        self.assertEqual(message.recipient_ids.state, "failed")
        self.assertEqual(message.recipient_ids.reason_code, "refused")
        self.assertTrue(message.can_send_again)
        self.simulator.settings(ip_whitelist=[])
        message.action_send_again()
        self.assertEqual(message.state, "queued")
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.phone(self.person)), 1)

    def test_wrong_agent(self):
        self.app.agent_id = "1"
        message = self.sent(self.person)
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.task_ids.error_remedy, "agent")

    def test_attempts_are_bounded(self):
        self.quick()
        self.simulator.fault("throttled", SEND, times=50)
        message = self.send(self.person)
        for _attempt in range(MAX_ATTEMPTS):
            self.due_now(message)
            self.process_queue()
        self.assertEqual(message.state, "failed")

    def test_attempts_that_may_have_arrived_end_unknown(self):
        self.quick()
        self.simulator.fault("reset", SEND, times=50)
        message = self.send(self.person)
        for _attempt in range(MAX_ATTEMPTS):
            self.due_now(message)
            self.process_queue()
        self.assertEqual(message.state, "unknown")
        self.assertEqual(message.recipient_ids.state, "unknown")

    # -- not knowing -----------------------------------------------------------------

    def kill_worker(self, message, arrived, since=None):
        """Leave the message like a worker killed while sending."""
        task = message.task_ids
        task.write(
            {
                "state": "working",
                "attempts": 1,
                "maybe_attempt": 1,
                "maybe_since": since or self.moment,
            }
        )
        if arrived:
            self.app._dingtalk_client().messages.send(
                self.app.agent_id, json.loads(message.body),
                message.recipient_ids.mapped("userid"),
            )

    def test_killed_worker_same_day(self):
        for arrived in (True, False):
            message = self.send(self.people[int(arrived)], "Killed")
            self.kill_worker(message, arrived)
            self.process_queue()
            self.assertEqual(message.state, "sent")
            self.assertEqual(len(self.phone(self.people[int(arrived)])), 1)

    def test_killed_worker_other_day(self):
        yesterday = self.moment - datetime.timedelta(days=1)
        message = self.send(self.person, "Killed yesterday")
        self.kill_worker(message, False, since=yesterday)
        self.simulator.forget_calls()
        self.process_queue()
        self.assertDingTalkNotCalled(SEND)
        self.assertEqual(message.state, "unknown")
        self.assertEqual(message.task_ids.state, "unknown")
        self.assertFalse(message.can_recall)
        with self.assertRaises(UserError):
            message.action_recall()
        message.action_send_again()
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.phone(self.person)), 1)

    def test_unknown_marked_as_sent(self):
        yesterday = self.moment - datetime.timedelta(days=1)
        message = self.send(self.person, "Killed yesterday")
        self.kill_worker(message, False, since=yesterday)
        self.process_queue()
        message.action_mark_sent()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.recipient_ids.state, "sent")
        self.simulator.forget_calls()
        self.assertEqual(self.process_queue(), 0)
        self.env["dingding.message.task"]._cron_read_results()
        self.assertDingTalkNotCalled()

    def test_retry_that_waits_past_midnight(self):
        self.quick()
        self.simulator.fault("reset_after", SEND)
        self.now_is(datetime.datetime(2026, 3, 1, 15, 30))  # 23:30 in Beijing
        message = self.sent(self.person, "Around midnight")
        self.assertEqual(message.task_ids.state, "retry")
        self.now_is(datetime.datetime(2026, 3, 1, 16, 10))
        self.due_now(message)
        self.process_queue()
        self.assertEqual(message.state, "unknown")
        self.assertDingTalkCalled(SEND, times=1)

    def test_sent_again_and_waiting_past_midnight(self):
        """A decision to send it again on one day does not hold for another day."""
        self.quick()
        self.simulator.fault("reset_after", SEND)
        self.now_is(datetime.datetime(2026, 3, 1, 10, 0))
        message = self.sent(self.person, "Again")
        message.task_ids._give_up("Out of attempts")
        message._update_state()
        self.assertEqual(message.state, "unknown")
        message.action_send_again()
        self.assertFalse(message.task_ids.lost)
        # It waits for the budget, or for a server that is down.
        self.now_is(datetime.datetime(2026, 3, 1, 16, 10))
        self.process_queue()
        self.assertEqual(message.state, "unknown")
        self.assertDingTalkCalled(SEND, times=1)
        message.action_send_again()
        self.assertTrue(message.task_ids.lost)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertDingTalkCalled(SEND, times=2)

    def test_beijing_day(self):
        same = dingding_message_task.is_same_beijing_day
        at = datetime.datetime
        self.assertTrue(same(at(2026, 3, 1, 16, 30), at(2026, 3, 2, 15, 30)))
        # Around Beijing's midnight nothing is sure.
        self.assertFalse(same(at(2026, 3, 1, 15, 59), at(2026, 3, 1, 16, 1)))
        self.assertFalse(same(at(2026, 3, 1, 15, 50), at(2026, 3, 1, 15, 57)))
        self.assertFalse(same(at(2026, 3, 1, 16, 2), at(2026, 3, 1, 17, 0)))
        self.assertEqual(
            dingding_message_task.beijing_midnight(at(2026, 3, 1, 17, 0)),
            at(2026, 3, 1, 16, 0),
        )

    def test_bug_after_sending_is_not_called_failed(self):
        model = type(self.env["dingding.message.task"])
        self._replace(model, "_sent", lambda *args: 1 / 0)
        message = self.send(self.person, "A bug of ours")
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertIn("ZeroDivisionError", message.task_ids.last_error)
        self.assertDingTalkCalled(SEND, times=1)

    def test_wait_for_the_next_minute(self):
        self._replace(dingding_message_task, "PEOPLE_PER_MINUTE", 3)
        first = self.send(self.people[:3], "First")
        second = self.send(self.people[:3], "Second")
        self.process_queue()
        self.assertEqual(first.state, "sent")
        self.assertEqual(second.state, "queued")
        self.assertTrue(second.task_ids.next_try)
        self.assertEqual(second.task_ids.attempts, 0)
        first.task_ids.sent_at = "2001-01-01 00:00:00"
        self.due_now(second)
        self.process_queue()
        self.assertEqual(second.state, "sent")

    def test_what_is_being_sent_counts_in_the_minute(self):
        self._replace(dingding_message_task, "PEOPLE_PER_MINUTE", 3)
        first = self.send(self.people[:3], "First")
        first.task_ids.state = "working"
        second = self.send(self.people[:3], "Second")
        second.task_ids._process_row(second.task_ids.id, 0)
        self.assertEqual(second.state, "queued")
        self.assertTrue(second.task_ids.next_try)
        self.assertDingTalkNotCalled()
        self.due_now(second)
        first.task_ids.state = "failed"
        self.process_queue()
        self.assertEqual(second.state, "sent")

    def test_same_content_again_is_shown_as_failed(self):
        self.sent(self.person, "Twice")
        second = self.sent(self.person, "Twice")
        second.action_refresh()
        self.assertEqual(second.recipient_ids.state, "failed")
        self.assertEqual(second.recipient_ids.reason_code, "143106")
        self.assertIn("once a day", second.recipient_ids.reason)
        self.assertEqual(second.state, "failed")
        self.assertDingTalkCalled(RESULT, times=1)
