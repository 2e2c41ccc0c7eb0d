# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.compat import date_of

from ..models.dingding_corp import attendance_calls

# As assumed by ``attendance_calls``.
DAYS = 3 * 30


@compat.only_for("dingding.group_manager")
class DingdingAttendanceRead(models.TransientModel):
    """Choose the days to read, and show the cost."""

    _name = "dingding.attendance.read"
    _description = "Read Attendance"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    mode = fields.Selection(
        [("preview", "Preview first"), ("apply", "Write immediately")],
        required=True, default="preview",
        help="Preview first: an officer of attendance checks and applies the changes.",
    )
    calls = fields.Integer(string="API calls", compute="_compute_calls")

    @api.depends("corp_id", "date_from", "date_to")
    def _compute_calls(self):
        for wizard in self:
            people = 0
            # The number would tell about another company.
            if wizard.corp_id and rights.may_see(self.env, wizard.corp_id):
                people = wizard.env["dingding.user"].sudo().search_count(
                    [("corp_id", "=", wizard.corp_id.id), ("employee_id", "!=", False)])
            days = 0
            if wizard.date_from and wizard.date_to:
                days = (date_of(wizard.date_to) - date_of(wizard.date_from)).days + 1
            monthly = attendance_calls(people) - (30 if people else 0)
            wizard.calls = -(-monthly * max(days, 0) // DAYS)

    @api.model
    def _open(self, corp):
        """Return the action that asks which days to read."""
        rights.check_manager(self)
        today = self.env["dingding.attendance.sync"]._today()
        wizard = self.create({
            "corp_id": corp.id,
            "date_from": str(today - datetime.timedelta(days=7)),
            "date_to": str(today - datetime.timedelta(days=1)),
        })
        return {
            "type": "ir.actions.act_window", "name": _("Read Attendance"),
            "res_model": self._name, "res_id": wizard.id, "view_mode": "form",
            "views": [(False, "form")], "target": "new",
        }

    def action_read(self):
        """Start the sync and show it."""
        self.ensure_one()
        return self.env["dingding.attendance.sync"]._start(
            self.corp_id, date_of(self.date_from), date_of(self.date_to), self.mode)
