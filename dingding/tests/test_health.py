# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import socket
import time

from odoo import fields
from odoo.tools import mute_logger

from ..models import dingding_health
from ..models.dingding_app import DingdingApp
from ..models.queue import ACTION
from .common import DingTalkCase, call_as, portable

KEYS = {
    "Connection to DingTalk": "address",
    "AppKey and AppSecret": "credentials",
    "Clock of this server": "clock",
    "IP address of this server": "ip",
    "CorpId": "corp",
    "Range of contacts": "scope",
    "Permission: read departments": "departments",
    "Permission: read the people of a department": "members",
    "Permission: read a person": "member",
    "Mobile numbers": "mobile",
    "E-mail addresses": "email",
    "Work notifications": "message",
    "AgentId": "agent",
}


@portable
class TestHealth(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.health = self.env["dingding.health"]
        self.env.ref(ACTION).nextcall = fields.Datetime.now()

    def check(self):
        started = time.monotonic()
        corp = self.env["dingding.corp"].browse(self.corp.id)
        lines = self.health._check(corp)
        self.seconds = time.monotonic() - started
        # See test_encryption and test_queue.
        self.assertEqual(lines.pop()["name"], "Secrets in the database")
        self.assertEqual(lines.pop()["name"], "Scheduled actions")
        # See test_needs. Addons have more lines.
        return {
            KEYS[line["name"]]: line for line in lines if line["name"] in KEYS
        }

    def assertStates(self, lines, **expected):
        rest = expected.pop("rest", "ok")
        for key, line in lines.items():
            self.assertEqual(line["state"], expected.get(key, rest), (key, line))
        self.assertFalse(set(expected) - set(lines))

    def test_all_green(self):
        lines = self.check()
        self.assertEqual(set(lines), set(KEYS.values()))
        self.assertStates(lines)

    def test_address_of_this_odoo(self):
        def line():
            lines = self.health._check_corp(self.corp, time.monotonic() + 60)
            return lines[0]["state"], lines[0]["message"]

        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("web.base.url", "https://odoo.example.com")
        self.assertEqual(line(), ("ok", "https://odoo.example.com"))
        parameters.set_param("web.base.url", "http://127.0.0.1:8069")
        state, message = line()
        self.assertEqual(state, "note")
        self.assertIn("127.0.0.1", message)

    def test_nothing_is_sent_and_nothing_written(self):
        self.check()
        calls = self.simulator.calls()["by_path"]
        self.assertFalse([path for path in calls if "asyncsend" in path])
        self.assertLessEqual(sum(calls.values()), 9)
        self.assertFalse(self.env["dingding.token"].search([]))
        self.assertFalse(self.env["dingding.user"].search([]))

    def test_window(self):
        action = call_as(
            self.user_manager, "dingding.corp", "action_test_connection", self.corp.ids
        )
        self.assertEqual(action["target"], "new")
        health = self.env["dingding.health"].browse(action["res_id"])
        self.assertEqual(health.state, "ok")
        # Those that DingTalk does not report are not said to work.
        notes = health.line_ids.filtered(lambda line: line.state == "note")
        self.assertEqual(
            health.summary, "The connection works. Notes: %d." % len(notes))
        names = health.line_ids.mapped("name")
        self.assertEqual(len(set(KEYS) & set(names)), len(KEYS))
        self.assertIn("Secrets in the database", names)
        self.assertIn("Permissions: Writing departments and people", names)
        self.simulator.settings(ip_whitelist=["10.9.9.9"])
        again = call_as(
            self.user_manager, "dingding.health", "action_check_again", health.ids
        )
        self.assertNotEqual(again["res_id"], health.id)
        health = self.env["dingding.health"].browse(again["res_id"])
        self.assertEqual(health.state, "error")

    def test_wrong_secret(self):
        self.app.write({"app_secret": "wrong"})
        lines = self.check()
        self.assertStates(
            lines, address="ok", clock="ok", credentials="error", rest="unchecked"
        )
        self.assertIn("invalidClientIdOrSecret", lines["credentials"]["message"])
        self.assertIn("open-dev.dingtalk.com", lines["credentials"]["address"])

    def test_a_valid_token_does_not_hide_a_wrong_secret(self):
        self.app._dingtalk_client().app_token()
        self.env["dingding.secret"]._set(self.app, "app_secret", "wrong")
        self.assertEqual(self.check()["credentials"]["state"], "error")

    def test_wrong_key(self):
        self.app.write({"app_key": "dingnobody"})
        self.assertEqual(self.check()["credentials"]["state"], "error")

    def test_no_secret(self):
        self.app.write({"app_secret": False})
        lines = self.check()
        self.assertStates(lines, credentials="error", rest="unchecked")
        self.assertDingTalkNotCalled()

    def test_no_application(self):
        self.app.unlink()
        corp = self.env["dingding.corp"].browse(self.corp.id)
        lines = self.health._check(corp)
        self.assertEqual([line["state"] for line in lines], ["error"])
        self.assertTrue(self.health._open(corp)["res_id"])

    def test_ip_refused(self):
        for style in ("wrapped", "bare"):
            self.simulator.settings(
                ip_whitelist=["10.9.9.9"], request_ip="203.0.113.7",
                ip_error_style=style,
            )
            lines = self.check()
            self.assertEqual(lines["ip"]["state"], "error")
            self.assertIn("203.0.113.7", lines["ip"]["remedy"])
            self.assertIn("服务器出口IP", lines["ip"]["remedy"])
            self.assertTrue(lines["ip"]["address"].startswith("https://"))
            self.assertEqual(lines["credentials"]["state"], "ok")
            self.assertEqual(lines["departments"]["state"], "unchecked")

    def test_each_permission(self):
        everything = self.simulator.control("GET", "/settings")["scopes"]
        for scope, key in (
            ("qyapi_get_department_list", "departments"),
            ("qyapi_get_department_member", "members"),
            ("qyapi_get_member", "member"),
        ):
            for style in ("wrapped", "bare"):
                self.simulator.settings(
                    scopes=[name for name in everything if name != scope],
                    permission_error_style=style,
                )
                lines = self.check()
                self.assertStates(lines, **{key: "error"})
                self.assertTrue(lines[key]["address"].startswith("https://"))
                if style == "wrapped":
                    self.assertIn(scope, lines[key]["remedy"])
                    self.assertIn(scope, lines[key]["address"])

    def test_fields_that_are_not_given(self):
        self.simulator.settings(fields={"mobile": False, "email": False})
        self.assertStates(self.check(), mobile="warning", email="warning")

    def test_range_of_contacts(self):
        department = self.simulator.departments()
        ids = [
            row["dept_id"]
            for row in (
                department if isinstance(department, list)
                else department["departments"]
            )
            if row["dept_id"] != 1
        ]
        self.simulator.settings(contact_scope={"departments": ids[:1], "users": []})
        self.assertStates(self.check(), scope="warning")
        self.simulator.settings(contact_scope={"departments": [], "users": []})
        self.assertEqual(self.check()["scope"]["state"], "error")

    def test_root_that_is_hidden_though_it_is_in_the_range(self):
        for path, key in (("/topapi/v2/department/listsub", "departments"),
                          ("/topapi/v2/user/list", "members")):
            self.simulator.fault("error", path, code="50004")
            lines = self.check()
            self.assertStates(lines, **{key: "error"})
            self.assertIn("50004", lines[key]["message"])
            self.assertIn("通讯录权限范围", lines[key]["remedy"])
            self.assertTrue(lines[key]["address"])

    def test_range_of_single_people(self):
        """The root is hidden."""
        self.simulator.settings(contact_scope={
            "departments": [], "users": [self.simulator.users()[0]["userid"]]})
        self.assertStates(self.check(), scope="warning")

    def test_refused_value_is_a_problem(self):
        self.simulator.fault("error", "/topapi/v2/user/list", code="40035")
        self.assertStates(self.check(), members="error")

    def test_agent_id(self):
        self.app.agent_id = "12345"
        self.assertStates(self.check(), agent="error", message="unchecked")
        self.app.agent_id = False
        self.assertStates(self.check(), agent="warning", message="unchecked")

    def progress_says(self, *codes):
        for code in codes:
            self.simulator.fault(
                "error", "/topapi/message/corpconversation/getsendprogress",
                code=str(code))

    def test_agent_id_that_dingtalk_refuses_in_other_words(self):
        self.progress_says(400002, 400002)
        lines = self.check()
        self.assertStates(lines, agent="error")
        self.assertIn("AgentId", lines["agent"]["remedy"])

    def test_agent_id_that_dingtalk_does_not_tell_from_others(self):
        self.progress_says(40035, 40035)
        self.assertStates(self.check(), agent="warning")

    def test_agent_id_of_a_message_that_was_sent(self):
        person = self.simulator.users()[0]["userid"]
        number = self.app._dingtalk_client().messages.send(
            self.app.agent_id, {"msgtype": "text", "text": {"content": "x"}}, [person])
        message = self.env["dingding.message"].create({
            "name": "x", "app_id": self.app.id, "kind": "text", "body": "{}",
            "sender_id": self.env.user.id})
        self.env["dingding.message.task"].create({
            "app_id": self.app.id, "dingtalk_task": number, "state": "done",
            "message_id": message.id})
        self.progress_says(40035)
        self.assertStates(self.check())

    def test_corp_id(self):
        self.corp.corp_id = "ding0000000000000000000000000000000000"
        self.assertStates(self.check(), corp="warning")
        self.corp.corp_id = False
        self.assertNotIn("corp", self.check())

    def test_clock(self):
        for offset, state in ((0, "ok"), (40, "ok"), (-40, "ok"), (90, "warning"),
                              (-90, "warning"), (86400, "warning")):
            self.simulator.settings(clock_offset=offset)
            self.assertStates(self.check(), clock=state)
        self.simulator.settings(clock_offset=300)
        self.assertIn("behind", self.check()["clock"]["message"])
        self.simulator.settings(clock_offset=-300)
        self.assertIn("ahead", self.check()["clock"]["message"])

    # -- DingTalk is not well --------------------------------------------------

    def test_nobody_there(self):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))  # bound and not listening: refused
        self._point_at(self.app, "http://127.0.0.1:%d" % sock.getsockname()[1])
        lines = self.check()
        self.assertStates(lines, address="error", rest="unchecked")
        self.assertLess(self.seconds, 60)

    def test_answers_that_are_none(self):
        for kind in ("html", "not_json", "http_500", "reset", "banned"):
            for path in ("/v1.0/oauth2/accessToken", "/topapi/v2/department/listsub"):
                self.simulator.reset()
                self.simulator.fault(kind, path, times=9)
                lines = self.check()
                self.assertEqual(lines["address"]["state"], "error", (kind, path))
                self.assertTrue(lines["address"]["remedy"], (kind, path))
                self.assertEqual(lines["message"]["state"], "unchecked")

    def test_busy_and_throttled(self):
        for kind in ("busy", "throttled"):
            self.simulator.reset()
            self.simulator.fault(kind, "/topapi/v2/department/listsub", times=9)
            lines = self.check()
            self.assertEqual(lines["departments"]["state"], "error", (kind, lines))
            self.assertEqual(lines["message"]["state"], "ok")

    def test_throttled_from_the_start(self):
        for kind in ("throttled", "busy"):
            self.simulator.reset()
            self.simulator.fault(kind, "/v1.0/oauth2/accessToken", times=9)
            lines = self.check()
            self.assertStates(
                lines, address="ok", clock="ok", credentials="warning",
                rest="unchecked")
            self.assertTrue(lines["credentials"]["remedy"])
            states = [line["state"] for line in lines.values()]
            self.assertIn("Not everything", self.health._summary(states))

    def test_silence_is_bounded(self):
        self.simulator.fault("hang", "/topapi/v2/user/list", times=9, seconds=100)
        # All other answers arrive in time on a busy machine, too.
        self._replace(dingding_health, "READ_TIMEOUT", 5)
        lines = self.check()
        self.assertEqual(lines["address"]["state"], "error")
        self.assertEqual(lines["departments"]["state"], "ok")
        self.assertLess(self.seconds, 90)

    def test_a_mistake_of_ours_is_a_line_too(self):
        def broken(app, **options):
            raise ZeroDivisionError("oops")

        self._replace(DingdingApp, "_dingtalk_client", broken)
        with mute_logger("odoo.addons.dingding.models.dingding_health"):
            lines = self.check()
        self.assertIn("error", [line["state"] for line in lines.values()])

    def test_two_applications(self):
        second = self.second_app(app_secret="wrong", kind="login", agent_id=False)
        corp = self.env["dingding.corp"].browse(self.corp.id)
        lines = self.health._check(corp)
        first = [line for line in lines if line["app_id"] == self.app.id]
        other = [line for line in lines if line["app_id"] == second.id]
        self.assertEqual({line["state"] for line in first}, {"ok", "note"})
        self.assertIn("error", {line["state"] for line in other})
        self.assertLess(len(other), len(first))

    def test_no_line_shows_the_secret(self):
        self.app.write({"app_secret": "wrong-secret-value"})
        self.assertNotIn("wrong-secret-value", repr(self.check()))
