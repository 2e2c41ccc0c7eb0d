"""Run a small reverse proxy before Odoo's workers.

With workers, Odoo answers ``/longpolling/`` (chat, notifications) on a port of its own
and logs an error for each browser that asks for it on the other::

    python3 -m tools.proxy PORT HTTP_PORT LONGPOLLING_PORT
"""

import asyncio
import contextlib
import re
import socket
import sys

from . import ports

HEAD_BYTES = 65536
CHUNK_BYTES = 65536
PATIENCE_SECONDS = 30
UNAVAILABLE = (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n"
               b"Connection: close\r\n\r\n")


def rewrite(head):
    """Return the head of a request with one request a connection asked for.

    The end of an answer is then the end of its connection. A websocket keeps its
    connection: from 16.0 on Odoo's bus is one. Odoo shows no address that a proxy
    forwards without ``proxy_mode``, and here all clients have the same one anyway.

    :param bytes head: request line and headers, with the empty line
    """
    lines = [line for line in head.split(b"\r\n") if not re.match(
        rb"(connection|keep-alive|x-forwarded-for):", line, re.IGNORECASE)]
    upgrades = any(
        re.match(rb"upgrade: *websocket", line, re.IGNORECASE) for line in lines)
    lines.insert(1, b"Connection: Upgrade" if upgrades else b"Connection: close")
    return b"\r\n".join(lines)


def body_length(head):
    """Return the length of a request's body, None when only its end tells.

    :param bytes head: request line and headers
    """
    if re.search(rb"\r\ntransfer-encoding:", head, re.IGNORECASE):
        return None
    found = re.search(rb"\r\ncontent-length: *(\d+) *\r\n", head, re.IGNORECASE)
    return int(found.group(1)) if found else 0


def is_longpolling(head):
    """Tell whether a request is for the long polling server."""
    return bool(re.match(rb"[A-Z]+ /(longpolling|websocket)[/? ]", head))


async def _pump(reader, writer):
    with contextlib.suppress(OSError):
        while True:
            data = await reader.read(CHUNK_BYTES)
            if not data:
                return
            writer.write(data)
            await writer.drain()


class Proxy:
    """The handler of connections.

    :param int http_port: of Odoo's workers
    :param int longpolling_port: of Odoo's long polling server
    """

    def __init__(self, http_port, longpolling_port):
        self._http_port = http_port
        self._longpolling_port = longpolling_port

    async def handle(self, reader, writer):
        """Pass one request on and its answer back."""
        try:
            try:
                head = await asyncio.wait_for(
                    reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
                # Odoo's workers drop clients that need two seconds to send.
                if body_length(head):
                    body = await asyncio.wait_for(
                        reader.readexactly(body_length(head)), PATIENCE_SECONDS)
                else:
                    body = b""
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError,
                    asyncio.TimeoutError, OSError):
                return
            await self._pass_on(head, body, reader, writer)
        finally:
            writer.close()

    async def _pass_on(self, head, body, reader, writer):
        port = self._longpolling_port if is_longpolling(head) else self._http_port
        upstream, loop = socket.socket(), asyncio.get_running_loop()
        upstream.setblocking(False)
        try:
            # Sends at once, before another coroutine has its turn, where the connection
            # is made at once; else when it is made.
            upstream.connect_ex((ports.HOST, port))
            await loop.sock_sendall(upstream, rewrite(head) + body)
            up_reader, up_writer = await asyncio.open_connection(sock=upstream)
        except OSError:
            upstream.close()
            writer.write(UNAVAILABLE)
            return
        # The answer ends both, and so does a client that leaves.
        upwards = asyncio.ensure_future(_pump(reader, up_writer))
        downwards = asyncio.ensure_future(_pump(up_reader, writer))
        try:
            await asyncio.wait(
                {upwards, downwards}, return_when=asyncio.FIRST_COMPLETED)
            if not reader.at_eof():
                await downwards
        finally:
            for task in (upwards, downwards):
                task.cancel()
            up_writer.close()


async def serve(port, http_port, longpolling_port):
    """Serve until cancelled."""
    proxy = Proxy(http_port, longpolling_port)
    server = await asyncio.start_server(
        proxy.handle, ports.HOST, port, limit=HEAD_BYTES, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(*(int(text) for text in sys.argv[1:4])))
