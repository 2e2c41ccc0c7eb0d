# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Field check-ins of people."""

from __future__ import annotations

from typing import Any, Dict

from ..attendance import checkins
from ..attendance.core import DAY
from ..endpoints import Call, oapi
from ..errors import OapiError

MOST_PEOPLE, PAGE = 10, 100
DAYS_ALONE, DAYS_TOGETHER = 10, 1


def _bad(name: str) -> OapiError:
    return OapiError(40035, "不合法的参数：%s" % name)


@oapi("POST", "/topapi/checkin/record/get", scope="qyapi_base", exempt=False)
def records(call: Call) -> Dict[str, Any]:
    userids = call.params.names("userid_list", required=True) or []
    if not 1 <= len(userids) <= MOST_PEOPLE:
        raise _bad("userid_list")
    begin = call.params.integer("start_time", required=True, low=0, problem=_bad) or 0
    end = call.params.integer("end_time", required=True, low=0, problem=_bad) or 0
    days = DAYS_ALONE if len(userids) == 1 else DAYS_TOGETHER
    if not 0 <= end - begin <= days * DAY:
        raise _bad("end_time")
    cursor = call.params.integer("cursor", required=True, low=0, problem=_bad) or 0
    size = call.params.integer("size", required=True, low=1, high=PAGE, problem=_bad)
    # Unknown and invisible people have none; nothing is refused.
    seen = []
    for userid in userids:
        person = call.org.person(userid)
        if person is not None and call.world.sees_person(call.app, person):
            seen.append(userid)
    found = checkins.between(call.world, call.org.corp_id, seen, begin, end)
    following = cursor + (size or PAGE)
    page = [
        {name: value for name, value in each.items() if value not in ("", [], None)}
        for each in found[cursor:following]
    ]
    result: Dict[str, Any] = {"page_list": page}
    # Absent at the end, as in the page's example.
    if following < len(found):
        result["next_cursor"] = following
    return {"result": result}
