# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Send strangers' requests to the routes of an addon."""
import re

from odoo import http

NAMES = (
    "apis", "authCode", "code", "corp", "decision", "error", "id", "model", "nothing",
    "password", "person", "redirect", "renew", "state", "ticket", "url", "anything",
)
NUL = "a\x00b"
HUGE = "9" * 20
# JSON that nobody can work with.
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


def routes_of(addon):
    """Return (path, methods, type) of each route of an addon."""
    found = []
    for cls in http.Controller.__subclasses__():
        if cls.__module__.split(".")[:3] != ["odoo", "addons", addon]:
            continue
        for method in vars(cls).values():
            routing = getattr(method, "original_routing", None) or getattr(
                method, "routing", None)
            for path in (routing or {}).get("routes", ()):
                # From 16.0 on the routes of programs have no type of their own.
                kind = routing["type"] if routing.get("save_session", True) else "json"
                found.append((path, routing.get("methods"), kind))
    return found


class RoutesMixin(object):
    """No parameter or path of a page makes Odoo fail; beside ``DingTalkHttpCase``."""

    def pages(self, addon):
        """Return (path, method) of each route for browsers."""
        return [
            (re.sub("<[^>]*>", "1", path), method)
            for path, methods, kind in routes_of(addon) if kind == "http"
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

    def check_parameters(self, pages):
        """Texts that PostgreSQL cannot store, files and huge ones: 400."""
        self.assertTrue(pages)
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

    def check_odd_texts(self, paths):
        """Lists, huge numbers, other alphabets: no error of Odoo's."""
        self.assertTrue(paths)
        wrong = []
        odd = (
            [(name, value) for name in NAMES for value in ("a", "b")],
            [(name, HUGE) for name in NAMES],
            [(name, "-1") for name in NAMES],
            [(name, "\ud83d\ude00 \u202e %00 ' OR 1=1 --".encode(
                "utf-16", "surrogatepass").decode("utf-16")) for name in NAMES],
            [(name + "[]", "x") for name in NAMES],
        )
        for browser in self.browsers():
            for path in paths:
                for params in odd:
                    answer = self.send(browser, "GET", path, params)
                    if answer.status_code >= 500 or "Traceback" in answer.text:
                        wrong.append((path, answer.status_code, params[:1]))
        self.assertFalse(wrong, wrong[:5])

    def check_routes(self, addon, at_least):
        """Check all pages of an addon.

        :param int at_least: how many there are
        """
        pages = self.pages(addon)
        self.assertGreaterEqual(len(pages), at_least)
        self.check_parameters(pages)
        self.check_odd_texts([path for path, method in pages if method == "GET"])
