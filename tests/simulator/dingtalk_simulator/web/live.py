# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Tells an open page that what it shows is stale (server-sent events).

A page gets kinds, not data: it asks for itself again and exchanges what changed. Many
changes in a short time become one note, so that 10 000 messages do not flood a browser.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, Set

from aiohttp import web

from .view import world_of

PAUSE = 0.15  # seconds over which changes are gathered
HEARTBEAT = 15.0  # seconds, so that a closed page is noticed
STREAMS: "web.AppKey[Set[asyncio.Task]]" = web.AppKey("web_streams", set)


def setup(app: web.Application) -> None:
    app[STREAMS] = set()
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    """Open streams would hold the server back when it stops."""
    for task in list(app[STREAMS]):
        task.cancel()


def concerns(event: Dict[str, Any], kinds: Any, corp_id: str, userid: str) -> bool:
    """Whether a page about these kinds, organisation and person should look again."""
    if kinds and not any(event["kind"].startswith(kind) for kind in kinds):
        return False
    if corp_id and event.get("corp_id") not in (None, corp_id):
        return False
    if userid and "userid" in event and event["userid"] != userid:
        return False
    return True


async def events(request: web.Request) -> web.StreamResponse:
    """The stream. Query: kinds (comma list of beginnings), corp, userid."""
    world = world_of(request)
    kinds = tuple(kind for kind in request.query.get("kinds", "").split(",") if kind)
    corp_id, userid = request.query.get("corp", ""), request.query.get("userid", "")
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    queue = world.bus.subscribe()
    task = asyncio.current_task()
    request.app[STREAMS].add(task)
    try:
        await response.prepare(request)
        await response.write(b"retry: 1000\nevent: ready\ndata: {}\n\n")
        while True:
            found: Set[str] = set()
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT)
            except asyncio.TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if concerns(event, kinds, corp_id, userid):
                found.add(event["kind"])
                await asyncio.sleep(PAUSE)
            while not queue.empty():
                event = queue.get_nowait()
                if concerns(event, kinds, corp_id, userid):
                    found.add(event["kind"])
            if found:
                data = json.dumps({"kinds": sorted(found)})
                await response.write(
                    ("event: stale\ndata: %s\n\n" % data).encode("utf-8")
                )
    except (ConnectionResetError, asyncio.CancelledError):
        pass  # the page was closed, or the server stops
    finally:
        world.bus.unsubscribe(queue)
        request.app[STREAMS].discard(task)
    return response
