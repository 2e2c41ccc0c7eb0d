# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The start page: where to go, and what to enter in Odoo."""

from __future__ import annotations

from aiohttp import web

from . import phone, search, view


async def page(request: web.Request) -> web.Response:
    world = view.world_of(request)
    org = phone.organisation(request, world)
    text = request.query.get("q", "")
    if text.strip():
        people = search.people(org.people.values(), text)
    else:
        # Administrators and heads first: a visitor wants somebody who has a say.
        people = org.administrators()
        known = {person.userid for person in people}
        for person in org.people.values():
            if len(people) >= 8:
                break
            if person.userid not in known:
                people.append(person)
    apps = [app for app in world.apps.values() if app.corp_id == org.corp_id]
    return view.render(
        request,
        "start.html",
        org=org,
        apps=apps,
        text=text,
        people=people[:8],
        found=len(people),
    )
