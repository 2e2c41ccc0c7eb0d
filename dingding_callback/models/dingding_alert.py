# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.models.dingding_alert import GAVE_UP

from .dingding_stream_state import ALIVE_SECONDS


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + [
            self._kind("event", _("Events"), "dingding.event", [
                ("state", "in", GAVE_UP),
            ]),
            self._kind(
                "stream", _("Stream mode"), "dingding.app",
                [("id", "in", self._apps_without_runner() or [0])],
                _("No runner is connected, so no events arrive. Start the command "
                  "odoo-bin dingdingstream beside Odoo, as a service of the server."),
            ),
        ]

    @api.model
    def _apps_without_runner(self):
        """Return the ids of applications in Stream mode that no runner serves."""
        self.env.cr.execute(
            "SELECT app.id FROM dingding_app app WHERE app.stream_mode AND app.active"
            " AND NOT EXISTS (SELECT 1 FROM dingding_stream_state state"
            " WHERE state.app_id = app.id AND state.state != 'stopped'"
            " AND state.seen_at > now() AT TIME ZONE 'UTC' - %s * interval '1 second')",
            [ALIVE_SECONDS],
        )
        return [row[0] for row in self.env.cr.fetchall()]
