# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A server of raw sockets, for answers that no web framework sends."""

import contextlib
import socket
import struct
import threading
import time


class Wire(object):
    """Answers connections with a test's steps.

    A step is bytes to send, a number of seconds to keep silent, a function to wait for,
    or RESET.
    """

    RESET = object()

    def __init__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(20)
        self.url = "http://127.0.0.1:%d" % self._socket.getsockname()[1]
        self.requests = []
        self.connections = 0
        self._scripts = []
        self._open = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.daemon = True
        self._thread.start()

    def play(self, *scripts):
        self._scripts.extend(scripts)

    def close(self):
        self._socket.close()
        for connection in self._open:
            connection.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            with contextlib.suppress(OSError):
                self._talk(connection)

    def _talk(self, connection):
        while self._scripts:
            request = self._read(connection)
            if not request:
                return
            self.requests.append(request)
            for step in self._scripts.pop(0):
                if step is self.RESET:
                    connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                    connection.close()
                    return
                if step is None:
                    connection.close()
                    return
                if isinstance(step, (int, float)):
                    time.sleep(step)
                elif callable(step):
                    step()
                else:
                    connection.sendall(step)

    def _read(self, connection):
        content = b""
        while b"\r\n\r\n" not in content:
            part = connection.recv(65536)
            if not part:
                return b""
            content += part
        head, _mark, body = content.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            part = connection.recv(65536)
            if not part:
                break
            body += part
        return head + b"\r\n\r\n" + body


def http(body, status=200, reason="OK", kind="application/json", headers=()):
    lines = ["HTTP/1.1 %d %s" % (status, reason), "Content-Type: " + kind]
    lines += ["Content-Length: %d" % len(body)] + list(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body
