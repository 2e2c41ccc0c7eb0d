# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from lxml import etree

from odoo import fields, tools
from odoo.exceptions import AccessError

from .. import compat
from ..models.queue import ACTION
from .common import DingTalkCase, call_as, portable

# Other addons may add theirs.
KEYS = ("private", "http", "freeze", "dbfilter", "cron")
CORP, OVERVIEW = "dingding.corp", "dingding.overview"


@portable
class TestSetup(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"].sudo()
        self.parameters.set_param("web.base.url", "https://odoo.example.com")
        self.parameters.set_param("web.base.url.freeze", "True")
        for name, value in (("dbfilter", "^one$"), ("max_cron_threads", 2)):
            self.configure(name, value)
        # No server that executes it runs beside the tests.
        self.env.ref(ACTION).nextcall = fields.Datetime.now()

    def configure(self, name, value):
        before = tools.config.options.get(name)
        self.addCleanup(tools.config.options.__setitem__, name, before)
        tools.config.options[name] = value

    def mine(self):
        return self.corp.with_env(self.env(user=self.user_manager.id))

    def warnings(self):
        keys = [warning["key"] for warning in self.mine()._setup_warnings()]
        return [key for key in keys if key in KEYS]

    def open(self, user=None):
        action = call_as(
            user or self.user_manager, CORP, "action_overview", self.corp.ids)
        return self.env[OVERVIEW].browse(action["res_id"])

    # -- warnings ----------------------------------------------------------------------

    def test_a_good_server(self):
        self.assertEqual(self.warnings(), [])
        overview = self.open()
        self.assertEqual(overview.warning_count, len(overview.warning_ids))

    def test_addresses(self):
        for address, expected in (
            ("", ["private"]), ("http://127.0.0.1:8069", ["private"]),
            ("http://localhost:8069", ["private"]), ("https://10.0.0.7", ["private"]),
            ("http://172.20.0.3", ["private"]), ("http://[::1]:8069", ["private"]),
            ("http://odoo.example.com", ["http"]), ("https://172.32.0.3", []),
            ("https://odoo.example.com/", []),
        ):
            self.parameters.set_param("web.base.url", address)
            self.assertEqual(self.warnings(), expected, address)

    def test_freeze(self):
        self.parameters.set_param("web.base.url.freeze", "")
        self.assertEqual(self.warnings(), ["freeze"])

    def test_several_databases(self):
        self.configure("dbfilter", "")
        for count, names, expected in (
            (2, [], ["dbfilter"]), (1, [], []), (2, ["one"], []),
        ):
            self._replace(compat, "count_databases", lambda count=count: count)
            self._replace(compat, "database_names", lambda names=names: names)
            self.assertEqual(self.warnings(), expected)

    def test_no_scheduled_actions(self):
        self.configure("max_cron_threads", 0)
        self.assertEqual(self.warnings(), ["cron"])
        row = self.open().warning_ids.filtered(lambda row: row.key == "cron")
        self.assertIn("max_cron_threads", row.value)

    # -- the guide ---------------------------------------------------------------------

    def test_what_is_next(self):
        overview = self.open()
        self.assertEqual(overview.next_title, "Connect")
        done = int(overview.progress.split()[0])
        action = call_as(self.user_manager, OVERVIEW, "action_next", overview.ids)
        self.assertEqual(
            (action["res_model"], action["res_id"]), (CORP, self.corp.id))
        call_as(self.user_manager, OVERVIEW, "action_test_connection", overview.ids)
        call_as(self.user_manager, OVERVIEW, "action_refresh", overview.ids)
        self.assertEqual(overview.next_title, "Read departments and people")
        self.assertEqual(int(overview.progress.split()[0]), done + 1)

    def test_values_to_copy(self):
        real = type(self.corp)._setup_scopes

        def scopes(corp):
            return real(corp) + [corp._setup_scope(
                "clock", "Clock", False, "Enter it.", place="Page Clock",
                values=[("Address", "https://x"), ("Nothing", "")])]

        self._replace(type(self.corp), "_setup_scopes", scopes)
        overview = self.open()
        row = overview.value_ids[-1]
        self.assertEqual(
            (row.name, row.value, row.place), ("Address", "https://x", "Page Clock"))
        self.assertEqual(overview.value_count, len(overview.value_ids))

    def test_hide(self):
        overview = self.open()
        self.assertFalse(overview.setup_hidden)
        call_as(self.user_manager, OVERVIEW, "action_hide_setup", overview.ids)
        self.assertTrue(overview.setup_hidden)
        self.assertTrue(self.open().setup_hidden)
        call_as(self.user_manager, OVERVIEW, "action_hide_setup", overview.ids)
        self.assertFalse(self.corp.setup_hidden)

    def test_warnings_are_not_hidden_with_the_setup(self):
        arch = etree.fromstring(
            self.env.ref("dingding.dingding_overview_view_form").arch)
        for name, hides in (("scope_ids", True), ("warning_ids", False)):
            field, = arch.xpath("//field[@name='%s']" % name)
            hidden = [
                each for each in field.iterancestors() if "setup_hidden"
                in each.get("attrs", "") + each.get("invisible", "")]
            self.assertEqual(bool(hidden), hides, name)

    def test_a_window_of_another_company(self):
        overview = self.open()
        company = self.env["res.company"].create({"name": "Other company"})
        self.user_manager.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        for method in ("action_next", "action_hide_setup", "action_test_connection",
                       "action_synchronise"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, OVERVIEW, method, overview.ids)

    # -- the last test -----------------------------------------------------------------

    def test_the_last_test_is_stored(self):
        self.assertEqual(self.corp.test_state, "unchecked")
        call_as(self.user_manager, CORP, "action_test_connection", self.corp.ids)
        self.assertEqual(self.corp.tested_by, self.user_manager)
        self.assertTrue(self.corp.tested_at)
        self.assertIn(self.corp.test_state, ("ok", "warning"))
        line = self.open().line_ids.filtered(lambda line: line.key == "connection")
        self.assertIn("by %s" % self.user_manager.name, line.value)
        self.app.app_secret = "another"
        call_as(self.user_manager, CORP, "action_test_connection", self.corp.ids)
        self.assertEqual(self.corp.test_state, "error")
        scopes = {each["key"]: each for each in self.mine()._setup_scopes()}
        self.assertFalse(scopes["connect"]["done"])

    # -- the home ----------------------------------------------------------------------

    def test_home(self):
        action = call_as(self.user_manager, CORP, "action_home")
        self.assertEqual(action["res_model"], OVERVIEW)
        other = self.env[CORP].create({"name": "Another"})
        action = call_as(self.user_manager, CORP, "action_home")
        self.assertEqual(
            (action["res_model"], action["view_mode"].split(",")[0]), (CORP, "kanban"))
        people = self.env["dingding.user"].with_context(dingding_no_push=True)
        for number, corp in enumerate((self.corp, self.corp, other)):
            people.create({
                "name": "P", "userid": "p%d" % number, "corp_id": corp.id,
                "user_id": self.user_employee.id if number == 1 else False})
        self.env["dingding.sync"].create({
            "corp_id": other.id, "kind": "users", "state": "done",
            "finished_at": "2026-01-15 08:00:00"})
        self.env["dingding.alert"].create({"corp_id": other.id, "kind": "x"})
        names = ["home_people", "unlinked_count", "alert_count", "last_sync_at"]
        rows = call_as(
            self.user_manager, CORP, "read", [self.corp.id, other.id], names)
        found = [[str(row[name]) for name in names] for row in rows]
        self.assertEqual(found, [
            ["2", "1", "0", "False"], ["1", "1", "1", "2026-01-15 08:00:00"]])
        rejected = "Outgoing Changes: Waiting: 0, rejected: 1"
        self.assertNotIn(rejected, self.mine().home_attention or "")
        self.env["dingding.outgoing.change"].create({
            "corp_id": self.corp.id, "operation": "update", "state": "failed",
            "person_id": people.search([("corp_id", "=", self.corp.id)], limit=1).id})
        compat.forget(self.env)
        self.assertIn(rejected, self.mine().home_attention.split("\n"))
        for method, model in (
            ("action_open_alerts", "dingding.alert"),
            ("action_open_people", "dingding.user"),
            ("action_open_unlinked", "dingding.user"),
            ("action_open_syncs", "dingding.sync"),
        ):
            action = call_as(self.user_manager, CORP, method, other.ids)
            self.assertEqual(action["res_model"], model)
            self.assertEqual(
                self.env[model].search_count(action["domain"]), 1, method)

    def test_a_waiting_sync_is_tried_now(self):
        sync = self.env["dingding.sync"].create({
            "corp_id": self.corp.id, "kind": "users", "state": "retry",
            "next_try": "2099-01-01 00:00:00"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_dingtalk, "dingding.sync", "action_try_now", sync.ids)
        call_as(self.user_manager, "dingding.sync", "action_try_now", sync.ids)
        self.assertEqual((sync.state, sync.next_try), ("queued", False))
        sync.write({"state": "done"})
        call_as(self.user_manager, "dingding.sync", "action_try_now", sync.ids)
        self.assertEqual(sync.state, "done")

    def test_home_is_for_managers(self):
        for user in self.user_portal | self.user_employee | self.user_dingtalk:
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, CORP, "action_home")
        for name in (
            "alert_count", "unlinked_count", "home_attention", "responsible_id",
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_dingtalk, CORP, "read", self.corp.ids, [name])
