# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the setup guide offers to copy to DingTalk's console."""
from odoo.addons.dingding.tests.common import BASE, DingTalkCase, portable


@portable
class TestSetupValues(DingTalkCase):
    def test_values(self):
        scope = self.setup_step("events")
        self.assertIn("事件与回调", scope["place"])
        self.assertEqual(
            [value for _label, value in scope["values"]],
            [BASE + "/dingding/call_back_url/" + self.app.app_key])
        # Stream mode needs no address.
        self.app.stream_mode = True
        self.assertEqual(self.setup_step("events")["values"], [])
