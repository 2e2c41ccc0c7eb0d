# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Values that the setup guide offers to copy to DingTalk's console."""
from odoo.addons.dingding.tests.common import BASE, DingTalkCase, portable


@portable
class TestSetupValues(DingTalkCase):
    def test_values(self):
        scope = self.setup_step("signin")
        self.assertIn("重定向URL", scope["place"])
        self.assertEqual(
            [value for _label, value in scope["values"]],
            [BASE + "/dingding/signin/oauth2/return"])

    def log(self, way, result):
        self.env["dingding.signin.log"].create({
            "at": "2026-01-15 08:00:00", "way": way, "result": result,
            "corp_id": self.corp.id})

    def test_done_when_somebody_has_signed_in(self):
        step = self.setup_step("signin")
        self.assertFalse(step["done"])
        self.assertIn("Enable", step["next"])
        self.corp.signin_oauth2 = True
        # DingTalk may still refuse the redirect URL.
        self.log("oauth2", "refused")
        self.log("admin", "bound")
        step = self.setup_step("signin")
        self.assertFalse(step["done"])
        self.assertIn("private window", step["next"])
        self.log("oauth2", "signed_in")
        self.assertTrue(self.setup_step("signin")["done"])
        self.corp.signin_oauth2 = False
        self.assertFalse(self.setup_step("signin")["done"])
