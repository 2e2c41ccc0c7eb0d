# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave of the new family.

https://open.dingtalk.com/document/development/attendance-overview
"""

from __future__ import annotations

import datetime
from typing import Any, Dict

from ..endpoints import Call, api
from ..errors import ApiError
from ..leave import core, hours
from ..messages import BEIJING
from . import attendance_reports

BASE = "/v1.0/attendance/"
GROUP_READ = "qyapi_attendance_group_read"
READ = "qyapi_holiday_readonly"
MOST_PEOPLE = 50
MOST_HOLIDAY_PEOPLE = 50


def invalid(_name: str = "") -> ApiError:
    return ApiError("invalidRequestParams", "参数错误")


def operator(call: Call) -> Any:
    """The administrator of leave. :raise ApiError: not an administrator"""
    person = call.org.person(call.params.text("opUserId", required=True))
    if person is None or not person.admin_level:
        raise ApiError("leaveOpuserIdIsNotAdmin", "操作人不是管理员")
    return person


def person(call: Call) -> str:
    found = call.org.person(call.params.text("userId", default="") or "")
    if found is None:
        raise invalid()
    userid: str = found.userid
    return userid


@api("GET", BASE + "leaves/types", scope=READ, exempt=False)
def types(call: Call) -> Dict[str, Any]:
    operator(call)
    source = call.params.text("vacationSource", default="") or ""
    rows = [
        each
        for each in core.area(call.world, call.org.corp_id)["types"]
        if source == "all" or each["source"] == "external"
    ]
    return {"result": rows}


@api("POST", BASE + "approvals/durations/calculate", scope=GROUP_READ, exempt=False)
def calculate(call: Call) -> Dict[str, Any]:
    person(call)
    try:
        found = core.period(call.world, call.org.corp_id, dict(call.params.body))
    except core.Refused as error:
        raise ApiError(error.code)
    return {"result": found["result"], "success": True}


@api("POST", BASE + "approvals/finish", scope=GROUP_READ, exempt=False)
def finish(call: Call) -> Dict[str, Any]:
    userid = person(call)
    try:
        result = core.finish(
            call.world, call.org.corp_id, userid, dict(call.params.body)
        )
    except core.Refused as error:
        raise ApiError(error.code)
    return {"result": result, "success": True}


@api("POST", BASE + "approvals/query", exempt=False)
def approvals(call: Call) -> Dict[str, Any]:
    params = call.params
    userids = (params.text("userIds", required=True) or "").split(",")
    if len(userids) > MOST_PEOPLE:
        raise invalid()
    kinds = params.json("bizTypes") or [1, 2, 3]
    begin = params.integer("fromDateTime", required=True) or 0
    end = params.integer("toDateTime", required=True) or 0
    rows = []
    found = core.approvals_of(call.world, call.org.corp_id, userids, begin, end)
    for each in found + attendance_reports.approvals_of(call, userids, begin, end):
        if each["bizType"] not in kinds:
            continue
        row = {
            name: each[name]
            for name in (
                "approveId",
                "bizType",
                "tagName",
                "subType",
                "durationUnit",
                "calculateModel",
                "userId",
            )
        }
        row["beginTime"] = _text(each["begin"])
        row["endTime"] = _text(each["end"])
        rows.append(row)
    return {"result": rows}


def _text(at: int) -> str:
    moment = datetime.datetime.fromtimestamp(at / 1000.0, BEIJING)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@api("POST", BASE + "closingAccounts/status/query", scope=GROUP_READ, exempt=False)
def closed(call: Call) -> Dict[str, Any]:
    params = call.params
    if not params.text("bizCode", required=True):
        raise invalid()
    params.names("userIds", required=True)
    periods = params.json("userTimeRange", required=True)
    for each in periods:
        if core.is_closed(
            call.world, call.org.corp_id, each["startTime"], each["endTime"]
        ):
            return {"pass": False, "code": "closed", "mesage": "该时间段已封账"}
    return {"pass": True, "mesage": ""}


@api("POST", BASE + "holidays", scope=GROUP_READ, exempt=False)
def holidays(call: Call) -> Dict[str, Any]:
    params = call.params
    userids = params.names("userIds", required=True) or []
    if len(userids) > MOST_HOLIDAY_PEOPLE:
        raise invalid()
    first, last = [
        datetime.datetime.fromtimestamp(
            (params.integer(name, required=True) or 0) / 1000.0, BEIJING
        ).date()
        for name in ("workDateFrom", "workDateTo")
    ]
    rows = []
    for day, name, kind, instead in hours.holidays(call.world, first, last):
        row = {"holidayName": name, "holidayType": kind, "workDate": _ms(day)}
        if instead:
            row["realWorkDate"] = _ms(datetime.date.fromisoformat(instead))
        rows.append(row)
    return {"result": [{"userId": userid, "holidays": rows} for userid in userids]}


def _ms(day: datetime.date) -> int:
    midnight = datetime.datetime.combine(day, datetime.time(), BEIJING)
    return int(midnight.timestamp() * 1000)
