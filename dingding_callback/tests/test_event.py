# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import RateLimitedError
from odoo.addons.dingding.models.dingding_sync_read import LOCK_CORP
from odoo.addons.dingding.tests.common import call_as, portable, real_open_cursor

from .. import payload
from ..models import dingding_event
from .common import EventCase

LOGGER = "odoo.addons.dingding_callback.models.dingding_event"


@portable
class TestEvent(EventCase):
    def handle(self, function, event_type="own_thing"):
        model = type(self.env["dingding.user"])
        name = "_dingtalk_event_%s" % event_type
        setattr(model, name, lambda _self, event: function(event))
        self.addCleanup(delattr, model, name)

    def test_stored_once(self):
        self.handle(lambda event: None)
        first = self.push("own_thing", moment=1700000000000, UserId=["a"])
        self.assertEqual(len(first), 1)
        self.assertEqual(first.state, "queued")
        self.assertEqual(first.subject, "user:a")
        self.assertFalse(self.push("own_thing", moment=1700000000000, UserId=["a"]))
        self.assertTrue(self.push("own_thing", moment=1700000000001, UserId=["a"]))
        self.assertTrue(self.push("own_thing", moment=1700000000000, UserId=["b"]))

    def test_same_event_for_two_apps_is_one(self):
        other = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id}
        )
        self.assertTrue(self.push("own_thing", moment=1700000000000, UserId=["a"]))
        self.assertFalse(
            self.push("own_thing", app=other, moment=1700000000000, UserId=["a"])
        )

    def test_the_ways_of_arrival_agree(self):
        moment = 1606126433000
        self.push("user_add_org", moment=moment, UserId=["zhangsan"], OptStaffId="x")
        failed = payload.from_failed(
            {
                "call_back_tag": "user_add_org", "event_time": moment,
                "user_add_org": {"corpid": self.corp.corp_id, "userid": ["zhangsan"]},
            }
        )
        self.assertFalse(self.store(failed, source="failed_list"))
        new = {"EventType": "user_add_org", "EventTime": moment, "eventId": "e1",
               "CorpId": self.corp.corp_id, "userId": ["lisi"]}
        self.assertTrue(self.store(payload.from_push(new)))
        streamed = payload.from_stream(
            {"eventType": "user_add_org", "eventId": "e1", "eventBornTime": "5"}, {}
        )
        self.assertFalse(self.store(streamed, source="stream"))

    def test_events_without_a_time_are_not_one(self):
        """A second change that looks like the first one was dropped for a month."""
        for event_type, values in (
            ("leave_quota_update", {"leaveCode": "l1", "userId": "a"}),
            ("attend_shift_change", {"id": 5, "action": "attend_shift_update"}),
            ("chat_update_title", {"Title": "A", "OpenConversationId": "c"}),
        ):
            message = dict(values, EventType=event_type, CorpId=self.corp.corp_id)
            for _change in range(2):
                self.assertEqual(len(self.store(payload.from_push(message))), 1)
            replayed = payload.from_push(message, "3f1c")
            self.assertTrue(self.store(replayed))
            self.assertFalse(self.store(payload.from_push(message, "3f1c")))
            message["BizId"] = "b-%s" % event_type
            self.assertTrue(self.store(payload.from_push(message)))
            self.assertFalse(self.store(payload.from_push(message)))

    def test_a_time_among_the_values_identifies(self):
        record = {"EventType": "attendance_check_record", "DataList": [
            {"userId": "a", "checkTime": 1700000000000}]}
        self.assertTrue(self.store(payload.from_push(record)))
        self.assertFalse(self.store(payload.from_push(record)))
        change = {"EventType": "bpms_instance_change", "processInstanceId": "p",
                  "type": "start", "createTime": 1700000000000}
        self.assertTrue(self.store(payload.from_push(change)))
        self.assertFalse(self.store(payload.from_push(change)))
        # The list of undelivered events adds a time.
        self.assertFalse(self.store(payload.from_failed({
            "call_back_tag": "bpms_instance_change", "event_time": 1700000009000,
            "bpms_instance_change": {"bpmsCallBackData": {
                "processInstanceId": "p", "type": "start",
                "createTime": 1700000000000}}})))

    def test_strange_content_is_stored(self):
        event = self.push("own_thing", UserId=["\x00\ud800"], Text="a\x00b")
        self.assertEqual(len(event), 1)
        self.assertEqual(event._data(), {"UserId": ["?"], "Text": "ab"})
        # Typed text, not NUL.
        event = self.push("own_thing", UserId=["b"], Text="a\\u0000")
        self.assertEqual(event._data(), {"UserId": ["b"], "Text": "a\\u0000"})
        for strange in ({}, {"EventType": ["x"], "UserId": {}},
                        {"EventType": "a b", "UserId": 5}, {"TimeStamp": "9" * 14}):
            event = self.store(payload.from_push(strange))
            self.assertEqual(event.event_type, "unknown")
            self.assertEqual(event.state, "ignored")

    def test_throttled_is_no_failed_attempt(self):
        slow = [True]

        def throttled(_event):
            if slow:
                raise RateLimitedError("90018", "slower", detail={"wait": 5})

        self.handle(throttled)
        event = self.push("own_thing", UserId=["a"])
        self.assertIsNone(self.env["dingding.event"]._due_soon())
        for _turn in range(10):
            event.write({"next_try": False})
            self.work()
        self.assertEqual(event.state, "retry")
        self.assertEqual(event.attempts, 0)
        self.assertTrue(event.remedy)
        soon = self.env["dingding.event"]._due_soon()
        self.assertTrue(0 <= soon <= 11, soon)
        del slow[:]
        event.write({"next_try": False})
        self.work()
        self.assertEqual(event.state, "done")

    def test_unknown_is_kept(self):
        event = self.push("todo_task_create", UserId=["a"])
        for _turn in range(2):
            self.assertEqual(event.state, "ignored")
            self.assertTrue(event.note)
            event.action_run_again()
            self.work()
        self.assertEqual(event._values().ids("userid"), ["a"])

    def test_a_name_from_outside_calls_nothing_else(self):
        for name in ("x__init__ ", "../x", "_handlers_of", "unknown", ""):
            self.assertFalse(self.env["dingding.event"]._handlers_of(name), name)

    def test_own_handler(self):
        seen = []
        self.handle(lambda event: seen.append(event._values().ids("userId")))
        event = self.push("own_thing", UserId=["a", "b"])
        self.work()
        self.assertEqual(seen, [["a", "b"]])
        self.assertEqual(event.state, "done")
        self.assertTrue(event.applied_at)

    def test_order_of_one_subject(self):
        seen = []
        self.handle(lambda event: seen.append(event.id))
        first = self.push("own_thing", moment=1, UserId=["a"])
        second = self.push("own_thing", moment=2, UserId=["a"])
        other = self.push("own_thing", moment=3, UserId=["b"])
        due = self.env["dingding.event"]._due(10)
        self.assertEqual(due.ids, [first.id, other.id])
        self.work()
        self.assertEqual(sorted(seen), [first.id, second.id, other.id])
        self.assertLess(seen.index(first.id), seen.index(second.id))

    def test_an_event_waits_no_longer_after_the_clock_was_set_back(self):
        """Nor do the later ones of its subject."""
        self.handle(lambda event: None)
        first = self.push("own_thing", moment=1, UserId=["a"])
        second = self.push("own_thing", moment=2, UserId=["a"])
        other = self.push("own_thing", moment=3, UserId=["b"])
        self.env.cr.execute(
            "UPDATE dingding_event SET state = 'retry', next_try = clock_timestamp()"
            " AT TIME ZONE 'UTC' + interval '1 year', write_date = clock_timestamp()"
            " AT TIME ZONE 'UTC' + CASE id WHEN %s THEN interval '364 days'"
            " ELSE interval '0' END WHERE id IN %s", [first.id, (first.id, other.id)])
        compat.forget(self.env)
        self.work()
        self.assertEqual(
            [first.state, second.state, other.state], ["done", "done", "retry"])

    def test_poisoned_event(self):
        seen = []

        def act(event):
            seen.append(event.id)
            event.corp_id.name = "half done"
            if event._values().ids("userId") == ["bad"]:
                raise KeyError("poison")

        self.handle(act)
        name = self.corp.name
        bad = self.push("own_thing", moment=1, UserId=["bad"])
        after = self.push("own_thing", moment=2, UserId=["bad"])
        with mute_logger(LOGGER):
            self.work()
        self.assertEqual((bad.state, after.state), ("retry", "queued"))
        self.assertEqual(self.corp.name, name, "what it began is undone")
        self.assertIn("poison", bad.last_error)
        self.assertIn("Traceback", bad.error_trace)
        good = self.push("own_thing", moment=3, UserId=["good"])
        self.work()
        self.assertEqual(good.state, "done")
        for _attempt in range(10):
            bad.next_try = False
            with mute_logger(LOGGER):
                self.work()
            if bad.state == "failed":
                break
        self.assertEqual(bad.state, "failed")
        self.assertEqual(seen.count(bad.id), 6)
        self.assertGreater(seen.count(after.id), 0, "the next one has its turn")

    def test_deadlock_is_tried_again(self):
        def act(event):
            raise OperationalError("deadlock detected")

        self.handle(act)
        event = self.push("own_thing", UserId=["a"])
        self.work()
        self.assertEqual(event.state, "retry")
        self.assertTrue(event.next_try)

    def test_a_duplicate_key_is_a_conflict(self):
        def act(event):
            event.env.cr.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'duplicate key'"
                " USING ERRCODE = 'unique_violation'; END $$", log_exceptions=False)

        self.handle(act)
        event = self.push("own_thing", UserId=["a"])
        self.work()
        self.assertEqual(
            (event.state, event.last_error), ("retry", "The database was busy."))

    def test_handlers_that_look_up_do_alike_at_once(self):
        seen = []

        def act(event):
            seen.append(event.id)
            return True

        self.handle(act)
        events = [self.push("own_thing", moment=n + 1, UserId=["a"]) for n in range(5)]
        self.work()
        self.assertEqual(seen, [events[0].id])
        self.assertEqual({event.state for event in events}, {"done"})

    def test_waits_for_a_run(self):
        self.handle(lambda event: None)
        event = self.push("own_thing", UserId=["a"])
        with real_open_cursor(self.env.cr.dbname) as cr:
            cr.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CORP, self.corp.id])
            try:
                self.work()
                self.assertEqual(event.state, "queued")
                self.assertTrue(event.next_try)
            finally:
                cr.execute(
                    "SELECT pg_advisory_unlock(%s, %s)", [LOCK_CORP, self.corp.id]
                )
        event.next_try = False
        self.work()
        self.assertEqual(event.state, "done")

    def test_run_again(self):
        seen = []
        self.handle(lambda event: seen.append(event.id))
        event = self.push("own_thing", UserId=["a"])
        self.work()
        call_as(self.user_manager, "dingding.event", "action_run_again", event.ids)
        self.work()
        self.assertEqual(seen, [event.id] * 2)

    def test_who_may_see(self):
        event = self.push("own_thing", UserId=["a"], Mobile="13900001111")
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk):
            for method, args in (("read", [["event_type"]]), ("action_run_again", [])):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.event", method, event.ids, *args)
        shown = call_as(
            self.user_manager, "dingding.event", "read", event.ids, ["content_shown"]
        )[0]["content_shown"]
        self.assertIn('"a"', shown)
        self.assertNotIn("13900001111", shown)
        for field in ("content", "error_trace"):
            with self.assertRaises(AccessError):
                call_as(
                    self.user_manager, "dingding.event", "read", event.ids, [field]
                )
        content = call_as(
            self.user_system, "dingding.event", "read", event.ids, ["content"]
        )[0]["content"]
        self.assertIn("13900001111", content)
        for user in (self.user_manager, self.user_system):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.event", "write", event.ids,
                        {"note_code": "x"})
            with self.assertRaises(AccessError):
                call_as(user, "dingding.event", "create", {"event_type": "x"})

    def test_models_by_user(self):
        self.push("own_thing", UserId=["a"])
        self.env["dingding.event.refusal"].sudo()._note(self.app, "token")
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "connected")
        compat.flush(self.env)
        readers = (self.user_manager, self.user_system)
        others = (
            self.user_public, self.user_portal, self.user_employee, self.user_dingtalk)
        # Since 14.0 exporting is a separate right.
        exports = self.env.ref("base.group_allow_export", raise_if_not_found=False)
        if exports:
            for user in readers + others:
                user.write({compat.USER_GROUPS: [(4, exports.id)]})
        for name in (
            "dingding.event", "dingding.event.refusal", "dingding.stream.state",
        ):
            rows = self.env[name].search([], limit=1)
            self.assertTrue(rows, name)
            reading = (
                ("search", [[]]), ("read", [rows.ids, ["id"]]),
                ("search_read", [[], ["id"]]),
                ("export_data", [rows.ids, ["create_date"]]),
            )
            writing = (
                ("write", [rows.ids, {}]), ("create", [{}]), ("unlink", [rows.ids]),
                ("copy", [rows.ids[0]]),
            )
            for user in readers:
                for method, args in reading:
                    self.assertTrue(call_as(user, name, method, *args))
            for user in others + (self.user_manager,):
                for method, args in writing + (reading if user in others else ()):
                    with self.assertRaises(AccessError, msg=(name, method)):
                        call_as(user, name, method, *args)

    def test_settings_by_user(self):
        """On 11.0 every user may create rows of a wizard."""
        own = self.env["dingding.callback.setup"].create({"app_id": self.app.id})
        keys = self.app._callback_keys()
        for user in (
            self.user_public, self.user_portal, self.user_employee, self.user_dingtalk,
            self.user_manager,
        ):
            for ids in (own.ids, None):
                with self.assertRaises(AccessError, msg=user.login):
                    ids = ids or [call_as(
                        user, "dingding.callback.setup", "create",
                        {"app_id": self.app.id})]
                    call_as(user, "dingding.callback.setup", "action_make_keys", ids)
        self.assertEqual(self.app._callback_keys(), keys)

    def test_other_company(self):
        event = self.push("own_thing", UserId=["a"])
        company = self.env["res.company"].create({"name": "Other"})
        self.corp.company_id = company
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.event", "read", event.ids, ["note"])

    def test_forget(self):
        old, failed, new = [
            self.push("own_thing", moment=n + 1, UserId=["a%d" % n]) for n in range(3)
        ]
        (old | new).write({"state": "done"})
        failed.write({"state": "failed"})
        (old | failed).write({"received_at": "2020-01-01 00:00:00"})
        failed.write({"received_at": self.days_ago(40)})
        compat.flush(self.env)
        self.env["dingding.event"]._cron_forget()
        compat.forget(self.env)
        self.assertEqual((old | failed | new).exists(), failed | new)

    def test_forgetting_ends_in_time(self):
        """In one transaction, a killed process would have deleted nothing."""
        events = self.env["dingding.event"]
        for number in range(3):
            events |= self.push("own_thing", moment=number + 1, UserId=["a%d" % number])
        events.write({"state": "done", "received_at": "2020-01-01 00:00:00"})
        compat.flush(self.env)
        self._replace(dingding_event, "DELETE_AT_ONCE", 2)
        self.env["dingding.event"]._cron_forget(-1)
        self.assertEqual(len(events.exists()), 1)
        self.env["dingding.event"]._cron_forget()
        self.assertFalse(events.exists())

    def days_ago(self, days):
        return time.strftime(
            "%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 86400 * days)
        )

    def test_what_is_due_is_found_by_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM dingding_event WHERE state IN"
            " ('queued', 'retry', 'working') ORDER BY id LIMIT 10"
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("dingding_event_open", plan)
        self.env.cr.execute(
            "EXPLAIN SELECT 1 FROM dingding_event WHERE corp_id = 1"
            " AND event_key = 'x'"
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("corp_id_event_key_unique", plan)

    def test_worked_off_with_the_others(self):
        queues = self.env["dingding.queue"]._queue_models()
        self.assertIn("dingding.event", queues)
        self.assertIn("dingding.message.task", queues)
        self.assertEqual(self.env["dingding.event"].env.uid, SUPERUSER_ID)
