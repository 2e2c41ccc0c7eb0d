# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

_logger = logging.getLogger(__name__)


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    event_count = fields.Integer(
        string="Events", compute="_compute_event_count",
        compute_sudo=False, groups="dingding.group_manager"
    )
    event_failed_count = fields.Integer(
        string="Failed events", compute="_compute_event_count", compute_sudo=False,
        groups="dingding.group_manager",
    )
    dissolved_at = fields.Datetime(
        string="Dissolved on", readonly=True, copy=False,
        help="DingTalk has reported that the organisation was dissolved. Nothing was "
             "changed in Odoo: check in DingTalk before you archive anything.",
    )

    def _compute_event_count(self):
        events = self.env["dingding.event"]
        for corp in self:
            domain = [("corp_id", "=", corp.id)]
            corp.event_count = events.search_count(domain)
            corp.event_failed_count = events.search_count(
                domain + [("state", "=", "failed")]
            )

    def action_open_events(self):
        """Show the events of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_callback.dingding_event_action")
        values["domain"] = [("corp_id", "=", self.id)]
        return values

    def action_receive_events(self):
        """Show the settings to subscribe to events with the main application.

        :raise AccessError: the user is not an administrator
        :raise UserError: the organisation has no application
        """
        self.ensure_one()
        compat.check_access(self, "read")
        app = self.app_id or self.app_ids[:1]
        if not app:
            raise UserError(_("Enter AppKey and AppSecret first."))
        return app.action_callback_setup()

    # -- handlers ----------------------------------------------------------------------

    @api.model
    def _dingtalk_event_org_change(self, event):
        """Update the organisation's name, which is the root department's."""
        departments = self.env["dingding.department"]
        return departments._dingtalk_read_departments(event, ["1"])

    @api.model
    def _dingtalk_event_org_remove(self, event):
        """Warn and change nothing: a single message must not deactivate accounts."""
        corp = event.corp_id
        corp.write({"dissolved_at": event.occurred_at or fields.Datetime.now()})
        event.note_code = "dissolved"
        _logger.warning("DingTalk says that %s was dissolved", corp)

    @api.model
    def _dingtalk_event_label_conf_add(self, event):
        """Ignore role changes: only who is an administrator is stored."""
        event.note_code = "roles"

    @api.model
    def _dingtalk_event_label_conf_modify(self, event):
        return self._dingtalk_event_label_conf_add(event)

    @api.model
    def _dingtalk_event_label_conf_del(self, event):
        return self._dingtalk_event_label_conf_add(event)
