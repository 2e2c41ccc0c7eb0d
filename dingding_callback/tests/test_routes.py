# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re

from odoo.addons.dingding.tests.common import DingTalkHttpCase, portable
from odoo.addons.dingding.tests.routes_case import BODIES, HUGE, routes_of


@portable
class TestCallbackRoutes(DingTalkHttpCase):
    def test_callbacks(self):
        paths = [path for path, _methods, _kind in routes_of("dingding_callback")]
        self.assertTrue(paths)
        for path in paths:
            for body in BODIES:
                for query in ("", "?signature=%00&timestamp=%FF&nonce=" + HUGE):
                    answer = self.visitor().post(
                        self.url(re.sub("<[^>]*>", "a%00b", path) + query),
                        data=body.encode("latin-1"), timeout=60,
                        headers={"Content-Type": "application/json"})
                    self.assertLess(answer.status_code, 500, (path, body[:50]))
