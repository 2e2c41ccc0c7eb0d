# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights

# An administrator decides which attendances a group has.
SYNCED = ("attendance_group_id", "attendance_due_on", "checkin_due_on")


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    attendance_group_id = fields.Many2one(
        "dingding.attendance.group", string="Attendance group", readonly=True,
        copy=False, index=True, ondelete="set null",
    )
    attendance_due_on = fields.Date(
        string="Attendance to be read", readonly=True, copy=False,
        groups="dingding.group_manager",
    )

    @compat.create_multi
    def create(self, vals_list):
        if compat.is_superuser(self.env):
            return compat.super_create(super(), vals_list)
        if any(vals.get(name) for vals in vals_list for name in SYNCED):
            self._refuse_synced()
        self = rights.without_defaults(self, SYNCED)
        people = compat.super_create(super(), vals_list)
        # A user's saved default is not in ``vals``.
        people._check_synced(
            {person.id: dict.fromkeys(SYNCED, False) for person in people})
        return people

    def _check_synced(self, before):
        """Refuse values that only a sync may set.

        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: one of the values changed
        """
        if rights.changed(self, before):
            self._refuse_synced()

    # Odoo takes the language from ``self``.
    def _refuse_synced(self):
        raise AccessError(_("Only syncs choose the attendance groups of people."))

    def write(self, vals):
        before = {}
        if not compat.is_superuser(self.env) and not set(vals).isdisjoint(SYNCED):
            before = rights.stored(self, SYNCED)
        result = super().write(vals)
        if before:
            self._check_synced(before)
        if "employee_id" in vals:
            self._attendance_anew()
        return result

    @api.model
    def _write_rows(self, values):
        result = super()._write_rows(values)
        # Written by SQL, as the new employee of somebody whose former one was deleted.
        self.browse(sorted(
            id_ for id_, row in values.items() if "employee_id" in row
        ))._attendance_anew()
        return result

    def _attendance_anew(self):
        """Let days read before the link become attendances with the next sync."""
        if not self.ids:
            return
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_attendance_day SET pending = true"
            " WHERE person_id IN %s AND NOT pending", [tuple(self.ids)])
        compat.forget(self.env)
