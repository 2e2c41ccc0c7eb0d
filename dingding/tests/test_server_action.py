# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..models import placeholders
from .common import DingTalkCase, portable

LOGGER = "odoo.addons.dingding.models.ir_actions_server"


@portable
class TestServerAction(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        userid = self.simulator.users()[0]["userid"]
        self.person = self.env["dingding.user"].create(
            {
                "name": "P", "userid": userid, "corp_id": self.corp.id,
                "user_id": self.user_employee.id,
            }
        )
        self.partner = self.env["res.partner"].create(
            {"name": "{email} & <b>Co</b>", "email": "a@example.com",
             "user_id": self.user_employee.id}
        )

    def make(self, model="res.partner", **values):
        model = self.env["ir.model"].search([("model", "=", model)])
        return self.env["ir.actions.server"].create(
            dict(
                {
                    "name": "Tell",
                    "model_id": model.id,
                    "state": "dingding_message",
                    "dingding_people": "user_id",
                    "dingding_text": "New: {name}",
                    "dingding_link": False,
                },
                **values
            )
        )

    def run_on(self, action, records, user=None):
        context = {
            "active_model": records._name,
            "active_ids": records.ids,
            "active_id": records[:1].id,
        }
        if user:
            action = compat.with_user(action, user)
        action.with_context(**context).run()
        self.process_queue()

    def sent(self):
        return [note["msg"] for note in self.simulator.messages(self.person.userid)]

    def test_text(self):
        self.run_on(self.make(), self.partner)
        (body,) = self.sent()
        self.assertEqual(body["text"]["content"], "New: {email} & <b>Co</b>")

    def test_each_record_has_its_message(self):
        other = self.partner.copy({"name": "Other"})
        self.run_on(self.make(), self.partner | other)
        self.assertEqual(len(self.sent()), 2)

    def test_markdown_with_a_link(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://odoo.example.com"
        )
        action = self.make(
            dingding_kind="markdown", dingding_title="Contact", dingding_link=True
        )
        self.run_on(action, self.partner)
        (body,) = self.sent()
        self.assertEqual(body["markdown"]["title"], "Contact")
        url = self.env["dingding.corp"]._record_url(self.partner)
        self.assertIn("(%s)" % url, body["markdown"]["text"])

    def test_link(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("web.base.url", "https://odoo.example.com/")
        link = self.env["dingding.corp"]._record_url
        self.assertRegex(link(self.partner), r"\Ahttps://odoo\.example\.com/[a-z]")
        for part in ("id=%d" % self.partner.id, "model=res.partner"):
            self.assertIn(part, re.split("[?#&]", link(self.partner)))
        parameters.set_param("web.base.url", "")
        self.assertEqual(link(self.partner), "")

    def test_people(self):
        for path in ("user_id", "user_id.partner_id", "user_id.dingding_user_ids"):
            action = self.make(
                dingding_people=path, dingding_text="{name} by %s" % path,
            )
            self.run_on(action, self.partner)
        self.assertEqual(
            sorted(body["text"]["content"] for body in self.sent()),
            [
                "{email} & <b>Co</b> by user_id",
                "{email} & <b>Co</b> by user_id.dingding_user_ids",
                "{email} & <b>Co</b> by user_id.partner_id",
            ],
        )

    @mute_logger(LOGGER)
    def test_nobody_to_tell_stops_nobody(self):
        self.partner.user_id = self.user_portal
        self.run_on(self.make(), self.partner)
        self.assertFalse(self.env["dingding.message"].search([]))

    @mute_logger(LOGGER)
    def test_a_record_that_is_gone_stops_nobody(self):
        """An earlier action has deleted it."""
        gone = self.partner.copy({"name": "Gone"})
        action = self.make()
        self.env["res.partner"].browse(gone.id).unlink()
        self.run_on(action, gone | self.partner)
        self.assertEqual(len(self.sent()), 1)

    @mute_logger(LOGGER)
    def test_recipients_of_an_addon_that_is_gone(self):
        action = self.make()
        self.env.cr.execute(
            "UPDATE ir_act_server SET dingding_to = 'gone' WHERE id = %s", [action.id])
        compat.forget(self.env)
        self.run_on(action, self.partner)
        self.assertFalse(self.env["dingding.message"].search([]))

    def test_caused_by_somebody_without_rights(self):
        user = self._make_user(
            self.env, "contacts", "base.group_user", "base.group_partner_manager"
        )
        self.run_on(self.make(), self.partner, user)
        self.assertEqual(len(self.sent()), 1)

    @mute_logger(LOGGER)
    def test_whoever_hands_a_record_over_may_not_read_it_any_longer(self):
        user = self._make_user(
            self.env, "seller", "base.group_user", "base.group_partner_manager")
        tag = self.env["res.partner.category"].create({"name": "Theirs", "color": 7})
        self.env["ir.rule"].create({
            "name": "Own documents only",
            "model_id": self.env["ir.model"]._get(tag._name).id,
            # Odoo 14 reads translated fields again when they are written.
            "domain_force": "[('color', '!=', 7)]",
        })
        compat.flush(self.env)
        self.env.cr.execute("UPDATE res_partner_category SET create_uid = %s"
                            " WHERE id = %s", [self.user_employee.id, tag.id])
        compat.clear_caches(self.env)
        action = compat.with_user(
            self.make(tag._name, dingding_people="create_uid"), user)
        if compat.SERIES >= 13:
            # As automated actions run.
            action = action.sudo()
        self.run_on(action, tag)
        self.assertFalse(self.sent())
        tag.color = 1
        compat.flush(self.env)
        compat.forget(self.env)
        compat.with_user(tag, user).write({"color": 7})
        self.run_on(action, tag)
        self.assertEqual(len(self.sent()), 1)

    def test_wrong_values_are_refused(self):
        for values in (
            {"dingding_text": " "},
            {"dingding_text": "{no_such_field}"},
            {"dingding_text": "{name.x}"},
            {"dingding_text": "{user_id.no_such_field}"},
            {"dingding_kind": "markdown"},
            {"dingding_people": "name"},
            {"dingding_people": "country_id"},
            {"dingding_people": "__class__"},
            {"dingding_people": ""},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.make(**values)

    def test_values_make_no_link_together(self):
        self.partner.write({"name": "[Click]", "ref": "(https://example.org)"})
        self.run_on(self.make(
            dingding_kind="markdown", dingding_title="New",
            dingding_text="{name}{ref} [Open {name}](https://example.com)"),
            self.partner)
        text = self.sent()[0]["markdown"]["text"]
        self.assertIn("[Click] (https://example.org) [Open [Click]](https:", text)

    def test_nothing_is_evaluated(self):
        text = "{name.__class__} {0} {} {env['x']} ${name} {{name}} {Name} %(name)s"
        filled = placeholders.fill(text, self.partner)
        self.assertEqual(filled.count(self.partner.name), 2)
        self.assertIn(" {0} {} {env['x']} $", filled)
        self.assertNotIn("class", filled)
        self.assertIn("{Name} %(name)s", filled)
        self.assertEqual(placeholders.fill("{write.x}", self.partner), "")

    def test_values_in_words(self):
        partner = self.partner.with_context(tz="Asia/Shanghai", lang="en_US")
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        partner.write({"category_id": [(6, 0, tag.ids)], "comment": False})
        for path, expected in (
            ("user_id", self.user_employee.name),
            ("user_id.login", self.user_employee.login),
            ("category_id.name", "Gold"),
            ("comment", ""),
            ("active", "\u2713"),
            ("type", "Contact"),
            ("color", "0"),
        ):
            self.assertEqual(placeholders.value(partner, path), expected, path)

    def test_times_are_the_readers(self):
        """Messages of scheduled actions, which have no time zone, are not in UTC."""
        self.env.cr.execute(
            "UPDATE dingding_corp SET create_date = '2026-01-31 16:30:00'"
            " WHERE id = %s", [self.corp.id],
        )
        compat.forget(self.env)
        for own, zone, expected in (
            (False, False, "2026-02-01 00:30"),
            (False, "Asia/Shanghai", "2026-02-01 00:30"),
            ("Europe/Berlin", False, "2026-01-31 17:30"),
            ("Europe/Berlin", "UTC", "2026-01-31 16:30"),
        ):
            self.env.user.tz = own
            self.assertEqual(placeholders.value(
                self.corp.with_context(tz=zone), "create_date"), expected)

    def test_a_long_value_is_cut(self):
        self.partner.name = "x" * 1000
        self.assertEqual(
            len(placeholders.value(self.partner, "name")), placeholders.LONGEST
        )

    def test_long_values_do_not_make_a_message_too_long(self):
        self.partner.write({
            "name": "\u540d" * 400, "street": "\u8857" * 400, "city": "\u57ce" * 400})
        text = "{name} {street} {city} end"
        for kind in ("text", "markdown"):
            self.run_on(
                self.make(dingding_text=text, dingding_kind=kind, dingding_title="T"),
                self.partner)
        for body in self.sent():
            content = body[body["msgtype"]]
            content = content.get("content") or content["text"]
            self.assertIn("end", content)
            self.assertIn("\u57ce\u2026", content)
        self.assertEqual(len(self.sent()), 2)
