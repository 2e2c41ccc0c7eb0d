# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.routes_case import RoutesMixin
from odoo.addons.dingding_signin.tests.common import SigninCase


@portable
class TestInsideRoutes(RoutesMixin, SigninCase):
    def test_routes(self):
        self.check_routes("dingding_inside", 4)
