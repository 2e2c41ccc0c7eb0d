# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Faults of Streams, on demand.

Opening one is an ordinary call: its faults are those of `/_control/faults`.
"""

from __future__ import annotations

from typing import Any, Dict

from ..faults import Fault, Faults

# kind -> (time, meaning)
KINDS: Dict[str, Any] = {
    "ticket_expired": ("connect", "the ticket is too old when it is used"),
    "refuse": ("connect", "the handshake is refused with `status` (default 503)"),
    "silent": ("connect", "the connection opens, but nothing ever comes over it"),
    "no_pong": ("connect", "WebSocket pings of this connection are not answered"),
    "close": ("event", "the connection closes with `code` instead of the event"),
    "lost": ("event", "the event is sent, but does not arrive"),
    "duplicate": ("event", "the event is sent twice"),
    "hang": ("event", "the connection goes dead without being closed"),
    "slow": ("event", "the event is sent `seconds` later"),
    "garbage": ("event", "a frame that is not JSON comes before the event"),
}


class StreamFaults(Faults):
    """`take("connect")` and `take("event")` return the next fault."""

    def add(self, kind: str, **values: Any) -> Fault:
        if kind not in KINDS:
            raise ValueError(
                "unknown kind %r, one of %s" % (kind, ", ".join(sorted(KINDS)))
            )
        values["path"] = KINDS[kind][0]
        try:
            fault = Fault(next(self._ids), kind, **values)
        except TypeError as error:
            raise ValueError(str(error))
        self._faults.append(fault)
        return fault
