# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""To-dos of the old family, closed to new applications."""

from __future__ import annotations

from typing import Any

from ..endpoints import Call, oapi
from ..errors import refuse


def _refuse(call: Call) -> Any:
    raise refuse(
        "permission",
        "oapi",
        call.path,
        "bare",
        message="没有调用该接口的权限，该接口不再支持新的应用申请，请使用新版接口",
    )


for _name in ("add", "update", "getbyuserid"):
    oapi("POST", "/topapi/workrecord/" + _name, history=True, exempt=False)(_refuse)
