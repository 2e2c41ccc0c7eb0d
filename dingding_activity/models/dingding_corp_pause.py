# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding.dingtalk import quota
from odoo.addons.dingding.models.queue import BUDGET_REMEDIES

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
        paused = self.env["dingding.notification.line"].sudo().search_count([
            ("state", "=", "paused"), ("message_id.corp_id", "=", self.id)])
        if paused:
            lines.append(self._overview_line(
                "notify_paused", _("Paused Notifications"),
                _("%d wait to save the month's API calls") % paused, "warning",
                "dingding.message", [
                    ("state", "in", ("queued", "sending")),
                    ("task_ids.error_remedy", "in", BUDGET_REMEDIES),
                ],
            ))
        return lines
