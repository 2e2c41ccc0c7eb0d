# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.compat import date_of
from odoo.addons.dingding.dingtalk.beijing import OFFSET

from .. import pairs

OFFICERS = "dingding_attendance.group_officer"
BY_HAND = ("missing_in", "missing_out", "absent", "order", "overlap")
# A change of other attendances may resolve these.
RETRIED = ("hand", "overlap", "refused")
# An attendance is about an exception of another day if it is so near to its time.
NEAR = datetime.timedelta(hours=2)
ASKABLE = ("missing_in", "missing_out", "absent", "order")


class DingdingAttendanceProblem(models.Model):
    """An exception of a day that a person has to resolve.

    DingTalk's ids identify it.
    """

    _name = "dingding.attendance.problem"
    _inherit = "dingding.person.mixin"
    _description = "DingTalk Attendance Exception"
    _order = "work_date desc, employee_id, id"
    _rec_name = "work_date"

    person_id = fields.Many2one(index=True)
    department_id = fields.Many2one(
        "hr.department", string="Department", readonly=True, ondelete="set null")
    work_date = fields.Date(string="Day", required=True, readonly=True, index=True)
    code = fields.Selection(
        [
            ("missing_in", "Check-in missing"),
            ("missing_out", "Check-out missing"),
            ("absent", "No punch"),
            ("order", "Check-out before check-in"),
            ("overlap", "Overlaps another shift"),
            ("hand", "Overlaps a manual attendance"),
            ("refused", "Rejected by Odoo"),
        ],
        string="Exception", required=True, readonly=True,
    )
    dingtalk_key = fields.Char(string="DingTalk ID", required=True, readonly=True)
    moment = fields.Datetime(
        string="Time", readonly=True,
        help="Planned time of the missing punch, or time of the punch.")
    detail = fields.Text(string="Details", readonly=True)
    state = fields.Selection(
        [
            ("open", "Unsolved"),
            ("asked", "Person asked"),
            ("accepted", "Accepted"),
            ("solved", "Solved"),
        ],
        string="Status", required=True, readonly=True, default="open", index=True,
    )
    handled_by = fields.Many2one(
        "res.users", string="Handled by", readonly=True, ondelete="set null")
    handled_at = fields.Datetime(string="Handled on", readonly=True)
    remedy = fields.Char(string="What to do", compute="_compute_remedy")

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "person_id", "dingtalk_key", "code"])

    @api.depends("code")
    def _compute_remedy(self):
        texts = {
            "missing_in": _("Ask the person, correct it in DingTalk, or enter the "
                            "attendance."),
            "missing_out": _("Ask the person, correct it in DingTalk, or enter the "
                             "attendance."),
            "absent": _("Accept the absence, or enter the attendance."),
            "order": _("Correct the times in DingTalk, or enter the attendance."),
            "overlap": _("Correct the times in DingTalk, or enter the attendance."),
            "hand": _("Delete or correct the manual attendance, or accept it."),
            "refused": _("Correct the attendances around it; the next sync retries."),
        }
        for problem in self:
            problem.remedy = texts.get(problem.code, "")

    # -- buttons -----------------------------------------------------------------------

    def _check_officer(self):
        """Refuse everybody but attendance officers of these people.

        :raise AccessError: for everybody else
        """
        compat.check_access(self, "read")
        if not compat.has_group(self.env, OFFICERS):
            raise AccessError(_("Only officers of attendance may do this."))

    def action_ask(self):
        """Ask the people in DingTalk about the exceptions.

        :raise AccessError: for anybody but attendance officers
        :raise UserError: there is nobody to ask
        """
        self._check_officer()
        problems = self.filtered(
            lambda each: each.code in ASKABLE and each.state in ("open", "asked"))
        if not problems:
            raise UserError(_("There is nothing to ask about."))
        for problem in problems:
            # sudo: an officer need not be a DingTalk user; the text is fixed.
            problem_sudo = problem.sudo()
            problem_sudo.person_id.dingding_send_text(problem_sudo._question())
            problem_sudo._handle("asked", self.env.user)
        return True

    def _question(self):
        """Return the question to the person, in the person's language."""
        lang = self.person_id.user_id.lang
        if not lang:
            lang = "zh_CN" if self.corp_id._has_chinese() else "en_US"
        self = self.with_context(lang=lang)
        codes = dict(self._fields["code"]._description_selection(self.env))
        return _(
            "%(day)s: %(problem)s. Please apply for a correction in DingTalk, or tell "
            "your attendance officer."
        ) % {"day": str(self.work_date)[:10], "problem": codes[self.code]}

    def action_accept(self):
        """Accept the exceptions as they are.

        :raise AccessError: for anybody but attendance officers
        """
        self._check_officer()
        # sudo: nobody may write exceptions.
        self.sudo().filtered(lambda each: each.state != "solved")._handle(
            "accepted", self.env.user)
        return True

    def action_correct(self):
        """Open a new attendance with the known times.

        :raise AccessError: for anybody but attendance officers
        """
        self.ensure_one()
        self._check_officer()
        begin, end = self.sudo()._known_times()
        return {
            "type": "ir.actions.act_window", "name": _("Attendance"),
            "res_model": "hr.attendance", "view_mode": "form",
            "views": [(False, "form")], "target": "new",
            "context": {
                "default_employee_id": self.employee_id.id,
                "default_check_in": begin, "default_check_out": end,
            },
        }

    def _known_times(self):
        """Return (check-in, check-out) of the exception's part of the shift.

        Each is False if unknown.
        """
        rows = self.env["dingding.attendance.result"].search(
            [("person_id", "=", self.person_id.id), ("work_date", "=", self.work_date)])
        mine = rows.filtered(lambda row: row.dingtalk_key == self.dingtalk_key)
        if mine[:1].kind == "punch":
            return mine[0].punched_at or False, False
        found = {row.dingtalk_key: row for row in rows if row.kind == "result"}
        parts = pairs.sections_of([
            pairs.Row(
                key, row.side or "", date_of(row.work_date), moment_of(row.planned_at),
                moment_of(row.punched_at),
                pairs.MISSING if row.result == "NotSigned"
                or row.approval_kind == "leave" else pairs.PUNCHED,
                row.plan_key or "", row.result or "")
            for key, row in found.items()
        ])
        for part in parts:
            sides = part.enter, part.leave
            if self.dingtalk_key in [row.id for row in sides if row]:
                return tuple(
                    row is not None and row.presence == pairs.PUNCHED
                    and found[row.id].punched_at or False for row in sides)
        return False, False

    def _handle(self, state, user):
        self.write({
            "state": state, "handled_by": user.id, "handled_at": fields.Datetime.now(),
        })

    @api.model
    def _settle_by_hand(self, attendances, user):
        """Close the exceptions about which a user has entered attendances."""
        spans = {}
        for each in attendances:
            spans.setdefault(each.employee_id.id, []).append(
                (moment_of(each.check_in), moment_of(each.check_out)))
        if not spans:
            return
        days = {day_of(span[0]) for mine in spans.values() for span in mine}
        days |= {day - datetime.timedelta(days=1) for day in days}
        found = self.search(
            [("employee_id", "in", sorted(spans)),
             ("work_date", "in", [str(day) for day in days]),
             ("state", "in", ("open", "asked")), ("code", "in", BY_HAND)])
        found.filtered(lambda each: any(
            settles(span, date_of(each.work_date), moment_of(each.moment))
            for span in spans[each.employee_id.id]))._handle("solved", user)


def moment_of(value):
    """Return a datetime of PostgreSQL or of a field; Odoo 11 has texts."""
    return fields.Datetime.from_string(value) if isinstance(value, str) else value


def settles(span, day, moment):
    """Tell whether an attendance is about an exception.

    A later part of a night shift begins on the day after the shift's.

    :param span: (check-in, check-out or None)
    :param datetime.date day: of the exception's shift
    :param moment: the exception's time, or None
    """
    begin, end = span[0], span[1] or span[0]
    return day_of(begin) == day or bool(
        moment and begin - NEAR <= moment <= end + NEAR)


def day_of(moment):
    """Return the day in Beijing of a datetime field's value."""
    return (moment_of(moment) + OFFSET).date()
