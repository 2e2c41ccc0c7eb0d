# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of subscriptions, pushes, events and roles."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..control import Control, Mistake, wrap
from . import emit, names, payloads
from .hub import Push
from .payloads import Event
from .roles import Roles
from .subscriptions import AES_KEY, Subscription, is_address

if TYPE_CHECKING:
    from ..server import Simulator

EDITABLE = ("url", "token", "aes_key", "tags", "payload_style")
FORGERIES = {
    "wrong_signature": "a signature that does not match",
    "wrong_token": "signed with another token",
    "wrong_aes_key": "encrypted with another key",
    "wrong_owner": "for another app or organisation (true, or its key)",
    "stale_timestamp": "a day old (true), or so many seconds",
    "replay": "the delivered request so many times more, byte for byte",
    "duplicate": "the same event so many times more, each time a new request",
    "payload_style": "classic or new",
    "parameter_names": "both, signature or msg_signature",
}


class CallbackControl(Control):
    """Without `app_key`, routes use the first app."""

    @property
    def events(self) -> Any:
        return self.simulator.events

    # Subscriptions

    def subscriptions(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        app_key = request.query.get("app_key")
        return [
            subscription_data(found)
            for found in self.events.store.all()
            if app_key in (None, found.app_key)
        ]

    async def subscribe(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """As in the developer console; `check: true` verifies the address first."""
        app = self.app(request, body) or self.world.first_app()
        check = bool(body.pop("check", False))
        values = {
            name: body.pop(name) for name in list(body) if name in EDITABLE and body
        }
        body.pop("corp_id", None)
        if body:
            raise Mistake("unknown members: %s" % ", ".join(sorted(body)))
        values["tags"] = values.get("tags") or None
        found = self._checked(
            Subscription(
                app.app_key,
                app.corp_id,
                "app",
                values.pop("url", ""),
                values.pop("token", ""),
                values.pop("aes_key", ""),
                **values,
            )
        )
        if check:
            verdict = await self.events.check(found)
            if not verdict.ok:
                raise Mistake(verdict.console_text())
        self.events.store.put(found)
        return subscription_data(found)

    def change_subscription(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Without verification of the address."""
        found = self._found(request)
        for name, value in body.items():
            if name not in EDITABLE:
                raise Mistake("unknown member %r" % name)
            setattr(found, name, value)
        self.events.store.put(self._checked(found))
        return subscription_data(found)

    def unsubscribe(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        found = self._found(request)
        self.events.store.delete(found.app_key, found.level)
        return {}

    async def check(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """The console's test push, or another verification.

        With `?strict=1` a bad answer of the address is an error here too.
        """
        kind = body.get("event_type", "check_url")
        if kind not in names.CHECKS:
            raise Mistake("event_type is one of %s" % ", ".join(names.CHECKS))
        verdict = await self.events.check(self._found(request), kind)
        if not verdict.ok and request.query.get("strict"):
            raise Mistake(verdict.console_text())
        return {
            "ok": verdict.ok,
            "problem": verdict.problem,
            "detail": verdict.detail,
            "message": verdict.console_text(),
            "status": verdict.status,
            "answer": verdict.answer[:2000],
            "opened": verdict.opened,
            "ms": verdict.ms,
        }

    def _found(self, request: web.Request) -> Subscription:
        """`?level=`: by default the console's, else the API's."""
        app_key, level = request.match_info["app_key"], request.query.get("level")
        for each in (level,) if level else ("app", "corp"):
            found = self.events.store.find(app_key, each)
            if found is not None:
                return found
        raise Mistake("no subscription", 404)

    def _checked(self, found: Subscription) -> Subscription:
        if not is_address(found.url):
            raise Mistake("url: an http or https address")
        if not AES_KEY.match(found.aes_key):
            raise Mistake("aes_key: 43 letters and digits")
        if not isinstance(found.token, str) or not 3 <= len(found.token) <= 63:
            raise Mistake("token: 3 to 32 characters, by API 6 to 63")
        if found.tags is not None and not isinstance(found.tags, list):
            raise Mistake("tags: a list, or null for every event")
        if found.payload_style not in ("",) + payloads.STYLES:
            raise Mistake("payload_style: classic, new or empty")
        return found

    # Pushes

    def pushes(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        """Newest last. `?app_key= &event= &event_id= &state= &channel= &limit=`"""
        query = request.query
        wanted = {
            name: query[name]
            for name in ("app_key", "event", "event_id", "state", "channel")
            if name in query
        }
        found = []
        for push in self.events.pushes:
            data = push.as_dict()
            if all(data[name] == value for name, value in wanted.items()):
                found.append(data)
        return found[-int(query.get("limit", "1000")) :]

    def forget_pushes(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        """Clear the log only; pushes under way continue."""
        self.events.pushes.clear()
        self.events.log.clear()
        self.world.bus.publish("push.forgotten")
        return {}

    async def replay(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`times`: number of simultaneous copies, byte for byte."""
        push = self._push(request)
        if push.request is None:
            raise Mistake("nothing was sent over HTTP")
        times = int(body.get("times", 1))
        first = len(self.events.pushes)
        await asyncio.gather(*(self.events.replay(push) for _each in range(times)))
        return [each.as_dict() for each in list(self.events.pushes)[first:]]

    def _push(self, request: web.Request) -> Push:
        number = request.match_info["id"]
        for push in self.events.pushes:
            if str(push.id) == number:
                return push
        raise Mistake("unknown push", 404)

    def hurry(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        self.events.hurry()
        return {}

    def failed(self, request: web.Request, body: Dict[str, Any]) -> Any:
        app = self.app(request, body) or self.world.first_app()
        return self.events.store.peek_failed(app.app_key)

    # Events

    def log(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        """All events, also without subscribers, newest last. `?event= &limit=`"""
        kind = request.query.get("event")
        found = [
            event.as_dict()
            for event in self.events.log
            if kind in (None, event.event_type)
        ]
        return found[-int(request.query.get("limit", "1000")) :]

    def send(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Any event, genuine or forged, once or often.

        Forge options are in `forge` or beside; see FORGERIES. `payload` is sent over
        HTTP unchanged. `times` and `per_second` make a series with separate ids.
        """
        app = self.app(request, body)
        org = self.world.org(app.corp_id) if app else self.org(request, body)
        kind = body.pop("event_type", "") or (body.get("payload") or {}).get(
            "EventType", ""
        )
        if not kind:
            raise Mistake("event_type is missing")
        forge = dict(body.pop("forge", None) or {})
        forge.update({name: body.pop(name) for name in FORGERIES if name in body})
        unknown = set(forge) - set(FORGERIES)
        if unknown:
            raise Mistake("unknown forge options: %s" % ", ".join(sorted(unknown)))
        times, rate = int(body.pop("times", 1)), body.pop("per_second", None)
        values: Dict[str, Any] = {
            "corp_id": org.corp_id,
            "app_key": app.app_key if app else "",
            "operator": body.pop("operator", ""),
            "payload": body.pop("payload", None),
        }
        data = body.pop("data", None)
        for name in ("id", "born_at", "biz_id"):
            if name in body:
                values[name] = body.pop(name)
        if body:
            raise Mistake("unknown members: %s" % ", ".join(sorted(body)))
        if data is None and values["payload"] is None:
            data = example(kind, org)
        if times > 1:
            self.events.later(self._series(times, rate, kind, data, forge, values))
            return {"times": times}
        event, pushes = self._send(kind, data, forge, values)
        return dict(event.as_dict(), pushes=[push.id for push in pushes])

    def _send(self, kind: str, data: Any, forge: Any, values: Dict[str, Any]) -> Any:
        if not forge:
            before = self.events.last_number
            event = emit(self.world, kind, data, **values)
            new = itertools.takewhile(
                lambda push: push.id > before, reversed(self.events.pushes)
            )
            return event, list(new)[::-1]
        # A forged event did not happen: nobody else gets it.
        event = make_event(self.world, kind, data, values)
        return event, self.events.deliver(event, forge)

    async def _series(
        self,
        times: int,
        rate: Any,
        kind: str,
        data: Any,
        forge: Any,
        values: Dict[str, Any],
    ) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(times):
            if rate:
                pause = began + number / float(rate) - loop.time()
                if pause > 0:
                    await asyncio.sleep(pause)
            elif number % 100 == 99:
                await asyncio.sleep(0)
            self._send(kind, data, forge, values)

    # Roles

    def _roles(self, request: web.Request, body: Dict[str, Any]) -> Roles:
        return Roles(self.world, self.org(request, body))

    def roles(self, request: web.Request, body: Dict[str, Any]) -> Any:
        return self._roles(request, body).listed()

    def add_role(self, request: web.Request, body: Dict[str, Any]) -> Any:
        roles = self._roles(request, body)
        return roles.add(body["name"], body.get("group_name") or "默认")

    def change_role(self, request: web.Request, body: Dict[str, Any]) -> Any:
        roles = self._roles(request, body)
        return roles.change(self._role_id(roles, request), **body)

    def delete_role(self, request: web.Request, body: Dict[str, Any]) -> Any:
        roles = self._roles(request, body)
        roles.delete(self._role_id(roles, request))
        return {}

    def role_members(self, request: web.Request, body: Dict[str, Any]) -> Any:
        roles = self._roles(request, body)
        roles.members(
            self._role_id(roles, request), body.get("add", ()), body.get("remove", ())
        )
        return {}

    def _role_id(self, roles: Roles, request: web.Request) -> int:
        try:
            return int(roles.find(int(request.match_info["role_id"]))["id"])
        except (KeyError, ValueError):
            raise Mistake("unknown role", 404)


def subscription_data(found: Subscription) -> Dict[str, Any]:
    return dict(vars(found), owner_key=found.owner_key)


def make_event(world: Any, kind: str, data: Any, values: Dict[str, Any]) -> Event:
    values = dict(values)
    born_at = values.pop("born_at", 0) or int(world.now() * 1000)
    corp_id = values.pop("corp_id")
    return Event(kind, corp_id, payloads.tidy(kind, data or {}), born_at, **values)


def example(event_type: str, org: Any) -> Dict[str, Any]:
    """Example data of such an event, about an existing person."""
    person = next(iter(org.people.values()), None)
    userid = person.userid if person else ""
    if event_type in names.OF_USERS:
        return {"userId": [userid]}
    if event_type in names.OF_DEPARTMENTS:
        return {"deptId": [max(org.departments)]}
    if event_type == "label_user_change":
        return {"labelIdList": [2021001], "userIdList": [userid], "action": "add"}
    if event_type in names.OF_ROLES:
        return {"labelIdList": [2021001], "scope": "1"}
    return {}


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = CallbackControl(simulator)
    for method, path, function in (
        ("GET", "/callbacks", control.subscriptions),
        ("POST", "/callbacks", control.subscribe),
        ("PATCH", "/callbacks/{app_key}", control.change_subscription),
        ("DELETE", "/callbacks/{app_key}", control.unsubscribe),
        ("POST", "/callbacks/{app_key}/check", control.check),
        ("GET", "/pushes", control.pushes),
        ("DELETE", "/pushes", control.forget_pushes),
        ("POST", "/pushes/hurry", control.hurry),
        ("POST", "/pushes/{id}/replay", control.replay),
        ("GET", "/failed_events", control.failed),
        ("GET", "/events/log", control.log),
        ("POST", "/events", control.send),
        ("GET", "/roles", control.roles),
        ("POST", "/roles", control.add_role),
        ("PATCH", "/roles/{role_id}", control.change_role),
        ("DELETE", "/roles/{role_id}", control.delete_role),
        ("POST", "/roles/{role_id}/members", control.role_members),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
