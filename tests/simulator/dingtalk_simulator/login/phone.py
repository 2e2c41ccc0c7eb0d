# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The phone: scanner, confirmation of a sign-in, and the container for sites' pages.

In a person's browser the container is a frame: the page there reaches DingTalk through
dingtalk.open.js and the frame's surroundings. A site that forbids frames is opened in
a window of its own. In a test's browser, whose pages carry the bridge, the address is
opened as it is.
"""

from __future__ import annotations

import json
from typing import Any, Dict
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from ..web import markdown, view
from ..web import phone as phones
from ..web.sections import phone_tab
from . import addresses, scripts
from .addresses import Refused
from .desk import desk_of
from .pages import go

# The scanner


@phone_tab("scan", "Scan", icon="scan", order=40)
def scan(here: phones.PhonePage) -> Dict[str, Any]:
    """`code` is a scanned sign-in, `text` the content of another code."""
    desk = desk_of(here.world)
    key = here.query.get("code", "")
    problem = ""
    if key:
        try:
            return confirmation(here, desk, desk.find(key))
        except Refused as error:
            problem = error.kind
    shown = [
        {
            "signin": signin,
            "app": here.world.apps[signin.asked.app_key],
            "host": addresses.host_of(signin.asked.redirect_uri),
            "left": int(signin.qr_until - here.world.now()),
        }
        for signin in desk.shown()
        if signin.asked.app_key in here.world.apps
    ]
    return {
        "shown": shown,
        "text": here.query.get("text", ""),
        "problem": problem,
    }


def confirmation(here: phones.PhonePage, desk: Any, signin: Any) -> Dict[str, Any]:
    account = "%s:%s" % (here.org.corp_id, here.person.userid)
    problem, places = "", []
    stage = signin.status
    if not signin.over:
        desk.scan(signin, account)
        stage = "waiting"
        try:
            places = desk.choices(signin.asked, account)
        except Refused as error:
            problem = error.kind
    return {
        "template": "phone_scan_confirm.html",
        "signin": signin,
        "stage": stage,
        "app": here.world.apps[signin.asked.app_key],
        "host": addresses.host_of(signin.asked.redirect_uri),
        "places": places,
        "problem": problem,
        "account": account,
    }


async def scanned(request: web.Request) -> web.StreamResponse:
    """/phone/<userid>/scan?text=: the phone scans a code.

    A sign-in is confirmed, a link opens, anything else is shown.
    """
    world = view.world_of(request)
    try:
        org, person = phones.find_person(
            world, request.match_info["userid"], request.query.get("corp", "")
        )
    except view.Missing as error:
        return view.missing(request, str(error))
    corp_query = phones.corp_query(world, org)
    text = request.query.get("text", "").strip()
    home = "/phone/%s?tab=scan" % quote(person.userid, safe="")
    desk = desk_of(world)
    try:
        signin = desk.of_qr(text)
    except Refused:
        return go("%s&code=expired%s" % (home, corp_query))
    if signin is not None:
        return go("%s&code=%s%s" % (home, signin.id, corp_query))
    url = markdown.target_url(text)
    if addresses.is_web(url):
        return go(phones.open_address(person, corp_query, url))
    return go("%s&%s%s" % (home, urlencode({"text": text}), corp_query))


# The container


async def container(request: web.Request) -> web.StreamResponse:
    """/phone/<userid>/open?url=&pc=1&app="""
    world = view.world_of(request)
    try:
        org, person = phones.find_person(
            world, request.match_info["userid"], request.query.get("corp", "")
        )
    except view.Missing as error:
        return view.missing(request, str(error))
    url = markdown.target_url(request.query.get("url", ""))
    if not addresses.is_web(url):
        return view.missing(request, "address")
    pc = request.query.get("pc") == "1"
    opened = desk_of(world).open_container(
        org.corp_id, person.userid, app_key=request.query.get("app", ""), pc=pc
    )
    known = scripts.client(opened, view.base_url(request))
    response = view.render(
        request,
        "phone_container.html",
        org=org,
        person=person,
        corp_query=phones.corp_query(world, org),
        url=url,
        host=urlsplit(url).netloc,
        pc=pc,
        session=opened.session,
        frame_name="dingtalk-simulator:" + json.dumps(known),
        tab=phone_tab.get("work"),
        tabs=phone_tab.ordered(),
        unread=phones.unread_count(world, org, person),
    )
    response.headers["Content-Security-Policy"] += "; frame-src http: https:"
    return response


def add_routes(app: web.Application) -> None:
    app.router.add_get("/phone/{userid}/scan", scanned)
    app.router.add_get("/phone/{userid}/open", container)
