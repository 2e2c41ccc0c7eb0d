# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.tools import mute_logger

from odoo.addons.dingding.tests.common import portable

from .chat_case import ChatCase

RULE = "dingding.group.rule"


@portable
class TestGroupRuleAlone(ChatCase):
    """Check that two who run a rule at once make each group once."""

    def setUp(self):
        super().setUp()
        self.rule = self.env[RULE].create({
            "name": "Alone", "corp_id": self.corp.id,
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "domain": "[('ref', '=', 'alone')]",
        })

    def test_once_for_each_document(self):
        self.env["res.partner"].create({
            "name": "Alone", "ref": "alone", "user_id": self.user_employee.id})
        self.rule.action_run()
        self.rule.action_run()
        self.assertEqual(len(self.rule.made_group_ids), 1)

    def test_the_lock_comes_first(self):
        steps, rules = [], type(self.rule)
        for name in ("_begin_making", "_values"):
            real = getattr(rules, name)
            self._replace(rules, name, lambda *args, name=name, real=real: (
                steps.append(name), real(*args))[1])
        self.env["res.partner"].create({
            "name": "Alone", "ref": "alone", "user_id": self.user_employee.id})
        self.rule.action_run()
        self.assertEqual(steps[:2], ["_begin_making", "_values"])

    @mute_logger("odoo.sql_db")
    def test_the_second_one_begins_anew(self):
        self.assertFirstWins(RULE, "_begin_making")
