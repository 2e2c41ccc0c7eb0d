# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import api, fields, models

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.models.dingding_purge import ENDED

from .dingding_chat_topic import KEEP_DAYS


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("messages", 365, "dingding.robot.message", self._purge_ended),
            ("cards", 90, "dingding.card.change", self._purge_ended),
            ("cards", 90, "dingding.card", list),
            ("cards", 90, "dingding.card.press", self._purge_ended),
            ("messages", 365, "dingding.chat.post", self._purge_ended),
            ("chats", 30, "dingding.chat.message", self._purge_chats),
            ("chats", 30, "dingding.chat.topic", self._purge_topics),
        ]

    @api.model
    def _purge_chats(self):
        """Return the domain of old messages; nobody answers those any longer."""
        return [("state", "in", ENDED + ("unknown",))]

    @api.model
    def _purge_topics(self):
        """Return the domain of discussions not sent lately."""
        moment = utc.now() - datetime.timedelta(days=KEEP_DAYS)
        return ["|", ("used_at", "=", False),
                ("used_at", "<", fields.Datetime.to_string(moment))]
