# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.models.remedies import DOCUMENTS

# Remedy -> its chapter in the English and the Chinese manual.
CHAPTERS = {
    "robot_keyword": ("a-robot-rejects-a-message", "机器人拒收消息"),
    "robot_signature": ("a-robot-rejects-a-message", "机器人拒收消息"),
    "robot_ip": ("a-robot-rejects-a-message", "机器人拒收消息"),
    "robot_webhook": ("a-robot-does-not-exist", "机器人不存在"),
    "robot_limit": ("a-robot-is-rate-limited", "机器人被限流"),
    "group_dissolved": ("a-group-was-dissolved", "群已解散"),
    "card_template": ("a-card-template-does-not-fit", "卡片模板不可用"),
    "card_content": ("the-text-of-a-card-is-refused", "卡片内容被拒绝"),
}


class DingdingRemedy(models.AbstractModel):
    """Remedies for DingTalk's refusals of robot messages."""

    _inherit = "dingding.remedy"

    @api.model
    def _addresses(self):
        return dict(
            super()._addresses(),
            robot_limit=DOCUMENTS + "custom-robots-send-group-messages",
        )

    @api.model
    def _chapters(self):
        return dict(super()._chapters(), **CHAPTERS)

    def _sentence_robot_webhook(self, detail):
        return _(
            "DingTalk does not know the robot's webhook URL, or the robot was disabled "
            "or removed from its group. Copy the URL again from the group settings "
            "(智能群助手) to the robot."
        )

    def _sentence_robot_keyword(self, detail):
        return _(
            "The robot accepts only messages with one of its keywords. Enter one of "
            "its keywords (group settings > robot > Custom keywords, 自定义关键词) on the "
            "robot in Odoo, which adds it to each message."
        )

    def _sentence_robot_signature(self, detail):
        return _(
            "DingTalk rejects the signature. Copy the signing secret (SEC...) again "
            "from the robot's settings (加签), and check this server's clock: it must be "
            "less than an hour off."
        )

    def _sentence_robot_ip(self, detail):
        if detail.get("ip"):
            return _(
                "The robot sees this server under the IP address %s. Add it to the "
                "robot's IP addresses (group settings > robot > IP address, IP地址段)."
            ) % detail["ip"]
        return _(
            "Add the public IP address of this server to the robot's IP addresses "
            "(group settings > robot > IP address, IP地址段)."
        )

    def _sentence_robot_limit(self, detail):
        return _(
            "The robot sent more than 20 messages in a minute, so DingTalk blocks it "
            "for ten minutes. Check whether another program uses the same webhook URL. "
            "The message is sent afterwards."
        )

    def _sentence_group_dissolved(self, detail):
        return _(
            "The group's owner dissolved it in DingTalk, so Odoo archived it: it gets "
            "no messages, and its rule no longer changes it. If it is still needed, "
            "open it (Groups, filter Dissolved) and create it again."
        )

    def _sentence_card_template(self, detail):
        return self.env["dingding.corp"]._card_template_text()

    def _sentence_card_content(self, detail):
        return _(
            "DingTalk's content check refuses a text of the card. Change the document, "
            "or show the value in Odoo only."
        )
