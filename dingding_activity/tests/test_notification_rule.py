# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import re

from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .notification_case import LINE, NOTIFICATION, SEND, NotificationCase

ACTION = "ir.actions.server"
LOGGER = "odoo.addons.dingding.models.ir_actions_server"


@portable
class TestNotificationRule(NotificationCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.document = self.document.with_env(self.env)

    def make(self, **values):
        return self.env[ACTION].create(dict(
            {
                "name": "Tell", "state": "dingding_message",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "dingding_to": "followers", "dingding_title": "New order",
                "dingding_text": "Look at {name}, {email}",
            }, **values
        ))

    def run_on(self, action, records=None, user=None):
        records = records or self.document
        compat.flush(self.env)
        compat.with_user(action, user or self.author).with_context(
            active_model=records._name, active_ids=records.ids,
            active_id=records[:1].id,
        ).run()
        compat.flush(self.env)

    def assign(self, user):
        """Set the salesperson; later series notify of that."""
        self.document.with_context(dingding_notify="none").write({"user_id": user.id})
        compat.flush(self.env)
        self.env[NOTIFICATION].search([]).unlink()

    def hidden(self):
        self.env["ir.rule"].create({
            "name": "Hidden from the employee",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d if user.id == %d else 0)]" % (
                self.document.id, self.user_employee.id),
        })

    # -- to whom ---------------------------------------------------------------------

    def test_followers_in_one_call(self):
        self.run_on(self.make())
        self.assertDingTalkNotCalled()
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        for user in self.followers:
            text, = self.texts_of(user)
            self.assertRegex(text, r"\*\*New order\*\* \d\d:\d\d\n")
            self.assertIn("Look at Order 7, order@example.com", text)
        self.assertEqual(self.env[LINE].search([]).mapped("kind"), ["rule"] * 3)

    def test_people_of_a_field(self):
        self.assign(self.user_manager)
        action = self.make(
            dingding_to="people", dingding_people="user_id", dingding_notify=True)
        self.run_on(action)
        self.process()
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)
        self.assertFalse(self.texts_of(self.user_employee))

    def test_field_without_the_tick_is_sent_as_before(self):
        self.assign(self.user_manager)
        self.run_on(self.make(dingding_to="people", dingding_people="user_id"))
        self.assertFalse(self.env[NOTIFICATION].search([]))
        self.process_queue()
        self.assertDingTalkCalled(SEND, times=1)

    def test_department(self):
        departments = self.env["dingding.department"]
        upper = departments.create(
            {"name": "A", "dept_id": "77701", "corp_id": self.corp.id})
        lower = departments.create({
            "name": "B", "dept_id": "77702", "corp_id": self.corp.id,
            "parent_id": upper.id,
        })
        self.people[0].department_ids = lower
        self.run_on(self.make(
            dingding_to="department", dingding_department_ids=[(6, 0, upper.ids)]))
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        self.assertFalse(self.texts_of(self.user_manager))

    def test_group(self):
        self.run_on(self.make(
            dingding_to="group",
            dingding_group_id=self.env.ref("dingding.group_manager").id))
        self.process()
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)
        self.assertFalse(self.texts_of(self.user_employee))

    def test_not_the_one_who_caused_it(self):
        # From 14 on actions need write access.
        self.user_manager.write({compat.USER_GROUPS: [
            (4, self.env.ref("base.group_partner_manager").id)]})
        self.run_on(self.make(), user=self.user_manager)
        self.process()
        self.assertFalse(self.texts_of(self.user_manager))
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def test_choice_and_policy(self):
        self.user_employee.dingding_notify_rule = "off"
        self.run_on(self.make())
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)

    # -- once ------------------------------------------------------------------------

    def test_twice_in_a_transaction_is_once(self):
        action = self.make()
        self.run_on(action)
        self.run_on(action)
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)

    def test_one_statement_for_all_records(self):
        others = self.document
        for number in range(3):
            others |= self.document.copy({"name": "Order %d" % number})
        action = self.make()
        self.run_on(action, others)
        rows = self.env[NOTIFICATION].search([("mode", "=", "rule")])
        self.assertEqual(sorted(rows.mapped("res_id")), sorted(others.ids))

    # -- rights ----------------------------------------------------------------------

    def test_record_that_the_recipient_may_not_read(self):
        self.hidden()
        self.run_on(self.make())
        self.process()
        self.assertFalse(self.texts_of(self.user_employee))
        self.assertEqual(self.lines_of(self.user_employee).state, "no_access")
        self.assertEqual(len(self.texts_of(self.user_manager)), 1)

    def test_value_that_the_recipient_may_not_read(self):
        secret = self.env["res.partner"].create({"name": "Secret GmbH"})
        self.env["ir.rule"].create({
            "name": "Hidden from the employee",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d if user.id == %d else 0)]" % (
                secret.id, self.user_employee.id),
        })
        self.document.parent_id = secret
        compat.flush(self.env)
        self.run_on(self.make(dingding_text="Of <{parent_id.email}{parent_id.name}>"))
        self.process()
        self.assertIn("Of <>", self.texts_of(self.user_employee)[0])
        self.assertIn("Secret GmbH", self.texts_of(self.user_manager)[0])

    def test_field_of_another_group(self):
        action = self.make(
            model_id=self.env["ir.model"]._get("dingding.message").id,
            dingding_to="group", dingding_text="Of {people}",
            dingding_group_id=self.env.ref("base.group_user").id,
        )
        message = self.send(self.people[0] | self.people[1], "Seen")
        self.process_queue()
        self.run_on(action, message, self.user_manager)
        self.process_queue(NOTIFICATION)
        bodies = self.env["dingding.message.text"].search(
            [("message_id", ">", message.id)]).mapped("body")
        self.assertEqual(
            [("Of 2" in body) for body in sorted(bodies)].count(True), 1)
        self.assertTrue(any("Of 2" not in body for body in bodies))

    def test_computed_field_of_another_group(self):
        self._replace(
            self.env["res.partner"]._fields["tz_offset"], "groups",
            "dingding.group_manager")
        self.document.tz = "Asia/Shanghai"
        self.run_on(self.make(dingding_text="At <{tz_offset}>"))
        self.process()
        self.assertIn("At <>", self.texts_of(self.user_employee)[0])
        self.assertIn("At <+0800>", self.texts_of(self.user_manager)[0])

    def test_portal_users_get_nothing(self):
        self.people[3].user_id = self.user_portal
        self.document.write({"parent_id": self.user_portal.partner_id.id})
        self.follow(self.document, self.user_portal)
        self.run_on(self.make())
        self.process()
        self.assertFalse(self.texts_of(self.user_portal))

    @mute_logger(LOGGER)
    def test_nobody_notifies_of_what_he_may_not_read(self):
        self.hidden()
        action = self.make()
        with contextlib.suppress(AccessError), self.env.cr.savepoint():
            self.run_on(action, user=self.user_employee)
        self.assertFalse(self.env[NOTIFICATION].search([]))

    def test_nobody_notifies_with_the_rights_of_an_automated_action(self):
        """From 13 on automated actions run with all rights."""
        if compat.SERIES < 13:
            self.skipTest("sudo() is another user")
        self.assign(self.user_manager)
        self.hidden()
        compat.clear_caches(self.env)
        compat.flush(self.env)
        action = compat.with_user(self.make(), self.user_employee).sudo()
        for to in ({}, {"dingding_to": "people", "dingding_people": "user_id"}):
            action.write(to)
            compat.flush(self.env)
            compat.forget(self.env)
            with mute_logger(LOGGER):
                action.with_context(
                    active_model="res.partner", active_ids=self.document.ids,
                    active_id=self.document.id).run()
            self.assertFalse(self.env[NOTIFICATION].search([]))
            self.assertFalse(self.env["dingding.message"].search([]))
        # A time-based action runs as the superuser.
        compat.with_user(action, self.env.ref("base.user_root")).with_context(
            active_model="res.partner", active_ids=self.document.ids,
            active_id=self.document.id).run()
        self.assertTrue(self.env["dingding.message"].search([]))

    def test_only_administrators_write_rules(self):
        action = self.make()
        for user in (self.user_employee, self.user_dingtalk, self.user_manager):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, ACTION, "write", action.ids, {"dingding_text": "x"})
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.rule", "action_open")
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.rule", "create", {"key": "task_done"})

    # -- text ------------------------------------------------------------------------

    def test_language_of_each_recipient(self):
        if not self.env["res.lang"].search([("code", "=", "zh_CN")]):
            self.skipTest("zh_CN is not installed")
        action = self.make(dingding_text="Look: {type}")
        action.with_context(lang="zh_CN").write(
            {"dingding_text": "\u8bf7\u770b\uff1a{type}"})
        self.user_employee.lang = "zh_CN"
        (self.user_dingtalk | self.user_manager).write({"lang": "en_US"})
        self.run_on(action)
        self.process()
        self.assertDingTalkCalled(SEND, times=2)
        self.assertIn("\u8bf7\u770b", self.texts_of(self.user_employee)[0])
        self.assertIn("Look: Contact", self.texts_of(self.user_manager)[0])

    def test_markdown(self):
        self.run_on(self.make(
            dingding_kind="markdown", dingding_text="- **{name}**\n- second"))
        self.process()
        self.assertIn(
            "- **Order 7**\n\n- second", self.texts_of(self.user_manager)[0])

    def test_values_make_no_link_together(self):
        self.document.write({"name": "[Click]", "ref": "(https://example.org)"})
        for text in ("{name}(https://example.org)", "{name}{ref}", "[Click]{ref}"):
            self.run_on(self.make(dingding_kind="markdown", dingding_text=text))
            self.process()
            self.assertIn(
                "[Click] (https://example.org)",
                self.texts_of(self.user_manager)[-1])

    def test_markdown_is_not_cut_inside_a_link(self):
        link = "[%s](https://example.com/order)"
        for number in (270, 285, 300):
            text = "\u8ba2" * number + " " + link % "\u8ba2\u5355" + "!"
            self.run_on(self.make(dingding_kind="markdown", dingding_text=text))
            self.process()
            shown = self.texts_of(self.user_manager)[-1]
            self.assertNotIn("https:", re.sub(
                r"\[[^]]+\]\(https://example.com/order\)", "", shown))
            self.assertEqual(link % "\u8ba2\u5355" + "!" in shown, number == 270)

    def test_rule_deleted_before_it_is_sent(self):
        action = self.make()
        self.run_on(action)
        action.unlink()
        self.process()
        self.assertDingTalkNotCalled(SEND)

    def test_rule_changed_before_it_is_sent(self):
        self.assign(self.user_manager)
        for values in (
            {"dingding_to": "people", "dingding_people": "user_id"},
            {"state": "code"},
        ):
            action = self.make()
            self.run_on(action)
            action.write(values)
            self.process()
            self.assertDingTalkNotCalled(SEND)

    def test_wrong_values_are_refused(self):
        for values in (
            {"dingding_to": "department"},
            {"dingding_to": "group"},
            {"model_id": self.env["ir.model"]._get("res.lang").id,
             "dingding_text": "{name}"},
            {"dingding_text": "{no_such_field}"},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.make(**values)

    # -- ready-made rules --------------------------------------------------------------

    def test_ready_rules_of_installed_addons(self):
        found = self.env["dingding.rule"]._available()
        for key, model in (
            ("sale_confirmed", "sale.order"), ("task_done", "project.task"),
            ("stock_done", "stock.picking"), ("leave_refused", "hr.leave"),
        ):
            if model != "hr.leave":
                self.assertEqual(key in found, model in self.env, key)
        for rule in found.values():
            self.assertIn(rule["value"], dict(
                self.env[rule["model"]]._fields[rule["field"]]._description_selection(
                    self.env)))

    def contact_rule(self):
        rules = type(self.env["dingding.rule"])
        original = rules._ready_rules

        def ready(model):
            return original(model) + [{
                "key": "contact", "name": "Contact with invoices",
                "models": ["no.such.model", "res.partner"],
                "values": [("gone", "x"), ("type", "invoice")], "to": "people",
                "people": ["gone_id", "user_id"], "text": "{name}",
            }]

        self._replace(rules, "_ready_rules", ready)

    def test_addons_extend_the_registry(self):
        self.contact_rule()
        rule = self.env["dingding.rule"]._available()["contact"]
        self.assertEqual(
            (rule["model"], rule["field"], rule["path"]),
            ("res.partner", "type", "user_id"))
        action = call_as(self.user_system, "dingding.rule", "action_open")
        rows = self.env["dingding.rule"].search(action["domain"])
        row = rows.filtered(lambda each: each.key == "contact")
        self.assertEqual(row.name, "Contact with invoices")
        self.assertFalse(row.is_created)

    def test_created_only_when_chosen(self):
        self.contact_rule()
        rules = compat.with_user(self.env["dingding.rule"], self.user_system)
        # Odoo must not reload the tests' registry.
        rules = rules.with_context(import_file=True)
        rows = rules.search(rules.action_open()["domain"])
        row = rows.filtered(lambda each: each.key == "contact")
        if "base.automation" not in self.env:
            with self.assertRaisesRegex(Exception, "base_automation"):
                row.action_create()
            self.assertFalse(self.env[ACTION].search([("dingding_rule", "!=", False)]))
            return
        shown = row.action_create()
        self.assertEqual(shown["res_model"], "base.automation")
        action = self.env[ACTION].search([("dingding_rule", "=", "contact")])
        self.assertEqual(action.dingding_people, "user_id")
        self.assertEqual(row.action_create()["res_id"], shown["res_id"])
        self.assertEqual(len(action), 1)
        # In some series the server action stays.
        rule = self.env[shown["res_model"]].browse(shown["res_id"])
        rule.with_context(import_file=True).unlink()
        row = rows.search(rules.action_open()["domain"]).filtered(
            lambda each: each.key == "contact")
        self.assertFalse(row.is_created)
        shown = row.action_create()
        self.assertEqual(shown["res_model"], "base.automation")

    @mute_logger("odoo.sql_db")
    def test_two_administrators_create_one_rule(self):
        self.assertFirstWins("dingding.rule", "_begin_creating")

    def test_creating_makes_others_wait_first(self):
        self.contact_rule()
        if "base.automation" not in self.env:
            self.skipTest("base_automation is not installed")
        rules = compat.with_user(self.env["dingding.rule"], self.user_system)
        rules = rules.with_context(import_file=True)
        row = rules.search(rules.action_open()["domain"]).filtered(
            lambda each: each.key == "contact")
        steps = []
        for name in ("_begin_creating", "_made", "_create_rule"):
            real = getattr(type(rules), name)
            self._replace(
                type(rules), name, lambda *args, name=name, real=real: (
                    steps.append(name), real(*args))[1])
        row.action_create()
        self.assertEqual(steps, ["_begin_creating", "_made", "_create_rule"])
