# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    """Count messages, and list the setup of groups, chats and cards."""

    _inherit = "dingding.corp"

    def _overview_lines(self):
        lately = [("create_date", ">=", self._lately())]
        lost = [("state", "in", ("failed", "unknown"))]
        messages, failed = self._counted(
            "dingding.robot.message", lately, lately + lost)
        chats, unanswered = self._counted(
            "dingding.chat.message", lately, lately + lost)
        undecided = lately + [("status", "=", "open")]
        cards, waiting = self._counted("dingding.card", lately, undecided)
        return super()._overview_lines() + [
            self._overview_line(
                "robots", _("Robot messages (7 days)"),
                _("%(messages)d, failed: %(failed)d")
                % {"messages": messages, "failed": failed},
                "warning" if failed else "ok", "dingding.robot.message", lately,
                parts=[
                    self._overview_part(
                        "failed", _("Failed robot messages"), failed,
                        "dingding.robot.message", lately + lost, "warning"),
                ],
            ),
            self._overview_line(
                "chats", _("Chat messages (7 days)"),
                _("%(messages)d, failed: %(failed)d")
                % {"messages": chats, "failed": unanswered},
                "warning" if unanswered else "ok", "dingding.chat.message",
                lately + (lost if unanswered else []), parts=[
                    self._overview_part(
                        "failed", _("Failed chat messages"), unanswered,
                        "dingding.chat.message", lately + lost, "warning"),
                ],
            ),
            self._overview_line(
                "cards", _("Cards (7 days)"),
                _("%(cards)d, undecided: %(waiting)d")
                % {"cards": cards, "waiting": waiting},
                "ok", "dingding.card", lately, parts=[
                    self._overview_part(
                        "undecided", _("Undecided cards"), waiting, "dingding.card",
                        undecided),
                ],
            ),
        ]

    def _setup_scopes(self):
        mine = [("corp_id", "=", self.id)]
        robot, group, setup = [
            bool(self.env[model].search(mine, limit=1))
            for model in ("dingding.robot", "dingding.group", "dingding.card.setup")
        ]
        return super()._setup_scopes() + [
            self._setup_scope(
                "robots", _("Send to groups"), robot or group,
                _("Create a robot with the webhook of its group, or a group."),
                model="dingding.robot",
            ),
            self._setup_scope(
                "chat", _("Answer in chats"),
                self.chat and any(self.app_ids.mapped("stream_alive")),
                _("Enable Answer in chats on the page Chat, and Stream mode on the "
                  "application, and start its runner."), model=self._name,
                place=_("Developer console > application > Add capability > Robot "
                        "(添加应用能力 > 机器人)"),
                page="capability", marked=("robot",),
            ),
            self._setup_scope(
                "cards", _("Send cards"), self.card_template and setup,
                _("Enter the ID of the template on the page Cards, and create a card."),
                model="dingding.card.setup" if self.card_template else self._name,
                place=_("Developer console > Card platform (卡片平台)"),
                page="cards", marked=(
                    "template", "template_type", "import", "template_publish",
                    "template_id"),
            ),
        ]
