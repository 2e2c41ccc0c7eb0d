# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of the roster: look at it and change it, and note who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..control import Control, Mistake, wrap
from . import core

if TYPE_CHECKING:
    from ..server import Simulator


class RosterControl(Control):
    def read(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return core.rows_of(self.world, org, request.match_info["userid"])

    def change(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{values: {field code: text}}` in the first row of each group."""
        org, known = self.org(request, body), core.fields()
        rows = core.rows_of(self.world, org, request.match_info["userid"])
        for code, value in (body.get("values") or {}).items():
            if code not in known:
                raise Mistake("unknown field %r" % code, 404)
            group = rows.setdefault(known[code][0], [{}])
            group[0][code] = str(value)
        return rows

    def leave(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, last_day (milliseconds), reason, status}`: 1 leaving, 2 left."""
        org = self.org(request, body)
        leavers = core.area(self.world, org.corp_id)["leavers"]
        leavers[body["userid"]] = {
            "lastWorkDay": body.get("last_day") or 0,
            "reasonMemo": body.get("reason") or "",
            "status": body.get("status") or 2,
        }
        return leavers


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = RosterControl(simulator)
    for method, path, function in (
        ("GET", "/people/{userid}", control.read),
        ("PATCH", "/people/{userid}", control.change),
        ("POST", "/leavers", control.leave),
    ):
        app.router.add_route(method, "/_control/roster" + path, wrap(function))
