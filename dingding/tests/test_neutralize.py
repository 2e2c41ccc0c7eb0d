# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import os

from .. import compat
from ..dingtalk.errors import InvalidArgumentError
from .common import DingTalkCase, portable

FILE = os.path.join(os.path.dirname(__file__), "..", "data", "neutralize.sql")


@portable
class TestNeutralize(DingTalkCase):
    def test_a_copy_says_nothing(self):
        self.corp.action_test_connection()
        crons = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=", "dingding")]
        )
        self.assertTrue(crons)
        compat.flush(self.env)
        with open(FILE) as source:
            self.env.cr.execute(source.read())
        compat.forget(self.env)
        self.simulator.forget_calls()
        app = self.corp.app_id
        self.assertFalse(app._secret())
        with self.assertRaises(InvalidArgumentError):
            app._dingtalk_client().contacts.department(1)
        self.assertDingTalkNotCalled()
        self.env.cr.execute(
            "SELECT count(*) FROM ir_cron WHERE active AND id IN %s",
            [tuple(crons.mapped("res_id"))],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
