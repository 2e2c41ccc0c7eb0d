# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import time

from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.tests.common import DingTalkHttpCase, portable
from odoo.addons.dingding.tests.routes_case import BODIES, HUGE

from ..models.dingding_app_card import CARD_PATH, SECRET


@portable
class TestCardRoutes(DingTalkHttpCase):
    def setUp(self):
        super().setUp()
        model = type(self.env["dingding.event.refusal"])
        self._replace(model._counter, "add", lambda key: 1)
        self.share()

    def post(self, body, secret=None, age=0, ref=None, timestamp=None, **headers):
        timestamp = timestamp or str(int((time.time() - age) * 1000))
        headers.setdefault("x-ddpaas-signature-timestamp", timestamp)
        if secret:
            headers.setdefault("x-ddpaas-signature", cards.signature(secret, timestamp))
        return self.visitor().post(
            self.url(CARD_PATH % (ref or self.app.app_key)),
            data=body if isinstance(body, str) else json.dumps(body),
            headers=dict(headers, **{"Content-Type": "application/json"}), timeout=60,
        )

    def register(self):
        self.app.action_card_register()
        self.assertTrue(self.app.card_registered_on)
        return self.env["dingding.secret"]._get(self.app, SECRET)

    def test_signed_callbacks_are_answered(self):
        secret = self.register()
        answer = self.post({"outTrackId": "x", "userId": "y"}, secret)
        self.assertEqual(answer.status_code, 200)
        note = answer.json()["userPrivateData"]["cardParamMap"]["note"]
        self.assertTrue(note)

    def test_unsigned_callbacks_are_refused(self):
        body = {"outTrackId": "x", "userId": "y"}
        self.assertEqual(self.post(body, "anything").status_code, 403)
        secret = self.register()
        for answer in (
            self.post(body), self.post(body, "wrong"), self.post(body, secret, 3600),
            self.post(body, secret, -3600), self.post(body, secret, ref="other"),
            self.post(body, secret, timestamp="x"),
            self.post(body, None, **{"x-ddpaas-signature": "\u00e9"}),
        ):
            self.assertEqual((answer.status_code, answer.json()), (403, {}))
        self.assertEqual(self.post("[]", secret).status_code, 400)
        self.assertEqual(self.post("x" * 300000, secret).status_code, 413)

    def test_odd_bodies(self):
        secret = self.register()
        for body in BODIES:
            answer = self.post(body, secret)
            self.assertLess(answer.status_code, 500, body[:50])
        answer = self.post({"outTrackId": HUGE, "userId": "y"}, secret)
        self.assertLess(answer.status_code, 500)

    def test_the_secret_is_not_shown(self):
        secret = self.register()
        self.assertNotIn(secret, json.dumps(self.app.read()[0], default=str))
