# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time
import uuid

from odoo import _, api, models

from odoo.addons.dingding.dingtalk.errors import DingTalkError, PermissionDeniedError

from .dingding_card_action import MOST as MOST_ACTIONS
from .dingding_card_input import MOST as MOST_INPUTS

VARIABLES = frozenset(
    ["title", "state", "body", "picture", "link", "secret", "note"]
    + ["action_%d" % number for number in range(1, MOST_ACTIONS + 1)]
    + ["input_%d" % number for number in range(1, MOST_INPUTS + 1)]
)
UNPUBLISHED = ("unpublished", "unpublish", "draft", "edit", "editing")


class DingdingHealth(models.TransientModel):
    """Test the templates of cards, and how their presses arrive."""

    _inherit = "dingding.health"

    @api.model
    def _check_app(self, app, deadline):
        lines = super()._check_app(app, deadline)
        corp = app.corp_id
        setups = self.env["dingding.card.setup"].sudo().search(
            [("corp_id", "=", corp.id)])
        if not setups or corp.sudo()._app_for("message") != app:
            return lines
        templates = sorted(
            {setup.template or corp.card_template or "" for setup in setups})
        for template in templates:
            lines.append(self._card_line(app, template, deadline))
        lines.append(self._card_callback_line(app))
        return lines

    @api.model
    def _card_line(self, app, template, deadline):
        """Return the line of one template."""
        name = _("Card template")
        remedy = app.corp_id._card_template_text()
        if not template:
            return self._line(
                name, "error", _("No template: recipients get links."), remedy, "",
                app, "cards",
            )
        if time.monotonic() > deadline:
            return self._line(name, "unchecked", template, app=app, key="cards")
        client = app._dingtalk_client(feature="check", max_wait=0, max_attempts=1)
        try:
            found = client.cards.template(template)
        except PermissionDeniedError:
            # A card without recipients shows whether the template works.
            found = {"status": None, "variables": None}
            try:
                client.cards.create_only(template, "test-%s" % uuid.uuid4().hex, {})
            except DingTalkError as error:
                return self._line(name, "error", str(error), remedy, "", app, "cards")
        except DingTalkError as error:
            return self._line(name, "error", str(error), remedy, "", app, "cards")
        if (found["status"] or "").lower() in UNPUBLISHED:
            return self._line(
                name, "error", _("%s is not published.") % template, remedy, "", app,
                "cards",
            )
        missing = VARIABLES - (found["variables"] or VARIABLES)
        if missing:
            return self._line(
                name, "error",
                _("%(template)s lacks the variables: %(names)s.")
                % {"template": template, "names": ", ".join(sorted(missing))},
                remedy, "", app, "cards",
            )
        return self._line(name, "ok", template, app=app, key="cards")

    @api.model
    def _card_callback_line(self, app):
        """Return the line about how presses arrive."""
        name = _("Presses on cards")
        if app.stream_mode:
            if app.stream_alive:
                return self._line(name, "ok", _("By Stream mode."), app=app)
            return self._line(
                name, "error", _("No runner is connected."),
                _("Start the runner: see the application's form."), "", app)
        if app.card_registered_on:
            return self._line(name, "ok", app.card_url, app=app)
        return self._line(
            name, "error", _("The card callback URL is not registered."),
            _("Switch on Stream mode, or click Register card callback on the "
              "application's form."), "", app)
