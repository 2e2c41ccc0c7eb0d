# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingHealth(models.TransientModel):
    _inherit = "dingding.health"

    @api.model
    def _check_app(self, app, deadline):
        client = app._dingtalk_client(
            feature="check_admins", max_attempts=1, max_wait=0)
        return super()._check_app(app, deadline) + [
            self._ask_line(
                _("Administrators"), app, deadline, client.contacts.admins,
                key="check_admins",
            ),
        ]
