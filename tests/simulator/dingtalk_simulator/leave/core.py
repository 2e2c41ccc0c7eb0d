# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Types of leave, and other systems' records in the attendance.

Kept in `world.extra`, in the names of the API.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any, Dict, List, Optional

from . import hours

AREA = "leave"
LONGEST_DAYS = 31
OLDEST_DAYS = 31
MOST_ID, MOST_TAG, MOST_SUBTYPE, MOST_URL = 100, 20, 64, 200
TAGS = {1: "加班", 2: "出差", 3: "请假"}
# name, unit, kind, counts calendar days, source
FIRST_TYPES = (
    ("年假", hours.HALF_DAY, "general_leave", False, "inner"),
    ("事假", hours.HOUR, "general_leave", False, "inner"),
    ("病假", hours.DAY, "general_leave", False, "inner"),
    ("调休", hours.HOUR, "lieu_leave", False, "inner"),
    ("产假", hours.DAY, "general_leave", True, "inner"),
)


class Refused(Exception):
    """`code` is DingTalk's, of the new family."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code


def area(world: Any, corp_id: str) -> Dict[str, Any]:
    kept: Dict[str, Any] = world.extra.setdefault(AREA, {})
    if corp_id not in kept:
        kept[corp_id] = {
            "types": [_type(corp_id, *row) for row in FIRST_TYPES],
            "records": {},
            "closed": [],
        }
    found: Dict[str, Any] = kept[corp_id]
    return found


def _type(
    corp_id: str, name: str, unit: str, kind: str, natural: bool, source: str
) -> Dict[str, Any]:
    digest = hashlib.sha256(("%s %s" % (corp_id, name)).encode("utf-8")).hexdigest()
    return {
        "leaveCode": "-".join(
            (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
        ),
        "leaveName": name,
        "leaveViewUnit": unit,
        "bizType": kind,
        "naturalDayLeave": natural,
        # Hundredths of an hour.
        "hoursInPerDay": 800,
        "source": source,
        "validityType": "absolute_time",
        "validityValue": "12-31",
    }


def add_type(
    world: Any, corp_id: str, name: str, unit: str, source: str
) -> Dict[str, Any]:
    """:raise Refused: there is one of this name"""
    types = area(world, corp_id)["types"]
    if any(each["leaveName"] == name for each in types):
        raise Refused("nameAlreadyExists")
    found = _type(corp_id, name, unit, "general_leave", False, source)
    types.append(found)
    return found


def find_type(world: Any, corp_id: str, key: str) -> Optional[Dict[str, Any]]:
    """The type with this code or name."""
    for each in area(world, corp_id)["types"]:
        if key in (each["leaveCode"], each["leaveName"]):
            found: Dict[str, Any] = each
            return found
    return None


# What a call says about a period


def period(world: Any, corp_id: str, values: Dict[str, Any]) -> Dict[str, Any]:
    """Check and count a period of `calculate` and `finish`.

    :raise Refused: with the code of the page
    """
    biz_type, unit = values.get("bizType"), values.get("durationUnit")
    if biz_type not in TAGS:
        raise Refused("illegalApproveType")
    if unit not in hours.UNITS:
        raise Refused("illegalDurationUnit")
    if values.get("calculateModel") not in (0, 1):
        raise Refused("illegalCalculateType")
    if biz_type == 1 and unit != hours.HOUR:
        raise Refused("illegalOvertimeDurationUnit")
    texts = [str(values.get(name) or "") for name in ("fromTime", "toTime")]
    begin = hours.moment(texts[0], unit, False)
    end = hours.moment(texts[1], unit, True)
    if begin is None or end is None:
        half = unit == hours.HALF_DAY
        raise Refused("illegalDateTypeForHalfDay" if half else "invalidRequestParams")
    if begin > end:
        raise Refused("beginDateCannotAfterEndDate")
    now = datetime.datetime.fromtimestamp(world.now(), begin.tzinfo)
    if begin.date() < now.date() - datetime.timedelta(OLDEST_DAYS):
        raise Refused("dateTooEarly")
    if (end.date() - begin.date()).days > (1 if biz_type == 1 else LONGEST_DAYS):
        raise Refused("overtimeDurationTooLong" if biz_type == 1 else "durationTooLong")
    code = values.get("leaveCode")
    if code and find_type(world, corp_id, code) is None:
        raise Refused("invalidRequestParams")
    rows = hours.details(world, begin, end, values["calculateModel"] == 0)
    minutes = sum(row["minutes"] for row in rows)
    return {
        "begin": begin,
        "end": end,
        "result": {
            "duration": hours.amount(minutes, unit),
            "durationDetail": [
                {"date": row["day"], "duration": hours.amount(row["minutes"], unit)}
                for row in rows
            ],
        },
    }


# Records of other systems


def finish(
    world: Any, corp_id: str, userid: str, values: Dict[str, Any]
) -> Dict[str, Any]:
    """Write a record; one of the same id is changed.

    :raise Refused: with the code of the page
    """
    asked = values.get("topCalculateApproveDurationParam") or {}
    key = values.get("approveId") or ""
    if not 0 < len(key) <= MOST_ID or len(values.get("jumpUrl") or "") > MOST_URL:
        raise Refused("invalidRequestParams")
    if not 0 < len(values.get("tagName") or "") <= MOST_TAG:
        raise Refused("invalidRequestParams")
    kind, sub_type = asked.get("bizType"), values.get("subType") or ""
    if kind == 3 and not 0 < len(sub_type) <= MOST_SUBTYPE:
        raise Refused("invalidRequestParams")
    found = period(world, corp_id, asked)
    begin, end = [int(found[name].timestamp() * 1000) for name in ("begin", "end")]
    for other in approvals_of(world, corp_id, [userid]):
        if other["approveId"] != key and begin < other["end"] and other["begin"] < end:
            raise Refused("repeatApprovesOverLimit")
    records = area(world, corp_id)["records"]
    before = records.get(key)
    if before is not None and before["userId"] != userid:
        raise Refused("invalidRequestParams")
    records[key] = {
        "approveId": key,
        "userId": userid,
        "bizType": kind,
        "tagName": values["tagName"],
        "subType": sub_type,
        "begin": begin,
        "end": end,
        "fromTime": asked["fromTime"],
        "toTime": asked["toTime"],
        "durationUnit": asked["durationUnit"],
        "calculateModel": asked["calculateModel"],
        "jumpUrl": values.get("jumpUrl") or "",
        "times": (before["times"] if before else 0) + 1,
    }
    world.publish("leave.record", corp_id=corp_id)
    result: Dict[str, Any] = found["result"]
    return result


def cancel(world: Any, corp_id: str, userid: str, key: str) -> bool:
    """Delete a record; tell whether there was one."""
    records = area(world, corp_id)["records"]
    record = records.get(key)
    if record is None or record["userId"] != userid:
        return False
    del records[key]
    world.publish("leave.record", corp_id=corp_id)
    return True


def approvals_of(
    world: Any, corp_id: str, userids: List[str], begin: int = 0, end: int = 10**14
) -> List[Dict[str, Any]]:
    """Records and approved requests of people in a period (milliseconds)."""
    from .requests import approved

    found = [
        each
        for each in area(world, corp_id)["records"].values()
        if each["userId"] in userids
    ]
    found += approved(world, corp_id, userids)
    return [each for each in found if each["begin"] < end and begin < each["end"]]


def is_closed(world: Any, corp_id: str, begin: int, end: int) -> bool:
    """Whether a part of this time (milliseconds) is closed."""
    return any(
        begin <= each["end"] and each["begin"] <= end
        for each in area(world, corp_id)["closed"]
    )
