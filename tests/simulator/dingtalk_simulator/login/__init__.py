# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Sign-in: DingTalk's pages in the browser and on the phone.

`addresses` checks a site's request, `desk` keeps the open sign-ins, `pages` are
DingTalk's pages, `phone` is the scanner and the container of pages, `jsapi` answers
those pages' calls, `pickers` those that ask the person. The exchange of codes is in
`oapi/login.py`, `v1/oauth2.py`, `v1/contact.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from . import control, jsapi, pages, phone, pickers, scripts

if TYPE_CHECKING:
    from ..server import Simulator


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    """Add the routes, before those of the web face, which take all addresses below
    /phone/.
    """
    control.add_routes(app, simulator)
    scripts.add_routes(app)
    pages.add_routes(app)
    phone.add_routes(app)
    jsapi.add_routes(app)
    pickers.add_routes(app)
