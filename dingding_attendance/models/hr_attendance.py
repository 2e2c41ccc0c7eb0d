# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights

# Only a sync may set these.
OWN = ("dingding_key", "dingding_corp_id", "dingding_work_date", "dingding_by_hand")
TIMES = {"check_in", "check_out", "employee_id"}
# Set in the environment of syncs, which have all rights; ignored without them.
CONTEXT = "dingding_attendance_sync"


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
        return bool(
            self.env.context.get(CONTEXT) and compat.is_superuser(self.env))

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
        # sudo: the person at the kiosk may neither see exceptions nor queue calls.
        records.sudo()._after_hand(created=True)
        return records

    def write(self, vals):
        if self._is_sync():
            return super().write(vals)
        before = rights.stored(self, OWN)
        closed = {
            record.id for record in self.sudo() if not record.check_out
        } if vals.get("check_out") else set()
        result = super().write(vals)
        self._check_own(before)
        if TIMES & set(vals):
            # sudo: as for create().
            records_sudo = self.sudo()
            linked = records_sudo.filtered(
                lambda each: each.dingding_key and not each.dingding_by_hand)
            if linked:
                linked._write_by_hand()
            records_sudo._after_hand(closed=closed)
        return result

    def _write_by_hand(self):
        """Mark these attendances as changed by a person."""
        return super().write({"dingding_by_hand": True})

    def _after_hand(self, created=False, closed=()):
        """Settle exceptions and queue kiosk punches for new attendances."""
        self.env["dingding.attendance.problem"]._settle_by_hand(self)
        uploads = self.env["dingding.attendance.upload"]
        for record in self:
            if created:
                uploads._add(record, "in", record.check_in)
            if record.check_out and (created or record.id in closed):
                uploads._add(record, "out", record.check_out)
