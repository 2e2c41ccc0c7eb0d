# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from .. import compat


class DingdingMessage(models.Model):
    """Show subject and body of personal messages to those who may see them."""

    _inherit = "dingding.message"

    def _with_readable_text(self):
        """Return the messages whose text the current user may read."""
        if compat.is_superuser(self.env):
            return self
        # sudo: the rows of other recipients, and who they are, are not read as a user.
        personal = self.sudo().filtered("is_personal")
        if not personal:
            return self
        recipients = self.env["dingding.message.recipient"].sudo()
        mine = recipients.search([
            ("message_id", "in", personal.ids), ("recalled", "=", False),
            ("user_id", "=", self.env.uid), ("state", "!=", "queued"),
        ]).mapped("message_id")
        known = set(mine.ids)
        left = self.browse([id_ for id_ in personal.ids if id_ not in known])
        hidden = set(left.ids) - set(left._readable_by_subject())
        return self.filtered(lambda message: message.id not in hidden)

    def _readable_by_subject(self):
        """Return the ids of personal messages about what the user may read in Odoo.

        Addons extend it.
        """
        return []

    def _texts(self):
        """Return {id: record with ``name`` and ``body``}, with sudo, for any user."""
        messages = self.sudo()
        found = {message.id: message for message in messages}
        personal = messages.filtered("is_personal")
        if personal:
            for row in self.env["dingding.message.text"].sudo().search(
                [("message_id", "in", personal.ids)]
            ):
                found[row.message_id.id] = row
        return found

    def _true_name(self):
        """Return the subject, for any user."""
        return self._texts()[self.id].name

    def _shown_name(self):
        """Return the display name; Odoo reads those of links with all rights."""
        if self.is_personal and compat.is_superuser(self.env):
            return self._hidden_name()
        return self.subject

    # Odoo takes the language of a text from ``self``.
    def _hidden_name(self):
        return _("Personal notification")

    def _hidden_text(self):
        return _("Only those who got this message can read it.")
