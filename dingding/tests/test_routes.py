# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What strangers send to all routes of the addons that are installed."""
import re

from odoo import http

from .common import portable
from .test_mini import MiniCase

NAMES = (
    "apis", "authCode", "code", "corp", "decision", "error", "id", "model", "nothing",
    "password", "person", "redirect", "renew", "state", "ticket", "url", "anything",
)
NUL = "a\x00b"
HUGE = "9" * 20
DEEP = {"name": {"rows": [[["a", {"b\x00": 1}]]]}}
# Bodies that are JSON and yet nothing that can be worked with.
BODIES = (
    '{"code": "a\\u0000b", "corp": "x"}',
    '{"code": "x", "corp": "\\ud800"}',
    '{"values": {"a\\u0000": [1, "\\udc00"]}, "mapping": 1, "name": "\\u0000"}',
    '{"code": ["x"], "corp": {"a": 1}, "values": [], "after": {}, "mapping": "x"}',
    '{"code": 1e999, "mapping": %s, "id": %s, "values": null}' % (HUGE, HUGE),
    '{"code": NaN, "corp": -Infinity, "after": %s}' % ("9" * 4000),
    "[" * 5000,
    '{"code": %s1%s}' % ("[" * 900, "]" * 900),
    '"text"', "null", "\x00", "\xff", "",
)


def routes_of_addons():
    """Return (path, methods, type) of each route of these addons."""
    found = []
    for cls in http.Controller.__subclasses__():
        if not cls.__module__.startswith("odoo.addons.dingding"):
            continue
        for method in vars(cls).values():
            routing = getattr(method, "original_routing", None) or getattr(
                method, "routing", None)
            for path in (routing or {}).get("routes", ()):
                found.append((path, routing.get("methods"), routing["type"]))
    return found


@portable
class TestRoutes(MiniCase):
    """No parameter, body or path is answered as if Odoo were broken."""

    def setUp(self):
        super(TestRoutes, self).setUp()
        self.corp.write({"signin_classic": True, "signin_widget": True})
        self.share()

    def pages(self):
        """Return (path, method) of each route for browsers."""
        return [
            (re.sub("<[^>]*>", "1", path), method)
            for path, methods, kind in routes_of_addons()
            if kind == "http" and not path.startswith(
                ("/dingding/mini", "/dingding/call_back_url"))
            for method in methods or ["GET", "POST"]
        ]

    def browsers(self):
        visitor, employee = self.visitor(), self.visitor()
        self.post(
            employee, "/web/login", login=self.user_employee.login,
            password=self.PASSWORD)
        return visitor, employee

    def send(self, browser, method, path, params, files=None, token=""):
        kwargs = {"params": params} if method == "GET" else {
            "data": dict(params, csrf_token=token)}
        return browser.request(
            method, self.url(path), files=files, timeout=60, allow_redirects=False,
            **kwargs)

    def test_parameters_of_pages(self):
        pages = self.pages()
        self.assertGreater(len(pages), 20)
        wrong = []
        bad = (
            ({name: NUL for name in NAMES}, None),
            ({"corp": "x" * 10001}, None),
            ({}, {name: ("a.txt", b"text") for name in NAMES}),
            ({"anything": NUL}, None),
        )
        for browser in self.browsers():
            token = self.csrf(browser)
            for path, method in pages:
                for params, files in bad:
                    if files and method == "GET":
                        continue
                    answer = self.send(browser, method, path, params, files, token)
                    if answer.status_code != 400 or "Traceback" in answer.text:
                        wrong.append((method, path, answer.status_code, params, files))
        self.assertFalse(wrong, wrong[:5])

    def test_odd_texts_in_pages(self):
        """Lists, huge numbers, other alphabets: no error of Odoo's."""
        wrong = []
        odd = (
            [(name, value) for name in NAMES for value in ("a", "b")],
            [(name, HUGE) for name in NAMES],
            [(name, "-1") for name in NAMES],
            [(name, "\ud83d\ude00 \u202e %00 ' OR 1=1 --".encode(
                "utf-16", "surrogatepass").decode("utf-16")) for name in NAMES],
            [(name + "[]", "x") for name in NAMES],
        )
        paths = [path for path, method in self.pages() if method == "GET"]
        paths += ["/dingding/run/%s/state" % HUGE, "/dingding/run/0/progress"]
        for browser in self.browsers():
            for path in paths:
                for params in odd:
                    answer = self.send(browser, "GET", path, params)
                    if answer.status_code >= 500 or "Traceback" in answer.text:
                        wrong.append((path, answer.status_code, params[:1]))
        self.assertFalse(wrong, wrong[:5])

    def test_mini_program(self):
        """Each route of a mini-program, signed in, with bodies that are no use."""
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

    def test_mini_program_leads_nowhere_else(self):
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

    def test_callbacks(self):
        """What anybody may send to the address of events, where it is installed."""
        paths = [
            path for path, _methods, _kind in routes_of_addons()
            if path.startswith("/dingding/call_back_url")
        ]
        for path in paths:
            for body in BODIES:
                for query in ("", "?signature=%00&timestamp=%FF&nonce=" + HUGE):
                    answer = self.visitor().post(
                        self.url(re.sub("<[^>]*>", "a%00b", path) + query),
                        data=body.encode("latin-1"), timeout=60,
                        headers={"Content-Type": "application/json"})
                    self.assertLess(answer.status_code, 500, (path, body[:50]))
