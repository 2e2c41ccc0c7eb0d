# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from .dingding_notification_mail import SENDING, Cause


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_auto_subscribe_notify(self, partner_ids, *args, **kwargs):
        """Notify people of assigned documents.

        Odoo 11 deletes its own message, so that cannot be captured.
        """
        notifications = self.env["dingding.notification"]
        notifications._capture_assignments(self, partner_ids)
        result = None
        for record in self:
            cause = Cause("assignment,%s,%d" % (record._name, record.id))
            self = record.with_context(**{"dingding_notify": "none", SENDING: cause})
            result = super()._message_auto_subscribe_notify(
                partner_ids, *args, **kwargs)
        return result
