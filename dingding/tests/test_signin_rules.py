# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessDenied, AccessError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..models import res_users
from ..models.dingding_signin_ticket import digest, random_text
from ..models.safe_path import HOME, safe_path
from .common import DingTalkCase, call_as, portable

GOOD = (
    "/", "/web", "/web#id=3&model=res.partner", "/web?debug=1", "/my/orders?page=2",
    "/web?x=a%20b", "/mail/view?model=a.b&res_id=4", "/odoo/action-7/5", "/@/shop",
    "/web?next=https://example.com/", "/%E4%BA%BA",
)
EVIL = (
    "", None, 7, "web", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example",
    "\t//evil.example", " //evil.example", "\x00//evil.example", "\u00a0//evil.example",
    "http://evil.example", "https://evil.example", "HTTPS://evil.example",
    "https:evil.example", "https:/evil.example", "http:///evil.example",
    "ftp://evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "evil.example",
    "@evil.example", "user@evil.example/", "http://odoo@evil.example",
    "http://localhost:1/web", "?x=//evil.example", "#//evil.example", ".//evil.example",
    "/%2Fevil.example", "/%2F%2Fevil.example", "%2F%2Fevil.example", "/%5Cevil.example",
    "/%255Cevil.example", "/%25252Fevil.example", "/%09/evil.example",
    "/%0D%0ALocation:x", "/../../evil", "/web/..//evil.example", "/./\\evil.example",
    "/web/session/logout", "/web/login?redirect=//evil.example",
    "/dingding/signin/oauth2",
    "/web/database/manager", "/\u2028/evil.example", "/" + "a" * 3000,
)


@portable
class TestSafePath(DingTalkCase):
    def test_good(self):
        for path in GOOD:
            self.assertEqual(safe_path(path), path)

    def test_evil(self):
        self.assertGreaterEqual(len(EVIL), 40)
        for path in EVIL:
            self.assertEqual(safe_path(path), HOME, repr(path))


@portable
class TestSigninTicket(DingTalkCase):
    def setUp(self):
        super(TestSigninTicket, self).setUp()
        self.tickets = self.env["dingding.signin.ticket"]
        self.value = self.tickets._new("state", "browser", self.app, 60, path="/web")

    def take(self, value=None, browser="browser", purposes=("state",), state="new"):
        return self.tickets._take(purposes, value or self.value, browser, state)

    def test_once(self):
        self.assertEqual(self.take().path, "/web")
        self.assertIsNone(self.take())

    def test_conditions(self):
        self.assertIsNone(self.take(value=random_text()))
        self.assertIsNone(self.take(value=digest(self.value)))
        self.assertIsNone(self.take(browser="another"))
        self.assertIsNone(self.take(purposes=("inside", "qr", "bind")))
        self.assertIsNone(self.take(state="agreed"))
        self.assertTrue(self.take())

    def test_too_old(self):
        value = self.tickets._new("state", "browser", self.app, -1)
        self.assertIsNone(self.take(value))
        self.assertEqual(self.tickets._look("state", value).state, "expired")

    def test_nobody_reads_it(self):
        self.assertNotIn("hidden_value", self.tickets._fields)
        self.env.cr.execute("SELECT * FROM dingding_signin_ticket")
        self.assertNotIn(self.value, str(self.env.cr.fetchall()))
        for user in (
            self.user_portal, self.user_employee, self.user_dingtalk,
            self.user_manager, self.user_system,
        ):
            for method, arguments in (
                ("search_read", ([], [])), ("create", ({},)), ("search", ([],)),
                ("read_group", ([], ["state"], ["state"])), ("name_search", ("",)),
                ("write", ([1], {"state": "agreed"})), ("unlink", ([1],)),
            ):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.signin.ticket", method, *arguments)

    def test_cleaned(self):
        self.tickets._new("state", "browser", self.app, -7200)
        self.env["dingding.signin.log"]._cron_clean()
        self.assertEqual(self.tickets.search_count([]), 1)


@portable
class TestSigninRights(DingTalkCase):
    def test_log(self):
        log = self.env["dingding.signin.log"]
        log._note("oauth2", "refused", None, self.corp, reason="unknown")
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.signin.log", "search_read", [], ["at"])
        found = call_as(
            self.user_manager, "dingding.signin.log", "search_read", [], ["reason"])
        self.assertEqual(found[0]["reason"], "unknown")
        for method, values in (("create", [{}]), ("unlink", [[found[0]["id"]]])):
            with self.assertRaises(AccessError):
                call_as(self.user_system, "dingding.signin.log", method, *values)

    def test_only_managers_choose_ways(self):
        with self.assertRaises(AccessError):
            call_as(
                self.user_dingtalk, "dingding.corp", "write", self.corp.ids,
                {"signin_oauth2": True})

    def test_who_says_what_new_users_may(self):
        department = self.env["dingding.department"].create(
            {"name": "Kitchen", "corp_id": self.corp.id, "dept_id": "77"})
        group = self.env["res.groups"].create({"name": "Cooks"})
        guarded = (
            {"new_user_group_ids": [(6, 0, group.ids)]},
            {"new_user_company_id": self.company.id},
        )
        for vals in guarded:
            with self.assertRaises(AccessError):
                call_as(
                    self.user_manager, "dingding.department", "write", department.ids,
                    vals)
            for name in vals:
                with self.assertRaises(AccessError):
                    call_as(
                        self.user_manager, "dingding.department", "read",
                        department.ids, [name])
            self.corp.leads_structure = "odoo"
            values = {"name": "Bar", "corp_id": self.corp.id}
            model = compat.with_user(self.env["dingding.department"], self.user_manager)
            with self.assertRaises(AccessError):
                model.create(dict(values, **vals))
            with self.assertRaises(AccessError):
                model.with_context(
                    **{"default_" + name: value for name, value in vals.items()}
                ).create(values)
            call_as(
                self.user_system, "dingding.department", "write", department.ids, vals)
        self.assertEqual(department.new_user_group_ids, group)
        call_as(
            self.user_manager, "dingding.department", "write", department.ids,
            {"new_user_lang": "en_US"})

    def test_no_department_makes_administrators(self):
        department = self.env["dingding.department"].create(
            {"name": "Kitchen", "corp_id": self.corp.id, "dept_id": "77"})
        implying = self.env["res.groups"].create(
            {"name": "Cooks",
             "implied_ids": [(6, 0, [self.env.ref("base.group_system").id])]})
        for group in (
            implying, self.env.ref("base.group_system"),
            self.env.ref("base.group_erp_manager"), self.env.ref("base.group_portal"),
        ):
            with self.assertRaises(ValidationError):
                department.new_user_group_ids = group

    def test_end_sessions(self):
        before = self.user_employee._compute_session_token("some-session-id")
        with self.assertRaises(AccessError):
            call_as(
                self.user_manager, "res.users", "action_dingding_end_sessions",
                self.user_employee.ids)
        call_as(
            self.user_system, "res.users", "action_dingding_end_sessions",
            self.user_employee.ids)
        self.assertNotEqual(
            self.user_employee._compute_session_token("some-session-id"), before)

    def test_end_sessions_of_one_user_only(self):
        """Sessions of others go on, and the proof is not Odoo's own one."""
        others = self.user_manager._compute_session_token("another-session")
        self.user_employee._dingding_end_sessions()
        self.assertEqual(
            self.user_manager._compute_session_token("another-session"), others)

    def test_nobody_reads_what_proves_a_session(self):
        """Grouping by a field passes its groups in some series: it is no field."""
        self.user_employee._dingding_end_sessions()
        for model in ("res.users", "dingding.user"):
            for name in self.env[model]._fields:
                self.assertNotIn("salt", name)
        for call in (
            ("read_group", [], ["dingding_salt"], ["dingding_salt"]),
            ("search", [("dingding_salt", "!=", False)]),
            ("read", self.user_employee.ids, ["dingding_salt"]),
        ):
            with self.assertRaises(Exception), self.env.cr.savepoint(), mute_logger(
                "odoo.sql_db"
            ):
                found = call_as(self.user_system, "res.users", *call)
                # 11 leaves a field that it does not know out of what is read.
                self.assertIn("dingding_salt", found[0])

    def test_create_needs_a_policy(self):
        with self.assertRaises(ValidationError):
            self.corp.write({"signin_who": "create", "create_users": "never"})

    def test_corp_id_needed(self):
        with self.assertRaises(ValidationError):
            self.corp.write({"signin_inside": True, "corp_id": False})


@portable
class TestSigninCredential(DingTalkCase):
    """The credential that Odoo's authenticate() is given."""

    def check(self, user, value, kind="dingding"):
        user = compat.with_user(user, user)
        try:
            if compat.SERIES >= 18:
                user._check_credentials({"password": value, "type": kind}, {})
            elif compat.SERIES >= 12:
                user._check_credentials(value, *([{}] if compat.SERIES >= 14 else []))
            else:
                user.check_credentials(value)
        except AccessDenied:
            return False
        return True

    def expect(self, user, value):
        res_users._credential.expected = (self.env.cr.dbname, user.id, digest(value))
        self.addCleanup(setattr, res_users._credential, "expected", None)

    def test_once_and_for_one(self):
        self.expect(self.user_employee, "secret")
        self.assertFalse(self.check(self.user_manager, "secret"))
        self.assertFalse(self.check(self.user_employee, "other"))
        self.assertFalse(self.check(self.user_employee, digest("secret")))
        self.assertTrue(self.check(self.user_employee, "secret"))
        self.assertFalse(self.check(self.user_employee, "secret"))

    def test_nothing_expected(self):
        self.assertFalse(self.check(self.user_employee, "None"))
        self.assertFalse(self.check(self.user_employee, digest("")))
        self.assertTrue(self.check(self.user_employee, self.PASSWORD, "password"))

    def test_password(self):
        self.assertTrue(compat.is_password(self.user_employee, self.PASSWORD))
        self.assertFalse(compat.is_password(self.user_employee, "wrong"))
        self.assertFalse(compat.is_password(self.user_employee, ""))
