# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models


class DingdingCorp(models.Model):
    """Decide whether joiners and the status of employees are read."""

    _inherit = "dingding.corp"

    roster_employment = fields.Boolean(
        string="Read joiners and status",
        help="Stores who will join and when, and for each person entry date, "
             "probation and confirmation, for HR officers. Needs DingTalk's smart HR "
             "(智能人事).",
    )

    @api.model
    def _guarded(self):
        # Private data is read with sudo.
        return super()._guarded() + ("roster_employment",)

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Joiners"),
                "purpose": "contact",
                "permission": "qyapi_hrm_read_user",
                "title": "智能人事花名册读权限",
                "when": _("if joiners and status are read"),
                "line": "",
                "events": (),
                "calls": "",
            },
        ]
