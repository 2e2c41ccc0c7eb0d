# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from xml.etree import ElementTree

from odoo.exceptions import AccessError

from .. import compat, console
from ..models.dingding_health import LINE_STATES
from .common import call_as, portable
from .test_needs import NEED, NeedsCase

OVERVIEW, LINE = "dingding.overview", "dingding.overview.line"


@portable
class TestOverview(NeedsCase):
    def mine(self, user=None):
        user = user or self.user_manager
        return self.corp.with_env(self.env(user=user.id))

    def by_key(self, found):
        return {each["key"]: each for each in found}

    def person(self, userid, **values):
        return self.env["dingding.user"].create(
            dict({"name": userid, "userid": userid, "corp_id": self.corp.id}, **values)
        )

    def open(self, user=None):
        action = call_as(
            user or self.user_manager, "dingding.corp", "action_overview",
            self.corp.ids,
        )
        self.assertEqual(action["res_model"], OVERVIEW)
        return self.env[OVERVIEW].browse(action["res_id"])

    # -- what is shown -----------------------------------------------------------------

    def test_each_line_and_step_is_whole(self):
        states = {state for state, _label in LINE_STATES}
        lines, scopes = self.mine()._overview_lines(), self.mine()._setup_scopes()
        for line in lines:
            self.assertEqual(
                set(line), {"key", "label", "value", "state", "action", "section",
                            "parts"}, line)
            self.assertIn(line["state"], states, line)
            self.assertTrue(line["label"] and line["value"], line)
        for scope in scopes:
            self.assertEqual(
                set(scope), {"key", "title", "done", "next", "needs", "action",
                             "place", "values", "page", "marked"}, scope)
            self.assertEqual(
                set(scope["marked"]) - set(console.PAGES.get(scope["page"], ())),
                set(), scope)
            if scope["place"]:
                self.assertIn(scope["page"], console.PAGES, scope)
            self.assertIs(type(scope["done"]), bool, scope)
            self.assertEqual(bool(scope["next"]), not scope["done"], scope)
        for each in lines + scopes:
            action = each["action"]
            if action and "domain" in action:
                self.env[action["res_model"]].search_count(action["domain"])
        for found in (lines, scopes):
            self.assertEqual(len(self.by_key(found)), len(found))

    def test_figures(self):
        first = self.by_key(self.mine()._overview_lines())
        self.assertEqual(first["people"]["value"], "0, without a user: 0")
        self.assertEqual(first["messages"]["value"], "0, read: 0%, failed: 0")
        self.env["dingding.message"].create(
            {"app_id": self.app.id, "kind": "text", "name": "Hello", "body": "{}",
             "sender_id": self.user_manager.id, "people": 4, "people_read": 3})
        self.assertEqual((first["sync"]["value"], first["sync"]["state"]),
                         ("Not yet", "note"))
        self.person("a", user_id=self.user_employee.id)
        self.person("b")
        self.env["dingding.sync"].create(
            {"corp_id": self.corp.id, "kind": "users", "state": "failed"})
        self.corp.write({"nightly_pull": True, "nightly_hour": 3})
        then = self.by_key(self.mine()._overview_lines())
        self.assertEqual(then["people"]["value"], "2, without a user: 1")
        self.assertEqual(then["messages"]["value"], "1, read: 75%, failed: 0")
        self.assertEqual(then["sync"]["state"], "error")
        self.assertIn("Next at 3:00", then["sync"]["value"])
        self.assertEqual(
            then["people"]["action"]["domain"], [("corp_id", "=", self.corp.id)])

    def test_each_number_opens_its_records(self):
        self.person("a", user_id=self.user_employee.id)
        person = self.person("b")
        message = self.env["dingding.message"].create(
            {"app_id": self.app.id, "kind": "text", "name": "Hello", "body": "{}",
             "sender_id": self.user_manager.id})
        message.write({"state": "failed"})
        self.env["dingding.message.recipient"].create(
            {"message_id": message.id, "person_id": person.id, "name": "b",
             "state": "read"})
        sync = self.env["dingding.sync"].create(
            {"corp_id": self.corp.id, "kind": "users", "state": "confirm"})
        for kind in ("leaver", "changed"):
            self.env["dingding.sync.line"].create(
                {"sync_id": sync.id, "kind": kind, "subject": "person", "name": kind,
                 "action": "archive"})
        lines = self.open().line_ids
        keys = lines.mapped("key")
        below = ["people.matched", "people.unmatched", "people.leavers"]
        self.assertEqual(keys[keys.index("people") + 1:][:3], below)
        self.assertNotIn("outgoing.refused", keys, "there are none")
        for key in below + ["messages.recipients", "messages.failed"]:
            line = lines.filtered(lambda each, key=key: each.key == key)
            self.assertEqual((line.value, line.has_action), ("1", True), key)
            action = call_as(self.user_manager, LINE, "action_open", line.ids)
            found = compat.with_user(self.env[action["res_model"]], self.user_manager)
            self.assertEqual(found.search_count(action["domain"]), 1, key)

    def test_steps_are_done_by_what_is_true(self):
        def done():
            scopes = self.by_key(self.mine()._setup_scopes())
            return [key for key in ("connect", "read", "match") if scopes[key]["done"]]

        self.assertEqual(done(), [])
        self.corp.write({"test_state": "error"})
        self.assertEqual(done(), [])
        self.corp.write({"test_state": "ok"})
        self.assertEqual(done(), ["connect"])
        person = self.person("a")
        self.assertEqual(done(), ["connect", "read"])
        person.user_id = self.user_employee
        self.assertEqual(done(), ["connect", "read", "match"])
        self.app.app_secret = False
        self.assertEqual(done(), ["read", "match"])

    def test_the_message_goes_to_the_user(self):
        person = self.person("a", user_id=self.user_manager.id)
        action = self.by_key(self.mine()._setup_scopes())["message"]["action"]
        self.assertEqual((action["res_model"], action["target"]), (
            "dingding.send", "new"))
        dialog = self.env["dingding.send"].with_env(
            self.env(user=self.user_manager.id, context=action["context"]))
        values = dialog.default_get(["corp_id", "user_ids", "department_ids"])
        self.assertEqual(values["corp_id"], self.corp.id)
        self.assertEqual(
            [list(each) for each in values["user_ids"]], [[6, 0, person.ids]])
        self.assertFalse(values.get("department_ids"))

    def test_steps_name_permissions(self):
        scopes = self.by_key(self.mine()._setup_scopes())
        self.assertIn("qyapi_get_department_list", scopes["read"]["needs"])
        self.assertFalse(scopes["match"]["needs"])
        self.extend("dingding.corp", "_dingtalk_needs", lambda found: found + [NEED])
        needs = self.by_key(self.mine()._setup_scopes())["message"]["needs"]
        self.assertIn("Demo.All.Read", needs)
        self.assertIn("demo_event, user_demo", needs)

    # -- the window --------------------------------------------------------------------

    def test_the_window(self):
        self.corp.write({"test_state": "ok"})
        overview = self.open()
        self.assertDingTalkNotCalled()
        lines, scopes = overview.line_ids, overview.scope_ids
        self.assertEqual(
            lines.mapped("key"),
            [line["key"] for line in self.mine()._overview_lines()
             if line["section"] == "overview"])
        keys = [scope["key"] for scope in self.mine()._setup_scopes()]
        self.assertEqual(scopes.mapped("key"), keys)
        self.assertEqual(scopes.mapped("state")[:3], ["ok", "warning", "unchecked"])
        people = lines.filtered(lambda line: line.key == "people")
        action = call_as(self.user_manager, LINE, "action_open", people.ids)
        self.assertEqual(action["res_model"], "dingding.user")
        self.person("a")
        call_as(self.user_manager, OVERVIEW, "action_refresh", overview.ids)
        people = overview.line_ids.filtered(lambda line: line.key == "people")
        self.assertEqual(people.value, "1, without a user: 1")
        self.assertEqual(overview.scope_ids.mapped("key"), keys)
        self.assertEqual(
            overview.scope_ids.mapped("state")[:3], ["ok", "ok", "warning"])

    def test_a_line_opens_its_charts(self):
        lines = self.open().line_ids
        messages = lines.filtered(lambda line: line.key == "messages")
        action = call_as(self.user_manager, LINE, "action_open", messages.ids)
        self.assertEqual(
            [kind for _view, kind in action["views"]],
            ["list", "form", "graph", "pivot"])
        people = lines.filtered(lambda line: line.key == "people")
        action = call_as(self.user_manager, LINE, "action_open", people.ids)
        self.assertEqual(
            [kind for _view, kind in action["views"]],
            ["list", "form", "kanban", "graph", "pivot"])

    def test_recipients_have_a_chart_of_who_read(self):
        messages = self.env["dingding.message"].create(
            {"app_id": self.app.id, "kind": "text", "name": "Hello", "body": "{}",
             "sender_id": self.user_manager.id})
        for state in ("read", "unread"):
            self.env["dingding.message.recipient"].create(
                {"message_id": messages.id, "name": state, "state": state})
        line = self.open().line_ids.filtered(
            lambda each: each.key == "messages.recipients")
        self.assertEqual(line.value, "2")
        action = call_as(self.user_manager, LINE, "action_open", line.ids)
        self.assertEqual(
            [kind for _view, kind in action["views"]],
            ["list", "form", "graph", "pivot"])
        found = self.env[action["res_model"]].with_env(
            self.env(user=self.user_manager.id)).search(action["domain"])
        self.assertEqual(set(found.mapped("state")), {"read", "unread"})

    def test_the_step_opens_the_people_to_match(self):
        self.corp.write({"test_state": "ok"})
        self.person("a")
        overview = self.open()
        line = overview.scope_ids.filtered(lambda each: each.key == "match")
        self.assertTrue(line.has_action)
        for action in (
            call_as(self.user_manager, LINE, "action_open", line.ids),
            call_as(self.user_manager, OVERVIEW, "action_next", overview.ids),
        ):
            self.assertEqual(action["type"], "ir.actions.server")
            # sudo: as the web client runs it.
            found = self.env["ir.actions.server"].browse(action["id"]).sudo().with_env(
                self.env(user=self.user_manager.id)).run()
            self.assertEqual(found["res_model"], "dingding.user")
            self.assertEqual(
                found["id"], self.env.ref("dingding.dingding_user_action_match").id)

    def test_messages_show_where_a_version_is_published(self):
        step = self.setup_step("message")
        self.assertEqual((step["page"], step["marked"]), (
            "publish", ["version", "visible"]))
        self.assertIn("版本管理与发布", step["place"])

    def test_a_step_shows_the_page_of_the_console(self):
        def values(scopes, *args):
            scopes[0]["values"] = [("Address", "https://odoo.example.com/x")]
            return scopes

        self.extend("dingding.corp", "_setup_scopes", values)
        overview = self.open()
        action = call_as(self.user_manager, OVERVIEW, "action_next_page", overview.ids)
        self.assertEqual((action["res_model"], action["target"]), (LINE, "new"))
        line = self.env[LINE].browse(action["res_id"]).with_env(
            self.env(user=self.user_manager.id))
        self.assertEqual((line.key, line.page), ("connect", "credentials"))
        self.assertEqual(line.console_url, console.URL)
        self.assertEqual(line.value_ids.mapped("value"), ["https://odoo.example.com/x"])
        self.assertIn("data:image/svg+xml;base64,", line.drawing)
        match = overview.scope_ids.filtered(lambda each: each.key == "match")
        self.assertFalse(match.page or match.drawing or match.value_ids)

    def test_each_page_of_the_console_is_drawn(self):
        labels = self.env[LINE]._console_labels()
        for page, parts in console.PAGES.items():
            found = console.draw(page, parts[:1], labels)
            texts = [
                each.text for each in ElementTree.fromstring(found.encode("utf-8"))
                if each.tag.endswith("text")]
            for key in (page,) + parts:
                self.assertIn(labels[key], texts)
            self.assertIn("1", texts)
        hostile = dict(labels, ip="<script>&", console='"><script>')
        drawn = console.draw("security", ["ip"], hostile)
        self.assertNotIn("<script", drawn)
        image = console.image("security", ["ip"], hostile, '"><script>')
        self.assertNotIn("<script", image)

    def test_an_addon_adds_a_line_and_a_step(self):
        def more(lines, *args):
            return lines + [
                self.mine()._overview_line("punches", "Punches", "7", "warning")]

        def step(scopes, *args):
            return scopes + [self.mine()._setup_scope(
                "punches", "Punch", False, "Choose the clocks.", "message",
                "dingding.app")]

        self.extend("dingding.corp", "_overview_lines", more)
        self.extend("dingding.corp", "_setup_scopes", step)
        overview = self.open()
        line, scope = overview.line_ids[-1], overview.scope_ids[-1]
        self.assertEqual((line.name, line.value, line.state, line.has_action),
                         ("Punches", "7", "warning", False))
        self.assertEqual((scope.name, scope.value), ("Punch", "Choose the clocks."))
        self.assertIs(call_as(self.user_manager, LINE, "action_open", line.ids), True)
        action = call_as(self.user_manager, LINE, "action_open", scope.ids)
        self.assertEqual(action["res_model"], "dingding.app")

    def test_few_statements_however_many_people(self):
        counts = []
        for number in (0, 0, 30):
            for each in range(number):
                self.person("p%d" % each)
            compat.flush(self.env)
            compat.forget(self.env)
            mine = self.mine()
            with self.counted() as statements:
                mine._overview_lines()
                mine._setup_scopes()
            counts.append(len(statements))
        self.assertEqual(counts[1], counts[2])
        # A search reads the rules of its model; about nine a feature.
        self.assertLess(counts[1], 110)

    # -- rights ------------------------------------------------------------------------

    def test_only_managers(self):
        for user in (self.user_portal | self.user_employee | self.user_dingtalk):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.open(user)
        self.assertTrue(self.open(self.user_system))

    def test_a_manager_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other company"})
        other = self._make_user(
            self.env, "other", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )
        self.person("a")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.open(other)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(other, OVERVIEW, "create", {"corp_id": self.corp.id})
        theirs = self.env["dingding.corp"].create(
            {"name": "Theirs", "company_id": company.id})
        lines = self.by_key(
            theirs.with_env(self.env(user=other.id))._overview_lines())
        self.assertEqual(lines["people"]["value"], "0, without a user: 0")
        overview = self.open()
        self.user_manager.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, OVERVIEW, "action_refresh", overview.ids)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, LINE, "action_open", overview.line_ids[:1].ids)
