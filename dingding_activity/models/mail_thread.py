# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_auto_subscribe_notify(self, partner_ids, *args, **kwargs):
        """Notify people of assigned documents.

        Odoo 11 deletes its own message, so that cannot be captured.
        """
        notifications = self.env["dingding.notification"]
        notifications._capture_assignments(self, partner_ids)
        self = self.with_context(dingding_notify="none")
        return super()._message_auto_subscribe_notify(partner_ids, *args, **kwargs)
