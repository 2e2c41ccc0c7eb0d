# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of Streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from aiohttp import web

from ..control import Control, Mistake, plain, wrap
from .faults import KINDS
from .hub import TOPICS, Connection

if TYPE_CHECKING:
    from ..server import Simulator


class StreamControl(Control):
    @property
    def stream(self) -> Any:
        return self.simulator.events.stream

    def connections(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        """Open ones, and the log of all, newest last. `?app_key=`"""
        app_key = request.query.get("app_key")
        log = [
            connection.as_dict()
            for connection in self.stream.log
            if app_key in (None, connection.app_key)
        ]
        return {
            "connections": [each for each in log if each["state"] != "closed"],
            "log": log,
            "apps": list(self.stream.users()),
        }

    def _chosen(self, request: web.Request, body: Dict[str, Any]) -> List[Connection]:
        """`connection_id`, or all of `app_key`, or all."""
        key = body.pop("connection_id", None)
        app = self.app(request, body)
        found = [
            connection
            for connection in self.stream.connections.values()
            if key in (None, connection.id)
            and (app is None or connection.app_key == app.app_key)
        ]
        if not found:
            raise Mistake("no such connection", 404)
        return found

    async def close(self, request: web.Request, body: Dict[str, Any]) -> Any:
        code = int(body.pop("code", 1000))
        chosen = self._chosen(request, body)
        for connection in chosen:
            await self.stream.close(connection, code)
        return {"closed": len(chosen)}

    async def disconnect(self, request: web.Request, body: Dict[str, Any]) -> Any:
        reason = body.pop("reason", "connection is expired")
        chosen = self._chosen(request, body)
        for connection in chosen:
            await self.stream.disconnect(connection, reason)
        return {"told": len(chosen)}

    async def ping(self, request: web.Request, body: Dict[str, Any]) -> Any:
        chosen = self._chosen(request, body)
        for connection in chosen:
            await self.stream.ping(connection)
        return {"sent": len(chosen)}

    async def callback(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{topic, data, app_key}`; returns the client's answer.

        `message_id` of an earlier one repeats that; `copies` are sent at once.
        """
        topic = body.pop("topic", TOPICS[0])
        app = self.app(request, body) or self.world.first_app()
        push = await self.stream.callback(
            app.app_key,
            topic,
            body.get("data") or {},
            str(body.get("message_id") or ""),
            min(int(body.get("copies") or 1), 100),
        )
        if push is None:
            raise Mistake("no connection has subscribed to %s" % topic, 404)
        return push.as_dict()

    def faults(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return {
            "faults": self.stream.faults.listed(),
            "kinds": {kind: text for kind, (_moment, text) in KINDS.items()},
        }

    def add_fault(self, _request: web.Request, body: Dict[str, Any]) -> Any:
        try:
            return plain(self.stream.faults.add(body.pop("kind", ""), **body))
        except ValueError as error:
            raise Mistake(str(error))

    def clear_faults(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        number = request.query.get("id")
        return {"deleted": self.stream.faults.clear(int(number) if number else None)}


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = StreamControl(simulator)
    for method, path, function in (
        ("GET", "/streams", control.connections),
        ("POST", "/streams/close", control.close),
        ("POST", "/streams/disconnect", control.disconnect),
        ("POST", "/streams/ping", control.ping),
        ("POST", "/streams/callback", control.callback),
        ("GET", "/streams/faults", control.faults),
        ("POST", "/streams/faults", control.add_fault),
        ("DELETE", "/streams/faults", control.clear_faults),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
    app.router.add_get("/connect", simulator.events.stream.handle)
