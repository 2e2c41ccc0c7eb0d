# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api import leave as dingtalk_leave
from odoo.addons.dingding.dingtalk.beijing import (
    OFFSET,
    ZONE,
    midnight,
    milliseconds,
)
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
    def _export_corps(self, leave_ref):
        """Return the organisations whose records of a leave may have to change.

        An employee may work in several organisations of the company.
        """
        rows = self.search([("lead", "=", "odoo"), ("leave_ref", "=", leave_ref)])
        corps, leave = rows.mapped("corp_id"), self._leave_of(leave_ref)
        if leave and is_request(leave):
            corps |= self._types_of(leave).mapped("corp_id")
        return corps

    @api.model
    def _leave_of(self, leave_ref):
        """Return the leaves that exist, of one id or several, with all rights."""
        leaves = self.env[LEAVE].sudo().with_context(active_test=False)
        return leaves.browse(leave_ref).exists()

    @api.model
    def _types_of(self, leave):
        """Return DingTalk's types of a leave, one for each of its organisations.

        Those in which the employee has a user; the first one if the employee has none
        anywhere, which is a problem.
        """
        types = self.env["dingding.leave.type"]._of_leave(
            leave.holiday_status_id, self._company_of(leave))
        people = leave.employee_id.dingding_user_ids.filtered(
            lambda each: each.active and each.corp_id.active)
        if not people:
            return types[:1]
        return types.filtered(lambda each: each.corp_id in people.mapped("corp_id"))

    @api.model
    def _company_of(self, leave):
        return leave.employee_id.company_id or self.env.user.company_id

    @api.model
    def _dingtalk_export(self, leave_ref, corp):
        """Bring an organisation's records of a leave up to date.

        :raise UserError: it cannot be written
        :raise DingTalkError: DingTalk refuses it
        """
        leave = self._leave_of(leave_ref)
        row = self._row_of(leave_ref, corp)
        wanted = self._wanted(leave, corp) if leave else None
        if wanted is None:
            if row:
                values = {"status": "cancelled", "problem": False, "remedy_key": False}
                if corp.active:
                    row._dingtalk_withdraw(0)
                    values.update(written=False, unconfirmed=False)
                # Else the daily check withdraws it once the organisation is back.
                row.write(values)
            return row
        if not wanted["type"]:
            # Existing leaves were not meant to be written.
            if row and self._has_left(leave, corp):
                row._note_left()
            return row
        if not row:
            row = self.create({
                "lead": "odoo", "leave_ref": leave_ref, "status": "new",
                "corp_id": corp.id, "approve_id": self._approve_id(leave_ref),
            })
        row._show(leave, wanted)
        self._commit()
        if not wanted["person"]:
            row._dingtalk_withdraw(0)
            raise UserError(_("The employee is not linked to a DingTalk user."))
        row._dingtalk_write(wanted)
        return row

    @api.model
    def _row_of(self, leave_ref, corp):
        return self.search([
            ("lead", "=", "odoo"), ("leave_ref", "=", leave_ref),
            ("corp_id", "=", corp.id)])

    def _approve_id(self, leave_ref):
        parameters = self.env["ir.config_parameter"].sudo()
        return "odoo:%s:%d" % (parameters.get_param("database.uuid"), leave_ref)

    def _show(self, leave, wanted):
        self.write({
            "leave_type_id": wanted["type"].id,
            "employee_id": leave.employee_id.id, "person_id": wanted["person"].id,
            "name": wanted["type"].name, "unit": wanted["type"].unit,
            "begin": leave.date_from, "end": leave.date_to, "days": days_of(leave),
        })

    @api.model
    def _wanted(self, leave, corp):
        """Return the values that an organisation should show, None for nothing."""
        if not is_request(leave) or not is_approved(leave) or self._is_of_dingtalk(
            leave, corp
        ):
            return None
        if self._has_left(leave, corp):
            return {"type": self.env["dingding.leave.type"]}
        leave_type = self._types_of(leave).filtered(lambda each: each.corp_id == corp)
        if not leave_type:
            row, company = self._row_of(leave.id, corp), self._company_of(leave)
            others = leave_type._of_leave(leave.holiday_status_id, company)
            same = row.leave_type_id.odoo_type_id == leave.holiday_status_id
            # The employee works elsewhere now.
            gone = corp in others.mapped("corp_id") or (
                others and corp.company_id != company)
            # Else Odoo no longer leads the type, or the leave has another type now.
            return {"type": leave_type} if same and not gone else None
        person = leave.employee_id.dingding_user_ids.filtered(
            lambda each: each.corp_id == corp and each.active)[:1]
        return {
            "type": leave_type, "person": person,
            "periods": self._periods(leave, leave_type.unit),
            "part": leave_type.unit == dingtalk_leave.DAY and is_part_of_day(leave),
        }

    @api.model
    def _has_left(self, leave, corp):
        """Tell whether the employee has left an organisation.

        DingTalk's reports keep leave that was taken.
        """
        people = leave.employee_id.with_context(
            active_test=False
        ).dingding_user_ids.filtered(lambda each: each.corp_id == corp)
        return bool(people) and not any(people.mapped("active"))

    def _note_left(self):
        """Expect that DingTalk deletes records that are not over, with the person.

        They are written again if the person rejoins.
        """
        self._solved()
        # sudo: what was written is for administrators.
        me = self.sudo()
        if me.unconfirmed or not me.written:
            return
        periods = json.loads(me.written)[3]
        today = str((utc.now() + OFFSET).date())
        over = [last for _first, last in periods if last[:10] < today]
        if len(over) < len(periods):
            me.write({"unconfirmed": True, "confirmed_pieces": len(over)})

    @api.model
    def _is_of_dingtalk(self, leave, corp):
        """Tell whether a leave was approved in this organisation.

        DingTalk led its type then, and has it already.
        """
        return bool(self.search_count([
            ("lead", "=", "dingtalk"), ("leave_ref", "=", leave.id),
            ("corp_id", "=", corp.id)]))

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
        signature = _signature(wanted)
        if self._is_written(wanted):
            self._solved()
            return
        kept = self._kept(wanted)
        self._check_periods(wanted, kept)
        if me.written_for and me.written_for != userid:
            self._dingtalk_withdraw(0)
        client = self._leave_client()
        if me.written and me.written != signature:
            self._dingtalk_check_open(client, userid, _written_span(me.written, kept))
        self._dingtalk_check_open(
            client, userid, _written_span(signature, kept) if kept else self._span())
        if me.pieces > max(kept, 1) and me.written != signature:
            # The first one may not touch where the others are now.
            self._dingtalk_withdraw(max(kept, 1))
        # From here on it may exist in DingTalk.
        self.write({
            "written": signature, "written_for": userid, "unconfirmed": True,
            "confirmed_pieces": kept,
            "pieces": max(me.pieces, len(wanted["periods"])),
        })
        self._commit()
        duration = 0.0
        for number, (first, last) in enumerate(wanted["periods"]):
            if number < kept:
                continue
            duration += client.calculate(
                userid, first, last, leave_type.unit, leave_type.leave_code,
                leave_type.natural)
            client.finish(
                userid, self._piece_id(number), first, last, leave_type.unit,
                leave_type.leave_code, leave_type.name, leave_type.natural)
        # DingTalk calculates no old ones.
        self._confirmed(0.0 if kept else duration)

    def _kept(self, wanted):
        """Return how many of the first records are as wanted in DingTalk.

        Those of a long leave may be too old to be written again.
        """
        me = self.sudo()
        if not me.written:
            return 0
        person, code, unit, periods = json.loads(me.written)
        if (person, code, unit) != (
            wanted["person"].userid, wanted["type"].leave_code, wanted["type"].unit
        ):
            return 0
        if me.unconfirmed:
            periods = periods[:me.confirmed_pieces]
        kept = 0
        for old, new in zip(periods, wanted["periods"]):
            if tuple(old) != new:
                break
            kept += 1
        return kept

    def _is_written(self, wanted):
        """Tell whether DingTalk has confirmed these values."""
        # sudo: what was written is for administrators.
        me = self.sudo()
        return (
            me.status == "approved" and me.written == _signature(wanted)
            and not me.unconfirmed
        )

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

    def _check_periods(self, wanted, kept):
        """Refuse periods that DingTalk would refuse, without a call.

        :param int kept: how many of the first ones are not written
        :raise UserError: it began too long ago, or is less than DingTalk's days, or of
            a type that DingTalk no longer has
        """
        if not wanted["type"].active:
            raise UserError(
                _("The type %s was deleted in DingTalk. Map its type in Odoo to "
                  "another one, then retry.") % wanted["type"].name)
        if wanted["part"]:
            raise UserError(
                _("%s counts whole days in DingTalk, but this leave begins or ends "
                  "within one. Choose a type with half days or hours, or enter it in "
                  "DingTalk.") % wanted["type"].name)
        oldest = utc.now() + OFFSET - datetime.timedelta(
            days=dingtalk_leave.OLDEST_DAYS)
        oldest = oldest.strftime("%Y-%m-%d")
        if any(first[:10] < oldest for first, _last in wanted["periods"][kept:]):
            raise UserError(
                _("DingTalk accepts leaves that began at most %d days ago. Enter this "
                  "one in DingTalk.") % dingtalk_leave.OLDEST_DAYS)

    def _dingtalk_check_open(self, client, userid, span):
        """Respect periods that an administrator has closed (封账).

        Only the past can be closed.

        :param span: (begin, end) in milliseconds, or None
        :raise UserError: a part of the leave is in a closed period
        """
        today = midnight((utc.now() + OFFSET).date())
        if span is None or span[0] >= milliseconds(today):
            return
        if client.is_closed([userid], *span):
            raise UserError(
                _("The attendance of this period is closed in DingTalk (封账). Open "
                  "it there, then retry."))

    def _span(self):
        """Return (begin, end) in milliseconds."""
        return tuple(
            milliseconds(fields.Datetime.from_string(moment))
            for moment in (self.begin, self.end))

    def _dingtalk_withdraw(self, kept):
        """Delete all records but the first ``kept``; missing ones are not an error."""
        me = self.sudo()
        if not me.written_for or me.pieces <= kept:
            return
        client = self._leave_client()
        if me.written:
            self._dingtalk_check_open(
                client, me.written_for, _written_span(me.written, kept))
        for number in range(kept, me.pieces):
            try:
                client.cancel(me.written_for, self._piece_id(number))
            except NotFoundError:
                # The person has left, and the records with the person.
                break
        # Else the same leave would count as written later.
        gone = {"written_for": False, "written": False}
        if kept:
            # `written` lists more records than DingTalk has now.
            known = me.confirmed_pieces if me.unconfirmed else kept
            gone = {"unconfirmed": True, "confirmed_pieces": min(kept, known)}
        self.write(dict(gone, pieces=kept))
        self._commit()


def _signature(wanted):
    """Return what DingTalk should store, as text to compare."""
    return json.dumps([
        wanted["person"].userid, wanted["type"].leave_code, wanted["type"].unit,
        wanted["periods"]])


def _midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _day_end(moment):
    return _midnight(moment) + ONE_DAY - datetime.timedelta(minutes=1)


def _written_span(written, kept=0):
    """Return (begin, end) in milliseconds of records, whole days, or None.

    :param str written: see :func:`_signature`
    :param int kept: how many of the first records are left out
    """
    periods = json.loads(written)[3][kept:]
    if not periods:
        return None
    first, last = [
        midnight(datetime.datetime.strptime(text[:10], "%Y-%m-%d").date())
        for text in (periods[0][0], periods[-1][1])
    ]
    return milliseconds(first), milliseconds(last + ONE_DAY) - 1
