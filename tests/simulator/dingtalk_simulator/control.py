# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The control API under /_control, for tests, the web face and administrators' actions.

JSON in, JSON out; a mistake answers 400 with `{"error": "..."}`, an unknown thing 404.
Nothing here counts as an API call. The default is the first organisation and app.
"""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
import json
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict

from aiohttp import web

from . import control_bodies, faults, ids, settings
from .checks import Wrong, read_json
from .endpoints import ROUTES
from .organisation import Organisation
from .records import App, Person

if TYPE_CHECKING:
    from .server import Simulator

LOCAL_NAMES = ("localhost", "host.docker.internal")
RESET_MEMBERS = {"people", "departments", "seed"}
# Errors of a route for an unexpected value in the body.
WRONG_VALUES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Mistake(Exception):
    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def answer(data: Any, status: int = 200) -> web.Response:
    text = json.dumps(data, ensure_ascii=False)
    return web.Response(
        body=text.encode("utf-8", "replace"),
        status=status,
        content_type="application/json",
        charset="utf-8",
    )


def plain(record: Any) -> Dict[str, Any]:
    return dict(vars(record))


class Control:
    """The handlers.

    Each gets the decoded body and the request and returns plain data.
    """

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator

    @property
    def world(self) -> Any:
        return self.simulator.world

    # Helpers

    def org(self, request: web.Request, body: Dict[str, Any]) -> Organisation:
        corp_id = body.pop("corp_id", None) or request.query.get("corp_id")
        try:
            return self.world.org(corp_id)
        except KeyError:
            raise Mistake("unknown corp_id %r" % corp_id, 404)

    def app(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """The named app, or None."""
        app_key = body.pop("app_key", None) or request.query.get("app_key")
        if not app_key:
            return None
        if app_key not in self.world.apps:
            raise Mistake("unknown app_key %r" % app_key, 404)
        return self.world.apps[app_key]

    def _person(self, org: Organisation, userid: str) -> Person:
        person = org.person(userid)
        if person is None:
            raise Mistake("unknown person", 404)
        return person

    # The box

    def state(self, request: web.Request, body: Dict[str, Any]) -> Any:
        world = self.world
        return dict(
            self.simulator.ready_line(),
            now=world.now(),
            seed=world.seed,
            corps=self.corps(request, body),
            apps=self.apps(request, body),
            calls=world.calls_total,
            faults=world.faults.listed(),
            tasks=len(world.messages.tasks),
            notifications=len(world.messages.notifications),
            tokens=[
                {
                    "app_key": token.app_key,
                    "kind": token.kind,
                    "expires_at": token.expires_at,
                }
                for token in world.tokens.values()
            ],
        )

    def reset(self, _request: web.Request, body: Dict[str, Any]) -> Any:
        unknown = set(body) - RESET_MEMBERS
        if unknown:
            raise Mistake("unknown members: %s" % ", ".join(sorted(unknown)))
        self.simulator.reset(**{name: int(value) for name, value in body.items()})
        return self.simulator.ready_line()

    def calls(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        world, path = self.world, request.query.get("path")
        limit = int(request.query.get("limit", "1000"))
        calls = [call for call in world.calls if _path_matches(call.path, path)]
        app_key = request.query.get("app_key")
        if app_key:
            calls = [call for call in calls if call.app_key == app_key]
        if path or app_key:
            by_path: Dict[str, int] = {}
            for call in calls:
                by_path[call.path] = by_path.get(call.path, 0) + 1
            total = len(calls)
        else:
            by_path, total = dict(world.calls_by_path), world.calls_total
        return {
            "total": total,
            "by_path": by_path,
            "calls": [plain(call) for call in calls[-limit:]],
        }

    def forget_calls(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        self.world.forget_calls()
        return {}

    def list_faults(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return {"faults": self.world.faults.listed(), "kinds": faults.KINDS}

    def add_fault(self, _request: web.Request, body: Dict[str, Any]) -> Any:
        try:
            return plain(self.world.faults.add(body.pop("kind", None), **body))
        except ValueError as error:
            raise Mistake(str(error))

    def clear_faults(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        number = request.query.get("id")
        return {"deleted": self.world.faults.clear(int(number) if number else None)}

    def get_settings(self, request: web.Request, body: Dict[str, Any]) -> Any:
        app = self.app(request, body) or self.world.first_app()
        found = self.world.all_settings(app)
        if request.query.get("explain"):
            texts = dict(settings.OF_WORLD, **settings.OF_APP)
            return {
                name: {
                    "value": value,
                    "default": texts[name][0],
                    "of_app": name in settings.OF_APP,
                    "explanation": texts[name][1],
                }
                for name, value in found.items()
            }
        return found

    def change_settings(self, request: web.Request, body: Dict[str, Any]) -> Any:
        app = self.app(request, body)
        try:
            self.world.change_settings(body, app)
        except KeyError as error:
            raise Mistake("unknown setting %s" % error)
        except Wrong as error:
            raise Mistake(str(error))
        return self.world.all_settings(app or self.world.first_app())

    def expire_tokens(self, request: web.Request, body: Dict[str, Any]) -> Any:
        app = self.app(request, body)
        kinds = body.get("kinds") or ("app", "jsapi", "sns", "user")
        return {
            "expired": self.world.expire_tokens(app.app_key if app else None, kinds)
        }

    def endpoints(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return [
            {
                "family": endpoint.family,
                "methods": endpoint.methods,
                "path": endpoint.path,
                "scope": endpoint.scope,
                "token": endpoint.token,
                "exempt": endpoint.exempt,
            }
            for endpoint in ROUTES.all
        ]

    # Organisations and apps

    def corps(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return [
            {
                "corp_id": org.corp_id,
                "name": org.name,
                "people": len(org.people),
                "left": len(org.left),
                "departments": len(org.departments) - 1,
                "active": sum(1 for p in org.people.values() if p.active),
                "administrators": [person.userid for person in org.administrators()],
                "quota_used": org.corp.quota_used,
                "pushes_used": org.corp.pushes_used,
            }
            for org in self.world.corps.values()
        ]

    def add_corp(self, _request: web.Request, body: Dict[str, Any]) -> Any:
        """`same_people`: so many people of the first organisation (or of `same_as`)
        work in the new one too.
        """
        same = int(body.get("same_people", 0))
        twins = (
            list(self.world.org(body.get("same_as")).people.values())[:same]
            if same
            else []
        )
        corp_id = body.get("corp_id") or ""
        if corp_id in self.world.corps:
            raise Mistake("corp_id exists")
        org = self.world.add_corp(
            body.get("name") or "第二家公司",
            int(body.get("people", 20)),
            int(body.get("departments", 4)),
            int(body.get("seed", 2)),
            corp_id,
            body.get("developer") or "",
            twins,
        )
        return self.app_data(self.world.first_app(org.corp_id))

    def app_data(self, app: App) -> Dict[str, Any]:
        return {
            "app_key": app.app_key,
            "app_secret": app.app_secret,
            "agent_id": str(app.agent_id),
            "corp_id": app.corp_id,
            "name": app.name,
            "kind": app.kind,
            "robot_code": app.robot_code,
            "redirect_hosts": app.redirect_hosts,
            "home_url": app.home_url,
            "pc_home_url": app.pc_home_url,
            "settings": app.settings,
        }

    def apps(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return [self.app_data(app) for app in self.world.apps.values()]

    def add_app(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        own = body.pop("settings", {})
        if body.get("app_key") in self.world.apps:
            raise Mistake("app_key exists")
        try:
            self._check_settings(own)
            app = self.world.add_app(org.corp_id, body.pop("name", "Odoo"), **body)
            self.world.change_settings(own, app)
        except (TypeError, KeyError) as error:
            raise Mistake(str(error))
        return self.app_data(app)

    def _check_settings(self, own: Dict[str, Any]) -> None:
        """Try the settings of an app that does not exist yet."""
        known = self.world.all_settings()
        for name, value in own.items():
            if isinstance(known.get(name), dict) and isinstance(value, dict):
                value = dict(known[name], **value)
            settings.check(name, value)

    def change_app(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`app_secret: ""` makes a new secret; tokens of the old one stop working."""
        app = self.world.apps.get(request.match_info["app_key"])
        if app is None:
            raise Mistake("unknown app", 404)
        plainly = (
            "name",
            "kind",
            "redirect_hosts",
            "robot_code",
            "home_url",
            "pc_home_url",
        )
        for name in body:
            if name not in plainly + ("settings", "agent_id", "app_secret"):
                raise Mistake("unknown member %r" % name)
            if name == "settings":
                self._check_settings(body[name])
        for name, value in body.items():
            if name == "settings":
                self.world.change_settings(value, app)
            elif name == "agent_id":
                app.agent_id = int(value)
            elif name == "app_secret":
                app.app_secret = value or ids.random62(64)
                self.world.expire_tokens(app.app_key)
            else:
                setattr(app, name, value)
        self.world.publish("app.changed", app_key=app.app_key)
        return self.app_data(app)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _path_matches(path: str, wanted: Any) -> bool:
    from fnmatch import fnmatchcase

    return wanted is None or path == wanted or fnmatchcase(path, wanted)


def _foreign(request: web.Request) -> bool:
    """A page of another site, or DNS rebinding."""
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    name = host.rsplit(":", 1)[0].strip("[]")
    return (
        request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        or origin is not None
        and origin.partition("//")[2] != host
        or name not in LOCAL_NAMES
        and not _is_address(name)
    )


def wrap(
    function: Callable[[web.Request, Dict[str, Any]], Any],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler for aiohttp of a function `(request, body) -> plain data`."""

    async def handler(request: web.Request) -> web.Response:
        if _foreign(request):
            return answer({"error": "only for pages of this server"}, 403)
        try:
            body = {}
            if request.can_read_body and "json" in request.headers.get(
                "Content-Type", "application/json"
            ):
                raw = await request.read()
                body = read_json(raw.decode("utf-8")) if raw.strip() else {}
            if not isinstance(body, dict):
                raise Mistake("the body must be a JSON object")
            resource = request.match_info.route.resource
            control_bodies.check(request.method, resource.canonical, body)
            result = function(request, body)
            if inspect.isawaitable(result):
                result = await result
        except Mistake as mistake:
            return answer({"error": str(mistake)}, mistake.status)
        except Wrong as error:
            return answer({"error": str(error)}, 400)
        except WRONG_VALUES as error:
            return answer({"error": "%s: %s" % (type(error).__name__, error)}, 400)
        return result if isinstance(result, web.StreamResponse) else answer(result)

    return handler


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = Control(simulator)

    for method, path, function in (
        ("GET", "/state", control.state),
        ("POST", "/reset", control.reset),
        ("GET", "/calls", control.calls),
        ("DELETE", "/calls", control.forget_calls),
        ("GET", "/faults", control.list_faults),
        ("POST", "/faults", control.add_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/settings", control.get_settings),
        ("PATCH", "/settings", control.change_settings),
        ("POST", "/tokens/expire", control.expire_tokens),
        ("GET", "/endpoints", control.endpoints),
        ("GET", "/corps", control.corps),
        ("POST", "/corps", control.add_corp),
        ("GET", "/apps", control.apps),
        ("POST", "/apps", control.add_app),
        ("PATCH", "/apps/{app_key}", control.change_app),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))

    async def events(request: web.Request) -> web.StreamResponse:
        """Server-sent events: each change as one JSON object.

        `?kinds=message,call` keeps those that begin so.
        """
        kinds = tuple(
            part for part in request.query.get("kinds", "").split(",") if part
        )
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        await response.write(b": hello\n\n")
        bus = simulator.world.bus
        queue = bus.subscribe()
        try:
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), 15)
                except asyncio.TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if not kinds or event["kind"].startswith(kinds):
                    await response.write(
                        b"data: "
                        + json.dumps(event, ensure_ascii=False).encode("utf-8")
                        + b"\n\n"
                    )
        except ConnectionResetError:
            pass
        finally:
            bus.unsubscribe(queue)
        return response

    async def unknown(_request: web.Request) -> web.Response:
        return answer({"error": "unknown control route"}, 404)

    app.router.add_get("/_control/events", events)
    app.router.add_route("*", "/_control/{path:.*}", unknown)
