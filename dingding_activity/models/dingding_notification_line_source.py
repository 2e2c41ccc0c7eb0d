# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import messages_body
from odoo.addons.dingding.models import placeholders

from .. import markdown


class DingdingNotificationLine(models.Model):
    """Write texts of e-mails and rules, with the recipient's rights."""

    _inherit = "dingding.notification.line"

    def _has_source(self, user):
        if self.kind == "mail":
            return bool(self.source_id)
        if self.kind == "rule":
            # The text is for internal users only.
            return bool(self.source_id.action_id) and user.has_group("base.group_user")
        return super()._has_source(user)

    def _has_common_text(self):
        # A rule's values are read with the recipient's rights.
        return self.kind != "rule" and super()._has_common_text()

    def _head(self):
        source = self.source_id
        if self.kind not in ("mail", "rule"):
            return super()._head()
        if self.kind == "rule":
            title = self._filled("dingding_title") or source.action_id.name
        else:
            title = source._mail_text("subject") or source.actor_id.name
        return self._signed(title, source.create_date)

    def _content(self):
        if self.kind == "mail":
            return markdown.lines_of(self.source_id._mail_text("body_html"))
        if self.kind != "rule":
            return super()._content()
        text = self._filled("dingding_text")
        if self.source_id.action_id.dingding_kind == "markdown":
            return [
                markdown.pieces_of(line) for line in text.splitlines() if line.strip()]
        return markdown.lines_of(html_escape(text).replace("\n", "<br/>"))

    def _filled(self, name):
        """Return a text of the rule with the values that the recipient may read."""
        text = self.source_id.action_id[name] or ""
        record = self._record()
        compat.separate_users(self.env)
        try:
            return placeholders.filled(
                text, lambda path: self._value(record, path),
                messages_body.joined).strip()
        finally:
            compat.separate_users(self.env)

    @api.model
    def _value(self, record, path):
        """Return the value at the end of a path, '' if the user may not read it."""
        try:
            return markdown.harmless(placeholders.value(record, path))
        except (AccessError, MissingError):
            return ""
