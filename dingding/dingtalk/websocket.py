# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Speak WebSockets (RFC 6455), only as far as Stream mode needs them."""
import base64
import hashlib
import os
import selectors
import socket
import ssl
import struct
import time
from urllib.parse import unquote, urlsplit

from .transport import environment_proxy

CONNECT_SECONDS = 10  # for connection, proxy, TLS and handshake together
LARGEST = 4 * 1024 * 1024  # bytes per message
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_AGAIN = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class StreamError(Exception):
    """A connection could not be opened, or has ended."""


def _ready(sock, event, seconds):
    """Wait until a socket is readable or writable; return whether it is."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, event)
        return bool(selector.select(seconds))


class WebSocket(object):
    """A WebSocket client, limited to what Stream mode needs.

    Uses the environment's proxy (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``).
    Opening blocks, at most for ``timeout`` after the host's name was resolved; nothing
    else does.

    :param str url: ``ws://`` or ``wss://``; the certificate is verified
    :param float timeout: total seconds for opening
    :raise StreamError: it cannot be opened
    """

    def __init__(self, url, timeout=CONNECT_SECONDS):
        self._buffer = self._out = b""
        self._parts = []
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise StreamError("not the address of a WebSocket")
        self._socket = None
        self._timeout, self._deadline = timeout, None
        try:
            port = parts.port or (443 if parts.scheme == "wss" else 80)
            self._connect(parts, port)
            if parts.scheme == "wss":
                self._start_tls(parts.hostname)
            self._shake_hands(parts, port)
        except (OSError, ValueError) as error:
            self.abort()
            raise StreamError(str(error) or type(error).__name__)
        except StreamError:
            self.abort()
            raise

    # -- opening: each step blocks until the shared deadline ---------------------------

    def _left(self):
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise StreamError("no answer within %g seconds" % self._timeout)
        return left

    def _until(self, event, function, *args):
        """Repeat a socket function until it no longer needs to wait."""
        while True:
            left = self._left()
            try:
                return function(*args)
            except ssl.SSLWantWriteError:
                _ready(self._socket, selectors.EVENT_WRITE, left)
            except ssl.SSLWantReadError:
                _ready(self._socket, selectors.EVENT_READ, left)
            except BlockingIOError:
                _ready(self._socket, event, left)

    def _dial(self, host, port):
        """Connect to the first address of a host that answers."""
        addresses = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        self._deadline = time.monotonic() + self._timeout
        error = StreamError("the host has no address")
        for number, address in enumerate(addresses):
            self.abort()
            self._socket = socket.socket(*address[:3])
            self._socket.setblocking(False)
            # Reserve time for the remaining addresses.
            share = self._left() / (len(addresses) - number)
            try:
                self._socket.connect(address[4])
            except BlockingIOError:
                if not _ready(self._socket, selectors.EVENT_WRITE, share):
                    error = StreamError("no answer within %g seconds" % self._timeout)
                    continue
            except OSError as failure:
                error = failure
                continue
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                return
            error = OSError(code, os.strerror(code))
        raise error

    def _connect(self, parts, port):
        scheme = "https" if parts.scheme == "wss" else "http"
        proxy = environment_proxy(scheme, parts.hostname, port)
        if not proxy:
            self._dial(parts.hostname, port)
            return
        proxy = urlsplit(proxy if "://" in proxy else "http://" + proxy)
        if proxy.scheme != "http" or not proxy.hostname:
            raise StreamError("a proxy of the kind %r cannot be used" % proxy.scheme)
        self._dial(proxy.hostname, proxy.port or 80)
        target = "%s:%d" % (parts.hostname, port)
        request = ["CONNECT %s HTTP/1.1" % target, "Host: %s" % target]
        if proxy.username:
            login = "%s:%s" % (unquote(proxy.username), unquote(proxy.password or ""))
            request.append("Proxy-Authorization: Basic %s" % base64.b64encode(
                login.encode("utf-8")).decode("ascii"))
        lines = self._ask(request)
        if lines[0].split(" ")[1:2] != ["200"]:
            raise StreamError("the proxy refused: %s" % lines[0][:100])
        if self._buffer:
            raise StreamError("the proxy answered more than it was asked")

    def _start_tls(self, host):
        self._socket = ssl.create_default_context().wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False
        )
        self._until(selectors.EVENT_READ, self._socket.do_handshake)

    def _ask(self, request):
        self._out = "\r\n".join(request + ["", ""]).encode("ascii")
        while self._out:
            sent = self._until(selectors.EVENT_WRITE, self._socket.send, self._out)
            self._out = self._out[sent:]
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > 65536:
                raise StreamError("the answer to the handshake is too long")
            self._keep(self._until(selectors.EVENT_READ, self._socket.recv, 65536))
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    def _shake_hands(self, parts, port):
        key = base64.b64encode(os.urandom(16)).decode("ascii")
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        lines = self._ask([
            "GET %s HTTP/1.1" % target, "Host: %s:%d" % (parts.hostname, port),
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: %s" % key,
            "Sec-WebSocket-Version: 13",
        ])
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

    # -- open: nothing blocks ----------------------------------------------------------

    def fileno(self):
        return self._socket.fileno()

    def _keep(self, chunk):
        if not chunk:
            raise StreamError("the connection was closed")
        self._buffer += chunk
        if len(self._buffer) > LARGEST + 65536:
            raise StreamError("a message is too large")

    def receive(self):
        """Read what has arrived and return the complete messages: (kind, bytes).

        :raise StreamError: the connection has ended
        """
        try:
            self._keep(self._socket.recv(65536))
            while getattr(self._socket, "pending", int)():
                self._keep(self._socket.recv(65536))
        except _AGAIN:
            # An incomplete TLS record; the rest makes the socket readable again.
            return self.messages()
        except OSError as error:
            raise StreamError(str(error) or type(error).__name__)
        return self.messages()

    def messages(self):
        """Return the complete messages read so far, also during the handshake."""
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
        self._out += head + bytes(mask) + bytes(content)
        self.flush()

    @property
    def unsent(self):
        """Return the number of bytes waiting to be sent."""
        return len(self._out)

    def flush(self):
        """Send as many pending bytes as the peer accepts now.

        :raise StreamError: the connection has ended
        """
        try:
            while self._out:
                self._out = self._out[self._socket.send(self._out):]
        except _AGAIN:
            return
        except OSError as error:
            raise StreamError(str(error) or type(error).__name__)

    def abort(self):
        """Close without a close frame."""
        if self._socket is not None:
            self._socket.close()

    def close(self):
        """Send a close frame if that does not block, and close."""
        try:
            self.send(CLOSE, struct.pack(">H", 1000))
        except StreamError:
            self._buffer = b""
        self.abort()
