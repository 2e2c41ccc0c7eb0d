# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Attendance groups, columns of the report, and approvals."""

from __future__ import annotations

from typing import Any, Dict, List

from ..attendance import core
from ..endpoints import Call, api
from ..errors import ApiError
from ..oapi.attendance import COLUMNS

GROUPS, DATA = "qyapi_attendance_group_read", "qyapi_get_attendance_data"
BASE = "/v1.0/attendance/"
MOST_PEOPLE, MOST_COLUMNS, MOST_DAYS, PAGE = 50, 20, 31, 10


def _bad(name: str) -> ApiError:
    return ApiError("invalidRequestParams", "参数错误：%s" % name)


def _clock(minutes: int, side: str = "") -> Dict[str, Any]:
    """Only the time of the date counts; `across` is the day of the shift."""
    found: Dict[str, Any] = {
        "across": minutes // 1440,
        "checkTime": "1970-01-01 %02d:%02d:00" % divmod(minutes % 1440, 60),
    }
    if side:
        found["checkType"] = side
    return found


def _class(shift: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "classId": shift["id"],
        "className": shift["name"],
        "sections": [
            {"times": [_clock(enter, "OnDuty"), _clock(leave, "OffDuty")]}
            for enter, leave in shift["sections"]
        ],
        "setting": {
            "permitLateMinutes": shift["permit_late"],
            "seriousLateMinutes": shift["serious_late"],
            "absenteeismLateMinutes": shift["absent_late"],
            "isOffDutyFreeCheck": "N",
            "restTimeList": [
                {"begin": _clock(begin), "end": _clock(end)}
                for begin, end in shift["rests"]
            ],
        },
    }


@api("GET", BASE + "groupDetails", scope=GROUPS, exempt=False)
def groups(call: Call) -> Dict[str, Any]:
    size = call.params.integer("maxResults", required=True, low=1, high=PAGE)
    start = call.params.integer("nextToken", required=True, low=0)
    kept = core.area(call.world, call.org.corp_id)
    found = sorted(kept["groups"].values(), key=lambda group: group["id"])
    return {
        "result": {
            "groups": [
                {
                    "groupId": group["id"],
                    "groupName": group["name"],
                    "type": group["type"],
                    "isDefault": False,
                    "memberCount": len(group["members"]),
                    "userIds": [
                        each for each in group["members"]
                        if each not in group.get("unnamed", ())
                    ],
                    "deptIds": group.get("departments", []),
                    "freeCheckDayStartMinOffset": group.get("day_start", 0),
                    "workDayList": [str(each) for each in group["week"]],
                    "selectedClass": [
                        _class(kept["shifts"][str(each)]) for each in group["shifts"]
                    ],
                }
                for group in found[start : start + size]
            ],
            "hasMore": start + size < len(found),
        }
    }


@api("POST", BASE + "columnValues/query", scope=DATA, exempt=False)
def column_values(call: Call) -> Dict[str, Any]:
    userids = call.params.names("userIds", required=True) or []
    wanted = call.params.names("columnIdList", required=True) or []
    first = call.params.integer("fromDate", required=True, low=0, high=10**13)
    last = call.params.integer("toDate", required=True, low=0, high=10**13)
    if len(userids) > MOST_PEOPLE:
        raise _bad("userIds")
    known = {str(key): name for key, _title, name in COLUMNS}
    if len(wanted) > MOST_COLUMNS or not set(wanted) <= set(known):
        raise ApiError("systemError", "系统错误")
    begin, end = core.day_of(first or 0), core.day_of(last or 0)
    if begin > end or core.midnight(end) - core.midnight(begin) >= MOST_DAYS * core.DAY:
        raise _bad("toDate")
    found: List[Dict[str, Any]] = []
    for userid in userids:
        # Leavers have no report.
        if call.org.person(userid) is None:
            continue
        days = {
            day: core.report_of(call.world, call.org.corp_id, userid, day)
            for day in core.days_between(begin, end)
        }
        found.append(
            {
                "userId": userid,
                "columnData": [
                    {
                        "id": int(key),
                        "columnValues": [
                            {"date": core.midnight(day), "value": str(row[known[key]])}
                            for day, row in days.items()
                        ],
                    }
                    for key in wanted
                ],
            }
        )
    return {"result": found}


def approvals_of(
    call: Call, userids: List[str], begin: int, end: int
) -> List[Dict[str, Any]]:
    """Return the approvals' changes of these people's attendance, as rows."""
    kept, now = core.area(call.world, call.org.corp_id), core.now_ms(call.world)
    return [
        {
            "approveId": str(each["id"]),
            "bizType": each["kind"],
            "tagName": each["tag"],
            "subType": "",
            "begin": each["begin"],
            "end": each["end"],
            "durationUnit": "hour",
            "calculateModel": 0,
            "userId": userid,
        }
        for userid in userids
        for each in core.approvals_of(kept, userid, now)
        if each["begin"] <= end and each["end"] >= begin
    ]
