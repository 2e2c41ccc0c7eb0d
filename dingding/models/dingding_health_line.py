# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat
from .dingding_health import LINE_STATES


@compat.only_for("dingding.group_manager")
class DingdingHealthLine(models.TransientModel):
    """One result of the connection test."""

    _name = "dingding.health.line"
    _description = "DingTalk Connection Test Line"
    _order = "sequence, id"

    health_id = fields.Many2one(
        "dingding.health", string="Connection test", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    sequence = fields.Integer(readonly=True)
    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="cascade"
    )
    name = fields.Char(string="Check", required=True, readonly=True)
    state = fields.Selection(LINE_STATES, string="Result", required=True, readonly=True)
    message = fields.Char(string="DingTalk's message", readonly=True)
    remedy = fields.Char(string="What to do", readonly=True)
    address = fields.Char(string="Settings link", readonly=True)
