# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import hmac
import json
import logging
import re
import time
from urllib.parse import urlencode

from odoo import _, api, models
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    LoginCodeError,
    NotFoundError,
    OutOfScopeError,
)
from odoo.addons.dingding.models.dingding_secret_mixin import (
    keyed,
    random_text,
)

from .dingding_corp_signin import INSIDE_PAGE
from .dingding_signin_policy import Proven
from .res_users import NAMED_INSIDE, SIGNED_IN, WAITING
from .safe_path import HOME, safe_path

_logger = logging.getLogger(__name__)

STATE_SECONDS = 600  # to scan, enter a password or a second factor on DingTalk's page
INSIDE_SECONDS = 120
# DingTalk keeps cookies when its user signs out and another one signs in on the device,
# so a session that began inside DingTalk is good for this long without asking again.
NAMED_SECONDS = 60
# Wrong codes and passwords per address. Behind a proxy Odoo needs proxy_mode to know
# addresses.
WINDOW = 300  # seconds
GUESSES = 30  # per window
# Waiting is better than refusing.
PATIENCE = 6  # seconds
PORTAL_HOME = "/my"
REFUSED = "access_denied"  # by the person, on DingTalk's page
SCRIPTS = "https://g.alicdn.com/dingding"
DINGTALK_LOGIN = "https://login.dingtalk.com"
# Ways of the login page. The first one allowed is shown at once; DingTalk's code loads
# a script from elsewhere.
LOGIN_WAYS = ("qr", "widget", "oauth2", "classic")
WIDGET = "/h5-dingtalk-login/0.21.0/ddlogin.js"
JSAPI = "/dingtalk-jsapi/3.0.25/dingtalk.open.js"

#: The visitor. browser: mark of the browser; uid: the signed-in user, or
#: None; since: time of the sign-in in this session (Unix time), or None; known: whether
#: somebody has signed in with DingTalk in this browser before; inside: (Unix time, id
#: of the organisation) of when DingTalk last named the user of this session, or None;
#: hidden: whether the address is that of a proxy which Odoo does not know
Visitor = collections.namedtuple(
    "Visitor", "browser address agent uid since known inside hidden")
Visitor.__new__.__defaults__ = (None, False)
#: Answer of a route. text: a sentence for a person, '' on success; path: where to
#: redirect; data: further values
Outcome = collections.namedtuple("Outcome", "path text status data")


def went_well(path=HOME, **data):
    return Outcome(path, "", 200, data)


class DingdingSignin(models.AbstractModel):
    """Sign-in methods that use a page of DingTalk, with one method per route.

    Each ends in ``_finish``.
    """

    _name = "dingding.signin"
    _description = "Sign-in with DingTalk"

    # -- common to all methods -----------------------------------------------------

    @api.model
    def _app(self, corp):
        """Return the application for sign-in, with sudo."""
        return corp.sudo()._app_for("signin").sudo()

    @api.model
    def _corp(self, way, chosen=None):
        """Return the organisation for a sign-in method, with sudo, or None if disabled.

        :param chosen: its id or CorpId as a text, by default the first one
        """
        corps = self.env["dingding.corp"]._signin_corps(way)
        if chosen:
            corps = corps.filtered(
                lambda corp: corp.corp_id == chosen or str(corp.id) == chosen
            )
        return corps[0] if corps else None

    @api.model
    def _is_busy(self, visitor):
        """Return whether an address has failed too often to ask DingTalk again.

        Browsers in which somebody has signed in before are exempt.
        """
        log = self.env["dingding.signin.log"]
        return not visitor.known and (
            log._guesses(WINDOW, address=visitor.address) >= GUESSES
        )

    @api.model
    def _known_value(self):
        """Return a cookie for a browser in which somebody has signed in."""
        value = random_text()
        return "%s.%s" % (value, self._known_mark(value))

    @api.model
    def _known_mark(self, value):
        return keyed(self.env, "dingding known browser " + value)

    @api.model
    def _is_known(self, cookie):
        """Return whether a cookie is one of :meth:`_known_value`."""
        value, _dot, mark = (cookie or "").partition(".")
        return bool(value) and hmac.compare_digest(
            self._known_mark(value).encode("utf-8"), mark.encode("utf-8", "replace")
        )

    @api.model
    def _refused(self, reason, corp=None):
        """Return the refusal for the person; only the log has the details."""
        if reason == "busy":
            return Outcome(None, _("Too many attempts. Wait some minutes."), 429, {})
        if reason == "ticket":
            text = _("This sign-in has expired. Start again.")
            return Outcome(None, text, 400, {})
        if reason in ("code", "incomplete"):
            text = _("DingTalk did not confirm the sign-in. Try again.")
            return Outcome(None, text, 400, {})
        if reason == "stale":
            text = _("Enter your password. If you have no password, sign in again and "
                     "return within five minutes.")
            return Outcome(None, text, 403, {})
        if reason == "cancelled":
            return Outcome(None, _("The sign-in was cancelled."), 403, {})
        if reason == "denied":
            text = _("DingTalk refused the sign-in. Contact your administrator.")
            return Outcome(None, text, 403, {})
        if reason == "settings":
            text = _("DingTalk did not return your identity. Retrying will not help. "
                     "Contact your administrator.")
            return Outcome(None, text, 502, {})
        if reason == "way_off":
            text = _("This sign-in method is disabled.")
            return Outcome(None, text, 404, {})
        if reason == "dingtalk":
            text = _("DingTalk's response could not be read. Try again in a moment.")
            return Outcome(None, text, 502, {})
        # Do not reveal why.
        text = _(
            "You cannot sign in to %(company)s with DingTalk. Contact: %(who)s.") % {
            "company": corp.company_id.name if corp else _("this Odoo"),
            "who": corp and corp.signin_contact or _("your administrator"),
        }
        return Outcome(None, text, 403, {})

    @api.model
    def _refuse(self, way, reason, visitor, corp=None, result="refused", **values):
        """Log a refusal and return its outcome."""
        if reason != "busy":
            self.env["dingding.signin.log"]._note(
                way, result, visitor, corp, reason=reason, **values
            )
        return self._refused(reason, corp)

    @api.model
    def _proven(self, way, visitor, corp, ask):
        """Return (Proven, None) if DingTalk proves the identity, or (None, outcome).

        :param ask: function that asks DingTalk
        """
        try:
            return ask(), None
        except LoginCodeError as error:
            return None, self._refuse(
                way, "code", visitor, corp, detail=error.code or False
            )
        except (NotFoundError, OutOfScopeError):
            return None, self._refuse(way, "unknown", visitor, corp)
        except DingTalkError as error:
            # Errors are redacted at their source.
            _logger.warning("DingTalk sign-in (%s): %s", way, error)
            reason = "dingtalk" if error.retryable else "settings"
            return None, self._refuse(
                way, reason, visitor, corp, result="error", detail=error.code or False,
            )

    @api.model
    def _finish(self, way, visitor, corp, proven, path):
        """Apply the policy to a proven identity, and sign in.

        :return: outcome
        """
        decision, outcome = self._proven(
            way, visitor, corp,
            lambda: self.env["dingding.signin.policy"]._decide(corp, proven),
        )
        if outcome:
            return outcome
        if not decision.user:
            if way == "inside" and visitor.inside and visitor.inside[1] == corp.id:
                # Somebody else uses this device now.
                request.session.logout(keep_db=True)
            return self._refuse(
                way, decision.reason, visitor, corp, person_id=decision.person
            )
        if way == "inside" and decision.user == visitor.uid:
            self._note_inside(visitor.uid, corp.id)
            return went_well(path)
        return self._enter(
            way, visitor, corp, decision.user, decision.person, path, decision.result
        )

    @api.model
    def _note_inside(self, user_id, corp_id):
        """Store in the session that DingTalk has just been asked for its user."""
        request.session[NAMED_INSIDE] = [user_id, int(time.time()), corp_id]

    @api.model
    def _present(self, visitor, chosen=None):
        """Return the signed-in user, or None if DingTalk has to be asked who is there.

        :param chosen: id or CorpId of the organisation, by default that of the session
        """
        if visitor.uid and visitor.inside and not (
            0 <= time.time() - visitor.inside[0] < NAMED_SECONDS
        ) and self._corp("inside", self._corp_inside(visitor, chosen)):
            return None
        return visitor.uid

    @api.model
    def _corp_inside(self, visitor, chosen):
        return chosen or visitor.inside and str(visitor.inside[1]) or None

    @api.model
    def _others_inside(self, corp, chosen):
        """Return the further organisations the page asks for, as values for its script.

        A link in a message names none, and DingTalk names a person only to the
        organisation that the person is in.
        """
        if chosen:
            return []
        first = self._app(corp)
        corps = self.env["dingding.corp"]._signin_corps("inside") - corp
        return [
            {"corp_id": each.corp_id, "client_id": self._app(each).app_key}
            for each in corps if self._app(each).login_url == first.login_url
        ]

    @api.model
    def _enter(self, way, visitor, corp, user_id, person_id, path, result):
        """Sign in the browser of this request through Odoo; return the outcome."""
        known = {"person_id": person_id, "user_id": user_id}
        user = self.env["res.users"].sudo().browse(user_id)
        if not user._dingding_sign_in(request):
            return self._refuse(way, "odoo", visitor, corp, **known)
        if way == "inside":
            # Automatic, so it does not prove that the user is present.
            request.session.pop(SIGNED_IN, None)
            self._note_inside(user_id, corp.id)
        if not request.session.uid:
            request.session[WAITING] = [
                user_id, way, result, visitor.agent, corp.id, person_id]
            result = "second_factor"
        self.env["dingding.signin.log"]._note(way, result, visitor, corp, **known)
        return went_well(
            compat.after_sign_in(user_id, self._landing(user, path)),
            known=self._known_value(),
        )

    @api.model
    def _note_second_factor(self, user):
        """Log the sign-in of this session, whose user has passed the second factor."""
        user_id, way, result, agent, corp_id, person_id = request.session.pop(WAITING)
        if user_id != user.id:
            return
        visitor = Visitor(
            "", request.httprequest.remote_addr or "", agent, None, None, False)
        self.env["dingding.signin.log"]._note(
            way, result, visitor, self.env["dingding.corp"].sudo().browse(corp_id),
            person_id=person_id, user_id=user_id)

    @api.model
    def _landing(self, user, path):
        """Return where a user goes who wanted nothing but to sign in.

        Up to 14.0 the web client refuses portal users with an error.
        """
        if (
            path != HOME or user.has_group("base.group_user")
            or "portal" not in self.env.registry._init_modules
        ):
            return path
        return PORTAL_HOME

    # -- DingTalk's sign-in page and widget ----------------------------------------

    @api.model
    def _begin(self, way, visitor, chosen, redirect):
        """Start at DingTalk's page; the outcome's path is its address.

        :param str way: 'oauth2' or 'classic'
        """
        corp = self._corp(way, chosen)
        # For browsers that cannot load the widget.
        if corp is None and way == "oauth2":
            corp = self._corp("widget", chosen)
        if corp is None:
            return self._refuse(way, "way_off", visitor)
        return went_well(self._page(way, visitor, corp, safe_path(redirect)))

    @api.model
    def _page(self, way, visitor, corp, path, user_id=None):
        """Return the address of DingTalk's page that redirects back to Odoo."""
        app = self._app(corp)
        state = self.env["dingding.signin.ticket"]._new(
            "bind" if user_id else "state", visitor.browser, app, STATE_SECONDS,
            way=way, path=path, address=visitor.address, agent=visitor.agent,
            user_id=user_id,
        )
        values = collections.OrderedDict(
            redirect_uri=self._return_address(way), response_type="code"
        )
        if way == "classic":
            values.update(appid=app.app_key, scope="snsapi_login", state=state)
            return "%s/connect/qrconnect?%s" % (app.oapi_url, urlencode(values))
        values.update(
            client_id=app.app_key, scope="openid", state=state, prompt="consent"
        )
        return "%s/oauth2/auth?%s" % (app.login_url, urlencode(values))

    @api.model
    def _return_address(self, way):
        return "%s/dingding/signin/%s/return" % (
            self.env["dingding.corp"]._base_url(),
            "classic" if way == "classic" else "oauth2",
        )

    @api.model
    def _widget(self, visitor, chosen, redirect):
        """Start DingTalk's widget on the login page; data has its settings."""
        corp = self._corp("widget", chosen)
        if corp is None:
            return self._refuse("widget", "way_off", visitor)
        app = self._app(corp)
        state = self.env["dingding.signin.ticket"]._new(
            "state", visitor.browser, app, STATE_SECONDS, way="widget",
            path=safe_path(redirect), address=visitor.address, agent=visitor.agent,
        )
        return went_well(
            state=state, client_id=app.app_key,
            redirect_uri=self._return_address("widget"),
        )

    @api.model
    def _return(self, way, visitor, state, code, error=None):
        """Handle a browser's return from DingTalk's page.

        :param str way: 'oauth2' (also of the widget, and binding) or 'classic'
        """
        if self._is_busy(visitor):
            return self._refuse(way, "busy", visitor)
        ticket = self.env["dingding.signin.ticket"]._take(
            ("state", "bind"), state, visitor.browser
        )
        if ticket is None or (ticket.way == "classic") != (way == "classic"):
            return self._refuse(way, "ticket", visitor)
        corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
        binding = ticket.user_id is not None
        if not binding and not corp._signin_allows(ticket.way):
            fallback = ticket.way == "oauth2" and corp._signin_allows("widget")
            if not fallback:
                return self._refuse(ticket.way, "way_off", visitor, corp)
        app = self.env["dingding.app"].sudo().browse(ticket.app_id)
        if not app.active:
            return self._refuse(ticket.way, "way_off", visitor, corp)
        if error or not code:
            return self._refuse_error(ticket.way, visitor, corp, error)
        if binding:
            reason = self.env["dingding.signin.my"]._why_not_now(
                visitor, corp, ticket.user_id)
            if reason:
                return self._refuse("my", reason, visitor, corp)
        client = app._dingtalk_client(feature="signin", max_wait=PATIENCE)

        def ask():
            if way == "classic":
                return Proven("", client.auth.user_by_sns_code(code)["unionid"])
            token = client.auth.user_token(code)["accessToken"]
            return Proven("", client.auth.me(token)["unionId"])

        proven, outcome = self._proven(ticket.way, visitor, corp, ask)
        if outcome:
            return outcome
        if binding:
            return self.env["dingding.signin.my"]._bound(
                visitor, corp, ticket.user_id, proven
            )
        return self._finish(ticket.way, visitor, corp, proven, ticket.path)

    @api.model
    def _refuse_error(self, way, visitor, corp, error):
        """Refuse with DingTalk's error; the parameter can be forged."""
        if not error:
            return self._refuse(way, "incomplete", visitor, corp)
        if error == REFUSED:
            return self._refuse(way, "cancelled", visitor, corp)
        return self._refuse(
            way, "denied", visitor, corp, detail=re.sub(r"[^\w.-]", "", error)[:60]
        )

    # -- inside DingTalk ---------------------------------------------------------------

    @api.model
    def _inside(self, visitor, chosen, redirect, stay=None):
        """Open the page to identify users inside DingTalk; data has its settings.

        :param str stay: ticket of such a page, where DingTalk named nobody
        """
        path = safe_path(redirect)
        if stay and visitor.uid:
            ticket = self.env["dingding.signin.ticket"]._take(
                ("inside",), stay, visitor.browser)
            if ticket:
                self._note_inside(visitor.uid, ticket.corp_id)
                return went_well(ticket.path)
        if self._present(visitor, chosen):
            return went_well(path)
        corp = self._corp("inside", self._corp_inside(visitor, chosen))
        if corp is None:
            return self._refuse("inside", "way_off", visitor)
        app = self._app(corp)
        ticket = self.env["dingding.signin.ticket"]._new(
            "inside", visitor.browser, app, INSIDE_SECONDS, way="inside", path=path,
            address=visitor.address, agent=visitor.agent,
        )
        # A signed-in user continues if DingTalk names nobody.
        here = "%s?%s" % (INSIDE_PAGE, urlencode({"stay": ticket}))
        return went_well(
            None, ticket=ticket, here=here if visitor.uid else "",
            others=json.dumps(self._others_inside(corp, chosen)),
            **self._inside_values(corp, app)
        )

    @api.model
    def _inside_values(self, corp, app):
        """Return the settings of a page that identifies the user inside DingTalk."""
        return {
            "corp_id": corp.corp_id,
            "client_id": app.app_key,
            "script": self._scripts(app) + JSAPI,
            "frames": app.login_url,
        }

    @api.model
    def _scripts(self, app):
        """Return the addresses of DingTalk's scripts, which a simulator overrides."""
        if app.login_url.rstrip("/") == DINGTALK_LOGIN:
            return SCRIPTS
        return app.login_url.rstrip("/") + "/dingding"

    @api.model
    def _inside_code(self, visitor, value, code, chosen=None):
        """Sign in the user of the page, by the code from DingTalk.

        :param str chosen: CorpId of the organisation that the code is of, by default
            that of the page
        """
        if self._is_busy(visitor):
            return self._refuse("inside", "busy", visitor)
        ticket = self.env["dingding.signin.ticket"]._take(
            ("inside",), value, visitor.browser
        )
        if ticket is None:
            return self._refuse("inside", "ticket", visitor)
        corp = self.env["dingding.corp"].sudo().browse(ticket.corp_id)
        app_id = ticket.app_id
        if chosen and chosen != corp.corp_id:
            other = self._corp("inside", chosen)
            if other is None:
                return self._refuse("inside", "way_off", visitor, corp)
            corp, app_id = other, self._app(other).id
        if not corp._signin_allows("inside"):
            return self._refuse("inside", "way_off", visitor, corp)
        proven, outcome = self._ask_inside("inside", visitor, corp, app_id, code)
        if outcome and outcome.status == 502 and visitor.uid and visitor.inside:
            # While DingTalk does not answer, signed-in users can work.
            self._note_inside(visitor.uid, corp.id)
            return went_well(ticket.path)
        if outcome:
            return outcome
        return self._finish("inside", visitor, corp, proven, ticket.path)

    @api.model
    def _ask_inside(self, way, visitor, corp, app_id, code):
        """Return (Proven, None) for a code of the JSAPI, or (None, outcome)."""
        if not code:
            return None, self._refuse(way, "incomplete", visitor, corp)
        app = self.env["dingding.app"].sudo().browse(app_id)
        if not app.active:
            # Archived since the attempt began, perhaps because its secret is known.
            return None, self._refuse(way, "way_off", visitor, corp)
        client = app._dingtalk_client(feature="signin", max_wait=PATIENCE)

        def ask():
            told = client.auth.user_by_login_code(code)
            return Proven(told["userid"], told.get("unionid") or "")

        return self._proven(way, visitor, corp, ask)

    # -- the login page ----------------------------------------------------------------

    @api.model
    def _block(self, redirect=None):
        """Return the organisations and sign-in methods of the login page.

        :return: list of dicts: ``corp`` (id), ``name``, ``first`` (the method shown at
            once), ``others`` (of oauth2, widget, qr, classic), ``widget`` (address of
            the script), ``oauth2_url`` and ``classic_url``
        """
        found = []
        corps = self.env["dingding.corp"]._signin_corps(*LOGIN_WAYS)
        for corp in corps:
            ways = [way for way in LOGIN_WAYS if corp._signin_allows(way)]
            script = self._scripts(self._app(corp)) + WIDGET
            query = urlencode([("corp", corp.id), ("redirect", safe_path(redirect))])
            found.append(
                {
                    "corp": corp.id,
                    "name": corp.name if len(corps) > 1 else "",
                    "first": ways[0],
                    "others": ways[1:],
                    "widget": script if "widget" in ways else "",
                    "oauth2_url": "/dingding/signin/oauth2?" + query,
                    "classic_url": "/dingding/signin/classic?" + query,
                }
            )
        return found
