# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api import leave as dingtalk_leave
from odoo.addons.dingding.dingtalk.beijing import OFFSET, ZONE, milliseconds
from odoo.addons.dingding.dingtalk.errors import NotFoundError

from ..leaves import (
    LEAVE,
    days_of,
    is_approved,
    is_part_of_day,
    is_request,
    zone_of,
)

ONE_DAY = datetime.timedelta(days=1)
# A record may end so many days after its first day.
PIECE = datetime.timedelta(days=dingtalk_leave.MAX_DAYS - 1)


class DingdingLeave(models.Model):
    """Write Odoo's approved leaves to DingTalk's attendance, exactly once.

    DingTalk updates the record of a known id, so a call without an answer is repeated.
    """

    _inherit = "dingding.leave"

    @api.model
    def _dingtalk_export(self, leave_ref):
        """Bring DingTalk's records of a leave up to date.

        :raise UserError: it cannot be written
        :raise DingTalkError: DingTalk refuses it
        """
        leave = self.env[LEAVE].sudo().with_context(active_test=False).browse(
            leave_ref).exists()
        row = self.search([("lead", "=", "odoo"), ("leave_ref", "=", leave_ref)])
        wanted = self._wanted(leave) if leave else None
        if wanted is None:
            if row:
                row._dingtalk_withdraw(0)
                row.write({
                    "status": "cancelled", "written": False, "problem": False,
                    "remedy_key": False, "unconfirmed": False,
                })
            return row
        if not wanted["type"]:
            # Existing leaves were not meant to be written.
            return row
        if not row:
            row = self.create({
                "lead": "odoo", "leave_ref": leave_ref, "status": "new",
                "corp_id": wanted["type"].corp_id.id,
                "approve_id": self._approve_id(leave_ref),
            })
        if row.corp_id != wanted["type"].corp_id:
            row._leave_organisation()
        row._show(leave, wanted)
        self._commit()
        if not wanted["person"]:
            row._dingtalk_withdraw(0)
            raise UserError(_("The employee is not linked to a DingTalk user."))
        row._dingtalk_write(wanted)
        return row

    def _leave_organisation(self):
        """Delete the records in the organisation that the employee has left.

        :raise UserError: it has no application any longer
        """
        if self.corp_id.active:
            self._dingtalk_withdraw(0)
        self.write({
            "status": "new", "written": False, "written_for": False, "pieces": 0,
            "unconfirmed": False,
        })

    def _approve_id(self, leave_ref):
        parameters = self.env["ir.config_parameter"].sudo()
        return "odoo:%s:%d" % (parameters.get_param("database.uuid"), leave_ref)

    def _show(self, leave, wanted):
        self.write({
            "corp_id": wanted["type"].corp_id.id, "leave_type_id": wanted["type"].id,
            "employee_id": leave.employee_id.id, "person_id": wanted["person"].id,
            "name": wanted["type"].name, "unit": wanted["type"].unit,
            "begin": leave.date_from, "end": leave.date_to, "days": days_of(leave),
        })

    @api.model
    def _wanted(self, leave):
        """Return the values that DingTalk should show, None for nothing."""
        if not is_request(leave) or not is_approved(leave):
            return None
        employee = leave.employee_id
        company = employee.company_id or self.env.user.company_id
        leave_type = self.env["dingding.leave.type"]._of_leave(
            leave.holiday_status_id, company)
        if not leave_type:
            row = self.search([("lead", "=", "odoo"), ("leave_ref", "=", leave.id)])
            same = row.leave_type_id.odoo_type_id == leave.holiday_status_id
            # Odoo no longer leads the type, or the leave has another type now.
            return {"type": leave_type} if same else None
        person = employee.dingding_user_ids.filtered(
            lambda each: each.corp_id == leave_type.corp_id and each.active)[:1]
        return {
            "type": leave_type, "person": person,
            "periods": self._periods(leave, leave_type.unit),
            "part": leave_type.unit == dingtalk_leave.DAY and is_part_of_day(leave),
        }

    @api.model
    def _periods(self, leave, unit):
        """Return the leave as pairs of DingTalk's texts, each within its limit."""
        moments = [
            pytz.utc.localize(fields.Datetime.from_string(moment))
            for moment in (leave.date_from, leave.date_to)
        ]
        zone = pytz.timezone(ZONE) if unit == dingtalk_leave.HOUR else zone_of(
            leave.employee_id)
        begin, end = [moment.astimezone(zone).replace(tzinfo=None)
                      for moment in moments]
        halves = (
            dingtalk_leave.MORNING if begin.hour < 12 else dingtalk_leave.AFTERNOON,
            # A morning may end at half past twelve.
            dingtalk_leave.MORNING if end.hour < 13 or (
                end.hour == 13 and not end.minute) else dingtalk_leave.AFTERNOON,
        )
        found, first = [], begin
        while True:
            last = min(end, _day_end(first + PIECE))
            whole = last == end
            found.append(dingtalk_leave.period(
                first, last, unit,
                halves[0] if first == begin else dingtalk_leave.MORNING,
                halves[1] if whole else dingtalk_leave.AFTERNOON,
            ))
            if whole:
                return found
            first = _midnight(last + ONE_DAY)

    # -- calls -------------------------------------------------------------------------

    def _leave_client(self):
        return self.corp_id._app_for("leave")._dingtalk_client(
            feature="leave_records").leave

    def _dingtalk_write(self, wanted):
        """Write the records that differ from DingTalk's."""
        me = self.sudo()
        userid, leave_type = wanted["person"].userid, wanted["type"]
        signature = json.dumps(
            [userid, leave_type.leave_code, leave_type.unit, wanted["periods"]])
        if me.status == "approved" and me.written == signature and (
            not me.unconfirmed
        ):
            self._solved()
            return
        self._check_periods(wanted)
        if me.written_for and me.written_for != userid:
            self._dingtalk_withdraw(0)
        if me.pieces > 1 and me.written != signature:
            # The first one may not touch where the others are now.
            self._dingtalk_withdraw(1)
        client = self._leave_client()
        self._dingtalk_check_open(client, wanted)
        # From here on it may exist in DingTalk.
        self.write({
            "written": signature, "written_for": userid, "unconfirmed": True,
            "pieces": max(me.pieces, len(wanted["periods"])),
        })
        self._commit()
        duration = 0.0
        for number, (first, last) in enumerate(wanted["periods"]):
            duration += client.calculate(
                userid, first, last, leave_type.unit, leave_type.leave_code,
                leave_type.natural)
            client.finish(
                userid, self._piece_id(number), first, last, leave_type.unit,
                leave_type.leave_code, leave_type.name, leave_type.natural)
        self._confirmed(duration)

    def _confirmed(self, duration=None):
        values = {"status": "approved", "unconfirmed": False}
        if duration is not None:
            values["duration"] = duration
        self.write(values)
        self._solved()
        self._commit()

    def _solved(self):
        if self.problem:
            self.write({"problem": False, "remedy_key": False})

    def _piece_id(self, number):
        approve_id = self.sudo().approve_id
        return "%s:%d" % (approve_id, number) if number else approve_id

    def _check_periods(self, wanted):
        """Refuse periods that DingTalk would refuse, without a call.

        :raise UserError: it began too long ago, or is less than DingTalk's days
        """
        if wanted["part"]:
            raise UserError(
                _("%s counts whole days in DingTalk, but this leave begins or ends "
                  "within one. Choose a type with half days or hours, or enter it in "
                  "DingTalk.") % wanted["type"].name)
        oldest = utc.now() + OFFSET - datetime.timedelta(
            days=dingtalk_leave.OLDEST_DAYS)
        if wanted["periods"][0][0][:10] < oldest.strftime("%Y-%m-%d"):
            raise UserError(
                _("DingTalk accepts leaves that began at most %d days ago. Enter this "
                  "one in DingTalk.") % dingtalk_leave.OLDEST_DAYS)

    def _dingtalk_check_open(self, client, wanted):
        """Respect periods that an administrator has closed (封账).

        Only the past can be closed.

        :raise UserError: a part of the leave is in a closed period
        """
        now = utc.now() + OFFSET
        if wanted["periods"][0][0][:10] >= now.strftime("%Y-%m-%d"):
            return
        if client.is_closed([wanted["person"].userid], *self._span()):
            raise UserError(
                _("The attendance of this period is closed in DingTalk (封账). Open "
                  "it there, then retry."))

    def _span(self):
        """Return (begin, end) in milliseconds."""
        return tuple(
            milliseconds(fields.Datetime.from_string(moment))
            for moment in (self.begin, self.end))

    def _dingtalk_withdraw(self, kept):
        """Delete all records but the first ``kept``; missing ones are no error."""
        me = self.sudo()
        if not me.written_for or me.pieces <= kept:
            return
        client = self._leave_client()
        for number in range(kept, me.pieces):
            try:
                client.cancel(me.written_for, self._piece_id(number))
            except NotFoundError:
                # The person has left, and the records with the person.
                break
        self.write(dict(
            {"pieces": kept}, **({} if kept else {"written_for": False})))
        self._commit()


def _midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _day_end(moment):
    return _midnight(moment) + ONE_DAY - datetime.timedelta(minutes=1)
