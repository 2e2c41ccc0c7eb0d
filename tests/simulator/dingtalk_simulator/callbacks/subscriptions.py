# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""HTTP subscriptions, and the list of failed events.

An app may have one subscription of each level: `corp`, made with register_call_back
(the envelope ends with the CorpId), and `app`, made in the developer console (it ends
with the AppKey).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from ..errors import OapiError
from ..params import Params
from . import names, payloads
from .payloads import Event
from .sender import Verdict

AREA = "callbacks"
TOKEN = re.compile(r"\S{6,63}\Z")
AES_KEY = re.compile(r"[A-Za-z0-9]{43}\Z")
TEXTS: Dict[int, str] = {
    71006: "回调地址已经存在",
    71007: "回调地址已不存在",
    71008: "call_back_tag must be in the list",
    71009: "返回文本非success",
    71010: "POST的JSON数据不包含所需要的参数或参数格式错误",
    71011: "url不是合法的url",
    71012: "url地址访问异常",
    71013: "此域名或IP不能注册或者接收回调事件",
}


@dataclass
class Subscription:
    app_key: str
    corp_id: str
    level: str  # app or corp
    url: str
    token: str
    aes_key: str
    tags: Optional[List[str]] = None  # None: every event
    payload_style: str = ""  # empty: as the setting says

    @property
    def owner_key(self) -> str:
        return self.corp_id if self.level == "corp" else self.app_key

    def wants(self, event: Event) -> bool:
        return (
            event.corp_id == self.corp_id
            and event.app_key in ("", self.app_key)
            and (self.tags is None or event.event_type in self.tags)
        )


class Store:
    """The subscriptions and failed events of a world; they survive a restart."""

    def __init__(self, world: Any) -> None:
        self.world = world
        area = world.extra.setdefault(AREA, {})
        self._rows: List[Dict[str, Any]] = area.setdefault("subscriptions", [])
        self._failed: Dict[str, List[Dict[str, Any]]] = area.setdefault("failed", {})

    def all(self) -> List[Subscription]:
        return [Subscription(**row) for row in self._rows]

    def find(self, app_key: str, level: str) -> Optional[Subscription]:
        for row in self._rows:
            if (row["app_key"], row["level"]) == (app_key, level):
                return Subscription(**row)
        return None

    def put(self, subscription: Subscription) -> None:
        self._drop(subscription.app_key, subscription.level)
        self._rows.append(asdict(subscription))
        self.world.publish("callback.saved", corp_id=subscription.corp_id)

    def delete(self, app_key: str, level: str) -> bool:
        found = self._drop(app_key, level)
        self.world.publish("callback.deleted")
        return found

    def _drop(self, app_key: str, level: str) -> bool:
        before = len(self._rows)
        self._rows[:] = [
            row
            for row in self._rows
            if (row["app_key"], row["level"]) != (app_key, level)
        ]
        return len(self._rows) < before

    # Failed events

    def add_failed(self, app_key: str, event: Event) -> None:
        self._failed.setdefault(app_key, []).append(
            {"event": event.as_dict(), "returned": False}
        )
        self.world.publish("push.listed", corp_id=event.corp_id)

    def peek_failed(self, app_key: str) -> List[Dict[str, Any]]:
        """All entries, for looking only."""
        return [
            dict(
                payloads.failed_item(Event(**row["event"]), row["event"]["event_type"]),
                returned=row["returned"],
            )
            for row in self._failed.get(app_key, ())
        ]

    def take_failed(
        self, app_key: str, begin: int = 0, end: int = 0
    ) -> Tuple[List[Event], bool]:
        """The next page, and whether there are more.

        Deletes what the call before returned.

        :param begin: milliseconds; only events of this time or later
        :param end: milliseconds; only events before
        """
        rows = self._failed.setdefault(app_key, [])
        rows[:] = [row for row in rows if not row["returned"]]
        fitting = [
            row
            for row in rows
            if begin <= row["event"]["born_at"]
            and (not end or row["event"]["born_at"] < end)
        ]
        size = self.world.setting("failed_page_size")
        for row in fitting[:size]:
            row["returned"] = True
        self.world.publish("push.read")
        return [Event(**row["event"]) for row in fitting[:size]], len(fitting) > size


# The API that makes them


def refusal(code: int, more: str = "") -> OapiError:
    return OapiError(code, TEXTS[code] + more)


def from_params(
    params: Params, app: Any, forbidden_hosts: Sequence[str] = ()
) -> Subscription:
    """Parameters of register_call_back and update_call_back. :raise OapiError:"""
    tags = params.raw("call_back_tag")
    texts = {name: params.raw(name) for name in ("token", "aes_key", "url")}
    if (
        not isinstance(tags, list)
        or not tags
        or not all(isinstance(tag, str) for tag in tags)
        or not all(isinstance(text, str) and text for text in texts.values())
    ):
        raise refusal(71010)
    if not TOKEN.match(texts["token"]) or not AES_KEY.match(texts["aes_key"]):
        raise refusal(71010)
    if any(tag not in names.KNOWN for tag in tags):
        raise refusal(71008)
    if not is_address(texts["url"]):
        raise refusal(71011)
    if urlsplit(texts["url"]).hostname in forbidden_hosts:
        raise refusal(71013)
    return Subscription(
        app.app_key, app.corp_id, "corp", tags=list(dict.fromkeys(tags)), **texts
    )


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def of_verdict(verdict: Verdict) -> Optional[OapiError]:
    """The API's error for an address that failed the verification."""
    if verdict.ok:
        return None
    if verdict.problem in ("connection", "timeout"):
        return refusal(71012, ",错误原因为:%s" % verdict.detail)
    if verdict.problem == "redirect":
        return refusal(71013)
    if verdict.problem == "http":
        return refusal(71012, ",错误原因为:http statusCode is:%s" % verdict.status)
    return refusal(71009)
