# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Tickets, connections and frames.

https://open-dingtalk.github.io/developerpedia/docs/learn/stream/protocol

Each event goes to a random connection of an app, and again if it was not acknowledged,
or answered with LATER. Number and intervals are undocumented: see the setting
`stream_redelivery`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Deque, Dict, List, Optional

from aiohttp import WSMsgType, web

from .. import ids
from ..callbacks import payloads
from ..callbacks.hub import Push
from ..callbacks.payloads import Event
from .faults import StreamFaults

if TYPE_CHECKING:
    from ..callbacks.hub import Events

AREA = "stream"
TOPICS = (
    "/v1.0/im/bot/messages/get",
    "/v1.0/im/bot/messages/delegate",
    "/v1.0/card/instances/callback",
    "/v1.0/graph/api/invoke",
)
REMEMBERED = 1000
DISCONNECT_SECONDS = 10  # between `disconnect` and the end of the connection
LARGEST = 1024 * 1024


@dataclass
class Ticket:
    app_key: str
    subscriptions: List[Dict[str, str]]
    expires_at: float
    ua: str = ""
    local_ip: str = ""


@dataclass
class Connection:
    """One WebSocket, open or closed. Times are seconds since 1970."""

    id: str
    app_key: str
    subscriptions: List[Dict[str, str]]
    ua: str
    local_ip: str
    remote: str
    opened_at: float
    state: str = "open"  # open, leaving (told to disconnect), dead (hangs), closed
    closed_at: float = 0.0
    close_code: Optional[int] = None
    closed_by: str = ""
    sent: int = 0
    acked: int = 0
    later: int = 0
    pings: int = 0
    pongs: int = 0
    websocket_pings: int = 0
    last_ack: str = ""
    last_at: float = 0.0
    answers_pings: bool = True
    socket: Any = field(default=None, repr=False)
    request: Any = field(default=None, repr=False)

    def as_dict(self) -> Dict[str, Any]:
        return {
            name: value
            for name, value in vars(self).items()
            if name not in ("socket", "request")
        }

    def wants(self, kind: str, topic: str = "") -> bool:
        return self.state == "open" and any(
            each["type"] == kind and (not topic or each["topic"] == topic)
            for each in self.subscriptions
        )


@dataclass
class Waiting:
    """A sent frame without an answer."""

    push: Push
    done: asyncio.Event
    ack: Optional[Dict[str, Any]] = None


class Stream:
    """The gateway of a running simulator."""

    def __init__(self, events: "Events") -> None:
        self.events = events
        self.faults = StreamFaults()
        self.tickets: Dict[str, Ticket] = {}
        self.connections: Dict[str, Connection] = {}
        self.log: Deque[Connection] = deque(maxlen=REMEMBERED)
        self._waiting: Dict[str, Waiting] = {}
        self._numbers = itertools.count(1)

    @property
    def world(self) -> Any:
        return self.events.world

    def reset(self) -> None:
        self.faults.clear()
        self.tickets.clear()
        self._waiting.clear()
        for connection in list(self.connections.values()):
            self.events.later(self.close(connection, 1001))
        self.log.clear()

    def users(self) -> List[str]:
        """Keys of the apps that have ever used a Stream."""
        found: List[str] = self.world.extra.setdefault(AREA, {}).setdefault("apps", [])
        return found

    # Opening

    def ticket(self, app: Any, subscriptions: Any, ua: str, local_ip: str) -> str:
        """A ticket for one connection, valid for a short time."""
        now = self.world.now()
        for key in [key for key, old in self.tickets.items() if old.expires_at <= now]:
            del self.tickets[key]
        value = str(uuid.uuid4())
        self.tickets[value] = Ticket(
            app.app_key,
            subscriptions,
            now + self.world.setting("stream_ticket_seconds"),
            ua,
            local_ip,
        )
        return value

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """GET /connect?ticket=..."""
        ticket = self.tickets.pop(request.query.get("ticket", ""), None)
        fault = (
            self.faults.take("connect", ticket.app_key) if ticket is not None else None
        )
        kind = fault.kind if fault is not None else ""
        if (
            ticket is None
            or ticket.expires_at <= self.world.now()
            or kind == "ticket_expired"
            or ticket.app_key not in self.world.apps
        ):
            return web.Response(status=401, text="ticket is invalid")
        if kind == "refuse":
            return web.Response(status=fault.status or 503)
        socket = web.WebSocketResponse(
            autoping=False, max_msg_size=LARGEST, timeout=0.5
        )
        if not socket.can_prepare(request):
            return web.Response(status=400, text="a WebSocket handshake is expected")
        await socket.prepare(request)
        connection = Connection(
            ids.random_hex(16),
            ticket.app_key,
            ticket.subscriptions,
            ticket.ua,
            ticket.local_ip,
            request.remote or "",
            self.world.now(),
            state="dead" if kind == "silent" else "open",
            answers_pings=kind != "no_pong",
            socket=socket,
            request=request,
        )
        self.connections[connection.id] = connection
        self.log.append(connection)
        if connection.wants("EVENT") and connection.app_key not in self.users():
            self.users().append(connection.app_key)
            self.world.changed()
        self._tell("stream.open", connection)
        beat = asyncio.ensure_future(self._beat(connection))
        try:
            await self._listen(connection)
        finally:
            beat.cancel()
            self._closed(connection)
        return socket

    def _tell(self, kind: str, connection: Connection) -> None:
        app = self.world.apps.get(connection.app_key)
        self.world.bus.publish(
            kind, corp_id=app.corp_id if app else None, id=connection.id
        )

    def _closed(self, connection: Connection) -> None:
        self.connections.pop(connection.id, None)
        connection.state, connection.closed_at = "closed", self.world.now()
        if not connection.closed_by:
            connection.closed_by = "client"
            connection.close_code = connection.socket.close_code
        connection.socket = connection.request = None
        self._tell("stream.closed", connection)

    async def _listen(self, connection: Connection) -> None:
        socket = connection.socket
        async for message in socket:
            if connection.state == "dead":
                continue
            if message.type == WSMsgType.PING:
                connection.websocket_pings += 1
                if connection.answers_pings:
                    await socket.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                self._answer(connection, message.data)

    async def _beat(self, connection: Connection) -> None:
        """WebSocket pings, and the end of a connection's life."""
        began = asyncio.get_running_loop().time()
        while True:
            pause = self.world.setting("stream_ping_seconds")
            longest = self.world.setting("stream_connection_seconds")
            if longest is not None:
                left = began + longest - asyncio.get_running_loop().time()
                if left <= 0:
                    await self.disconnect(connection, "connection is expired")
                    return
                pause = min(pause, left)
            await asyncio.sleep(pause)
            if longest is None or pause == self.world.setting("stream_ping_seconds"):
                await self.ping(connection)

    # Frames to the client

    async def _send(self, connection: Connection, frame: Any) -> bool:
        """Whether it was sent; a dead connection swallows everything."""
        if connection.state == "dead":
            return True
        text = (
            frame
            if isinstance(frame, str)
            else json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        )
        try:
            await connection.socket.send_str(text)
        except (ConnectionError, RuntimeError, AttributeError):
            return False
        return True

    def _message_id(self) -> str:
        now = int(self.world.now() * 1000)
        return "%s_%d_%x_%x" % (ids.random_hex(8), next(self._numbers), now, 0x70A7)

    def _system(self, topic: str, data: Dict[str, Any], numbered: bool = True) -> Any:
        headers = {"topic": topic, "contentType": "application/json"}
        if numbered:
            headers["messageId"] = self._message_id()
            headers["time"] = str(int(self.world.now() * 1000))
        return {
            "specVersion": "1.0",
            "type": "SYSTEM",
            "headers": headers,
            "data": json.dumps(data, separators=(",", ":")),
        }

    async def ping(self, connection: Connection) -> None:
        frame = self._system("ping", {"opaque": ids.random_hex(12)})
        connection.pings += 1
        await self._send(connection, frame)

    async def disconnect(
        self, connection: Connection, reason: str = "connection is expired"
    ) -> None:
        """Tell the client to disconnect; cut the connection after some seconds."""
        frame = self._system("disconnect", {"reason": reason}, numbered=False)
        await self._send(connection, frame)
        if connection.state == "open":
            connection.state = "leaving"
        self._tell("stream.leaving", connection)
        self.events.later(self._cut_later(connection))

    async def _cut_later(self, connection: Connection) -> None:
        await self.events.wait(DISCONNECT_SECONDS)
        if connection.state != "closed":
            await self.close(connection, 1006)

    async def close(self, connection: Connection, code: int = 1000) -> None:
        """1006: without a closing handshake."""
        if connection.state == "closed":
            return
        connection.closed_by, connection.close_code = "server", code
        connection.state = "leaving"
        transport = connection.request.transport
        if code != 1006:
            await connection.socket.close(code=code)
        if transport is not None:
            transport.abort()

    async def callback(
        self,
        app_key: str,
        topic: str,
        data: Any,
        message_id: str = "",
        copies: int = 1,
    ) -> Optional[Push]:
        """Send a CALLBACK frame to a connection of the app and await the answer.

        According to the protocol callbacks are not repeated, but logs of others show
        that they are if the answer is late, perhaps over another connection: see the
        setting `stream_callback_redelivery`.

        :param message_id: of an earlier frame, to send it again
        :return: None without a subscribed connection
        """
        if self.choose(app_key, "CALLBACK", topic) is None:
            return None
        message_id = message_id or self._message_id()
        app = self.world.apps[app_key]
        event = Event(topic, app.corp_id, {}, int(self.world.now() * 1000))
        push = self.events.new_push(event, app_key, "stream")
        push.payload = data
        self._waiting[message_id] = waiting = Waiting(push, asyncio.Event())
        pauses = [5] + list(self.world.setting("stream_callback_redelivery"))
        for number, pause in enumerate(pauses):
            connection = self.choose(app_key, "CALLBACK", topic)
            if connection is not None:
                await self._call_back(connection, event, message_id, data, copies)
                push.url = connection.id
            copies = 1
            await self._either(waiting.done, pause)
            if waiting.ack is not None:
                if waiting.ack.get("code") != 500 or number + 1 == len(pauses):
                    break
                waiting.done.clear()
        self._waiting.pop(message_id, None)
        push.state = "delivered" if waiting.ack is not None else "failed"
        push.message_id, push.ack = message_id, waiting.ack
        self.events.tell(push)
        return push

    async def _call_back(
        self,
        connection: Connection,
        event: Event,
        message_id: str,
        data: Any,
        copies: int,
    ) -> None:
        frame = {
            "specVersion": "1.0",
            "type": "CALLBACK",
            "headers": {
                "topic": event.event_type,
                "messageId": message_id,
                "contentType": "application/json",
                "time": str(event.born_at),
                "connectionId": connection.id,
            },
            "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        }
        for _copy in range(copies):
            await self._send(connection, frame)
        connection.sent += 1

    # Events

    def deliver(self, event: Event, duplicates: int = 0) -> List[Push]:
        found = []
        for app_key in self.users():
            app = self.world.apps.get(app_key)
            if app is None or event.corp_id != app.corp_id:
                continue
            if event.app_key not in ("", app_key):
                continue
            ticked = self.world.setting("stream_events", app)
            if ticked is not None and event.event_type not in ticked:
                continue
            push = self.events.new_push(event, app_key, "stream")
            push.payload = payloads.stream(event)
            found.append(push)
            self.events.later(self._run(push, duplicates))
        return found

    def choose(self, app_key: str, kind: str = "EVENT", topic: str = "") -> Any:
        """A random connection of the app, None without one."""
        found = [
            each
            for each in self.connections.values()
            if each.app_key == app_key
            and (each.wants(kind, topic) or each.state == "dead")
        ]
        return random.choice(found) if found else None

    async def _run(self, push: Push, duplicates: int) -> None:
        message_id = self._message_id()
        for wait in self.world.setting("stream_redelivery"):
            waiting = Waiting(push, asyncio.Event())
            self._waiting[message_id] = waiting
            await self._try(push, message_id, 1 + duplicates)
            duplicates = 0
            await self._either(waiting.done, wait)
            if push.state == "delivered":
                self._waiting.pop(message_id, None)
                return
            last = push.tries[-1]
            last["problem"] = last["problem"] or "no_answer"
            self.events.tell(push)
        self._waiting.pop(message_id, None)
        push.state = "failed"
        self.events.tell(push)
        if self.world.setting("stream_failures_listed"):
            push.state = "listed"
            self.events.store.add_failed(push.app_key, push.event)

    async def _either(self, done: asyncio.Event, seconds: float) -> None:
        """Wait until it is done, or the time is over."""
        waits = [
            asyncio.ensure_future(done.wait()),
            asyncio.ensure_future(self.events.wait(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _try(self, push: Push, message_id: str, copies: int) -> None:
        entry: Dict[str, Any] = {
            "at": self.world.now(),
            "status": None,
            "problem": "",
            "detail": "",
            "answer": "",
            "opened": None,
            "ms": None,
            "connection_id": "",
        }
        push.tries.append(entry)
        connection = self.choose(push.app_key)
        if connection is None:
            entry["problem"] = "no_connection"
            return
        entry["connection_id"] = push.url = connection.id
        fault = self.faults.take("event", push.app_key)
        kind = fault.kind if fault is not None else ""
        if kind == "close":
            await self.close(connection, int(fault.code or 1000))
            entry["problem"] = "closed"
            return
        if kind == "hang":
            connection.state = "dead"
        if kind == "slow":
            await asyncio.sleep(fault.seconds)
        if kind == "garbage":
            await self._send(connection, "<html>")
        app_id = payloads.unified_app_id(push.app_key)
        frame = payloads.frame(
            push.event, message_id, int(self.world.now() * 1000), app_id
        )
        frame["headers"]["connectionId"] = connection.id
        for _copy in range(0 if kind == "lost" else copies + (kind == "duplicate")):
            if not await self._send(connection, frame):
                entry["problem"] = "closed"
        connection.sent += 1
        connection.last_at = self.world.now()

    # Frames from the client

    def _answer(self, connection: Connection, data: Any) -> None:
        connection.last_ack = data[:2000] if isinstance(data, str) else repr(data)
        try:
            ack = json.loads(data)
            headers = ack.get("headers") or {}
            message_id = headers.get("messageId")
        except (ValueError, AttributeError):
            return
        content = _object(ack.get("data"))
        if "opaque" in content:
            connection.pongs += 1
            return
        waiting = self._waiting.get(message_id) if isinstance(message_id, str) else None
        if waiting is None:
            return
        waiting.ack = ack
        push = waiting.push
        entry = push.tries[-1] if push.tries else None
        if entry is None:
            entry = {"at": self.world.now(), "problem": "", "detail": "", "ms": None}
            push.tries.append(entry)
        entry["status"], entry["answer"] = ack.get("code"), connection.last_ack
        entry["ms"] = round(1000 * (self.world.now() - entry["at"]), 2)
        # The official Python client echoes the event's data with any `status`: only
        # LATER requests another delivery.
        if ack.get("code") == 200 and content.get("status") != "LATER":
            connection.acked += 1
            entry["problem"] = ""
            push.state = "delivered"
            waiting.done.set()
        else:
            connection.later += 1
            entry["problem"] = "later"
            entry["detail"] = str(content.get("message") or ack.get("message") or "")
            if push.event.event_type.startswith("/"):
                waiting.done.set()
        self.events.tell(push)


def _object(data: Any) -> Dict[str, Any]:
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}


__all__ = ["Connection", "Stream", "TOPICS"]
