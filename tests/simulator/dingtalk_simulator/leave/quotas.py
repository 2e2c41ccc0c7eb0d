# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Balances of leave, which applications change for their own types only."""

from __future__ import annotations

import datetime
from typing import Any, Dict, List, Optional

from ..errors import BEIJING
from . import core, hours

AREA = "leave_quotas"
OWN = "external"


def kept(world: Any, corp_id: str) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = world.extra.setdefault(AREA, {}).setdefault(
        corp_id, []
    )
    return found


def year(world: Any) -> str:
    moment = datetime.datetime.fromtimestamp(world.now(), BEIJING)
    return moment.strftime("%Y")


def name(prefix: str, kind: Dict[str, Any]) -> str:
    per = "hour" if kind["leaveViewUnit"] == hours.HOUR else "day"
    return "%s_num_per_%s" % (prefix, per)


def find(
    world: Any, corp_id: str, userid: str, code: str, cycle: str
) -> Optional[Dict[str, Any]]:
    for each in kept(world, corp_id):
        if (each["userid"], each["leave_code"], each["quota_cycle"]) == (
            userid,
            code,
            cycle,
        ):
            return each
    return None


def put(world: Any, corp_id: str, kind: Dict[str, Any], **values: Any) -> Any:
    """A balance entered by an administrator: `userid`, `cycle`, `total`, `used` in
    hundredths.
    """
    userid, cycle = values["userid"], values["cycle"]
    code = kind["leaveCode"]
    row = find(world, corp_id, userid, code, cycle)
    if row is None:
        row = {
            "userid": userid,
            "leave_code": code,
            "quota_cycle": cycle,
            "quota_id": "quota-%d" % (len(kept(world, corp_id)) + 1),
            "start_time": values["begin"],
            "end_time": values["end"],
            name("used", kind): 0,
            "times": 0,
        }
        kept(world, corp_id).append(row)
    if values.get("total") is not None:
        row[name("quota", kind)] = values["total"]
    if values.get("used") is not None:
        row[name("used", kind)] = values["used"]
    row["times"] += 1
    world.publish("leave.quota", corp_id=corp_id)
    return row


def write(
    world: Any, corp_id: str, asked: Dict[str, Any], fresh: bool, people: Any
) -> str:
    """Write an application's request; return why it is refused, or ''."""
    userid = str(asked.get("userid") or "")
    kind = core.find_type(world, corp_id, str(asked.get("leave_code") or ""))
    if userid not in people:
        return "员工不存在"
    if kind is None:
        return "假期类型不存在"
    if kind["source"] != OWN:
        return "不支持更新该假期类型"
    total = asked.get(name("quota", kind))
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        return "按天计算的额度不能为空"
    cycle = str(asked.get("quota_cycle") or "")
    if len(cycle) != 4 or not cycle.isdigit():
        return "周期格式错误"
    row = find(world, corp_id, userid, kind["leaveCode"], cycle)
    if fresh and row is not None:
        return "额度已存在"
    if not fresh and row is None:
        return "额度不存在"
    begin, end = asked.get("start_time"), asked.get("end_time")
    if fresh and not (
        isinstance(begin, int) and isinstance(end, int) and begin < end
    ):
        return "有效期错误"
    put(
        world,
        corp_id,
        kind,
        userid=userid,
        cycle=cycle,
        begin=begin,
        end=end,
        total=total,
    )
    return ""
