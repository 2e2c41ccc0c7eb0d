# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from werkzeug.utils import redirect as go

from odoo import http
from odoo.http import request

from odoo.addons.dingding.controllers.guards import checked, guarded, signed_in
from odoo.addons.dingding.models.dingding_secret_mixin import random_text

from ..models.dingding_signin import Visitor
from ..models.res_users import NAMED_INSIDE, SIGNED_IN

KNOWN, KNOWN_SECONDS = "dingding_known", 180 * 24 * 3600
MARK = "dingding_browser"
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
    """Return the visitor, and mark the browser's session to recognise it later."""
    if not request.session.get(MARK):
        request.session[MARK] = random_text()
    who, since = request.session.get(SIGNED_IN) or (None, None)
    named, *inside = request.session.get(NAMED_INSIDE) or (None,)
    return Visitor(
        browser=request.session[MARK],
        address=request.httprequest.remote_addr or "",
        agent=browser_name(request.httprequest.headers.get("User-Agent", "")),
        uid=request.session.uid or None,
        since=since if who == request.session.uid else None,
        known=request.env["dingding.signin"]._is_known(
            request.httprequest.cookies.get(KNOWN)
        ),
        inside=tuple(inside) if named and named == request.session.uid else None,
    )


def remember(response, outcome):
    """Mark a browser in which somebody has just signed in."""
    if outcome.data.get("known"):
        response.set_cookie(
            KNOWN, outcome.data["known"], max_age=KNOWN_SECONDS, httponly=True,
            samesite="Lax", secure=request.httprequest.scheme == "https",
        )
    return response


def page(outcome, template, **values):
    """Return a page, or the error page of the outcome."""
    if outcome.text:
        template = "dingding_signin.signin_error"
    values = dict(outcome.data, text=outcome.text, **values)
    response = request.render(template, values)
    response.flatten()
    frames = "" if outcome.text else outcome.data.get("frames", "")
    return guarded(response, outcome.status, frames)


def onwards(outcome):
    """Redirect the browser, or show the error page of the outcome."""
    if outcome.text:
        return page(outcome, "")
    return remember(guarded(go(outcome.path, 303), 303), outcome)


def told(outcome):
    """Return the outcome as JSON."""
    values = dict(outcome.data, path=outcome.path, text=outcome.text)
    for name in ("frames", "known"):
        values.pop(name, None)
    response = request.make_response(
        json.dumps(values), headers=[("Content-Type", "application/json")]
    )
    return remember(guarded(response, outcome.status), outcome)


class DingdingSigninController(http.Controller):
    """Sign in with DingTalk; each route calls one model for the answer."""

    # -- DingTalk's page ----------------------------------------------------------

    @http.route(
        "/dingding/signin/oauth2", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def oauth2(self, corp=None, redirect=None, **_kwargs):
        model = request.env["dingding.signin"]
        return onwards(model._begin("oauth2", visitor(), corp, redirect))

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
        model = request.env["dingding.signin"]
        return onwards(model._begin("classic", visitor(), corp, redirect))

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
        sitemap=False,
    )
    @checked
    def widget(self, corp=None, redirect=None, **_kwargs):
        return told(request.env["dingding.signin"]._widget(visitor(), corp, redirect))

    # -- inside DingTalk ----------------------------------------------------------

    @http.route(
        "/dingding/signin/inside", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    def inside(self, corp=None, redirect=None, stay=None, **_kwargs):
        model = request.env["dingding.signin"]
        outcome = model._inside(visitor(), corp, redirect, stay)
        if outcome.path:
            return onwards(outcome)
        return page(outcome, "dingding_signin.signin_inside")

    @http.route(
        "/dingding/signin/inside/code", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def inside_code(self, ticket=None, code=None, **_kwargs):
        model = request.env["dingding.signin"]
        return told(model._inside_code(visitor(), ticket, code))

    # -- QR code: computer --------------------------------------------------------

    @http.route(
        "/dingding/signin/qr/new", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_new(self, corp=None, redirect=None, **_kwargs):
        return told(request.env["dingding.signin.qr"]._new(visitor(), corp, redirect))

    @http.route(
        "/dingding/signin/qr/state", type="http", auth="public", methods=["GET"],
        sitemap=False,
    )
    @checked
    def qr_state(self, ticket=None, **_kwargs):
        return told(request.env["dingding.signin.qr"]._state(visitor(), ticket))

    @http.route(
        "/dingding/signin/qr/cancel", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_cancel(self, ticket=None, **_kwargs):
        return told(request.env["dingding.signin.qr"]._cancel(visitor(), ticket))

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
        outcome = request.env["dingding.signin.qr"]._open(visitor(), ticket)
        return page(outcome, "dingding_signin.signin_confirm")

    @http.route(
        "/dingding/signin/qr/seen", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_seen(self, ticket=None, code=None, **_kwargs):
        return told(request.env["dingding.signin.qr"]._seen(visitor(), ticket, code))

    @http.route(
        "/dingding/signin/qr/decide", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    def qr_decide(self, ticket=None, decision=None, **_kwargs):
        model = request.env["dingding.signin.qr"]
        return told(model._decide(visitor(), ticket, decision == "agree"))

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
        return onwards(model._begin_binding(visitor(), corp, password))

    @http.route(
        "/dingding/my/unbind", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    @signed_in
    def my_unbind(self, person=None, **_kwargs):
        return onwards(request.env["dingding.signin.my"]._unbind(visitor(), person))
