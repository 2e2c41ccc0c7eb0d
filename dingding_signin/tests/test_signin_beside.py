# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Test requests of one browser beside each other, each of which may answer last."""

from odoo import http

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import mark_of
from odoo.addons.dingding.tests.common import portable

from .common import COOKIE
from .test_signin_inside import InsideCase

MARK = "dingding_browser"
BEGIN = "/dingding/signin/oauth2"


@portable
class TestSigninBeside(InsideCase):
    def setUp(self):
        super().setUp()
        self.corp.write({"signin_classic": True, "signin_widget": True})
        self.share()

    def stored(self, browser):
        """Return a browser's session as it is stored now."""
        store = http.root.session_store
        return store.get(browser.cookies[COOKIE])

    def opened(self):
        """Return a browser that shows the login page, and its token."""
        browser = self.visitor()
        return browser, self.csrf(browser)

    def twin(self, browser):
        """Return a browser that sends what the other one sends now."""
        twin = self.visitor()
        twin.cookies.update(browser.cookies)
        return twin

    def test_an_older_session_written_afterwards_loses_no_state(self):
        browser, _token = self.opened()
        older = self.stored(browser)
        path = self.agree(self.begin(browser))
        http.root.session_store.save(older)
        answer = self.back(browser, path)
        self.assertEqual(answer.status_code, 303, answer.text[:300])
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_an_older_session_written_afterwards_loses_no_code(self):
        browser, token = self.opened()
        older = self.stored(browser)
        ticket = self.post(
            browser, "/dingding/signin/qr/new", csrf_token=token).json()["ticket"]
        http.root.session_store.save(older)
        answer = self.get(browser, "/dingding/signin/qr/state", ticket=ticket)
        self.assertEqual(answer.json().get("state"), "new", answer.text)

    def test_first_requests_at_once(self):
        """Each is answered before the other one's answer has arrived."""
        browser, token = self.opened()
        twin = self.twin(browser)
        path = self.agree(self.begin(browser))
        ticket = self.post(
            twin, "/dingding/signin/qr/new", csrf_token=token).json()["ticket"]
        self.assertEqual(browser.cookies[MARK], twin.cookies[MARK])
        # With any cookies that the browser has kept.
        browser.cookies.update(twin.cookies)
        answer = self.get(browser, "/dingding/signin/qr/state", ticket=ticket)
        self.assertEqual(answer.json().get("state"), "new", answer.text)
        self.assertEqual(self.back(browser, path).status_code, 303)

    def test_without_any_cookie(self):
        """A link to DingTalk's page, opened in a new browser."""
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.assertIn(MARK, browser.cookies.keys())
        self.assertNotIn(COOKIE, browser.cookies.keys())
        self.assertEqual(self.back(browser, path).status_code, 303)
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_answers_beside_a_sign_in_leave_the_session(self):
        """The session they began with may have been replaced meanwhile."""
        browser, token = self.opened()
        ticket = self.post(
            browser, "/dingding/signin/qr/new", csrf_token=token).json()["ticket"]
        late = self.twin(browser)
        calls = [
            ("GET", BEGIN, {}), ("GET", "/dingding/signin/classic", {}),
            ("POST", "/dingding/signin/widget", {}),
            ("POST", "/dingding/signin/qr/new", {}),
            ("GET", "/dingding/signin/qr/state", {"ticket": ticket}),
            ("POST", "/dingding/signin/qr/seen", {"ticket": ticket, "code": "x"}),
            ("POST", "/dingding/signin/qr/decide", {"ticket": ticket}),
            ("POST", "/dingding/signin/qr/cancel", {"ticket": ticket}),
        ]
        before = dict(self.stored(browser))
        for method, path, values in calls:
            answer = late.request(
                method, self.url(path), params=values if method == "GET" else None,
                data=dict(values, csrf_token=token) if method == "POST" else None,
                allow_redirects=False, timeout=60)
            self.assertNotIn(COOKIE, answer.cookies.keys(), path)
            self.assertLess(answer.status_code, 500, path)
        self.assertEqual(dict(self.stored(browser)), before)

    def test_late_requests_of_the_session_before(self):
        """The browser has sent them before it knew the session of the sign-in."""
        browser, token = self.opened()
        ticket = self.post(
            browser, "/dingding/signin/qr/new", csrf_token=token).json()["ticket"]
        late = self.twin(browser)
        self.assertEqual(self.oauth2(browser).status_code, 303)
        for method, path in (
            ("GET", "qr/state"), ("POST", "qr/new"), ("POST", "qr/cancel"),
            ("POST", "widget"),
        ):
            answer = late.request(
                method, self.url("/dingding/signin/" + path),
                params={"ticket": ticket} if method == "GET" else None,
                data={"ticket": ticket, "csrf_token": token}, timeout=60)
            # The token belongs to the session before, which some series replace.
            self.assertIn(answer.status_code, (200, 400), path)
            self.assertEqual(answer.headers["Content-Type"], "application/json", path)
            self.assertNotIn(COOKIE, answer.cookies.keys(), path)
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_other_sites_begin_nothing(self):
        browser, _token = self.opened()
        for path in ("qr/new", "qr/cancel", "widget"):
            for token in ("", "x", "0" * 40 + "o9999999999", "\u4e2do9999999999"):
                answer = self.post(
                    browser, "/dingding/signin/" + path, csrf_token=token, ticket="x")
                self.assertRefused(answer, 400)
                self.assertNotIn("ticket", answer.json())

    def test_state_of_another_browser_with_an_attempt_of_its_own(self):
        attacker, victim = self.visitor(), self.visitor()
        own = self.agree(self.begin(victim))
        path = self.agree(self.begin(attacker))
        self.assertNotEqual(attacker.cookies[MARK], victim.cookies[MARK])
        self.assertRefused(self.back(victim, path), 400)
        self.assertFalse(self.who(victim))
        self.assertEqual(self.back(victim, own).status_code, 303)

    def test_session_named_by_an_address(self):
        """Up to 15 a link makes a browser work in its sender's session."""
        attacker, victim = self.opened()[0], self.opened()[0]
        sid = attacker.cookies[COOKIE]
        # The victim opens links, and gets no mark that the attacker knows.
        self.get(victim, BEGIN, session_id=sid)
        path = self.agree(self.begin(attacker))
        self.assertNotEqual(victim.cookies.get(MARK), attacker.cookies[MARK])
        self.assertRefused(self.back(victim, path), 400)
        path = self.agree(self.begin(attacker))
        self.assertRefused(self.back(victim, path + "&session_id=" + sid), 400)
        self.assertFalse(self.who(victim))

    def test_token_of_another_session(self):
        """Another site lets the browser confirm, with the token of its own session."""
        desktop, phone = self.opened()[0], self.opened()[0]
        own = self.visitor()
        token = self.csrf(own)
        ticket = self.post(desktop, "/dingding/signin/qr/new").json()["ticket"]
        self.get(phone, "/dingding/signin/qr/open", ticket=ticket)
        answer = self.post(
            phone, "/dingding/signin/qr/seen", ticket=ticket, code=self.code())
        self.assertEqual(answer.status_code, 200, answer.text)
        answer = self.post(
            phone, "/dingding/signin/qr/decide?session_id=" + own.cookies[COOKIE],
            ticket=ticket, decision="agree", csrf_token=token)
        self.assertEqual(answer.status_code, 400, answer.text)
        answer = self.get(desktop, "/dingding/signin/qr/state", ticket=ticket)
        self.assertEqual(answer.json()["state"], "seen")

    def test_application_archived_in_between(self):
        browser, phone = self.opened()[0], self.opened()[0]
        path = self.agree(self.begin(browser))
        inside = self.get(browser, "/dingding/signin/inside").text
        ticket = self.post(browser, "/dingding/signin/qr/new").json()["ticket"]
        self.get(phone, "/dingding/signin/qr/open", ticket=ticket)
        self.app.write({"active": False})
        self.share()
        self.simulator.forget_calls()
        self.assertRefused(self.back(browser, path), 404)
        self.assertRefused(self.post(
            browser, "/dingding/signin/inside/code", code="x",
            ticket=self.attribute(inside, "ticket")), 404)
        self.assertRefused(self.post(
            phone, "/dingding/signin/qr/seen", ticket=ticket, code="x"), 404)
        self.assertDingTalkNotCalled()
        self.assertFalse(self.who(browser))

    def test_mark_of_the_cookie(self):
        """Others learn it from nothing: neither from the session's id nor an answer."""
        browser, _token = self.opened()
        answer = self.get(browser, BEGIN)
        sent = [each for each in answer.cookies if each.name == MARK][0]
        self.assertTrue(sent.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(sent.get_nonstandard_attr("SameSite"), "Lax")
        self.assertEqual((sent.path, sent.discard), ("/", False))
        mark = browser.cookies[MARK]
        self.assertRegex(mark, r"\A[0-9a-f]{64}\Z")
        self.assertNotIn(mark, answer.headers["Location"])
        other = mark_of(self.env, None, "another session")
        self.assertNotEqual(other, mark)
        self.env["ir.config_parameter"].sudo().set_param("database.secret", "another")
        compat.flush(self.env)
        self.assertNotEqual(mark_of(self.env, None, "another session"), other)

    def test_malformed_mark(self):
        for value in ("x", "0" * 63, "0" * 65, "0" * 64 + "%0A", "A" * 64):
            browser = self.visitor()
            browser.cookies.set(MARK, value)
            answer = self.get(browser, BEGIN)
            self.assertEqual(answer.status_code, 303)
            self.assertRegex(answer.cookies[MARK], r"\A[0-9a-f]{64}\Z")
