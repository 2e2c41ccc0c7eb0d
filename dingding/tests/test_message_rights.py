# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import ast
import base64

from odoo.exceptions import AccessError

from .. import compat
from .common import call_as, portable, true_body
from .message_case import SEND, MessageCase

MESSAGE = "dingding.message"
ROW = "dingding.message.recipient"
TASK = "dingding.message.task"


@portable
class TestMessageRights(MessageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # people[0] is the employee, people[1] the DingTalk user.
        messages = cls.env[MESSAGE]
        cls.to_employee = messages.send(None, cls.people[0] | cls.people[3], "Secret A")
        cls.to_other = messages.send(None, cls.people[4], "Secret B")
        cls.by_user = compat.with_user(messages, cls.user_dingtalk).send(
            None, cls.people[5], "Secret C"
        )
        cls.file = messages.send(
            None, cls.people[4], {"msgtype": "file", "file": {}},
            file=("b.pdf", b"Secret D"),
        )
        cls.file_to_employee = messages.send(
            None, cls.people[0], {"msgtype": "file", "file": {}},
            file=("c.pdf", b"Secret E"),
        )
        cls.all = (
            cls.to_employee | cls.to_other | cls.by_user | cls.file
            | cls.file_to_employee
        )

    def seen(self, user, model=MESSAGE, domain=()):
        ids = call_as(user, model, "search", list(domain))
        return self.env[model].browse(ids)

    def refused(self, user, model, method, *args, **kwargs):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(user, model, method, *args, **kwargs)

    def test_stranger_and_portal_see_nothing(self):
        for user in (self.user_public, self.user_portal):
            for model in (MESSAGE, ROW, TASK, "dingding.media"):
                self.refused(user, model, "search", [])
                self.refused(user, model, "read", [1], ["display_name"])
            self.refused(user, MESSAGE, "send", None, {"dingding.user": [1]}, "Hi")
            self.refused(user, "res.users", "dingding_send_text", [user.id], "Hi")
            self.refused(
                user, "ir.attachment", "read", self.file.attachment_id.ids, ["datas"]
            )

    def test_no_context_and_no_saved_default_says_what_was_sent(self):
        user = self.user_dingtalk
        bad = {
            "dingtalk_task": "1", "dingtalk_tasks": "1", "maybe_since": "2001-01-01",
            "resent": True, "lost": True, "attempts": 5, "state": "unknown",
            "next_try": "2999-01-01", "sent_at": "2001-01-01", "public": True,
            "people_read": 7, "recall_error": "x",
        }
        for name in ("dingtalk_task", "recalled_tasks", "result_error"):
            field = self.env["ir.model.fields"].search(
                [("model", "=", TASK), ("name", "=", name)])
            self.env["ir.default"].create(
                {"field_id": field.id, "json_value": '"2"', "user_id": user.id}
            )
        context = {"default_" + name: value for name, value in bad.items()}
        messages = compat.with_user(self.env[MESSAGE], user).with_context(**context)
        message = messages.send(None, self.people[6], "No defaults").sudo()
        part = message.task_ids
        self.assertEqual(
            (part.state, part.attempts, part.next_try, message.state,
             message.people_read, message.recall_error),
            ("queued", 0, False, "queued", 0, False),
        )
        for name in ("dingtalk_task", "dingtalk_tasks", "maybe_since", "resent", "lost",
                     "sent_at", "recalled_tasks", "result_error"):
            self.assertFalse(part[name], name)
        self.process_queue()
        self.assertDingTalkCalled(SEND)
        self.assertTrue(self.phone(self.people[6]))

    def test_no_saved_default_adds_parts(self):
        other = self.env["dingding.app"].create(
            {"name": "Other", "app_key": "other", "corp_id": self.corp.id})
        user = self.user_dingtalk
        part = {"app_id": other.id, "people": 1, "state": "queued"}
        row = {"name": "x", "person_id": self.people[4].id, "state": "read"}
        for name, values in (("task_ids", part), ("reader_ids", row)):
            self.env["ir.default"].set(
                MESSAGE, name, [[0, 0, values]], user_id=user.id)
        compat.clear_caches(self.env)
        message = compat.with_user(self.env[MESSAGE], user).send(
            None, self.people[6], "No parts").sudo()
        self.assertEqual(len(message.task_ids), 1)
        self.assertEqual(message.task_ids.app_id, self.corp.app_id)
        self.assertEqual(message.reader_ids.mapped("person_id"), self.people[6])

    def test_employee_sees_own_messages(self):
        user = self.user_employee
        self.assertFalse(self.seen(user) & self.all, "has not left yet")
        self.process_queue()
        own = self.to_employee | self.file_to_employee
        self.assertEqual(self.seen(user) & self.all, own)
        values = call_as(user, MESSAGE, "read", self.to_employee.ids, [])[0]
        self.assertIn("Secret A", values["body"])
        for name in ("people", "people_read", "last_error", "task_ids", "recall_error"):
            self.assertNotIn(name, values)
        self.refused(user, MESSAGE, "read", self.to_other.ids, ["body"])
        self.refused(user, TASK, "search", [])
        self.refused(user, "dingding.media", "search", [])
        data = call_as(
            user, "ir.attachment", "read",
            self.file_to_employee.attachment_id.ids, ["datas"],
        )[0]["datas"]
        self.assertEqual(base64.b64decode(data), b"Secret E")
        self.refused(
            user, "ir.attachment", "read", self.file.attachment_id.ids, ["datas"]
        )

    def test_employee_sees_no_other_recipient(self):
        user = self.user_employee
        self.process_queue()
        rows = self.seen(user, ROW)
        self.assertTrue(rows)
        self.assertEqual(rows.mapped("person_id"), self.people[0])
        values = call_as(user, MESSAGE, "read", self.to_employee.ids, ["recipient_ids"])
        self.assertEqual(
            values[0]["recipient_ids"],
            self.rows_of(self.to_employee, self.people[0]).ids,
        )
        other = self.rows_of(self.to_employee, self.people[3])
        self.refused(user, ROW, "read", other.ids, ["name"])
        for domain in (
            [("recipient_ids.name", "=", self.people[3].name)],
            [("recipient_ids.userid", "=", self.people[3].userid)],
        ):
            self.assertFalse(self.seen(user, MESSAGE, domain))
        self.refused(
            user, MESSAGE, "search", [("task_ids.recipient_ids.name", "!=", False)]
        )
        groups = call_as(user, ROW, "read_group", [], ["name"], ["name"])
        self.assertEqual([group["name"] for group in groups], [self.people[0].name])

    def test_employee_sees_nothing_recalled(self):
        user = self.user_employee
        self.assertFalse(self.seen(user, ROW), "has not left yet")
        self.process_queue()
        self.assertIn(self.file_to_employee, self.seen(user))
        self.file_to_employee.action_recall()
        self.assertNotIn(self.file_to_employee, self.seen(user))
        rows = self.seen(user, ROW)
        self.assertNotIn(self.file_to_employee, rows.mapped("message_id"))
        self.refused(user, MESSAGE, "read", self.file_to_employee.ids, ["body"])
        self.refused(user, "ir.attachment", "read",
                     self.file_to_employee.attachment_id.ids, ["datas"])
        late = self.send(self.people[0], "Never mind")
        late.action_recall()
        self.assertNotIn(late, self.seen(user))
        self.assertNotIn(late, self.seen(user, ROW).mapped("message_id"))

    def test_employee_reads_own_copy(self):
        self.process_queue()
        row = self.rows_of(self.to_employee, self.people[0])
        values = call_as(self.user_employee, ROW, "read", row.ids, [])[0]
        self.assertEqual(values["title"], "Secret A")
        self.assertIn("Secret A", values["preview"])
        self.assertNotIn("task_id", values)

    def test_texts_of_personal_messages(self):
        manager, employee, word = self.user_manager, self.user_employee, "Dismissal"
        export = self.env.ref("base.group_allow_export", raise_if_not_found=False)
        if export:
            manager.write({compat.USER_GROUPS: [(4, export.id)]})
        message = self.messages.send(
            None, self.people[0] | self.people[3], word, personal=True)
        text = self.env["dingding.message.text"].search(
            [("message_id", "=", message.id)])
        self.assertEqual(text.name, word)
        self.process_queue()
        self.assertEqual(
            self.phone(self.people[0])[0]["msg"]["text"]["content"], word)
        for user in (manager, self.user_dingtalk, self.user_system, employee):
            for method, args in (
                ("read", [text.ids, ["body"]]), ("search", [[("body", "!=", "")]]),
            ):
                self.refused(user, "dingding.message.text", method, *args)
        rows = self.env[ROW].search([("message_id", "=", message.id)])
        seen = [
            call_as(manager, MESSAGE, "read", message.ids, []),
            call_as(manager, MESSAGE, "export_data", message.ids, [
                "name", "body", "content", "subject", "preview", "display_name",
                "recipient_ids/title", "recipient_ids/preview"]),
            call_as(manager, MESSAGE, "read_group", [], ["name"], ["name"]),
            call_as(manager, ROW, "read", rows.ids, []),
        ]
        self.assertNotIn(word, repr(seen))
        self.assertEqual(seen[0][0]["state"], "sent")
        self.assertEqual(seen[0][0]["people"], 2)
        self.assertFalse(seen[0][0]["body_hash"])
        for model, name in (
            (MESSAGE, "name"), (MESSAGE, "body"), (MESSAGE, "content"),
            (MESSAGE, "recipient_ids.title"), (ROW, "title"),
            (ROW, "message_id.content"), (TASK, "message_id.content"),
        ):
            for operator in ("ilike", "=like"):
                found = self.seen(manager, model, [(name, operator, "%Dismiss%")])
                own = {MESSAGE: message, ROW: rows, TASK: message.task_ids}[model]
                self.assertFalse(found & own, name)
        self.assertEqual(
            self.seen(manager, MESSAGE, [("content", "ilike", "Secret A")]),
            self.to_employee)
        own = self.rows_of(message, self.people[0])
        shown = call_as(employee, ROW, "read", own.ids, ["title", "preview"])[0]
        self.assertIn(word, shown["title"])
        self.assertIn(word, shown["preview"])
        shown = call_as(employee, MESSAGE, "read", message.ids, ["subject", "content"])
        self.assertIn(word, shown[0]["content"])
        self.assertEqual(shown[0]["subject"], word)
        self.assertEqual(self.seen(employee, ROW, [("title", "ilike", word)]), own)
        self.assertEqual(self.seen(employee, MESSAGE, [("content", "ilike", word)]),
                         message)
        employee_person = self.people[0]
        self.people[2].user_id = False
        employee_person.user_id = manager
        self.assertEqual(self.seen(manager, ROW) & own, own)
        for model, ids, name in ((ROW, own.ids, "preview"),
                                 (MESSAGE, message.ids, "content")):
            self.assertNotIn(word, repr(call_as(manager, model, "read", ids, [name])))
        own.write({"state": "failed", "reason_code": "failed"})
        call_as(manager, MESSAGE, "action_send_again", message.ids)
        self.process_queue()
        self.assertNotIn(
            word, repr(call_as(manager, MESSAGE, "read", message.ids, ["content"])))
        bare = call_as(self.user_dingtalk, MESSAGE, "send", None, {
            "dingding.user": self.people[5].ids}, "Mine", None, True)
        self.assertFalse(self.env[MESSAGE].browse(bare).is_personal)

    def test_linked_to_another_before_it_is_sent(self):
        """A wrong link that is corrected in time shows nobody another's text."""
        people = self.people[:2] | self.people[3]
        personal = self.messages.send(None, people, "Dismissal", personal=True)
        plain = self.send(people, "For all")
        self.people[0].user_id = self._make_user(
            self.env, "successor", "base.group_user")
        self.people[3].user_id = self.user_system
        self.process_queue()
        self.assertEqual(
            [["Dismissal" in repr(self.phone(person)), "For all" in repr(
                self.phone(person))] for person in people],
            [[False, True], [True, True], [True, True]])
        row = self.rows_of(personal, self.people[0])
        self.assertEqual((row.state, row.reason_code), ("failed", "withheld"))
        self.assertEqual(plain.state, "sent")

    def test_personal_file(self):
        message = self.sent(
            self.people[0], {"msgtype": "file", "file": {}},
            file=("p.pdf", b"Secret P"), personal=True)
        self.assertEqual(message.state, "sent")
        self.assertIn("media_id", true_body(message))
        self.assertEqual(message.body, "{}")

    def test_fields_that_are_not_read_are_not_searched(self):
        """Up to 16 Odoo does not check them."""
        user, name = self.user_manager, "feature"
        self.refused(user, MESSAGE, "read", self.to_other.ids, [name])
        for method, args, kwargs in (
            ("search", [[(name, "=", "messages")]], {}),
            ("search_count", [[(name, "=like", "m%")]], {}),
            ("search", [["!", (name, "=", "x")]], {}),
            ("search", [[]], {"order": "id, feature desc"}),
            ("read_group", [[], [name], [name]], {}),
            ("read_group", [[(name, "=", "x")], ["state"], ["state"]], {}),
            ("read_group", [[], [name + ":max("], ["state"]], {}),
            ("read_group", [[], ["x:max(%s)(" % name], ["state"]], {}),
            ("read_group", [[], [name + ":array_agg(("], ["state"]], {}),
        ):
            self.refused(user, MESSAGE, method, *args, **kwargs)
        if compat.SERIES < 17:
            self.refused(
                user, MESSAGE, "read_group", [], [name + "-"], ["state"])
        self.refused(user, ROW, "search", [("message_id.feature", "=", "messages")])
        self.assertTrue(self.messages.search([(name, "=", "messages")]))
        self.assertTrue(call_as(user, MESSAGE, "read_group", [], [], ["state"])
                        if compat.SERIES >= 12 else
                        call_as(user, MESSAGE, "read_group", [], ["state"], ["state"]))

    def test_everybody_opens_my_messages(self):
        self.send(self.people[1], "To the DingTalk user")
        self.process_queue()
        action = self.env.ref("dingding.dingding_message_recipient_action_mine")
        for user, person in (
            (self.user_employee, self.people[0]), (self.user_dingtalk, self.people[1]),
        ):
            domain = ast.literal_eval(action.domain)
            rows = self.seen(user, ROW, domain)
            self.assertEqual(rows.mapped("person_id"), person)
            values = call_as(user, ROW, "read", rows.ids, ["is_mine"])
            self.assertTrue(values[0]["is_mine"])
            others = self.seen(user, ROW, [("is_mine", "=", False)])
            self.assertNotIn(person, others.mapped("person_id"))

    def test_employee_does_nothing(self):
        user = self.user_employee
        self.refused(user, MESSAGE, "send", None, {"dingding.user": [1]}, "Hi")
        self.refused(user, MESSAGE, "send", None, {}, "")
        self.refused(user, "res.users", "dingding_send_text", [user.id], "Hi")
        self.refused(user, MESSAGE, "create", self.raw_values())
        for method in ("action_recall", "action_refresh", "action_send_again",
                       "action_mark_sent", "unlink"):
            self.refused(user, MESSAGE, method, self.to_employee.ids)
        self.refused(user, MESSAGE, "write", self.to_employee.ids, {"state": "sent"})
        self.refused(user, MESSAGE, "update_status_bar", self.to_employee.ids, "x")
        row = self.rows_of(self.to_employee, self.people[0])
        self.refused(user, ROW, "write", row.ids, {"state": "read"})
        self.refused(user, ROW, "unlink", row.ids)
        self.process_queue()
        self.assertEqual(len(self.phone(self.people[0])), 2)

    def raw_values(self):
        return {"name": "x", "kind": "text", "body": "{}", "app_id": self.app.id,
                "sender_id": self.user_manager.id, "state": "sent"}

    def test_dingtalk_user(self):
        user = self.user_dingtalk
        self.assertEqual(self.seen(user) & self.all, self.by_user)
        rows = self.seen(user, ROW)
        self.assertEqual(rows & self.all.mapped("recipient_ids"),
                         self.by_user.recipient_ids)
        self.refused(user, MESSAGE, "read", self.to_other.ids, ["body"])
        self.refused(user, MESSAGE, "action_recall", self.to_other.ids)
        told = self.sent(self.people[1], "For you")
        self.assertIn(told, self.seen(user))
        self.refused(user, MESSAGE, "action_recall", told.ids)
        self.refused(user, MESSAGE, "create", self.raw_values())
        self.refused(user, MESSAGE, "write", self.by_user.ids, {"body": "{}"})
        self.refused(user, MESSAGE, "unlink", self.by_user.ids)
        self.refused(user, TASK, "search", [])
        self.process_queue()
        values = call_as(user, MESSAGE, "read", self.by_user.ids, [])[0]
        self.assertEqual(values["state"], "sent")
        self.assertEqual(values["people"], 1)
        self.assertTrue(values["can_recall"])
        call_as(user, MESSAGE, "action_refresh", self.by_user.ids)
        call_as(user, MESSAGE, "action_recall", self.by_user.ids)
        self.assertEqual(self.by_user.state, "recalled")

    def test_dingtalk_user_sends_by_rpc(self):
        ids = call_as(
            self.user_dingtalk, MESSAGE, "send", False,
            {"dingding.user": self.people[6].ids}, "By RPC",
        )
        message = self.env[MESSAGE].browse(ids)
        self.assertEqual(message.sender_id, self.user_dingtalk)
        ids = call_as(
            self.user_dingtalk, "res.users", "dingding_send_text",
            self.user_employee.ids, "By RPC too",
        )
        self.assertEqual(
            self.env[MESSAGE].browse(ids).recipient_ids.person_id, self.people[0]
        )
        self.process_queue()
        self.assertDingTalkCalled(SEND)

    def test_private_methods_stay_private(self):
        for name in ("_create_queued", "_update_state", "_add_parts"):
            self.refused(self.user_manager, MESSAGE, name, self.to_other.ids)

    def test_manager(self):
        user = self.user_manager
        self.assertEqual(self.seen(user) & self.all, self.all)
        self.assertTrue(self.seen(user, TASK))
        values = call_as(user, MESSAGE, "read", self.to_other.ids, [])[0]
        self.assertEqual(values["task_ids"], self.to_other.task_ids.ids)
        self.refused(user, MESSAGE, "create", self.raw_values())
        self.refused(user, MESSAGE, "write", self.to_other.ids, {"state": "sent"})
        self.refused(user, TASK, "write", self.to_other.task_ids.ids, {"people": 1})
        call_as(user, MESSAGE, "action_recall", self.to_other.ids)
        self.assertEqual(self.to_other.state, "recalled")
        attachment = self.file.attachment_id
        call_as(user, MESSAGE, "unlink", self.file.ids)
        self.assertFalse(attachment.exists())

    def test_nobody_replaces_a_file(self):
        """Else somebody sends a file in the name of another, or after the fact."""
        files, messages = "ir.attachment", self.env[MESSAGE]
        mine = compat.with_user(messages, self.user_dingtalk).send(
            None, self.people[4], {"msgtype": "file", "file": {}},
            file=("m.pdf", b"Mine")).with_env(self.env)
        for user, message in (
            (self.user_manager, self.file), (self.user_dingtalk, mine),
        ):
            file = message.attachment_id
            values = {"name": "x.pdf", "datas": base64.b64encode(b"Another"),
                      "res_model": MESSAGE, "res_id": message.id}
            own = call_as(
                user, files, "create", dict(values, res_model=False, res_id=0))
            compat.flush(self.env)
            for method, *args in (
                ("write", file.ids, {"datas": values["datas"]}),
                ("write", file.ids, {"res_model": False, "res_id": False}),
                ("write", [own], {"res_model": MESSAGE, "res_id": message.id}),
                ("create", values), ("unlink", file.ids),
            ):
                self.refused(user, files, method, *args)
        compat.forget(self.env)
        self.assertEqual(base64.b64decode(self.file.attachment_id.datas), b"Secret D")

    def test_manager_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._make_user(
            self.env, "elsewhere", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self.seen(user))
        self.assertFalse(self.seen(user, ROW))
        self.assertFalse(self.seen(user, TASK))
        self.refused(user, MESSAGE, "read", self.to_other.ids, ["body"])
        self.refused(
            user, MESSAGE, "send", False, {"dingding.user": self.people[0].ids}, "Hi"
        )
        self.refused(user, MESSAGE, "action_recall", self.to_other.ids)
        self.refused(
            user, MESSAGE, "send", False, {"res.users": self.user_portal.ids}, "Hi"
        )

    def test_system(self):
        self.assertEqual(self.seen(self.user_system) & self.all, self.all)
        self.assertFalse(self.seen(self.user_system, "dingding.media"))

    def test_system_code_acts_with_sudo(self):
        messages = compat.with_user(self.env[MESSAGE], self.user_portal)
        with self.assertRaises(AccessError):
            messages.send(None, self.people[0], "Hi")
        message = messages.sudo().send(None, self.people[0], "Hi")
        self.assertEqual(message.state, "queued")
