# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat


@compat.only_for("dingding.group_user")
class DingdingSendButton(models.TransientModel):
    """A button of an action card that is being composed."""

    _name = "dingding.send.button"
    _description = "DingTalk Action Card Button"
    _order = "sequence, id"

    send_id = fields.Many2one("dingding.send", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    title = fields.Char(required=True)
    url = fields.Char(string="URL", required=True)
