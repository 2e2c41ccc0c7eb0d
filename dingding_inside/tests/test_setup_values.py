# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import BASE, DingTalkCase, portable


@portable
class TestSetupValues(DingTalkCase):
    def test_values(self):
        scope = self.setup_step("inside")
        self.assertIn("网页应用", scope["place"])
        self.assertEqual(
            [value.split("?")[0] for _label, value in scope["values"]],
            [BASE + "/dingding/signin/inside", BASE + "/dingding/app"])

    def test_done_when_somebody_has_opened_it(self):
        self.corp.corp_id = "dingcorp"
        step = self.setup_step("inside")
        self.assertFalse(step["done"])
        self.assertIn("Enable Inside DingTalk".lower(), step["next"].lower())
        self.corp.signin_inside = True
        step = self.setup_step("inside")
        self.assertFalse(step["done"], "the console may lack the home page")
        self.assertIn("workbench", step["next"])
        for way in ("qr", "inside"):
            self.env["dingding.signin.log"].create({
                "at": "2026-01-15 08:00:00", "way": way, "result": "signed_in",
                "corp_id": self.corp.id})
            self.assertEqual(self.setup_step("inside")["done"], way == "inside")
