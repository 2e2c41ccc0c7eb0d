# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Opening a Stream.

https://open-dingtalk.github.io/developerpedia/docs/learn/stream/protocol
"""

from __future__ import annotations

from typing import Any, Dict, List

from ..endpoints import Call, api
from ..errors import ApiError

TYPES = ("EVENT", "CALLBACK", "SYSTEM")


@api("POST", "/v1.0/gateway/connections/open", token="none")
def open_(call: Call) -> Dict[str, Any]:
    """Without a token: the body has the app's key and secret."""
    key = call.params.text("clientId", required=True)
    secret = call.params.text("clientSecret", required=True)
    app = call.world.apps.get(key)
    if app is None or app.app_secret != secret:
        raise ApiError("authFailed", "鉴权失败", 401)
    call.app = app
    ticket = call.gateway.events.stream.ticket(
        app,
        _subscriptions(call),
        call.params.text("ua", default=""),
        call.params.text("localIp", default=""),
    )
    address = call.base_url.replace("http", "ws", 1) + "/connect"
    return {"endpoint": address, "ticket": ticket}


def _subscriptions(call: Call) -> List[Dict[str, str]]:
    """:raise ApiError: none, or an unknown one"""
    found = call.params.raw("subscriptions")
    if not isinstance(found, list):
        raise call.params.problem("subscriptions")
    for each in found:
        if (
            not isinstance(each, dict)
            or each.get("type") not in TYPES
            or not isinstance(each.get("topic"), str)
            or each["type"] == "EVENT"
            and each["topic"] != "*"
        ):
            raise call.params.problem("subscriptions")
    return [{"type": each["type"], "topic": each["topic"]} for each in found]
