# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from unittest import mock
from urllib.parse import parse_qs, urlsplit

from odoo import http

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkHttpCase, portable

from ..models import dingding_todo_consent

COOKIE, MARK = "session_id", "dingding_browser"
CONSENT = "dingding.todo.consent"
BEGIN, RETURN = "/dingding/todo/consent", "/dingding/todo/consent/return"


@portable
class TestTodoConsent(DingTalkHttpCase):
    def setUp(self):
        super().setUp()
        people = [
            each for each in self.simulator.users()
            if each["active"] and each["mobile"]
        ]
        self.person, self.other = people[:2]
        self.row = self.env["dingding.user"].create({
            "name": self.person["name"], "userid": self.person["userid"],
            "unionid": self.person["unionid"], "corp_id": self.corp.id,
            "user_id": self.user_employee.id,
        })
        self.corp.write({"todo": "on", "todo_personal": True})
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", self.url(""))
        self.share()
        self.simulator.forget_calls()

    def signed_in(self, user):
        browser = self.visitor()
        self.post(browser, "/web/login", login=user.login, password=self.PASSWORD)
        return browser

    def agree(self, address, person):
        """Return the path and query to which DingTalk redirects the browser."""
        found = self.simulator.control("POST", "/login/authorize", {
            "url": address, "userid": person["userid"],
            "corp_id": self.simulator.corp_id})
        parts = urlsplit(found["redirect"])
        return parts.path + "?" + parts.query

    def begin(self, browser):
        answer = self.get(browser, BEGIN)
        self.assertEqual(answer.status_code, 303, answer.text)
        return answer.headers["Location"]

    def back(self, browser, path):
        return browser.get(self.url(path), allow_redirects=False, timeout=60)

    def stored(self, browser):
        """Return a browser's session as it is stored now."""
        store = http.root.session_store
        return store.get(browser.cookies[COOKIE])

    def consents(self):
        compat.forget(self.env)
        return self.env[CONSENT].search([])

    def test_consent(self):
        browser = self.signed_in(self.user_employee)
        address = self.begin(browser)
        asked = parse_qs(urlsplit(address).query)
        self.assertEqual(asked["client_id"], [self.simulator.app_key])
        self.assertTrue(asked["redirect_uri"][0].endswith(RETURN))
        path = self.agree(address, self.person)
        answer = self.back(browser, path)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        consent = self.consents()
        self.assertEqual(
            (consent.user_id, consent.person_id, consent.state),
            (self.user_employee, self.row, "given"))
        tokens = consent._tokens()
        self.assertTrue(tokens["refresh"])
        for secret in (tokens["access"], tokens["refresh"]):
            self.assertNotIn(secret, answer.text)
        calls = len(self.simulator.calls()["calls"])
        self.assertEqual(self.back(browser, path).status_code, 400)
        self.assertEqual(len(self.simulator.calls()["calls"]), calls)
        answer = self.back(browser, self.agree(self.begin(browser), self.person))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.consents(), consent)

    def test_two_tabs(self):
        """Each answer is accepted, whichever request stores the session last."""
        browser = self.signed_in(self.user_employee)
        older = self.stored(browser)
        twin = self.visitor()
        twin.cookies.update(browser.cookies)
        paths = [
            self.agree(self.begin(each), self.person) for each in (browser, twin)]
        self.assertEqual(browser.cookies.get(MARK), twin.cookies.get(MARK))
        http.root.session_store.save(older)
        for path in paths:
            answer = self.back(browser, path)
            self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(len(self.consents()), 1)
        self.assertEqual(self.back(browser, paths[1]).status_code, 400)

    def test_signed_in_again_meanwhile(self):
        browser = self.signed_in(self.user_employee)
        path = self.agree(self.begin(browser), self.person)
        before = browser.cookies[COOKIE]
        browser.cookies.set(COOKIE, None)
        self.post(browser, "/web/login", login=self.user_employee.login,
                  password=self.PASSWORD)
        self.assertNotEqual(browser.cookies[COOKIE], before)
        answer = self.back(browser, path)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(self.consents().user_id, self.user_employee)

    def test_beginning_leaves_the_session(self):
        """Somebody may have signed in before its answer arrives."""
        browser = self.signed_in(self.user_employee)
        before = dict(self.stored(browser))
        answer = self.get(browser, BEGIN)
        self.assertIn(MARK, answer.cookies.keys())
        self.assertNotIn(COOKIE, answer.cookies.keys())
        self.assertEqual(dict(self.stored(browser)), before)

    def test_of_another_user_of_the_browser(self):
        browser = self.signed_in(self.user_employee)
        path = self.agree(self.begin(browser), self.person)
        self.row.user_id = self.user_dingtalk
        self.share()
        browser.cookies.set(COOKIE, None)
        self.post(browser, "/web/login", login=self.user_dingtalk.login,
                  password=self.PASSWORD)
        self.assertEqual(self.back(browser, path).status_code, 400)
        self.assertFalse(self.consents())

    def test_too_late(self):
        browser = self.signed_in(self.user_employee)
        with mock.patch.object(dingding_todo_consent, "PAGE_SECONDS", -1):
            path = self.agree(self.begin(browser), self.person)
        self.assertEqual(self.back(browser, path).status_code, 400)
        self.assertFalse(self.consents())

    def test_forged_states(self):
        """Neither its time nor its application can be changed."""
        browser = self.signed_in(self.user_employee)
        state, = parse_qs(urlsplit(self.begin(browser)).query)["state"]
        until, app_id, tab, mark = state.split("-")
        self.simulator.forget_calls()
        for forged in (
            "-".join([str(int(until) + 1), app_id, tab, mark]),
            "-".join([until, str(int(app_id) + 1), tab, mark]),
            "-".join([until, app_id, "0" * 16, mark]),
            "-".join([until, app_id, tab, "0" * 64]), mark, "---" + mark, state + "\n",
        ):
            answer = self.get(browser, RETURN, state=forged, authCode="x")
            self.assertEqual(answer.status_code, 400, forged)
        self.assertFalse(self.simulator.calls()["calls"])

    def test_session_named_by_an_address(self):
        """Up to 15 a link makes a browser work in its sender's session."""
        attacker = self.signed_in(self.user_employee)
        victim = self.visitor()
        sid = attacker.cookies[COOKIE]
        self.get(victim, BEGIN, session_id=sid)
        path = self.agree(self.begin(attacker), self.person)
        self.assertNotEqual(victim.cookies.get(MARK), attacker.cookies[MARK])
        answer = self.back(victim, path + "&session_id=" + sid)
        self.assertIn(answer.status_code, (303, 400))
        self.assertFalse(self.consents())

    def test_as_somebody_else(self):
        browser = self.signed_in(self.user_employee)
        answer = self.back(browser, self.agree(self.begin(browser), self.other))
        self.assertEqual(answer.status_code, 403)
        self.assertFalse(self.consents())

    def test_own_answer_sent_to_a_victim(self):
        victim = self.signed_in(self.user_employee)
        attacker = self.signed_in(self.user_employee)
        path = self.agree(self.begin(attacker), self.person)
        self.assertEqual(self.back(victim, path).status_code, 400)
        self.begin(victim)
        self.assertEqual(self.back(victim, path).status_code, 400)
        self.assertFalse(self.consents())

    def test_wrong_answers(self):
        browser = self.signed_in(self.user_employee)
        for state, code, status in (
            ("", "x", 400), ("wrong", "x", 400), (None, "", 200), (None, "x", 502),
        ):
            address = self.begin(browser)
            if state is None:
                state, = parse_qs(urlsplit(address).query)["state"]
            answer = self.get(browser, RETURN, state=state, authCode=code)
            self.assertEqual(answer.status_code, status, (state, code))
        self.assertFalse(self.consents())

    def test_who_is_not_offered_it(self):
        for user in (self.user_dingtalk, self.user_portal):
            browser = self.signed_in(user)
            self.assertEqual(self.get(browser, BEGIN).status_code, 404)
        browser = self.signed_in(self.user_employee)
        address = self.begin(browser)
        self.corp.todo_personal = False
        self.share()
        self.assertEqual(self.get(browser, BEGIN).status_code, 404)
        self.assertFalse(self.consents())
        self.corp.todo_personal = True
        self.share()
        address = self.begin(browser)
        self.corp.todo_personal = False
        self.share()
        answer = self.back(browser, self.agree(address, self.person))
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.consents())

    def test_signed_out(self):
        for path in (BEGIN, RETURN):
            answer = self.get(self.visitor(), path)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])
