# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Attendance and its results.

Times are milliseconds, days are texts of Beijing's date, and a shift's times minutes
after its day's midnight there: the end of a night shift is after 1440. Nothing after
the world's time is visible, so a clock that moves through a month shows each day as it
develops.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..callbacks import emit
from ..errors import BEIJING

AREA = "attendance"
MINUTE, DAY = 60000, 86400000
BEFORE, AFTER = 4 * 60, 6 * 60  # minutes around a plan in which a punch counts
FREE_AFTER = 12 * 60  # for a missing punch, if the next day is free
OVERTIME, TRIP, LEAVE = 1, 2, 3
TYPES = ("FIXED", "TURN", "NONE")


class Refused(Exception):
    """An impossible request of a tester or a call."""


def area(world: Any, corp_id: str) -> Dict[str, Any]:
    kept: Dict[str, Any] = world.extra.setdefault(AREA, {})
    found: Dict[str, Any] = kept.setdefault(
        corp_id,
        {
            "shifts": {},
            "groups": {},
            "schedule": {},
            "punches": {},
            "corrections": {},
            "approvals": [],
            "pushed": {},
            "next": 1000,
        },
    )
    return found


def now_ms(world: Any) -> int:
    return int(world.now() * 1000)


def number(*parts: object) -> int:
    """An id that is constant for these parts."""
    text = "|".join(str(part) for part in parts).encode("utf-8")
    return int(hashlib.sha1(text).hexdigest()[:11], 16) + 1


def midnight(day: str) -> int:
    moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=BEIJING)
    return int(moment.timestamp()) * 1000


def day_of(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, BEIJING).strftime("%Y-%m-%d")


def moved(day: str, days: int) -> str:
    moment = datetime.strptime(day, "%Y-%m-%d") + timedelta(days=days)
    return moment.strftime("%Y-%m-%d")


def days_between(first: str, last: str) -> List[str]:
    found = []
    while first <= last:
        found.append(first)
        first = moved(first, 1)
    return found


def fresh_id(kept: Dict[str, Any]) -> int:
    kept["next"] += 1
    found: int = kept["next"]
    return found


# Groups, shifts, plans


def add_shift(kept: Dict[str, Any], values: Dict[str, Any]) -> Dict[str, Any]:
    """`sections` and `rests`: lists of [begin, end] in minutes after midnight."""
    sections = [list(each) for each in values.get("sections") or ()]
    flat = [moment for each in sections for moment in each]
    if not sections or flat != sorted(flat) or len(set(flat)) != len(flat):
        raise Refused("sections must be in order")
    if flat[0] < 0 or flat[-1] > 2 * 1440:
        raise Refused("a shift ends on the next day at the latest")
    shift = {
        "id": fresh_id(kept),
        "name": values.get("name") or "班次",
        "sections": sections,
        "rests": [list(each) for each in values.get("rests") or ()],
        "permit_late": values.get("permit_late") or 0,
        "serious_late": values.get("serious_late") or 30,
        "absent_late": values.get("absent_late") or 120,
    }
    kept["shifts"][str(shift["id"])] = shift
    return shift


def add_group(kept: Dict[str, Any], values: Dict[str, Any]) -> Dict[str, Any]:
    """`week`: shift ids from Sunday to Saturday, 0 for a day off; `day_start`: minutes
    after midnight until which punches of a free shift belong to the day before.
    """
    week = list(values.get("week") or [0] * 7)
    kind = values.get("type") or "FIXED"
    if kind not in TYPES or len(week) != 7:
        raise Refused("type must be one of %s, week has seven days" % ", ".join(TYPES))
    for shift_id in week + list(values.get("shifts") or ()):
        if shift_id and str(shift_id) not in kept["shifts"]:
            raise Refused("unknown shift %s" % shift_id)
    group = {
        "id": fresh_id(kept),
        "name": values.get("name") or "考勤组",
        "type": kind,
        "week": week,
        "shifts": list(values.get("shifts") or ()) or sorted(set(week) - {0}),
        "members": [],
        "day_start": int(values.get("day_start") or 0),
        "departments": list(values.get("departments") or ()),
        # Members that the API knows only by their department.
        "unnamed": list(values.get("unnamed") or ()),
    }
    kept["groups"][str(group["id"])] = group
    join(kept, group, list(values.get("members") or ()) + group["unnamed"])
    return group


def join(kept: Dict[str, Any], group: Dict[str, Any], userids: Any) -> None:
    """A person is in one group only."""
    fresh = list(dict.fromkeys(userids))
    for other in kept["groups"].values():
        other["members"] = [each for each in other["members"] if each not in fresh]
    group["members"] += fresh


def group_of(kept: Dict[str, Any], userid: str) -> Optional[Dict[str, Any]]:
    for group in kept["groups"].values():
        if userid in group["members"]:
            found: Dict[str, Any] = group
            return found
    return None


def shift_of(kept: Dict[str, Any], userid: str, day: str) -> Optional[Dict[str, Any]]:
    """The shift of a person on a day, None for a day off or a free shift."""
    group = group_of(kept, userid)
    if group is None or group["type"] == "NONE":
        return None
    own = kept["schedule"].get(userid, {})
    if day in own:
        shift_id = own[day]
    elif group["type"] == "FIXED":
        weekday = datetime.strptime(day, "%Y-%m-%d").isoweekday() % 7
        shift_id = group["week"][weekday]
    else:
        shift_id = 0
    found: Optional[Dict[str, Any]] = kept["shifts"].get(str(shift_id))
    return found


def plans_of(
    kept: Dict[str, Any], userid: str, day: str, now: int
) -> List[Dict[str, Any]]:
    """The planned punches of a day, in order; leave of half a day moves them."""
    shift = shift_of(kept, userid, day)
    if shift is None:
        return []
    begin, found = midnight(day), []
    for place, (enter, leave) in enumerate(shift["sections"]):
        times = [begin + enter * MINUTE, begin + leave * MINUTE]
        for approval in approvals_of(kept, userid, now):
            if approval["kind"] == OVERTIME:
                continue
            if approval["begin"] <= times[0] < approval["end"] < times[1]:
                times[0] = approval["end"]
            elif times[0] < approval["begin"] < times[1] <= approval["end"]:
                times[1] = approval["begin"]
        for side, moment in (("OnDuty", times[0]), ("OffDuty", times[1])):
            found.append(
                {
                    "id": number("plan", userid, day, place, side),
                    "side": side,
                    "section": place,
                    "time": moment,
                    "day": day,
                    "shift": shift,
                }
            )
    return found


def approvals_of(
    kept: Dict[str, Any], userid: str, now: int
) -> Iterator[Dict[str, Any]]:
    for approval in kept["approvals"]:
        if approval["userid"] == userid and approval["made_at"] <= now:
            yield approval


# Punches


def punch(
    world: Any, corp_id: str, userid: str, moment: int = 0, **values: Any
) -> Dict[str, Any]:
    """A punch, and its event unless one of the same minute was pushed."""
    kept = area(world, corp_id)
    moment = moment or now_ms(world)
    made = store_punch(kept, userid, moment, **values)
    minute = moment // MINUTE
    if kept["pushed"].get(userid) != minute:
        kept["pushed"][userid] = minute
        group = group_of(kept, userid)
        entry = {
            "corpId": corp_id,
            "userId": userid,
            "checkTime": moment,
            "groupId": str(group["id"]) if group else "",
            "bizId": made["biz_id"],
            "locationMethod": "ATM" if made["source"] == "ATM" else "MAP",
            "locationResult": made["place"],
            "address": made["address"],
            "checkByUser": True,
        }
        if made["device"] and made["source"] == "ATM":
            entry["deviceSN"] = made["device"]
        emit(world, "attendance_check_record", {"dataList": [entry]}, corp_id)
    world.publish("attendance.punch", corp_id=corp_id)
    return made


def store_punch(
    kept: Dict[str, Any],
    userid: str,
    moment: int,
    place: str = "Normal",
    source: str = "USER",
    address: str = "",
    device: str = "",
    invalid: str = "",
    remark: str = "",
) -> Dict[str, Any]:
    mine = kept["punches"].setdefault(userid, [])
    made = {
        "id": number("punch", userid, moment, len(mine)),
        "biz_id": "%032X" % number("biz", userid, moment, len(mine)),
        "time": moment,
        "place": place,
        "source": source,
        "address": address,
        "device": device,
        "invalid": invalid,
        "remark": remark,
    }
    mine.append(made)
    return made


def punches_of(
    kept: Dict[str, Any], userid: str, begin: int, end: int
) -> List[Dict[str, Any]]:
    return sorted(
        (
            each
            for each in kept["punches"].get(userid, ())
            if begin <= each["time"] <= end
        ),
        key=lambda each: (each["time"], each["id"]),
    )


# Results


def _windows(
    kept: Dict[str, Any], userid: str, day: str, now: int
) -> Iterator[Tuple[Dict[str, Any], int, int, int]]:
    """Each plan with the begin and end of its punches, and when missing is noted."""
    before = plans_of(kept, userid, moved(day, -1), now)
    mine = plans_of(kept, userid, day, now)
    after = plans_of(kept, userid, moved(day, 1), now)
    row = before[-1:] + mine + after[:1]
    for place, plan in enumerate(row):
        if plan["day"] != day:
            continue
        earlier = row[place - 1]["time"] if place else 0
        later = row[place + 1]["time"] if place + 1 < len(row) else 0
        begin = plan["time"] - (BEFORE if plan["side"] == "OnDuty" else AFTER) * MINUTE
        end = plan["time"] + AFTER * MINUTE
        noted = plan["time"] + FREE_AFTER * MINUTE
        if earlier:
            begin = max(begin, (earlier + plan["time"]) // 2)
        if later:
            middle = (later + plan["time"]) // 2
            end, noted = min(end, middle - 1), middle
        yield plan, begin, end, noted


def results_of(world: Any, corp_id: str, userid: str, day: str) -> List[Dict[str, Any]]:
    """The results of a day until now, as in the API's answer."""
    kept, now = area(world, corp_id), now_ms(world)
    group = group_of(kept, userid)
    found = []
    for plan, begin, end, noted in _windows(kept, userid, day, now):
        row: Dict[str, Any] = {
            "id": number("result", plan["id"]),
            "userId": userid,
            "corpId": corp_id,
            "workDate": midnight(day),
            "groupId": group["id"] if group else 0,
            "planId": plan["id"],
            "checkType": plan["side"],
            "baseCheckTime": plan["time"],
        }
        if not _fill(kept, row, plan, userid, begin, min(end, now), now, noted):
            continue
        found.append(row)
    return found


def _fill(
    kept: Dict[str, Any],
    row: Dict[str, Any],
    plan: Dict[str, Any],
    userid: str,
    begin: int,
    end: int,
    now: int,
    noted: int,
) -> bool:
    """Add the outcome of a plan; tell whether there is a result yet."""
    correction = kept["corrections"].get(str(plan["id"]))
    if correction and correction["at"] <= now:
        row.update(
            recordId=number("boss", plan["id"]),
            userCheckTime=correction["time"],
            timeResult=_judge(plan, correction["time"]),
            locationResult="Normal",
            sourceType="BOSS",
        )
        if correction.get("supplement"):
            # Its punch has a record; leave and trips have none.
            row.update(
                sourceType="APPROVE",
                approveId=number("supplement", plan["id"]),
                procInstId="proc-%s" % number("supplement", plan["id"]),
            )
        return True
    usable = [
        each for each in punches_of(kept, userid, begin, end) if not each["invalid"]
    ]
    if usable:
        used = usable[0 if plan["side"] == "OnDuty" else -1]
        row.update(
            recordId=used["id"],
            userCheckTime=used["time"],
            timeResult=_judge(plan, used["time"]),
            locationResult=used["place"],
            sourceType=used["source"],
        )
        return True
    approval = _covering(kept, userid, plan["time"], now)
    if approval:
        row.update(
            userCheckTime=plan["time"],
            timeResult="Normal",
            locationResult="Normal",
            sourceType="APPROVE",
            approveId=approval["id"],
            procInstId=approval["process_id"],
        )
        return True
    if now < noted:
        return False
    # As captured: the planned time for a missing punch, without a recordId.
    row.update(
        userCheckTime=plan["time"],
        timeResult="NotSigned",
        locationResult="NotSigned",
        sourceType="SYSTEM",
    )
    return True


def _covering(
    kept: Dict[str, Any], userid: str, moment: int, now: int
) -> Optional[Dict[str, Any]]:
    for approval in approvals_of(kept, userid, now):
        if approval["kind"] != OVERTIME:
            if approval["begin"] <= moment <= approval["end"]:
                return approval
    return None


def _judge(plan: Dict[str, Any], moment: int) -> str:
    shift, minutes = plan["shift"], (moment - plan["time"]) // MINUTE
    if plan["side"] == "OffDuty":
        return "Early" if moment < plan["time"] else "Normal"
    for name, limit in (
        ("Absenteeism", shift["absent_late"]),
        ("SeriousLate", shift["serious_late"]),
        ("Late", shift["permit_late"]),
    ):
        if minutes > limit or name == "Late" and minutes >= max(limit, 1):
            return name
    return "Normal"


def plan_of_day(
    kept: Dict[str, Any], userid: str, day: str, section: int, side: str, now: int
) -> Dict[str, Any]:
    for plan in plans_of(kept, userid, day, now):
        if plan["section"] == section and plan["side"] == side:
            return plan
    raise Refused("%s has no such plan on %s" % (userid, day))


def record_of(
    kept: Dict[str, Any], corp_id: str, userid: str, made: Dict[str, Any]
) -> Dict[str, Any]:
    """A punch as in the API's answer."""
    group = group_of(kept, userid)
    found: Dict[str, Any] = {
        "id": made["id"],
        "bizId": made["biz_id"],
        "corpId": corp_id,
        "userId": userid,
        "workDate": midnight(_work_day(kept, userid, made["time"])),
        "userCheckTime": made["time"],
        "sourceType": made["source"],
        "locationResult": made["place"],
        "isLegal": "N" if made["invalid"] or made["place"] == "Outside" else "Y",
        "gmtCreate": made["time"],
        "gmtModified": made["time"],
        "userAddress": made["address"],
    }
    if group:
        found["groupId"] = group["id"]
    if made["device"]:
        name = "deviceSN" if made["source"] == "DING_ATM" else "deviceId"
        found[name] = made["device"]
    if made["invalid"]:
        found["invalidRecordType"] = made["invalid"]
    if made["remark"]:
        found["outsideRemark"] = made["remark"]
    return found


def _work_day(kept: Dict[str, Any], userid: str, moment: int) -> str:
    """The day of the shift that a punch belongs to."""
    day = day_of(moment)
    for each in (moved(day, -1), day):
        for _plan, begin, end, _noted in _windows(kept, userid, each, moment):
            if begin <= moment <= end:
                return each
    group = group_of(kept, userid)
    start = group.get("day_start", 0) if group is not None else 0
    return moved(day, -1) if moment < midnight(day) + start * MINUTE else day


# The report


def report_of(world: Any, corp_id: str, userid: str, day: str) -> Dict[str, int]:
    """Minutes of work, late and early, and the number of missing punches."""
    kept = area(world, corp_id)
    shift = shift_of(kept, userid, day)
    rows = {row["planId"]: row for row in results_of(world, corp_id, userid, day)}
    found = {"work": 0, "late": 0, "early": 0, "missing_on": 0, "missing_off": 0}
    if shift is None:
        return found
    plans = plans_of(kept, userid, day, now_ms(world))
    rests = [
        [midnight(day) + moment * MINUTE for moment in each] for each in shift["rests"]
    ]
    for enter, leave in zip(plans[::2], plans[1::2]):
        times = [
            _present(kept, rows.get(plan["id"]), world) for plan in (enter, leave)
        ]
        if times[0] and times[1] and times[1] > times[0]:
            length = times[1] - times[0]
            for begin, end in rests:
                length -= max(0, min(times[1], end) - max(times[0], begin))
            found["work"] += length // MINUTE
        for plan in (enter, leave):
            row = rows.get(plan["id"])
            if row is None:
                continue
            if row["timeResult"] == "NotSigned":
                found["missing_on" if plan is enter else "missing_off"] += 1
            elif row["timeResult"] == "Early":
                found["early"] += (plan["time"] - row["userCheckTime"]) // MINUTE
            elif row["timeResult"] != "Normal":
                found["late"] += (row["userCheckTime"] - plan["time"]) // MINUTE
    return found


def _present(kept: Dict[str, Any], row: Optional[Dict[str, Any]], world: Any) -> int:
    if row is None or row["timeResult"] == "NotSigned":
        return 0
    if row["sourceType"] == "APPROVE":
        for approval in kept["approvals"]:
            if approval["id"] == row["approveId"] and approval["kind"] == LEAVE:
                return 0
    found: int = row["userCheckTime"]
    return found


# Approvals and corrections


def approve(
    world: Any, corp_id: str, userid: str, kind: int, begin: int, end: int, tag: str
) -> Dict[str, Any]:
    """An approved trip, leave or overtime."""
    if kind not in (OVERTIME, TRIP, LEAVE) or begin >= end:
        raise Refused("kind is 1, 2 or 3, and begin is before end")
    kept = area(world, corp_id)
    made = {
        "id": fresh_id(kept),
        "process_id": "proc-%s" % number("process", userid, begin, kind),
        "userid": userid,
        "kind": kind,
        "begin": begin,
        "end": end,
        "tag": tag or {OVERTIME: "加班", TRIP: "出差", LEAVE: "请假"}[kind],
        "made_at": now_ms(world),
    }
    kept["approvals"].append(made)
    world.publish("attendance.approval", corp_id=corp_id)
    return made


def correct(
    world: Any, corp_id: str, userid: str, day: str, section: int, side: str,
    moment: int, at: int = 0, supplement: bool = False,
) -> Dict[str, Any]:
    """A manager sets the time of a plan, or approves a supplement (补卡) for it.

    The result keeps its id.
    """
    kept = area(world, corp_id)
    plan = plan_of_day(kept, userid, day, section, side, now_ms(world))
    made = {
        "time": moment,
        "at": at or now_ms(world),
        "userid": userid,
        "day": day,
        "supplement": supplement,
    }
    kept["corrections"][str(plan["id"])] = made
    world.publish("attendance.correction", corp_id=corp_id)
    return dict(made, plan_id=plan["id"])
