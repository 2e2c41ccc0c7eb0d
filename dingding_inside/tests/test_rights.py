# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable
from odoo.addons.dingding.tests.test_rights import RightsMixin


@portable
class TestMiniRights(RightsMixin, DingTalkCase):
    def test_write(self):
        values = {"signin_mini": True, "mini_app_id": self.app.id}
        self.check_managers_cannot_write(values)
        self.refused(
            self.user_manager, "dingding.corp", "create",
            {"name": "Mine", "signin_mini": True})
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids, values)
        self.assertTrue(self.corp.signin_mini)

    def test_an_application_in_use_is_not_moved(self):
        self.check_application_stays("mini_app_id")
