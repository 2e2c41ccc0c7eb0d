# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from .. import compat


class DingdingSyncMixin(models.AbstractModel):
    _inherit = "dingding.sync.mixin"

    follow_baseline = fields.Text(
        string="Baseline of linked records", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="Values on which linked records and DingTalk were last equal, as JSON.",
    )

    @api.model
    def _follow_table(self):
        """Return the lines for the records linked to this model's rows.

        Addons add lines by inheritance, see ``sync/follow.py``; ``_linked_paths`` names
        the field with the link::

            return super()._follow_table() + [
                FollowMap("remark", "hr.employee", "x_remark")
            ]

        :rtype: list of FollowMap
        """
        return []

    @api.model
    def _system_fields(self):
        return super()._system_fields() | {"follow_baseline"}

    def _check_identity(self, vals):
        if "follow_baseline" in vals and not compat.is_superuser(self.env):
            self._refuse_identity(["follow_baseline"])
        return super()._check_identity(vals)
