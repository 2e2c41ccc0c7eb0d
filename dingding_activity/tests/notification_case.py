# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from markupsafe import Markup

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import true_body
from odoo.addons.dingding.tests.message_case import SEND, MessageCase

NOTIFICATION = "dingding.notification"
LINE = "dingding.notification.line"
# Noon in Beijing on a Tuesday.
NOON = datetime.datetime(2026, 3, 3, 4, 0)

__all__ = ["LINE", "NOON", "NOTIFICATION", "SEND", "NotificationCase", "text_of"]


def text_of(message):
    """Return the text in the body of a work notification."""
    body = json.loads(true_body(message))
    part = body[body["msgtype"]]
    return part.get("markdown") or part.get("text")


class NotificationCase(MessageCase):
    """A document that the employee, the DingTalk user and the manager follow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.corp.notify = True
        cls.author = cls._make_user(
            cls.env, "author", "base.group_user", "base.group_partner_manager")
        cls.user_employee.write({compat.USER_GROUPS: [
            (4, cls.env.ref("base.group_partner_manager").id)]})
        users = cls.user_employee | cls.user_dingtalk | cls.user_manager
        cls.followers = users
        users.write({"tz": "Asia/Shanghai"})
        cls.document = cls.env["res.partner"].with_context(
            mail_create_nosubscribe=True, tracking_disable=True,
        ).create({"name": "Order 7", "email": "order@example.com"})
        cls.follow(cls.document, users)
        compat.flush(cls.env)

    @staticmethod
    def follow(document, users):
        reference = document.env.ref
        document.message_subscribe(
            partner_ids=users.mapped("partner_id").ids,
            subtype_ids=[reference("mail.mt_comment").id, reference("mail.mt_note").id],
        )

    def setUp(self):
        super().setUp()
        # Odoo 11 welcomes new users.
        self.env[NOTIFICATION].search([]).unlink()
        self.at(NOON)
        self._replace(
            type(self.env[NOTIFICATION]), "_now", lambda rows: self.present)

    def at(self, moment):
        """Stop the clock of notifications at a UTC time."""
        self.present = moment

    def post(self, body="<p>Hello <b>all</b></p>", user=None, note=False, **values):
        """Post to the document; return the message of the chatter."""
        compat.flush(self.env)
        document = compat.with_user(self.document, user or self.author)
        xmlid = "mail.mt_note" if note else "mail.mt_comment"
        message = document.message_post(
            body=Markup(body), message_type="comment",
            subtype_id=self.env.ref(xmlid).id, **values
        )
        compat.flush(self.env)
        return message.with_env(self.env)

    def activity(self, user, by=None, **values):
        """Plan an activity on the document."""
        compat.flush(self.env)
        activities = compat.with_user(self.env["mail.activity"], by or self.author)
        activity = activities.create(dict(
            {
                "res_model_id": self.env["ir.model"]._get("res.partner").id,
                "res_id": self.document.id, "user_id": user.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "summary": "Call them", "date_deadline": "2026-03-09",
            }, **values
        ))
        compat.flush(self.env)
        return activity

    def process(self):
        """Process what is due, and send it."""
        self.process_queue(NOTIFICATION)
        self.process_queue()

    def hurry(self):
        rows = self.env[NOTIFICATION].search([("state", "=", "queued")])
        rows.write({"next_try": fields.Datetime.to_string(
            datetime.datetime(2001, 1, 1))})
        compat.flush(self.env)
        return rows

    def lines_of(self, user):
        return self.env[LINE].search([("user_id", "=", user.id)])

    def texts_of(self, user):
        person = self.people.filtered(lambda each: each.user_id == user)
        rows = self.env["dingding.message.recipient"].search(
            [("person_id", "in", person.ids)], order="id")
        return [text_of(row.message_id) for row in rows]
