# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of leave: records, requests as a person, closed periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..approvals import records
from ..control import Control, Mistake, wrap
from . import core, hours, quotas, requests

if TYPE_CHECKING:
    from ..server import Simulator


class LeaveControl(Control):
    def types(self, request: web.Request, body: Dict[str, Any]) -> Any:
        return core.area(self.world, self.org(request, body).corp_id)["types"]

    def add_type(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{name, unit, source}`: source external is one that was made by API."""
        org = self.org(request, body)
        unit = body.get("unit") or hours.DAY
        if unit not in hours.UNITS or not body.get("name"):
            raise Mistake("name, and unit: one of %s" % ", ".join(hours.UNITS))
        source = body.get("source") or "inner"
        try:
            return core.add_type(self.world, org.corp_id, body["name"], unit, source)
        except core.Refused as error:
            raise Mistake(str(error))

    def records(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Records written by other systems, oldest first; `?userid=`"""
        org, userid = self.org(request, body), request.query.get("userid")
        return [
            each
            for each in core.area(self.world, org.corp_id)["records"].values()
            if userid in (None, each["userId"])
        ]

    def quotas(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """All balances; `times` says how often one was written."""
        return quotas.kept(self.world, self.org(request, body).corp_id)

    def put_quota(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, type, cycle, total, used, begin, end}`: total and used are
        hundredths, as the API has them.
        """
        org = self.org(request, body)
        kind = core.find_type(self.world, org.corp_id, body.get("type") or "")
        if kind is None or org.person(body.get("userid") or "") is None:
            raise Mistake("unknown type or person", 404)
        now = int(self.world.now() * 1000)
        return quotas.put(
            self.world,
            org.corp_id,
            kind,
            userid=body["userid"],
            cycle=str(body.get("cycle") or quotas.year(self.world)),
            begin=body.get("begin") or now - 86400000,
            end=body.get("end") or now + 86400000,
            total=body.get("total"),
            used=body.get("used"),
        )

    def ask(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A person asks for leave: `{userid, type, begin, end, reason}`.

        With `action` REVOKE or MODIFY, the approved instance `main_id` is revoked or
        replaced. Act on it at `/approvals/instances/{id}/act`.
        """
        org = self.org(request, body)
        try:
            instance = requests.start(
                self.world,
                org,
                body.get("userid") or "",
                body.get("type") or "",
                body.get("begin") or "",
                body.get("end") or "",
                body.get("reason") or "",
                body.get("action") or "NONE",
                body.get("main_id") or "",
            )
        except (core.Refused, records.Refused) as error:
            raise Mistake(str(error))
        return {"id": instance.id, "process_code": instance.process_code}

    def close(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{periods: [{begin, end}]}` in milliseconds: accounts that are closed."""
        org = self.org(request, body)
        closed = core.area(self.world, org.corp_id)["closed"]
        closed[:] = list(body.get("periods") or ())
        return closed


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = LeaveControl(simulator)
    for method, path, function in (
        ("GET", "/types", control.types),
        ("POST", "/types", control.add_type),
        ("GET", "/records", control.records),
        ("POST", "/requests", control.ask),
        ("GET", "/quotas", control.quotas),
        ("POST", "/quotas", control.put_quota),
        ("POST", "/closed", control.close),
    ):
        app.router.add_route(method, "/_control/leave" + path, wrap(function))
