# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).


from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import utc

from .dingding_attendance_problem import OFFICERS, moment_of
from .dingding_attendance_upload import NOW_SECONDS

# Only a sync may set these.
OWN = ("dingding_key", "dingding_corp_id", "dingding_work_date", "dingding_by_hand")
TIMES = ("check_in", "check_out", "employee_id")
# Odoo's marks of attendances that nobody punched.
ODOO_MODES = ("technical", "auto_check_out")
# The context of syncs, an object that no caller has.
CONTEXT, SYNC = "dingding_attendance_sync", object()


class HrAttendance(models.Model):
    _inherit = "hr.attendance"

    dingding_key = fields.Char(
        string="DingTalk ID", readonly=True, copy=False,
        groups="dingding_attendance.group_officer",
        help="DingTalk's id of the check-in. Attendances without it are made manually "
             "and are never changed by a sync.",
    )
    dingding_corp_id = fields.Many2one(
        "dingding.corp", string="DingTalk organisation", readonly=True, copy=False,
        index=True, ondelete="set null", groups="dingding_attendance.group_officer",
    )
    dingding_work_date = fields.Date(
        string="Day of the shift", readonly=True, copy=False,
        groups="dingding_attendance.group_officer",
    )
    dingding_by_hand = fields.Boolean(
        string="Corrected manually", readonly=True, copy=False,
        groups="dingding_attendance.group_officer",
        help="Its times were changed in Odoo, so syncs leave it alone.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["dingding_corp_id", "dingding_key"],
            where=sql.SQL("dingding_key IS NOT NULL"),
        )
        return result

    def _is_sync(self):
        return self.env.context.get(CONTEXT) is SYNC

    def _check_own(self, before):
        """Refuse changes of DingTalk's ids by anybody but a sync.

        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: one of the values changed
        """
        if rights.changed(self, before):
            raise AccessError(
                _("Only syncs may link attendances to DingTalk."))

    @compat.create_multi
    def create(self, vals_list):
        if self._is_sync():
            return compat.super_create(super(), vals_list)
        self = rights.without_defaults(self, set(OWN))
        records = compat.super_create(super(), vals_list)
        records._check_own(
            {record.id: dict.fromkeys(OWN, False) for record in records})
        made = records.filtered(lambda each: not each._is_made_by_odoo())
        made._settle_problems()
        made._upload("in")
        made.filtered("check_out")._upload("out")
        return records

    def write(self, vals):
        if self._is_sync():
            return super().write(vals)
        modes = tuple(self._modes())
        before = rights.stored(self, OWN + TIMES + modes)
        own = {
            record_id: {name: values[name] for name in OWN}
            for record_id, values in before.items()
        }
        result = super().write(vals)
        self._check_own(own)
        after = rights.stored(self, TIMES + modes)

        def differs(record, names):
            old, new = before[record.id], after[record.id]
            return any(old[name] != new[name] for name in names)

        changed = self.filtered(
            lambda record: differs(record, TIMES)
            and not (differs(record, modes) and record._is_made_by_odoo()))
        if changed:
            changed._changed_by_hand(before, after)
        return result

    def unlink(self):
        days = [] if self._is_sync() else self._days_of_sync()
        result = super().unlink()
        if days:
            # The next sync restores DingTalk's attendances.
            self.env.cr.execute(
                "UPDATE dingding_attendance_day SET pending = true"
                " WHERE id = ANY(%s) AND NOT pending", [days])
            compat.forget(self.env)
        return result

    def _days_of_sync(self):
        """Return the ids of the days from which syncs made these attendances."""
        if not self.ids:
            return []
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT day.id FROM hr_attendance AS mine"
            " JOIN dingding_attendance_result AS result"
            " ON result.corp_id = mine.dingding_corp_id"
            " AND result.dingtalk_key = mine.dingding_key"
            " JOIN dingding_attendance_day AS day"
            " ON day.person_id = result.person_id AND day.work_date = result.work_date"
            " WHERE mine.id IN %s", [tuple(self.ids)])
        return [row[0] for row in self.env.cr.fetchall()]

    def _changed_by_hand(self, before, after):
        """Do what follows from times that a person or a kiosk has changed.

        :param dict before: id -> field -> value
        :raise AccessError: an employee has corrected what comes from DingTalk
        """
        closed = self.filtered(
            lambda record: after[record.id]["check_out"]
            and not before[record.id]["check_out"])
        # sudo: the person at the kiosk may not see DingTalk's values.
        linked = self.sudo().filtered(
            lambda record: record.dingding_key and not record.dingding_by_hand
            and not record._has_followed(before[record.id], after[record.id]))
        is_officer = compat.has_group(self.env, OFFICERS)
        mine = set() if is_officer else set(self.env.user.sudo().employee_ids.ids)
        for record in linked:
            old, new = before[record.id], after[record.id]
            if not mine & set((old["employee_id"] or ()) + (new["employee_id"] or ())):
                continue
            leaves = not old["check_out"] and record.check_out and _is_now(
                record.check_out)
            if not leaves or any(
                old[name] != new[name] for name in ("check_in", "employee_id")
            ):
                raise AccessError(
                    _("These times come from DingTalk. Ask somebody who manages "
                      "attendance to correct them."))
        if linked:
            # Officers remain the last editor.
            (linked.with_env(self.env) if is_officer else linked)._write_by_hand()
        self._settle_problems()
        closed._upload("out")

    def _of_oneself(self):
        if compat.has_group(self.env, OFFICERS):
            return self.browse()
        # sudo: not everybody may read employees.
        own = self.sudo().filtered(
            lambda record: record.employee_id.user_id.id == self.env.uid)
        return self.browse(own.ids)

    def _is_made_by_odoo(self):
        """Tell whether Odoo itself created it: possible since 18."""
        return any(self[name] in ODOO_MODES for name in self._modes())

    @api.model
    def _modes(self):
        return [name for name in ("in_mode", "out_mode") if name in self._fields]

    def _has_followed(self, before, after):
        """Tell whether an attendance has come to the employee whom its person now is.

        For example after a merge; no time was corrected.
        """
        if any(before[name] != after[name] for name in ("check_in", "check_out")):
            return False
        return bool(self.env["dingding.attendance.result"].search_count([
            ("corp_id", "=", self.dingding_corp_id.id),
            ("dingtalk_key", "=", self.dingding_key),
            ("person_id.employee_id", "=", self.employee_id.id),
        ]))

    def _write_by_hand(self):
        """Mark these attendances as changed by a person."""
        return super().write({"dingding_by_hand": True})

    def _settle_problems(self):
        """Close the exceptions of these days, unless they are the user's own."""
        # sudo: officers may not write exceptions.
        self.env["dingding.attendance.problem"].sudo()._settle_by_hand(
            (self - self._of_oneself()).sudo(), self.env.user)

    def _upload(self, side):
        # sudo: the person at the kiosk may not queue calls.
        uploads = self.env["dingding.attendance.upload"].sudo()
        for record in self.sudo():
            uploads._add(
                record, side, record.check_in if side == "in" else record.check_out)


def _is_now(moment):
    now = utc.now()
    return abs((now - moment_of(moment)).total_seconds()) <= NOW_SECONDS
