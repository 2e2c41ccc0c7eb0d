# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Smart HR of the old family: who will join, and employees by status."""

from __future__ import annotations

from typing import Any, Dict, List

from ..endpoints import Call, oapi
from ..errors import OapiError
from ..roster import core, employment

BASE = "/topapi/smartwork/hrm/employee/"
READ = "qyapi_hrm_read_user"
PAGE = 50
STATUSES = ("2", "3", "5", "-1")


def _bad(name: str) -> OapiError:
    return OapiError(40035, "不合法的参数：%s" % name)


def _page(call: Call, userids: List[str]) -> Dict[str, Any]:
    offset = call.params.integer("offset", required=True, low=0, problem=_bad) or 0
    size = call.params.integer("size", required=True, low=1, high=PAGE, problem=_bad)
    following = offset + (size or PAGE)
    result: Dict[str, Any] = {"data_list": userids[offset:following]}
    # Absent at the end.
    if following < len(userids):
        result["next_cursor"] = following
    return {"result": result, "success": True}


@oapi("POST", BASE + "querypreentry", scope=READ)
def joiners(call: Call) -> Dict[str, Any]:
    return _page(call, sorted(employment.joiners(call.world, call.org.corp_id)))


@oapi("POST", BASE + "queryonjob", scope=READ)
def employees(call: Call) -> Dict[str, Any]:
    wanted = call.params.names("status_list", required=True) or []
    if not wanted or any(each not in STATUSES for each in wanted):
        raise _bad("status_list")
    leavers = core.area(call.world, call.org.corp_id)["leavers"]
    kept = employment.statuses(call.world, call.org.corp_id)
    found = []
    for userid in sorted(call.org.people):
        leaver = leavers.get(userid)
        status = kept.get(userid, "3")
        if leaver and leaver["status"] == 1:
            status = "5"
        if status in wanted and not (leaver and leaver["status"] == 2):
            found.append(userid)
    return _page(call, found)
