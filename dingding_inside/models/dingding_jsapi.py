# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import re
from urllib.parse import urlsplit

from odoo import _, api, models

from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding_signin.models.dingding_signin import JSAPI, Outcome, went_well
from odoo.addons.dingding_signin.models.safe_path import LONGEST, ODD

_logger = logging.getLogger(__name__)

MOST_APIS = 50
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*\Z")
PORTS = {"http": 80, "https": 443}


def origin(url):
    """Return (scheme, host, port) of an address as browsers read it, or None.

    Ambiguous addresses give None.
    """
    if not isinstance(url, str) or not 0 < len(url) <= LONGEST or ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            return None
        return parts.scheme, parts.hostname.lower(), parts.port or PORTS[parts.scheme]
    except ValueError:
        return None


class DingdingJsapi(models.AbstractModel):
    """Sign pages of this Odoo that open inside DingTalk."""

    _name = "dingding.jsapi"
    _description = "DingTalk JSAPI"

    @api.model
    def _own_address(self, url):
        """Return an address in the form to sign, or None for other sites.

        Only ``web.base.url`` counts: headers can be forged.

        :param str url: address in the browser
        """
        url = url.partition("#")[0] if isinstance(url, str) else url
        base = self.env["dingding.corp"]._base_url()
        found = origin(url)
        return url if found and found == origin(base) else None

    @api.model
    def _app(self, chosen=None, inside=None):
        """Return the application that signs for the current user, with sudo, or None.

        :param chosen: id or CorpId of the organisation, by default the user's own
        :param int inside: id of the organisation that has last named the user of this
            session; the first of several
        """
        people = self.env["dingding.message.recipient"]._own_persons()
        corps = people.filtered("active").mapped("corp_id")
        if not corps:
            corps = self.env["dingding.corp"].sudo().search(
                [("company_id", "in", self.env.user.company_ids.ids)]
            )
        corps = corps.filtered(lambda corp: corp.active and corp.corp_id)
        if chosen:
            corps = corps.filtered(
                lambda corp: corp.corp_id == chosen or str(corp.id) == chosen
            )
        for corp in corps.sorted(lambda each: each.id != inside):
            app = corp.signin_app_id or corp.app_id
            if app.active and app.agent_id:
                return app
        return None

    @api.model
    def _config(self, url, names=None, corp=None, renew=False, inside=None):
        """Answer a page that wants to call ``dd``.

        :param str url: address of the page
        :param str names: names of calls, separated by commas
        :param bool renew: DingTalk refused the last signature
        :param int inside: see ``_app``
        :return: Outcome; data has ``config`` for dd.config and ``script``, the address
            of DingTalk's script
        """
        if not self.env.user.has_group("base.group_user"):
            return Outcome(
                None, _("Sign in first, then open this page again."), 403, {}
            )
        names = [name.strip() for name in (names or "").split(",") if name.strip()]
        if len(names) > MOST_APIS or not all(NAME.match(name) for name in names):
            return Outcome(None, _(
                "This is not a list of DingTalk API names."), 400, {})
        if self._own_address(url) is None:
            _logger.info("No signature for a page of another site")
            return Outcome(
                None,
                _(
                    "The URL of this page differs from Odoo's own URL (web.base.url), "
                    "so it cannot call DingTalk. Contact your administrator."
                ),
                403, {},
            )
        app = self._app(corp, inside)
        if app is None:
            text = _("You have no connected DingTalk organisation, or its CorpId or "
                     "AgentId is missing. Contact your administrator.")
            return Outcome(None, text, 404, {})
        try:
            config = app._jsapi_config(url, names, renew)
        except DingTalkError as error:
            # Errors are redacted at their source.
            _logger.warning("No JSAPI ticket: %s", error)
            text = _("DingTalk's response could not be read. Try again in a moment.")
            return Outcome(None, text, 502, {})
        script = self.env["dingding.signin"]._scripts(app) + JSAPI
        return went_well(None, config=config, script=script)
