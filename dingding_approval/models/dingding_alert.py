# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + self._approval_kinds()

    @api.model
    def _approval_kinds(self):
        """Return a kind for each person responsible for mappings with failures."""
        return [
            self._kind(
                "approval/%d" % user_id if user_id else "approval", _("Approvals"),
                "dingding.approval", [("id", "in", ids)],
                user=self.env["res.users"].browse(user_id or []),
            )
            for user_id, ids in self.env["dingding.approval"]._unsolved()
        ]
