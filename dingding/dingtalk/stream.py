# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Stream mode: a connection that we open and on which DingTalk sends events.

https://github.com/open-dingtalk/developerpedia/blob/main/docs/learn/stream/protocol.md

One thread can serve any number of connections: it waits with ``select`` for
:meth:`Stream.fileno` and calls :meth:`Stream.receive`, and now and then
:meth:`Stream.beat`. Only what the protocol needs of WebSockets (RFC 6455) is here.
"""
import base64
import hashlib
import json
import os
import random
import socket
import ssl
import struct
import time
from urllib.parse import quote_plus, unquote, urlsplit

from .transport import environment_proxy

SUCCESS, LATER = "SUCCESS", "LATER"
CONNECT_SECONDS = 10
PING_SECONDS = 30  # of silence, then a sign of life is asked for
DEAD_SECONDS = 90  # of silence, then the connection is given up
FIRST_DELAY, LONGEST_DELAY = 1, 60  # seconds between two attempts
STEADY_SECONDS = 30  # a connection that lived so long begins the delays anew
LARGEST = 4 * 1024 * 1024  # bytes of a message
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class StreamError(Exception):
    """A connection cannot be opened, or has ended."""


class WebSocket(object):
    """The client's side of a WebSocket, as far as Stream mode uses it.

    Goes through the proxy that the environment names (``HTTPS_PROXY``, ``HTTP_PROXY``,
    ``NO_PROXY``), as the calls of the API do.

    :param str url: ``ws://`` or ``wss://``; the certificate is checked
    :raise StreamError: it cannot be opened
    """

    def __init__(self, url, timeout=CONNECT_SECONDS):
        self._buffer = b""
        self._parts = []
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise StreamError("not the address of a WebSocket")
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        self._socket = None
        try:
            self._connect(parts, port, timeout)
            if parts.scheme == "wss":
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(
                    self._socket, server_hostname=parts.hostname
                )
            self._shake_hands(parts, port)
        except (OSError, ValueError) as error:
            self.abort()
            raise StreamError(str(error) or type(error).__name__)
        except StreamError:
            self.abort()
            raise

    def _connect(self, parts, port, timeout):
        """Open the connection, by way of a proxy where there is one."""
        scheme = "https" if parts.scheme == "wss" else "http"
        proxy = environment_proxy(scheme, parts.hostname, port)
        if not proxy:
            self._socket = socket.create_connection((parts.hostname, port), timeout)
            return
        proxy = urlsplit(proxy if "://" in proxy else "http://" + proxy)
        if proxy.scheme != "http" or not proxy.hostname:
            raise StreamError("a proxy of the kind %r cannot be used" % proxy.scheme)
        self._socket = socket.create_connection(
            (proxy.hostname, proxy.port or 80), timeout
        )
        target = "%s:%d" % (parts.hostname, port)
        request = ["CONNECT %s HTTP/1.1" % target, "Host: %s" % target]
        if proxy.username:
            login = "%s:%s" % (unquote(proxy.username), unquote(proxy.password or ""))
            request.append("Proxy-Authorization: Basic %s" % base64.b64encode(
                login.encode("utf-8")).decode("ascii"))
        self._socket.sendall("\r\n".join(request + ["", ""]).encode("ascii"))
        lines = self._head()
        if lines[0].split(" ")[1:2] != ["200"]:
            raise StreamError("the proxy refused: %s" % lines[0][:100])

    def _head(self):
        """Return the lines of an answer's head."""
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > 65536:
                raise StreamError("the answer to the handshake is too long")
            self._receive()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    def _shake_hands(self, parts, port):
        key = base64.b64encode(os.urandom(16)).decode("ascii")
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        request = [
            "GET %s HTTP/1.1" % target, "Host: %s:%d" % (parts.hostname, port),
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: %s" % key,
            "Sec-WebSocket-Version: 13", "", "",
        ]
        self._socket.sendall("\r\n".join(request).encode("ascii"))
        lines = self._head()
        if lines[0].split(" ")[1:2] != ["101"]:
            raise StreamError("the handshake was refused: %s" % lines[0][:100])
        headers = {
            line.split(":", 1)[0].strip().lower(): line.split(":", 1)[1].strip()
            for line in lines[1:] if ":" in line
        }
        digest = hashlib.sha1((key + _MAGIC).encode("ascii")).digest()
        expected = base64.b64encode(digest).decode("ascii")
        if headers.get("sec-websocket-accept") != expected:
            raise StreamError("the answer to the handshake is wrong")

    def fileno(self):
        return self._socket.fileno()

    def _receive(self):
        try:
            chunk = self._socket.recv(65536)
        except (ssl.SSLWantReadError, socket.timeout):
            return
        if not chunk:
            raise StreamError("the connection was closed")
        self._buffer += chunk
        if len(self._buffer) > LARGEST + 65536:
            raise StreamError("a message is too large")

    def receive(self):
        """Return the messages that have arrived: (kind, bytes), never part of one.

        Call it when there is something to read.

        :raise StreamError: the connection has ended
        """
        try:
            self._receive()
            while getattr(self._socket, "pending", int)():
                self._receive()
        except OSError as error:
            raise StreamError(str(error) or type(error).__name__)
        found = []
        while True:
            frame = self._frame()
            if frame is None:
                return found
            final, kind, data = frame
            if kind in (PING, PONG, CLOSE):
                found.append((kind, data))
                continue
            if kind:
                self._parts = [(kind, data)]
            elif self._parts:
                self._parts.append((0, data))
            if sum(len(part) for _kind, part in self._parts) > LARGEST:
                raise StreamError("a message is too large")
            if final and self._parts:
                whole = b"".join(part for _kind, part in self._parts)
                found.append((self._parts[0][0], whole))
                self._parts = []

    def _frame(self):
        data = self._buffer
        if len(data) < 2:
            return None
        first, second = bytearray(data[:2])
        length, start = second & 127, 2
        if length == 126:
            if len(data) < 4:
                return None
            length, start = struct.unpack(">H", data[2:4])[0], 4
        elif length == 127:
            if len(data) < 10:
                return None
            length, start = struct.unpack(">Q", data[2:10])[0], 10
        if second & 128:
            raise StreamError("a server does not mask its frames")
        if length > LARGEST:
            raise StreamError("a message is too large")
        if len(data) < start + length:
            return None
        self._buffer = data[start + length:]
        return bool(first & 128), first & 15, data[start:start + length]

    def send(self, kind, data=b""):
        """Send one message.

        :raise StreamError: the connection has ended
        """
        length = len(data)
        if length < 126:
            head = struct.pack(">BB", 128 | kind, 128 | length)
        elif length < 65536:
            head = struct.pack(">BBH", 128 | kind, 128 | 126, length)
        else:
            head = struct.pack(">BBQ", 128 | kind, 128 | 127, length)
        mask = bytearray(os.urandom(4))
        content = bytearray(data)
        for place in range(length):
            content[place] ^= mask[place % 4]
        try:
            self._socket.sendall(head + bytes(mask) + bytes(content))
        except OSError as error:
            raise StreamError(str(error) or type(error).__name__)

    def abort(self):
        """Close without a word."""
        if self._socket is not None:
            self._socket.close()

    def close(self):
        """Say good-bye and close."""
        try:
            self.send(CLOSE, struct.pack(">H", 1000))
        except StreamError:
            # Then it is closed already.
            self._buffer = b""
        self.abort()


class Stream(object):
    """The events of one application, over one connection after the other.

    :param open_connection: returns (endpoint, ticket), see ``callbacks.open_stream``;
        a ticket serves one connection and ninety seconds
    :param on_event: called as ``on_event(headers, data)``; what it returns is told
        DingTalk after it: SUCCESS, or LATER to get the event again. What it raises
        means LATER
    :param clock: seconds that only grow
    :param on_error: called with what went wrong
    """

    def __init__(self, open_connection, on_event, clock=time.monotonic,
                 on_error=lambda error: None, chance=random.uniform):
        self._open = open_connection
        self._on_event = on_event
        self._on_error = on_error
        self._clock = clock
        self._chance = chance
        self._socket = None
        self._failures = 0
        self._heard = self._asked = self._opened = 0.0
        self.next_try = 0.0
        self.events = 0

    @property
    def is_open(self):
        return self._socket is not None

    def fileno(self):
        return self._socket.fileno()

    def beat(self):
        """Connect when it is time to, and notice a connection that is dead."""
        now = self._clock()
        if self._socket is None:
            if now >= self.next_try:
                self._connect()
        elif now - self._heard > DEAD_SECONDS:
            self._lost(StreamError("nothing was heard any more"))
        elif now - self._heard > PING_SECONDS and now - self._asked > PING_SECONDS:
            self._asked = now
            self._send(PING)

    def _connect(self):
        try:
            endpoint, ticket = self._open()
            mark = "&" if "?" in endpoint else "?"
            self._socket = WebSocket(
                "%s%sticket=%s" % (endpoint, mark, quote_plus(ticket))
            )
        except Exception as error:
            # DingTalk's refusals too: keys may be put right meanwhile.
            self._lost(error)
            return
        self._heard = self._opened = self._clock()

    def _lost(self, error):
        if self._socket is not None:
            self._socket.abort()
            self._socket = None
            if self._clock() - self._opened > STEADY_SECONDS:
                self._failures = 0
        delay = min(FIRST_DELAY * 2 ** min(self._failures, 10), LONGEST_DELAY)
        self._failures += 1
        # All runners lose their connections at once when DingTalk restarts.
        self.next_try = self._clock() + delay * self._chance(0.5, 1.5)
        self._on_error(error)

    def receive(self):
        """Work off what has arrived. Call it when ``fileno`` can be read."""
        try:
            messages = self._socket.receive()
        except StreamError as error:
            self._lost(error)
            return
        self._heard = self._clock()
        for kind, content in messages:
            if self._socket is None:
                return
            if kind == PING:
                self._send(PONG, content)
            elif kind == CLOSE:
                self._lost(StreamError("DingTalk has closed the connection"))
            elif kind in (TEXT, BINARY):
                self._take(content)

    def _send(self, kind, data=b""):
        try:
            self._socket.send(kind, data)
        except StreamError as error:
            self._lost(error)

    def _take(self, content):
        try:
            frame = json.loads(content.decode("utf-8"))
            headers = frame["headers"]
            kind, topic = frame.get("type"), headers.get("topic")
            data = frame.get("data") or "{}"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._on_error(StreamError("a frame could not be read"))
            return
        if kind == "SYSTEM":
            if topic == "ping":
                self._answer(headers, 200, data)
            elif topic == "disconnect":
                self._leave()
        elif kind == "EVENT":
            self._answer(headers, 200, self._event(headers, data))
        else:
            self._answer(headers, 404, {"response": None})

    def _event(self, headers, data):
        status, message = LATER, "it could not be stored"
        try:
            content = json.loads(data) if isinstance(data, str) else data
            status = self._on_event(headers, content)
            message = "OK"
            self.events += 1
        except Exception as error:
            self._on_error(error)
        return {"status": status, "message": message}

    def _answer(self, headers, code, data):
        if not isinstance(data, str):
            data = json.dumps(data)
        answer = {
            "code": code, "message": "OK" if code == 200 else "not for us",
            "data": data,
            "headers": {
                "messageId": headers.get("messageId"), "contentType": "application/json"
            },
        }
        self._send(TEXT, json.dumps(answer).encode("utf-8"))

    def _leave(self):
        """Change to a new connection, as DingTalk asks for from time to time."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._failures = 0
            self.next_try = self._clock()

    def close(self):
        """End the connection for good."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
