# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import os
import re

from odoo import tools

from .. import compat
from ..dingtalk.errors import InvalidArgumentError
from .common import DingTalkCase, portable

FILE = os.path.join(os.path.dirname(__file__), "..", "data", "neutralize.sql")


@portable
class TestNeutralize(DingTalkCase):
    def neutralize(self):
        compat.flush(self.env)
        with open(FILE) as source:
            # Up to 15 with psql, later by Odoo without parameters.
            self.env.cr.execute(source.read())
        compat.forget(self.env)

    def test_an_app_secret_outside_of_the_database(self):
        """The copy runs beside the original, with the same configuration."""
        app = self.corp.app_id
        key = app.app_key
        variable = "DINGDING_APP_SECRET_%s" % re.sub(r"[^A-Z0-9]", "_", key.upper())
        option = "dingding_app_secret_%s" % key.lower()
        for target, name in ((os.environ, variable), (tools.config.options, option)):
            target[name] = self.simulator.app_secret
            self.addCleanup(target.pop, name, None)
        self.assertTrue(app._secret())
        for _twice in range(2):
            self.neutralize()
            self.assertEqual(app.app_key, key + "-neutralized")
        self.assertFalse(app._secret())
        self.simulator.forget_calls()
        with self.assertRaises(InvalidArgumentError):
            app._dingtalk_client().contacts.department(1)
        self.assertDingTalkNotCalled()

    def test_a_copy_says_nothing(self):
        self.corp.action_test_connection()
        crons = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=", "dingding")]
        )
        self.assertTrue(crons)
        self.neutralize()
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
