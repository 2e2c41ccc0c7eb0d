# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.routes_case import BODIES, HUGE

from .test_mini import MiniCase


@portable
class TestMiniRoutes(MiniCase):
    def test_bodies(self):
        token, wrong = self.sign_in(), []
        headers = {"Content-Type": "application/json"}
        routes = [
            (method, path.replace("<number>", number))
            for method, path, _name, _signed_in in self.env["dingding.mini"]
            ._mini_routes() for number in ("1", HUGE)
            if not path.startswith("session/")
        ]
        for method, path in routes:
            if (method, path) == ("DELETE", "session"):
                continue
            if method == "GET":
                answers = [
                    self.ask(method, path + query, token) for query in (
                        "?code=%00", "?name=a%00b&box=%00&code=x",
                        "?code=" + "x" * 9000, "?box[]=1&code=%FF",
                        "?offset=%s&limit=%s&code=1" % (HUGE, HUGE),
                        "?offset=%s" % ("9" * 9),
                    )
                ]
            else:
                answers = [
                    self.ask(method, path, token, data=body.encode("latin-1"),
                             headers=headers)
                    for body in BODIES
                ]
            wrong += [
                (method, path, number, answer.status_code, answer.text[:200])
                for number, answer in enumerate(answers) if answer.status_code >= 500
            ]
        self.assertFalse(wrong, wrong[:5])
        for body in BODIES[:2]:
            answer = self.ask(
                "POST", "session", data=body.encode("latin-1"), headers=headers)
            self.assertTold(answer, 400, "parameter")
        self.assertTold(self.ask("GET", "find?code=a%00b", token), 400, "parameter")
        self.assertTold(self.ask("GET", "%00/%FF", token), 404, "unknown")

    def test_leads_nowhere_else(self):
        token = self.sign_in()
        base = self.url("")
        self.env["ir.config_parameter"].set_param("web.base.url", base)
        self.share()
        for path in (
            "//evil.example", "/\\evil.example", "/%2F/evil.example", "/../x",
            "/web/session/logout",
        ):
            answer = self.ask("GET", "find", token, params={"code": base + path})
            self.assertEqual(answer.status_code, 200, answer.text)
            self.assertIsNone(answer.json()["path"], path)
        answer = self.ask("GET", "find", token, params={"code": base + "/web#id=1"})
        self.assertEqual(answer.json()["path"], "/web#id=1")
