# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import re

from odoo import _, api, fields, models

_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")


class DingdingChatMessage(models.Model):
    """Show messages to the robot in words."""

    _inherit = "dingding.chat.message"

    kind_name = fields.Char(string="Message type", compute="_compute_kind_name")
    answer_text = fields.Text(
        string="Answer text", compute="_compute_answer_text",
        groups="base.group_system")

    @api.depends("kind")
    def _compute_kind_name(self):
        names = {
            "text": _("Text"), "richText": _("Text with pictures"),
            "picture": _("Picture"), "audio": _("Voice message"), "video": _("Video"),
            "file": _("File"),
        }
        for message in self:
            # A type that DingTalk adds later is shown as it is.
            message.kind_name = names.get(message.kind, message.kind)

    @api.depends("answer")
    def _compute_answer_text(self):
        for message in self:
            steps = json.loads(message.answer or "[]")
            message.answer_text = "\n\n".join(
                _text_of(step.get("body") or {}) for step in steps)


def _text_of(body):
    """Return the text of a message's body without Markdown's links."""
    content = body.get(body.get("msgtype")) or {}
    text = content.get("text") or content.get("content") or content.get("title") or ""
    return _LINK.sub(r"\1", text).replace("**", "")
