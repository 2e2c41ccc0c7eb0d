# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Results and punches of attendance, and punches of other systems."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, List

from ..attendance import core
from ..endpoints import Call, oapi
from ..errors import BEIJING, OapiError

READ, WRITE = "qyapi_get_attendance_data", "Pro.AttendanceRecord.Write"
MOST_PEOPLE, MOST_DAYS, PAGE = 50, 7, 50
OLDEST = 180  # days
MILLISECONDS = 10**12  # the first time with thirteen digits


def _bad(name: str) -> OapiError:
    return OapiError(40035, "不合法的参数：%s" % name)


def _people(call: Call, name: str) -> List[str]:
    found = call.params.json(name, required=True)
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_PEOPLE:
        raise _bad(name)
    for each in found:
        if isinstance(each, bool) or not isinstance(each, (str, int)):
            raise _bad(name)
    return [str(each) for each in found]


def _time(call: Call, name: str) -> datetime:
    text = call.params.text(name, required=True, problem=_bad) or ""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
    raise _bad(name)


def _range(call: Call, first: str, last: str) -> List[datetime]:
    """The two times of a call, within the limits."""
    begin, end = _time(call, first), _time(call, last)
    days = (end.date() - begin.date()).days
    if not 0 <= days < MOST_DAYS:
        raise _bad(last)
    if (call.now() - begin.timestamp()) / 86400 > OLDEST + 1:
        raise _bad(first)
    return [begin, end]


def _seen(call: Call, userid: str) -> bool:
    person = call.org.person(userid)
    return person is not None and call.world.sees_person(call.app, person)


def _abroad(call: Call) -> bool:
    return bool(call.params.boolean("isI18n"))


@oapi("POST", "/attendance/list", scope=READ, exempt=False)
def results(call: Call) -> Dict[str, Any]:
    begin, end = _range(call, "workDateFrom", "workDateTo")
    userids = _people(call, "userIdList")
    offset = call.params.integer("offset", required=True, low=0, problem=_bad)
    limit = call.params.integer(
        "limit", required=True, low=1, high=PAGE, problem=_bad)
    found: List[Dict[str, Any]] = []
    # Nothing is refused: wrong people and the other side of the border have none.
    for userid in () if _abroad(call) else userids:
        if not _seen(call, userid):
            continue
        for day in core.days_between(
            begin.strftime("%Y-%m-%d"), end.strftime("%Y-%m-%d")
        ):
            found += core.results_of(call.world, call.org.corp_id, userid, day)
    page = found[offset : offset + limit]
    return {"recordresult": page, "hasMore": offset + limit < len(found)}


@oapi("POST", "/attendance/listRecord", scope=READ, exempt=False)
def punches(call: Call) -> Dict[str, Any]:
    begin, end = _range(call, "checkDateFrom", "checkDateTo")
    userids = _people(call, "userIds")
    kept = core.area(call.world, call.org.corp_id)
    last = min(int(end.timestamp() * 1000), core.now_ms(call.world))
    found = []
    for userid in () if _abroad(call) else userids:
        if _seen(call, userid):
            found += [
                core.record_of(kept, call.org.corp_id, userid, each)
                for each in core.punches_of(
                    kept, userid, int(begin.timestamp() * 1000), last
                )
            ]
    return {"recordresult": found}


@oapi("POST", "/topapi/attendance/record/upload", scope=WRITE, exempt=False)
def upload(call: Call) -> Dict[str, Any]:
    userid = call.params.text("userid", required=True, problem=_bad) or ""
    name = call.params.text("device_name", required=True, longest=200, problem=_bad)
    device = call.params.text("device_id", required=True, longest=200, problem=_bad)
    moment = call.params.integer("user_check_time", required=True, problem=_bad)
    if call.org.person(userid) is None:
        raise OapiError(60121)
    now = core.now_ms(call.world)
    # Reports success although a time in seconds has no effect.
    if moment and moment >= MILLISECONDS:
        if not now - OLDEST * core.DAY <= moment <= now + 10 * core.MINUTE:
            raise _bad("user_check_time")
        core.punch(
            call.world,
            call.org.corp_id,
            userid,
            moment,
            source="ATM",
            address=name,
            device=device,
        )
    return {"success": True}


COLUMNS = (
    (1001, "工作时长", "work"),
    (1002, "迟到时长", "late"),
    (1003, "早退时长", "early"),
    (1004, "上班缺卡次数", "missing_on"),
    (1005, "下班缺卡次数", "missing_off"),
)


@oapi("POST", "/topapi/attendance/getattcolumns", scope="qyapi_base", exempt=False)
def columns(call: Call) -> Dict[str, Any]:
    return {
        "result": {
            "columns": [
                {
                    "id": key,
                    "name": title,
                    "alias": name,
                    "type": 0,
                    "status": 0,
                    "expression_id": key + 500,
                }
                for key, title, name in COLUMNS
            ]
        }
    }
