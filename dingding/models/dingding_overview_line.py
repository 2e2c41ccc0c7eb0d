# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from .. import compat
from .dingding_health import LINE_STATES


@compat.only_for("dingding.group_manager")
class DingdingOverviewLine(models.TransientModel):
    """A figure of the overview, or a step, value or warning of the setup."""

    _name = "dingding.overview.line"
    _description = "Line of a DingTalk Overview"
    _order = "sequence, id"

    overview_id = fields.Many2one(
        "dingding.overview", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(readonly=True)
    section = fields.Selection(
        [
            ("overview", "Overview"), ("setup", "Setup"), ("value", "Value"),
            ("warning", "Warning"),
        ],
        required=True, readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    value = fields.Char(readonly=True)
    state = fields.Selection(
        LINE_STATES, string="Status", required=True, readonly=True
    )
    needs = fields.Char(string="Required permissions", readonly=True)
    place = fields.Char(string="In DingTalk's console", readonly=True)
    has_action = fields.Boolean(readonly=True)

    def action_open(self):
        """Open the records behind the line."""
        self.ensure_one()
        corp = self.overview_id._corp()
        found = corp._overview_lines() if self.section == "overview" else (
            corp._setup_scopes()
        )
        for line in found:
            if line["key"] == self.key:
                return line["action"] or True
        # Its addon has been uninstalled.
        return True
