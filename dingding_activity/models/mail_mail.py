# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .dingding_notification_mail import SENDING, Sending


class MailMail(models.Model):
    """Capture e-mails of templates with DingTalk notifications."""

    _inherit = "mail.mail"

    @compat.create_multi
    def create(self, vals_list):
        mails = compat.super_create(super(), vals_list)
        sending = self.env.context.get(SENDING)
        if isinstance(sending, Sending):
            self.env["dingding.notification"]._capture_mails(mails, sending)
        return mails
