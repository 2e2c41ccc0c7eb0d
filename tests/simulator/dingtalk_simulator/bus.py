# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Informs open pages of changes."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, List, Set


class Bus:
    """Publish and subscribe inside one event loop.

    A subscriber gets dictionaries `{"kind": "message.new", ...}`. A slow page loses the
    oldest entries, since it reloads anyway.
    """

    QUEUE_SIZE = 1000

    def __init__(self) -> None:
        self._queues: Set[asyncio.Queue] = set()
        self._listeners: List[Callable[[Dict[str, Any]], None]] = []

    def listen(self, function: Callable[[Dict[str, Any]], None]) -> None:
        """Call `function(event)` for each event, immediately and in order.

        For other parts of the server.
        """
        self._listeners.append(function)

    def subscribe(self) -> asyncio.Queue:
        queue: asyncio.Queue = asyncio.Queue(self.QUEUE_SIZE)
        self._queues.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue) -> None:
        self._queues.discard(queue)

    def publish(self, kind: str, **data: Any) -> None:
        event = dict(data, kind=kind)
        for listener in self._listeners:
            listener(event)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)
