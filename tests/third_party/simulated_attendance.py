# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""An endpoint that DingTalk's simulator does not have: everybody punches at nine."""

from dingtalk_simulator.endpoints import oapi


@oapi("POST", "/attendance/listRecord")
def list_record(call):
    day = call.params.text("checkDateFrom", required=True)[:10]
    return {
        "recordresult": [
            {"userId": userid, "userCheckTime": day + " 09:00:00"}
            for userid in call.params.json("userIds", required=True)
        ]
    }
