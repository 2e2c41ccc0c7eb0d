# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The face of the simulator: start page, a phone for each person, the admin console.

Pages are drawn on the server from `World`; what a person changes goes through the
control API, so a click and a test do the same thing. A later area adds its tab, tile or
console page with the decorators of `sections`, and its texts with `words.add`.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from . import approvals, cards, chat, console, events, live, phone, start, to_dos, view
from .view import render

__all__ = ["add_routes", "approvals", "cards", "render", "to_dos"]


def add_routes(app: web.Application, simulator: Any) -> None:
    """Hang the pages into the server.

    :param simulator: its `world` is asked for at each request, as a reset puts a new
        one in its place
    """
    app[view.WORLD] = lambda: simulator.world
    app[view.ENVIRONMENT] = view.environment()
    app[events.EVENTS] = simulator.events
    live.setup(app)
    app.router.add_get("/", start.page)
    app.router.add_get("/phone", phone.choose)
    app.router.add_get("/phone/{userid:.+}", phone.page)
    app.router.add_get("/console", console.page)
    app.router.add_get("/console/{section}", console.page)
    app.router.add_get("/favicon.ico", view.favicon)
    app.router.add_get("/_web/events", live.events)
    app.router.add_get("/_web/suggest", console.suggest)
    app.router.add_get("/_web/media/{media_id:.+}", view.media)
    app.router.add_get("/_web/static/{name}", view.static)
