# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json
import socket
import threading
import time
from unittest import mock

from psycopg2 import IntegrityError, OperationalError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import quota, utc
from odoo.addons.dingding.tests.common import call_as, portable

from ..cli import dingdingstream
from ..cli.dingdingstream import Runner
from .common import EventCase

OPEN = "/v1.0/gateway/connections/open"


class StreamCase(EventCase):
    """Run the Stream runner in the test's process, with the simulator's gateway."""

    def setUp(self):
        super().setUp()
        self.env["dingding.event"].search([]).unlink()
        # Unacknowledged messages come again each second, often enough for a busy
        # machine.
        self.simulator.settings(event_time_scale=0.01, stream_redelivery=[100] * 60)
        self.app.stream_mode = True
        self.runners = []
        self.runner = self.another()

    def tearDown(self):
        # Close before the rollback, so not in a cleanup.
        for runner in self.runners:
            runner.stop()
            runner.run()
        super().tearDown()

    def another(self):
        self.runners.append(Runner([self.env.cr.dbname]))
        return self.runners[-1]

    def until(self, condition, runner=None):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it did not come")
            for each in [runner] if runner else [self.runner]:
                each.turn(0.05)
        compat.forget(self.env)

    def connections(self):
        return self.simulator.control("GET", "/streams")["connections"]

    def emit(self, userid):
        return self.simulator.control("POST", "/events", {
            "event_type": "user_modify_org", "data": {"userId": [userid]}})

    def events(self):
        compat.forget(self.env)
        return self.env["dingding.event"].search([])

    def states(self):
        compat.forget(self.env)
        return self.env["dingding.stream.state"].search([("app_id", "=", self.app.id)])


@portable
class TestStream(StreamCase):
    def test_an_archived_organisation_is_not_connected(self):
        self.until(self.connections)
        self.corp.active = False
        compat.flush(self.env)
        self.runner._looked = None
        self.until(lambda: not self.connections())

    def test_event(self):
        self.until(self.connections)
        self.emit("zhangsan")
        self.until(self.events)
        event = self.events()
        self.assertEqual((event.source, event.subject), ("stream", "user:zhangsan"))
        self.until(lambda: self.states().event_count == 1)
        state = self.states()
        self.assertEqual(state.state, "connected")
        self.assertTrue(state.is_alive and state.connected_at and state.event_at)
        self.assertLess(state.lag, 100)
        self.runner.stop()
        self.runner.run()
        self.assertEqual(self.states().state, "stopped")
        self.assertFalse(self.states().is_alive)

    def test_silent_dingtalk_stops_nobody(self):
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        for number in range(2):
            corp = self._make_corp(
                self.env, self.simulator, name="Silent %d" % number,
                corp_id="dingsilent%d" % number, app_key="dingsilentkey%d" % number)
            self._point_at(corp.app_id, "http://127.0.0.1:%d" % silent.getsockname()[1])
            corp.app_id.stream_mode = True
        self.until(self.connections)
        self.assertEqual(len(self.runner.lines), 3)
        self.emit("zhangsan")
        self.until(self.events)
        still = [line for line in self.runner.lines.values() if not line.stream.is_open]
        self.assertEqual([line.stream.waits for line in still], [True, True])

    def test_two_runners_store_once(self):
        other = self.another()
        other.name = "other:1"
        self.until(lambda: len(self.connections()) == 1)
        self.until(lambda: len(self.connections()) == 2, other)
        self.simulator.control(
            "POST", "/streams/faults", {"kind": "duplicate", "times": 5})
        for number in range(5):
            self.emit("u%d" % number)
        deadline = time.monotonic() + 60
        while len(self.events()) < 5 and time.monotonic() < deadline:
            self.runner.turn(0.05)
            other.turn(0.05)
        self.assertEqual(len(self.events()), 5)
        self.assertEqual(len(self.states()), 2)

    def test_database_away(self):
        self.until(self.connections)
        real = type(self.env["dingding.stream.state"])._take
        failures = [1, 1]

        def take(states, app_id, headers, data):
            if failures:
                failures.pop()
                raise RuntimeError("database away")
            return real(states, app_id, headers, data)

        self._replace(type(self.env["dingding.stream.state"]), "_take", take)
        self.emit("zhangsan")
        self.until(self.events)
        self.assertFalse(failures)
        self.assertEqual(len(self.events()), 1)

    def test_a_database_away_is_not_asked_for_each_event(self):
        """A burst would keep the other connections waiting."""
        self.until(self.connections)
        asked = []

        def take(states, app_id, headers, data):
            asked.append(headers)
            raise OperationalError("could not obtain lock")

        states = type(self.env["dingding.stream.state"])
        real = states._take
        self._replace(states, "_take", take)
        line = list(self.runner.lines.values())[0]
        for number in range(3):
            self.emit("u%d" % number)
        self.until(lambda: asked)
        self.until(lambda: "DatabaseAway" in (line._error or ""))
        self.assertEqual(len(asked), 1)
        states._take = real
        line._away_until = 0.0
        self.until(lambda: len(self.events()) == 3)

    def test_another_application_gets_another_connection(self):
        """The events of the former one would go on arriving, and no others."""
        self.until(self.connections)
        first = {each["id"] for each in self.connections()}
        made = self.simulator.add_app(name="Another")
        self.app.write({
            "app_key": made["app_key"], "app_secret": made["app_secret"]})
        compat.flush(self.env)
        self.runner._looked = None
        self.until(lambda: self.connections() and not (
            first & {each["id"] for each in self.connections()}))
        line = list(self.runner.lines.values())[0]
        self.assertEqual(line.credential[0], made["app_key"])
        self.emit("zhangsan")
        self.until(self.events)

    def test_a_connection_that_moves_is_no_gap(self):
        """DingTalk moves connections all day: each gap costs a billed call."""
        self.until(lambda: self.states().state == "connected")
        line = list(self.runner.lines.values())[0]
        line._connected_at = since = datetime.datetime(2026, 1, 1)
        for seconds, same in ((600, True), (-1, False)):
            first = {each["id"] for each in self.connections()}
            self._replace(dingdingstream, "SWITCH_SECONDS", seconds)
            self.simulator.control(
                "POST", "/streams/disconnect", {"reason": "connection is expired"})
            self.until(lambda: self.connections() and line._was_open and not (
                first & {each["id"] for each in self.connections()}))
            self.assertEqual(line._connected_at == since, same)

    def test_an_addon_that_is_installed_meanwhile(self):
        """Its events would be ignored until the runner is restarted."""
        registry, heard = self.env.registry, []

        def hear(*_args):
            heard.append(True)
            return registry

        # Odoo's own tests patch it from 15 on.
        for name, method in (
            ("check_signaling", hear), ("signal_changes", lambda: None)
        ):
            patch = mock.patch.object(registry, name, method)
            patch.start()
            self.addCleanup(patch.stop)
        self.runner.look()
        self.assertEqual(len(heard), 1)

    def test_switched_off(self):
        self.until(self.connections)
        self.app.stream_mode = False
        self.runner._looked = None
        self.until(lambda: not self.runner.lines)
        self.assertEqual(self.states().state, "stopped")

    def test_wrong_secret_is_shown(self):
        self.env["dingding.secret"]._set(self.app, "app_secret", "wrong-secret")
        self.until(lambda: self.states().last_error)
        self.assertEqual(self.states().state, "connecting")
        self.assertNotIn("wrong-secret", self.states().last_error)
        line = list(self.runner.lines.values())[0]
        line.stream.next_try = time.monotonic() + 1800
        self.env["dingding.secret"]._set(
            self.app, "app_secret", self.simulator.app_secret)
        self.runner._looked = None
        self.until(self.connections)
        self.assertNotIn(self.simulator.app_secret, repr(vars(line)))

    def use_up_the_month(self):
        """Let DingTalk have refused a billed call."""
        now = fields.Datetime.now()
        self.env["dingding.budget"].create({
            "corp_id": self.corp.id, "meter": quota.API, "stopped_at": now,
            "month": str(quota.month_of(quota.day_of(utc.now()))), "probed_at": now})
        compat.flush(self.env)

    def test_events_after_the_month_is_used_up(self):
        """Those about contacts are free."""
        self.use_up_the_month()
        self.until(self.connections)
        self.emit("zhangsan")
        self.until(self.events)

    def test_a_connection_that_the_month_refuses_is_not_asked_for_again(self):
        self.use_up_the_month()
        self.simulator.fault(
            "error", OPEN, code="Forbidden.AccessDenied.ApiCountLimitForOrg",
            message="used up", status=403, times=9)
        self.until(lambda: self.states().last_error)
        self.assertDingTalkCalled(OPEN, 1)
        line, = self.runner.lines.values()
        self.simulator.clear_faults()
        for failures in (2, 3):
            line.stream.next_try = 0
            self.until(lambda number=failures: line.stream._failures == number)
        self.assertDingTalkCalled(OPEN, 1)
        self.assertFalse(self.connections())
        self.env["dingding.budget"].search([]).write({"stopped_at": False})
        compat.flush(self.env)
        line.stream.next_try = 0
        self.until(self.connections)

    def test_no_row_is_quoted(self):
        """Managers read the error, and others the log."""
        self.until(self.connections)
        line = self.runner.lines[(self.env.cr.dbname, self.app.id)]
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(
                    "INSERT INTO dingding_event (corp_id, content) VALUES (%s, %s)",
                    [self.corp.id, "13800000000"])
        except IntegrityError as error:
            self.assertIn("13800000000", str(error))
            with mock.patch.object(dingdingstream, "_logger") as logger:
                line._failed(error)
            logged = repr(logger.mock_calls)
        line.tell("connecting")
        for shown in (self.states().last_error, logged):
            self.assertIn("null value in column", shown)
            self.assertNotIn("13800000000", shown)

    def test_who_may_see(self):
        self.until(self.states)
        ids = self.states().ids
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.stream.state", "read", ids, ["state"])
        call_as(self.user_manager, "dingding.stream.state", "read", ids, ["state"])
        for user in (self.user_manager, self.user_system):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.stream.state", "write", ids,
                        {"last_error": "x"})


TOPIC = "/v1.0/card/instances/callback"


@portable
class TestStreamCallback(StreamCase):
    def setUp(self):
        super().setUp()
        # Longer than DingTalk's five seconds, for a busy machine.
        self.simulator.settings(event_time_scale=12)
        self.calls = []
        self.answer = {"cardData": {"cardParamMap": {"n": "1"}}}

        def handle(app, headers, data):
            self.calls.append(data)
            app.write({"name": "Called %s" % data.get("n")})
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        self.model = type(self.env["dingding.app"])
        self.model._stream_callbacks = lambda app: {TOPIC: "_test_call"}
        self.model._test_call = handle
        for name in ("_stream_callbacks", "_test_call"):
            self.addCleanup(delattr, self.model, name)
        self.until(self.connections)

    def call(self, runner=None, **body):
        body = dict({"topic": TOPIC, "data": {"n": 1}}, **body)
        found = []
        thread = threading.Thread(target=lambda: found.append(
            self.simulator.control("POST", "/streams/callback", body)))
        thread.start()
        self.until(lambda: not thread.is_alive(), runner)
        self.push = found[0]
        ack = json.loads(self.push["answer"])
        return ack["code"], json.loads(ack["data"])["response"]

    def relieved(self):
        """Return another runner, once DingTalk knows only its connection."""
        before = {each["id"] for each in self.connections()}
        self.runner.lines[(self.env.cr.dbname, self.app.id)].close()
        other = self.another()
        self.until(lambda: self.connections() and not before & {
            each["id"] for each in self.connections()}, other)
        return other

    def test_callback(self):
        self.assertEqual(self.call(), (200, self.answer))
        self.assertEqual(self.app.name, "Called 1")
        subscriptions = self.connections()[0]["subscriptions"]
        self.assertIn({"type": "CALLBACK", "topic": TOPIC}, subscriptions)

    def test_repeated(self):
        self.assertEqual(self.call(), (200, self.answer))
        first = self.answer
        self.answer = {"other": 1}
        again = {"message_id": self.push["message_id"]}
        self.assertEqual(self.call(**again), (200, first))
        other = self.relieved()
        self.assertEqual(self.call(runner=other, **again), (200, first))
        self.assertEqual(len(self.calls), 1)
        self.assertEqual(self.call(runner=other), (200, {"other": 1}))

    def test_repeated_with_what_looks_like_nul(self):
        self.answer = {"text": "a\\u0000b", "more": "c\x00d\\"}
        self.assertEqual(self.call()[0], 200)
        again = {"message_id": self.push["message_id"]}
        other = self.relieved()
        self.assertEqual(
            self.call(runner=other, **again),
            (200, {"text": "a\\u0000b", "more": "cd\\"}))

    def test_failed(self):
        self.answer = ValueError("broken")
        name = self.app.name
        self.assertEqual(self.call(), (500, None))
        self.assertEqual(self.app.name, name)
        self.until(lambda: self.states().last_error)
        self.assertIn("broken", self.states().last_error)
        self.answer = {}
        again = {"message_id": self.push["message_id"]}
        self.assertEqual(self.call(**again), (200, {}))
        self.assertEqual(self.app.name, "Called 1")

    def test_topics_change(self):
        self.model._stream_callbacks = lambda app: {"/other": "_test_call"}
        self.runner._looked = None
        self.until(lambda: [
            each for each in self.connections()
            if each["state"] == "open" and
            {"type": "CALLBACK", "topic": "/other"} in each["subscriptions"]])

    def test_pushes_have_stopped(self):
        self.assertEqual(self.call(data={
            "errCode": 20001, "errMsg": "current corp api 调用超量"}),
            (200, None))

    def test_forgotten(self):
        self.call()
        rows = self.env["dingding.stream.callback"].search([])
        self.assertEqual(len(rows), 1)
        rows._forget_old()
        self.assertTrue(rows.exists())
        self.env.cr.execute(
            "UPDATE dingding_stream_callback SET create_date = create_date"
            " - interval '2 days'")
        rows._forget_old()
        compat.forget(self.env)
        self.assertFalse(rows.exists())

    def test_who_may_see_callbacks(self):
        for user in (self.user_manager, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.stream.callback", "search_read", [])
