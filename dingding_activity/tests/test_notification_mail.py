# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .notification_case import NOTIFICATION, SEND, NotificationCase

TEMPLATE = "mail.template"
SENDER, CONFIRMED = "发送人", "已确认"


@portable
class TestNotificationMail(NotificationCase):
    def template(self, **values):
        partners = self.followers.mapped("partner_id")
        if "use_default_to" in self.env[TEMPLATE]._fields:
            # 19 would ask the document.
            values.setdefault("use_default_to", False)
        return self.env[TEMPLATE].create(dict(
            {
                "name": "Tell", "subject": "Order confirmed",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "body_html": "<p>It <b>is</b> confirmed.</p>",
                "partner_to": ",".join(str(id_) for id_ in partners.ids),
                "email_from": "odoo@example.com", "dingding_notify": True,
                "auto_delete": True,
            }, **values
        ))

    def mail(self, template, user=None):
        compat.flush(self.env)
        template = compat.with_user(template, user or self.author)
        mail_id = template.send_mail(self.document.id)
        compat.flush(self.env)
        return self.env["mail.mail"].browse(mail_id)

    def translated(self):
        """Return a template in two languages, that names document and sender."""
        if not self.env["res.lang"].search([("code", "=", "zh_CN")]):
            self.skipTest("the language is not loaded")
        self.user_employee.lang = "zh_CN"
        (self.user_dingtalk | self.user_manager).write({"lang": "en_US"})
        # From 15 on the marks differ.
        field = self.env[TEMPLATE]._fields["body_html"]
        subject, body = "%s ${user.name}", "<p>%s ${object.name}</p>"
        if hasattr(field, "render_engine"):
            subject, body = "%s {{ user.name }}", '<p>%s <t t-out="object.name"/></p>'
        template = self.template(subject=subject % "By", body_html=body % "Confirmed:")
        template = template.with_context(lang="en_US")
        template.with_context(lang="zh_CN").write(
            {"subject": subject % SENDER, "body_html": body % CONFIRMED})
        return template

    def captured(self):
        return self.env[NOTIFICATION].search([("mode", "=", "mail")])

    def test_recipients_in_one_call(self):
        self.mail(self.template())
        self.process()
        self.assertDingTalkCalled(SEND, times=1)
        for user in self.followers:
            text, = self.texts_of(user)
            self.assertIn("Order confirmed", text)
            self.assertIn("It **is** confirmed.", text)
            self.assertEqual(self.lines_of(user).kind, "mail")

    def test_language_of_each_recipient(self):
        self.mail(self.translated())
        self.process()
        self.assertDingTalkCalled(SEND, times=2)
        for user, words in (
            (self.user_employee, (SENDER, CONFIRMED + " Order 7")),
            (self.user_manager, ("By", "Confirmed: Order 7")),
        ):
            text, = self.texts_of(user)
            self.assertIn("%s %s" % (words[0], self.author.name), text)
            self.assertIn(words[1], text)

    def test_language_of_the_template(self):
        template = self.translated()
        template.lang = "zh_CN"
        self.mail(template)
        self.process()
        text, = self.texts_of(self.user_manager)
        self.assertIn("Confirmed: Order 7", text)

    def test_nothing_is_rendered_twice_in_one_language(self):
        template = self.translated()
        self.user_employee.lang = "en_US"
        self._replace(compat, "render_mail", None)
        self.mail(template)
        self.process()
        self.assertDingTalkCalled(SEND, times=1)

    def test_text_of_the_caller(self):
        template = self.translated()
        compat.with_user(template, self.author).send_mail(
            self.document.id, email_values={"body_html": "<p>Given</p>"})
        compat.flush(self.env)
        self.process()
        for user, word in ((self.user_employee, SENDER), (self.user_manager, "By")):
            text, = self.texts_of(user)
            self.assertIn(word, text)
            self.assertIn("Given", text)

    def test_language_that_cannot_be_rendered(self):
        def fail(template, *_args):
            raise UserError(template.name)

        template = self.translated()
        self._replace(compat, "render_mail", fail)
        self.mail(template)
        self.process()
        text, = self.texts_of(self.user_employee)
        self.assertIn("Confirmed: Order 7", text)

    def test_other_templates_notify_nobody(self):
        self.mail(self.template(dingding_notify=False))
        self.assertFalse(self.captured())

    def test_deleted_by_odoo_once_sent(self):
        self.mail(self.template()).unlink()
        self.process()
        self.assertEqual(len(self.texts_of(self.user_employee)), 1)
        mail = self.mail(self.template())
        self.process()
        mail.unlink()
        self.process()
        self.assertFalse(self.env[NOTIFICATION].search([("mode", "=", "recall")]))

    def test_rights_choice_and_own_doing(self):
        self.env["ir.rule"].create({
            "name": "Hidden from the employee",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d if user.id == %d else 0)]" % (
                self.document.id, self.user_employee.id),
        })
        self.user_dingtalk.dingding_notify_mail = "off"
        # 13 asks for it.
        self.user_manager.write({compat.USER_GROUPS: [
            (4, self.env.ref("base.group_partner_manager").id)]})
        self.mail(self.template(), self.user_manager)
        self.process()
        for user in self.followers:
            self.assertFalse(self.texts_of(user))
        self.assertEqual(self.lines_of(self.user_employee).state, "no_access")

    def test_addresses_are_no_recipients(self):
        self.user_employee.email = "boss@example.com"
        self.mail(self.template(partner_to="", email_to="boss@example.com"))
        self.assertFalse(self.captured())

    def test_sign_in_links_are_never_sent(self):
        with self.assertRaises(ValidationError):
            self.template(model_id=self.env["ir.model"]._get("res.users").id)

    def test_context_alone_captures_nothing(self):
        template = self.template(dingding_notify=False)
        self.mail(template.with_context(dingding_sending=template.id))
        self.assertFalse(self.captured())

    def test_called_by_rpc(self):
        """Data files call it."""
        template = self.template()
        call_as(self.author, TEMPLATE, "send_mail", template.ids, self.document.id)
        self.assertEqual(len(self.captured()), 1)
        if compat.SENDS_IN_BATCHES:
            ids = (self.document | self.document.copy()).ids
            call_as(self.author, TEMPLATE, "send_mail_batch", template.ids, ids)
            self.assertEqual(len(self.captured()), 3)

    def test_only_administrators_choose(self):
        template = self.template(dingding_notify=False)
        for user in (self.user_employee, self.user_manager):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, TEMPLATE, "write", template.ids,
                        {"dingding_notify": True})
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                compat.with_user(self.env[TEMPLATE], user).with_context(
                    default_dingding_notify=True).create({
                        "name": "Mine", "model_id": template.model_id.id})
        call_as(self.user_system, TEMPLATE, "write", template.ids,
                {"dingding_notify": True})
        self.assertTrue(template.dingding_notify)
