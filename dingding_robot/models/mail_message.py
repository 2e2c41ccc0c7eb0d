# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import models

from odoo.addons.dingding import compat

from .dingding_chat_topic import CAME_IN

_logger = logging.getLogger(__name__)


class MailMessage(models.Model):
    _inherit = "mail.message"

    @compat.create_multi
    def create(self, vals_list):
        messages = compat.super_create(super(), vals_list)
        if self._name != "mail.message":
            # Odoo's composer inherits this model up to 13.0.
            return messages
        # sudo: the author has no rights on the robot's tables.
        topics = self.env["dingding.chat.topic"].sudo()
        if not self.env.context.get(CAME_IN) and topics._sends_out(vals_list):
            try:
                with self.env.cr.savepoint():
                    topics._send_out(messages.sudo())
                    compat.flush(self.env)
            except Exception:
                # The discussion in Odoo must go on.
                _logger.exception("A discussion was not sent to DingTalk")
        return messages
