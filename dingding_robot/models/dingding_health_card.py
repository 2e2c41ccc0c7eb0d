# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time
import uuid

from odoo import _, api, models

from odoo.addons.dingding.dingtalk.errors import DingTalkError, PermissionDeniedError

from ..chat.writer import TITLE
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
        if corp.sudo()._app_for("message") != app:
            return lines
        lines += self._answer_lines(app, deadline)
        setups = self.env["dingding.card.setup"].sudo().search(
            [("corp_id", "=", corp.id)])
        if not setups:
            return lines
        templates = sorted(
            {setup.template or corp.card_template or "" for setup in setups})
        for template in templates:
            lines.append(self._card_line(
                app, template, deadline, _("Card template"),
                corp._card_template_text()))
        lines.append(self._card_callback_line(app))
        return lines

    @api.model
    def _answer_lines(self, app, deadline):
        """Return the lines of the templates in which assistants answer."""
        if not app.corp_id.chat:
            return []
        commands = self.env["dingding.chat.command"].sudo().search(
            [("kind", "=", "assistant"), ("card_template", "!=", False)])
        found = sorted({(own.card_template, own.card_variable) for own in commands})
        return [
            self._card_line(
                app, template, deadline, _("Assistant card"),
                _("In DingTalk's card platform, import dingding_robot/card_templates/"
                  "answer.json or build an AI card with these variables, publish it "
                  "for this application, and enter its ID in the chat command."),
                frozenset([TITLE, variable]))
            for template, variable in found
        ]

    @api.model
    def _card_line(self, app, template, deadline, name, remedy, variables=VARIABLES):
        """Return the line of one template.

        :param str name: of the line
        :param str remedy: for an unsuitable template
        :param frozenset variables: that it must have
        """
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
        missing = variables - (found["variables"] or variables)
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
        if not app.corp_id.corp_id:
            return self._line(
                name, "error",
                _("They are refused: the organisation has no CorpId."),
                _("Enter the CorpId on the organisation's form. The home page of the "
                  "developer console shows it."), "", app)
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
