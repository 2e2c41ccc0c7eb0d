# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import re
from urllib.parse import urlsplit

from odoo import _, api, models

from ..dingtalk.errors import DingTalkError
from .dingding_signin import JSAPI, Outcome, went_well
from .safe_path import LONGEST, ODD

_logger = logging.getLogger(__name__)

MOST_APIS = 50
# Names as dd.config takes them, without "dd.".
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*\Z")
PORTS = {"http": 80, "https": 443}


def origin(url):
    """Return (scheme, host, port) of an address as a browser understands it, or None.

    Anything that two readers might understand in two ways is None.
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
    """Signatures for pages of this Odoo that open inside DingTalk."""

    _name = "dingding.jsapi"
    _description = "JSAPI of DingTalk"

    @api.model
    def _own_address(self, url):
        """Return an address as it is signed, or None when it is no page of this site.

        The site is what ``web.base.url`` says. What a request says, or a proxy in
        front of it, counts for nothing: anybody can send it.

        :param str url: address as the browser has it
        """
        url = url.partition("#")[0] if isinstance(url, str) else url
        base = self.env["dingding.corp"]._signin_base_url()
        found = origin(url)
        return url if found and found == origin(base) else None

    @api.model
    def _app(self, chosen=None):
        """Return the application that signs for the current user, with sudo, or None.

        :param chosen: id or CorpId of the organisation; by default the own one
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
        for corp in corps:
            app = corp.signin_app_id or corp.app_id
            if app.active and app.agent_id:
                return app
        return None

    @api.model
    def _config(self, url, names=None, corp=None, renew=False):
        """Answer a page that wants to call ``dd``; for the route.

        :param str url: address of the page
        :param str names: names of calls, separated by commas
        :param bool renew: DingTalk has refused the last signature
        :return: Outcome; data has ``config`` for dd.config and ``script``, the address
            of DingTalk's script
        """
        if not self.env.user.has_group("base.group_user"):
            return Outcome(
                None, _("Sign in first, then open this page again."), 403, {}
            )
        names = [name.strip() for name in (names or "").split(",") if name.strip()]
        if len(names) > MOST_APIS or not all(NAME.match(name) for name in names):
            return Outcome(None, _("This is no list of calls of DingTalk."), 400, {})
        if self._own_address(url) is None:
            _logger.info("No signature for a page of another site")
            return Outcome(
                None,
                _(
                    "This page is not at the address that Odoo knows itself by "
                    "(web.base.url), so DingTalk cannot be called from it. Tell your "
                    "administrator."
                ),
                403, {},
            )
        app = self._app(corp)
        if app is None:
            text = _("No organisation of DingTalk is connected for you, or it lacks "
                     "CorpId or AgentId. Tell your administrator.")
            return Outcome(None, text, 404, {})
        try:
            config = app._jsapi_config(url, names, renew)
        except DingTalkError as error:
            # The message names no token: errors are redacted where they are made.
            _logger.warning("No JSAPI ticket: %s", error)
            text = _("DingTalk gave no usable answer. Try again in a moment.")
            return Outcome(None, text, 502, {})
        script = self.env["dingding.signin"]._scripts(app) + JSAPI
        return went_well(None, config=config, script=script)
