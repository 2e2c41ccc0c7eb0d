# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Balances of leave."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, oapi
from ..errors import OapiError
from ..leave import core, quotas

BASE = "/topapi/attendance/vacation/quota/"
READ, MANAGE = "qyapi_holiday_readonly", "qyapi_holiday_manage"
MOST_PEOPLE, PAGE = 50, 50


def _bad(name: str) -> OapiError:
    return OapiError(40035, "不合法的参数：%s" % name)


def _operator(call: Call) -> None:
    person = call.org.person(call.params.text("op_userid", required=True) or "")
    if person is None or not person.admin_level:
        raise OapiError(40035, "操作人不是管理员")


@oapi("POST", BASE + "list", scope=READ, exempt=False)
def listed(call: Call) -> Dict[str, Any]:
    _operator(call)
    code = call.params.text("leave_code", required=True) or ""
    userids = call.params.names("userids", required=True) or []
    offset = call.params.integer("offset", required=True, low=0, problem=_bad) or 0
    size = call.params.integer("size", required=True, low=1, high=PAGE, problem=_bad)
    if len(userids) > MOST_PEOPLE:
        raise _bad("userids")
    if core.find_type(call.world, call.org.corp_id, code) is None:
        raise _bad("leave_code")
    found = [
        {name: value for name, value in each.items() if name != "times"}
        for each in quotas.kept(call.world, call.org.corp_id)
        if each["leave_code"] == code and each["userid"] in userids
    ]
    following = offset + (size or PAGE)
    return {
        "result": {
            "has_more": following < len(found),
            "leave_quotas": found[offset:following],
        },
        "success": True,
    }


def _write(call: Call, fresh: bool) -> Dict[str, Any]:
    _operator(call)
    asked = call.params.json("leave_quotas", required=True)
    if not isinstance(asked, list) or not asked:
        raise _bad("leave_quotas")
    refused = []
    for each in asked:
        if not isinstance(each, dict):
            raise _bad("leave_quotas")
        reason = quotas.write(
            call.world, call.org.corp_id, each, fresh, call.org.people
        )
        if reason:
            refused.append(
                {
                    "quota": {
                        name: each[name]
                        for name in ("leave_code", "quota_cycle", "userid")
                        if name in each
                    },
                    "reason": reason,
                }
            )
    # Reports success although some were refused, as in the page's example.
    return {"result": refused, "success": True}


@oapi("POST", BASE + "init", scope=MANAGE, exempt=False)
def create(call: Call) -> Dict[str, Any]:
    return _write(call, True)


@oapi("POST", BASE + "update", scope=MANAGE, exempt=False)
def update(call: Call) -> Dict[str, Any]:
    return _write(call, False)
