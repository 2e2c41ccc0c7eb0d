# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .dingding_notification_mail import SENDING, Cause, Sending
from .mail_message import OF_MAIL


class MailMail(models.Model):
    """Capture e-mails of templates with DingTalk notifications."""

    _inherit = "mail.mail"

    @compat.create_multi
    def create(self, vals_list):
        if not compat.NOTIFICATION_RECORDS and not self.env.context.get(OF_MAIL):
            return compat.create_all(
                self.with_context(**{OF_MAIL: True}), vals_list).with_env(self.env)
        sending = self.env.context.get(SENDING)
        mails = compat.super_create(super(), [
            # Clients could give defaults.
            dict(vals, dingding_hold=self._dingding_key(sending, vals),
                 dingding_check=False)
            for vals in vals_list
        ])
        if isinstance(sending, Sending):
            self.env["dingding.notification"]._capture_mails(mails, sending)
        return mails

    def _dingding_key(self, sending, vals):
        """Return what decides about an e-mail, if it is known before it is created."""
        if isinstance(sending, Cause):
            return sending.key
        message_id = vals.get("mail_message_id")
        if not message_id or isinstance(sending, Sending) or (
            self.env["dingding.notification"]._is_silent()
        ):
            return False
        return "message,%d" % message_id
