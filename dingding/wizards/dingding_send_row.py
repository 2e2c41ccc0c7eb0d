# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat


@compat.only_for("dingding.group_user")
class DingdingSendRow(models.TransientModel):
    """A row of an OA message that is being composed."""

    _name = "dingding.send.row"
    _description = "DingTalk OA Message Row"
    _order = "sequence, id"

    send_id = fields.Many2one("dingding.send", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    label = fields.Char(required=True)
    value = fields.Char(required=True)
