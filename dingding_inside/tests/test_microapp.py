# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import re
import time
from urllib.parse import parse_qs, urlsplit

from odoo import http

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_signin.models import dingding_signin
from odoo.addons.dingding_signin.tests.common import COOKIE

from ..models import dingding_microapp
from ..models.dingding_microapp import letters_of
from .test_jsapi import SITE, JsapiCase

PAGE = "/dingding/app"
OPEN = PAGE + "/open"
PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    b"WjR9awAAAABJRU5ErkJggg=="
)
MOST_BYTES = 100 * 1024


@portable
class TestMicroapp(JsapiCase):
    def setUp(self):
        super().setUp()
        self.department = self.env["dingding.department"].create(
            {"name": "Sales", "dept_id": 4711, "corp_id": self.corp.id}
        )
        self.row.with_context(dingding_no_push=True).write(
            {"department_ids": [(6, 0, self.department.ids)]}
        )
        self.colleague = self.make_person(self.other)
        self.colleague.with_context(dingding_no_push=True).write(
            {
                "name": "<b>Li</b>", "title": "Boss",
                "department_ids": [(6, 0, self.department.ids)],
            }
        )
        self.share()

    def say(self, text, *people):
        self.env["dingding.message"].send(
            None, self.env["dingding.user"].union(*people), text
        )
        self.process_queue()
        self.share()

    def page(self, browser, **params):
        answer = self.get(browser, PAGE, **params)
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        return answer

    # -- sign-in -------------------------------------------------------------------

    def assertHidden(self, browser, place):
        """Check that pages tell nothing about the user of a session."""
        for path in (PAGE, PAGE + "/find?code=x", "/dingding/my",
                     "%s/photo/%d" % (PAGE, self.colleague.id)):
            answer = browser.get(self.url(path), allow_redirects=False, timeout=60)
            self.assertIn(answer.status_code, (302, 303), path)
            self.assertIn(place, answer.headers["Location"], path)

    def test_a_locked_session(self):
        """Odoo asks nobody again on routes that visitors may open too."""
        if compat.SERIES == 18:
            self.skipTest("18 locks no session, and itself fails to redirect")
        browser = self.entered(self.user_employee)

        def check_identity(request):
            raise http.SessionExpiredException("who is there?")

        self._replace(compat, "check_identity", check_identity)
        self.assertHidden(browser, "/web/login")

    def test_a_session_that_odoo_locks(self):
        if "lock_timeout" not in self.env["res.groups"]._fields:
            self.skipTest("auth_timeout is not installed")
        browser = self.entered(self.user_employee)
        self.page(browser)
        self.env.ref("base.group_user").lock_timeout_inactivity = 1
        self.share()
        store = http.root.session_store
        session = store.get(browser.cookies[COOKIE])
        session["identity-check-next"] = time.time() - 3600
        store.save(session)
        self.assertHidden(browser, "/auth-timeout/check-identity")

    def test_stranger_is_signed_in_inside_dingtalk(self):
        browser = self.visitor()
        answer = self.get(browser, PAGE, corp=self.simulator.corp_id)
        self.assertEqual(answer.status_code, 303)
        parts = urlsplit(answer.headers["Location"])
        query = parse_qs(parts.query)
        self.assertEqual(parts.path, "/dingding/signin/inside")
        self.assertEqual(
            query["redirect"], [PAGE + "?corp=" + self.simulator.corp_id]
        )
        text = browser.get(self.url(parts.path + "?" + parts.query), timeout=60).text
        code = self.simulator.control(
            "POST", "/login_codes", {"kind": "inside", "userid": self.person["userid"]}
        )["code"]
        found = self.post(
            browser, "/dingding/signin/inside/code", code=code,
            ticket=re.search('data-ticket="([^"]*)"', text).group(1),
            csrf_token=re.search('data-csrf="([^"]*)"', text).group(1),
        ).json()
        answer = browser.get(self.url(found["path"]), timeout=60)
        self.assertIn(self.user_employee.name, answer.text)
        # Another person may use the device later.
        self._replace(dingding_signin, "NAMED_SECONDS", 0)
        for path, more in ((PAGE, {}), (OPEN, {"model": "res.partner", "id": "7"})):
            answer = self.get(browser, path, **more)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/dingding/signin/inside?", answer.headers["Location"])
        # A search begins on the page.
        self.assertEqual(self.get(browser, PAGE, nothing="4711").status_code, 200)
        self.corp.signin_inside = False
        self.share()
        self.assertEqual(self.get(browser, PAGE).status_code, 200)

    def test_without_the_way_inside(self):
        self.corp.signin_inside = False
        self.share()
        answer = self.get(self.visitor(), PAGE)
        self.assertEqual(answer.status_code, 303)
        parts = urlsplit(answer.headers["Location"])
        self.assertEqual(parts.path, "/web/login")
        self.assertEqual(parse_qs(parts.query)["redirect"], [PAGE])

    def test_portal(self):
        browser = self.entered(self.user_portal)
        self.say("For nobody of the portal", self.colleague)
        answer = self.get(browser, PAGE)
        self.assertRefused(answer)
        self.assertNotIn("Li", answer.text)

    # -- contents --------------------------------------------------------------------

    def test_own_messages_and_colleagues(self):
        self.say("For me", self.row)
        self.say("For both", self.row, self.colleague)
        self.say("For somebody else", self.colleague)
        answer = self.page(self.entered(self.user_employee))
        text = answer.text
        self.assertIn("For me", text)
        self.assertIn("For both", text)
        self.assertNotIn("For somebody else", text)
        self.assertIn("&lt;b&gt;Li&lt;/b&gt;", text)
        self.assertNotIn("<b>Li</b>", text)
        self.assertIn('data-chat="%s"' % self.other["userid"], text)
        self.assertNotIn(self.other["mobile"], text)
        for word in (self.simulator.app_secret, "Traceback"):
            self.assertNotIn(word, text)

    def test_photos_of_colleagues_only(self):
        path = PAGE + "/photo/%d" % self.colleague.id
        browser = self.entered(self.user_employee)
        self.assertEqual(self.get(browser, path).status_code, 404)
        self.assertNotIn(path, self.page(browser).text)
        self.assertIn('class="face letters"', self.page(browser).text)
        self.colleague.sudo().image = PIXEL
        self.row.sudo().image = PIXEL
        self.share()
        answer = self.get(browser, path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.content, base64.b64decode(PIXEL))
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertIn(path, self.page(browser).text)
        for visitor in (
            self.visitor(), self.entered(self.user_portal),
            self.entered(self.user_dingtalk),
        ):
            self.assertEqual(self.get(visitor, path).status_code, 404)
        self.colleague.with_context(dingding_no_push=True).write(
            {"department_ids": [(5, 0, 0)]})
        self.share()
        self.assertEqual(self.get(browser, path).status_code, 404)

    def test_activities_wait_for_the_user(self):
        document = self.env["res.partner"].create({"name": "Secret customer"})
        values = {
            "res_model_id": self.env["ir.model"]._get("res.partner").id,
            "res_id": document.id, "date_deadline": "2030-01-02",
        }
        mine, other = (
            self.env["mail.activity"].create(
                dict(values, user_id=user.id, summary=summary))
            for user, summary in (
                (self.user_employee, "Call back"), (self.user_system, "Not mine"))
        )
        self.assertTrue(mine and other)
        self.share()
        text = self.page(self.entered(self.user_employee)).text
        self.assertIn("Call back", text)
        self.assertIn(document.name, text)
        self.assertIn("2030-01-02", text)
        self.assertNotIn("Not mine", text)
        self.assertLess(text.index('id="activities"'), text.index('id="messages"'))
        self.env["ir.rule"].create({
            "name": "Not this one",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d)]" % document.id,
        })
        self.share()
        text = self.page(self.entered(self.user_employee)).text
        self.assertNotIn(document.name, text)
        self.assertNotIn("Call back", text)

    def test_activities_without_document(self):
        if self.env["mail.activity"]._fields["res_model_id"].required:
            self.skipTest("Activities have a document")
        for user, summary in (
                (self.user_employee, "Buy screws"), (self.user_system, "Not mine")):
            self.env["mail.activity"].create({"user_id": user.id, "summary": summary})
        self.share()
        text = self.page(self.entered(self.user_employee)).text
        self.assertIn("Buy screws", text)
        self.assertNotIn("Not mine", text)

    def test_letters(self):
        for name, letters in (
            ("欧阳若兰", "若兰"), ("王芳", "王芳"), ("Ding Wang", "DW"), ("ding", "D"),
            ("", ""), (False, ""),
        ):
            self.assertEqual(letters_of(name), letters)

    def test_somebody_without_an_account(self):
        text = self.page(self.entered(self.user_dingtalk)).text
        self.assertNotIn("Li", text)
        self.assertNotIn("data-chat", text)
        self.assertIn("You have no messages yet.", text)

    def test_others_departments_are_not_shown(self):
        away = self.env["dingding.department"].create(
            {"name": "Far", "dept_id": 4712, "corp_id": self.corp.id}
        )
        self.colleague.with_context(dingding_no_push=True).write(
            {"department_ids": [(6, 0, away.ids)]}
        )
        self.share()
        self.assertNotIn("Li&lt;", self.page(self.entered(self.user_employee)).text)

    def test_menu_has_what_the_user_sees(self):
        menus = self.env.ref("base.menu_administration") | self.env.ref(
            "dingding.dingding_message_recipient_menu_mine"
        )
        self.corp.microapp_menu_ids = menus
        self.share()
        employee = self.page(self.entered(self.user_employee)).text
        self.assertIn("#menu_id=%d&amp;action=" % menus[1].id, employee)
        self.assertNotIn("#menu_id=%d&" % menus[0].id, employee)
        self.assertNotIn('#menu_id=%d"' % menus[0].id, employee)
        system = self.page(self.entered(self.user_system)).text
        self.assertIn("#menu_id=%d" % menus[0].id, system)

    def test_sections_by_inheritance(self):
        model = type(self.env["dingding.microapp"])
        ours = model._microapp_sections
        self._replace(
            model, "_microapp_sections",
            lambda self: ours(self) + [
                {
                    "key": "approvals", "title": "Waiting for me", "empty": "None",
                    "rows": [
                        {"title": "Purchase", "url": "/web#id=1", "mark": "New"},
                        {"title": "No link"},
                    ],
                }
            ],
        )
        text = self.page(self.entered(self.user_employee)).text
        self.assertIn('id="approvals"', text)
        self.assertIn('href="/web#id=1"', text)
        self.assertIn("No link", text)

    def test_headers_and_size(self):
        self.corp.microapp_menu_ids = self.env["ir.ui.menu"].search([], limit=20)
        self.say("x" * 200, self.row)
        browser = self.entered(self.user_employee)
        answer = self.page(browser)
        policy = answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("script-src 'self' %s;" % self.simulator.url, policy)
        self.assertIn("frame-ancestors 'self' %s;" % self.simulator.url, policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn(" style=", answer.text)
        self.assertNotRegex(answer.text, r"<script[^>]*>[^<]")
        size = len(answer.content)
        wanted = r'(?:src|href)="(/dingding_inside/static/[^"]+)"'
        files = re.findall(wanted, answer.text)
        self.assertTrue(files)
        for path in files:
            part = browser.get(self.url(path), timeout=60)
            self.assertEqual(part.status_code, 200, path)
            size += len(part.content)
        self.assertLess(size, MOST_BYTES)

    def test_language_of_the_user(self):
        lang = self.env["res.lang"].search([("code", "=", "zh_CN")])
        if not lang:
            self.skipTest("zh_CN is not installed")
        self.user_employee.lang = "zh_CN"
        self.share()
        self.assertIn('lang="zh-CN"', self.page(self.entered(self.user_employee)).text)

    # -- codes -------------------------------------------------------------------------

    def find(self, browser, code):
        answer = self.get(browser, PAGE + "/find", code=code)
        self.assertEqual(answer.status_code, 303)
        parts = urlsplit(answer.headers["Location"])
        return answer.headers["Location"].split(parts.netloc or "\0", 1)[-1]

    def test_codes(self):
        browser = self.entered(self.user_employee)
        self.assertEqual(self.find(browser, SITE + "/web#id=3"), "/web#id=3")
        for code in (
            "https://evil.example/web", SITE + "//evil.example/",
            SITE + "@evil.example/", "//evil.example/", "javascript:alert(1)",
            "no such code",
        ):
            path = self.find(browser, code)
            self.assertTrue(
                path.startswith((PAGE + "?nothing=", "/web")) and "evil" not in
                path.split("?")[0], path,
            )
        text = self.get(browser, PAGE, nothing="<b>x</b>").text
        self.assertIn("&lt;b&gt;x&lt;/b&gt;", text)
        self.assertNotIn("<b>x</b>", text)

    def test_codes_in_fields_that_the_user_may_not_read(self):
        partner = self.env["res.partner"].create({"name": "Coded", "ref": "4711-a"})
        self._replace(dingding_microapp, "CODES", (("res.partner", "ref"),))
        self.share()
        browser = self.entered(self.user_employee)
        self.assertIn("id=%d&" % partner.id, self.find(browser, "4711-a"))
        self._replace(
            self.env["res.partner"]._fields["ref"], "groups", "base.group_system")
        self.assertEqual(self.find(browser, "4711-a"), PAGE + "?nothing=4711-a")

    def test_code_by_inheritance(self):
        model = type(self.env["dingding.microapp"])
        self._replace(model, "_microapp_find", lambda self, code: "/web#id=" + code)
        self.assertEqual(self.find(self.entered(self.user_employee), "9"), "/web#id=9")
        path = self.find(self.visitor(), "9")
        self.assertTrue(path.startswith("/dingding/signin/inside"), path)
        self.assertRefused(
            self.get(self.entered(self.user_portal), PAGE + "/find", code="9"))

    # -- links in messages -------------------------------------------------------------

    def test_link_opens_the_record(self):
        browser = self.entered(self.user_employee)
        answer = self.get(browser, OPEN, model="res.partner", id="7")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(
            answer.headers["Location"].endswith(
                "/web#id=7&model=res.partner&view_type=form"
            )
        )

    def test_link_signs_in_first(self):
        answer = self.get(self.visitor(), OPEN, model="res.partner", id="7")
        parts = urlsplit(answer.headers["Location"])
        self.assertEqual(parts.path, "/dingding/signin/inside")
        self.assertEqual(
            parse_qs(parts.query)["redirect"],
            ["/web#id=7&model=res.partner&view_type=form"],
        )

    def test_broken_links(self):
        browser = self.visitor()
        for model, record in (
            (None, "7"), ("res.partner", None), ("res.partner", "x"),
            ("res.partner&action=1", "7"), ("//evil.example", "7"), ("", ""),
            ("res.partner", "7#"), ("res.partner", "-1"), ("res.partner\n", "1"),
        ):
            params = {"model": model, "id": record}
            params = dict((key, each) for key, each in params.items() if each)
            self.assertRefused(self.get(browser, OPEN, **params), 404)

    def test_address_for_a_message(self):
        url = self.env["dingding.microapp"]._url(self.user_employee.partner_id)
        self.assertEqual(
            url, "https://odoo.example.com/dingding/app/open?model=res.partner&id=%d"
            % self.user_employee.partner_id.id,
        )
        self._replace(
            type(self.env["dingding.corp"]), "_base_url", lambda self: ""
        )
        self.assertEqual(self.env["dingding.microapp"]._url(self.user_employee), "")
