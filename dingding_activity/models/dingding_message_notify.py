# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingMessage(models.Model):
    """Report undelivered notifications on their documents."""

    _inherit = "dingding.message"

    def _update_state(self):
        result = super()._update_state()
        self.env["dingding.notification.line"]._record_outcome(self)
        return result

    def _unknown_outcome(self):
        return _("Outcome unknown")
