# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import html
import json
import re
from urllib.parse import urlsplit

from odoo import tools

from odoo.addons.dingding.tests.common import portable

from ..models import dingding_signin
from ..models.dingding_signin_qr import QR_SECONDS
from .common import COOKIE, SigninCase


class InsideCase(SigninCase):
    def code(self, person=None, **more):
        """Return a code that DingTalk gives to a page inside it."""
        found = self.simulator.control(
            "POST", "/login_codes",
            dict(more, kind="inside", userid=(person or self.person)["userid"]),
        )
        return found["code"]

    def attribute(self, text, name):
        return re.search(r'data-%s="([^"]*)"' % name, text).group(1)


@portable
class TestSigninInside(InsideCase):
    """Test Odoo opened inside DingTalk."""

    def open(self, browser, **params):
        answer = self.get(browser, "/dingding/signin/inside", **params)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.text

    def enter(self, browser, code, **params):
        page = self.open(browser, **params)
        return self.post(
            browser, "/dingding/signin/inside/code", code=code,
            ticket=self.attribute(page, "ticket"),
            csrf_token=self.attribute(page, "csrf"),
        )

    def test_in(self):
        browser = self.visitor()
        answer = self.enter(
            browser, self.code(), corp=self.simulator.corp_id,
            redirect="/web#id=7&model=res.partner")
        self.assertEqual(answer.json()["path"], "/web#id=7&model=res.partner")
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertEqual(self.log().way, "inside")
        # Signed-in users are redirected immediately.
        answer = self.get(browser, "/dingding/signin/inside", redirect="/web?x=1")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/web?x=1"))

    def test_another_account_on_the_same_device(self):
        """DingTalk keeps the cookies when another person signs in to it."""
        colleague = self._make_user(self.env, "colleague", "base.group_user")
        self.make_person(self.other, colleague)
        self.share()
        browser = self.visitor()
        self.enter(browser, self.code())
        self.assertEqual(self.who(browser), self.user_employee.id)
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        answer = self.enter(browser, self.code(self.other), redirect="/web?x=1")
        self.assertEqual(answer.json()["path"], "/web?x=1")
        self.assertEqual(self.who(browser), colleague.id)

    def test_an_account_without_a_user_on_the_same_device(self):
        browser = self.visitor()
        self.enter(browser, self.code())
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        self.assertRefused(self.enter(browser, self.code(self.other)))
        self.assertFalse(self.who(browser))

    def test_the_same_account_again(self):
        browser = self.visitor()
        self.enter(browser, self.code())
        session, line = browser.cookies[COOKIE], self.log()
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        answer = self.enter(browser, self.code(), redirect="/web?x=1")
        self.assertEqual(answer.json()["path"], "/web?x=1")
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertEqual(browser.cookies[COOKIE], session)
        self.assertEqual(self.log(), line)

    def test_where_dingtalk_names_nobody_the_session_goes_on(self):
        browser = self.visitor()
        self.enter(browser, self.code())
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        here = self.attribute(self.open(browser, redirect="/web?x=1"), "here")
        answer = self.get(browser, here)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/web?x=1"))
        self.assertEqual(self.who(browser), self.user_employee.id)
        # Once, and in this browser only.
        self.assertEqual(self.get(browser, here).status_code, 200)
        stranger = self.visitor()
        self.assertEqual(self.get(stranger, here).status_code, 200)
        self.assertFalse(self.who(stranger))

    def test_while_dingtalk_is_away_the_session_goes_on(self):
        browser = self.visitor()
        self.enter(browser, self.code())
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        self.simulator.fault("http_500", "/topapi/v2/user/*", times=None)
        answer = self.enter(browser, self.code(), redirect="/web?x=1")
        self.assertEqual(answer.json()["path"], "/web?x=1")
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_sessions_that_began_otherwise_are_not_asked(self):
        browser = self.visitor()
        self.oauth2(browser)
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        answer = self.get(browser, "/dingding/signin/inside", redirect="/web?x=1")
        self.assertEqual(answer.status_code, 303)
        self.assertNotIn("data-here=\"/", self.open(self.visitor()))

    def asked(self, page):
        """Return CorpId -> Client ID, whom the page asks, in this order."""
        others = json.loads(html.unescape(self.attribute(page, "others")))
        found = [(self.attribute(page, "corp-id"), self.attribute(page, "client-id"))]
        return found + [(each["corp_id"], each["client_id"]) for each in others]

    def test_a_link_without_an_organisation(self):
        """DingTalk names people to their own organisation only."""
        corp, person = self.second_corp(self.user_dingtalk)
        pairs = [(each.corp_id, each.app_id.app_key) for each in (self.corp, corp)]
        self.assertEqual(sorted(self.asked(self.open(self.visitor()))), sorted(pairs))
        for chosen, pair in zip((self.corp, corp), pairs):
            page = self.open(self.visitor(), corp=chosen.corp_id)
            self.assertEqual(self.asked(page), [pair])
        for chosen, code, user in (
            (self.corp, self.code(), self.user_employee),
            (corp, self.code(person, corp_id=corp.corp_id), self.user_dingtalk),
        ):
            browser = self.visitor()
            page = self.open(browser, redirect="/web?x=1")
            answer = self.post(
                browser, "/dingding/signin/inside/code", code=code,
                corp=chosen.corp_id, ticket=self.attribute(page, "ticket"))
            self.assertEqual(answer.json()["path"], "/web?x=1", answer.text)
            self.assertEqual(self.who(browser), user.id)
            self.assertEqual(self.log().corp_id, chosen)
            # Now this one is asked first.
            self._replace(dingding_signin, "NAMED_SECONDS", 0)
            found = self.asked(self.open(browser))
            self.assertEqual((found[0][0], len(found)), (chosen.corp_id, 2))
            self.assertEqual(self.asked(
                self.open(browser, corp=chosen.corp_id))[1:], [])

    def test_a_code_for_another_organisation(self):
        corp, person = self.second_corp(self.user_dingtalk)
        own, others = self.code(), self.code(person, corp_id=corp.corp_id)
        for code, chosen, status in (
            (own, corp.corp_id, 400), (others, self.corp.corp_id, 400),
            (self.code(), "ding-nobody", 404), (self.code(), "0", 404),
        ):
            browser = self.visitor()
            page = self.open(browser)
            self.assertRefused(self.post(
                browser, "/dingding/signin/inside/code", code=code, corp=chosen,
                ticket=self.attribute(page, "ticket")), status)
            self.assertFalse(self.who(browser))
        # Where it is disabled, nobody is asked for it, nor signed in.
        page = self.open(browser)
        corp.signin_inside = False
        self.share()
        self.assertEqual(len(self.asked(self.open(self.visitor()))), 1)
        code = self.code(person, corp_id=corp.corp_id)
        self.assertRefused(self.post(
            browser, "/dingding/signin/inside/code", code=code, corp=corp.corp_id,
            ticket=self.attribute(page, "ticket")), 404)
        self.assertFalse(self.who(browser))

    def test_page_names_no_secret(self):
        text = self.open(self.visitor())
        self.assertIn(self.simulator.corp_id, text)
        self.assertNotIn(self.simulator.app_secret, text)

    def test_replay(self):
        browser = self.visitor()
        code = self.code()
        page = self.open(browser)
        values = {
            "code": code, "ticket": self.attribute(page, "ticket"),
            "csrf_token": self.attribute(page, "csrf"),
        }
        first = self.post(browser, "/dingding/signin/inside/code", **values)
        self.assertEqual(first.status_code, 200)
        again = self.visitor()
        self.assertRefused(self.enter(again, code), 400)
        self.assertEqual(self.log().reason, "code")
        values["csrf_token"] = self.csrf(again)
        self.assertRefused(
            self.post(again, "/dingding/signin/inside/code", **values), 400)
        self.assertEqual(self.log().reason, "ticket")

    def test_without_csrf_token(self):
        browser = self.visitor()
        page = self.open(browser)
        answer = self.post(
            browser, "/dingding/signin/inside/code", code=self.code(),
            ticket=self.attribute(page, "ticket"), csrf_token="")
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.who(browser))

    def test_contradiction(self):
        """A UserID that was reassigned to another person."""
        self.row.with_context(dingding_no_push=True).sudo().write(
            {"unionid": "somebody-else"})
        self.share()
        self.assertRefused(self.enter(self.visitor(), self.code()))
        self.assertEqual(self.log().reason, "mismatch")

    def test_switched_off(self):
        self.corp.signin_inside = False
        self.share()
        self.assertRefused(self.get(self.visitor(), "/dingding/signin/inside"), 404)


@portable
class TestSigninQr(InsideCase):
    """Test Odoo's own QR code."""

    def new(self, desktop, **values):
        answer = self.post(desktop, "/dingding/signin/qr/new", **values)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def state(self, desktop, ticket):
        answer = self.get(desktop, "/dingding/signin/qr/state", ticket=ticket)
        return answer.json().get("state")

    def scan(self, phone, ticket, person=None, code=None):
        page = self.get(phone, "/dingding/signin/qr/open", ticket=ticket)
        self.assertEqual(page.status_code, 200, page.text)
        return self.post(
            phone, "/dingding/signin/qr/seen", ticket=ticket,
            code=code or self.code(person),
            csrf_token=self.attribute(page.text, "csrf"),
        )

    def decide(self, phone, ticket, decision="agree"):
        return self.post(
            phone, "/dingding/signin/qr/decide", ticket=ticket, decision=decision)

    def done(self, desktop, ticket):
        return self.post(desktop, "/dingding/signin/qr/done", ticket=ticket)

    def test_way(self):
        desktop, phone = self.visitor(), self.visitor()
        desktop.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/112.0"
        made = self.new(desktop, redirect="/web#id=3")
        ticket = made["ticket"]
        self.assertTrue(made["image"].startswith("data:image/svg+xml;base64,"))
        self.assertIn("/dingding/signin/qr/open?ticket=" + ticket, made["link"])
        self.assertEqual(made["seconds"], QR_SECONDS)
        self.assertEqual(self.state(desktop, ticket), "new")
        asked = self.scan(phone, ticket).json()
        self.assertEqual(asked["company"], self.corp.company_id.name)
        self.assertEqual(asked["user"], self.user_employee.name)
        self.assertEqual(asked["browser"], "Chrome, Windows")
        self.assertEqual(asked["address"], "127.0.0.1")
        self.assertEqual(asked["place"], "Same network as this phone")
        self.assertRegex(asked["time"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertEqual(self.state(desktop, ticket), "seen")
        self.assertRefused(self.done(desktop, ticket), 400)
        self.assertEqual(self.decide(phone, ticket).status_code, 200)
        self.assertEqual(self.state(desktop, ticket), "agreed")
        answer = self.done(desktop, ticket)
        self.assertEqual(answer.json()["path"], "/web#id=3")
        self.assertEqual(self.who(desktop), self.user_employee.id)
        self.assertFalse(self.who(phone))
        # Only once.
        self.assertRefused(self.done(desktop, ticket), 400)
        self.assertRefused(self.decide(phone, ticket), 400)

    def test_place(self):
        place = self.env["dingding.signin.qr"]._place
        same = "Same network as this phone"
        another = "Different network from this phone"
        for computer, phone, said in (
            ("192.0.2.1", "192.0.2.1", same), ("192.0.2.1", "192.0.2.2", another),
            ("2001:db8:0:1::5", "2001:db8:0:1:ffff::1", same),
            ("2001:db8:0:1::5", "2001:db8:0:2::5", another),
            ("::ffff:192.0.2.1", "192.0.2.1", same), ("192.0.2.1", "::1", another),
            ("", "192.0.2.1", "unknown"),
        ):
            self.assertEqual(place(computer, phone), said, (computer, phone))

    def test_place_behind_a_proxy(self):
        """Everybody has the proxy's address, strangers who send their code as well."""
        desktop, phone = self.visitor(), self.visitor()
        for browser, address in ((desktop, "192.0.2.1"), (phone, "192.0.2.2")):
            browser.headers["X-Forwarded-For"] = address
        asked = self.scan(phone, self.new(desktop)["ticket"]).json()
        self.assertEqual((asked["address"], asked["place"]), ("unknown", "unknown"))
        self.addCleanup(
            tools.config.__setitem__, "proxy_mode", tools.config["proxy_mode"])
        tools.config["proxy_mode"] = True
        desktop.headers["X-Forwarded-Host"] = urlsplit(self.url("/")).netloc
        phone.headers.update(desktop.headers)
        asked = self.scan(phone, self.new(desktop)["ticket"]).json()
        self.assertEqual(
            (asked["address"], asked["place"]),
            ("192.0.2.1", "Same network as this phone"))

    def test_refused(self):
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.scan(phone, ticket)
        self.decide(phone, ticket, "refuse")
        self.assertEqual(self.state(desktop, ticket), "refused")
        self.assertRefused(self.done(desktop, ticket), 400)
        self.assertFalse(self.who(desktop))
        self.assertIn(
            "cancelled", self.env["dingding.signin.log"].search([]).mapped("reason"))

    def test_cancelled(self):
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.post(desktop, "/dingding/signin/qr/cancel", ticket=ticket)
        self.assertRefused(
            self.get(phone, "/dingding/signin/qr/open", ticket=ticket), 400)

    def test_expired(self):
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.env.cr.execute(
            "UPDATE dingding_signin_ticket SET expires_at = now() AT TIME ZONE 'UTC'"
            " - interval '1 second'")
        self.share()
        self.assertEqual(self.state(desktop, ticket), "expired")
        self.assertRefused(
            self.get(phone, "/dingding/signin/qr/open", ticket=ticket), 400)

    def test_somebody_who_saw_the_code(self):
        """No other computer or phone can use the code."""
        desktop, phone, thief = self.visitor(), self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.csrf(thief)
        self.assertIsNone(self.state(thief, ticket))
        self.scan(phone, ticket)
        self.assertRefused(self.decide(thief, ticket), 400)
        self.decide(phone, ticket)
        self.assertRefused(self.done(thief, ticket), 400)
        self.assertFalse(self.who(thief))
        self.assertEqual(self.done(desktop, ticket).status_code, 200)

    def test_scanned_twice(self):
        desktop, phone, other = self.visitor(), self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.scan(phone, ticket)
        self.assertRefused(
            self.get(other, "/dingding/signin/qr/open", ticket=ticket), 400)

    def test_replayed_code(self):
        code = self.code()
        self.scan(self.visitor(), self.new(self.visitor())["ticket"], code=code)
        self.assertRefused(
            self.scan(self.visitor(), self.new(self.visitor())["ticket"], code=code),
            400)

    def test_stranger(self):
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.assertRefused(self.scan(phone, ticket, self.other))
        self.assertEqual(self.state(desktop, ticket), "new")

    def test_archived_in_between(self):
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        self.scan(phone, ticket)
        self.decide(phone, ticket)
        self.row.with_context(dingding_no_push=True).write({"active": False})
        self.share()
        self.assertRefused(self.done(desktop, ticket))
        self.assertFalse(self.who(desktop))

    def test_names_are_data(self):
        """The page contains no value from DingTalk; its script sets them as text."""
        self.user_employee.name = "<script>alert(1)</script>"
        self.corp.company_id.name = "<img src=x onerror=alert(1)>"
        self.share()
        desktop, phone = self.visitor(), self.visitor()
        ticket = self.new(desktop)["ticket"]
        page = self.get(phone, "/dingding/signin/qr/open", ticket=ticket).text
        self.assertNotIn("alert(1)", page)
        answer = self.scan(phone, ticket)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_phone_may_be_framed_by_dingtalk_only(self):
        ticket = self.new(self.visitor())["ticket"]
        page = self.get(self.visitor(), "/dingding/signin/qr/open", ticket=ticket)
        self.assertIn(
            "frame-ancestors 'self' %s;" % self.simulator.url,
            page.headers["Content-Security-Policy"])
