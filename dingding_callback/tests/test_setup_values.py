# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import BASE, DingTalkCase, portable


@portable
class TestSetupValues(DingTalkCase):
    def test_values(self):
        scope = self.setup_step("events")
        self.assertIn("事件订阅", scope["place"])
        self.assertEqual(
            [value for _label, value in scope["values"]],
            [BASE + "/dingding/call_back_url/" + self.app.app_key])
        self.app.stream_mode = True
        self.assertEqual(self.setup_step("events")["values"], [])

    def test_who_receives_events_has_proved_it(self):
        self.assertFalse(self.setup_step("events")["done"])
        self.app.stream_mode = True
        self.assertFalse(self.setup_step("events")["done"], "no runner is connected")
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "connected")
        compat.forget(self.env)
        self.assertTrue(self.setup_step("events")["done"])
        self.app.stream_mode = False
        self.assertFalse(self.setup_step("events")["done"])
        self.app.callback_checked_at = "2026-01-02 03:04:05"
        self.assertTrue(self.setup_step("events")["done"])

    def test_http_push_in_the_overview(self):
        self.assertIsNone(self.overview_line("callback"))
        self.app._callback_set_keys("token", "k" * 43)
        compat.forget(self.env)
        line = self.overview_line("callback")
        self.assertEqual((line["value"], line["state"]), ("Not verified", "warning"))
        self.app.callback_checked_at = "2026-01-02 03:04:05"
        line = self.overview_line("callback")
        self.assertIn("2026-01-02", line["value"])
        self.assertEqual(line["state"], "ok")
        self.app.stream_mode = True
        self.assertIsNone(self.overview_line("callback"))

    def test_stream_mode_in_the_overview(self):
        self.assertIsNone(self.overview_line("stream"))
        self.app.stream_mode = True
        line = self.overview_line("stream")
        self.assertEqual((line["value"], line["state"]), ("Not connected", "error"))
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "connected")
        compat.forget(self.env)
        line = self.overview_line("stream")
        self.assertEqual((line["value"], line["state"]), ("Connected", "ok"))
