# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A month of punches: office hours, night, split and free shifts, with mishaps."""

from __future__ import annotations

import random
from typing import Any, Dict, List

from . import core

OFFICE = {"name": "白班", "sections": [[540, 1080]], "rests": [[720, 780]]}
NIGHT = {"name": "夜班", "sections": [[1320, 1800]], "rests": [[1560, 1590]]}
SPLIT = {"name": "两段班", "sections": [[480, 720], [840, 1080]], "rests": []}
# Mishaps of a day, per thousand.
MISHAPS = (
    ("late", 60),
    ("early", 30),
    ("forgot_in", 15),
    ("forgot_out", 20),
    ("absent", 10),
    ("corrected_in", 10),
    ("corrected_out", 10),
    ("trip", 25),
    ("leave", 20),
    ("half_leave", 10),
    ("twice", 40),
    ("outside", 40),
)


def make(
    world: Any, corp_id: str, userids: List[str], first: str, last: str, seed: int = 1
) -> Dict[str, Any]:
    """Groups for these people and their punches from the first to the last day."""
    kept = core.area(world, corp_id)
    source = random.Random("month %s" % seed)
    office = core.add_shift(kept, OFFICE)
    night = core.add_shift(kept, NIGHT)
    split = core.add_shift(kept, SPLIT)
    parts = {"office": [], "night": [], "split": [], "free": []}  # type: Dict[str, Any]
    for place, userid in enumerate(userids):
        name = ("office", "office", "office", "night", "split")[place % 5]
        parts["free" if place % 20 == 19 else name].append(userid)
    week = lambda shift: [0] + [shift["id"]] * 5 + [0]  # noqa: E731
    core.add_group(
        kept,
        {"name": "办公室", "week": week(office), "members": parts["office"]},
    )
    core.add_group(
        kept,
        {
            "name": "夜班组",
            "type": "TURN",
            "shifts": [night["id"]],
            "members": parts["night"],
        },
    )
    core.add_group(
        kept, {"name": "门店", "week": week(split), "members": parts["split"]}
    )
    core.add_group(
        kept, {"name": "自由工时", "type": "NONE", "members": parts["free"]}
    )
    days = core.days_between(first, last)
    for place, userid in enumerate(parts["night"]):
        kept["schedule"][userid] = {
            day: night["id"] if (number + place) % 7 < 5 else 0
            for number, day in enumerate(days)
        }
    counts: Dict[str, int] = {}
    for userid in userids:
        for day in days:
            what = _day(world, kept, corp_id, userid, day, source)
            if what:
                counts[what] = counts.get(what, 0) + 1
    world.changed()
    return {"people": {name: len(each) for name, each in parts.items()}, "days": counts}


def _what(source: random.Random) -> str:
    thrown = source.randrange(1000)
    for name, share in MISHAPS:
        if thrown < share:
            return name
        thrown -= share
    return "normal"


def _day(
    world: Any,
    kept: Dict[str, Any],
    corp_id: str,
    userid: str,
    day: str,
    source: random.Random,
) -> str:
    group = core.group_of(kept, userid)
    if group is not None and group["type"] == "NONE":
        if source.random() < 0.3:
            return ""
        begin = core.midnight(day) + source.randrange(7 * 60, 11 * 60) * core.MINUTE
        for minutes in (0, source.randrange(200, 600)):
            moment = begin + minutes * core.MINUTE + source.randrange(60000)
            core.store_punch(kept, userid, moment)
        return "free"
    plans = core.plans_of(kept, userid, day, core.now_ms(world))
    if not plans:
        return ""
    what = _what(source)
    if what in ("trip", "leave", "half_leave"):
        begin, end = plans[0]["time"], plans[-1]["time"]
        if what == "half_leave":
            begin = (plans[0]["time"] + plans[1]["time"]) // 2
        kept["approvals"].append(
            {
                "id": core.fresh_id(kept),
                "process_id": "proc-%s" % core.number("process", userid, day),
                "userid": userid,
                "kind": core.TRIP if what == "trip" else core.LEAVE,
                "begin": begin,
                "end": end,
                "tag": "出差" if what == "trip" else "请假",
                "made_at": plans[0]["time"] - core.DAY,
            }
        )
        if what != "half_leave":
            return what
        plans = [
            plan
            for plan in core.plans_of(kept, userid, day, plans[-1]["time"])
            if plan["section"] == 0
        ]
    for place, plan in enumerate(plans):
        first, last = place == 0, place == len(plans) - 1
        seconds = source.randrange(5 * 60, 20 * 60)
        moment = plan["time"] + (
            -seconds if plan["side"] == "OnDuty" else seconds
        ) * 1000
        if what == "late" and first:
            moment = plan["time"] + source.randrange(2 * 60, 90 * 60) * 1000
        if what == "early" and last:
            moment = plan["time"] - source.randrange(2 * 60, 60 * 60) * 1000
        gone = (
            what == "absent"
            or first and what in ("forgot_in", "corrected_in")
            or last and what in ("forgot_out", "corrected_out")
        )
        if not gone:
            where = "Outside" if what == "outside" and first else "Normal"
            core.store_punch(kept, userid, moment, place=where)
            if what == "twice":
                core.store_punch(kept, userid, moment + 20000)
        elif what.startswith("corrected"):
            kept["corrections"][str(plan["id"])] = {
                "time": plan["time"],
                "at": plan["time"] + source.randrange(30, 60) * 3600 * 1000,
                "userid": userid,
                "day": day,
            }
    return what
