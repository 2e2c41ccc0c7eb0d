# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import hashlib

from odoo import fields, tools

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import signing, utc
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.test_encryption import OPTION, new_key
from odoo.addons.dingding_signin.tests.common import COOKIE, SigninCase

PATH = "/dingding/jsapi/config"
TICKETS = "/v1.0/oauth2/jsapiTickets"
SITE = "https://odoo.example.com"


class JsapiCase(SigninCase):
    def setUp(self):
        super().setUp()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("web.base.url", SITE)
        # It changes when an administrator signs in.
        parameters.set_param("web.base.url.freeze", "True")
        self.share()

    def entered(self, user):
        browser = self.visitor()
        answer = self.post(
            browser, "/web/login", login=user.login, password=self.PASSWORD,
        )
        self.assertEqual(self.who(browser), user.id, answer.text[:200])
        return browser

    def csrf(self, browser):
        """Return the token of the session, cached to avoid another request."""
        known = getattr(browser, "known_token", ("none yet", ""))
        if known[0] != browser.cookies.get(COOKIE):
            token = super().csrf(browser)
            known = browser.known_token = (browser.cookies.get(COOKIE), token)
        return known[1]

    def ask(self, browser, url=SITE + "/dingding/app", **values):
        return self.post(browser, PATH, url=url, **values)


@portable
class TestJsapi(JsapiCase):
    def config(self, url=SITE + "/dingding/app", apis=("biz.util.scan",), **more):
        return self.app._jsapi_config(url, apis, **more)

    def ticket(self):
        return self.app._dingtalk_client().jsapi.ticket()

    def test_signature(self):
        url = SITE + "/dingding/app?a=1&name=%E5%BC%A0%20x#menu"
        found = self.config(url)
        self.assertEqual(found["corpId"], self.simulator.corp_id)
        self.assertEqual(found["agentId"], self.simulator.agent_id)
        self.assertEqual(found["jsApiList"], ["biz.util.scan"])
        plain = "jsapi_ticket=%s&noncestr=%s&timestamp=%s&url=%s" % (
            self.ticket(), found["nonceStr"], found["timeStamp"],
            SITE + "/dingding/app?a=1&name=\u5f20 x",
        )
        self.assertEqual(
            found["signature"], hashlib.sha256(plain.encode("utf-8")).hexdigest()
        )
        self.assertNotIn(self.ticket(), repr(found))
        self.assertNotEqual(self.config(url)["nonceStr"], found["nonceStr"])

    def test_organisation_of_the_session(self):
        """A user of two organisations opens Odoo in the DingTalk of either."""
        corp, person = self.second_corp(self.user_employee)
        for each, named in ((self.corp, self.person), (corp, person)):
            browser = self.visitor()
            code = self.simulator.control("POST", "/login_codes", {
                "kind": "inside", "userid": named["userid"], "corp_id": each.corp_id})
            page = self.get(
                browser, "/dingding/signin/inside", corp=each.corp_id).text
            self.post(
                browser, "/dingding/signin/inside/code", code=code["code"],
                ticket=page.split('data-ticket="')[1].split('"')[0])
            self.assertEqual(self.who(browser), self.user_employee.id)
            answer = self.ask(browser)
            self.assertEqual(answer.json()["config"]["corpId"], each.corp_id)
            page = self.get(browser, "/dingding/app").text
            self.assertIn('data-corp="%s"' % each.corp_id, page)
            # The page may name another one.
            answer = self.ask(browser, corp=self.corp.corp_id)
            self.assertEqual(answer.json()["config"]["corpId"], self.corp.corp_id)

    def test_published_vector(self):
        self.assertEqual(
            signing.jsapi_signature(
                "xxx", "nonce", "23423244", "http://abc.com", "sha1"
            ),
            "1ff3af2ddfb918fd2b930996bb954024f3d7eb59",
        )

    def test_one_ticket_for_all(self):
        for _number in range(5):
            self.config()
        self.assertDingTalkCalled(TICKETS, 1)

    def test_ticket_is_a_row_of_its_own(self):
        ticket = self.ticket()
        self.assertEqual(self.ticket(), ticket)
        rows = self.env["dingding.token"].search([("app_id", "=", self.app.id)])
        self.assertEqual(sorted(rows.mapped("kind")), ["app", "jsapi"])

    def test_renewing_renews_the_ticket_itself(self):
        self.ticket()
        row = self.app.token_ids.filtered(lambda token: token.kind == "jsapi")
        self.simulator.forget_calls()
        call_as(self.user_manager, row._name, "action_renew", row.ids)
        self.assertDingTalkCalled(TICKETS, 1)
        self.assertDingTalkNotCalled("/gettoken")

    def test_no_column_of_the_database_has_a_ticket(self):
        tools.config.options[OPTION] = new_key()
        self.addCleanup(tools.config.options.pop, OPTION, None)
        ticket = self.ticket()
        self.env.cr.execute(
            "SELECT sealed_value FROM dingding_token WHERE kind = 'jsapi'"
        )
        rows = self.env.cr.fetchall()
        self.assertEqual(len(rows), 1)
        self.assertNotIn(ticket, rows[0][0])

    def test_renewed_at_most_once_a_minute(self):
        self.config()
        for _number in range(3):
            self.config(renew=True)
        self.assertDingTalkCalled(TICKETS, 1)
        row = self.app.token_ids.filtered(lambda token: token.kind == "jsapi")
        old = utc.now() - datetime.timedelta(seconds=61)
        row.write({"renewed_at": fields.Datetime.to_string(old)})
        compat.flush(self.env)
        for _number in range(3):
            self.config(renew=True)
        self.assertDingTalkCalled(TICKETS, 2)

    def test_own_addresses(self):
        own = self.env["dingding.jsapi"]._own_address
        for url in (
            SITE, SITE + "/", SITE + "/web?x=1#id=2", SITE + ":443/web",
            "https://ODOO.example.com/web", SITE + "/web?to=https://elsewhere.example/",
        ):
            self.assertEqual(own(url), url.partition("#")[0])
        for url in (
            None, 7, "", "/dingding/app", "//odoo.example.com/", "odoo.example.com",
            "http://odoo.example.com/", SITE + ":8069/", SITE + ".evil.example/",
            "https://evil.example/", "https://evil.example/" + SITE,
            "https://odoo.example.com@evil.example/", "https://evil.example\\@" + SITE,
            "https://user@odoo.example.com/",
            "https://odoo.example.com\\.evil.example/",
            "https://evil.example#" + SITE, "https://evil.example?" + SITE,
            "https:/odoo.example.com/", "https:///odoo.example.com/",
            "https://odoo.example.com\n.evil.example/", " " + SITE, SITE + "/a b",
            "javascript:alert(1)//" + SITE, "dingtalk://odoo.example.com/",
            "https://odoo.example.com:99999/", "https://[::1", SITE + "/" + "x" * 2000,
            "https://www.odoo.example.com/", "https://odoo.example.com./",
        ):
            self.assertIsNone(own(url), url)
            if isinstance(url, str):
                with self.assertRaises(ValueError):
                    self.config(url)
        self._replace(
            type(self.env["dingding.corp"]), "_base_url", lambda self: ""
        )
        self.assertIsNone(own(SITE))

    def test_signed_in(self):
        browser = self.entered(self.user_employee)
        url = SITE + "/dingding/app?a=%2F#x"
        answer = self.ask(browser, url, apis="biz.util.scan, device.base.getUUID")
        self.assertEqual(answer.status_code, 200, answer.text)
        found = answer.json()
        self.assertEqual(
            found["config"]["jsApiList"], ["biz.util.scan", "device.base.getUUID"]
        )
        self.assertTrue(found["script"].startswith(self.simulator.url))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn(self.ticket(), answer.text)
        self.assertNotIn(self.simulator.app_secret, answer.text)

    def test_proxy_and_host_headers_count_for_nothing(self):
        browser = self.entered(self.user_employee)
        browser.headers.update(
            {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
        )
        self.assertEqual(self.ask(browser).status_code, 200)
        self.assertRefused(self.ask(browser, "https://evil.example/dingding/app"))
        self.assertRefused(self.ask(browser, self.url("/dingding/app")))

    def test_other_sites(self):
        browser = self.entered(self.user_employee)
        for url in ("https://evil.example/", "", SITE + "@evil.example/"):
            answer = self.ask(browser, url)
            self.assertRefused(answer)
            self.assertIn("web.base.url", answer.json()["text"])
            self.assertNotIn("config", answer.json())
        self.assertDingTalkNotCalled(TICKETS)

    def test_stranger_and_portal(self):
        self.assertRefused(self.ask(self.visitor()))
        self.assertRefused(self.ask(self.entered(self.user_portal)))
        self.assertDingTalkNotCalled()

    def test_each_kind_of_user(self):
        for user in (self.user_dingtalk, self.user_manager, self.user_system):
            self.assertEqual(self.ask(self.entered(user)).status_code, 200, user.login)

    def test_without_csrf_token(self):
        browser = self.entered(self.user_employee)
        answer = browser.post(
            self.url(PATH), data={"url": SITE}, allow_redirects=False, timeout=60
        )
        self.assertEqual(answer.status_code, 400)
        answer = browser.get(self.url(PATH), allow_redirects=False, timeout=60)
        self.assertNotEqual(answer.status_code, 200)

    def test_no_list_of_calls(self):
        browser = self.entered(self.user_employee)
        for apis in ("<script>", "a b", "x..y", ",".join("a%d" % n for n in range(51))):
            self.assertRefused(self.ask(browser, apis=apis), 400)

    def test_dingtalk_away(self):
        browser = self.entered(self.user_employee)
        self.simulator.fault("http_500", path=TICKETS, times=None)
        self.assertRefused(self.ask(browser), 502)

    def test_organisation(self):
        browser = self.entered(self.user_employee)
        self.assertEqual(
            self.ask(browser, corp=self.simulator.corp_id).status_code, 200)
        self.assertRefused(self.ask(browser, corp="ding-of-somebody-else"), 404)
        self.app.agent_id = False
        self.share()
        self.assertRefused(self.ask(browser), 404)
