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
