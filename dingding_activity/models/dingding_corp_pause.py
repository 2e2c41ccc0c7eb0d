# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding.dingtalk import quota

DIRECT_FEATURE, FOLLOWED_FEATURE = "notify_direct", "notify_followed"
FILES_FEATURE = "notify_files"


class DingdingCorp(models.Model):
    """Declare the budget worth of notifications, and count paused ones."""

    _inherit = "dingding.corp"

    def _budget_features(self):
        return super()._budget_features() + [
            {"key": DIRECT_FEATURE, "label": _("Personal notifications"),
             "worth": quota.OWED},
            {"key": FOLLOWED_FEATURE, "label": _("Follower notifications"),
             "worth": quota.FRESH},
            {"key": FILES_FEATURE, "label": _("Requested files"),
             "worth": quota.FRESH},
        ]

    def _overview_lines(self):
        lines = super()._overview_lines()
        # sudo: managers read their companies' lines only.
        paused = self.env["dingding.notification.line"].sudo().search([
            ("state", "=", "paused"), ("message_id.corp_id", "=", self.id),
        ]).mapped("message_id")
        if paused:
            lines.append(self._overview_line(
                "notify_paused", _("Paused Notifications"),
                _("%d wait to save the month's API calls") % len(paused), "warning",
                "dingding.message", [("id", "in", paused.ids)],
            ))
        return lines
