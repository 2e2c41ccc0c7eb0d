# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields

from .. import compat
from ..dingtalk import utc
from .common import DingTalkCase

API = "/topapi/message/corpconversation/"
SEND = API + "asyncsend_v2"
RESULT = API + "getsendresult"
RECALL = API + "recall"


class MessageCase(DingTalkCase):
    """People of the simulator as DingTalk users, three of them linked to users."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.userids = [user["userid"] for user in items_of(cls.simulator.users())]
        cls.people = cls._make_people(cls.env, cls.corp, cls.userids)
        linked = (cls.user_employee, cls.user_dingtalk, cls.user_manager)
        for person, user in zip(cls.people, linked):
            person.user_id = user
        cls.person = cls.people[0]

    def setUp(self):
        super().setUp()
        # No test runs around DingTalk's midnight.
        self.now_is(utc.now().replace(hour=4, microsecond=0))

    @classmethod
    def _make_people(cls, env, corp, userids):
        people = env["dingding.user"]
        for number, userid in enumerate(userids):
            people |= people.create(
                {"name": "Person %d" % number, "userid": userid, "corp_id": corp.id}
            )
        return people

    @property
    def messages(self):
        return self.env["dingding.message"]

    def send(self, recipients, body="Hello", **kwargs):
        """Send as the system; return the message."""
        return self.messages.send(kwargs.pop("app", None), recipients, body, **kwargs)

    def sent(self, recipients=None, body="Hello", **kwargs):
        """Send and process; return the message."""
        message = self.send(recipients or self.person, body, **kwargs)
        self.process_queue()
        return message

    def phone(self, person):
        """Return the messages on a person's phone, newest first."""
        return items_of(self.simulator.messages(person.userid))

    def rows_of(self, message, person):
        # From 13 on message.recipient_ids caches what the user before saw.
        return self.env["dingding.message.recipient"].search(
            [("message_id", "=", message.id), ("person_id", "=", person.id)]
        )

    def now_is(self, moment):
        """Stop the messages' clock at ``moment`` (UTC)."""
        from ..models import dingding_message, dingding_message_task

        self.moment = moment
        for module in (dingding_message, dingding_message_task):
            self._replace(module, "database_now", lambda cr: moment)

    def hide_document(self, user):
        """Let a user read every partner but ``self.document``."""
        self.env["ir.rule"].create({
            "name": "Hidden", "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain_force": "[('id', '!=', %d if user.id == %d else 0)]" % (
                self.document.id, user.id),
        })
        compat.clear_caches(self.env)

    def due_now(self, message, **values):
        """Make the parts of a message due."""
        message.task_ids.write(
            dict({"next_try": fields.Datetime.to_string(_long_ago())}, **values)
        )


def _long_ago():
    return fields.Datetime.from_string("2001-01-01 00:00:00")


def items_of(answer):
    """Return the list in an answer of the simulator's control API."""
    if isinstance(answer, list):
        return answer
    for value in answer.values():
        if isinstance(value, list):
            return value
    return []
