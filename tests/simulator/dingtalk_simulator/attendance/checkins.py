# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Field check-ins on the phone."""

from __future__ import annotations

from typing import Any, Dict, List

from ..callbacks import emit
from .core import now_ms

AREA = "checkins"


def kept(world: Any, corp_id: str) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = world.extra.setdefault(AREA, {}).setdefault(
        corp_id, []
    )
    return found


def check_in(
    world: Any, corp_id: str, userid: str, moment: int, values: Dict[str, Any]
) -> Dict[str, Any]:
    """A person checks in; the event has only person and time."""
    moment = moment or now_ms(world)
    made = dict(values, userid=userid, checkin_time=moment)
    kept(world, corp_id).append(made)
    emit(world, "check_in", {"staffId": userid, "timeStamp": moment}, corp_id)
    world.publish("attendance.check_in", corp_id=corp_id)
    return made


def take_back(world: Any, corp_id: str, userid: str, moment: int) -> bool:
    """A person deletes a check-in, without an event. False if there is none."""
    made = kept(world, corp_id)
    left = [each for each in made if (each["userid"], each["checkin_time"]) != (
        userid, moment)]
    found = len(left) < len(made)
    made[:] = left
    world.changed()
    return found


def between(
    world: Any, corp_id: str, userids: List[str], begin: int, end: int
) -> List[Dict[str, Any]]:
    """Check-ins until now, oldest first."""
    last = min(end, now_ms(world))
    return sorted(
        (
            each
            for each in kept(world, corp_id)
            if each["userid"] in userids and begin <= each["checkin_time"] <= last
        ),
        key=lambda each: (each["checkin_time"], each["userid"]),
    )
