# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _overview_lines(self):
        lately = [("create_date", ">=", self._lately())]
        messages, failed = self._counted(
            "dingding.robot.message", lately,
            lately + [("state", "in", ("failed", "unknown"))],
        )
        return super()._overview_lines() + [
            self._overview_line(
                "robots", _("Robot messages (7 days)"),
                _("%(messages)d, failed: %(failed)d")
                % {"messages": messages, "failed": failed},
                "warning" if failed else "ok", "dingding.robot.message", lately,
            ),
        ]

    def _setup_scopes(self):
        robots = self.env["dingding.robot"].search([("corp_id", "=", self.id)], limit=1)
        return super()._setup_scopes() + [
            self._setup_scope(
                "robots", _("Send to groups"), bool(robots),
                _("Create a robot with the webhook of its group."),
                model="dingding.robot",
            ),
        ]
