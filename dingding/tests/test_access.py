# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Access rights, as each kind of user."""
import json

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import common

from .. import compat
from .common import DingTalkCase, DingTalkHttpCase, call_as, portable

MANAGER_MODELS = (
    "dingding.token",
    "dingding.sync",
    "dingding.sync.problem",
    "dingding.message.task",
)
USER_MODELS = ("dingding.corp", "dingding.app", "dingding.department", "dingding.user")
ACTIONS = ("action_test_connection", "action_get_departments", "action_get_users")


@portable
class TestAccess(DingTalkCase):
    def outsiders(self):
        return self.user_public | self.user_portal | self.user_employee

    def may(self, user, model, method, *args):
        """Tell whether a call is let through."""
        try:
            with self.env.cr.savepoint():
                call_as(user, model, method, *args)
        except AccessError:
            return False
        return True

    def test_who_reads(self):
        for model in USER_MODELS + MANAGER_MODELS:
            for user in self.outsiders():
                self.assertFalse(
                    self.may(user, model, "search_read", []), (user.login, model)
                )
            self.assertEqual(
                self.may(self.user_dingtalk, model, "search_read", []),
                model in USER_MODELS,
                model,
            )
            for user in self.user_manager | self.user_system:
                self.assertTrue(
                    self.may(user, model, "search_read", []), (user.login, model)
                )

    def test_public_and_portal_see_nothing_at_all(self):
        for model in sorted(self.env.registry):
            if not model.startswith("dingding."):
                continue
            record = self.env[model]
            if record._abstract or record.is_transient():
                continue
            for user in self.user_public | self.user_portal:
                self.assertFalse(
                    self.may(user, model, "search_read", []), (user.login, model)
                )

    def test_nobody_reads_secrets(self):
        for user in self.outsiders() | self.user_dingtalk | self.user_manager:
            self.assertFalse(self.may(user, "dingding.secret", "search_read", []))
        self.assertFalse(
            self.may(self.user_system, "dingding.secret", "search_read", [])
        )

    def test_who_creates_and_writes(self):
        writers = self.user_manager | self.user_system
        for user in (
            self.user_public, self.user_portal, self.user_employee, self.user_dingtalk,
            self.user_manager, self.user_system,
        ):
            allowed = user in writers
            self.assertEqual(
                self.may(user, "dingding.corp", "create", {"name": "Another"}), allowed
            )
            for model, record in (
                ("dingding.corp", self.corp), ("dingding.app", self.app),
            ):
                self.assertEqual(
                    self.may(user, model, "write", record.ids, {"name": "x"}),
                    allowed,
                    (user.login, model),
                )
        for user in self.outsiders() | self.user_dingtalk | self.user_manager:
            for model, record in (
                ("dingding.app", self.app), ("dingding.corp", self.corp),
            ):
                self.assertFalse(self.may(user, model, "unlink", record.ids))

    def test_a_manager_sets_up_all_but_secret_and_hosts(self):
        corp = call_as(
            self.user_manager, "dingding.corp", "create",
            {"name": "Managed", "app_key": "managed-1", "agent_id": "5"},
        )
        corp = self.env["dingding.corp"].browse(corp)
        self.assertEqual(corp.app_id.app_key, "managed-1")
        call_as(
            self.user_manager, "dingding.corp", "write", corp.ids,
            {"app_key": "managed-2", "agent_id": "6"},
        )
        self.assertEqual(corp.app_id.app_key, "managed-2")
        call_as(
            self.user_manager, "dingding.app", "create",
            {"name": "Second", "corp_id": corp.id, "app_key": "managed-3"},
        )
        self.assertEqual(len(corp.app_ids), 2)

    def test_buttons_are_for_managers(self):
        for method in ACTIONS:
            for user in self.outsiders() | self.user_dingtalk:
                self.assertFalse(
                    self.may(user, "dingding.corp", method, self.corp.ids),
                    (user.login, method),
                )
        self.assertTrue(
            self.may(
                self.user_manager, "dingding.corp", "action_test_connection",
                self.corp.ids,
            )
        )

    def test_health_of_ones_own_making_is_no_door(self):
        for user in self.user_employee | self.user_dingtalk:
            try:
                health = call_as(
                    user, "dingding.health", "create", {"corp_id": self.corp.id}
                )
            except AccessError:
                continue
            self.assertFalse(
                self.may(user, "dingding.health", "action_check_again", [health])
            )
        self.assertDingTalkNotCalled()

    def test_all_fields_can_be_read_by_whom_they_are_for(self):
        """One that fails makes the form fail."""
        for user in self.user_dingtalk | self.user_manager | self.user_system:
            for model, record in (
                ("dingding.corp", self.corp), ("dingding.app", self.app),
            ):
                self.assertTrue(call_as(user, model, "read", record.ids))

    def test_nobody_guesses_our_fields_of_other_models(self):
        """Up to 16 everybody may search by every field."""
        for domain in (
            [("dingding_user_ids", "!=", False)],
            [("dingding_user_ids.mobile", "=like", "1%")],
            ["|", ("login", "=", "x"), ("dingding_user_ids.image_address", "!=", "")],
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_employee, "res.users", "search", domain)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_employee, "res.partner", "search",
                    [("user_ids.dingding_user_ids", "!=", False)])
        call_as(self.user_employee, "res.users", "search", [("login", "=", "x")])
        call_as(self.user_dingtalk, "res.users", "search",
                [("dingding_user_ids", "!=", False)])

    def test_views_open_for_whom_they_are_for(self):
        names = [
            "dingding_corp_view_tree", "dingding_corp_view_form",
            "dingding_corp_view_search", "dingding_app_view_tree",
            "dingding_app_view_form", "dingding_app_view_search",
        ]
        for user in self.user_dingtalk | self.user_manager | self.user_system:
            for name in names:
                view = self.env.ref("dingding.%s" % name)
                model = self.env(user=user.id)[view.model]
                if compat.SERIES >= 16:
                    arch = model.get_view(view.id, view.type)["arch"]
                else:
                    arch = model.fields_view_get(view.id, view.type)["arch"]
                if name == "dingding_app_view_form":
                    shown = user == self.user_system
                    self.assertEqual("app_secret" in arch, shown, user.login)
                    self.assertEqual("oapi_url" in arch, shown, user.login)

    def test_managers_enter_nothing_that_is_refused(self):
        """Fields for administrators only are read-only for others, in all addons."""
        corps = self.corp.with_env(self.env(user=self.user_manager.id))
        if compat.SERIES >= 16:
            arch = corps.get_view(view_type="form")["arch"]
        else:
            arch = corps.fields_view_get(view_type="form")["arch"]
        shown = {
            node.get("name"): [
                node.get(name) or "" for name in ("attrs", "readonly", "modifiers")]
            for node in etree.fromstring(arch).iter("field")
            if node.getparent().tag not in ("tree", "list")
            and node.get("invisible") != "1"
        }
        names = set(corps._guarded()) & set(shown)
        self.assertIn("link_by_mobile", names)
        self.assertEqual([], sorted(
            name for name in names
            if not any("is_administrator" in text for text in shown[name])))

    def test_menus(self):
        def seen(user, xmlid):
            menu = self.env.ref(xmlid)
            menus = self.env(user=user.id)["ir.ui.menu"]
            return menu.id in menus._visible_menu_ids()

        settings = "dingding.dingding_menu_settings"
        own = "dingding.dingding_corp_menu"
        self.assertTrue(seen(self.user_system, settings))
        self.assertTrue(seen(self.user_manager, own))
        for user in (self.user_employee, self.user_dingtalk):
            self.assertFalse(seen(user, settings))
            self.assertFalse(seen(user, own))
        # Managers do not see the app "Settings".
        self.assertTrue(seen(self.user_manager, "dingding.dingding_menu_root"))

    def test_settings_have_one_entry_that_opens_the_app(self):
        menus = self.env["ir.ui.menu"].with_context(**{"ir.ui.menu.full_list": True})
        entry = self.env.ref("dingding.dingding_menu_settings")
        self.assertFalse(menus.search([("parent_id", "=", entry.id)]))
        self.assertEqual(
            entry.action, self.env.ref("dingding.dingding_corp_action_open_app"))
        root = self.env.ref("dingding.dingding_menu_root")
        action = call_as(self.user_system, "dingding.corp", "action_open_app")
        self.assertEqual((action["type"], action["tag"]),
                         ("ir.actions.client", "reload"))
        self.assertEqual(action["params"], {"menu_id": root.id})
        for user in (self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.corp", "action_open_app")
        for each in menus.search([("parent_id", "=", root.id)]):
            self.assertTrue(
                each.action or menus.search([("parent_id", "=", each.id)]), each.name)

    def test_other_companies(self):
        company = self.env["res.company"].create({"name": "Other company"})
        stranger = self._make_user(
            self.env, "stranger", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )
        for model, record in (
            ("dingding.corp", self.corp), ("dingding.app", self.app),
        ):
            self.assertFalse(
                call_as(stranger, model, "search", [("id", "=", record.id)])
            )
            self.assertFalse(self.may(stranger, model, "read", record.ids, ["name"]))
            self.assertFalse(
                self.may(stranger, model, "write", record.ids, {"name": "x"})
            )
        for method in ACTIONS:
            self.assertFalse(
                self.may(stranger, "dingding.corp", method, self.corp.ids), method
            )
        for vals in ({"app_key": "taken-over"}, {"agent_id": "1"}):
            self.assertFalse(
                self.may(stranger, "dingding.corp", "write", self.corp.ids, vals), vals
            )
        self.app._dingtalk_client().app_token()
        self.assertFalse(call_as(stranger, "dingding.token", "search", []))
        mine = call_as(
            stranger, "dingding.corp", "create", {"name": "Mine", "app_key": "mine-1"}
        )
        self.assertEqual(
            call_as(stranger, "dingding.corp", "search", []),
            [mine] if isinstance(mine, int) else mine,
        )

    def test_system_is_manager(self):
        self.assertTrue(self.user_system.has_group("dingding.group_manager"))
        self.assertTrue(self.user_manager.has_group("dingding.group_user"))
        self.assertFalse(self.user_employee.has_group("dingding.group_user"))
        self.assertFalse(self.user_manager.has_group("base.group_system"))


@portable
class TestAccessOverHttp(DingTalkHttpCase):
    """The same over HTTP."""

    def rpc(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            common.get_db_name(), user.id, self.PASSWORD, model, method, list(args),
            kwargs,
        )

    def test_xmlrpc(self):
        secret = self.simulator.app_secret
        for user in (
            self.user_portal, self.user_employee, self.user_dingtalk,
            self.user_manager, self.user_system,
        ):
            for model, record in (
                ("dingding.app", self.app), ("dingding.corp", self.corp),
            ):
                for method, args in (
                    ("read", [record.ids, ["app_secret"]]),
                    ("read", [record.ids]),
                    ("export_data", [record.ids, ["name", "app_secret"]]),
                    ("search_read", [[("id", "in", record.ids)]]),
                    ("name_search", [secret]),
                    ("fields_get", []),
                    ("default_get", [["app_secret"]]),
                ):
                    try:
                        answer = self.rpc(user, model, method, *args)
                    except Exception as fault:
                        answer = fault
                    self.assertNotIn(secret, repr(answer), (user.login, method))
            for method in ("_secret", "_dingtalk_client"):
                with self.assertRaises(Exception) as caught:
                    self.rpc(user, "dingding.app", method, self.app.ids)
                self.assertIn("Private", str(caught.exception))
        row = self.rpc(
            self.user_system, "dingding.app", "read", self.app.ids, ["app_secret"]
        )
        self.assertNotEqual(row[0]["app_secret"], secret)

    def test_web_client(self):
        self.authenticate(self.user_system.login, self.PASSWORD)
        answer = self.opener.post(
            self.url("/web/dataset/call_kw/dingding.corp/read"),
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {
                        "model": "dingding.corp",
                        "method": "read",
                        "args": [self.corp.ids],
                        "kwargs": {},
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        self.assertIn("app_secret", answer.text)
        self.assertNotIn(self.simulator.app_secret, answer.text)

    def test_no_session_no_data(self):
        for path in (
            "/web/dataset/call_kw/dingding.corp/search_read",
            "/web/dataset/search_read",
        ):
            answer = self.opener.post(
                self.url(path),
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "params": {
                            "model": "dingding.corp",
                            "method": "search_read",
                            "args": [[]],
                            "kwargs": {},
                        },
                    }
                ),
                headers={"Content-Type": "application/json"},
            )
            self.assertNotIn(self.corp.name, answer.text)
