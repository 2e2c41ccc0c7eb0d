# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _overview_lines(self):
        queued = [("state", "in", ("queued", "working", "retry"))]
        failed = [("state", "in", ("failed", "unknown"))]
        waiting, lost = self._counted("dingding.event", queued, failed)
        apps = self.app_ids.filtered("stream_mode")
        lines = super()._overview_lines()
        if apps:
            alive = all(apps.mapped("stream_alive"))
            lines.append(self._overview_line(
                "stream", _("Stream mode"),
                _("Connected") if alive else _("Not connected"),
                "ok" if alive else "error", "dingding.app",
                [("stream_mode", "=", True)],
            ))
        pushed = (self.app_ids - apps).filtered("callback_is_set")
        if pushed:
            lines.append(self._callback_line(pushed))
        return lines + [
            self._overview_line(
                "events", _("Events"),
                _("Waiting: %(waiting)d, failed: %(failed)d")
                % {"waiting": waiting, "failed": lost},
                "warning" if lost else "ok", "dingding.event", failed if lost else [],
                parts=[
                    self._overview_part(
                        "waiting", _("Waiting events"), waiting, "dingding.event",
                        queued),
                    self._overview_part(
                        "failed", _("Failed events"), lost, "dingding.event", failed,
                        "warning"),
                ],
            ),
        ]

    def _callback_line(self, apps):
        """Return the line about applications that receive events by HTTP push."""
        checked = [app.callback_checked_at for app in apps if app.callback_checked_at]
        return self._overview_line(
            "callback", _("Callback URL"),
            _("Verified on %s") % self._local_text(max(checked)) if checked
            else _("Not verified"),
            "ok" if len(checked) == len(apps) else "warning", "dingding.app",
            [("id", "in", apps.ids)],
        )

    def _setup_scopes(self):
        # Stream mode alone receives nothing: a runner has to be connected.
        receives = any(
            app.stream_alive if app.stream_mode else app.callback_checked_at
            for app in self.app_ids
        )
        return super()._setup_scopes() + [
            self._setup_scope(
                "events", _("Receive events"), receives,
                _("Click Receive events on the application, which shows the values for "
                  "DingTalk's console, or enable Stream mode there and start its "
                  "runner."), "contact", "dingding.app",
                place=_("Developer console > application > Event subscription "
                        "(开发配置 > 事件订阅)"),
                page="events", marked=("push", "stream", "names"),
                values=[
                    (_("Callback URL of %s") % app.name, app.callback_url)
                    for app in self.app_ids if not app.stream_mode
                ],
            ),
        ]
