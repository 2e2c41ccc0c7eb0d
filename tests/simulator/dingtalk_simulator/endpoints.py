# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The table of API endpoints, filled by the decorators in modules of `oapi` and `v1`.

    @oapi("POST", "/topapi/v2/department/get", scope="qyapi_get_department_list")
    def department_get(call):
        return {"result": {...}}

    @api("GET", "/v1.0/contact/users/{unionId}", token="any")
    def user(call):
        return {...}

A handler is a plain function: it gets a `Call` and returns the members of the answer,
or raises `OapiError`/`ApiError`. A waiting one is `async`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from .params import Params
from .records import App, UserToken

if TYPE_CHECKING:
    from .organisation import Organisation
    from .world import World


@dataclass
class Call:
    """The call, as a handler sees it."""

    world: "World"
    endpoint: "Endpoint"
    params: Params
    path: str
    ip: str
    app: Optional[App] = None
    org: Optional["Organisation"] = None
    user: Optional[UserToken] = None  # of a signed-in person, if the token is theirs
    variables: Dict[str, str] = field(default_factory=dict)
    fault: Any = None
    base_url: str = ""
    content_type: str = ""  # of the body, without its parameters
    gateway: Any = None  # for an endpoint that forwards to another one

    def setting(self, name: str) -> Any:
        """A setting of the app, else of the world."""
        return self.world.setting(name, self.app)

    def now(self) -> float:
        return self.world.now()


Handler = Callable[[Call], Any]


@dataclass
class Endpoint:
    family: str  # oapi or v1
    methods: Tuple[str, ...]
    path: str
    handler: Handler
    token: str = "app"  # app; any: also a signed-in person's; none
    scope: str = ""  # API permission that the app needs
    exempt: bool = True  # does not count against the monthly quota
    history: bool = False  # pages say: no new applications
    multipart: bool = False
    envelope: bool = (
        True  # the old family's errcode, errmsg, request_id are added to the answer
    )


class Routes:
    """Endpoints by path, in constant time for paths without variables."""

    def __init__(self) -> None:
        self.all: List[Endpoint] = []
        self._exact: Dict[str, List[Endpoint]] = {}
        self._patterns: List[Tuple[Any, Endpoint]] = []

    def add(self, endpoint: Endpoint) -> None:
        self.all.append(endpoint)
        if "{" in endpoint.path:
            parts = re.split(r"\{(\w+)\}", endpoint.path)
            pattern = "".join(
                re.escape(part) if index % 2 == 0 else "(?P<%s>.+)" % part
                for index, part in enumerate(parts)
            )
            self._patterns.append((re.compile(pattern + r"\Z"), endpoint))
        else:
            self._exact.setdefault(endpoint.path, []).append(endpoint)

    def find(
        self, method: str, path: str
    ) -> Tuple[Optional[Endpoint], Dict[str, str], List[str]]:
        """The endpoint and its path variables; without one, the methods of the path."""
        others: List[str] = []
        for endpoint in self._exact.get(path, ()):
            if method in endpoint.methods:
                return endpoint, {}, []
            others.extend(endpoint.methods)
        for pattern, endpoint in self._patterns:
            match = pattern.match(path)
            if match:
                if method in endpoint.methods:
                    return endpoint, match.groupdict(), []
                others.extend(endpoint.methods)
        return None, {}, others


ROUTES = Routes()


def _decorator(
    family: str, method: str, path: str, options: Dict[str, Any]
) -> Callable[[Handler], Handler]:
    def add(handler: Handler) -> Handler:
        ROUTES.add(Endpoint(family, tuple(method.split("|")), path, handler, **options))
        return handler

    return add


def oapi(method: str, path: str, **options: Any) -> Callable[[Handler], Handler]:
    """An endpoint of the old family. `method` may name several: "GET|POST"."""
    return _decorator("oapi", method, path, options)


def api(method: str, path: str, **options: Any) -> Callable[[Handler], Handler]:
    """An endpoint of the new family."""
    return _decorator("v1", method, path, options)
