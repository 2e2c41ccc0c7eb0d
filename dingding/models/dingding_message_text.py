# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat


class DingdingMessageText(models.Model):
    """Subject and body of a personal message, which tell of documents.

    Nobody may read the table, so no domain, group, export or display name reveals them.
    """

    _name = "dingding.message.text"
    _description = "Text of a Personal DingTalk Message"
    _rec_name = "message_id"

    message_id = fields.Many2one(
        "dingding.message", string="Message", required=True, readonly=True,
        ondelete="cascade",
    )
    name = fields.Char(string="Subject", required=True, readonly=True)
    body = fields.Text(required=True, readonly=True)
    parts = fields.Integer(
        readonly=True,
        help="Number of rows with subjects of the text; some may be deleted.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["message_id"])
        return result
