# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Check what all pages and answers of the sign-in have in common."""
import re
from urllib.parse import urlsplit

from odoo.addons.dingding.tests.common import portable

from ..models.dingding_signin import GUESSES
from ..models.dingding_signin_ticket import WRONG_CODES
from ..models.safe_path import HOME
from .common import COOKIE
from .test_signin_inside import InsideCase
from .test_signin_rules import EVIL, GOOD

NAME = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
# Becomes code if a page inserts names without escaping.
CODE = ("<script>alert", "<img src=x", "\"'>")


@portable
class TestSigninPages(InsideCase):
    def sign_in(self, user):
        browser = self.visitor()
        self.post(browser, "/web/login", login=user.login, password=self.PASSWORD)
        self.assertEqual(self.who(browser), user.id)
        return browser

    def ticket(self, browser):
        return self.post(browser, "/dingding/signin/qr/new").json()["ticket"]

    # -- redirects -----------------------------------------------------------------

    def landed(self, answer):
        """Return where a browser is redirected, without this Odoo's own address."""
        address = answer.headers["Location"]
        own = self.url("")
        self.assertTrue(
            address.startswith(own + "/") or address.startswith("/"), address)
        return address[len(own):] if address.startswith(own) else address

    def test_evil_at_the_door(self):
        """Test every form of an external address over HTTP."""
        browser = self.sign_in(self.user_employee)
        self.assertGreaterEqual(len(EVIL), 40)
        for path in EVIL:
            answer = self.get(browser, "/dingding/signin/inside", redirect=path)
            if answer.status_code == 400:
                self.assertIn("\x00", path)
                continue
            self.assertEqual(self.landed(answer), HOME, repr(path))
        for path in GOOD:
            answer = self.get(browser, "/dingding/signin/inside", redirect=path)
            self.assertEqual(urlsplit(self.landed(answer)).path, urlsplit(path).path)

    def test_evil_after_each_way(self):
        evil = "//evil.example"
        answer = self.oauth2(self.visitor(), redirect=evil)
        self.assertEqual(self.landed(answer), HOME)
        browser = self.visitor()
        page = self.get(browser, "/dingding/signin/inside", redirect=evil).text
        answer = self.post(
            browser, "/dingding/signin/inside/code", code=self.code(),
            ticket=self.attribute(page, "ticket"))
        self.assertEqual(answer.json()["path"], HOME)
        desktop = self.qr(redirect=evil)[1]
        self.assertEqual(desktop.json()["path"], HOME)
        # Since 14.0 Odoo's own links contain the given value.
        login = self.get(self.visitor(), "/web/login", redirect=evil).text
        ways = re.findall('href="(/dingding/signin/[^"]*)"', login)
        self.assertTrue(ways)
        self.assertNotIn("evil", " ".join(ways))

    def qr(self, **values):
        """Sign in a computer by phone; return its browser and the last answer."""
        desktop, phone = self.visitor(), self.visitor()
        made = self.post(desktop, "/dingding/signin/qr/new", **values)
        ticket = made.json()["ticket"]
        self.get(phone, "/dingding/signin/qr/open", ticket=ticket)
        self.post(phone, "/dingding/signin/qr/seen", ticket=ticket, code=self.code())
        self.post(phone, "/dingding/signin/qr/decide", ticket=ticket, decision="agree")
        desktop.before = desktop.cookies[COOKIE]
        return desktop, self.post(desktop, "/dingding/signin/qr/done", ticket=ticket)

    # -- sessions --------------------------------------------------------------------

    def test_new_session_id_inside_and_by_own_code(self):
        desktop, answer = self.qr()
        self.assertEqual(answer.status_code, 200)
        browser = self.visitor()
        page = self.get(browser, "/dingding/signin/inside").text
        before = browser.cookies[COOKIE]
        self.post(
            browser, "/dingding/signin/inside/code", code=self.code(),
            ticket=self.attribute(page, "ticket"))
        for each, known in ((desktop, desktop.before), (browser, before)):
            self.assertEqual(self.who(each), self.user_employee.id)
            self.assertNotEqual(each.cookies[COOKIE], known)
            thief = self.visitor()
            thief.cookies.set(COOKIE, known)
            self.assertFalse(self.who(thief))

    def test_signed_in_as_somebody_else_before(self):
        """No data of the other user's session remain."""
        browser = self.sign_in(self.user_manager)
        before = browser.cookies[COOKIE]
        self.oauth2(browser)
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertNotEqual(browser.cookies[COOKIE], before)

    # -- guessing ----------------------------------------------------------------------

    def test_too_many_guesses_of_an_own_code(self):
        """A photo of the code: that code is soon void, others are not."""
        phone, desktop = self.visitor(), self.visitor()
        ticket = self.ticket(desktop)
        for _number in range(WRONG_CODES):
            answer = self.post(
                phone, "/dingding/signin/qr/seen", ticket=ticket, code="0" * 32)
            self.assertRefused(answer, 400)
        self.simulator.forget_calls()
        answer = self.post(
            phone, "/dingding/signin/qr/seen", ticket=ticket, code=self.code())
        self.assertRefused(answer, 400)
        self.assertDingTalkNotCalled()
        answer = self.get(desktop, "/dingding/signin/qr/state", ticket=ticket)
        self.assertEqual(answer.json()["state"], "used")
        answer = self.post(
            phone, "/dingding/signin/qr/seen", ticket=self.ticket(desktop),
            code=self.code())
        self.assertEqual(answer.status_code, 200, answer.text)

    def wrong_code(self, browser, code="0" * 32):
        page = self.get(browser, "/dingding/signin/inside").text
        return self.post(
            browser, "/dingding/signin/inside/code", code=code,
            ticket=self.attribute(page, "ticket"),
            csrf_token=self.attribute(page, "csrf"))

    def test_too_many_codes(self):
        """Codes unknown to DingTalk, each with a valid ticket.

        Browsers in which somebody has signed in before do not wait for strangers at the
        same address.
        """
        colleague = self.visitor()
        self.oauth2(colleague)
        self.get(colleague, "/web/session/logout")
        self.assertFalse(self.who(colleague))
        browser = self.visitor()
        for _number in range(GUESSES):
            self.assertRefused(self.wrong_code(browser), 400)
        self.simulator.forget_calls()
        self.assertRefused(self.wrong_code(browser), 429)
        self.assertDingTalkNotCalled()
        self.assertEqual(
            self.get(browser, "/dingding/signin/inside").status_code, 200)
        self.oauth2(colleague)
        self.assertEqual(self.who(colleague), self.user_employee.id)

    def test_a_made_up_mark_is_none(self):
        browser = self.visitor()
        for value in ("x", "x.y", ".", "1." + "0" * 64, "\xe4.\xf6", "\udce4.\udcf6"):
            self.assertFalse(self.env["dingding.signin"]._is_known(value), value)
        self.oauth2(browser)
        value = browser.cookies["dingding_known"]
        self.assertTrue(self.env["dingding.signin"]._is_known(value))
        self.assertFalse(self.env["dingding.signin"]._is_known(value[:-1]))

    # -- names ------------------------------------------------------------------------

    def test_names_in_every_template(self):
        far = self.env["dingding.corp"].create(
            {"name": NAME, "app_key": "far", "app_secret": "far"})
        far.write({"signin_oauth2": True, "company_id": self.company.id})
        self.company.name = NAME
        self.corp.write({"name": NAME, "signin_contact": NAME})
        self.row.write({"name": NAME})
        self.user_employee.name = NAME
        self.share()
        browser = self.sign_in(self.user_employee)
        ticket = self.ticket(self.visitor())
        pages = {
            "signin_block": self.get(self.visitor(), "/web/login", redirect=NAME),
            "signin_my": self.get(browser, "/dingding/my"),
            "signin_error": self.oauth2(self.visitor(), self.other),
            "signin_inside": self.get(
                self.visitor(), "/dingding/signin/inside", redirect=NAME),
            "signin_confirm": self.get(
                self.visitor(), "/dingding/signin/qr/open", ticket=ticket),
        }
        for template in self.env["ir.ui.view"].search(
            [("key", "=like", "dingding_signin.signin_%")]
        ):
            name = template.key.split(".")[1]
            # Parts of the others.
            if name not in ("signin_layout", "signin_way"):
                self.assertIn(name, pages)
        for name, answer in pages.items():
            for code in CODE:
                self.assertNotIn(code, answer.text, name)
        for name in ("signin_block", "signin_my", "signin_error"):
            self.assertIn("&lt;script&gt;alert(1)", pages[name].text, name)

    # -- headers -----------------------------------------------------------------------

    def test_headers_of_everything(self):
        browser = self.sign_in(self.user_employee)
        stranger = self.visitor()
        ticket = self.ticket(stranger)
        answers = [
            self.get(stranger, "/dingding/signin/oauth2"),
            self.get(stranger, "/dingding/signin/oauth2/return"),
            self.get(stranger, "/dingding/signin/inside"),
            self.get(stranger, "/dingding/signin/qr/open", ticket=ticket),
            self.get(stranger, "/dingding/signin/qr/state", ticket=ticket),
            self.post(stranger, "/dingding/signin/qr/new"),
            self.post(stranger, "/dingding/signin/widget"),
            self.post(stranger, "/dingding/signin/inside/code"),
            self.get(browser, "/dingding/my"),
            self.post(browser, "/dingding/my/bind", corp="0"),
            self.post(browser, "/dingding/my/unbind", person="0"),
        ]
        for answer in answers:
            headers = answer.headers
            self.assertEqual(headers["Cache-Control"], "no-store", answer.url)
            self.assertEqual(headers["Referrer-Policy"], "same-origin")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            policy = headers["Content-Security-Policy"]
            self.assertIn("frame-ancestors", policy)
            if "'none';" in policy.split("frame-ancestors", 1)[1][:9]:
                self.assertEqual(headers["X-Frame-Options"], "DENY")
            else:
                # Only DingTalk's own window may frame it.
                self.assertIn("/dingding/signin/", answer.url)
                self.assertEqual(answer.status_code, 200)
            # No page of another site can read an answer.
            self.assertNotIn("Access-Control-Allow-Origin", headers)
