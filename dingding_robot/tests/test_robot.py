# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret import MASK
from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable

from ..hooks import uninstall_hook

SEND = "/robot/send"
ROBOT, MESSAGE = "dingding.robot", "dingding.robot.message"


class RobotCase(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.secret = "SECofthetests"
        self.hook = self.simulator.control(
            "POST", "/robots", {"name": "Odoo", "secret": self.secret}
        )
        self.robot = self.make_robot()

    def make_robot(self, **values):
        return self.env[ROBOT].create(
            dict(
                {
                    "name": "Sales",
                    "corp_id": self.corp.id,
                    "webhook": self.hook["webhook"],
                    "secret": self.secret,
                },
                **values
            )
        )

    def change_hook(self, **values):
        """Change the robot's settings in DingTalk."""
        self.simulator.control("PATCH", "/robots/" + self.hook["token"], values)

    def said(self):
        """Return the bodies sent to the group, oldest first."""
        found = []
        for group in self.simulator.control("GET", "/groups"):
            found += [
                message["msg"]
                for message in reversed(group["messages"])
                if message["source"] == "webhook"
            ]
        return found

    def due_now(self, rows):
        rows.write({"next_try": "2001-01-01 00:00:00"})

    def minute_later(self):
        self.env.cr.execute("DELETE FROM dingding_robot_slot")


@portable
class TestRobot(RobotCase):
    def test_an_archived_organisation_sends_nothing(self):
        message = self.robot.send_text("Waits")
        self.corp.active = False
        compat.flush(self.env)
        self.process_queue(MESSAGE)
        compat.forget(self.env)
        self.assertEqual(message.state, "failed")
        self.assertDingTalkNotCalled(SEND)
        with self.assertRaises(UserError):
            self.robot.send_text("Later")

    def test_failed_messages_are_gathered(self):
        message = self.robot.send_text("Hello")
        message.write({"state": "failed", "last_error": "Gone"})
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "robot")])
        self.assertEqual(
            (alert.corp_id, alert.count, alert.reason), (self.corp, 1, "Gone"))
        message.write({"state": "done"})
        alerts._cron_check()
        self.assertEqual(alert.state, "solved")

    def test_kinds(self):
        robot = self.robot
        robot.send_text("Hello", at_mobiles=["13800000000"], at_all=True)
        robot.send_markdown("Title", "**Bold**")
        robot.send_link(
            "Title", "Text", "https://example.com/a", "https://example.com/b"
        )
        robot.send_action_card("Title", "Text", [("Open", "https://example.com/")])
        robot.send_action_card(
            "Title", "Text",
            [("Yes", "https://example.com/y"), ("No", "https://example.com/n")], True,
        )
        self.assertDingTalkNotCalled(SEND)
        self.process_queue(MESSAGE)
        said = self.said()
        self.assertEqual(
            [body["msgtype"] for body in said],
            ["text", "markdown", "link", "actionCard", "actionCard"],
        )
        self.assertTrue(said[0]["at"]["isAtAll"])
        self.assertEqual(said[0]["at"]["atMobiles"], ["13800000000"])
        self.assertEqual(len(said[4]["actionCard"]["btns"]), 2)
        rows = self.env[MESSAGE].search([("robot_id", "=", robot.id)])
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertTrue(all(row.sent_at and not row.last_error for row in rows))

    def test_called_by_at(self):
        userid = self.simulator.users()[0]["userid"]
        person = self.env["dingding.user"].create(
            {"name": "P", "userid": userid, "corp_id": self.corp.id}
        )
        self.robot.send_text("One", at=person)
        person.user_id = self.user_employee
        self.robot.send_text("Two", at=self.user_employee)
        self.robot.send_text("Three", at=[userid])
        self.process_queue(MESSAGE)
        self.assertEqual(
            [body["at"]["atUserIds"] for body in self.said()], [[userid]] * 3
        )

    def test_rollback_says_nothing(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.robot.send_text("Never")
            raise ZeroDivisionError()
        self.process_queue(MESSAGE)
        self.assertEqual(self.said(), [])

    def test_secrets_are_written_and_not_read(self):
        token = self.hook["token"]
        for user in (self.user_dingtalk, self.user_manager, self.user_system):
            values = call_as(user, ROBOT, "read", self.robot.ids, [])[0]
            if user == self.user_system:
                self.assertEqual((values["webhook"], values["secret"]), (MASK, MASK))
            else:
                self.assertNotIn("webhook", values)
            self.assertNotIn(token, repr(values))
            self.assertNotIn(self.secret, repr(values))
        copy = self.robot.copy()
        self.assertFalse(copy.webhook or copy.secret)
        # Writing the mask that the form displays changes nothing.
        self.robot.write({"webhook": MASK, "secret": MASK})
        self.robot.send_text("Still there")
        self.process_queue(MESSAGE)
        self.assertEqual(len(self.said()), 1)
        with self.assertRaises(ValidationError):
            self.robot.secret = MASK + "x"
        self.robot.secret = False
        self.assertFalse(self.robot.secret)

    def test_secrets_go_with_the_robot(self):
        where = [("res_model", "=", ROBOT), ("res_id", "=", self.robot.id)]
        self.assertEqual(self.env["dingding.secret"].search_count(where), 2)
        self.robot.unlink()
        self.assertEqual(self.env["dingding.secret"].search_count(where), 0)

    def test_secrets_go_with_the_organisation(self):
        """A reader of the webhook in a backup could post to the group."""
        where = [("res_model", "=", ROBOT)]
        self.assertEqual(self.env["dingding.secret"].search_count(where), 2)
        self.corp.unlink()
        self.assertEqual(self.env["dingding.secret"].search_count(where), 0)

    def test_secrets_go_with_the_addon(self):
        where = [("res_model", "=", ROBOT)]
        self.assertEqual(self.env["dingding.secret"].search_count(where), 2)
        self.app.app_secret = "s-e-c-r-e-t"
        compat.flush(self.env)
        uninstall_hook(self.env if compat.SERIES >= 17 else self.env.cr)
        compat.forget(self.env)
        self.assertEqual(self.env["dingding.secret"].search_count(where), 0)
        self.assertEqual(self.app._secret(), "s-e-c-r-e-t")

    def test_addresses_elsewhere_are_refused(self):
        good = self.hook["webhook"]
        for url in (
            "https://elsewhere.example/robot/send?access_token=x",
            "http://127.0.0.1:22/robot/send?access_token=x",
            good.replace("/robot/send", "/gettoken"),
            good.partition("?")[0],
            good.replace("http://", "http://user@"),
            "robot",
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.robot.webhook = url
        self.robot.webhook = " %s " % good

    def test_keyword_is_added(self):
        self.change_hook(keywords=["Odoo:"])
        self.robot.keyword = "Odoo:"
        self.robot.send_text("Hello")
        self.robot.send_text("Odoo: has it")
        self.robot.send_markdown("Title", "x")
        self.process_queue(MESSAGE)
        said = self.said()
        self.assertEqual(said[0]["text"]["content"], "Odoo:\n\nHello")
        self.assertEqual(said[1]["text"]["content"], "Odoo: has it")
        self.assertEqual(said[2]["markdown"]["text"], "Odoo:\n\nx")

    def test_a_keyword_in_an_address_is_not_shown(self):
        self.robot.keyword = "odoo"
        self.robot.send_link(
            "Title", "x", "https://odoo.example.com/", "https://odoo.example.com/p")
        self.robot.send_link("An odoo", "x", "https://example.com/")
        self.process_queue(MESSAGE)
        self.assertEqual(
            [each["link"]["text"] for each in self.said()], ["odoo\n\nx", "x"])

    def refused(self, changes, remedy, words):
        self.change_hook(**changes)
        message = self.robot.send_text("Hello")
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.error_remedy, remedy)
        self.assertIn(words, message.remedy)
        self.assertEqual(self.said(), [])

    def test_refused_for_the_keyword(self):
        self.refused({"keywords": ["build"]}, "robot_keyword", "keyword")

    def test_refused_for_the_signature(self):
        self.refused({"secret": "SECanother"}, "robot_signature", "SEC")

    def test_refused_for_the_address(self):
        self.refused({"ip_whitelist": ["10.0.0.1"]}, "robot_ip", "address")

    def test_refused_because_it_is_gone(self):
        self.refused({"enabled": False}, "robot_webhook", "webhook URL")

    def test_twenty_a_minute(self):
        rows = self.env[MESSAGE]
        for number in range(25):
            rows |= self.robot.send_text("Number %d" % number)
        self.process_queue(MESSAGE)
        self.assertDingTalkCalled(SEND, 20)
        waiting = rows.filtered(lambda row: row.state == "queued")
        self.assertEqual(len(waiting), 5)
        self.assertEqual(set(waiting.mapped("attempts")), {0})
        self.assertFalse(any(waiting.mapped("last_error")))
        self.assertTrue(all(waiting.mapped("next_try")))
        # The limits of other robots are unaffected.
        other = self.simulator.control("POST", "/robots", {"name": "Other"})
        self.make_robot(webhook=other["webhook"], secret=False).send_text("Other")
        self.process_queue(MESSAGE)
        self.assertDingTalkCalled(SEND, 21)
        self.simulator.settings(clock_offset=61)
        self.minute_later()
        self.change_hook(secret="")
        self.robot.secret = False
        self.due_now(waiting)
        self.process_queue(MESSAGE)
        self.assertEqual(set(rows.mapped("state")), {"done"})

    def test_two_robots_with_one_webhook(self):
        """DingTalk counts the messages of a webhook, and blocks it for ten minutes."""
        twin = self.make_robot(name="Purchase")
        for number in range(15):
            self.robot.send_text("Sale %d" % number)
            twin.send_text("Purchase %d" % number)
        self.process_queue(MESSAGE)
        self.assertDingTalkCalled(SEND, 20)
        self.assertEqual(len(self.said()), 20)
        waiting = self.env[MESSAGE].search([("state", "!=", "done")])
        self.assertEqual((len(waiting), set(waiting.mapped("state"))), (10, {"queued"}))
        self.minute_later()
        # Either of them may learn of the block.
        self.simulator.fault("throttled", path=SEND, code="130101")
        last = twin.send_text("Blocked")
        self.due_now(last)
        waiting.unlink()
        self.process_queue(MESSAGE)
        row = self.robot.send_text("Waits")
        self.process_queue(MESSAGE)
        self.assertEqual((last.state, row.state), ("retry", "queued"))
        self.assertDingTalkCalled(SEND, 21)
        # An archived one counts, and one whose webhook is lost is none of them.
        self.robot.active = False
        self.assertEqual(twin._counted_as(), self.robot.id)
        self.env["dingding.secret"]._set(self.robot, "webhook", "")
        self.assertEqual(twin._counted_as(), twin.id)

    def test_the_webhooks_of_many_robots_are_one_statement(self):
        robots = [self.make_robot(name="Robot %d" % number) for number in range(3)]
        read, reads = compat.execute_unseen, []

        def counted(*args):
            reads.append(args[1])
            return read(*args)

        self._replace(compat, "execute_unseen", counted)
        self.assertEqual(robots[-1]._counted_as(), self.robot.id)
        self.assertEqual(len(reads), 1)
        # With its organisation PostgreSQL deletes a robot, but not its webhook.
        self.env.cr.execute(
            "DELETE FROM dingding_robot WHERE id = %s", [self.robot.id])
        compat.forget(self.env)
        self.assertEqual(robots[-1]._counted_as(), robots[0].id)

    def test_a_clock_that_was_put_back(self):
        """Slots from a clock that was a day ahead do not block until then."""
        slots = self.env["dingding.robot.slot"]
        slots._silence(self.robot.id, 600)
        row = self.robot.send_text("Today")
        self.process_queue(MESSAGE)
        self.assertEqual(row.state, "queued")
        self.env.cr.execute(
            "UPDATE dingding_robot_slot SET until = until + interval '1 day'")
        self.due_now(row)
        self.process_queue(MESSAGE)
        self.assertEqual(row.state, "done")

    def test_silenced_by_somebody_else(self):
        """After another program exceeded the limit, no worker calls for ten minutes."""
        self.simulator.fault("throttled", path=SEND, code="130101")
        first = self.robot.send_text("One")
        second = self.robot.send_text("Two")
        self.process_queue(MESSAGE)
        self.assertDingTalkCalled(SEND, 1)
        self.assertEqual(first.state, "retry")
        self.assertEqual(first.error_remedy, "robot_limit")
        wait = fields.Datetime.from_string(second.next_try) - second._now()
        self.assertGreater(wait.total_seconds(), 590)
        self.minute_later()
        self.due_now(first | second)
        self.process_queue(MESSAGE)
        self.assertEqual({first.state, second.state}, {"done"})

    def test_answer_lost(self):
        self.simulator.fault("timeout_after", path=SEND, seconds=0)
        message = self.robot.send_text("Once")
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "retry")
        self.assertTrue(message.maybe_since)
        self.due_now(message)
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "done")
        self.assertDingTalkCalled(SEND, 2)
        self.assertEqual(len(self.said()), 1, "DingTalk has dropped the repetition")

    def test_said_and_then_a_conflict(self):
        message = self.robot.send_text("Once")
        model, lost = type(message), []
        done = model._done

        def failing(row):
            if not lost:
                lost.append(row.id)
                compat.begin_anew(row.env.cr)
            return done(row)

        self._replace(model, "_done", failing)
        with mute_logger("odoo.sql_db"):
            self.process_queue(MESSAGE)
        self.due_now(message)
        self.process_queue(MESSAGE)
        self.assertEqual((len(lost), message.state), (1, "done"))
        self.assertDingTalkCalled(SEND, 1)

    def test_answer_lost_long_ago(self):
        self.simulator.fault("timeout_after", path=SEND, seconds=0)
        message = self.robot.send_text("Once")
        self.process_queue(MESSAGE)
        message.write({"maybe_since": "2001-01-01 00:00:00", "state": "working"})
        self.due_now(message)
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "unknown")
        self.assertDingTalkCalled(SEND, 1)
        call_as(self.user_manager, MESSAGE, "action_mark_sent", message.ids)
        self.assertEqual(message.state, "done")

    def test_interrupted_worker(self):
        message = self.robot.send_text("Once")
        message.write(
            {
                "state": "working",
                "maybe_since": fields.Datetime.now(),
                "maybe_attempt": 1,
                "attempts": 1,
            }
        )
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "done")
        self.assertEqual(len(self.said()), 1)

    def test_server_away_then_back(self):
        self.simulator.fault("http_500", path=SEND)
        message = self.robot.send_text("Later")
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "retry")
        self.due_now(message)
        self.process_queue(MESSAGE)
        self.assertEqual(message.state, "done")

    def test_limits_are_told_at_once(self):
        with self.assertRaises(UserError):
            self.robot.send_text("x" * 20001)
        with self.assertRaises(UserError):
            self.robot.send_text("")
        with self.assertRaises(UserError):
            self.robot.send_action_card("t", "x", [])
        self.robot.active = False
        with self.assertRaises(UserError):
            self.robot.send_text("x")

    def test_button(self):
        action = self.robot.action_test()
        message = self.env[MESSAGE].browse(action["res_id"])
        self.assertEqual(message.state, "done")
        self.assertEqual(message.sender_id, self.env.user)
        self.assertEqual(len(self.said()), 1)
        self.change_hook(secret="SECanother")
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.robot.action_test()
        self.assertIn("310000", str(caught.exception))

    def test_key_is_the_same_in_each_attempt(self):
        self.simulator.fault("http_500", path=SEND)
        message = self.robot.send_text("x")
        key = message.uuid
        self.process_queue(MESSAGE)
        self.due_now(message)
        self.process_queue(MESSAGE)
        self.assertEqual(message.uuid, key)
        self.assertNotEqual(self.robot.send_text("x").uuid, key)
        self.assertNotIn(self.hook["token"], message.body)
        self.assertEqual(json.loads(message.body)["text"]["content"], "x")


@portable
class TestRobotRights(RobotCase):
    def refused(self, user, model, method, *args):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(user, model, method, *args)

    def test_strangers_portal_employees(self):
        message = self.robot.send_text("Secret")
        for user in (self.user_public, self.user_portal, self.user_employee):
            for model, row in ((ROBOT, self.robot), (MESSAGE, message)):
                self.refused(user, model, "search", [])
                self.refused(user, model, "read", row.ids, ["name"])
                self.refused(user, model, "create", {"name": "x"})
                self.refused(user, model, "unlink", row.ids)
            self.refused(user, ROBOT, "send_text", self.robot.ids, "x")
            self.refused(user, ROBOT, "action_test", self.robot.ids)
            self.refused(user, MESSAGE, "action_retry", message.ids)

    def test_dingtalk_user(self):
        user = self.user_dingtalk
        other = self.robot.send_text("Not mine")
        found = call_as(user, ROBOT, "send_text", self.robot.ids, "Mine")
        mine = self.env[MESSAGE].browse(getattr(found, "ids", found))
        self.assertEqual(mine.sender_id, user)
        seen = call_as(user, MESSAGE, "search", [])
        self.assertEqual(list(getattr(seen, "ids", seen)), mine.ids)
        self.refused(user, MESSAGE, "read", other.ids, ["body"])
        self.refused(user, MESSAGE, "write", mine.ids, {"body": "{}"})
        self.refused(
            user, MESSAGE, "create",
            {"robot_id": self.robot.id, "name": "x", "kind": "text", "body": "{}"},
        )
        values = call_as(user, ROBOT, "read", self.robot.ids, [])[0]
        self.assertNotIn("webhook", values)
        self.assertNotIn("secret", values)
        self.refused(user, ROBOT, "write", self.robot.ids, {"webhook": "x"})
        self.refused(user, ROBOT, "write", self.robot.ids, {"name": "x"})
        self.refused(user, ROBOT, "action_test", self.robot.ids)

    def test_manager(self):
        user = self.user_manager
        made = call_as(user, ROBOT, "create", {"name": "New", "corp_id": self.corp.id})
        made = self.env[ROBOT].browse(getattr(made, "id", made))
        for values in ({"webhook": self.hook["webhook"]}, {"secret": "x"}):
            self.refused(user, ROBOT, "write", made.ids, values)
            self.refused(
                user, ROBOT, "create", dict(values, name="x", corp_id=self.corp.id)
            )
        call_as(self.user_system, ROBOT, "write", made.ids, {"secret": "x"})
        self.assertEqual(made.secret, MASK)
        call_as(user, ROBOT, "write", made.ids, {"keyword": "Odoo"})
        self.assertTrue(call_as(user, ROBOT, "action_test", self.robot.ids))
        message = self.robot.send_text("Seen")
        compat.flush(self.env)
        self.assertTrue(call_as(user, MESSAGE, "read", message.ids, ["body"]))
        self.refused(user, MESSAGE, "write", message.ids, {"body": "{}"})

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        corp = self.env["dingding.corp"].create(
            {"name": "Other", "company_id": company.id}
        )
        robot = self.env[ROBOT].create({"name": "Theirs", "corp_id": corp.id})
        self.refused(self.user_manager, ROBOT, "read", robot.ids, ["name"])
        self.refused(self.user_manager, ROBOT, "send_text", robot.ids, "x")
        self.refused(
            self.user_manager, ROBOT, "write", self.robot.ids, {"corp_id": corp.id})

    def test_nobody_reads_places(self):
        for user in (self.user_manager, self.user_system):
            self.refused(user, "dingding.robot.slot", "search", [])
