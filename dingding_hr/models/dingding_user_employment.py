# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from .dingding_user_roster import OFFICERS

COLUMNS = ("employment_status", "joined_on", "regular_on")


class DingdingUser(models.Model):
    """Note where in the employment people are."""

    _inherit = "dingding.user"

    employment_status = fields.Selection(
        [
            ("trial", "On probation"),
            ("regular", "Regular"),
            ("leaving", "Leaving"),
        ],
        readonly=True, copy=False, groups=OFFICERS,
        help="As DingTalk's smart HR has it.",
    )
    joined_on = fields.Date(
        string="Entry date in roster", readonly=True, copy=False, groups=OFFICERS)
    regular_on = fields.Date(
        string="Confirmation date", readonly=True, copy=False, groups=OFFICERS,
        help="End of the probation, planned or done (转正日期).",
    )

    @api.model
    def _no_links(self):
        return dict(super()._no_links(), **dict.fromkeys(COLUMNS, False))

    def _note_employment(self, values):
        """Store what has changed of the columns of the employment."""
        self.ensure_one()
        changed = {
            name: values.get(name, False) for name in COLUMNS
            if str(self[name] or "") != str(values.get(name) or "")
        }
        if changed:
            self.write(changed)
