# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Subscriptions of an app made by API, and its failed events."""

from __future__ import annotations

from typing import Any, Dict

from ..callbacks import payloads, subscriptions
from ..callbacks.subscriptions import Store, Subscription, refusal
from ..endpoints import Call, oapi

LEVEL = "corp"


def _known(call: Call) -> Subscription:
    """:raise OapiError: 71007 nothing is registered"""
    found = Store(call.world).find(call.app.app_key, LEVEL)
    if found is None:
        raise refusal(71007)
    return found


def _asked(call: Call) -> Subscription:
    return subscriptions.from_params(
        call.params, call.app, call.setting("callback_forbidden_hosts")
    )


async def _check(call: Call, wanted: Subscription) -> None:
    refused = subscriptions.of_verdict(await call.gateway.events.check(wanted))
    if refused is not None:
        raise refused


@oapi("POST", "/call_back/register_call_back", history=True, exempt=False)
async def register(call: Call) -> Dict[str, Any]:
    """Saved only if the address answers `check_url` correctly."""
    wanted = _asked(call)
    if Store(call.world).find(call.app.app_key, LEVEL) is not None:
        raise refusal(71006)
    await _check(call, wanted)
    Store(call.world).put(wanted)
    return {}


@oapi("POST", "/call_back/update_call_back", history=True, exempt=False)
async def update(call: Call) -> Dict[str, Any]:
    wanted = _asked(call)
    _known(call)
    if call.setting("callback_update_checks"):
        await _check(call, wanted)
    Store(call.world).put(wanted)
    return {}


@oapi("GET", "/call_back/get_call_back", history=True, exempt=False)
def get(call: Call) -> Dict[str, Any]:
    found = _known(call)
    return {
        "call_back_tag": found.tags,
        "token": found.token,
        "aes_key": found.aes_key,
        "url": found.url,
    }


@oapi("GET", "/call_back/delete_call_back", history=True, exempt=False)
def delete(call: Call) -> Dict[str, Any]:
    _known(call)
    Store(call.world).delete(call.app.app_key, LEVEL)
    return {}


@oapi("GET", "/call_back/get_call_back_failed_result", exempt=False)
def failed(call: Call) -> Dict[str, Any]:
    """Of both levels. Each call deletes what the one before returned."""
    found, more = Store(call.world).take_failed(call.app.app_key)
    return {
        "has_more": more,
        "failed_list": [
            payloads.failed_item(event, event.event_type) for event in found
        ],
    }
