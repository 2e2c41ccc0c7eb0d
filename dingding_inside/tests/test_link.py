# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import DingTalkCase, portable


@portable
class TestLink(DingTalkCase):
    def test_link_signs_in(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://odoo.example.com"
        )
        record = self.env["res.partner"].create({"name": "Ten chairs"})
        self.assertEqual(
            self.env["dingding.corp"]._record_url(record),
            "https://odoo.example.com/dingding/app/open?model=res.partner&id=%d"
            % record.id,
        )
