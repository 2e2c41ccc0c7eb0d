# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .. import markdown

# Context of messages that an e-mail makes; Odoo 11 sets it itself.
OF_MAIL = "message_create_from_mail_mail"


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
            self.env.context.get(OF_MAIL)
        ):
            self.env["dingding.notification"]._capture_messages(messages.ids)
        return messages

    def write(self, vals):
        result = super().write(vals)
        # In later series the chatter empties messages instead of deleting them. 15
        # deletes their files after the text, and then their notifications.
        if self._dingding_is_message() and (
            "notification_ids" in vals
            or "body" in vals and markdown.is_empty(str(vals["body"] or ""))
        ):
            emptied = self.filtered(lambda message: message._dingding_is_emptied())
            if emptied:
                self.env["dingding.notification"]._forget_emptied(emptied.ids)
        return result

    def _dingding_is_emptied(self):
        """Tell whether a message that was written shows neither text nor a file."""
        # sudo: who may write the message may not read each of its files.
        message = self.sudo()
        return markdown.is_empty(str(message.body or "")) and not (
            message.attachment_ids or message.tracking_value_ids)

    def unlink(self):
        if self._dingding_is_message():
            self.env["dingding.notification"]._forget_messages(self.ids)
        return super().unlink()
