# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.beijing import OFFSET
from odoo.addons.dingding.models import times

# The timeline shows the day and the following night.
SHOWN_HOURS = 32


class DingdingAttendanceDay(models.Model):
    """A person's day: plan, punches, and computed hours.

    Written only by syncs, with SQL.
    """

    _name = "dingding.attendance.day"
    _inherit = "dingding.person.mixin"
    _description = "DingTalk Attendance Day"
    _order = "work_date desc, employee_id, id"
    _rec_name = "work_date"

    corp_id = fields.Many2one(index=True)
    department_id = fields.Many2one(
        "hr.department", string="Department", readonly=True, index=True,
        ondelete="set null",
        help="The employee's department when the day was computed.",
    )
    work_date = fields.Date(string="Day", required=True, readonly=True, index=True)
    pending = fields.Boolean(
        readonly=True, help="Its results have changed since it was computed.")
    is_open = fields.Boolean(string="Open", readonly=True)
    planned_hours = fields.Float(readonly=True)
    worked_hours = fields.Float(readonly=True, help="Presence without breaks.")
    late_minutes = fields.Integer(string="Late (minutes)", readonly=True)
    early_minutes = fields.Integer(string="Left early (minutes)", readonly=True)
    absent_hours = fields.Float(string="Absence", readonly=True)
    overtime_hours = fields.Float(
        string="Beyond the plan", readonly=True,
        help="Presence above the planned hours, approved or not.")
    missing_count = fields.Integer(string="Missing punches", readonly=True)
    problem_count = fields.Integer(string="Exceptions", readonly=True)
    timeline_html = fields.Html(
        string="Timeline", compute="_compute_timeline_html", sanitize=False)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["person_id", "work_date"])
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_attendance_day_pending"
            " ON dingding_attendance_day (corp_id, person_id) WHERE pending")

    @compat.depends_on_reader
    def _compute_timeline_html(self):
        for day in self:
            day.timeline_html = day._timeline() if isinstance(day.id, int) else ""

    def _timeline(self):
        """Return plan, punches and attendances of the day as HTML."""
        # sudo: the rules of this day apply.
        rows = self.sudo().env["dingding.attendance.result"].search(
            [("person_id", "=", self.sudo().person_id.id),
             ("work_date", "=", self.work_date)])
        midnight = datetime.datetime.strptime(
            str(self.work_date)[:10], "%Y-%m-%d") - OFFSET
        text = fields.Datetime.to_string
        spans = self.sudo().env["hr.attendance"].search([
            ("employee_id", "=", self.sudo().employee_id.id), "|",
            ("dingding_work_date", "=", self.work_date), "&", "&",
            ("dingding_work_date", "=", False), ("check_in", ">=", text(midnight)),
            ("check_in", "<", text(midnight + datetime.timedelta(days=1))),
        ])
        planned = sorted(
            fields.Datetime.from_string(row.planned_at)
            for row in rows if row.planned_at)
        results = dict(rows._fields["result"]._description_selection(self.env))
        bars = [
            (_("Plan"), "#9aa5b1", list(zip(planned[::2], planned[1::2]))),
            (_("Attendance"), "#28a745", [
                (fields.Datetime.from_string(span.check_in),
                 fields.Datetime.from_string(span.check_out or span.check_in))
                for span in spans
            ]),
            (_("Trip"), "#17a2b8", self._spans_of(rows, "trip")),
            (_("Leave"), "#f0ad4e", self._spans_of(rows, "leave")),
        ]
        parts = [
            self._bar(label, colour, found, midnight)
            for label, colour, found in bars if found
        ]
        if parts:
            parts.append(self._scale(midnight))
        texts = []
        for row in rows.sorted(lambda each: str(each.planned_at or each.punched_at)):
            words = [
                _("In") if row.side == "in" else _("Out") if row.side == "out" else "",
                self._clock(row.planned_at), self._clock(row.punched_at)
                if row.result != "NotSigned" else "-",
                results.get(row.result, ""), row.address or "",
            ]
            texts.append("<tr>%s</tr>" % "".join(
                "<td style='padding-right:1em'>%s</td>" % html_escape(word)
                for word in words))
        return "%s<table>%s</table>" % ("".join(parts), "".join(texts))

    def _spans_of(self, rows, kind):
        times = sorted(
            fields.Datetime.from_string(row.planned_at)
            for row in rows if row.approval_kind == kind and row.planned_at)
        return list(zip(times[::2], times[1::2]))

    def _bar(self, label, colour, spans, midnight):
        pieces = []
        for begin, end in spans:
            left = self._share(begin - midnight)
            width = max(self._share(end - midnight) - left, 0.4)
            pieces.append(
                "<div title='%s' style='position:absolute;top:0;height:14px;"
                "left:%.2f%%;width:%.2f%%;background:%s'></div>"
                % (html_escape("%s-%s" % (self._clock(begin), self._clock(end))), left,
                   width, colour))
        return (
            "<div style='display:flex;align-items:center;margin-bottom:4px'>"
            "<span style='width:8em'>%s</span><div style='position:relative;flex:1;"
            "height:14px;background:#eee'>%s</div></div>"
            % (html_escape(label), "".join(pieces)))

    def _scale(self, midnight):
        """Return the hours below the bars, in the reader's time zone."""
        hours = [datetime.timedelta(hours=each) for each in range(0, SHOWN_HOURS, 8)]
        return (
            "<div style='display:flex;margin-bottom:4px' class='text-muted'>"
            "<span style='width:8em'></span><div style='position:relative;flex:1;"
            "height:1.5em'>%s</div></div>" % "".join(
                "<small style='position:absolute;left:%.2f%%'>%s</small>"
                % (self._share(each), self._clock(midnight + each)) for each in hours))

    def _share(self, delta):
        hours = delta.total_seconds() / 3600
        return min(max(hours / SHOWN_HOURS, 0), 1) * 100

    @api.model
    def _clock(self, moment):
        """Return a time of day in the reader's time zone, else Beijing's; or ""."""
        if not moment:
            return ""
        return times.local(self, moment).strftime("%H:%M")

    # -- rights ------------------------------------------------------------------------

    @api.model
    def _share_with_officers(self):
        """Grant officer rights to users who see all attendances in Odoo.

        In later series those are administrators only.
        """
        officers = self.env.ref(
            "hr_attendance.group_hr_attendance_user", raise_if_not_found=False)
        ours = self.env.ref("dingding_attendance.group_officer")
        if officers and ours not in officers.implied_ids:
            officers.sudo().write({"implied_ids": [(4, ours.id)]})

    # -- for the sync ------------------------------------------------------------------

    @api.model
    def _mark(self, corp, days):
        """Mark days as pending, creating missing ones.

        :param days: (person id, employee id, day) each
        """
        if not days:
            return
        # A statement may write each row once.
        rows = sorted(
            {(row[0], str(row[2])): row for row in days}.values(),
            key=lambda row: (row[0], str(row[2])))
        for start in range(0, len(rows), 1000):
            part = rows[start:start + 1000]
            self.env.cr.execute(
                "INSERT INTO dingding_attendance_day (corp_id, company_id, person_id,"
                " employee_id, work_date, pending, is_open, create_uid, create_date,"
                " write_uid, write_date)"
                " SELECT %s, %s, mine.person_id, mine.employee_id,"
                " mine.work_date, true, false, %s, now() AT TIME ZONE 'UTC', %s,"
                " now() AT TIME ZONE 'UTC'"
                " FROM unnest(%s, %s, %s::date[])"
                " AS mine (person_id, employee_id, work_date)"
                " ON CONFLICT (person_id, work_date) DO UPDATE SET pending = true"
                " WHERE NOT dingding_attendance_day.pending",
                [
                    corp.id, corp.company_id.id or None, self.env.uid, self.env.uid,
                    [row[0] for row in part], [row[1] for row in part],
                    [row[2] for row in part],
                ],
            )
