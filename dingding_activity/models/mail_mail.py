# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .dingding_notification_mail import TEMPLATE


class MailMail(models.Model):
    """Capture e-mails of templates with DingTalk notifications."""

    _inherit = "mail.mail"

    @compat.create_multi
    def create(self, vals_list):
        mails = compat.super_create(super(), vals_list)
        template_id = self.env.context.get(TEMPLATE)
        if template_id:
            # sudo: only administrators may read the tick. A caller may have put the
            # key into the context, so the template decides.
            template = self.env["mail.template"].sudo().browse(template_id).exists()
            if template.dingding_notify:
                self.env["dingding.notification"]._capture_mails(mails)
        return mails
