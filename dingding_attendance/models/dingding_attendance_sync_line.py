# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class DingdingAttendanceSyncLine(models.Model):
    """A proposed change of a sync that awaits confirmation."""

    _name = "dingding.attendance.sync.line"
    _description = "DingTalk Attendance Sync Line"
    _order = "sync_id desc, work_date, employee_id, id"
    _rec_name = "work_date"

    sync_id = fields.Many2one(
        "dingding.attendance.sync", string="Attendance sync", required=True,
        readonly=True, index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(related="sync_id.company_id", readonly=True)
    employee_id = fields.Many2one(
        "hr.employee", string="Employee", readonly=True, ondelete="cascade")
    work_date = fields.Date(string="Day", readonly=True)
    action = fields.Selection(
        [("create", "New"), ("update", "Changed"), ("delete", "Deleted")],
        string="Change", required=True, readonly=True,
    )
    old_in = fields.Datetime(string="Check in before", readonly=True)
    old_out = fields.Datetime(string="Check out before", readonly=True)
    new_in = fields.Datetime(string="Check in", readonly=True)
    new_out = fields.Datetime(string="Check out", readonly=True)
