# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Calls of `dd` by pages inside DingTalk. Another call is a function here and a name in
`NAMES` of web/static/dd.js:

    @jsapi("device.geolocation.get")
    def place(call):
        return {"latitude": ...}

Calls come to /_dd/call as `{session, method, params, page}` from pages of any site; a
session is a window of a person. Answers are `{"ok": true, "result": ...}`, `{"ok":
false, "error": {"errorCode", "errorMessage"}}`, or `{"ok": true, "ask": ...}` if the
person is asked first; see `pickers`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, List
from urllib.parse import urlsplit

from aiohttp import web

from .. import signatures
from ..web import view
from .addresses import host_of, hosts_of_homes
from .desk import Container, desk_of
from .scripts import same_site

NO_SUCH_APP = 3
BAD_SIGNATURE = 52013
NOT_CONFIGURED = 7
GIVEN_UP = -1


class Ask(Exception):
    """The person has to be asked first."""

    def __init__(self, question: Dict[str, Any]) -> None:
        super().__init__(question["kind"])
        self.question = question


class JsapiError(Exception):
    """Handed to onFail.

    The new family of calls uses the same members.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Call:
    world: Any
    container: Container
    page: str  # address that asks
    params: Dict[str, Any]
    base: str = ""  # address of the simulator

    @property
    def host(self) -> str:
        return host_of(self.page)

    def text(self, name: str) -> str:
        value = self.params.get(name, "")
        return value if isinstance(value, str) else ""


JSAPIS: Dict[str, Callable[[Call], Any]] = {}


def jsapi(name: str) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    def add(function: Callable[[Call], Any]) -> Callable[[Call], Any]:
        JSAPIS[name] = function
        return function

    return add


# Codes


def _apps(call: Call, corp_id: str) -> List[Any]:
    """Possible apps of the page, the likeliest first.

    :raise JsapiError: the organisation is not this person's, or has no such app
    """
    found = [app for app in call.world.apps.values() if app.corp_id == corp_id]
    at_home = [app for app in found if call.host in hosts_of_homes(app)]
    strict = call.world.setting("jsapi_domains") == "strict"
    if corp_id != call.container.corp_id or not (at_home if strict else found):
        raise JsapiError(NO_SUCH_APP, "对应企业没有%s域名微应用" % call.host)
    if strict:
        return at_home
    opened = [app for app in found if app.app_key == call.container.app_key]
    return opened + at_home + found


def _code(call: Call, app: Any) -> Dict[str, Any]:
    container = call.container
    if call.world.corps[container.corp_id].person(container.userid) is None:
        raise JsapiError(60121, "找不到该用户")
    code = call.world.login_code("inside", app, container.userid)
    return {"code": code.code}


@jsapi("runtime.permission.requestAuthCode")
def old_request_auth_code(call: Call) -> Any:
    """The app is found by the page's host."""
    return _code(call, _apps(call, call.text("corpId"))[0])


@jsapi("requestAuthCode")
def request_auth_code(call: Call) -> Any:
    """The app is named.

    No page documents the answer for one that is not the organisation's.
    """
    client_id = call.text("clientId")
    for app in _apps(call, call.text("corpId")):
        if app.app_key == client_id:
            return _code(call, app)
    raise JsapiError(NO_SUCH_APP, "clientId不属于对应企业")


# dd.config


@jsapi("config")
def config(call: Call) -> Any:
    """Check the signature with the ticket of the app of agentId and corpId; sha1 and
    sha256 are both accepted.
    """
    world = call.world
    apps = [
        app
        for app in world.apps.values()
        if str(app.agent_id) == str(call.params.get("agentId"))
        and app.corp_id == call.text("corpId") == call.container.corp_id
    ]
    nonce = str(call.params.get("nonceStr", ""))
    timestamp = str(call.params.get("timeStamp", ""))
    url = call.page.partition("#")[0]
    tickets = [
        token
        for token in world.tokens.values()
        if token.kind == "jsapi"
        and token.expires_at > world.now()
        and any(app.app_key == token.app_key for app in apps)
    ]
    for ticket in tickets:
        for algorithm in ("sha256", "sha1"):
            if signatures.same(
                signatures.jsapi(ticket.value, nonce, timestamp, url, algorithm),
                call.text("signature"),
            ):
                names = call.params.get("jsApiList")
                call.container.configured[url] = (
                    [str(name) for name in names] if isinstance(names, list) else []
                )
                return {}
    raise JsapiError(
        3,
        "权限校验失败 Code:%d - Message: 签名校验失败,nonce:[%s],timestamp:[%s],url:[%s],"
        "ticketList:[%s]"
        % (
            BAD_SIGNATURE,
            nonce,
            timestamp,
            url,
            ",".join(token.value[:6] + "..." for token in tickets),
        ),
    )


# What needs a signature


def check_configured(call: Call, name: str) -> None:
    """Refuse a call that the page did not have signed, or that the setting
    `jsapi_refused` names.

    The code is a guess.
    """
    names = call.container.configured.get(call.page.partition("#")[0])
    refused = call.world.setting("jsapi_refused")
    if names is None or name not in names or name in refused:
        raise JsapiError(NOT_CONFIGURED, "没有调用权限: %s" % name)


@jsapi("biz.chat.openSingleChat")
def open_single_chat(call: Call) -> Any:
    check_configured(call, "biz.chat.openSingleChat")
    corp_id, userid = call.text("corpId"), call.text("userId")
    own = corp_id == call.container.corp_id
    if not own or call.world.corps[corp_id].person(userid) is None:
        raise JsapiError(60121, "找不到该用户")
    desk_of(call.world).chats.append({"userid": call.container.userid, "with": userid})
    return {}


# The door


def perform(world: Any, body: Dict[str, Any], base: str = "") -> Dict[str, Any]:
    """Execute a call and return its answer."""
    container = desk_of(world).containers.get(str(body.get("session", "")))
    function = JSAPIS.get(str(body.get("method", "")))
    params = body.get("params")
    try:
        if container is None:
            raise JsapiError(-1, "the window of DingTalk was closed")
        if function is None:
            raise JsapiError(-1, "this simulator has no %s" % body.get("method"))
        page = str(body.get("page", ""))
        values = params if isinstance(params, dict) else {}
        result = function(Call(world, container, page, values, base))
    except Ask as asked:
        return {"ok": True, "ask": asked.question}
    except JsapiError as error:
        found = {"errorCode": error.code, "errorMessage": error.message}
        return {"ok": False, "error": found}
    return {"ok": True, "result": result}


def _open_to(request: web.Request) -> Dict[str, str]:
    return {
        "Access-Control-Allow-Origin": request.headers.get("Origin", "*"),
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Allow-Methods": "POST",
        "Vary": "Origin",
        "Cache-Control": "no-store",
    }


async def call(request: web.Request) -> web.StreamResponse:
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return web.json_response({"ok": False}, status=400, headers=_open_to(request))
    if not same_site(request):
        # The page's own value counts only where the browser sends none.
        origin = request.headers["Origin"]
        page = str(body.get("page", ""))
        parts = urlsplit(page)
        if "%s://%s" % (parts.scheme, parts.netloc) != origin:
            body["page"] = origin + "/"
    found = perform(view.world_of(request), body, view.base_url(request))
    text = json.dumps(found, ensure_ascii=False)
    return web.Response(
        text=text, content_type="application/json", headers=_open_to(request)
    )


async def preflight(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204, headers=_open_to(request))


def add_routes(app: web.Application) -> None:
    app.router.add_post("/_dd/call", call)
    app.router.add_route("OPTIONS", "/_dd/call", preflight)
