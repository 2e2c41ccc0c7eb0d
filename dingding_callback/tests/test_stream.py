# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import socket
import time

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..cli.dingdingstream import Runner
from .common import EventCase


@portable
class TestStream(EventCase):
    """Run the Stream runner in the test's process, with the simulator's gateway."""

    def setUp(self):
        super().setUp()
        self.env["dingding.event"].search([]).unlink()
        self.simulator.settings(event_time_scale=0.01)
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
        deadline = time.monotonic() + 15
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
        self.assertLess(state.lag, 10)
        self.runner.stop()
        self.runner.run()
        self.assertEqual(self.states().state, "stopped")
        self.assertFalse(self.states().is_alive)

    def test_silent_dingtalk_stops_nobody(self):
        """Two unresponsive organisations do not stop a third."""
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
        deadline = time.monotonic() + 10
        while len(self.events()) < 5 and time.monotonic() < deadline:
            self.runner.turn(0.05)
            other.turn(0.05)
        self.assertEqual(len(self.events()), 5)
        self.assertEqual(len(self.states()), 2)

    def test_database_away(self):
        """Events that could not be stored are sent again."""
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
