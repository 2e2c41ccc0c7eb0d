# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Shared by the tests of groups."""

from .chat_case import ChatCase

GROUP, RULE = "dingding.group", "dingding.group.rule"


class GroupCase(ChatCase):
    """Provide three people whom Odoo knows."""

    def setUp(self):
        super().setUp()
        self.people = self.person
        for number in (1, 2):
            self.people |= self.env["dingding.user"].create({
                "name": "P%d" % number, "userid": self.userids[number],
                "corp_id": self.corp.id})
