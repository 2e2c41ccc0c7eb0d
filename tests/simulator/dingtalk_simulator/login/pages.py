# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""DingTalk's sign-in pages in the browser: the current one, inside a site's page or by
itself, and the classic ones.

A page shows a QR code for the phone and, for who has none at hand, the choice of a
person. It waits for the phone by asking again and again, and goes where `Desk` says.
"""

from __future__ import annotations

import re
from typing import Any, Awaitable, Callable, Dict
from urllib.parse import quote, unquote

from aiohttp import web

from ..web import search, view
from . import qr
from .addresses import (
    Asked,
    Refused,
    SentBack,
    read_classic,
    read_goto,
    read_oauth2,
    signed_in_at,
)
from .desk import QR_PATH, Desk, SignIn, desk_of

COOKIE = "dingtalk_simulator_account"
COOKIE_SECONDS = 30 * 24 * 3600
PEOPLE_AT_ONCE = 20
STATUS = {"expired": 410}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def account_of(request: web.Request) -> str:
    """`corp id:userid` of who signed in at DingTalk in this browser before."""
    value = unquote(request.cookies.get(COOKIE, ""))
    return value if signed_in_at(view.world_of(request), value) else ""


def browser_name(agent: str) -> str:
    """A browser in short words: `Chrome · Windows`."""
    found = []
    for names in (
        ("DingTalk", "Edg", "Firefox", "Chrome", "Safari"),
        ("Windows", "Android", "iPhone", "Macintosh", "Linux"),
    ):
        found += [name for name in names if name in agent][:1]
    words = {"Edg": "Edge", "Macintosh": "Mac"}
    return " · ".join(words.get(name, name) for name in found)


def render(
    request: web.Request,
    template: str,
    asked: Any = None,
    status: int = 200,
    **values: Any,
) -> web.Response:
    """A page whose form may lead elsewhere; it is framed only where that is meant."""
    response = view.render(request, template, status=status, asked=asked, **values)
    framed = asked is not None and asked.frame
    policy = response.headers["Content-Security-Policy"].replace(
        "form-action 'self'", "form-action 'self' http: https:"
    )
    response.headers["Content-Security-Policy"] = policy + (
        "" if framed else "; frame-ancestors 'none'"
    )
    return response


def refused(request: web.Request, error: Refused, asked: Any = None) -> web.Response:
    return render(
        request,
        "login_error.html",
        asked,
        STATUS.get(error.kind, 400),
        kind=error.kind,
        detail=error.detail,
    )


def polite(function: Handler) -> Handler:
    """Refusals become pages, errors of the site go back to it."""

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            return await function(request)
        except Refused as error:
            return refused(request, error)
        except SentBack as error:
            target = error.asked.back(error=error.error)
            if not error.asked.frame:
                return go(target)
            return frame_result(request, error.asked, target, error.error)

    return handler


def go(address: str) -> web.Response:
    return web.Response(
        status=302, headers={"Location": address, "Cache-Control": "no-store"}
    )


def outcome(request: web.Request, signin: SignIn) -> Dict[str, Any]:
    """How a sign-in ended, for login.js: `go` there, or `tell` the page around."""
    asked = signin.asked
    if not asked.frame:
        return {"go": signin.result}
    if asked.way == "classic":
        if signin.error:
            return {}
        return {"tell": signin.result, "target": "*", "times": 1}
    return _message(request, asked, signin.result, signin.error)


def _message(
    request: web.Request, asked: Asked, target: str, error: str
) -> Dict[str, Any]:
    world = view.world_of(request)
    shown: Any = error
    if error and world.setting("widget_error") == "object":
        shown = {"errorCode": error, "errorMessage": error}
    return {
        "tell": {"success": not error, "redirectUrl": target, "errorMsg": shown},
        # A page of another origin than the redirect address hears nothing, as the
        # documentation says.
        "target": asked.origin(),
        "times": 1 if error else world.setting("widget_callbacks"),
    }


def frame_result(
    request: web.Request, asked: Asked, target: str, error: str
) -> web.Response:
    return render(
        request,
        "login_done.html",
        asked,
        outcome=_message(request, asked, target, error),
        error=error,
    )


def finished(request: web.Request, signin: SignIn) -> web.StreamResponse:
    """The answer to the click that ended a sign-in."""
    if not signin.asked.frame:
        return go(signin.result)
    return render(
        request,
        "login_done.html",
        signin.asked,
        outcome=outcome(request, signin),
        error=signin.error,
    )


# Beginning


def begin(request: web.Request, asked: Asked) -> web.StreamResponse:
    desk = desk_of(view.world_of(request))
    signin = desk.begin(
        asked,
        again=request.path_qs,
        address=request.remote or "",
        browser=browser_name(request.headers.get("User-Agent", "")),
    )
    # The widget begins with its QR code, as DingTalk's does.
    return show(request, desk, signin, "" if asked.frame else account_of(request))


@polite
async def oauth2(request: web.Request) -> web.StreamResponse:
    return begin(request, read_oauth2(view.world_of(request), request.query))


@polite
async def qrconnect(request: web.Request) -> web.StreamResponse:
    return begin(request, read_classic(view.world_of(request), request.query))


@polite
async def sns_authorize(request: web.Request) -> web.StreamResponse:
    """By account and password; at once with a loginTmpCode, or inside DingTalk."""
    world = view.world_of(request)
    asked = read_classic(world, request.query, ("snsapi_login", "snsapi_auth"))
    desk = desk_of(world)
    if request.query.get("loginTmpCode"):
        account = desk.take_tmp_code(request.query["loginTmpCode"], asked.app_key)
    elif asked.scope == "snsapi_auth":
        if "DingTalk" not in request.headers.get("User-Agent", ""):
            raise Refused("not_in_dingtalk")
        account = account_of(request)
    else:
        return begin(request, asked)
    org, person = desk.choices(asked, account)[0]
    return go(desk.back_with_code(asked, org.corp_id, person.userid))


@polite
async def qrcode_frame(request: web.Request) -> web.StreamResponse:
    world = view.world_of(request)
    return begin(request, read_goto(world, request.query.get("goto", "")))


# The page


def show(
    request: web.Request, desk: Desk, signin: SignIn, account: str
) -> web.StreamResponse:
    """The QR code and the choice of a person, or what the person has to agree to."""
    asked, world = signin.asked, desk.world
    if signin.over:
        raise Refused("expired")
    app = world.apps.get(asked.app_key)
    if app is None:
        raise Refused("client_id", asked.app_key)
    values: Dict[str, Any] = {
        "signin": signin,
        "app": app,
        "org": world.corps[app.corp_id],
        "page_address": "/oauth2/page?t=" + signin.id,
    }
    if account:
        _org, person = signed_in_at(world, account)
        problem, places = "", []
        try:
            places = desk.choices(asked, account)
        except Refused as error:
            problem = error.kind
        signin.account = account
        return render(
            request,
            "login_consent.html",
            asked,
            person=person,
            places=places,
            problem=problem,
            account=account,
            mobile="Contact.User.mobile" in world.setting("scopes", app),
            **values,
        )
    text = request.query.get("q", "")
    people = [
        (org, person)
        for org in world.corps.values()
        for person in search.people(org.people.values(), text)
        if not asked.exclusive
        or person.exclusive_account
        and asked.exclusive_corp_id in ("", org.corp_id)
    ]
    scan_text = "%s%s?code=%s" % (view.base_url(request), QR_PATH, signin.id)
    return render(
        request,
        "login_page.html",
        asked,
        text=text,
        people=people[:PEOPLE_AT_ONCE],
        more=max(0, len(people) - PEOPLE_AT_ONCE),
        several=len(world.corps) > 1,
        scan_text=scan_text,
        picture=qr.svg(scan_text),
        **values,
    )


@polite
async def page(request: web.Request) -> web.StreamResponse:
    """/oauth2/page?t=: a sign-in that was begun before."""
    desk = desk_of(view.world_of(request))
    signin = desk.find(request.query.get("t", ""))
    other = "other" in request.query
    return show(request, desk, signin, "" if other else signin.account)


@polite
async def choose(request: web.Request) -> web.StreamResponse:
    """The person at the browser."""
    form = await request.post()
    world = view.world_of(request)
    signin = desk_of(world).find(str(form.get("t", "")))
    account = str(form.get("account", ""))
    if signed_in_at(world, account) is None:
        raise Refused("account")
    signin.account = account
    response = web.Response(
        status=303, headers={"Location": "/oauth2/page?t=" + signin.id}
    )
    response.set_cookie(
        COOKIE,
        quote(account, safe=""),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
    )
    return response


@polite
async def decide(request: web.Request) -> web.StreamResponse:
    """Consent or refusal in the browser."""
    form = await request.post()
    desk = desk_of(view.world_of(request))
    signin = desk.find(str(form.get("t", "")))
    try:
        if form.get("decision") == "agree":
            account = str(form.get("account", ""))
            desk.agree(signin, account, str(form.get("corp_id", "")))
        else:
            desk.refuse(signin)
    except Refused as error:
        return refused(request, error, signin.asked)
    return finished(request, signin)


async def wait(request: web.Request) -> web.StreamResponse:
    """The state of the QR code; asked by login.js."""
    world = view.world_of(request)
    desk = desk_of(world)
    try:
        signin = desk.find(request.query.get("t", ""))
    except Refused:
        found: Dict[str, Any] = {"status": "expired"}
    else:
        found = {"status": desk.status(signin)}
        if signin.status == "scanned":
            scanned = signed_in_at(world, signin.account)
            found["name"] = scanned[1].name if scanned else ""
        if signin.over:
            found.update(outcome(request, signin))
    return web.json_response(found, headers={"Cache-Control": "no-store"})


@polite
async def scanned(request: web.Request) -> web.StreamResponse:
    """The address in a QR code, opened with something else than DingTalk's scanner."""
    desk = desk_of(view.world_of(request))
    signin = desk.find(request.query.get("code", ""))
    account = account_of(request)
    code = re.sub(r"[^0-9A-Za-z]", "", signin.id)
    if account:
        corp_id, _colon, userid = account.partition(":")
        return go(
            "/phone/%s?tab=scan&code=%s&corp=%s"
            % (quote(userid, safe=""), code, quote(corp_id))
        )
    raise Refused("not_in_dingtalk")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/oauth2/auth", oauth2)
    app.router.add_get("/connect/qrconnect", qrconnect)
    app.router.add_get("/connect/oauth2/sns_authorize", sns_authorize)
    app.router.add_get("/login/qrcode.htm", qrcode_frame)
    app.router.add_get(QR_PATH, scanned)
    app.router.add_get("/oauth2/page", page)
    app.router.add_post("/oauth2/account", choose)
    app.router.add_post("/oauth2/decide", decide)
    app.router.add_get("/oauth2/wait", wait)
