# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models.remedies import user_errors


class DingdingCorp(models.Model):
    """Read the list of roster fields, and configure leavers."""

    _inherit = "dingding.corp"

    roster_leavers = fields.Boolean(
        string="Read leaving dates",
        help="Stores when and why people leave, for HR officers. Needs DingTalk's "
             "smart HR (智能人事).",
    )

    @api.model
    def _guarded(self):
        # Private data is read with sudo.
        return super()._guarded() + ("roster_leavers",)

    def _catch_up(self):
        result = super()._catch_up()
        # sudo: who unarchives an organisation may not write the queue.
        self.env["dingding.roster.change"].sudo()._resume_archived(
            self, [("kind", "=", "write")])
        return result

    def action_read_roster_fields(self):
        """Read the list of roster fields, without values.

        :raise AccessError: for everybody but managers
        :raise UserError: DingTalk refuses it
        """
        self.ensure_one()
        compat.check_access(self, "write")
        rights.check_manager(self)
        app = self._app_for("contact")
        with user_errors(self.env):
            client = app._dingtalk_client(feature="contacts", max_wait=0)
            rows = client.hrm.fields(app.agent_id)
        self.env["dingding.roster.field"]._store(self, rows)
        return True

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Roster"),
                "purpose": "contact",
                "permission": "qyapi_hrm_read_user",
                "title": "智能人事花名册读权限",
                "when": _("if fields of the roster are mapped"),
                "line": "",
                "events": (),
                "calls": "",
            },
            {
                "feature": _("Roster"),
                "purpose": "contact",
                "permission": "qyapi_hrm_manager",
                "title": "智能人事花名册管理权限",
                "when": _("if Odoo writes fields of the roster"),
                "line": "",
                "events": (),
                "calls": "",
            },
        ]
