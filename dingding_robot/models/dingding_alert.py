# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.models.dingding_alert import GAVE_UP


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + [
            self._kind(
                "robot", _("Robot messages"), "dingding.robot.message",
                [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "card", _("Cards"), "dingding.card.change",
                [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "chat", _("Chat messages"), "dingding.chat.message",
                [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "chat_post", _("Messages to groups"), "dingding.chat.post",
                [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "group", _("Groups"), "dingding.group", [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "group_rule", _("Group Rules"), "dingding.group.rule",
                [("last_error", "!=", False)],
                _("An administrator opens the rule, corrects it or its document, and "
                  "clicks Update groups now."),
            ),
            self._kind(
                "group_dissolved", _("Dissolved groups"), "dingding.group",
                [("dissolved_at", "!=", False), ("active", "=", False)],
            ),
        ]
