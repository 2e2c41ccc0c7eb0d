# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding.models.queue import BUDGET_REMEDIES


class DingdingNotificationLine(models.Model):
    """Show which notifications wait for the budget."""

    _inherit = "dingding.notification.line"

    def _record_pause(self, message):
        """Mark these lines as paused, or as no longer paused.

        :param message: of these lines; it is being sent
        """
        paused = any(
            task.state == "retry" and task.error_remedy in BUDGET_REMEDIES
            for task in message.task_ids
        )
        old, new = ("sending", "paused") if paused else ("paused", "sending")
        self.filtered(lambda line: line.state == old).write({"state": new})
