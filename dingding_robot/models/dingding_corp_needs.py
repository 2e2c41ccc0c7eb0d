# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Group robots"),
                "purpose": "message",
                "permission": "",
                "title": "",
                "when": "",
                "line": "",
                "events": (),
                "calls": _("1 per message, counted as webhook calls"),
            },
            {
                "feature": _("Cards"),
                "purpose": "message",
                "permission": "Card.Instance.Write",
                "title": "互动卡片实例写权限",
                "when": "",
                "line": "cards",
                "events": (),
                "calls": _(
                    "1 per card, 1 per change that a card shows; 1 push per press"),
            },
            {
                "feature": _("Chats with the robot"),
                "purpose": "message",
                "permission": "Card.Streaming.Write",
                "title": "AI卡片流式更新权限",
                "when": _("if an assistant's answers are shown while they arrive"),
                "line": "",
                "events": (),
                "calls": _("up to 7 per answer of the assistant"),
            },
            {
                "feature": _("Chats with the robot"),
                "purpose": "message",
                "permission": "qyapi_robot_sendmsg",
                "title": "企业内机器人发送消息权限",
                "when": _("if people talk to the robot or groups get messages"),
                "line": "",
                "events": (),
                "calls": _("1 push and 1 webhook call per answer, 1 per message"),
            },
            {
                "feature": _("Groups"),
                "purpose": "message",
                "permission": "qyapi_chat_manage",
                "title": "群基础信息管理权限",
                "when": _("if Odoo creates groups"),
                "line": "",
                "events": (
                    "chat_add_member", "chat_disband", "chat_update_owner",
                    "chat_update_title", "im_cool_app_install",
                    "im_cool_app_uninstall"),
                "calls": _("1 per group and per change of its members; 1 push per "
                           "change of a group in DingTalk"),
            },
            {
                "feature": _("Groups"),
                "purpose": "message",
                "permission": "qyapi_chat_read",
                "title": "钉钉群基础信息读权限",
                "when": _("to see what people change in groups that Odoo created"),
                "line": "",
                "events": (),
                "calls": _("1 before each change of a group's members, per change in "
                           "DingTalk and per Refresh"),
            },
        ]
