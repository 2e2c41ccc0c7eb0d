# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The entrance of every API call.

Order: count, faults, ban of the address, token, address white list, API permission,
rate limit, monthly quota; then the endpoint. DingTalk documents no order; this one is
the best guess.
"""

from __future__ import annotations

import asyncio
import fnmatch
import inspect
import ipaddress
import json
import logging
import socket
import struct
import time
from collections import deque
from email.utils import formatdate
from typing import Any, Deque, Dict, List, Optional, Tuple

from aiohttp import web

from . import ids, parameters
from .checks import whole_number
from .endpoints import ROUTES, Endpoint
from .endpoints import Call as ApiCall
from .errors import ApiError, CallError, OapiError, finish_oapi, refuse
from .faults import Fault
from .messages import beijing_day
from .params import BadBody, Params, parse_body
from .records import App, Call
from .world import World

log = logging.getLogger(__name__)

HTML_500 = (
    "<html><head><title>500 Internal Server Error</title></head>"
    "<body><h1>500</h1><hr>tengine</body></html>"
)
HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Login</title></head>"
    "<body>Please sign in to the network.</body></html>"
)
HTML_BAN = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>405</title></head><body>'
    "<div>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</div></body></html>"
)
FREE_QUOTA = 5000  # calls a month of the standard edition
# Complaints of each family about missing or malformed members.
PROBLEMS = {
    "oapi": lambda name: OapiError(40035, "不合法的参数：%s" % name),
    "v1": lambda name: ApiError("invalidParameter.%s" % name, "参数 %s 不合法" % name),
}
USERID_MEMBERS = ("userid", "userid_list", "userIds", "userId", "user_id", "useridlist")
# Where a page begins.
PLACES = ("offset", "cursor", "nextToken")
DEPT_MEMBERS = ("dept_id", "dept_id_list", "department_id", "id", "deptId")


class Answer:
    """An answer: JSON, or a raw page."""

    def __init__(
        self,
        status: int,
        payload: Any = None,
        raw: Optional[str] = None,
        content_type: str = "",
        code: str = "",
    ) -> None:
        self.status = status
        self.payload = payload
        self.raw = raw
        self.content_type = content_type or "application/json"
        self.code = code

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw.encode("utf-8")
        return json.dumps(
            self.payload, ensure_ascii=False, separators=(",", ":")
        ).encode("utf-8", "replace")


class Gateway:
    def __init__(self, world: World) -> None:
        self.world = world
        self.events: Any = None  # callbacks.hub.Events of the running simulator
        self.storage: Any = None  # storage.Storage, where there is a state file
        self._recent: Dict[Tuple[str, str], Deque[float]] = {}
        self._by_address: Dict[str, Deque[float]] = {}
        self._banned_until: Dict[str, float] = {}
        self._call_id = 0

    def reset(self, world: World) -> None:
        """Serve another world, without throttled or banned addresses."""
        self.world = world
        self._recent.clear()
        self._by_address.clear()
        self._banned_until.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        started = time.monotonic()
        world = self.world
        self._call_id += 1
        path = clean(request.path)
        record = Call(
            self._call_id,
            world.now(),
            request.method,
            path,
            offset=world.setting("clock_offset"),
        )
        world.count(record)
        try:
            response = await self._handle(request, record)
            record.status = response.status
            return response
        finally:
            record.ms = round(1000 * (time.monotonic() - started), 2)
            world.bus.publish(
                "call",
                id=record.id,
                path=record.path,
                method=record.method,
                status=record.status,
                code=record.code,
            )

    async def _handle(self, request: web.Request, record: Call) -> web.StreamResponse:
        world, path = self.world, clean(request.path)
        endpoint, variables, other_methods = ROUTES.find(request.method, path)
        family = endpoint.family if endpoint else family_of(path)
        ip = world.setting("request_ip") or request.remote or "127.0.0.1"
        body, files, broken = await self._read(request, endpoint)
        query = {clean(name): clean(text) for name, text in request.query.items()}
        record.userids = _named(USERID_MEMBERS, query, body)
        record.dept_ids = _named(DEPT_MEMBERS, query, body)
        token_value = self._token_value(request, family, body)
        token_app = self._peek(token_value)
        fault = world.faults.take(
            path, token_app.app_key if token_app else "", request.method
        )
        if fault is not None:
            record.fault = fault.kind
        if token_app is not None:
            record.app_key, record.corp_id = token_app.app_key, token_app.corp_id

        early = await self._fault_before(request, fault, family, path, token_app, ip)
        early = early or self._ban(ip)
        if early is not None:
            return await self._send(request, early, family, record)
        call = ApiCall(world, endpoint, None, path, ip, gateway=self)
        call.variables, call.fault = variables, fault
        call.base_url = "%s://%s" % (request.scheme, request.host)
        call.content_type = kind_of(request.headers.get("Content-Type", ""))
        call.params = Params(
            query,
            body if isinstance(body, dict) else {"": body},
            PROBLEMS[family],
            files,
            strict=family == "v1",
        )
        try:
            if endpoint is None:
                raise _unknown_path(path, family, other_methods)
            self.admit(call, token_value)
            if broken is not None:
                raise broken
            parameters.check(call)
            endless = fault is not None and fault.kind == "endless"
            asked = _rewound(call.params) if endless else 0
            found = endpoint.handler(call)
            if inspect.isawaitable(found):
                found = await found
            if endless:
                _continued(found, asked)
            answer = Answer(200, found, code="0")
            if isinstance(found, dict):
                record.task_id = str(found.get("task_id") or "")
        except CallError as error:
            answer = _error_answer(error)
        except Exception:
            log.exception("error in the simulator itself: %s %s", request.method, path)
            error = ApiError("unknownError") if family == "v1" else OapiError(-1)
            answer = _error_answer(error)
        if call.app is not None:
            record.app_key, record.corp_id = call.app.app_key, call.app.corp_id
        if family == "oapi" and (endpoint is None or endpoint.envelope):
            answer.payload = finish_oapi(path, answer.payload)
        if self.storage is not None:
            # Before faults that lose the answer of completed work.
            await self.storage.flush()
        return await self._send(request, answer, family, record, fault)

    # Reading

    async def _read(
        self, request: web.Request, endpoint: Optional[Endpoint]
    ) -> Tuple[Any, Dict[str, Any], Optional[CallError]]:
        """(body, files, complaint about the body)"""
        content_type = request.headers.get("Content-Type", "")
        if content_type.lower().startswith("multipart/"):
            body: Dict[str, Any] = {}
            files: Dict[str, Any] = {}
            try:
                reader = await request.multipart()
                while True:
                    part = await reader.next()
                    if part is None:
                        break
                    content = bytes(await part.read(decode=False))
                    if part.filename is not None:
                        files[clean(part.name or "")] = (
                            clean(part.filename),
                            clean(part.headers.get("Content-Type", "")),
                            content,
                        )
                    else:
                        name = clean(part.name or "")
                        body[name] = content.decode("utf-8", "replace")
            except (ValueError, AssertionError, RuntimeError):
                return {}, {}, OapiError(43008)
            return body, files, None
        raw = await request.read()
        if endpoint is not None and endpoint.multipart:
            return {}, {}, OapiError(43008)
        family = endpoint.family if endpoint else family_of(request.path)
        if (
            family == "v1"
            and raw.strip()
            and kind_of(content_type) == "application/x-www-form-urlencoded"
        ):
            return {}, {}, ApiError("Missingbody")
        try:
            return parse_body(raw, content_type), {}, None
        except BadBody:
            return (
                {},
                {},
                ApiError("Missingbody") if family == "v1" else OapiError(43009),
            )

    def _token_value(self, request: web.Request, family: str, body: Any) -> str:
        if family == "v1":
            return request.headers.get("x-acs-dingtalk-access-token", "")
        value = request.query.get("access_token", "")
        if not value and isinstance(body, dict):
            value = body.get("access_token") or ""
        return value if isinstance(value, str) else ""

    def _peek(self, token_value: str) -> Optional[App]:
        token = self.world.tokens.get(token_value)
        return self.world.apps.get(token.app_key) if token is not None else None

    # Checks

    def admit(self, call: ApiCall, token_value: str) -> None:
        """Token, address, permission, rate, quota.

        Fills `call.app`, `call.org`, `call.user`; raises CallError.
        """
        endpoint, world = call.endpoint, self.world
        if endpoint.token == "none":
            return
        style = {
            "ip": world.setting("ip_error_style"),
            "permission": world.setting("permission_error_style"),
        }

        def refusal(kind: str) -> CallError:
            return refuse(
                kind,
                endpoint.family,
                endpoint.path,
                style.get(kind, "wrapped"),
                scopes=(endpoint.scope,) if endpoint.scope else (),
                app_key=call.app.app_key if call.app else "",
                ip=call.ip,
                now=world.now(),
                used=self._quota(call.org),
            )

        if not token_value:
            raise refusal("missing_token")
        if endpoint.token == "any":
            self._admit_user(call, token_value)
        if call.user is None:
            call.app = world.check_token(token_value)
            if call.app is None:
                raise refusal("bad_token")
        call.org = world.corps[call.app.corp_id]
        if call.user is None and not address_allowed(
            call.ip, call.setting("ip_whitelist")
        ):
            raise refusal("ip")
        if endpoint.scope and endpoint.scope not in call.setting("scopes"):
            raise refusal("permission")
        if endpoint.history and call.setting("new_app"):
            raise refuse(
                "permission",
                endpoint.family,
                endpoint.path,
                "bare",
                app_key=call.app.app_key,
                message="没有调用该接口的权限，该接口不再支持新的应用申请，请使用新版接口",
            )
        if not self._within_rate(call.app, endpoint.path, call.setting("rate_limit")):
            raise refusal("throttled")
        if not endpoint.exempt:
            self._use_quota(call, refusal)

    def _admit_user(self, call: ApiCall, token_value: str) -> None:
        user = self.world.user_tokens.get(token_value)
        if user is None:
            return
        if user.expires_at <= self.world.now():
            raise ApiError(self.world.setting("expired_user_token_code"))
        call.user = user
        call.app = self.world.apps[user.app_key]

    def _within_rate(self, app: App, path: str, limit: Optional[int]) -> bool:
        if limit is None:
            return True
        now = time.monotonic()
        recent = self._recent.setdefault((app.app_key, path), deque())
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= limit:
            return False
        recent.append(now)
        return True

    def _use_quota(self, call: ApiCall, refusal: Any) -> None:
        corp = call.org.corp
        month = beijing_day(self.world.now())[:7]
        if corp.quota_month != month:
            corp.quota_month, corp.quota_used = month, 0
        limit = self.world.setting("monthly_quota")
        if limit is not None and corp.quota_used >= limit:
            raise refusal("quota")
        corp.quota_used += 1
        self.world.changed()

    def _quota(self, org: Any) -> Tuple[int, int]:
        """(calls of this month, limit), as in error 90020."""
        limit = self.world.setting("monthly_quota")
        limit = FREE_QUOTA if limit is None else limit
        used = 0 if org is None else org.corp.quota_used
        return max(used, limit) + 1, limit

    def _ban(self, ip: str) -> Optional[Answer]:
        rule = self.world.setting("ban")
        if not rule:
            return None
        now = time.monotonic()
        if self._banned_until.get(ip, 0) > now:
            return banned(rule.get("answer"))
        recent = self._by_address.setdefault(ip, deque())
        while recent and recent[0] <= now - rule["seconds"]:
            recent.popleft()
        recent.append(now)
        if len(recent) > rule["calls"]:
            self._banned_until[ip] = now + rule["for"]
            recent.clear()
            return banned(rule.get("answer"))
        return None

    # Faults

    async def _fault_before(
        self,
        request: web.Request,
        fault: Optional[Fault],
        family: str,
        path: str,
        app: Optional[App],
        ip: str,
    ) -> Optional[Answer]:
        if fault is None:
            return None
        kind = fault.kind
        if kind == "http_500":
            return Answer(500, raw=HTML_500, content_type="text/html", code=kind)
        if kind == "http_502":
            return Answer(502, raw="", content_type="text/plain", code=kind)
        if kind == "html":
            return Answer(200, raw=HTML_PAGE, content_type="text/html", code=kind)
        if kind == "not_json":
            return Answer(
                200,
                raw="upstream connect error or disconnect",
                content_type="text/plain",
                code=kind,
            )
        if kind == "empty":
            return Answer(200, raw="", code=kind)
        if kind == "banned":
            return banned("json")
        if kind == "banned_html":
            return banned("html")
        if kind == "hang":
            await asyncio.sleep(fault.seconds)
            cut(request, reset=False)
            raise asyncio.CancelledError
        if kind == "reset":
            cut(request)
            raise asyncio.CancelledError
        if kind == "expired_token":
            if app is not None:
                self.world.expire_tokens(app.app_key, ("app",))
            return None
        if kind in (
            "throttled",
            "throttled_platform",
            "busy",
            "quota",
            "permission",
            "ip",
        ):
            endpoint = ROUTES.find(request.method, path)[0]
            scope = endpoint.scope if endpoint else ""
            style = self.world.settings.get(kind + "_error_style", "wrapped")
            error = refuse(
                kind,
                family,
                path,
                style,
                scopes=(scope,) if scope else (),
                ip=ip,
                app_key=app.app_key if app else "",
                now=self.world.now(),
                used=self._quota(self.world.corps[app.corp_id] if app else None),
            )
            return self._refused(error, path, family)
        if kind == "error":
            if family == "v1":
                error = ApiError(
                    fault.code, fault.message or None, fault.status or None
                )
            else:
                code = whole_number(fault.code)
                error = OapiError(-1 if code is None else code, fault.message or None)
            return self._refused(error, path, family)
        return None

    def _refused(self, error: CallError, path: str, family: str) -> Answer:
        answer = _error_answer(error)
        if family == "oapi":
            answer.payload = finish_oapi(path, answer.payload)
        return answer

    # Sending

    async def _send(
        self,
        request: web.Request,
        answer: Answer,
        family: str,
        record: Call,
        fault: Optional[Fault] = None,
    ) -> web.StreamResponse:
        record.code = record.code or answer.code
        latency = self.world.setting("latency")
        if latency:
            await asyncio.sleep(latency / 1000.0)
        headers = {"Date": formatdate(self.world.now(), usegmt=True)}
        if family == "v1":
            guid = ids.request_guid()
            headers.update(
                {
                    "Server": "DingTalk/1.0.0",
                    "x-acs-request-id": guid,
                    "x-acs-trace-id": guid.lower(),
                }
            )
        body = answer.body()
        kind = fault.kind if fault is not None else ""
        if kind in ("timeout_after", "slow"):
            await asyncio.sleep(fault.seconds)
        if kind in ("timeout_after", "reset_after"):
            cut(request, reset=kind == "reset_after")
            raise asyncio.CancelledError
        if kind == "truncated":
            response = web.StreamResponse(status=answer.status, headers=headers)
            response.content_type = answer.content_type
            response.content_length = len(body)
            record.status = answer.status
            await response.prepare(request)
            await response.write(body[: max(1, len(body) // 2)])
            # Long enough for the half to be sent before the connection ends.
            await asyncio.sleep(0.02)
            cut(request, reset=False)
            raise asyncio.CancelledError
        return web.Response(
            status=answer.status,
            body=body,
            headers=headers,
            content_type=answer.content_type,
            charset="utf-8",
        )


def cut(request: web.Request, reset: bool = True) -> None:
    """Close the connection unanswered; with `reset` the caller sees ECONNRESET."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
    transport.abort()


def banned(answer: Optional[str]) -> Answer:
    if answer == "html":
        return Answer(200, raw=HTML_BAN, content_type="text/html", code="banned")
    return Answer(
        200,
        {
            "status": 1111,
            "wait": 5,
            "source": "x5",
            "punish": "deny",
            "uuid": ids.random_hex(32),
        },
        code="banned",
    )


def clean(text: str) -> str:
    """A caller's text without invalid UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def kind_of(content_type: str) -> str:
    """`application/json` of `Application/JSON; charset=utf-8`."""
    return content_type.split(";")[0].strip().lower()


def family_of(path: str) -> str:
    return "v1" if path.startswith(("/v1.0/", "/v2.0/")) else "oapi"


def address_allowed(ip: str, rules: List[str]) -> bool:
    """Addresses, networks (10.0.0.0/8) and patterns (10.1.*).

    An empty list allows everybody.
    """
    if not rules:
        return True
    for rule in rules:
        if "/" in rule:
            try:
                if ipaddress.ip_address(ip) in ipaddress.ip_network(rule, strict=False):
                    return True
            except ValueError:
                continue
        elif fnmatch.fnmatchcase(ip, rule):
            return True
    return False


def _named(members: Tuple[str, ...], query: Dict[str, str], body: Any) -> List[str]:
    """Ids in the call, for the list of calls."""
    found: List[str] = []
    for source in (query, body if isinstance(body, dict) else {}):
        for member in members:
            value = source.get(member)
            if isinstance(value, str):
                found.extend(part for part in value.split(",") if part)
            elif isinstance(value, list):
                found.extend(str(part) for part in value)
            elif isinstance(value, int):
                found.append(str(value))
    return found


def _rewound(params: Params) -> int:
    """Request the first page; return the start of the requested one."""
    asked = 0
    for source in (params.body, params.query):
        for name in PLACES:
            place = whole_number(source.get(name))
            if place is not None:
                asked = max(asked, place)
                source[name] = 0 if source is params.body else "0"
    return asked


def _continued(answer: Any, asked: int) -> None:
    """Let an answer announce another page."""
    for part in (answer, answer.get("result") if isinstance(answer, dict) else None):
        if not isinstance(part, dict):
            continue
        for name in part:
            if name in ("hasMore", "has_more"):
                part[name] = True
            elif name in ("nextToken", "next_cursor"):
                part[name] = asked + 1
        if "list" in part and not {"hasMore", "has_more"} & set(part):
            # The last page has no token.
            part["nextToken"] = asked + 1


def _unknown_path(path: str, family: str, other_methods: List[str]) -> CallError:
    if family == "v1":
        return ApiError("error.notFound", "接口路径错误 %s" % path)
    if other_methods:
        return OapiError(43001 if "GET" in other_methods else 43002)
    if path.startswith("/topapi/"):
        name = "dingtalk.oapi%s" % path[len("/topapi") :].replace("/", ".")
        text = "不合法ApiName，ApiName = %s" % name
        return OapiError(22, "Invalid method[submsg=%s]" % text, sub_msg=text)
    return OapiError(404)


def _error_answer(error: CallError) -> Answer:
    status, payload = error.answer()
    return Answer(status, payload, code=error.code)
