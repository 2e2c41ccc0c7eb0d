# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessDenied, AccessError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret_mixin import digest, random_text
from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable

from ..models import res_users
from ..models.safe_path import HOME, safe_path

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
        super().setUp()
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
        self.assertNotIn("sealed_value", self.tickets._fields)
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

    def test_where_portal_users_land(self):
        """The web client of the earlier series refuses them."""
        signin, portal = self.env["dingding.signin"], self.user_portal
        modules = self.env.registry._init_modules
        self._replace(self.env.registry, "_init_modules", set(modules) | {"portal"})
        self.assertEqual(signin._landing(portal, "/web"), "/my")
        self.assertEqual(signin._landing(portal, "/shop"), "/shop")
        self.assertEqual(signin._landing(self.user_employee, "/web"), "/web")
        self._replace(self.env.registry, "_init_modules", set(modules) - {"portal"})
        self.assertEqual(signin._landing(portal, "/web"), "/web")

    def test_old_lines_are_deleted(self):
        log = self.env["dingding.signin.log"]
        log.search([]).unlink()
        lines = log
        for days in (89, 91):
            log._note("oauth2", "refused", None, self.corp, reason="unknown")
            line = log.search([]) - lines
            self.env.cr.execute(
                "UPDATE dingding_signin_log SET create_date = now() AT TIME ZONE 'UTC'"
                " - %s * interval '1 day' WHERE id = %s",
                [days, line.id],
            )
            lines |= line
        self.env["dingding.purge"]._cron_purge()
        compat.forget(self.env)
        self.assertEqual(lines.exists(), lines[:1])

    def test_only_managers_choose_ways(self):
        with self.assertRaises(AccessError):
            call_as(
                self.user_dingtalk, "dingding.corp", "write", self.corp.ids,
                {"signin_oauth2": True})

    def test_ended_sessions_are_logged(self):
        call_as(
            self.user_system, "res.users", "action_dingding_end_sessions",
            self.user_employee.ids)
        log = self.env["dingding.signin.log"].search([], limit=1)
        self.assertEqual(
            (log.result, log.user_id, log.detail),
            ("ended", self.user_employee, self.user_system.login))

    def test_create_needs_a_policy(self):
        with self.assertRaises(ValidationError):
            self.corp.write({"signin_who": "create", "create_users": "never"})

    def test_corp_id_needed(self):
        with self.assertRaises(ValidationError):
            self.corp.write({"signin_inside": True, "corp_id": False})


@portable
class TestSigninCredential(DingTalkCase):
    """Test the credential for Odoo's authenticate()."""

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
