# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import hmac
import re
import struct
import time
from urllib.parse import parse_qs, urlsplit

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_signin_log, dingding_signin_ticket
from ..models.dingding_signin import GUESSES, WINDOW, Visitor
from ..models.dingding_signin_policy import Proven
from .common import COOKIE, SigninCase


@portable
class TestSigninOauth2(SigninCase):
    """Test DingTalk's page, the policy and the log."""

    def test_linked(self):
        browser = self.visitor()
        answer = self.oauth2(browser, redirect="/web#menu_id=1")
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertTrue(answer.headers["Location"].endswith("/web#menu_id=1"))
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertEqual(self.calls()[-1:], ["/topapi/user/getbyunionid"])
        self.assertEqual(len(self.calls()), 3)
        line = self.log()
        self.assertEqual(line.result, "signed_in")
        self.assertEqual(line.way, "oauth2")
        self.assertEqual(line.user_id, self.user_employee)
        self.assertEqual(line.person_id, self.row)
        self.assertEqual(line.address, "127.0.0.1")

    def test_second_factor(self):
        """Odoo's two-factor sign-in also applies after DingTalk."""
        if "totp_secret" not in self.env["res.users"]._fields:
            self.skipTest("this Odoo has no two-factor sign-in")
        self.user_employee.sudo().write({"totp_secret": "JBSWY3DPEHPK3PXP"})
        self.share()
        browser = self.visitor()
        answer = self.oauth2(browser)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn("/web/login/totp", answer.headers["Location"])
        self.assertFalse(self.who(browser))
        asked = self.log()
        self.assertEqual(asked.result, "second_factor")
        page = self.get(browser, "/web/login/totp").text
        browser.post(self.url("/web/login/totp"), data={
            "csrf_token": re.search('name="csrf_token" value="([^"]+)"', page).group(1),
            "totp_token": self.one_time_password(),
        }, timeout=60)
        for _number in range(2):
            self.assertEqual(self.who(browser), self.user_employee.id)
        line = self.log()
        self.assertEqual((line.result, line.way), ("signed_in", "oauth2"))
        for name in ("user_id", "person_id", "corp_id", "address", "agent"):
            self.assertEqual(line[name], asked[name], name)
        since = [("user_id", "=", self.user_employee.id), ("id", ">=", asked.id)]
        self.assertEqual(line.search_count(since), 2)

    def one_time_password(self):
        """Return that of the secret above, as RFC 6238 computes it."""
        key = base64.b32decode("JBSWY3DPEHPK3PXP")
        counter = struct.pack(">Q", int(time.time() / 30))
        mac = hmac.new(key, counter, "sha1").digest()
        offset = mac[-1] & 0xF
        code = struct.unpack(">I", mac[offset:offset + 4])[0] & 0x7FFFFFFF
        return "%06d" % (code % 10 ** 6)

    def test_new_session_id(self):
        browser = self.visitor()
        self.csrf(browser)
        before = browser.cookies[COOKIE]
        self.oauth2(browser)
        self.assertNotEqual(browser.cookies[COOKIE], before)
        thief = self.visitor()
        thief.cookies.set(COOKIE, before)
        self.assertFalse(self.who(thief))
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_other_devices_stay(self):
        first, second = self.visitor(), self.visitor()
        self.oauth2(first)
        self.oauth2(second)
        self.assertEqual(self.who(first), self.user_employee.id)

    def test_replay(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.assertEqual(self.back(browser, path).status_code, 303)
        self.assertRefused(self.back(browser, path), 400)
        # DingTalk was not called.
        self.assertEqual(self.log().reason, "ticket")

    def test_state_of_another_browser(self):
        """A victim gets the address that completes the attacker's sign-in."""
        attacker, victim = self.visitor(), self.visitor()
        path = self.agree(self.begin(attacker))
        self.csrf(victim)
        self.assertRefused(self.back(victim, path), 400)
        self.assertFalse(self.who(victim))
        self.assertEqual(self.log().reason, "ticket")

    def test_no_or_wrong_state(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        code = parse_qs(urlsplit(path).query)["code"][0]
        for state in ("", "x" * 64, "0" * 64):
            self.assertRefused(
                self.get(
                    browser, "/dingding/signin/oauth2/return", code=code, state=state
                ), 400)

    def test_reused_code(self):
        browser = self.visitor()
        first = self.agree(self.begin(browser))
        code = parse_qs(urlsplit(first).query)["code"][0]
        self.back(browser, first)
        again = self.visitor()
        state = parse_qs(urlsplit(self.begin(again)).query)["state"][0]
        answer = self.get(
            again, "/dingding/signin/oauth2/return", code=code, state=state
        )
        self.assertRefused(answer, 400)
        self.assertEqual(self.log().reason, "code")
        self.assertNotIn(code, answer.text)

    def test_expired_code(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.simulator.control("POST", "/login/expire", {})
        self.assertRefused(self.back(browser, path), 400)

    def test_code_of_another_app(self):
        other = self.simulator.add_app(name="Other", kind="h5")
        browser = self.visitor()
        address = self.begin(browser)
        forged = address.replace(self.simulator.app_key, other["app_key"])
        self.assertRefused(self.back(browser, self.agree(forged)), 400)
        self.assertFalse(self.who(browser))

    def test_refused_at_dingtalk(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser), agree=False)
        self.assertRefused(self.back(browser, path))
        self.assertEqual(self.log().reason, "cancelled")

    def test_stranger(self):
        answer = self.oauth2(self.visitor(), self.other)
        self.assertRefused(answer)
        self.assertIn("your administrator", answer.text)
        self.assertEqual(self.log().reason, "unknown")

    def test_stranger_of_another_organisation(self):
        """The UnionID is known, but in another organisation."""
        far = self.env["dingding.corp"].create({"name": "Far"})
        self.make_person(self.other, self.user_manager).write({"corp_id": far.id})
        self.share()
        answer = self.oauth2(self.visitor(), self.other)
        self.assertRefused(answer)
        self.assertEqual(self.log().reason, "unknown")

    def test_same_sentence(self):
        texts = set()
        texts.add(self.oauth2(self.visitor(), self.other).text)
        self.make_person(self.other)
        self.share()
        texts.add(self.oauth2(self.visitor(), self.other).text)
        self.assertEqual(self.log().reason, "not_linked")
        self.row.with_context(dingding_no_push=True).write({"active": False})
        self.share()
        texts.add(self.oauth2(self.visitor()).text)
        self.assertEqual(self.log().reason, "left")
        self.assertEqual(len(texts), 1)
        # Each took the same two calls.
        self.assertEqual(self.simulator.calls()["total"], 6)

    def count_refusal(self, reason, person=None):
        """Return the calls and the number of statements that a refusal causes.

        Measure the second time, when caches are filled.
        """
        self.assertRefused(self.oauth2(self.visitor(), person))
        counted, heavy = [], []
        self.simulator.forget_calls()
        cursor, run = type(self.env.cr), type(self.env["dingding.sync"])
        policy = type(self.env["dingding.signin.policy"])
        execute, decide = cursor.execute, policy._decide

        def spy(model, name):
            real = getattr(model, name)

            def call(*args, **kwargs):
                heavy.append(name)
                return real(*args, **kwargs)

            self._replace(model, name, call)

        def spied_execute(cr, *args, **kwargs):
            counted.append(args[0])
            return execute(cr, *args, **kwargs)

        def spied_decide(model, *args):
            cursor.execute = spied_execute
            try:
                return decide(model, *args)
            finally:
                cursor.execute = execute

        # These scan all people, so their duration would be noticeable.
        for name in ("_find_links", "_plan_records"):
            spy(run, name)
        policy._decide = spied_decide
        try:
            self.assertRefused(self.oauth2(self.visitor(), person))
        finally:
            policy._decide = decide
        self.assertEqual(self.log().reason, reason)
        return sorted(self.calls()) + heavy, len(counted)

    def check_same_work(self, unknown):
        row = self.make_person(self.other)
        self.share()
        known = {"not_linked": self.count_refusal("not_linked", self.other)}
        row.with_context(dingding_no_push=True).write({"active": False})
        self.share()
        known["left"] = self.count_refusal("left", self.other)
        self.user_employee.write({"active": False})
        self.share()
        known["user_archived"] = self.count_refusal("user_archived")
        for reason, (calls, statements) in known.items():
            self.assertEqual(calls, unknown[0], reason)
            # For known people a few more rows are read, each by its key.
            self.assertLessEqual(
                abs(statements - unknown[1]), 8, (reason, statements, unknown[1]))

    def test_same_work(self):
        """Compare calls and statements, because timing is unreliable."""
        self.check_same_work(self.count_refusal("unknown", self.other))

    def test_same_work_where_people_are_linked(self):
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        self.share()
        self.check_same_work(self.count_refusal("unknown", self.stranger()))

    def test_same_work_where_people_get_users(self):
        self.corp.write(
            {"signin_who": "create", "create_users": "template",
             "template_user_id": self.user_dingtalk.id})
        # No user can be created: each mobile is taken.
        mobile = ("mobile" if "mobile" in self.env["res.partner"]._fields else "phone")
        self.user_manager.partner_id[mobile] = self.other["mobile"]
        self.user_manager.email = self.other["email"]
        self.share()
        self.check_same_work(self.count_refusal("unknown", self.stranger()))

    def test_left_since_the_last_reading(self):
        """Leavers are not linked, even before a sync notices."""
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        partner = self.user_dingtalk.partner_id
        partner["mobile" if "mobile" in partner._fields else "phone"] = (
            self.other["mobile"])
        left = self.stranger()
        row = self.make_person(
            dict(self.other, unionid=left["unionid"]), activated=True,
            mobile_number="86-" + self.other["mobile"])
        self.share()
        self.assertRefused(self.oauth2(self.visitor(), left))
        self.assertEqual(self.log().reason, "left")
        compat.forget(self.env)
        self.assertFalse(row.user_id)

    def test_a_linked_person_left_since_the_last_reading(self):
        """Leavers do not sign in either, even before a sync notices."""
        left = self.stranger()
        self.make_person(dict(self.other, unionid=left["unionid"]), self.user_dingtalk)
        for who in ("linked", "link"):
            self.corp.signin_who = who
            self.share()
            browser = self.visitor()
            self.assertRefused(self.oauth2(browser, left))
            self.assertEqual(self.log().reason, "left")
            self.assertFalse(self.who(browser))

    def test_where_dingtalk_does_not_say_who_left_the_link_holds(self):
        for code in ("60011", "50004"):
            self.simulator.fault("error", "/topapi/user/getbyunionid", code=code)
            browser = self.visitor()
            self.oauth2(browser)
            self.assertEqual(self.who(browser), self.user_employee.id)

    def test_left_in_between(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.simulator.control("DELETE", "/users/" + self.person["userid"])
        answer = self.back(browser, path)
        self.assertRefused(answer)
        self.assertIn("You cannot sign in", answer.text)
        self.assertEqual(self.log().reason, "unknown")

    def test_each_failure_has_its_sentence(self):
        """Temporary errors, configuration errors and refusals."""
        for kind, values, status, words in (
            ("settings", {"scopes": ["qyapi_get_member"]}, 502, "administrator"),
            ("secret", {}, 502, "administrator"),
            ("busy", {}, 502, "in a moment"),
            ("http_500", {}, 502, "in a moment"),
            ("not_json", {}, 502, "in a moment"),
        ):
            self.simulator.reset()
            self.app.app_secret = self.simulator.app_secret
            self.share()
            browser = self.visitor()
            path = self.agree(self.begin(browser), self.simulator.users()[0])
            if kind == "settings":
                self.simulator.settings(**values)
            elif kind == "secret":
                self.app.app_secret = "wrong"
                self.share()
            else:
                self.simulator.fault(kind, "/v1.0/*", times=20)
            answer = self.back(browser, path)
            self.assertRefused(answer, status)
            self.assertIn(words, answer.text, (kind, values))

    def test_other_errors_of_dingtalks_page(self):
        """DingTalk documents no error names; the page does not show them."""
        browser = self.visitor()
        state = parse_qs(urlsplit(self.begin(browser)).query)["state"][0]
        answer = self.get(
            browser, "/dingding/signin/oauth2/return", state=state,
            error="<b>server_error</b>")
        self.assertRefused(answer)
        self.assertNotIn("server_error", answer.text)
        line = self.log()
        self.assertEqual(line.reason, "denied")
        self.assertEqual(line.detail, "bserver_errorb")

    def test_archived_user(self):
        self.user_employee.write({"active": False})
        self.share()
        self.assertRefused(self.oauth2(self.visitor()))
        self.assertEqual(self.log().reason, "user_archived")

    def test_whom_to_ask(self):
        self.corp.signin_contact = "Ms <b>Wang</b>"
        self.share()
        answer = self.oauth2(self.visitor(), self.other)
        self.assertIn("Ms &lt;b&gt;Wang&lt;/b&gt;", answer.text)

    def test_switched_off(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.corp.signin_oauth2 = False
        self.share()
        self.assertRefused(self.back(browser, path), 404)
        self.assertRefused(self.get(browser, "/dingding/signin/oauth2"), 404)
        self.assertNotIn(
            "/dingding/signin/oauth2", self.get(browser, "/web/login").text)

    def test_dingtalk_away(self):
        browser = self.visitor()
        path = self.agree(self.begin(browser))
        self.simulator.fault("http_500", "/v1.0/*", times=20)
        self.assertRefused(self.back(browser, path), 502)
        self.assertEqual(self.log().result, "error")

    def test_host_header(self):
        """The Host header does not choose where DingTalk redirects."""
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://odoo.example.com")
        self.share()
        answer = self.visitor().get(
            self.url("/dingding/signin/oauth2"), allow_redirects=False, timeout=60,
            headers={"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com",
                     "X-Forwarded-Proto": "http"},
        )
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        self.assertEqual(
            query["redirect_uri"],
            ["https://odoo.example.com/dingding/signin/oauth2/return"])
        browser = self.visitor()
        browser.headers.update(
            {"X-Forwarded-Host": "evil.example.com",
             "Forwarded": "host=evil.example.com"})
        link = self.post(browser, "/dingding/signin/qr/new").json()["link"]
        self.assertTrue(link.startswith("https://odoo.example.com/dingding/"), link)
        found = self.post(browser, "/dingding/signin/widget")
        self.assertNotIn("evil", found.text + link)

    def test_headers(self):
        for path in ("/dingding/signin/oauth2/return", "/dingding/signin/inside"):
            headers = self.get(self.visitor(), path).headers
            self.assertEqual(headers["Cache-Control"], "no-store", path)
            self.assertIn("frame-ancestors", headers["Content-Security-Policy"])
            self.assertEqual(headers["Referrer-Policy"], "same-origin")
        self.assertEqual(
            self.get(self.visitor(), "/dingding/signin/oauth2/return")
            .headers["X-Frame-Options"], "DENY")

    def test_guesses_of_a_network(self):
        """A stranger with IPv6 has another address for each attempt."""
        log = self.env["dingding.signin.log"]
        for number in range(5):
            address = "2001:db8::%d" % number
            log._note(
                "oauth2", "refused", Visitor("", address, "", None, None, False),
                self.corp, reason="code")
        compat.forget(self.env)
        for address, count in (
            ("2001:db8::ffff", 5), ("2001:db8:0:1::1", 0), ("198.51.100.7", 0), ("", 0),
        ):
            self.assertEqual(log._guesses(WINDOW, address=address), count, address)

    def test_strangers_lock_nobody_out(self):
        """Unknown tickets from the same address, and opened pages."""
        for number in range(GUESSES + 10):
            answer = self.get(
                self.visitor(), "/dingding/signin/oauth2/return", state="x%d" % number,
                code="y")
            self.assertRefused(answer, 400)
        self.assertDingTalkNotCalled()
        browser = self.visitor()
        self.oauth2(browser)
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_strangers_fill_no_table(self):
        """One row per address, reason and hour, however many requests."""
        for number in range(8):
            self.get(self.visitor(), "/dingding/signin/oauth2", corp="no%d" % number)
            self.get(self.visitor(), "/dingding/signin/oauth2/return", state="x")
            self.get(self.visitor(), "/dingding/signin/inside", corp="%d" % -number)
            self.get(self.visitor(), "/dingding/signin/qr/state", ticket="x")
        # A new hour may have begun in the meantime.
        lines = self.failures()
        self.assertLessEqual(len(lines), 4)
        self.assertEqual(sum(lines.mapped("count")), 32)
        self.assertEqual(set(lines.mapped("reason")), {"way_off", "ticket"})

    def test_failures_with_a_ticket_are_counted_too(self):
        """Every visitor has a ticket, so these get no rows of their own either."""
        self._replace(dingding_signin_log, "OF_ADDRESS", 3)
        for _number in range(9):
            browser = self.visitor()
            state = parse_qs(urlsplit(self.begin(browser)).query)["state"][0]
            self.get(browser, "/dingding/signin/oauth2/return", state=state,
                     error="access_denied")
        lines = self.failures()
        self.assertLessEqual(len(lines), 5)
        self.assertEqual(sum(lines.mapped("count")), 9)

    def test_many_addresses_are_counted_together(self):
        self._replace(dingding_signin_log, "COUNTED", 5)
        log = self.env["dingding.signin.log"]
        for number in range(20):
            log._note("oauth2", "refused", Visitor(
                "", "10.0.0.%d" % number, "", None, None, False), reason="ticket")
        lines = self.failures()
        self.assertLessEqual(len(lines), 12)
        self.assertEqual(sum(lines.mapped("count")), 20)

    def test_failures_of_a_known_person_are_bounded(self):
        """A signed-in employee can press Bind without end, and stays known."""
        self._replace(dingding_signin_log, "OF_KNOWN", 3)
        log, mine = self.env["dingding.signin.log"], self.user_employee
        for reason, user in (
            ("stale", mine), ("stale", self.user_manager), ("password", mine),
        ):
            for number in range(9):
                log._note(
                    "my", "refused",
                    Visitor("", "10.0.0.%d" % number, "", user.id, None, False),
                    self.corp, reason=reason, user_id=user.id)
        compat.forget(self.env)
        lines = self.failures()
        for reason, user in (
            ("stale", mine), ("stale", self.user_manager), ("password", mine),
        ):
            found = lines.filtered(
                lambda line, reason=reason, user=user: line.user_id == user
                and line.reason == reason)
            # A new hour may have begun in the meantime.
            self.assertLessEqual(len(found), 8)
            self.assertEqual(sum(found.mapped("count")), 9)
            self.assertEqual(found.mapped("corp_id"), self.corp)
            self.assertEqual(found.mapped("company_id"), self.corp.company_id)
        self.assertEqual(log._guesses(WINDOW, user_id=mine.id), 9)
        self.assertLessEqual(len(lines), 24)
        # Strangers have rows of their own.
        log._note("oauth2", "refused", Visitor(
            "", "10.0.1.1", "", None, None, False), reason="ticket")
        self.assertEqual(self.failures().filtered(
            lambda line: line.reason == "ticket").address, "10.0.1.1")

    def test_tickets_are_bounded(self):
        """The oldest tickets of an address are deleted; nobody is refused a new one."""
        self._replace(dingding_signin_ticket, "OF_ADDRESS", 5)
        browser = self.visitor()
        for _number in range(12):
            self.begin(self.visitor())
        address = self.begin(browser)
        self.env.cr.execute("SELECT count(*) FROM dingding_signin_ticket")
        self.assertEqual(self.env.cr.fetchone()[0], 5)
        self.back(browser, self.agree(address))
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_address_of_a_header_counts_for_nothing(self):
        """Without proxy_mode X-Forwarded-For can be forged."""
        browser = self.visitor()
        browser.headers.update(
            {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Host": "evil.example"})
        self.get(browser, "/dingding/signin/oauth2/return", state="x")
        self.assertEqual(self.log().address, "127.0.0.1")

    def test_no_id_is_a_password(self):
        """Other connectors accept a DingTalk id as proof of identity."""
        for value in (
            self.person["userid"], self.person["unionid"], self.person["mobile"],
            self.simulator.corp_id, self.simulator.app_key,
        ):
            browser = self.visitor()
            self.post(
                browser, "/web/login", login=self.user_employee.login, password=value)
            self.assertFalse(self.who(browser), value)
        browser = self.visitor()
        self.post(
            browser, "/web/login", login=self.user_employee.login,
            password=self.PASSWORD)
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_classic(self):
        self.corp.signin_classic = True
        self.share()
        browser = self.visitor()
        answer = self.get(browser, "/dingding/signin/classic", redirect="/web?x=1")
        self.assertIn("/connect/qrconnect?", answer.headers["Location"])
        path = self.agree(answer.headers["Location"])
        self.assertTrue(path.startswith("/dingding/signin/classic/return?"), path)
        # A state is valid only for its own method, even in the same browser.
        self.assertRefused(
            self.back(browser, path.replace("classic", "oauth2")), 400)
        self.assertDingTalkNotCalled()
        answer = self.get(browser, "/dingding/signin/classic", redirect="/web?x=1")
        path = self.agree(answer.headers["Location"])
        answer = self.back(browser, path)
        self.assertTrue(answer.headers["Location"].endswith("/web?x=1"), answer.text)
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertEqual(len(self.calls()), 2)

    def test_login_page(self):
        text = self.get(self.visitor(), "/web/login", redirect="/web?x=1").text
        self.assertIn("/dingding/signin/oauth2?corp=%d" % self.corp.id, text)
        self.assertIn("redirect=%2Fweb%3Fx%3D1", text)
        self.assertIn('data-way="qr"', text)
        self.assertNotIn('data-way="classic"', text)

    def test_one_way_at_once(self):
        ways = {"signin_qr": True, "signin_widget": True, "signin_oauth2": True}
        for gone, first in ((), "qr"), ("signin_qr", "widget"), (
                "signin_widget", "oauth2"):
            if gone:
                ways[gone] = False
            self.corp.write(ways)
            block = self.env["dingding.signin"]._block()
            self.assertEqual([each["first"] for each in block], [first])
            self.assertNotIn(first, block[0]["others"])
        self.corp.write(dict.fromkeys(ways, True))
        self.share()
        text = self.get(self.visitor(), "/web/login").text
        before, behind = text.split("<details", 1)
        self.assertIn('data-way="qr"', before)
        for way in ("widget", "oauth2"):
            self.assertNotIn('data-way="%s"' % way, before)
            self.assertIn('data-way="%s"' % way, behind)

    def test_login_page_without(self):
        self.corp.write(
            {"signin_oauth2": False, "signin_qr": False, "signin_inside": False})
        self.share()
        self.assertNotIn(
            "o_dingding_signin", self.get(self.visitor(), "/web/login").text)


@portable
class TestSigninPolicy(SigninCase):
    """Check who is linked or gets a user at the first sign-in."""

    def test_link_by_login(self):
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        self.user_dingtalk.login = "+86" + self.other["mobile"]
        self.share()
        browser = self.visitor()
        answer = self.oauth2(browser, self.other)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertEqual(self.who(browser), self.user_dingtalk.id)
        line = self.log()
        self.assertEqual(line.result, "linked")
        self.assertEqual(line.person_id.link_rule, "mobile")

    def test_one_sign_in_reads_no_other_users(self):
        """Neither linking nor creating a user reads all users."""
        run = self.env["dingding.sync"]
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        row = self.make_person(
            self.other, email="Other@Example.com", mobile_number="+8613911112222",
            activated=True)
        written = {
            self.user_dingtalk: {mobile: "(+86) 139-1111 2222"},
            self.user_manager: {"email": " other@example.com"},
        }
        for user, values in written.items():
            user.partner_id.write(values)
        compat.flush(self.env)
        for person, users in ((row, {self.user_dingtalk.id, self.user_manager.id}),
                              (row.browse(), set())):
            only = run._only(person)
            found = {each.id for each in only._user_candidates(self.corp)}
            self.assertEqual(found, users)
        self.assertGreater(len(run._user_candidates(self.corp)), 2)
        mobiles, mails = run._only(row)._taken(self.corp)
        self.assertEqual(mobiles - {"+8613911112222"}, set())
        self.assertEqual(mails - {
            self.user_dingtalk.login, self.user_dingtalk.email, "other@example.com",
        }, set())
        self.assertIn("+8613911112222", mobiles)
        self.assertIn("other@example.com", mails)

    def test_own_mobile_links_nobody(self):
        """Users may write their own mobile, possibly a colleague's."""
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        self.user_dingtalk.partner_id.write(
            {"mobile" if "mobile" in self.user_dingtalk.partner_id._fields
             else "phone": self.other["mobile"]})
        self.share()
        self.assertRefused(self.oauth2(self.visitor(), self.other))
        self.assertEqual(self.log().reason, "not_linked")

    def test_link_no_administrator(self):
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        self.user_system.partner_id.write(
            {"mobile" if "mobile" in self.user_system.partner_id._fields
             else "phone": self.other["mobile"]})
        self.share()
        self.assertRefused(self.oauth2(self.visitor(), self.other))
        self.assertEqual(self.log().reason, "not_linked")

    def test_create(self):
        self.corp.write(
            {
                "create_users": "template", "template_user_id": self.user_employee.id,
                "signin_who": "create",
            }
        )
        self.share()
        browser = self.visitor()
        answer = self.oauth2(browser, self.other)
        self.assertEqual(answer.status_code, 303, answer.text)
        line = self.log()
        self.assertEqual(line.result, "created")
        self.assertEqual(self.who(browser), line.user_id.id)
        self.assertEqual(
            line.user_id[compat.USER_GROUPS], self.user_employee[compat.USER_GROUPS])

    def new_here(self, create_users="template"):
        """Sign in a person who gets a user; return the user."""
        self.corp.write(
            {
                "create_users": create_users, "signin_who": "create",
                "template_user_id": self.user_employee.id,
            }
        )
        self.share()
        answer = self.oauth2(self.visitor(), self.other)
        self.assertEqual(answer.status_code, 303, answer.text)
        line = self.log()
        self.assertEqual(line.result, "created")
        return line.user_id

    def departments(self):
        """Return the main department of ``other`` and its ancestors."""
        there = {str(each["dept_id"]): each for each in self.simulator.departments()}
        number = str(self.other["main_dept"])
        chain = [number]
        while there[chain[-1]]["parent_id"]:
            chain.append(str(there[chain[-1]]["parent_id"]))
        rows, parent = self.env["dingding.department"], False
        for number in reversed(chain):
            row = rows.create(
                {"name": there[number]["name"], "dept_id": number,
                 "corp_id": self.corp.id, "parent_id": parent})
            rows, parent = row | rows, row.id
        return rows

    def test_create_only_in_the_chosen_departments(self):
        """People skipped by syncs and events get no user at a sign-in either."""
        chain = self.departments()
        others = {str(each["dept_id"]) for each in self.simulator.departments()}
        others -= set(chain.mapped("dept_id")) | set(self.other["depts"])
        outside = chain.create(
            {"name": "Elsewhere", "dept_id": min(others), "corp_id": self.corp.id})
        self.corp.write(
            {
                "create_users": "template", "template_user_id": self.user_employee.id,
                "signin_who": "create", "scope_department_ids": [(6, 0, outside.ids)],
            }
        )
        self.share()
        self.assertRefused(self.oauth2(self.visitor(), self.other))
        self.assertEqual(self.log().reason, "unknown")
        people = self.env["dingding.user"]
        unionid = [("unionid", "=", self.other["unionid"])]
        self.assertFalse(people.search(unionid))
        # Linked people sign in from everywhere.
        self.assertEqual(self.oauth2(self.visitor()).status_code, 303)
        # Also one below that Odoo has not read yet.
        self.corp.scope_department_ids = chain[1]
        chain[0].unlink()
        self.share()
        self.assertEqual(self.oauth2(self.visitor(), self.other).status_code, 303)
        self.assertEqual(self.log().result, "created")
        compat.forget(self.env)
        self.assertTrue(people.search(unionid).user_id)

    def test_create_nobody_who_is_invited_again(self):
        """Links of a former UserID pass once Odoo knows that it has left."""
        self.corp.write(
            {
                "create_users": "template", "template_user_id": self.user_employee.id,
                "signin_who": "create", "leaver_policy": "user",
            }
        )
        former = self.make_person(
            self.other, self.user_dingtalk, userid="former", mobile=False)
        person = self.make_person(
            self.other, activated=True, mobile_number="86-" + self.other["mobile"])
        policy = self.env["dingding.signin.policy"]
        proven = Proven(self.other["userid"], self.other["unionid"])
        decision = policy._decided(self.corp, proven)
        self.assertEqual((decision.user, decision.reason), (None, "not_linked"))
        self.assertFalse(person.user_id)
        former.with_context(dingding_no_push=True).active = False
        self.env["dingding.sync"]._pass_links(self.corp, former.ids)
        decision = policy._decided(self.corp, proven)
        self.assertEqual(decision.user, self.user_dingtalk.id)

    def test_create_as_the_department_says(self):
        """Each value comes from the nearest department that has one."""
        chain = self.departments()
        own, root = chain[0], chain[-1]
        self.assertNotEqual(own, root)
        company = self.env["res.company"].create({"name": "Branch"})
        unused = self.env["res.company"].create({"name": "Above"})
        group = self.env["res.groups"].create({"name": "Cooks"})
        root.write(
            {"new_user_company_id": unused.id, "new_user_lang": "en_US",
             "new_user_group_ids": [(6, 0, group.ids)]})
        own.new_user_company_id = company
        user = self.new_here()
        self.assertEqual(user.company_id, company)
        self.assertEqual(user.company_ids, company)
        self.assertEqual(user.lang, "en_US")
        self.assertEqual(
            user[compat.USER_GROUPS], self.user_employee[compat.USER_GROUPS] | group)

    def test_create_where_no_department_says_anything(self):
        self.departments()
        user = self.new_here()
        self.assertEqual(user.company_ids, self.corp.company_id)
        self.assertEqual(
            user[compat.USER_GROUPS], self.user_employee[compat.USER_GROUPS])

    def test_create_portal_users_get_no_groups(self):
        group = self.env["res.groups"].create(
            {"name": "Cooks",
             "implied_ids": [(6, 0, [self.env.ref("base.group_user").id])]})
        self.departments()[0].new_user_group_ids = group
        user = self.new_here("portal")
        self.assertFalse(user.has_group("base.group_user"))
        self.assertTrue(user.has_group("base.group_portal"))

    def test_create_no_administrator(self):
        """A group that became an administrator's group after it was chosen."""
        group = self.env["res.groups"].create({"name": "Cooks"})
        self.departments()[0].new_user_group_ids = group
        group.implied_ids = self.env.ref("base.group_erp_manager")
        self.corp.write(
            {"create_users": "template", "signin_who": "create",
             "template_user_id": self.user_employee.id})
        self.share()
        self.assertRefused(self.oauth2(self.visitor(), self.other))

    def test_left_dingtalk(self):
        """DingTalk gives no code to a leaver whom Odoo does not know."""
        self.corp.write({"signin_who": "link"})
        self.share()
        address = self.begin(self.visitor())
        self.simulator.control("DELETE", "/users/" + self.other["userid"])
        with self.assertRaises(AssertionError):
            self.agree(address, self.other)

    def test_leaver_loses_sessions(self):
        browser, bystander = self.visitor(), self.visitor()
        self.oauth2(browser)
        self.post(
            bystander, "/web/login", login=self.user_manager.login,
            password=self.PASSWORD)
        self.row.with_context(dingding_no_push=True).write({"active": False})
        self.share()
        self.assertFalse(self.who(browser))
        self.assertEqual(self.who(bystander), self.user_manager.id)

    def test_unbound_by_a_manager(self):
        browser = self.visitor()
        self.oauth2(browser)
        compat.with_user(self.row, self.user_manager).action_unbind()
        self.share()
        self.assertFalse(self.who(browser))
        self.assertRefused(self.oauth2(self.visitor()))
        lines = self.env["dingding.signin.log"].search([("result", "=", "unbound")])
        self.assertEqual(len(lines), 1)

    def test_unbound_people_are_not_linked_again(self):
        """Nor get a new user: the button says that they can no longer sign in."""
        self.corp.write({
            "signin_who": "create", "link_by_mobile": True, "create_users": "template",
            "template_user_id": self.user_employee.id})
        self.user_dingtalk.login = "+86" + self.other["mobile"]
        self.share()
        browser = self.visitor()
        self.oauth2(browser, self.other)
        self.assertEqual(self.who(browser), self.user_dingtalk.id)
        row = self.log().person_id
        compat.with_user(row, self.user_manager).action_unbind()
        self.share()
        self.assertFalse(self.who(browser))
        self.assertRefused(self.oauth2(self.visitor(), self.other))
        self.assertEqual(self.log().reason, "not_linked")
        # Until somebody links them.
        row.write({"user_id": self.user_dingtalk.id})
        self.share()
        self.oauth2(browser, self.other)
        self.assertEqual(self.who(browser), self.user_dingtalk.id)
