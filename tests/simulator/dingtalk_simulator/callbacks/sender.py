# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""One push over HTTP: the request, and the check of its answer.

https://open.dingtalk.com/document/development/http-callback-overview
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from .. import ids
from .crypto import BadEnvelope, Envelope

ANSWER_MEMBERS = ("msg_signature", "timeStamp", "nonce", "encrypt")
PARAMETER_NAMES = {
    "both": ("signature", "msg_signature"),
    "signature": ("signature",),
    "msg_signature": ("msg_signature",),
}
# The developer console's messages about unusable addresses
CONSOLE_TEXTS = {
    "": "验证成功",
    "timeout": "timedout",
    "connection": "url地址访问异常,错误原因为:%s",
    "http": "url地址访问异常,错误原因为:http statusCode is:%s",
    "redirect": "URL地址在安全黑名单中不允许使用",
}
WRONG_ANSWER = "HTTP请求结果校验返回字段值失败"
LONGEST_ANSWER = 64 * 1024


@dataclass
class Request:
    """A request that can be repeated byte for byte."""

    url: str
    query: List[Tuple[str, str]]
    body: str
    headers: Dict[str, str]

    def address(self) -> str:
        """Parameters follow those of the address; undocumented."""
        return self.url + ("&" if "?" in self.url else "?") + urlencode(self.query)


@dataclass
class Verdict:
    """The outcome of a request. problem: timeout, connection, redirect, http, not_json,
    fields, signature, envelope, owner_key, message; empty when it is good.
    """

    problem: str = ""
    detail: str = ""
    status: Optional[int] = None
    answer: str = ""
    opened: Optional[str] = None  # decrypted message of the answer
    ms: float = 0.0
    at: float = field(default_factory=time.time)

    @property
    def ok(self) -> bool:
        return not self.problem

    def console_text(self) -> str:
        text = CONSOLE_TEXTS.get(self.problem, WRONG_ANSWER)
        about = self.status if self.problem == "http" else self.detail
        return text % about if "%s" in text else text


def build(
    subscription: Any,
    payload: Dict[str, Any],
    now_ms: int,
    parameter_names: str = "both",
    forge: Optional[Dict[str, Any]] = None,
) -> Request:
    """The request for a payload.

    :param forge: mistakes of an attacker: `wrong_signature`, `wrong_token`,
        `wrong_aes_key`, `wrong_owner` (true or a key), `stale_timestamp` (true: a day;
        or seconds)
    """
    forge = forge or {}
    owner, token, aes_key = (
        subscription.owner_key,
        subscription.token,
        subscription.aes_key,
    )
    if forge.get("wrong_owner"):
        given = forge["wrong_owner"]
        owner = given if isinstance(given, str) else "ding" + ids.random_lower(16)
    if forge.get("wrong_token"):
        token = ids.random62(12)
    if forge.get("wrong_aes_key"):
        # The last character of a key carries only some bits; take a decodable one.
        aes_key = ids.random62(42) + "A"
    if forge.get("stale_timestamp"):
        given = forge["stale_timestamp"]
        now_ms -= int(1000 * (86400 if given is True else float(given)))
    envelope = Envelope(token, aes_key, owner)
    timestamp, nonce = str(now_ms), ids.random62(8)
    message = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    encrypt = envelope.seal(message)
    signature = envelope.sign(timestamp, nonce, encrypt)
    if forge.get("wrong_signature"):
        signature = ids.random_hex(40)
    query = [(name, signature) for name in PARAMETER_NAMES[parameter_names]]
    query += [("timestamp", timestamp), ("nonce", nonce)]
    return Request(
        subscription.url,
        query,
        json.dumps({"encrypt": encrypt}, separators=(",", ":")),
        {"Content-Type": "application/json", "Accept": "*/*"},
    )


async def send(
    session: aiohttp.ClientSession, request: Request, limit_ms: float
) -> Verdict:
    """Send a request; only the status of the answer is judged."""
    started = time.monotonic()
    verdict = Verdict()
    try:
        async with session.post(
            URL(request.address(), encoded=True),
            data=request.body.encode("utf-8"),
            headers=request.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=limit_ms / 1000.0),
        ) as response:
            verdict.status = response.status
            content = b""
            async for part in response.content.iter_chunked(8192):
                content += part
                if len(content) > LONGEST_ANSWER:
                    break
            verdict.answer = content.decode("utf-8", "replace")
        if 300 <= response.status < 400:
            verdict.problem = "redirect"
        elif response.status != 200:
            verdict.problem = "http"
    except asyncio.TimeoutError:
        verdict.problem, verdict.detail = "timeout", "timedout"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        verdict.problem = "connection"
        verdict.detail = str(error) or type(error).__name__
    verdict.ms = round(1000 * (time.monotonic() - started), 2)
    return verdict


def judge(
    verdict: Verdict, envelope: Envelope, expected: Tuple[str, ...] = ("success",)
) -> Verdict:
    """Check the answer: exactly four texts, signed and encrypted for us."""
    if verdict.problem:
        return verdict
    try:
        found = json.loads(verdict.answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        verdict.problem = "not_json"
        return verdict
    wrong = [name for name in ANSWER_MEMBERS if not isinstance(found.get(name), str)]
    if wrong:
        verdict.problem, verdict.detail = "fields", ", ".join(wrong)
        return verdict
    signature = envelope.sign(found["timeStamp"], found["nonce"], found["encrypt"])
    if signature != found["msg_signature"]:
        verdict.problem = "signature"
        return verdict
    try:
        verdict.opened, owner = envelope.open(found["encrypt"])
    except BadEnvelope as error:
        verdict.problem, verdict.detail = "envelope", str(error)
        return verdict
    if owner != envelope.owner_key:
        verdict.problem, verdict.detail = "owner_key", owner
    elif verdict.opened not in expected:
        verdict.problem, verdict.detail = "message", verdict.opened[:100]
    return verdict
