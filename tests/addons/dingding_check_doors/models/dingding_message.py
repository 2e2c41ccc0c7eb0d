# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from html import escape

from odoo import fields, models

from odoo.addons.dingding import compat, preview
from odoo.addons.dingding.dingtalk import messages_body
from odoo.addons.dingding.dingtalk.errors import argument_error

NOTE = ("check_note", "Note")
LIMIT = 20


def check(content):
    """Refuse a note that is empty or too long."""
    words = (content or {}).get("words") or ""
    if not 0 < len(words) <= LIMIT:
        raise argument_error(
            "words: not 1 to %d characters" % LIMIT, argument="words",
            length=len(words), limit=LIMIT,
        )


messages_body.register(NOTE[0], check)
preview.register(
    NOTE[0], lambda content: "<q>%s</q>" % escape(content["words"]),
    lambda content: content["words"],
)


class DingdingMessage(models.Model):
    _inherit = "dingding.message"

    kind = fields.Selection(**compat.added_selection(NOTE))
