# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The other side of WebSockets, scripted by a test."""

import base64
import contextlib
import hashlib
import re
import socket
import threading
import time

from dingtalk import websocket


class Peer(object):
    """The other side of connections, scripted by a test.

    :param play: called in a thread for each connection, as ``play(connection)``; a
        connection stays open until the test ends
    """

    def __init__(self, play=lambda connection: None):
        self.play, self.connections = play, []
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(5)
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection = self.server.accept()[0]
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(
                target=self.guarded, args=(connection,), daemon=True).start()

    def guarded(self, connection):
        with contextlib.suppress(OSError):
            self.play(connection)

    def close(self):
        for each in [self.server] + self.connections:
            each.close()


def accept(connection, *more):
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    key = re.search(b"Sec-WebSocket-Key: (.*)\r\n", head).group(1)
    digest = hashlib.sha1(key + websocket._MAGIC.encode()).digest()
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "
        + base64.b64encode(digest) + b"\r\n\r\n" + b"".join(more))


def trickle(connection):
    """Send something all the time, but nothing complete."""
    while True:
        connection.sendall(b"H")
        time.sleep(0.02)
