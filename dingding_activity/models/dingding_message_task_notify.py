# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from .dingding_corp_pause import DIRECT_FEATURE, FOLLOWED_FEATURE

# Near the month's cap, notifications of followed documents pause first.
FOLLOWED = ("message", "note", "overdue")


class DingdingMessageTask(models.Model):
    """Count the calls of notifications under their budget feature."""

    _inherit = "dingding.message.task"

    def _call_feature(self):
        # sudo: a worker sends, or a manager who retries.
        kinds = self.env["dingding.notification.line"].sudo().search(
            [("message_id", "=", self.message_id.id)]).mapped("kind")
        if not kinds:
            return super()._call_feature()
        followed = all(kind in FOLLOWED for kind in kinds)
        return FOLLOWED_FEATURE if followed else DIRECT_FEATURE
