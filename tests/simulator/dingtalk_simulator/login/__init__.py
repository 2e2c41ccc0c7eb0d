# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Signing in: what DingTalk shows to people, in the browser and on the phone.

`addresses` checks what a site asks for, `desk` remembers the sign-ins that are shown
and who is behind them, `pages` are DingTalk's pages, `phone` is the scanner and the
container that pages open in, `jsapi` answers those pages' calls, `pickers` those for
which the person is asked. What a site does
afterwards with a code is in `oapi/login.py`, `v1/oauth2.py`, `v1/contact.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from . import control, jsapi, pages, phone, pickers, scripts

if TYPE_CHECKING:
    from ..server import Simulator


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    """Hang everything into the server, before the routes of the web face: those take
    all addresses below /phone/.
    """
    control.add_routes(app, simulator)
    scripts.add_routes(app)
    pages.add_routes(app)
    phone.add_routes(app)
    jsapi.add_routes(app)
    pickers.add_routes(app)
