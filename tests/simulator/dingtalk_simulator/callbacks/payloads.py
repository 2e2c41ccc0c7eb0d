# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Formats of an event: three styles over HTTP, one in a Stream.

`Event.data` has the names of the Stream pages (`userId`, `deptId`, `labelIdList`). The
classic style over HTTP capitalises them, as every capture of address book and chat
events shows; the pages print the new style. Approvals keep their names.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Optional

from .. import ids
from . import names

STYLES = ("classic", "new")
# Unchanged in the classic style
UNCHANGED = ("scope", "action")
# Only the new style and Streams have them
NOT_CLASSIC = ("timeStamp", "diffInfo")
ENVELOPE = ("EventType", "eventType", "CorpId", "corpId", "TimeStamp")


@dataclass
class Event:
    """Something happened. `born_at` is in milliseconds."""

    event_type: str
    corp_id: str
    data: Dict[str, Any]
    born_at: int
    id: str = field(default_factory=lambda: ids.random_hex(32))
    biz_id: str = ""
    operator: str = ""
    app_key: str = ""  # only for this app; empty: for the whole organisation
    payload: Optional[Dict[str, Any]] = None  # sent over HTTP exactly so

    def as_dict(self) -> Dict[str, Any]:
        return dict(vars(self))


def tidy(event_type: str, data: Dict[str, Any]) -> Dict[str, Any]:
    """Data in the names of the Stream pages, given in any style."""
    if event_type in names.APPROVALS:
        return {
            name: value
            for name, value in data.items()
            if name not in ("EventType", "CorpId", "corpId")
        }
    if event_type not in names.CONTACT | names.CHAT | names.OTHER_CLASSIC:
        return dict(data)
    return {
        name[:1].lower() + name[1:]: value
        for name, value in data.items()
        if name not in ENVELOPE
    }


def http(event: Event, style: str) -> Dict[str, Any]:
    """The decrypted body of a push."""
    if event.payload is not None:
        return dict(event.payload)
    if style == "classic":
        found = _classic(event)
        if found is not None:
            return found
    return dict(
        {
            "EventType": event.event_type,
            "EventTime": event.born_at,
            "CorpId": event.corp_id,
            "BizId": event.biz_id or str(event.born_at),
            "eventId": event.id,
        },
        **_pushed(event),
    )


def _pushed(event: Event) -> Dict[str, Any]:
    """Data of a push: to-dos spell one member differently."""
    found = _data(event)
    if event.event_type in names.TO_DOS and "unionIdList" in found:
        found["UnionIdList"] = found.pop("unionIdList")
    return found


def stream(event: Event) -> Dict[str, Any]:
    """The data of a frame."""
    found = _data(event)
    if event.operator and event.event_type in names.OPERATED:
        found["optStaffId"] = event.operator
    return found


def frame(event: Event, message_id: str, time_ms: int, app_id: str) -> Dict[str, Any]:
    return {
        "specVersion": "1.0",
        "type": "EVENT",
        "headers": {
            "topic": "*",
            "messageId": message_id,
            "contentType": "application/json",
            "time": str(time_ms),
            "eventType": event.event_type,
            "eventId": event.id,
            "eventCorpId": event.corp_id,
            "eventBornTime": str(event.born_at),
            "eventUnifiedAppId": app_id,
        },
        "data": json.dumps(stream(event), ensure_ascii=False, separators=(",", ":")),
    }


def unified_app_id(app_key: str) -> str:
    """Constant for an app."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, app_key))


def failed_item(event: Event, tag: str) -> Dict[str, Any]:
    """An entry of the list of failed events."""
    data = _data(event)
    found: Dict[str, Any] = {"corpid": event.corp_id}
    if event.event_type in names.OF_USERS:
        found["userid"] = data.get("userId", [])
    elif event.event_type in names.APPROVALS:
        found["bpmsCallBackData"] = data
    elif event.event_type in names.OF_ROLES:
        found["roleLabelChange"] = data
    else:
        found["callbackData"] = data
    return {"call_back_tag": tag, "event_time": event.born_at, tag: found}


def _data(event: Event) -> Dict[str, Any]:
    found = dict(event.data)
    if event.event_type in names.TIMESTAMPED:
        found.setdefault("timeStamp", str(event.born_at))
    elif event.event_type in names.CHAT or event.event_type == "check_in":
        found.setdefault("timeStamp", event.born_at)
    return found


def _classic(event: Event) -> Optional[Dict[str, Any]]:
    """None for an event that never came in this style."""
    kind = event.event_type
    if kind in names.APPROVALS:
        return dict({"EventType": kind, "corpId": event.corp_id}, **event.data)
    if kind not in names.CONTACT | names.CHAT | names.OTHER_CLASSIC:
        return None
    found: Dict[str, Any] = {"EventType": kind}
    for name, value in event.data.items():
        if name not in NOT_CLASSIC:
            name = name if name in UNCHANGED else name[:1].upper() + name[1:]
            found[name] = value
    if kind in names.WITHOUT_CORP:
        return found
    found["CorpId"] = event.corp_id
    if event.operator and kind in names.OPERATED:
        found["OptStaffId"] = event.operator
    stamp = event.data.get("timeStamp", event.born_at)
    found["TimeStamp"] = str(stamp) if kind in names.CONTACT else int(stamp)
    return found
