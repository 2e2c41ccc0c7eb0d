# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .. import compat
from ..models.dingding_signin_my import WRONG
from .common import portable
from .test_signin import SigninCase


@portable
class TestSigninMy(SigninCase):
    """Binding and unbinding one's own account."""

    def signed_in(self, user):
        browser = self.browser()
        self.post(browser, "/web/login", login=user.login, password=self.PASSWORD)
        self.assertEqual(self.who(browser), user.id)
        return browser

    def bind(self, browser, password=None):
        return self.post(
            browser, "/dingding/my/bind", corp=self.corp.id,
            password=self.PASSWORD if password is None else password)

    def csrf(self, browser):
        answer = browser.get(self.url("/dingding/my"), timeout=60)
        if "dingding/my/" not in answer.text:
            return super(TestSigninMy, self).csrf(browser)
        start = answer.text.index('name="csrf_token" value="') + 25
        return answer.text[start:answer.text.index('"', start)]

    def test_bind(self):
        row = self.make_person(self.other)
        self.share()
        browser = self.signed_in(self.user_dingtalk)
        self.assertIn("Nobody yet", self.get(browser, "/dingding/my").text)
        answer = self.bind(browser)
        self.assertEqual(answer.status_code, 303, answer.text)
        path = self.agree(answer.headers["Location"], self.other)
        answer = self.back(browser, path)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn(row.name, self.get(browser, "/dingding/my").text)
        compat.forget(self.env)
        self.assertEqual(row.user_id, self.user_dingtalk)
        self.assertEqual(self.who(browser), self.user_dingtalk.id)
        # He is told on both ways.
        mail = self.env["mail.mail"].search(
            [("email_to", "=", self.user_dingtalk.email)])
        self.assertEqual(len(mail), 1)
        self.work_off()
        texts = str(self.simulator.messages(self.other["userid"]))
        self.assertIn(self.user_dingtalk.name, texts)
        # And now signs in so.
        again = self.browser()
        self.oauth2(again, self.other)
        self.assertEqual(self.who(again), self.user_dingtalk.id)

    def test_wrong_password(self):
        browser = self.signed_in(self.user_dingtalk)
        for _number in range(WRONG):
            self.assertRefused(self.bind(browser, "wrong"))
        # Not even the right one any more.
        self.assertRefused(self.bind(browser), 429)

    def test_taken(self):
        browser = self.signed_in(self.user_dingtalk)
        address = self.bind(browser).headers["Location"]
        self.assertRefused(self.back(browser, self.agree(address, self.person)))
        compat.forget(self.env)
        self.assertEqual(self.row.user_id, self.user_employee)

    def test_own_code_sent_to_a_victim(self):
        """Who makes somebody open his address binds nothing to the victim's user."""
        row = self.make_person(self.other)
        self.share()
        attacker = self.signed_in(self.user_employee)
        victim = self.signed_in(self.user_dingtalk)
        self.row.with_context(dingding_keep_sessions=True).write({"user_id": False})
        self.share()
        path = self.agree(self.bind(attacker).headers["Location"], self.other)
        self.assertRefused(self.back(victim, path), 400)
        compat.forget(self.env)
        self.assertFalse(row.user_id)

    def test_unbind(self):
        browser = self.signed_in(self.user_employee)
        answer = self.post(browser, "/dingding/my/unbind", person=self.row.id)
        self.assertEqual(answer.status_code, 303)
        compat.forget(self.env)
        self.assertFalse(self.row.user_id)
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertRefused(self.oauth2(self.browser()))

    def test_unbind_somebody_else(self):
        browser = self.signed_in(self.user_dingtalk)
        self.assertRefused(
            self.post(browser, "/dingding/my/unbind", person=self.row.id), 400)
        compat.forget(self.env)
        self.assertEqual(self.row.user_id, self.user_employee)

    def test_names_are_data(self):
        self.row.write({"name": "<script>alert(1)</script>"})
        self.share()
        browser = self.signed_in(self.user_employee)
        text = self.get(browser, "/dingding/my").text
        self.assertNotIn("<script>alert", text)
        self.assertIn("&lt;script&gt;alert(1)", text)

    def test_strangers(self):
        answer = self.get(self.browser(), "/dingding/my")
        self.assertIn(answer.status_code, (302, 303))
