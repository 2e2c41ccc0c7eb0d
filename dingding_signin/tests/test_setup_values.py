# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the setup guide offers to copy to DingTalk's console."""
from odoo.addons.dingding.tests.common import BASE, DingTalkCase, portable


@portable
class TestSetupValues(DingTalkCase):
    def test_values(self):
        scope = self.setup_step("signin")
        self.assertIn("重定向URL", scope["place"])
        self.assertEqual(
            [value for _label, value in scope["values"]],
            [BASE + "/dingding/signin/oauth2/return"])
