# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import re

from werkzeug.utils import redirect as go

from odoo import http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import (
    browser_mark,
    checked,
    guarded,
    hides_address,
    keep_mark,
    named,
    set_cookie,
    signed_in,
)

from ..models.dingding_signin import Visitor
from ..models.res_users import NAMED_INSIDE, SIGNED_IN

KNOWN, KNOWN_SECONDS = "dingding_known", 180 * 24 * 3600
TOKEN = re.compile(r"[0-9a-f]+o[0-9]*\Z")  # of a form
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")
BROWSERS = ("DingTalk", "Edg", "Firefox", "OPR", "Chrome", "Safari")
WORDS = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac"}


def browser_name(agent):
    """Return a readable name of a browser: 'Chrome, Windows'."""
    found = []
    for names in (BROWSERS, SYSTEMS):
        found += [WORDS.get(name, name) for name in names if name in agent][:1]
    return ", ".join(found)


def visitor():
    """Return the visitor."""
    who, since = request.session.get(SIGNED_IN) or (None, None)
    named, *inside = request.session.get(NAMED_INSIDE) or (None,)
    return Visitor(
        browser=browser_mark(),
        address=request.httprequest.remote_addr or "",
        agent=browser_name(request.httprequest.headers.get("User-Agent", "")),
        uid=request.session.uid or None,
        since=since if who == request.session.uid else None,
        known=request.env["dingding.signin"]._is_known(
            request.httprequest.cookies.get(KNOWN)
        ),
        inside=tuple(inside) if named and named == request.session.uid else None,
        hidden=hides_address(request.httprequest),
    )


def remember(response, outcome, who=None):
    """Mark the browser of an attempt, and one in which somebody has just signed in."""
    known = outcome.data.get("known")
    if known:
        set_cookie(response, KNOWN, known, KNOWN_SECONDS)
    if who:
        keep_mark(response, who.browser)
    return response


def page(outcome, template, who=None, **values):
    """Return a page, or the error page of the outcome."""
    if outcome.text:
        template = "dingding_signin.signin_error"
    values = dict(outcome.data, text=outcome.text, **values)
    response = request.render(template, values)
    response.flatten()
    frames = "" if outcome.text else outcome.data.get("frames", "")
    return remember(guarded(response, outcome.status, frames), outcome, who)


def onwards(outcome, who=None):
    """Redirect the browser, or show the error page of the outcome."""
    if outcome.text:
        return page(outcome, "", who)
    return remember(guarded(go(outcome.path, 303), 303), outcome, who)


def told(outcome, who=None):
    """Return the outcome as JSON."""
    values = dict(outcome.data, path=outcome.path, text=outcome.text)
    for name in ("frames", "known"):
        values.pop(name, None)
    response = request.make_response(
        json.dumps(values), headers=[("Content-Type", "application/json")]
    )
    return remember(guarded(response, outcome.status), outcome, who)


def apart(response):
    """Return the answer to a request that may run beside a sign-in in this browser."""
    return compat.leave_session(request, response)


def token_checked(method):
    """Check the CSRF token of a route with ``csrf=False``, and leave the session.

    Where Odoo itself refuses a token, since somebody has just signed in with a
    password, its page may set the cookie of the session before.
    """
    def route(self, csrf_token=None, **params):
        # Odoo fails to compare texts of other alphabets.
        if TOKEN.match(csrf_token or "") and request.validate_csrf(csrf_token):
            return method(self, **params)
        return apart(told(request.env["dingding.signin"]._refused("ticket")))

    return named(route, method)


def begun(way, corp, redirect):
    """Redirect to DingTalk's page."""
    who = visitor()
    outcome = request.env["dingding.signin"]._begin(way, who, corp, redirect)
    return apart(onwards(outcome, who))


class DingdingSigninController(http.Controller):
    """Sign in with DingTalk; each route calls one model for the answer."""

    # -- DingTalk's page ----------------------------------------------------------

    @http.route(
        "/dingding/signin/oauth2", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def oauth2(self, corp=None, redirect=None, **_kwargs):
        return begun("oauth2", corp, redirect)

    @http.route(
        "/dingding/signin/oauth2/return", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def oauth2_return(
        self, state=None, authCode=None, code=None, error=None, **_kwargs
    ):
        model = request.env["dingding.signin"]
        return onwards(
            model._return("oauth2", visitor(), state, authCode or code, error)
        )

    @http.route(
        "/dingding/signin/classic", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def classic(self, corp=None, redirect=None, **_kwargs):
        return begun("classic", corp, redirect)

    @http.route(
        "/dingding/signin/classic/return", type="http", auth="public",
        methods=["GET"], readonly=False, sitemap=False,
    )
    @checked
    def classic_return(self, state=None, code=None, error=None, **_kwargs):
        model = request.env["dingding.signin"]
        return onwards(model._return("classic", visitor(), state, code, error))

    @http.route(
        "/dingding/signin/widget", type="http", auth="public", methods=["POST"],
        csrf=False, sitemap=False,
    )
    @checked
    @token_checked
    def widget(self, corp=None, redirect=None, **_kwargs):
        who = visitor()
        model = request.env["dingding.signin"]
        return apart(told(model._widget(who, corp, redirect), who))

    # -- inside DingTalk ----------------------------------------------------------

    @http.route(
        "/dingding/signin/inside", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def inside(self, corp=None, redirect=None, stay=None, **_kwargs):
        model = request.env["dingding.signin"]
        who = visitor()
        outcome = model._inside(who, corp, redirect, stay)
        if outcome.path:
            return onwards(outcome)
        return page(outcome, "dingding_signin.signin_inside", who)

    @http.route(
        "/dingding/signin/inside/code", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def inside_code(self, ticket=None, code=None, corp=None, **_kwargs):
        model = request.env["dingding.signin"]
        return told(model._inside_code(visitor(), ticket, code, corp))

    # -- QR code: computer --------------------------------------------------------

    @http.route(
        "/dingding/signin/qr/new", type="http", auth="public", methods=["POST"],
        csrf=False, sitemap=False,
    )
    @checked
    @token_checked
    def qr_new(self, corp=None, redirect=None, **_kwargs):
        who = visitor()
        model = request.env["dingding.signin.qr"]
        return apart(told(model._new(who, corp, redirect), who))

    @http.route(
        "/dingding/signin/qr/state", type="http", auth="public", methods=["GET"],
        sitemap=False,
    )
    @checked
    def qr_state(self, ticket=None, **_kwargs):
        return apart(told(request.env["dingding.signin.qr"]._state(visitor(), ticket)))

    @http.route(
        "/dingding/signin/qr/cancel", type="http", auth="public", methods=["POST"],
        csrf=False, sitemap=False,
    )
    @checked
    @token_checked
    def qr_cancel(self, ticket=None, **_kwargs):
        return apart(told(request.env["dingding.signin.qr"]._cancel(visitor(), ticket)))

    @http.route(
        "/dingding/signin/qr/done", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_done(self, ticket=None, **_kwargs):
        return told(request.env["dingding.signin.qr"]._done(visitor(), ticket))

    # -- QR code: phone -----------------------------------------------------------

    @http.route(
        "/dingding/signin/qr/open", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def qr_open(self, ticket=None, **_kwargs):
        who = visitor()
        outcome = request.env["dingding.signin.qr"]._open(who, ticket)
        return page(outcome, "dingding_signin.signin_confirm", who)

    @http.route(
        "/dingding/signin/qr/seen", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_seen(self, ticket=None, code=None, **_kwargs):
        model = request.env["dingding.signin.qr"]
        return apart(told(model._seen(visitor(), ticket, code)))

    @http.route(
        "/dingding/signin/qr/decide", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_decide(self, ticket=None, decision=None, **_kwargs):
        model = request.env["dingding.signin.qr"]
        return apart(told(model._decide(visitor(), ticket, decision == "agree")))

    # -- own account ----------------------------------------------------------------

    @http.route(
        "/dingding/my", type="http", auth="public", methods=["GET"], sitemap=False
    )
    @checked
    @signed_in
    def my(self, **_kwargs):
        values = request.env["dingding.signin.my"]._values(visitor())
        response = request.render("dingding_signin.signin_my", dict(values, text=""))
        return guarded(response)

    @http.route(
        "/dingding/my/bind", type="http", auth="public", methods=["POST"], sitemap=False
    )
    @checked
    @signed_in
    def my_bind(self, corp=None, password=None, **_kwargs):
        model = request.env["dingding.signin.my"]
        who = visitor()
        return onwards(model._begin_binding(who, corp, password), who)

    @http.route(
        "/dingding/my/unbind", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    @signed_in
    def my_unbind(self, person=None, **_kwargs):
        return onwards(request.env["dingding.signin.my"]._unbind(visitor(), person))
