# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.routes_case import RoutesMixin

from .common import SigninCase


@portable
class TestSigninRoutes(RoutesMixin, SigninCase):
    def test_routes(self):
        self.corp.write({"signin_classic": True, "signin_widget": True})
        self.share()
        self.check_routes("dingding_signin", 16)
