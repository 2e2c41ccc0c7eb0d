# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Failed events in the new family.

Only the official SDK has this API. Deletion is undocumented; without a cursor, it is
assumed to work like the old one.
"""

from __future__ import annotations

import json
from typing import Any, Dict

from ..callbacks import payloads
from ..callbacks.subscriptions import Store
from ..endpoints import Call, api


@api("GET", "/v1.0/event/callbacks/failedResults", exempt=False)
def failed_results(call: Call) -> Dict[str, Any]:
    found, more = Store(call.world).take_failed(
        call.app.app_key,
        call.params.integer("beginTime", default=0),
        call.params.integer("endTime", default=0),
    )
    return {
        "hasMore": more,
        "failedList": [
            {
                "callBackTag": event.event_type,
                "callBackData": json.dumps(
                    payloads.failed_item(event, event.event_type)[event.event_type],
                    ensure_ascii=False,
                ),
                "corpId": event.corp_id,
                "eventTime": event.born_at,
            }
            for event in found
        ],
    }
