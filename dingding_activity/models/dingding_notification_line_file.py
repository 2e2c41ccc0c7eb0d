# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding.dingtalk import messages_body

# DingTalk limits buttons to 1000 characters.
LONGEST = 800


class DingdingNotificationLine(models.Model):
    """Offer the files of messages, and check who may get a requested one."""

    _inherit = "dingding.notification.line"

    def _may_read(self):
        if self.kind != "file":
            return super()._may_read()
        return bool(self.source_id._granted_file())

    def _subjects(self):
        # Nobody else reads which file a person has asked for.
        return None if self.kind == "file" else super()._subjects()

    def _files_url(self, url):
        """Return the address of the page with the files of these lines, or ''.

        :param str url: what the card opens besides
        """
        rows = self.env["dingding.notification"]
        messages = self.mapped("mail_message_id").filtered(
            lambda message: any(
                rows._file_kind(attachment) for attachment in message.attachment_ids))
        if not url or not messages:
            return ""
        address = self.env["dingding.corp"]._page_url(
            rows._files_path(messages.sorted("id").ids))
        if len(address) > messages_body.MAX_BUTTON_URL or (
            len(url) + len(address) > LONGEST
        ):
            return ""
        return address

    def _files_label(self):
        return _("Get the files")
