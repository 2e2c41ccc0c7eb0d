# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @compat.create_multi
    def create(self, vals_list):
        rows = compat.super_create(super(), vals_list)
        self.env["dingding.notification"]._capture_messages(
            [vals.get("mail_message_id") for vals in vals_list]
        )
        return rows
