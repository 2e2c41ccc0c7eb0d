# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The scripts that sites load from DingTalk, at their original paths.

They find the simulator by their own address. The setting `login_script` makes them
missing, broken or slow.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, Optional
from urllib.parse import urlsplit

from aiohttp import web

from ..web import view
from .desk import Container, desk_of

HANGING: "web.AppKey[set]" = web.AppKey("login_hanging", set)
VERSION = "7.6.0"  # of DingTalk, according to the container
HANG_SECONDS = 60
# path -> file; {v} is a version
PATHS = {
    "/h5-dingtalk-login/{v}/ddlogin.js": "login-widget.js",
    "/dingding/h5-dingtalk-login/{v}/ddlogin.js": "login-widget.js",
    "/dinglogin/{v}/ddLogin.js": "login-classic.js",
    "/dingding/dinglogin/{v}/ddLogin.js": "login-classic.js",
    "/dingtalk-jsapi/{v}/dingtalk.open.js": "dd.js",
    "/dingding/dingtalk-jsapi/{v}/dingtalk.open.js": "dd.js",
    "/dingding/open/develop/{v}/dingtalk.js": "dd.js",
}
NEEDS = {"dd.js": ("dd-picker.js",)}
USER_AGENTS = {
    False: "Mozilla/5.0 (Linux; U; Android 13; zh-CN) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Version/4.0 Chrome/112.0.0.0 Mobile Safari/537.36 AliApp(DingTalk/%s) "
    "com.alibaba.android.rimet/0 language/zh-CN" % VERSION,
    True: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Chrome/112.0.0.0 Safari/537.36 dingtalk-win/1.0.0 nw(0.14.7) "
    "DingTalk(%s-Release) Mojo/1.0.0 Native AppType(release)" % VERSION,
}


def read(name: str) -> str:
    """A script with those that it needs before it."""
    found = []
    for each in NEEDS.get(name, ()) + (name,):
        with open(os.path.join(view.STATIC, each), encoding="utf-8") as opened:
            found.append(opened.read())
    return "".join(found)


def _script(text: str) -> web.Response:
    return web.Response(
        text=text,
        content_type="text/javascript",
        headers={
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


async def _out_of_order(request: web.Request) -> Optional[web.Response]:
    how = view.world_of(request).setting("login_script")
    if how == "missing":
        return web.Response(status=404, text="Not Found")
    if how == "error":
        return web.Response(status=500, text="Internal Server Error")
    if how == "hang":
        task = asyncio.current_task()
        request.app[HANGING].add(task)
        try:
            await asyncio.sleep(HANG_SECONDS)
        finally:
            request.app[HANGING].discard(task)
        return web.Response(status=504)
    return None


def script(name: str) -> Any:
    """A handler for the script, depending on the settings."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return await _out_of_order(request) or _script(read(name))

    return handler


def client(container: Container, base: str) -> dict:
    """Values that a page's script may read of its DingTalk."""
    return {
        "platform": "pc" if container.pc else "android",
        "version": VERSION,
        "origin": base,
        "corpId": container.corp_id,
    }


def bridge(container: Container, base: str) -> str:
    """The script that DingTalk injects before those of the page."""
    known = dict(client(container, base), session=container.session)
    return "%s\n(%s)();\n%s%s" % (
        "/* dd-bridge.js: the DingTalk around this page */",
        read("dd-bridge.js").strip().replace("__KNOWN__", _json(known)),
        read("dd.js"),
        read("dd-native.js"),
    )


def _json(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")


async def dd_bridge(request: web.Request) -> web.StreamResponse:
    """/dd-bridge.js?session=..."""
    desk = desk_of(view.world_of(request))
    container = desk.containers.get(request.query.get("session", ""))
    if container is None:
        return web.Response(status=404, text="no such session")
    return _script(bridge(container, view.base_url(request)))


def same_site(request: web.Request) -> bool:
    """Whether a page of the simulator itself makes the request."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


async def _close(app: web.Application) -> None:
    for task in list(app[HANGING]):
        task.cancel()


def add_routes(app: web.Application) -> None:
    app[HANGING] = set()
    app.on_shutdown.append(_close)
    for path, name in PATHS.items():
        app.router.add_get(path, script(name))
    app.router.add_get("/dd-bridge.js", dd_bridge)
