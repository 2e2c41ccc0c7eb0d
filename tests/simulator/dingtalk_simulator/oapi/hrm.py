# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Smart HR of the old family: the roster's fields, and changes of it."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, oapi
from ..errors import OapiError
from ..roster import core

BASE = "/topapi/smartwork/hrm/"


def _application(call: Call) -> None:
    if call.params.integer("agentid", required=True) != call.app.agent_id:
        raise OapiError(40035, "不合法的参数：agentid")


@oapi("POST", BASE + "roster/meta/get", scope="qyapi_hrm_read_user")
def meta(call: Call) -> Dict[str, Any]:
    _application(call)
    return {
        "result": [
            {
                "group_id": group,
                "group_name": name,
                "detail": detail,
                "field_meta_info_list": [
                    {
                        "field_code": code,
                        "field_name": title,
                        "field_type": kind,
                        "derived": code in core.FIXED,
                        "option_text": ",".join(options),
                    }
                    for code, title, kind, options in rows
                ],
            }
            for group, (name, detail, rows) in core.GROUPS.items()
        ],
        "success": True,
    }


@oapi("POST", BASE + "employee/v2/update", scope="qyapi_hrm_manager")
def update(call: Call) -> Dict[str, Any]:
    _application(call)
    given = call.params.json("param", required=True)
    userid = given.get("userid") or ""
    if call.org.person(userid) is None:
        raise OapiError(60121)
    try:
        core.update(call.world, call.org, userid, given.get("groups") or [])
    except core.Refused as error:
        raise OapiError(40035, "不合法的参数：%s" % error)
    return {"result": True, "success": True}
