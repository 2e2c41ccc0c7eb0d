# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import api, fields, models

from odoo.addons.dingding import compat


class DingdingAttendanceShift(models.Model):
    """A DingTalk shift: the planned punches of a group."""

    _name = "dingding.attendance.shift"
    _description = "DingTalk Shift"
    _order = "name, id"

    name = fields.Char(string="Shift", required=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True)
    shift_key = fields.Char(string="Shift ID", required=True, readonly=True)
    # JSON: minutes after midnight of the planned punches, and of the breaks.
    times = fields.Char(string="Times (minutes)", readonly=True)
    rests = fields.Char(string="Breaks (minutes)", readonly=True)
    times_text = fields.Char(string="Times", compute="_compute_texts")
    rests_text = fields.Char(string="Breaks", compute="_compute_texts")

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "shift_key"])

    @api.depends("times", "rests")
    def _compute_texts(self):
        for shift in self:
            times, rests = shift._minutes()
            shift.times_text = ", ".join(
                "%s-%s" % (clock(begin), clock(end))
                for begin, end in zip(times[::2], times[1::2]))
            shift.rests_text = ", ".join(
                "%s-%s" % (clock(begin), clock(end)) for begin, end in rests)

    def _minutes(self):
        """Return (times, breaks), in minutes after midnight."""
        self.ensure_one()
        return (
            tuple(json.loads(self.times or "[]")),
            [tuple(each) for each in json.loads(self.rests or "[]")],
        )


def clock(minutes):
    """Return minutes after midnight as text; +1 for the next day."""
    days, rest = divmod(minutes, 1440)
    return "%02d:%02d%s" % (rest // 60, rest % 60, "+%d" % days if days else "")
