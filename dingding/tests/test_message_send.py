# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import json
from urllib.parse import quote

import requests

from odoo.exceptions import AccessError, UserError

from .. import compat, preview
from .common import call_as, portable
from .message_case import SEND, MessageCase


@portable
class TestMessageSend(MessageCase):
    def form(self, persons=None, user=None, **values):
        model = compat.with_user(self.env["dingding.send"], user or self.user_dingtalk)
        persons = self.person if persons is None else persons
        model = model.with_context(default_user_ids=[(6, 0, persons.ids)])
        defaults = model.default_get(list(model._fields))
        return model.create(dict(defaults, **values))

    def sent_body(self, **values):
        action = self.form(**values).action_send()
        self.process_queue()
        message = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(message.state, "sent", message.last_error)
        body = self.phone(self.person)[0]["msg"]
        self.assertEqual(json.loads(message.body), body)
        return body

    def test_an_archived_organisation_sends_nothing(self):
        """Not even what waits; it can be sent once the organisation is back."""
        message = self.send(self.person)
        self.corp.active = False
        compat.flush(self.env)
        self.process_queue()
        compat.forget(self.env)
        self.assertEqual(message.state, "failed")
        self.assertIn("archived", message.task_ids.last_error)
        self.assertDingTalkNotCalled()
        self.corp.active = True
        message.action_send_again()
        self.process_queue()
        self.assertEqual(message.state, "sent")

    def test_a_user_of_an_archived_organisation_too(self):
        user = self._make_user(self.env, "both", "base.group_user")
        other = self.env["dingding.corp"].create({"name": "Other"})
        person = self.env["dingding.user"].create(
            {"name": "Same", "userid": "x", "corp_id": other.id, "user_id": user.id})
        self.person.user_id = user
        messages = self.env["dingding.message"]
        self.assertEqual(messages._reach(user), (self.person, []))
        self.corp.active = False
        self.assertEqual(messages._reach(user), (person, []))

    def test_defaults(self):
        form = self.form()
        self.assertEqual(form.corp_id, self.corp)
        self.assertEqual(form.app_id, self.app)
        self.assertEqual(form.user_ids, self.person)
        self.assertEqual(form.recipient_count, 1)

    def test_opened_from_a_list(self):
        for model, records, field in (
            ("dingding.user", self.people[2:5], "user_ids"),
            ("dingding.department", self.departments(), "department_ids"),
        ):
            values = self.env["dingding.send"].with_context(
                active_model=model, active_ids=records.ids
            ).default_get(["user_ids", "department_ids", "corp_id", "app_id"])
            self.assertEqual(values[field], [(6, 0, records.ids)])
            self.assertEqual(values["corp_id"], self.corp.id)
            self.assertEqual(values["app_id"], self.app.id)

    def departments(self):
        return self.env["dingding.department"].create(
            {"name": "One", "dept_id": "990001", "corp_id": self.corp.id}
        )

    def test_department(self):
        department = self.departments()
        self.people[3].department_ids = department
        form = self.form(
            persons=self.env["dingding.user"], text="To all of you",
            department_ids=[(6, 0, department.ids)],
        )
        self.assertEqual(form.recipient_count, 1)
        form.action_send()
        self.process_queue()
        self.assertEqual(len(self.phone(self.people[3])), 1)

    def test_text(self):
        body = self.sent_body(kind="text", text="Plain")
        self.assertEqual(body, {"msgtype": "text", "text": {"content": "Plain"}})

    def test_markdown(self):
        body = self.sent_body(kind="markdown", title="T", text="**bold**")
        self.assertEqual(body["markdown"], {"title": "T", "text": "**bold**"})

    def test_link(self):
        body = self.sent_body(
            kind="link", title="T", text="U", url="https://example.com/a",
            picture_url="https://example.com/p.png",
        )
        self.assertEqual(body["link"]["picUrl"], "https://example.com/p.png")

    def test_oa(self):
        body = self.sent_body(
            kind="oa", title="Trip", text="To Hangzhou", url="https://example.com",
            colour="FF15BC83",
            row_ids=[(0, 0, {"label": "From:", "value": "Monday"}),
                     (0, 0, {"label": "To:", "value": "Friday"})],
        )
        oa = body["oa"]
        self.assertEqual(oa["head"]["bgcolor"], "FF15BC83")
        self.assertEqual(
            oa["body"]["form"],
            [{"key": "From:", "value": "Monday"}, {"key": "To:", "value": "Friday"}],
        )

    def test_action_card(self):
        body = self.sent_body(
            kind="action_card", title="T", text="# Head", single_title="Look",
            url="https://example.com",
        )
        self.assertEqual(body["action_card"]["single_title"], "Look")
        body = self.sent_body(
            kind="action_card", card_kind="several", title="T", text="# Head",
            horizontal=True,
            button_ids=[(0, 0, {"title": "Yes", "url": "https://example.com/y"}),
                        (0, 0, {"title": "No", "url": "https://example.com/n"})],
        )
        card = body["action_card"]
        self.assertEqual([row["title"] for row in card["btn_json_list"]], ["Yes", "No"])
        self.assertEqual(card["btn_orientation"], "1")

    def test_uploads(self):
        for kind, filename in (
            ("image", "a.png"), ("file", "a.pdf"), ("voice", "a.amr"),
        ):
            body = self.sent_body(
                kind=kind, filename=filename, duration=7,
                file=base64.b64encode(b"content " + kind.encode()),
            )
            media_id = body[kind]["media_id"]
            self.assertEqual(self.uploaded(media_id), b"content " + kind.encode())

    def uploaded(self, media_id):
        answer = requests.get(
            "%s/media/%s" % (self.simulator.control_url, quote(media_id, safe="")),
            timeout=120,
        )
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def test_incomplete_is_refused(self):
        for values in (
            {"kind": "text"},
            {"kind": "text", "text": "  "},
            {"kind": "markdown", "text": "x"},
            {"kind": "link", "title": "a", "text": "b", "url": "https://example.com"},
            {"kind": "oa", "url": "https://example.com"},
            {"kind": "oa", "title": "x"},
            {"kind": "action_card", "title": "a", "text": "b"},
            {"kind": "action_card", "card_kind": "several", "title": "a", "text": "b"},
            {"kind": "oa", "title": "x", "url": "example.com"},
            {"kind": "image"},
            {"kind": "voice", "duration": 60, "filename": "a.mp3",
             "file": base64.b64encode(b"x")},
            {"kind": "text", "text": "x" * 3000},
            {"kind": "action_card", "title": "a", "text": "b",
             "url": "https://e.example", "single_title": "x" * 21},
        ):
            form = self.form(**values)
            with self.assertRaises(UserError, msg=str(values)):
                form.action_send()
        form = self.form(text="Nobody", persons=self.env["dingding.user"])
        with self.assertRaises(UserError):
            form.action_send()
        self.process_queue()
        self.assertDingTalkNotCalled(SEND)

    def test_problem_is_shown_while_writing(self):
        self.assertFalse(self.form().problem)
        self.assertIn("2048", self.form(text="x" * 3000).problem)
        self.assertFalse(self.form(text="x").problem)
        self.assertEqual(self.form(text="x").size,
                         len(json.dumps({"msgtype": "text", "text": {"content": "x"}},
                                        separators=(",", ":"))))

    def test_duplicate_warning(self):
        self.assertFalse(self.form(text="Lunch").duplicate_warning)
        self.sent(self.people[:2], "Lunch")
        warning = self.form(text="Lunch", persons=self.people[1:3]).duplicate_warning
        self.assertIn(self.people[1].name, warning)
        self.assertNotIn(self.people[2].name, warning)
        self.assertFalse(self.form(text="Dinner").duplicate_warning)
        self.form(text="Lunch").action_send()

    def test_duplicate_file(self):
        content = base64.b64encode(b"menu")
        values = dict(kind="file", filename="menu.pdf", file=content)
        self.form(**values).action_send()
        self.assertTrue(self.form(**values).duplicate_warning)
        values["file"] = base64.b64encode(b"other")
        self.assertFalse(self.form(**values).duplicate_warning)

    def test_several_organisations(self):
        other = self.env["dingding.corp"].create(
            {"name": "Other", "app_key": "dingother", "app_secret": "x",
             "agent_id": "5"}
        )
        stranger = self._make_people(self.env, other, ["other-1"])
        form = self.form(persons=self.person | stranger, text="Both")
        self.assertFalse(form.corp_id)
        self.assertFalse(form.app_id)
        action = form.action_send()
        messages = self.messages.search(action["domain"])
        self.assertEqual(messages.mapped("app_id"), self.app | other.app_id)

    def test_rights(self):
        for user in (self.user_portal, self.user_employee):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                send_id = call_as(
                    user, "dingding.send", "create",
                    {"kind": "text", "text": "Hi", "app_id": self.app.id,
                     "user_ids": [(6, 0, self.person.ids)]},
                )
                call_as(user, "dingding.send", "action_send", [send_id])
        self.form(user=self.user_manager, text="Hi").action_send()

    def test_views(self):
        for xmlid in ("dingding_send_action", "dingding_message_action",
                      "dingding_message_recipient_action_mine"):
            self.assertTrue(self.env.ref("dingding.%s" % xmlid))


@portable
class TestPreview(MessageCase):
    def test_nothing_runs(self):
        evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        for body in (
            {"msgtype": "text", "text": {"content": evil}},
            {"msgtype": "markdown", "markdown": {
                "title": evil,
                "text": evil + "\n# " + evil + "\n> " + evil + "\n- " + evil
                + "\n[" + evil + "](javascript:alert(1))\n![x](https://e/\"onload=1)"}},
            {"msgtype": "link", "link": {
                "title": evil, "text": evil, "messageUrl": "javascript:alert(1)",
                "picUrl": "x"}},
            {"msgtype": "oa", "oa": {
                "message_url": "https://e.example/\"><script>",
                "head": {"bgcolor": "red;}</style>" + evil, "text": evil},
                "status_bar": {"status_value": evil, "status_bg": evil},
                "body": {"title": evil, "form": [{"key": evil, "value": evil}],
                         "rich": {"num": evil, "unit": evil}, "content": evil,
                         "author": evil}}},
            {"msgtype": "action_card", "action_card": {
                "markdown": evil, "single_title": evil,
                "btn_json_list": [{"title": evil}]}},
            {"msgtype": "file", "file": {}},
        ):
            html = preview.render(body, evil)
            self.assertNotIn("<script", html)
            self.assertNotIn("<img", html)
            self.assertNotIn('href="javascript', html)
            self.assertNotIn('href="https://e/"', html)
            self.assertNotIn("</style>", html)

    def test_odd_bodies_do_not_break(self):
        for body in (
            {}, {"msgtype": "oa"}, {"msgtype": "oa", "oa": {"body": 1, "head": 2}},
            {"msgtype": "oa", "oa": {"body": {"form": [1]}, "status_bar": []}},
            {"msgtype": "action_card", "action_card": {"btn_json_list": 5}},
            {"msgtype": "text", "text": "x"},
        ):
            preview.render(body)
            preview.plain(body)
            preview.subject(body)

    def test_markdown(self):
        html = preview.markdown("# A\n**b** and [c](https://d.example)\n- e\n> f")
        self.assertIn("<b>b</b>", html)
        self.assertIn('href="https://d.example"', html)

    def test_subject(self):
        self.assertEqual(
            preview.subject({"msgtype": "text", "text": {"content": "\n a\nb"}}), "a"
        )
        self.assertEqual(len(preview.subject(
            {"msgtype": "text", "text": {"content": "x" * 500}})), 80)
        self.assertEqual(preview.subject({"msgtype": "file", "file": {}}, "a.pdf"),
                         "a.pdf")
