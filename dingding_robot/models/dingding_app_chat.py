# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

TOPIC = "/v1.0/im/bot/messages/get"


class DingdingApp(models.Model):
    """Receive messages to an application's robot."""

    _inherit = "dingding.app"

    robot_code = fields.Char(
        string="RobotCode", copy=False,
        help="Developer console > application > Robot. Empty: the AppKey, which it is "
             "for internal applications.",
    )

    def _robot_code(self):
        self.ensure_one()
        return (self.robot_code or "").strip() or self.app_key

    def _stream_callbacks(self):
        return dict(super()._stream_callbacks(), **{TOPIC: "_chat_receive"})

    def _chat_receive(self, headers, data):
        """Store a message to the robot; it is answered by the queue.

        DingTalk ignores the result.
        """
        self.env["dingding.chat.message"]._store(self, data)
        return None
