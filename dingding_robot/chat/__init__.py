# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Commands of the robot's chat, for developers::

    from odoo.addons.dingding_robot.chat import Reply, command

    class SaleOrder(models.Model):
        _inherit = "sale.order"

        @api.model
        @command("late", "逾期", summary=lambda self: _("Late orders"))
        def _chat_late(self, chat, words):
            return Reply().records(self.search([("state", "=", "late")], limit=10))
"""

from odoo.addons.dingding.chat_command import command

from .registry import Conversation
from .reply import Reply, plain
