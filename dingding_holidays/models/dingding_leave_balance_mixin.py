# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from ..allocations import watched


class DingdingLeaveBalanceMixin(models.AbstractModel):
    """Notice what changes balances; workers look at them after the commit.

    For the models of allocations and leaves.
    """

    _name = "dingding.leave.balance.mixin"
    _description = "DingTalk Leave Balance Mixin"

    def _dingding_balances(self):
        # sudo: employees may not read each type.
        return [
            (row.employee_id.id, row.holiday_status_id.id) for row in self.sudo()
            if row.employee_id and row.holiday_status_id
        ]

    @compat.create_multi
    def create(self, vals_list):
        rows = compat.super_create(super(), vals_list)
        self.env["dingding.leave.balance.change"]._capture(rows._dingding_balances())
        return rows

    def write(self, vals):
        is_watched = any(watched(name) for name in vals)
        before = self._dingding_balances() if is_watched else []
        result = super().write(vals)
        if is_watched:
            self.env["dingding.leave.balance.change"]._capture(
                before + self._dingding_balances())
        return result

    def unlink(self):
        before = self._dingding_balances()
        result = super().unlink()
        self.env["dingding.leave.balance.change"]._capture(before)
        return result
