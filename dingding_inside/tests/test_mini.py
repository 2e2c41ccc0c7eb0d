# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo.exceptions import MissingError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_signin.models.dingding_signin import GUESSES
from odoo.addons.dingding_signin.tests.common import COOKIE, SigninCase

from ..models import dingding_mini, dingding_mini_session

ROOT = "/dingding/mini/v1"


class Records(logging.Handler):
    def __init__(self):
        super().__init__(level=logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


class MiniCase(SigninCase):
    def setUp(self):
        super().setUp()
        self.corp.signin_mini = True
        self.share()

    def code(self, person=None, **values):
        return self.simulator.control(
            "POST", "/login_codes",
            dict({"kind": "inside", "userid": (person or self.person)["userid"]},
                 **values),
        )["code"]

    def ask(self, method, path, token=None, json=None, headers=None, **options):
        """Send a request as a mini-program; return the answer."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = "Bearer " + token
        answer = self.visitor().request(
            method, self.url(ROOT + "/" + path), json=json, headers=headers,
            timeout=60, allow_redirects=False, **options
        )
        compat.forget(self.env)
        self.assertEqual(
            answer.headers.get("Content-Type"), "application/json", answer.text[:300])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        for word in ("Traceback", "odoo.", "psycopg2", self.simulator.app_secret):
            self.assertNotIn(word, answer.text)
        return answer

    def sign_in(self, person=None, **values):
        answer = self.ask(
            "POST", "session", json={"code": self.code(person, **values)})
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()["token"]

    def assertTold(self, answer, status, error):
        self.assertEqual(answer.status_code, status, answer.text[:300])
        payload = answer.json()
        self.assertEqual(set(payload), {"error", "text", "remedy"})
        self.assertEqual(payload["error"], error)
        self.assertTrue(payload["text"])

    def assertIn_(self, token, user):
        answer = self.ask("GET", "me", token)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(answer.json()["user"]["name"], user.name)

    def assertOut(self, token):
        self.assertTold(self.ask("GET", "me", token), 401, "session")


@portable
class TestMini(MiniCase):
    def test_sign_in(self):
        answer = self.ask("POST", "session", json={
            "code": self.code(), "corp": self.simulator.corp_id})
        self.assertEqual(answer.status_code, 200, answer.text)
        found = answer.json()
        self.assertEqual(found["user"]["name"], self.user_employee.name)
        self.assertEqual(found["person"]["userid"], self.person["userid"])
        self.assertEqual(found["corp"]["id"], self.simulator.corp_id)
        self.assertEqual(found["expires_in"], 7200)
        self.assertRegex(found["token"], r"\A[0-9a-f]{64}\Z")
        self.assertEqual(
            (self.log().way, self.log().result, self.log().user_id),
            ("mini", "signed_in", self.user_employee))
        me = self.ask("GET", "me", found["token"]).json()
        self.assertEqual(me["company"], self.user_employee.company_id.name)
        self.assertEqual(me["expires_at"], found["expires_at"])

    def test_only_a_hash_is_kept(self):
        token = self.sign_in()
        self.env.cr.execute("SELECT * FROM dingding_mini_session")
        rows = repr(self.env.cr.fetchall())
        self.assertNotIn(token, rows)
        self.assertIn(dingding_mini_session.digest(token), rows)
        fields = self.env["dingding.mini.session"]._fields
        self.assertFalse({"sealed_value", "proof", "token"} & set(fields))

    def test_nobody_reads_sessions(self):
        self.sign_in()
        for user in (self.user_employee, self.user_manager, self.user_system):
            model = compat.with_user(self.env["dingding.mini.session"], user)
            with self.assertRaises(Exception):
                model.search([]).read([])
            with self.assertRaises(Exception):
                call_as(user, "dingding.mini", "_dispatch", None)

    def test_sign_out(self):
        token, other = self.sign_in(), self.sign_in()
        answer = self.ask("DELETE", "session", token)
        self.assertEqual(answer.json(), {"ended": True})
        self.assertOut(token)
        self.assertIn_(other, self.user_employee)
        self.assertEqual(
            self.ask("POST", "session/end", other).json(), {"ended": True})
        self.assertOut(other)

    def test_errors_with_status_200(self):
        for path, error in (("me", "session"), ("nothing", "unknown")):
            self.assertTold(self.ask("GET", path + "?errors=200"), 200, error)

    def test_forged_and_missing(self):
        token = self.sign_in()
        self.assertOut("")
        self.assertOut(token[:-1] + ("0" if token[-1] != "0" else "1"))
        self.assertOut(dingding_mini_session.digest(token))
        for value in ("", "Bearer", "Bearer ' OR 1=1 --", "Basic " + token, token,
                      "Bearer " + token + "0"):
            self.assertTold(
                self.ask("GET", "me", headers={"Authorization": value}), 401, "session")
        self.assertTold(self.ask("GET", "me?token=" + token), 401, "session")

    def test_expired(self):
        token = self.sign_in()
        self.env.cr.execute(
            "UPDATE dingding_mini_session SET expires_at = expires_at"
            " - interval '7000 seconds'")
        self.assertIn_(token, self.user_employee)
        self.env.cr.execute(
            "UPDATE dingding_mini_session SET expires_at = expires_at"
            " - interval '201 seconds'")
        self.share()
        self.assertOut(token)
        self.env["dingding.signin.log"]._cron_clean()
        self.assertFalse(self.env["dingding.mini.session"].search([]))

    def test_each_token_is_its_users(self):
        self.make_person(self.other, self.user_manager)
        self.share()
        mine, other = self.sign_in(), self.sign_in(self.other)
        for _turn in range(2):
            self.assertIn_(mine, self.user_employee)
            self.assertIn_(other, self.user_manager)
        browser = self.visitor()
        self.post(
            browser, "/web/login", login=self.user_manager.login,
            password=self.PASSWORD)
        self.assertEqual(self.who(browser), self.user_manager.id)
        cookies = {COOKIE: browser.cookies[COOKIE]}
        self.assertTold(self.ask("GET", "me", cookies=cookies), 401, "session")
        answer = self.ask("GET", "me", mine, cookies=cookies)
        self.assertEqual(answer.json()["user"]["name"], self.user_employee.name)
        self.assertEqual(self.who(browser), self.user_manager.id)
        answer = self.visitor().get(
            self.url("/dingding/my"), headers={"Authorization": "Bearer " + mine},
            allow_redirects=False, timeout=60)
        self.assertIn(answer.status_code, (302, 303))

    def test_ended_by(self):
        row = self.row.with_context(dingding_no_push=True)
        corp, user = self.corp, self.user_employee
        portal, employee = (
            self.env.ref("base.group_portal"), self.env.ref("base.group_user"))
        for what, do, undo in (
            ("person left", lambda: row.write({"active": False}),
             lambda: row.write({"active": True})),
            ("unbound", lambda: row.write({"user_id": False}),
             lambda: row.write({"user_id": user.id})),
            ("linked to another person",
             lambda: row.write({"user_id": self.user_manager.id}),
             lambda: row.write({"user_id": user.id})),
            ("linked to another person, other sessions kept",
             lambda: row.with_context(dingding_keep_sessions=True).write(
                 {"user_id": self.user_manager.id}),
             lambda: row.write({"user_id": user.id})),
            ("user archived", lambda: user.write({"active": False}),
             lambda: user.write({"active": True})),
            ("no longer an employee", lambda: user.write(
                {compat.USER_GROUPS: [(6, 0, portal.ids)]}),
             lambda: user.write({compat.USER_GROUPS: [(6, 0, employee.ids)]})),
            ("disabled", lambda: corp.write({"signin_mini": False}),
             lambda: corp.write({"signin_mini": True})),
            ("application archived", lambda: self.app.write({"active": False}),
             lambda: self.app.write({"active": True})),
            ("sessions ended by an administrator",
             user.action_dingding_end_sessions, lambda: None),
            ("another password", lambda: user.write({"password": "Another-1-password"}),
             lambda: None),
        ):
            token = self.sign_in()
            self.assertIn_(token, user)
            do()
            self.share()
            answer = self.ask("GET", "me", token)
            self.assertEqual(answer.status_code, 401, what)
            undo()
            self.share()

    def test_no_employee(self):
        self.row.with_context(dingding_no_push=True).user_id = self.user_portal
        self.share()
        answer = self.ask("POST", "session", json={"code": self.code()})
        self.assertTold(answer, 403, "refused")
        self.assertEqual(self.log().reason, "kind")

    def test_second_factor(self):
        token = self.sign_in()
        self._replace(compat, "asks_second_factor", lambda user: True)
        self.assertOut(token)
        answer = self.ask("POST", "session", json={"code": self.code()})
        self.assertTold(answer, 403, "refused")
        self.assertEqual(self.log().reason, "second_factor")

    def test_strangers(self):
        answer = self.ask("POST", "session", json={"code": self.code(self.other)})
        self.assertTold(answer, 403, "refused")
        self.assertEqual(self.log().reason, "unknown")

    def test_codes(self):
        code = self.code()
        self.assertEqual(
            self.ask("POST", "session", json={"code": code}).status_code, 200)
        self.assertTold(
            self.ask("POST", "session", json={"code": code}), 400, "code")
        self.assertTold(
            self.ask("POST", "session", json={"code": "x" * 5000}), 400, "code")
        for body in ({}, {"code": 1}, {"code": None}, {"code": ["a"]},
                     {"code": code, "corp": 1}):
            self.assertTold(self.ask("POST", "session", json=body), 400, "parameter")

    def test_code_of_another_application(self):
        app = self.second_app()
        before = self.sign_in()
        self.corp.mini_app_id = app
        self.share()
        self.assertOut(before)
        self.assertTold(
            self.ask("POST", "session", json={"code": self.code()}), 400, "code")
        self.assertIn_(
            self.sign_in(app_key=app.app_key), self.user_employee)

    def test_switched_off(self):
        self.corp.signin_mini = False
        self.share()
        answer = self.ask("POST", "session", json={"code": self.code()})
        self.assertTold(answer, 404, "way_off")
        self.corp.signin_mini = True
        self.share()
        answer = self.ask(
            "POST", "session", json={"code": self.code(), "corp": "dingother"})
        self.assertTold(answer, 404, "way_off")

    def test_too_many_guesses(self):
        for _number in range(GUESSES):
            answer = self.ask("POST", "session", json={"code": "0" * 32})
            self.assertTold(answer, 400, "code")
        self.simulator.forget_calls()
        answer = self.ask("POST", "session", json={"code": self.code()})
        self.assertTold(answer, 429, "busy")
        self.assertDingTalkNotCalled()

    def test_sessions_are_few(self):
        tokens = [
            self.sign_in() for _number in range(dingding_mini_session.MOST + 1)]
        self.assertOut(tokens[0])
        self.assertIn_(tokens[1], self.user_employee)

    def test_dingtalk_away(self):
        self.simulator.fault("http_500", "/topapi/v2/user/getuserinfo", times=9)
        answer = self.ask("POST", "session", json={"code": self.code()})
        self.assertTold(answer, 502, "dingtalk")

    # -- invalid requests ----------------------------------------------------------

    def test_unusual_requests(self):
        code = self.code()
        for options, status, error in (
            ({"data": "{"}, 400, "json"),
            ({"data": "[]"}, 400, "json"),
            ({"data": b"\xff\xfe"}, 400, "json"),
            ({"data": "[" * 60000}, 400, "json"),
            ({"data": "x" * (dingding_mini.MAX_BYTES + 1)}, 413, "size"),
            ({"data": "x" * (dingding_mini.READ_BYTES + 1)}, 413, "size"),
            ({"json": [code]}, 400, "json"),
        ):
            headers = {"Content-Type": "application/json"}
            answer = self.ask("POST", "session", headers=headers, **options)
            self.assertTold(answer, status, error)
        for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
            answer = self.ask(
                "POST", "session", headers={"Content-Type": content_type},
                data='{"code": "%s"}' % code)
            self.assertTold(answer, 415, "content_type")
        answer = self.ask("POST", "session", files={"code": code})
        self.assertTold(answer, 415, "content_type")
        for method, path, status, error in (
            ("GET", "session", 405, "method"), ("PUT", "me", 405, "method"),
            ("OPTIONS", "me", 405, "method"), ("GET", "", 404, "unknown"),
            ("GET", "nothing", 404, "unknown"), ("GET", "me/1", 404, "unknown"),
            ("GET", "%00", 404, "unknown"), ("POST", "session/../me", 404, "unknown"),
        ):
            if path != "session/../me":
                self.assertTold(self.ask(method, path), status, error)
        self.assertEqual(
            self.ask("POST", "session", json={"code": code}).status_code, 200)

    def test_failure_has_no_traceback(self):
        token = self.sign_in()

        def broken(model, call):
            raise ValueError("secret detail")

        self._replace(type(self.env["dingding.mini"]), "_mini_me", broken)
        logging.getLogger(dingding_mini.__name__).setLevel(logging.CRITICAL)
        self.addCleanup(
            logging.getLogger(dingding_mini.__name__).setLevel, logging.NOTSET)
        answer = self.ask("GET", "me", token)
        self.assertTold(answer, 500, "failed")
        self.assertNotIn("secret detail", answer.text)

    def test_each_refusal_of_odoo_has_its_sentence(self):
        """Up to 13 a ValidationError, such as of a constraint, is not a UserError."""
        token = self.sign_in()
        for refusal in (UserError, ValidationError, MissingError):

            def refuse(model, call, refusal=refusal):
                raise refusal("The order is empty.")

            self._replace(type(self.env["dingding.mini"]), "_mini_me", refuse)
            answer = self.ask("GET", "me", token)
            self.assertTold(answer, 422, "refused")
            self.assertIn("The order is empty.", answer.json()["text"])

    def test_nothing_in_the_log(self):
        records, root = Records(), logging.getLogger()
        level = root.level
        root.addHandler(records)
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.setLevel, level)
        self.addCleanup(root.removeHandler, records)
        code = self.code()
        token = self.ask("POST", "session", json={"code": code}).json()["token"]
        self.ask("GET", "me", token)
        self.ask("GET", "messages", token)
        self.ask("DELETE", "session", token)
        self.assertOut(token)
        lines = "\n".join(
            line for line in records.lines if "/_control/" not in line)
        self.assertTrue(lines)
        for secret in (token, dingding_mini_session.digest(token), code):
            self.assertNotIn(secret, lines)

    def test_language(self):
        if not self.env["res.lang"].search([("code", "=", "zh_CN")]):
            self.skipTest("zh_CN is not installed")
        language = self.env["dingding.mini"]._language
        self.assertEqual(language("zh-CN,zh;q=0.9"), "zh_CN")
        self.assertEqual(language("zh-Hans"), "zh_CN")
        self.assertEqual(language("xx, en"), "en_US")
        self.assertEqual(language(""), "en_US")

    # -- data ----------------------------------------------------------------------

    def say(self, text, *people):
        self.env["dingding.message"].send(
            None, self.env["dingding.user"].union(*people), text)
        self.process_queue()
        self.share()

    def test_messages(self):
        colleague = self.make_person(self.other, self.user_manager)
        self.say("First", self.row)
        self.say("Second", self.row, colleague)
        self.say("Not mine", colleague)
        token = self.sign_in()
        found = self.ask("GET", "messages", token).json()
        self.assertEqual(
            [each["title"] for each in found["items"]], ["Second", "First"])
        self.assertIsNone(found["next"])
        page = self.ask("GET", "messages?limit=1", token).json()
        self.assertEqual((len(page["items"]), page["next"]), (1, 1))
        page = self.ask("GET", "messages?limit=1&offset=1", token).json()
        self.assertEqual(page["items"][0]["title"], "First")
        self.assertIsNone(page["next"])
        for query in ("limit=x", "offset=-1", "limit=1.5", "offset=99999999999"):
            self.assertTold(
                self.ask("GET", "messages?" + query, token), 400, "parameter")

    def test_find(self):
        token = self.sign_in()
        self._replace(
            type(self.env["dingding.microapp"]), "_microapp_find",
            lambda model, code: "/web#id=%s" % code if code.isdigit() else None)
        self.assertEqual(
            self.ask("GET", "find?code=7", token).json()["path"], "/web#id=7")
        self.assertIsNone(self.ask("GET", "find?code=none", token).json()["path"])
        self.assertTold(self.ask("GET", "find", token), 400, "parameter")

    def test_repeated_when_disturbed(self):
        token, turns = self.sign_in(), []
        real = type(self.env["dingding.mini"])._mini_me

        def disturbed(model, call):
            turns.append(1)
            if len(turns) < 3:
                model.env.cr.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'disturbed'"
                    " USING ERRCODE = 'serialization_failure'; END $$",
                    log_exceptions=False)
            return real(model, call)

        self._replace(type(self.env["dingding.mini"]), "_mini_me", disturbed)
        self.assertIn_(token, self.user_employee)
        self.assertEqual(len(turns), 3)
