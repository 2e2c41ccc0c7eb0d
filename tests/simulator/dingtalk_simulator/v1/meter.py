# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The organisation's usage of the month.

Only the official SDK has this API: codes, period and permission are guesses.
"""

from __future__ import annotations

import re
from typing import Any, Dict

from ..endpoints import Call, api
from ..errors import ApiError
from ..messages import beijing_day

FREE_CALLS, FREE_PUSHES = 5000, 3000  # a month of the standard edition
API_CALL, PUSH = "api_call", "webhook_stream"
PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])\Z")


@api(
    "POST",
    "/v1.0/meter/resources/useInfos/query",
    scope="Meter.Usage.Read",
    exempt=False,
)
def use_infos(call: Call) -> Dict[str, Any]:
    codes = call.params.names("benefitCodeList") or [API_CALL, PUSH]
    period = call.params.text("period", required=True)
    if not PERIOD.match(period):
        raise ApiError("invalidParameter.period", "参数 period 不合法")
    corp = call.org.corp
    this = period == beijing_day(call.now())[:7]
    limits = {
        API_CALL: (
            call.world.setting("monthly_quota"),
            FREE_CALLS,
            corp.quota_used if this and corp.quota_month == period else 0,
        ),
        PUSH: (
            call.world.setting("monthly_pushes"),
            FREE_PUSHES,
            corp.pushes_used if this and corp.pushes_month == period else 0,
        ),
    }
    found = []
    for code in codes:
        if code not in limits:
            raise ApiError("invalidParameter.benefitCode", "权益码不存在：%s" % code)
        limit, free, used = limits[code]
        found.append({"quotaNum": free if limit is None else limit, "usedNum": used})
    return {"result": found}
