# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import datetime

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import messages_body, utc
from ..models import dingding_message_task
from ..models.dingding_message_task import RESULT_DELAYS
from ..models.queue import database_now
from .common import call_as, portable
from .message_case import RECALL, RESULT, SEND, MessageCase

BAR = "/topapi/message/corpconversation/status_bar/update"


@portable
class TestMessageResults(MessageCase):
    def open_on_phone(self, person):
        note = self.phone(person)[0]
        self.simulator.control(
            "POST", "/messages/%s/read" % note["id"], {"userid": person.userid}
        )

    def states(self, message):
        return {row.person_id: row.state for row in message.recipient_ids}

    def test_read_and_unread(self):
        people = self.people[:3]
        message = self.sent(people)
        self.open_on_phone(people[1])
        message.action_refresh()
        self.assertEqual(
            self.states(message),
            {people[0]: "unread", people[1]: "read", people[2]: "unread"},
        )
        self.assertEqual(message.people_read, 1)
        self.assertEqual(message.people_unread, 2)
        self.assertEqual(message.read_rate, 33.3)
        self.assertEqual(message.state, "sent")
        message.task_ids._apply_results(
            [{"unread_user_id_list": people.mapped("userid")}]
        )
        self.assertEqual(self.states(message)[people[1]], "read")

    def test_reasons(self):
        message = self.sent(self.people[:7])
        userids = message.recipient_ids.sorted("id").mapped("userid")
        codes = ["143105", "143106", "1430002", "1430004", "999"]
        message.task_ids._apply_results(
            [{
                "forbidden_list": [
                    {"code": code, "count": 1, "userid": userid}
                    for code, userid in zip(codes, userids)
                ],
                "invalid_user_id_list": [userids[5]],
                "failed_user_id_list": [userids[6]],
            }]
        )
        message._update_state()
        rows = message.recipient_ids.sorted("id")
        self.assertEqual(rows.mapped("reason_code"), codes + ["invalid", "failed"])
        for row, word in zip(
            rows,
            ("daily limit", "once a day", "content", "executive", "999",
             "not know", "could not"),
        ):
            self.assertEqual(row.state, "failed")
            self.assertIn(word, row.reason)
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.people_failed, 7)

    def test_every_documented_code_has_a_text(self):
        texts = self.env["dingding.message.recipient"]._reason_texts()
        for code in ("143103 143104 143105 143106 143203 143204 143205 143206 1430000 "
                     "1430001 1430002 1430003 1430004").split():
            self.assertTrue(texts[code])

    def test_duplicate_after_resend_is_sent(self):
        message = self.sent(self.person)
        userid = self.person.userid
        result = {"forbidden_list": [{"code": "143106", "count": 1, "userid": userid}]}
        message.task_ids.resent = True
        message.task_ids._apply_results([result])
        self.assertEqual(message.recipient_ids.state, "sent")
        message.task_ids.resent = False
        message.task_ids._apply_results([result])
        self.assertEqual(message.recipient_ids.state, "failed")

    def test_invalid_person(self):
        ghost = self._make_people(self.env, self.corp, ["nobody-here"])
        message = self.sent(self.person | ghost)
        message.action_refresh()
        self.assertEqual(self.rows_of(message, ghost).reason_code, "invalid")
        self.assertEqual(message.state, "partly_failed")

    def test_flow_limited_are_sent_again(self):
        self.simulator.settings(per_minute=1)
        message = self.sent(self.people[:2])
        message.action_refresh()
        row = message.recipient_ids.filtered(lambda one: one.state == "failed")
        self.assertEqual(row.reason_code, "143103")
        person = row.person_id
        self.simulator.settings(per_minute=5000)
        message.action_send_again()
        self.assertEqual(len(message.task_ids), 2)
        self.process_queue()
        self.assertEqual(len(self.phone(person)), 1)
        self.assertEqual(message.state, "sent")
        with self.assertRaises(UserError):
            message.action_send_again()

    # -- the cron ------------------------------------------------------------------

    def cron(self, *seconds):
        self.env["dingding.message.task"]._cron_read_results(*seconds)

    def later(self, seconds):
        now = self.moment
        self.now_is(now + datetime.timedelta(seconds=seconds))

    def test_an_odd_answer_does_not_stop_the_others(self):
        self.corp.message_results = "always"
        first, second = self.sent(self.people[0]), self.sent(self.people[1])
        parts = type(first.task_ids)
        real = parts._read_result

        def read(part):
            if part == first.task_ids:
                raise AttributeError("odd")
            return real(part)

        self._replace(parts, "_read_result", read)
        self.later(RESULT_DELAYS[0] + 1)
        with self.assertLogs(
            "odoo.addons.dingding.models.dingding_message_task", "ERROR"
        ):
            self.cron()
        compat.forget(self.env)
        self.assertTrue(second.task_ids.result_at)
        self.assertFalse(first.task_ids.result_at)
        # It does not come first again.
        self.assertGreater(
            str(first.task_ids.next_result), str(second.task_ids.next_result))

    def test_growing_intervals(self):
        self.corp.message_results = "always"
        message = self.sent(self.person)
        self.simulator.forget_calls()
        self.cron()
        self.assertDingTalkNotCalled(RESULT)
        sent_at = self.moment
        for number, delay in enumerate(RESULT_DELAYS, 1):
            self.now_is(sent_at + datetime.timedelta(seconds=delay - 1))
            self.cron()
            self.assertDingTalkCalled(RESULT, times=number - 1)
            self.now_is(sent_at + datetime.timedelta(seconds=delay + 1))
            self.cron()
            self.assertDingTalkCalled(RESULT, times=number)
            self.cron()
            self.assertDingTalkCalled(RESULT, times=number)
        self.assertEqual(message.recipient_ids.state, "unread")
        self.now_is(sent_at + datetime.timedelta(days=3))
        self.cron()
        self.assertDingTalkCalled(RESULT, times=len(RESULT_DELAYS))

    def calls_of_a_day(self, message):
        self.simulator.forget_calls()
        sent_at = self.moment
        for minutes in range(1, 25 * 60, 30):
            self.now_is(sent_at + datetime.timedelta(minutes=minutes, seconds=1))
            self.cron()
        return self.simulator.calls()["by_path"].get(RESULT, 0)

    def test_what_each_policy_costs(self):
        numbers = {}
        for policy in ("opened", "hours", "always"):
            self.corp.message_results = policy
            message = self.sent(self.person, "Costs %s" % policy)
            numbers[policy] = self.calls_of_a_day(message)
            self.assertEqual(
                numbers[policy], len(self.corp._message_result_delays()), policy)
            self.now_is(self.moment + datetime.timedelta(hours=1))
        self.assertEqual(numbers, {"opened": 1, "hours": 4, "always": 5})

    def test_the_price_of_each_policy(self):
        self.corp.message_result_hours = 1
        for number in range(3):
            self.sent(self.person, "Message %d" % number)
        self.env.cr.execute(
            "UPDATE dingding_message_task SET sent_at = now() AT TIME ZONE 'UTC'")
        compat.forget(self.env)
        self.assertEqual(self.corp.message_results_price.split("\n"), [
            "When opened: about 3 calls a month",
            "For some hours: about 9 calls a month",
            "Always: about 15 calls a month",
        ])

    def test_hours_that_dingtalk_does_not_keep(self):
        for hours in (0, 25):
            with self.assertRaises(ValidationError):
                self.corp.message_result_hours = hours
                compat.flush(self.env)

    def look(self, message, user=None):
        """Open the form of a message."""
        names = ["name", "people_read", "results_at"]
        call_as(user or self.user_manager, "dingding.message", "read",
                [message.id], names)
        compat.forget(self.env)

    def test_opened_messages_are_read_again(self):
        message = self.sent(self.person)
        self.simulator.forget_calls()
        self.later(61)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=1)
        self.open_on_phone(self.person)
        self.later(300)
        self.look(message)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=1)
        self.later(600)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=1)
        self.look(message)
        self.look(message)
        self.cron()
        self.cron()
        self.assertDingTalkCalled(RESULT, times=2)
        self.assertEqual(message.recipient_ids.state, "read")
        self.later(3600)
        self.look(message)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=2)

    def test_lists_and_old_messages_cost_nothing(self):
        message = self.sent(self.person)
        other = self.sent(self.person, "Another")
        self.later(61)
        self.cron()
        self.later(3600)
        self.simulator.forget_calls()
        (message | other).read(["results_at"])
        self.cron()
        self.later(25 * 3600)
        self.look(message)
        self.cron()
        self.assertDingTalkNotCalled(RESULT)

    def test_a_look_does_not_replace_a_planned_reading(self):
        self.corp.message_results = "always"
        message = self.sent(self.person)
        for seconds in (61, 600):
            self.later(seconds)
            self.cron()
        self.simulator.forget_calls()
        self.later(1200)
        self.look(message)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=1)
        self.later(1800)
        self.cron()
        self.assertDingTalkCalled(RESULT, times=2)

    def test_stops_when_all_have_read(self):
        message = self.sent(self.person)
        self.open_on_phone(self.person)
        self.later(61)
        self.cron()
        self.assertEqual(message.recipient_ids.state, "read")
        self.assertEqual(message.people_read, 1)
        self.assertFalse(message.task_ids.next_result)

    def test_trouble_of_one_app_does_not_stop_another(self):
        other = self.env["dingding.corp"].create(
            {"name": "Other", "app_key": "dingwrong", "app_secret": "x",
             "agent_id": "5"}
        )
        self._point_at(other.app_id, self.simulator.url)
        stranger = self._make_people(self.env, other, ["other-1"])
        # More than one run reads.
        self._replace(dingding_message_task, "CRON_RESULTS", 2)
        lost = [self.send(stranger, "Hello %d" % number) for number in range(4)]
        for each in lost:
            each.task_ids.write({
                "state": "done", "dingtalk_task": "1",
                "sent_at": fields.Datetime.to_string(self.moment),
                "next_result": "2000-01-01 00:00:00"})
        message = self.sent(self.person)
        self.later(61)
        self.cron()
        self.assertEqual(message.recipient_ids.state, "unread")
        asked = [each for each in lost if each.task_ids.result_error]
        self.assertEqual(len(asked), 1)

    def test_throttled_reading_keeps_its_turn(self):
        message = self.sent(self.person)
        self.later(61)
        self.simulator.fault("busy", RESULT, times=20)
        real = type(self.app)._dingtalk_client
        self._replace(
            type(self.app), "_dingtalk_client",
            lambda app, **options: real(app, max_attempts=1, **options)
        )
        self.cron()
        self.assertEqual(message.task_ids.result_step, 0)
        self.assertTrue(message.task_ids.result_error)
        self.simulator.clear_faults()
        self.later(601)
        self.cron()
        self.assertEqual(message.task_ids.result_step, 1)
        self.assertFalse(message.task_ids.result_error)
        self.assertEqual(message.recipient_ids.state, "unread")

    def test_cron_puts_right_what_a_crash_left(self):
        message = self.sent(self.person)
        message.state = "sending"
        self.cron()
        self.assertEqual(message.state, "sent")

    def test_what_a_crash_left_is_not_behind_what_is_being_sent(self):
        self._replace(dingding_message_task, "CRON_RESULTS", 2)
        left = [self.sent(person) for person in self.people[:3]]
        for message in left:
            message.state = "sending"
        for person in self.people[3:6]:
            message = self.sent(person)
            message.task_ids.create({
                "message_id": message.id, "app_id": self.app.id, "people": 1,
                "state": "queued", "next_try": "2101-01-01 00:00:00"})
            message.state = "sending"
        for _run in range(2):
            self.cron()
        self.assertEqual([message.state for message in left], ["sent"] * 3)

    def test_cron_record(self):
        cron = self.env.ref("dingding.dingding_message_task_cron_read_results")
        self.sent(self.person)
        self.later(61)
        cron.ir_actions_server_id.run()
        self.assertDingTalkCalled(RESULT, times=1)

    def test_cron_leaves_archived_organisations_alone(self):
        self.sent(self.person)
        self.later(61)
        self.simulator.forget_calls()
        self.corp.active = False
        self.cron()
        self.assertDingTalkNotCalled()
        self.corp.active = True
        self.cron()
        self.assertDingTalkCalled(RESULT, times=1)

    def test_cron_leaves_the_others_their_turn(self):
        self.sent(self.person)
        self.later(61)
        self.simulator.forget_calls()
        self.cron(-1)
        self.assertDingTalkNotCalled()
        if compat.TRIGGERS:
            compat.flush(self.env)
            action = self.env.ref(dingding_message_task.RESULT_ACTION)
            domain = [("cron_id", "=", action.id)]
            self.assertTrue(self.env["ir.cron.trigger"].search(domain))

    def test_refresh_refused_is_said(self):
        message = self.sent(self.person)
        self.simulator.settings(ip_whitelist=["203.0.113.7"])
        with self.assertRaises(UserError) as caught:
            message.action_refresh()
        self.assertIn("127.0.0.1", str(caught.exception))
        old = self.moment - datetime.timedelta(hours=25)
        message.task_ids.sent_at = fields.Datetime.to_string(old)
        with self.assertRaises(UserError) as caught:
            message.action_refresh()
        self.assertIn("24 hours", str(caught.exception))

    def test_nothing_is_locked_while_dingtalk_is_asked(self):
        message = self.sent(self.people[:2])
        steps, caller = [], self.env.cr
        messages = type(message)
        client, lock = type(self.app)._dingtalk_client, messages._lock

        def asked(app, **options):
            steps.append("ask in the caller's" if app.env.cr is caller else "ask")
            return client(app, **options)

        def locked(records):
            steps.append("lock")
            return lock(records)

        self._replace(type(self.app), "_dingtalk_client", asked)
        self._replace(messages, "_lock", locked)
        message.action_refresh()
        self.assertEqual(steps[:2], ["ask", "lock"])
        self.assertEqual(message.people_unread, 2)

    def test_the_status_bar_locks_nothing(self):
        message = self.sent(
            self.person,
            messages_body.oa("https://a.example", title="T", status_value="New"))
        self._replace(type(message), "_lock", lambda records: self.fail("locked"))
        message.update_status_bar("Approved")
        self.assertDingTalkCalled(BAR, times=1)

    def test_the_clock_of_the_database_counts(self):
        ahead = utc.now() + datetime.timedelta(days=1)
        self._replace(dingding_message_task, "database_now", database_now)
        self._replace(utc, "now", lambda: ahead)
        part = self.sent(self.person).task_ids
        part._request_recall()
        now = database_now(self.env.cr)
        for value in (part.sent_at, part.next_result, part.next_recall):
            away = (fields.Datetime.from_string(value) - now).total_seconds()
            self.assertLess(abs(away), 3600)

    # -- recall --------------------------------------------------------------------

    def test_recall(self):
        message = self.sent(self.people[:2])
        self.assertTrue(message.can_recall)
        message.action_recall()
        self.assertEqual(message.state, "recalled")
        self.assertTrue(message.recalled_at)
        self.assertFalse(message.can_recall)
        for person in self.people[:2]:
            self.assertTrue(self.phone(person)[0]["recalled_at"])
        with self.assertRaises(UserError):
            message.action_recall()
        self.assertDingTalkCalled(RECALL, times=1)

    def test_recall_before_it_left(self):
        message = self.send(self.person)
        message.action_recall()
        self.assertEqual(message.state, "recalled")
        self.assertEqual(message.recipient_ids.reason_code, "cancelled")
        self.process_queue()
        self.assertDingTalkNotCalled(SEND)
        self.assertDingTalkNotCalled(RECALL)

    def test_recall_too_late(self):
        message = self.sent(self.person)
        old = self.moment - datetime.timedelta(hours=25)
        message.task_ids.sent_at = fields.Datetime.to_string(old)
        with self.assertRaises(UserError) as caught:
            message.action_recall()
        self.assertIn("24 hours", str(caught.exception))
        self.assertDingTalkNotCalled(RECALL)
        self.assertEqual(message.state, "sent")

    def test_recall_refused_shows_remedy(self):
        message = self.sent(self.person)
        self.simulator.settings(ip_whitelist=["203.0.113.7"])
        with self.assertRaises(UserError) as caught:
            message.action_recall()
        self.assertIn("127.0.0.1", str(caught.exception))
        self.assertEqual(message.state, "sent")

    def test_recall_of_a_part_is_kept(self):
        self._replace(messages_body, "MAX_USERIDS", 1)
        message = self.sent(self.people[:2])
        self.assertEqual(len(message.task_ids), 2)
        self.simulator.fault("ip", RECALL, skip=1)
        message.action_recall()
        self.assertEqual(len(message.task_ids.filtered("recalled_at")), 1)
        self.assertTrue(message.recall_error)
        self.assertEqual(message.state, "sent")
        message.action_recall()
        self.assertEqual(message.state, "recalled")
        self.assertFalse(message.recall_error)

    def recall_is_due(self, message):
        """Make the failed recall due again."""
        parts = message.task_ids.filtered("next_recall")
        self.assertTrue(parts)
        parts.write({"next_recall": "2001-01-01 00:00:00"})

    def test_recall_whose_answer_was_lost_is_asked_for_again(self):
        message = self.sent(self.people[:2])
        self.simulator.fault("reset_after", RECALL, times=4)
        self.assertIn("did not confirm the recall for 2", self.refusal(message))
        self.assertIn("did not confirm the recall for 2", message.recall_error)
        self.assertEqual(message.state, "sent")
        self.assertDingTalkCalled(RECALL, times=4)
        self.process_queue()
        self.assertDingTalkCalled(RECALL, times=4)
        self.assertFalse(message.task_ids._has_work())
        self.recall_is_due(message)
        self.assertTrue(message.task_ids._has_work(), "no cron would start it")
        self.process_queue()
        self.assertDingTalkCalled(RECALL, times=5)
        self.assertEqual(message.state, "recalled")
        self.assertEqual(message.recipient_ids.mapped("recalled"), [True, True])
        self.assertFalse(message.recall_error)
        self.assertFalse(message.task_ids.next_recall)

    def test_recall_that_the_server_did_not_survive_is_asked_for_again(self):
        message = self.sent(self.person)
        model, alive = type(message.task_ids), []
        mark = model._mark_recalled

        def dies_once(part, kept):
            if not alive:
                alive.append(True)
                raise KeyboardInterrupt
            return mark(part, kept)

        self._replace(model, "_mark_recalled", dies_once)
        # assertRaises would roll back.
        with contextlib.suppress(KeyboardInterrupt):
            message.action_recall()
        self.assertFalse(message.recipient_ids.recalled)
        self.recall_is_due(message)
        self.process_queue()
        self.assertEqual(message.state, "recalled")
        self.assertTrue(message.recipient_ids.recalled)
        self.assertDingTalkCalled(RECALL, times=1)

    def test_recall_refused_after_a_lost_answer_stays_unknown(self):
        message = self.sent(self.person)
        self.simulator.fault("reset_after", RECALL, times=4)
        self.assertTrue(self.refusal(message))
        self.simulator.fault("ip", RECALL)
        self.recall_is_due(message)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertIn("did not confirm", message.recall_error)
        self.assertIn("127.0.0.1", message.recall_error)
        message.action_recall()
        self.assertEqual(message.state, "recalled")

    def test_recall_refused_is_not_asked_for_again(self):
        message = self.sent(self.person)
        self.simulator.fault("ip", RECALL)
        self.assertTrue(self.refusal(message))
        self.assertFalse(message.task_ids.next_recall)
        self.assertNotIn("did not confirm", message.recall_error)

    def test_recall_is_not_asked_for_after_a_day(self):
        message = self.sent(self.person)
        self.simulator.fault("reset_after", RECALL, times=4)
        self.assertTrue(self.refusal(message))
        old = self.moment - datetime.timedelta(hours=25)
        message.task_ids.sent_at = fields.Datetime.to_string(old)
        self.recall_is_due(message)
        self.process_queue()
        self.assertDingTalkCalled(RECALL, times=4)
        self.assertFalse(message.task_ids.next_recall)
        self.assertIn("within 24 hours", message.recall_error)
        self.assertEqual(message.state, "sent")

    def test_recall_is_retried_less_and_less_often(self):
        part = self.sent(self.person).task_ids
        waits = []
        for _attempt in range(8):
            part._request_recall()
            moment = fields.Datetime.from_string(part.next_recall)
            waits.append((moment - self.moment).total_seconds())
        self.assertEqual(waits, [30, 60, 300, 900, 3600, 14400, 14400, 14400])

    def refusal(self, messages):
        """Return why messages were not recalled."""
        try:
            messages.action_recall()
        except UserError as error:
            return str(error)
        return ""

    def test_an_error_keeps_the_recall_of_another_message(self):
        messages = self.sent(self.people[0]) | self.sent(self.people[1])
        self.simulator.fault("ip", RECALL, skip=1)
        self.assertIn("127.0.0.1", self.refusal(messages))
        self.assertEqual(sorted(messages.mapped("state")), ["recalled", "sent"])
        self.assertDingTalkCalled(RECALL, times=2)

    def twice(self, people):
        self.simulator.settings(per_minute=1)
        message = self.sent(people)
        self.simulator.settings(per_minute=5000)
        part = message.task_ids
        part._start_over()
        self.process_queue()
        self.assertEqual(len(part._task_ids()), 2)
        return message

    def test_each_copy_is_recalled(self):
        message = self.twice(self.people[:3])
        message.action_recall()
        self.assertDingTalkCalled(RECALL, times=2)
        self.assertEqual(message.state, "recalled")
        for person in self.people[:3]:
            self.assertTrue(self.phone(person)[0]["recalled_at"])

    def test_each_copy_tells_who_has_read(self):
        message = self.twice(self.people[:3])
        for person in self.people[:3]:
            self.open_on_phone(person)
        message.action_refresh()
        self.assertEqual(set(self.states(message).values()), {"read"})

    def test_what_was_recalled_is_not_recalled_again(self):
        message = self.twice(self.people[:3])
        self.simulator.fault("ip", RECALL, skip=1)
        self.assertTrue(self.refusal(message))
        self.assertEqual(message.state, "sent")
        message.action_recall()
        self.assertEqual(message.state, "recalled")
        self.assertDingTalkCalled(RECALL, times=3)

    def test_a_copy_without_a_number_is_not_said_to_be_recalled(self):
        people = self.people[:3]
        self.simulator.fault("reset_after", SEND)
        message = self.sent(people)
        self.due_now(message)
        self.process_queue()
        self.assertTrue(message.task_ids.resent)
        message.action_recall()
        self.assertEqual(message.state, "sent")
        self.assertIn("3 people may still see it", message.recall_error)
        self.assertFalse(any(message.recipient_ids.mapped("recalled")))

    def test_a_copy_of_another_day_is_not_said_to_be_recalled(self):
        message = self.given_up()
        self.process_queue()
        self.assertTrue(message.task_ids.lost)
        message.action_recall()
        self.assertIn("1 people may still see it", message.recall_error)
        self.assertEqual(message.state, "sent")

    def test_what_may_have_arrived_on_another_day_stays_unknown(self):
        """Nobody can tell an attempt that was lost from one that arrived."""
        message = self.given_up("reset", 0)
        self.process_queue()
        message.action_recall()
        self.assertTrue(self.phone(self.person)[0]["recalled"])
        self.assertFalse(message.recipient_ids.recalled)
        self.assertIn("may have reached them", message.recall_error)
        self.assertFalse(message.task_ids.next_recall)
        self.assertDingTalkCalled(RECALL, times=1)
        message.action_recall()
        self.assertDingTalkCalled(RECALL, times=1)

    def test_who_has_left_between_two_attempts_may_have_it(self):
        self.simulator.fault("reset_after", SEND)
        people = self.people[:2]
        message = self.sent(people)
        self.assertEqual(len(self.phone(people[0])), 1)
        self.simulator.control("DELETE", "/users/%s" % people[0].userid)
        self.due_now(message)
        self.process_queue()
        message.action_refresh()
        states = self.states(message)
        self.assertEqual(states[people[0]], "unknown")
        message.action_recall()
        kept = message.recipient_ids.filtered(lambda row: not row.recalled)
        self.assertIn(people[0].userid, kept.mapped("userid"))
        self.assertIn("may still see it", message.recall_error)

    def given_up(self, fault="reset_after", arrived=1):
        """Return a message that perhaps arrived unnoticed and is sent again."""
        self.simulator.fault(fault, SEND)
        message = self.sent(self.person)
        self.due_now(
            message, maybe_since=fields.Datetime.to_string(
                self.moment - datetime.timedelta(days=1))
        )
        self.process_queue()
        self.assertEqual(message.state, "unknown")
        message.action_send_again()
        self.assertEqual(message.state, "queued")
        self.assertEqual(len(self.phone(self.person)), arrived)
        return message

    def test_what_may_have_arrived_is_not_recalled_from_the_queue(self):
        message = self.given_up()
        self.assertFalse(message.can_recall)
        self.assertTrue(self.refusal(message))
        self.assertEqual(message.recipient_ids.state, "queued")
        self.assertFalse(message.recipient_ids.recalled)

    def test_what_may_have_arrived_has_not_failed(self):
        message = self.given_up()
        self.simulator.fault("ip", SEND)
        self.process_queue()
        self.assertEqual(message.state, "unknown")
        self.assertEqual(message.recipient_ids.state, "unknown")

    def test_an_answer_that_is_on_record_is_not_asked_for_again(self):
        message = self.send(self.person)
        model, calls = type(message.task_ids), []
        sent = model._sent

        def failing(part):
            calls.append(1)
            if len(calls) == 1:
                raise ZeroDivisionError
            return sent(part)

        self._replace(model, "_sent", failing)
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.process_queue()
        self.assertDingTalkCalled(SEND, times=1)
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.recipient_ids.state, "sent")

    def test_recall_while_sending(self):
        message = self.send(self.person)
        message.task_ids.state = "working"
        with self.assertRaises(UserError):
            message.action_recall()

    # -- status bar ------------------------------------------------------------------

    def test_status_bar(self):
        body = messages_body.oa(
            "https://example.com", title="T", status_value="Waiting",
            status_colour="0xFFFF943E",
        )
        message = self.sent(self.person, body)
        message.update_status_bar("Approved", "0xFF15BC83")
        bar = self.phone(self.person)[0]["msg"]["oa"]["status_bar"]
        self.assertEqual(bar, {"status_value": "Approved", "status_bg": "0xFF15BC83"})
        with self.assertRaises(UserError):
            self.sent(self.person, "Text").update_status_bar("x")
        with self.assertRaises(UserError):
            self.send(self.people[1], body).update_status_bar("too early")
        plain = messages_body.oa("https://a.example", title="T")
        many = self.sent(self.people[:6], plain)
        with self.assertRaises(UserError):
            many.update_status_bar("x")
        old = self.moment - datetime.timedelta(days=8)
        message.sent_at = fields.Datetime.to_string(old)
        with self.assertRaises(UserError):
            message.update_status_bar("x")
        self.assertDingTalkCalled(BAR, times=1)

    # -- doubles -----------------------------------------------------------------------

    def test_who_got_it_today(self):
        body = messages_body.text("Lunch")
        got = self.messages._sent_today
        first = self.sent(self.people[:2], "Lunch")
        self.assertEqual(got(self.app, body, self.people[:4]), self.people[:2])
        self.assertFalse(got(self.app, messages_body.text("lunch"), self.people[:4]))
        self.assertFalse(got(self.app, body, self.people[2:4]))
        now = self.moment
        midnight = dingding_message_task.beijing_midnight(now)
        self.env.cr.execute(
            "UPDATE dingding_message SET create_date = %s WHERE id = %s",
            [midnight - datetime.timedelta(seconds=1), first.id],
        )
        self.assertFalse(got(self.app, body, self.people[:4]))
