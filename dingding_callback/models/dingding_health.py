# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingHealth(models.TransientModel):
    """Tell in the connection test whether events arrive."""

    _inherit = "dingding.health"

    @api.model
    def _check_app(self, app, deadline):
        return super()._check_app(app, deadline) + self._event_lines(app)

    @api.model
    def _event_lines(self, app):
        """Return the line about an application's events; none if it has no receiver."""
        name = _("Events")
        # sudo: whether keys are stored is not a secret.
        app_sudo = app.sudo()
        if app_sudo.stream_mode:
            if app_sudo.stream_alive:
                return [self._line(name, "ok", app=app)]
            return [self._line(
                name, "warning", _("No runner is connected, so no events arrive."),
                _("Start dingdingstream beside Odoo."), app=app)]
        if not app_sudo.callback_is_set:
            return []
        if app_sudo.callback_checked_at:
            return [self._line(name, "ok", app=app)]
        return [self._line(
            name, "note", _("DingTalk has not verified the callback URL yet."),
            _("Click Receive events on the application, and follow the steps."),
            app=app)]
