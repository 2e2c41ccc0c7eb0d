# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .. import markdown


class MailMessage(models.Model):
    """Messages; up to 13.0 also Odoo's composer, a model of its own with other ids."""

    _inherit = "mail.message"

    def _dingding_is_message(self):
        return self._name == "mail.message"

    @compat.create_multi
    def create(self, vals_list):
        messages = compat.super_create(super(), vals_list)
        if self._dingding_is_message() and not compat.NOTIFICATION_RECORDS and not (
            # Of an e-mail, such as one of a mass mailing: Odoo notifies nobody.
            self.env.context.get("message_create_from_mail_mail")
        ):
            self.env["dingding.notification"]._capture_messages(messages.ids)
        return messages

    def write(self, vals):
        result = super().write(vals)
        # In later series the chatter empties messages instead of deleting them.
        if self._dingding_is_message() and "body" in vals and (
            markdown.is_empty(str(vals["body"] or ""))
        ):
            self.env["dingding.notification"]._forget_emptied(self.ids)
        return result

    def unlink(self):
        if self._dingding_is_message():
            self.env["dingding.notification"]._forget_messages(self.ids)
        return super().unlink()
