# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .common import DingTalkHttpCase, portable
from .routes_case import HUGE, RoutesMixin


@portable
class TestRoutes(RoutesMixin, DingTalkHttpCase):
    def test_routes(self):
        self.check_routes("dingding", 4)

    def test_numbers_in_paths(self):
        self.check_odd_texts(
            ["/dingding/sync/%s/state" % HUGE, "/dingding/sync/0/progress"])

    def test_login_page(self):
        """Visitors without a session come back after they have signed in."""
        answer = self.get(self.visitor(), "/dingding/sync/1/progress")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(
            "/web/login?redirect=%2Fdingding%2Fsync%2F1%2Fprogress"))
