# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Smart HR of the new family."""

from __future__ import annotations

from typing import Any, Dict

from ..checks import read_json
from ..endpoints import Call, api
from ..errors import ApiError
from ..roster import core, employment

READ = "qyapi_hrm_read_user"
MOST_PEOPLE, MOST_FIELDS, MOST_PAGE = 100, 100, 50


def invalid(_name: str = "") -> ApiError:
    return ApiError("invalidParameter", "参数错误")


@api("POST", "/v1.0/hrm/rosters/lists/query", scope=READ)
def rosters(call: Call) -> Dict[str, Any]:
    params = call.params
    if params.integer("appAgentId", required=True) != call.app.agent_id:
        raise ApiError("noPermission", "没有权限")
    userids = params.names("userIdList", required=True) or []
    codes = params.names("fieldFilterList") or []
    if len(userids) > MOST_PEOPLE or len(codes) > MOST_FIELDS:
        raise invalid()
    rows = []
    for userid in userids:
        person = call.org.person(userid)
        # Others are omitted; undocumented.
        known = userid in _area(call)["leavers"] or userid in employment.joiners(
            call.world, call.org.corp_id
        )
        if person is None and not known:
            continue
        rows.append(
            {
                "corpId": call.org.corp_id,
                "userId": userid,
                "unionId": person.unionid if person is not None else "",
                "fieldDataList": core.shown(call.world, call.org, userid, codes),
            }
        )
    return {"result": rows}


def _area(call: Call) -> Dict[str, Any]:
    return core.area(call.world, call.org.corp_id)


@api("GET", "/v1.0/hrm/employees/dismissions", scope=READ)
def dismissions(call: Call) -> Dict[str, Any]:
    start = call.params.integer("nextToken", default=0, low=0) or 0
    size = call.params.integer("maxResults", required=True, low=1, high=MOST_PAGE) or 1
    userids = sorted(_area(call)["leavers"])
    page = userids[start : start + size]
    more = start + size < len(userids)
    return {
        "userIdList": page,
        "hasMore": more,
        "nextToken": start + size if more else 0,
    }


@api("GET", "/v1.0/hrm/employees/dimissionInfos", scope=READ)
def dismission_infos(call: Call) -> Dict[str, Any]:
    text = call.params.text("userIdList", required=True) or ""
    try:
        userids = read_json(text)
    except ValueError:
        raise invalid()
    if not isinstance(userids, list) or len(userids) > MOST_PAGE:
        raise invalid()
    if not all(isinstance(userid, str) for userid in userids):
        raise invalid()
    leavers = _area(call)["leavers"]
    return {
        "result": [
            dict(leavers[userid], userId=userid)
            for userid in userids
            if userid in leavers
        ]
    }
