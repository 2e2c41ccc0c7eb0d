# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkCase, portable


@portable
class TestHealth(DingTalkCase):
    def states(self):
        compat.forget(self.env)
        lines = self.env["dingding.health"]._event_lines(self.app)
        return [line["state"] for line in lines]

    def test_stream_mode(self):
        self.assertEqual(self.states(), [])
        self.app.stream_mode = True
        self.assertEqual(self.states(), ["warning"])
        self.env["dingding.stream.state"]._note(self.app.id, "host:1", "connected")
        self.assertEqual(self.states(), ["ok"])
        names = [line["name"] for line in self.env["dingding.health"].with_context(
            lang="en_US")._check(self.corp)]
        self.assertIn("Events", names)

    def test_push(self):
        self.app.sudo()._callback_set_keys("token", "a" * 43)
        self.assertEqual(self.states(), ["note"])
        self.app.callback_checked_at = fields.Datetime.now()
        self.assertEqual(self.states(), ["ok"])
