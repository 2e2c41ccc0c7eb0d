# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..control import Control, Mistake, wrap
from . import core, employment

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
        if org.person(body["userid"]) is not None:
            status = "5" if body.get("status") == 1 else "3"
            core.set_status(self.world, org, body["userid"], status)
        return leavers

    def join(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{id, name, join_on, position, department}`: a person who will join."""
        org = self.org(request, body)
        key = str(body.get("id") or "")
        if not key or org.person(key) is not None:
            raise Mistake("id is one of nobody else")
        values = {
            name: str(body.get(name) or "")
            for name in ("name", "join_on", "position", "department")
        }
        return employment.add(self.world, org, key, values)

    def enter(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{id}`: the entry, after which the ID is gone."""
        org = self.org(request, body)
        employment.enter(self.world, org.corp_id, str(body.get("id") or ""))
        return employment.joiners(self.world, org.corp_id)

    def status(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, status}`: 2 on probation, 3 regular."""
        org = self.org(request, body)
        if org.person(str(body.get("userid") or "")) is None:
            raise Mistake("unknown userid", 404)
        if str(body.get("status")) not in ("2", "3"):
            raise Mistake("status is 2 or 3")
        kept = employment.statuses(self.world, org.corp_id)
        kept[str(body["userid"])] = str(body["status"])
        core.set_status(self.world, org, str(body["userid"]), str(body["status"]))
        return kept


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = RosterControl(simulator)
    for method, path, function in (
        ("GET", "/people/{userid}", control.read),
        ("PATCH", "/people/{userid}", control.change),
        ("POST", "/leavers", control.leave),
        ("POST", "/joiners", control.join),
        ("POST", "/entries", control.enter),
        ("POST", "/statuses", control.status),
    ):
        app.router.add_route(method, "/_control/roster" + path, wrap(function))
