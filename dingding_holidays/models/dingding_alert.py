# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + [
            self._kind(
                "leave", _("Leave"), "dingding.leave.change",
                [("state", "=", "failed")],
            ),
            self._kind(
                "leave_balance", _("Leave balances"), "dingding.leave.balance.change",
                [("state", "=", "failed")],
            ),
        ]
