# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Faults on demand: kind, path, number."""

from __future__ import annotations

import fnmatch
import itertools
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

KINDS: Dict[str, str] = {
    "http_500": "HTTP 500 with an HTML page of a proxy",
    "http_502": "HTTP 502 with an empty body",
    "html": "HTTP 200 with an HTML page",
    "not_json": "HTTP 200 with text that is neither JSON nor HTML",
    "empty": "HTTP 200 with an empty body",
    "hang": "no answer for `seconds`, then a closed connection; not carried out",
    "reset": "the connection is reset; the call is not carried out",
    "expired_token": "the app's tokens become invalid just before the call",
    "throttled": "90018 / QpsLimitForAppkeyAndApi",
    "throttled_platform": "90002 / QpsLimitForApi",
    "banned": '{"status":1111,...}: the address is banned (this call only)',
    "banned_html": "the same as an HTML page",
    "busy": "-1 / systemBusy",
    "quota": "90020 / ApiCountLimitForOrg",
    "permission": "60011 / AccessTokenPermissionDenied",
    "ip": "60020 / IpNotInWhiteList",
    "error": "`code` (and `message`, `status`) as given",
    "timeout_after": "the call is carried out, then no answer for `seconds`",
    "reset_after": "the call is carried out, then the connection is reset",
    "truncated": "the call is carried out, but the body breaks off in the middle",
    "slow": "the answer comes `seconds` later",
    "page_repeated": "a page of people is the one before it once more",
    "page_missing": "a page of people comes empty, as if it had been skipped",
    "endless": "a list begins anew on each page, and another page is said to follow",
}


@dataclass
class Fault:
    id: int
    kind: str
    path: str = "*"  # shell pattern of the path
    method: str = ""  # GET, POST ...; empty: any
    times: Optional[int] = 1  # None: until it is deleted
    skip: int = 0  # matching calls before the first failure
    seconds: float = 30.0
    app_key: str = ""  # only calls with this app's token; empty: all
    code: str = ""
    message: str = ""
    status: int = 0
    every: int = 1  # each so many-th of the remaining calls fails
    happened: int = 0
    passed: int = 0  # calls since the last failure


class Faults:
    def __init__(self) -> None:
        self._faults: List[Fault] = []
        self._ids = itertools.count(1)

    def add(self, kind: str, **values: Any) -> Fault:
        """:raise ValueError: unknown kind or member"""
        if kind not in KINDS:
            raise ValueError(
                "unknown kind %r, one of %s" % (kind, ", ".join(sorted(KINDS)))
            )
        try:
            fault = Fault(next(self._ids), kind, **values)
        except TypeError as error:
            raise ValueError(str(error))
        self._faults.append(fault)
        return fault

    def take(self, path: str, app_key: str = "", method: str = "") -> Optional[Fault]:
        """The fault of this call, if any; counts it down."""
        for fault in self._faults:
            if (
                not fnmatch.fnmatchcase(path, fault.path)
                or fault.app_key not in ("", app_key)
                or fault.method not in ("", method)
            ):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.passed += 1
            if fault.passed < fault.every:
                continue
            fault.passed = 0
            fault.happened += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    def clear(self, fault_id: Optional[int] = None) -> int:
        before = len(self._faults)
        self._faults = [
            fault
            for fault in self._faults
            if fault_id is not None and fault.id != fault_id
        ]
        return before - len(self._faults)

    def listed(self) -> List[Dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]
