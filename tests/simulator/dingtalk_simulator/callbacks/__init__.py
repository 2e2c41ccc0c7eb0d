# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Events: subscriptions, pushes over HTTP, outcomes.

Any part of the simulator emits an event with one call:

    from .callbacks import emit
    emit(world, "bpms_instance_change", {"processInstanceId": "...", "type": "start"},
         corp_id)

The event goes to each matching subscription and Stream of the organisation.
`changes.py` emits those of people, departments and roles.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from . import payloads
from .payloads import Event


def emit(
    world: Any,
    event_type: str,
    data: Optional[Dict[str, Any]] = None,
    corp_id: str = "",
    app_key: str = "",
    operator: str = "",
    **more: Any,
) -> Event:
    """Emit an event, which is pushed in the background.

    :param data: members of the event in the names of its documentation page
    :param corp_id: the organisation, by default the first one
    :param app_key: only for this app
    :param operator: userid of who did it; by default the main administrator, where
        the event tells
    :param more: other members of `Event`
    """
    org = world.org(corp_id)
    if not operator:
        administrators = org.administrators()
        operator = administrators[0].userid if administrators else ""
    event = Event(
        event_type,
        org.corp_id,
        payloads.tidy(event_type, data or {}),
        int(more.pop("born_at", 0) or world.now() * 1000),
        app_key=app_key,
        operator=operator,
        **more,
    )
    world.bus.publish("event.new", corp_id=org.corp_id, event=event.as_dict())
    return event


__all__ = ["Event", "emit"]
