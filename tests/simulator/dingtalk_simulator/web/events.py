# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The console's page about events: subscriptions, Streams, pushes and their answers, a
form that lets something happen.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

from aiohttp import web

from ..callbacks import names
from ..callbacks.hub import Events
from ..stream.faults import KINDS
from .console import ConsolePage
from .sections import console_section

EVENTS: "web.AppKey[Events]" = web.AppKey("web_events", Events)
PUSHES_SHOWN = 60
CLOSED_SHOWN = 8
# state of a push -> colour of its tag
COLOURS = {
    "delivered": "good",
    "waiting": "warm",
    "failed": "alarm",
    "listed": "alarm",
    "dropped": "grey",
    "lost": "alarm",
    "refused": "good",
    "accepted": "alarm",
}
# Forgeries that are a tick
TICKS = {
    "wrong_signature": "wrong signature",
    "wrong_token": "wrong token",
    "wrong_aes_key": "wrong AES key",
    "wrong_owner": "wrong owner key",
    "stale_timestamp": "a day old",
}
COMMON = names.OF_USERS + names.OF_DEPARTMENTS + names.OF_CORP + names.OF_ROLES


@console_section(
    "events",
    "Events",
    icon="bolt",
    order=45,
    live=("push.", "callback.", "stream.", "event."),
)
def events(here: ConsolePage) -> Dict[str, Any]:
    hub, org = here.request.app[EVENTS], here.org
    apps = [app for app in here.world.apps.values() if app.corp_id == org.corp_id]
    keys = {app.app_key: app.name for app in apps}
    wrong, kind = here.query.get("errors", ""), here.query.get("event", "")
    pushes: List[Dict[str, Any]] = []
    for push in reversed(hub.pushes):
        if push.event.corp_id != org.corp_id:
            continue
        if kind and push.event.event_type != kind:
            continue
        if wrong and push.state == "delivered":
            continue
        pushes.append(_line(push.as_dict(), keys))
        if len(pushes) >= PUSHES_SHOWN:
            break
    connections = [each for each in hub.stream.log if each.app_key in keys]
    closed = [each for each in connections if each.state == "closed"]
    return {
        "apps": apps,
        "app_names": keys,
        "subscriptions": [
            each for each in hub.store.all() if each.corp_id == org.corp_id
        ],
        "failed": {key: len(hub.store.peek_failed(key)) for key in keys},
        "pushes": pushes,
        "wrong": wrong,
        "kind": kind,
        "known": list(COMMON) + sorted(names.KNOWN - set(COMMON)),
        "ticks": TICKS,
        "open": [each for each in connections if each.state != "closed"],
        "closed": closed[::-1][:CLOSED_SHOWN],
        "stream_faults": hub.stream.faults.listed(),
        "stream_kinds": {each: text for each, (_moment, text) in KINDS.items()},
    }


def _line(push: Dict[str, Any], keys: Dict[str, str]) -> Dict[str, Any]:
    forged = [
        TICKS.get(name, name)
        for name, value in push["forge"].items()
        if value and (name in TICKS or name == "replay" and push["replay_of"])
    ]
    return dict(
        push,
        app_name=keys.get(push["app_key"], push["app_key"]),
        colour=COLOURS.get(push["state"], ""),
        forged=forged,
        payload=json.dumps(push["payload"], ensure_ascii=False, indent=1),
        subject=subject(push["payload"]),
    )


def subject(payload: Any) -> str:
    """The event's subject, in short."""
    found: List[str] = []
    for name, value in (payload if isinstance(payload, dict) else {}).items():
        if name.lower() in ("userid", "useridlist", "deptid", "labelidlist"):
            found += [str(each) for each in (value if isinstance(value, list) else ())]
        elif name in ("processInstanceId", "staffId"):
            found.append(str(value))
    return ", ".join(found[:3]) + (" … (%d)" % len(found) if len(found) > 3 else "")
