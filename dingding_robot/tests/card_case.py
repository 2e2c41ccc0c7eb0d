# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Shared by the tests of cards."""
import json
import os
import uuid

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.message_case import MessageCase

from ..models import dingding_card_copy

TEMPLATE = "record.schema"
KEY = "partner.check"


def template_text():
    path = os.path.join(
        os.path.dirname(os.path.dirname(__file__)), "card_templates", "record.json")
    with open(path, encoding="utf-8") as opened:
        return opened.read()


class CardCase(MessageCase):
    """A card about partners, sent to an employee, a DingTalk user and a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls._like_a_test() as test:
            test.env = test.env(context=dict(test.env.context, lang="en_US"))
            test._make_card()
            for name in ("partner_model", "method", "setup", "partner"):
                setattr(cls, name, getattr(test, name))

    def _make_card(self):
        self.corp.write({"card_template": TEMPLATE})
        self.app.write({"stream_mode": True})
        # Employees may read partners, but not write them.
        for user in (self.user_employee, self.user_dingtalk):
            user.write({compat.USER_GROUPS: [
                (4, self.env.ref("base.group_partner_manager").id)]})
        self.method_is("action_check", lambda records: None)
        self.partner_model = self.env["ir.model"]._get("res.partner")
        self.method = self.env["dingding.card.method"].create({
            "title": "Check", "model_id": self.partner_model.id,
            "name": "action_check",
        })
        self.setup = self.make_setup()
        self.partner = self.env["res.partner"].create({
            "name": "Deco *Addict*", "city": "Hangzhou", "phone": "+86 571 12345678",
            "function": "Draft", "user_id": self.user_employee.id,
        })

    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.simulator.control("POST", "/cards/templates", {
            "id": TEMPLATE, "file": template_text()})
        # Answers have arrived.
        self._replace(dingding_card_copy, "LATE_SECONDS", 0)
        self.called = []
        case = self

        def approve(records, reason=None):
            case.called.append((records.env.uid, records.ids, reason))
            records.write({"function": "Approved"})

        self.method_is("action_check", approve)

    def method_is(self, name, function):
        """Have partners a method."""
        model = type(self.env["res.partner"])
        missing = object()
        before = model.__dict__.get(name, missing)

        def undo():
            if before is missing:
                delattr(model, name)
            else:
                setattr(model, name, before)

        setattr(model, name, function)
        self.addCleanup(undo)

    def hide(self):
        """Have nobody read the partner; return the rule."""
        return self.env["ir.rule"].create({
            "name": "Hidden", "model_id": self.partner_model.id,
            "domain_force": "[('id', '!=', %d)]" % self.partner.id,
        })

    def field(self, name):
        return self.env["ir.model.fields"].search(
            [("model", "=", "res.partner"), ("name", "=", name)])

    def make_setup(self, **values):
        return self.env["dingding.card.setup"].create(dict(
            {
                "name": "Check a partner", "key": KEY, "corp_id": self.corp.id,
                "model_id": self.partner_model.id, "title": "Check {name}",
                "state_path": "function", "recipient_path": "user_id",
                "line_ids": [
                    (0, 0, {"field_path": "city", "label": "City", "shown": "card"}),
                    (0, 0, {"field_path": "phone", "label": "Phone",
                            "shown": "viewer"}),
                    (0, 0, {"field_path": "comment", "shown": "link"}),
                ],
                "action_ids": [
                    (0, 0, {"name": "Approve", "method_id": self.method.id}),
                ],
            },
            **values
        ))

    def send(self, *args, **kwargs):
        """Send the card; return it."""
        card = self.partner.dingding_send_card(KEY, *args, **kwargs)
        self.work()
        return card

    def work(self):
        """Process what is queued for cards."""
        for _round in range(5):
            for name in ("dingding.card.press", "dingding.card.change"):
                self.process_queue(name)
        self.process_queue()
        compat.forget(self.env)

    def cards_of(self, person):
        """Return the cards on a person's phone, newest first."""
        return self.simulator.control("GET", "/cards", userid=person.userid)

    def shown(self, person=None):
        return self.cards_of(person or self.person)[0]

    def stored(self, copy):
        """Return all that DingTalk stores of a copy, as text."""
        for card in self.simulator.control("GET", "/cards"):
            if card["out_track_id"] == copy.out_track_id:
                return json.dumps(
                    [card["data"], card["private"]], ensure_ascii=False)
        return ""

    def data(self, copy, person=None, action="action_1", **values):
        """Return a callback as DingTalk sends it."""
        params = values.pop("params", {})
        return dict(
            {
                "type": "actionCallback", "outTrackId": copy.out_track_id,
                "corpId": self.corp.corp_id,
                "userId": (person or copy.person_id).userid,
                "content": json.dumps({
                    "cardPrivateData": {"actionIds": [action], "params": params}}),
            },
            **values
        )

    def press(self, copy, person=None, message_id=None, **values):
        """Press a button; return DingTalk's answer."""
        return self.take(self.data(copy, person, **values), message_id)

    def take(self, data, message_id=None):
        if message_id is None:
            message_id = uuid.uuid4().hex
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            app = self.app.with_env(self.env(cr=cr))
            answer = app._take_card_callback({"messageId": message_id}, data)
        compat.forget(self.env)
        json.dumps(answer)
        return answer

    def note(self, answer):
        return answer["userPrivateData"]["cardParamMap"]["note"]

    def outcomes(self):
        return self.env["dingding.card.press"].search([], order="id").mapped("outcome")
