# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave of the old family: withdrawing a record."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, oapi
from ..errors import OapiError
from ..leave import core


@oapi(
    "POST",
    "/topapi/attendance/approve/cancel",
    scope="qyapi_attendance_group_manage",
    exempt=False,
)
def cancel(call: Call) -> Dict[str, Any]:
    userid = call.params.text("userid", required=True) or ""
    key = call.params.text("approve_id", required=True) or ""
    if call.org.person(userid) is None:
        raise OapiError(60121)
    # The page names no error for an unknown id.
    core.cancel(call.world, call.org.corp_id, userid, key)
    return {"success": True}
