# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat


class DingdingAttendanceResult(models.Model):
    """A result or punch as reported by DingTalk, apart from attendances.

    Written only by syncs, with SQL.
    """

    _name = "dingding.attendance.result"
    _inherit = "dingding.person.mixin"
    _description = "DingTalk Attendance Result"
    _order = "work_date desc, employee_id, planned_at, punched_at, id"
    _rec_name = "dingtalk_key"

    person_id = fields.Many2one(index=True)
    kind = fields.Selection(
        [("result", "Result"), ("punch", "Punch")], string="Type", required=True,
        readonly=True,
    )
    dingtalk_key = fields.Char(string="DingTalk ID", required=True, readonly=True)
    record_key = fields.Char(string="Punch ID", readonly=True)
    work_date = fields.Date(string="Day", required=True, readonly=True)
    group_key = fields.Char(string="Group ID", readonly=True)
    plan_key = fields.Char(string="Plan ID", readonly=True)
    side = fields.Selection(
        [("in", "Check in"), ("out", "Check out")], string="Direction", readonly=True)
    planned_at = fields.Datetime(string="Planned", readonly=True)
    punched_at = fields.Datetime(string="Punched", readonly=True)
    result = fields.Selection(
        [
            ("Normal", "On time"),
            ("Early", "Left early"),
            ("Late", "Late"),
            ("SeriousLate", "Very late"),
            ("Absenteeism", "Late as absent"),
            ("NotSigned", "Missing"),
        ], readonly=True,
    )
    place = fields.Selection(
        [("Normal", "In place"), ("Outside", "Outside"), ("NotSigned", "Missing")],
        readonly=True,
    )
    origin = fields.Char(
        readonly=True,
        help="Where the punch comes from: USER the phone, ATM a machine, BOSS a "
             "manager, APPROVE an approval, SYSTEM nobody has punched.",
    )
    origin_name = fields.Char(string="Source", compute="_compute_origin_name")
    approval_key = fields.Char(string="Approval ID", readonly=True)
    approval_kind = fields.Selection(
        [("overtime", "Overtime"), ("trip", "Trip"), ("leave", "Leave"),
         ("correction", "Correction")],
        string="Approval", readonly=True,
    )
    address = fields.Char(readonly=True)
    device_key = fields.Char(string="Device", readonly=True)
    valid = fields.Boolean(
        readonly=True, help="DingTalk lists punches it does not accept, too.")

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "kind", "dingtalk_key"])
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_attendance_result_person_day"
            " ON dingding_attendance_result (person_id, work_date)")

    @api.depends("origin")
    def _compute_origin_name(self):
        names = {
            "ATM": _("Attendance machine"), "BEACON": _("Beacon"),
            "DING_ATM": _("DingTalk machine"), "USER": _("By phone"),
            "BOSS": _("Changed by a manager"), "APPROVE": _("Approval"),
            "SYSTEM": _("System"), "AUTO_CHECK": _("Automatic punch"),
        }
        for row in self:
            # A source that DingTalk adds later is shown as it is.
            row.origin_name = names.get(row.origin, row.origin)
