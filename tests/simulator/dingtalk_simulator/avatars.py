# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Pictures of people: `/avatars/<name>.png`, a square in a colour chosen by the name.

DingTalk's are on another host, which needs no token. Here calls are counted and the
faults `http_500`, `html`, `error` (with `status`) and `slow` work as for the API.
`?bytes=` sets the length of the file, `?side=` the width.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib
from typing import TYPE_CHECKING

from aiohttp import web

from .checks import whole_number
from .records import Call

if TYPE_CHECKING:
    from .server import Simulator

SIDE = 96  # pixels


def square(name: str, side: int = SIDE, length: int = 0) -> bytes:
    """A PNG of one colour, at least `length` bytes long."""
    colour = hashlib.sha256(name.encode("utf-8")).digest()[:3]
    rows = b"".join(b"\0" + colour * side for _row in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data) & 0xFFFFFFFF)
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", b"pad\0" + b"x" * length)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _size(request: web.Request, name: str, default: int, most: int) -> int:
    """A number of the address, limited to what a machine bears."""
    return min(most, max(0, whole_number(request.query.get(name)) or default))


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    async def avatar(request: web.Request) -> web.Response:
        world = simulator.world
        world.count(Call(0, world.now(), request.method, request.path))
        fault = world.faults.take(request.path, "")
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault is not None:
            page = fault.kind in ("html", "not_json")
            return web.Response(
                status=200 if page else fault.status or 500,
                text="<html>not here</html>",
                content_type="text/html",
            )
        if "to" in request.query:
            return web.Response(status=302, headers={"Location": request.query["to"]})
        return web.Response(
            body=square(
                request.match_info["name"],
                _size(request, "side", SIDE, 8000),
                _size(request, "bytes", 0, 64 * 1024 * 1024),
            ),
            content_type="image/png",
        )

    app.router.add_get("/avatars/{name}.png", avatar)
