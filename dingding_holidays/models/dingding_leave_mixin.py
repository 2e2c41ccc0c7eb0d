# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from ..leaves import watched


class DingdingLeaveMixin(models.AbstractModel):
    """Record changes of Odoo's leaves, for workers after the commit.

    For ``hr.holidays`` in 11.0 and ``hr.leave`` later.
    """

    _name = "dingding.leave.mixin"
    _description = "DingTalk Leave Mixin"

    def _dingding_pairs(self):
        # sudo: employees may not read each type.
        return [(leave.id, leave.holiday_status_id.id) for leave in self.sudo()]

    def _dingding_capture(self, pairs):
        if pairs:
            compat.flush(self.env)
            self.env["dingding.leave.change"]._capture(pairs)

    @compat.create_multi
    def create(self, vals_list):
        leaves = compat.super_create(super(), vals_list)
        leaves._dingding_capture(leaves._dingding_pairs())
        return leaves

    def write(self, vals):
        result = super().write(vals)
        if any(watched(name) for name in vals):
            self._dingding_capture(self._dingding_pairs())
        return result

    def unlink(self):
        pairs = self._dingding_pairs()
        result = super().unlink()
        self._dingding_capture(pairs)
        return result
