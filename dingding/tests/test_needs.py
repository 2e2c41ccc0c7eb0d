# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk.errors import PermissionDeniedError
from ..models.dingding_health import LINE_STATES, _AppCheck
from .common import DingTalkCase, portable

NEED = {
    "feature": "Demonstration", "purpose": "message", "permission": "Demo.All.Read",
    "title": "\u6f14\u793a", "when": "", "line": "",
    "events": ("demo_event", "user_demo"), "calls": "",
}


class NeedsCase(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.corps = self.env["dingding.corp"]
        self.corp = self.corps.browse(self.corp.id)

    def extend(self, model, name, function):
        """Let a function change a method's result."""
        model = type(self.env[model])
        before = getattr(model, name)

        def extended(records, *args):
            return function(before(records, *args), *args)

        self._replace(model, name, extended)


@portable
class TestNeeds(NeedsCase):
    def test_each_is_whole(self):
        lines = set(_AppCheck(self.app, 0).by_key) | {""}
        own = next(
            each for each in type(self.corps).__mro__
            if each.__module__.startswith("odoo.addons.dingding.")
            and "_dingtalk_needs" in vars(each)
        )._dingtalk_needs(self.corps)
        self.assertLessEqual({need["line"] for need in own}, lines)
        for need in self.corps._dingtalk_needs():
            self.assertEqual(set(need), set(NEED), need)
            self.assertIn(need["purpose"], self.corps._purposes(), need)
            self.assertTrue(need["feature"], need)
            self.assertTrue(
                need["permission"] or need["title"] or need["events"] or need["calls"],
                need,
            )

    def test_events_of_addons(self):
        known = self.corps._dingtalk_events()
        self.extend(
            "dingding.corp", "_dingtalk_needs", lambda found: found + [NEED, NEED])
        self.assertEqual(
            self.corps._dingtalk_events(), known + ("demo_event", "user_demo"))

    def test_connection_test_names_permissions(self):
        self.extend("dingding.corp", "_dingtalk_needs", lambda found: found + [NEED])
        found = {
            line["name"]: line for line in self.env["dingding.health"]._check(self.corp)
        }
        asked = found["Permission: read departments"]
        self.assertEqual(asked["state"], "ok")
        self.assertIn("qyapi_get_department_list", asked["message"])
        note = found["Permissions: Demonstration"]
        self.assertEqual(note["state"], "note")
        self.assertEqual(note["message"], "Demo.All.Read \u6f14\u793a")
        self.assertEqual(note["app_id"], self.app.id)
        self.assertTrue(note["remedy"] and note["address"])

    def test_what_needs_no_permission_shows_none(self):
        free = dict(NEED, permission="", title="", when="if asked", line="message",
                    events=())
        self.extend("dingding.corp", "_dingtalk_needs", lambda found: found + [free])
        found = {
            line["name"]: line for line in self.env["dingding.health"]._check(self.corp)
        }
        self.assertEqual(found["Work notifications"]["message"], "")
        self.assertNotIn("if asked", self.corp._needs_of("message"))

    def test_permissions_of_the_application_that_serves(self):
        second = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id})
        self.corp.message_app_id = second
        self.extend("dingding.corp", "_dingtalk_needs", lambda found: found + [NEED])
        health = self.env["dingding.health"]
        named = "Permissions: Demonstration"
        self.assertNotIn(
            named, [line["name"] for line in health._needs_lines(self.app)])
        self.assertIn(named, [line["name"] for line in health._needs_lines(second)])


@portable
class TestPurposes(NeedsCase):
    def test_used_for(self):
        app = self.env["dingding.app"].browse(self.app.id)
        second = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id})
        label = self.corps._purpose_label("message")
        self.assertEqual(label, "Application for messages")
        self.assertIn(label, app.used_for)
        self.assertFalse(second.used_for)
        self.corp.message_app_id = second
        compat.forget(self.env)
        self.assertNotIn(label, app.used_for)
        self.assertEqual(second.used_for, label)

    def test_an_application_of_another_organisation(self):
        other = self.corps.create({"name": "Other"})
        theirs = self.env["dingding.app"].create(
            {"name": "Theirs", "app_key": "theirs", "corp_id": other.id})
        for name in ["app_id"] + [each + "_app_id" for each in self.corps._purposes()]:
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.corp.write({name: theirs.id})
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.corps.create({"name": "Third", name: theirs.id})


@portable
class TestHealthOfAddons(NeedsCase):
    def setUp(self):
        super().setUp()
        self.health = self.env["dingding.health"]

    def test_lines_of_applications_and_organisations(self):
        self.extend(
            "dingding.health", "_check_app", lambda lines, app, deadline:
            lines + [self.health._line("Of the application", "ok", app=app)])
        self.extend(
            "dingding.health", "_check_corp", lambda lines, corp, deadline:
            lines + [self.health._line("Of " + corp.name, "warning", "Said", "Do")])
        lines = self.health._check(self.corp)
        by_name = {line["name"]: line for line in lines}
        self.assertEqual(by_name["Of the application"]["app_id"], self.app.id)
        mine = by_name["Of " + self.corp.name]
        self.assertEqual((mine["state"], mine["remedy"]), ("warning", "Do"))
        self.assertFalse(mine["app_id"])
        self.assertTrue(self.health._open(self.corp)["res_id"])

    def test_a_mistake_of_an_addon_is_a_line(self):
        def broken(lines, corp, deadline):
            raise ZeroDivisionError()

        self.extend("dingding.health", "_check_corp", broken)
        with mute_logger("odoo.addons.dingding.models.dingding_health"):
            lines = self.health._check(self.corp)
        self.assertEqual(lines[-1]["message"], "ZeroDivisionError")
        self.assertEqual(lines[-1]["state"], "error")
        self.assertIn("Range of contacts", [line["name"] for line in lines])

    def test_asking(self):
        def refuse(word):
            raise PermissionDeniedError("60011", word)

        soon = time.monotonic() + 60
        refused = self.health._ask_line("Rows", self.app, soon, refuse, "no")
        self.assertEqual((refused["state"], refused["name"]), ("error", "Rows"))
        self.assertIn("60011", refused["message"])
        self.assertTrue(refused["remedy"] and refused["address"])
        good = self.health._ask_line("Rows", self.app, soon, len, "x")
        self.assertEqual(good["state"], "ok")
        late = self.health._ask_line("Rows", self.app, soon - 120, refuse, "no")
        self.assertEqual(late["state"], "unchecked")
        known = {state for state, _label in LINE_STATES}
        self.assertTrue({refused["state"], good["state"], late["state"]} <= known)
