# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from odoo import _, api, models

from odoo.addons.dingding.dingtalk.errors import DingTalkError

# A key without a message, to test whether the robot exists.
NO_KEY = "0"
NO_ROBOT = (
    "invalidParameter.robotCode.notExsit", "robot.oto.notExist",
    "chatbotId.notAllow.sendOTO",
)


class DingdingHealth(models.TransientModel):
    _inherit = "dingding.health"

    @api.model
    def _check_app(self, app, deadline):
        lines = super()._check_app(app, deadline)
        if app.corp_id.chat and app == app.corp_id._chat_app():
            lines += self._chat_lines(app, deadline)
        return lines

    @api.model
    def _chat_lines(self, app, deadline):
        """Return the lines about the robot and how its messages arrive."""
        name = _("Robot")
        if time.monotonic() > deadline:
            return [self._line(name, "unchecked", app=app)]
        error = None
        try:
            client = app._dingtalk_client(feature="chat", max_wait=0, max_attempts=1)
            client.chat.is_read(app._robot_code(), NO_KEY)
        except DingTalkError as problem:
            error = problem
        lines = [self._line(name, "ok", app=app)]
        remedies = self.env["dingding.remedy"]
        if error is not None and error.code in NO_ROBOT:
            lines = [self._line(
                name, "error", str(error),
                _("The application has no robot, or it is not published. In DingTalk's "
                  "developer console add the capability Robot (机器人), choose Stream "
                  "mode and publish a version; or correct the RobotCode."), app=app)]
        elif error is not None and error.remedy == "permission":
            lines = [self._line(
                name, "error", str(error),
                remedies._sentence(error.remedy, error.detail),
                remedies._address(error.remedy, error.detail), app)]
        if not app.stream_mode:
            lines.append(self._line(
                _("Chat messages"), "error", "",
                _("Messages to the robot come in Stream mode only. Enable it on the "
                  "application and start the runner."), app=app))
        elif not app.sudo().stream_alive:
            lines.append(self._line(
                _("Chat messages"), "error", "",
                _("No runner is connected, so the robot hears nothing. Start "
                  "dingdingstream beside Odoo."), app=app))
        return lines
