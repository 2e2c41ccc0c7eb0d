# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.dingtalk.api import cards, robots
from odoo.addons.dingding.tests.common import DingTalkCase, portable


@portable
class TestRemedies(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.remedies = self.env["dingding.remedy"].with_context(lang="en_US")

    def test_each_key_has_a_sentence_of_its_own(self):
        keys = robots.REMEDIES + cards.REMEDIES
        sentences = {self.remedies._sentence(key) for key in keys}
        self.assertEqual(len(sentences), len(keys))
        self.assertNotIn(self.remedies._sentence("unknown"), sentences)

    def test_addresses(self):
        limit = self.remedies._address("robot_limit")
        self.assertIn("custom-robots", limit)
        self.assertIn(limit, self.remedies._text("robot_limit"))
        self.assertTrue(self.remedies._address("credentials"), "the core's own")
