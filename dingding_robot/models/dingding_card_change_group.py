# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

POSTPONE_SECONDS = 15  # until a group that is being created is looked at again


class DingdingCardChange(models.Model):
    """Wait for the group of a card."""

    _inherit = "dingding.card.change"

    def _work(self, deadline):
        group = self.copy_id.group_id
        if self.kind == "send" and group and not group.conversation_id:
            if group.state in ("failed", "unknown", "cancelled"):
                self._give_up(_("The group was not created in DingTalk."))
            else:
                # It is being created.
                self._postpone(POSTPONE_SECONDS)
            return False
        return super()._work(deadline)
