# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import re

from psycopg2 import DataError, OperationalError

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import crypto
from odoo.addons.dingding.dingtalk.errors import TransportError
from odoo.addons.dingding.models import queue
from odoo.addons.dingding.tests.common import call_as, portable

from ..hooks import uninstall_hook
from ..models import dingding_app
from .common import EventCase

LOGGER = "odoo.addons.dingding_callback.models.dingding_app"


@portable
class TestSubscription(EventCase):
    def setUp(self):
        super().setUp()
        self.env["dingding.event"].search([]).unlink()

    def press(self, button, user=None):
        call_as(user or self.user_system, "dingding.app", button, self.app.ids)
        self.env.cache.invalidate()
        return self.app.callback_result

    def setup_form(self):
        action = call_as(
            self.user_system, "dingding.app", "action_callback_setup", self.app.ids)
        return action["res_id"]

    def read_form(self, form, user=None):
        return call_as(
            user or self.user_system, "dingding.callback.setup", "read", [form],
            ["url", "token", "aes_key", "is_made"])[0]

    def test_result_in_the_language_of_the_reader(self):
        lang = self.env["res.lang"].search([("code", "=", "zh_CN")])
        if not lang:
            self.skipTest("zh_CN is not installed")
        self.user_system.lang = "zh_CN"
        self.press("action_callback_failed")
        english, chinese = (
            self.app.with_context(lang=code).callback_result
            for code in ("en_US", "zh_CN")
        )
        self.assertIn("DingTalk listed 0 events", english)
        self.assertNotIn("DingTalk listed", chinese)
        self.assertTrue(chinese)

    def test_from_the_organisation(self):
        def asked(user):
            return call_as(
                user, "dingding.corp", "action_receive_events", self.corp.ids)

        setup = self.env["dingding.callback.setup"].browse(
            asked(self.user_system)["res_id"])
        self.assertEqual(setup.app_id, self.corp.app_id)
        for user in (self.user_manager, self.user_employee):
            with self.assertRaises(AccessError):
                asked(user)

    def test_keys_are_good(self):
        made = {dingding_app.new_keys() for _number in range(50)}
        self.assertEqual(len(made), 50)
        for token, aes_key in made:
            self.assertTrue(re.match("[A-Za-z0-9]{32}$", token))
            self.assertTrue(re.match("[A-Za-z0-9]{43}$", aes_key))
            envelope = crypto.CallbackCrypto(token, aes_key, "owner")
            self.assertEqual(envelope.decrypt(envelope.encrypt("x")), "x")

    def test_keys_are_shown_once(self):
        form = self.setup_form()
        self.assertFalse(self.read_form(form)["is_made"])
        call_as(self.user_system, "dingding.callback.setup", "action_make_keys", [form])
        shown = self.read_form(form)
        keys = (shown["token"], shown["aes_key"])
        self.assertEqual(self.app._callback_keys()[0], keys)
        self.assertIn("/dingding/call_back_url/" + self.app.app_key, shown["url"])
        self.assertFalse(self.read_form(self.setup_form())["token"])
        self.env.cr.execute(
            "UPDATE dingding_callback_setup SET create_date = create_date"
            " - interval '20 minutes' WHERE id = %s", [form])
        self.env.cache.invalidate()
        self.assertFalse(self.read_form(form)["token"])
        for name in ("aes_key", "token", "sealed_value"):
            self.env.cr.execute(
                "SELECT 1 FROM information_schema.columns WHERE column_name = %s"
                " AND table_name IN ('dingding_app', 'dingding_event')", [name])
            self.assertFalse(self.env.cr.fetchall(), name)

    def test_green_once_dingtalk_has_reached_the_url(self):
        def reached():
            compat.forget(self.env)
            return call_as(
                self.user_system, "dingding.callback.setup", "read", [form],
                ["is_reached"])[0]["is_reached"]

        form = self.setup_form()
        self.assertFalse(reached())
        self.env.cr.execute(
            "UPDATE dingding_app SET callback_checked_at = now() AT TIME ZONE 'UTC'"
            " - interval '1 hour' WHERE id = %s", [self.app.id])
        self.assertTrue(reached())
        call_as(self.user_system, "dingding.callback.setup", "action_make_keys", [form])
        self.assertFalse(reached(), "the console has the previous keys")
        self.app._callback_note_check()
        self.assertTrue(reached())
        self.env["dingding.event.refusal"].create({
            "app_id": self.app.id, "app_number": self.app.id, "cause": "token",
            "day": fields.Date.today(), "count": 1, "last_at": self.later()})
        self.assertFalse(reached())

    def later(self):
        return fields.Datetime.to_string(
            fields.Datetime.from_string(fields.Datetime.now())
            + datetime.timedelta(seconds=5))

    def test_keys_of_others(self):
        form = self.setup_form()
        call_as(self.user_system, "dingding.callback.setup", "action_make_keys", [form])
        other = self._make_user(self.env, "system2", "base.group_system")
        try:
            shown = self.read_form(form, other)["token"]
        except AccessError:
            shown = False
        self.assertFalse(shown)

    def test_who_may_press(self):
        for user in (self.user_public, self.user_portal, self.user_employee,
                     self.user_dingtalk, self.user_manager):
            for button in ("setup", "register", "update", "query", "delete", "verify",
                           "failed"):
                with self.assertRaises(AccessError):
                    self.press("action_callback_" + button, user)
        self.assertDingTalkNotCalled()
        self.assertFalse(self.app._callback_keys())

    def test_registration(self):
        with self.assertRaises(UserError) as caught:
            self.press("action_callback_query")
        self.assertIn("Click Register first", str(caught.exception))
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "http://127.0.0.1:1")
        # Since 13.0 assertRaises rolls commits back.
        try:
            self.press("action_callback_register")
        except UserError as error:
            self.assertIn("cannot reach", str(error))
        else:
            self.fail("no refusal")
        self.assertTrue(self.app._callback_keys(), "made before DingTalk tries")
        with self.assertRaises(UserError):
            self.press("action_callback_delete")
        result = self.press("action_callback_verify")
        self.assertIn("not reached the URL yet", result)

    def test_keys_go_with_the_addon(self):
        secrets = self.env["dingding.secret"]
        self.app._callback_set_keys(*dingding_app.new_keys())
        self.assertTrue(secrets._is_set(self.app, dingding_app.SECRET))
        uninstall_hook(self.env if compat.SERIES >= 17 else self.env.cr)
        compat.forget(self.env)
        self.assertFalse(secrets._is_set(self.app, dingding_app.SECRET))
        self.assertTrue(self.app._secret())

    def test_failed_list(self):
        self.app._callback_set_keys(*dingding_app.new_keys())
        self.simulator.settings(event_time_scale=0.001)
        self.simulator.control("POST", "/callbacks", {
            "app_key": self.app.app_key, "url": "http://127.0.0.1:1/nobody",
            "token": "token123", "aes_key": dingding_app.new_keys()[1], "tags": []})
        userid = sorted(self.simulated())[0]
        for _number in range(3):
            self.change_person(userid, title="New")
            self.simulator.control("POST", "/events", {
                "event_type": "user_modify_org", "data": {"userId": [userid]}})
        self.wait_for_failed(6)
        text = self.press("action_callback_failed")
        events = self.env["dingding.event"].search([])
        self.assertGreaterEqual(len(events), 3, text)
        self.assertEqual(set(events.mapped("source")), {"failed_list"})
        self.assertTrue(self.app.callback_failed_at)
        self.env["dingding.app"]._cron_callback_failed()
        self.assertEqual(self.env["dingding.event"].search([]), events)
        self.work()
        self.assertEqual(self.person(userid).title, "New")

    def wait_for_failed(self, count):
        for _number in range(200):
            self.simulator.control("POST", "/pushes/hurry")
            found = self.simulator.control(
                "GET", "/failed_events", app_key=self.app.app_key)
            found = found if isinstance(found, list) else found["failed_list"]
            if len(found) >= count:
                return
        self.fail("DingTalk did not give up")

    def test_each_page_is_stored_before_the_next(self):
        self.list_failed(([self.failed("a")], True), ([self.failed("b")], True))
        self.assertEqual(self.fetch(), ["user:a", "user:b"])

    def test_a_long_list_does_not_keep_the_scheduled_action(self):
        """The rest stays in DingTalk until the next run, which is not delayed."""
        self._replace(dingding_app, "FAILED_SECONDS", -1)
        self.list_failed(([self.failed("a")], True), ([self.failed("b")], False))
        self.assertEqual(self.fetch(), ["user:a"])
        self.assertEqual(self.fetch(), ["user:a", "user:b"])
        # Nothing more: the next question is put off.
        self.list_failed(([self.failed("c")], False))
        self.assertEqual(self.fetch(), ["user:a", "user:b"])

    def test_a_page_outlives_a_restart_of_postgresql(self):
        """The next call would have DingTalk delete it."""
        store, broken = type(self.env["dingding.event"])._store, []

        def breaking(events, app, event, *args):
            if not broken:
                broken.append(event)
                raise OperationalError("terminating connection")
            return store(events, app, event, *args)

        self._replace(queue, "REMEMBER_PAUSE", 0)
        self._replace(type(self.env["dingding.event"]), "_store", breaking)
        self.list_failed(([self.failed("a"), self.failed("b")], False), ([], False))
        self.assertEqual(self.fetch(), ["user:a", "user:b"])
        self.assertTrue(broken)

    def test_an_event_that_cannot_be_stored_takes_no_other_with_it(self):
        store = type(self.env["dingding.event"])._store

        def refusing(events, app, event, *args):
            if event.subject == "user:b":
                raise DataError("no such value")
            return store(events, app, event, *args)

        self._replace(type(self.env["dingding.event"]), "_store", refusing)
        self.list_failed(([self.failed(userid) for userid in "abc"], False))
        with self.assertLogs(LOGGER, "WARNING") as logged:
            self.assertEqual(self.fetch(), ["user:a", "user:c"])
        self.assertEqual(len(logged.records), 1)

    def fetch(self):
        """Run the scheduled action; return the subjects of all events."""
        self.env["dingding.app"]._cron_callback_failed()
        self.env.cache.invalidate()
        return sorted(self.env["dingding.event"].search([]).mapped("subject"))

    def list_failed(self, *pages):
        """Have DingTalk list pages: (events, whether there are more)."""
        pages = list(pages)

        class Client(object):
            @staticmethod
            def failed():
                if not pages:
                    raise TransportError("network", "gone")
                return pages.pop(0)

        Client.callbacks = Client
        self._replace(type(self.app), "_dingtalk_client", lambda *_a, **_kw: Client)
        self.app._callback_set_keys(*dingding_app.new_keys())

    def failed(self, userid):
        return {
            "call_back_tag": "user_add_org", "event_time": 1606126433000,
            "user_add_org": {"corpid": self.corp.corp_id, "userid": [userid]},
        }
