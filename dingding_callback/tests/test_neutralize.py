# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import os

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import crypto
from odoo.addons.dingding.tests.common import portable

from ..cli.dingdingstream import Runner
from ..models import dingding_app
from .common import EventCase

FILE = os.path.join(os.path.dirname(__file__), "..", "data", "neutralize.sql")


@portable
class TestNeutralize(EventCase):
    def neutralize(self):
        compat.flush(self.env)
        with open(FILE) as source:
            self.env.cr.execute(source.read())
        compat.forget(self.env)

    def receive(self, keys, number):
        envelope = crypto.CallbackCrypto(keys[0], keys[1], self.app.app_key)
        message = {"EventType": "user_modify_org", "CorpId": self.corp.corp_id,
                   "TimeStamp": str(1700000000000 + number), "UserId": ["u1"]}
        answer = envelope.answer(json.dumps(message), nonce="Abcd1234")
        query = {"signature": answer["msg_signature"], "nonce": "Abcd1234",
                 "timestamp": answer["timeStamp"]}
        content = json.dumps({"encrypt": answer["encrypt"]}).encode()
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            apps = self.env["dingding.app"].with_env(self.env(cr=cr))
            status, _body = apps._callback_receive(self.app.app_key, query, content)
        return status

    def test_events_are_refused(self):
        keys = dingding_app.new_keys()
        self.app._callback_set_keys(*keys)
        setup = self.env["dingding.callback.setup"].create({"app_id": self.app.id})
        compat.flush(self.env)
        events = self.env["dingding.event"]
        self.assertEqual(self.receive(keys, 1), 200)
        before = events.search([])
        self.neutralize()
        self.assertEqual(self.receive(keys, 2), 403)
        self.assertEqual(events.search([]), before)
        self.assertFalse(self.app.callback_is_set)
        self.assertFalse(setup.exists())

    def test_no_stream_is_opened(self):
        self.app.stream_mode = True
        runner = Runner([self.env.cr.dbname])
        try:
            runner.turn(0)
            self.assertEqual([key[1] for key in runner.lines], [self.app.id])
            self.neutralize()
            runner.look()
            self.assertFalse(runner.lines)
        finally:
            runner.stop()
            runner.run()
