# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Requests of leave: instances of the suite 请假, which only people can start.

Another instance revokes or replaces an approved one, which it names; its `bizAction`
tells which.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

from ..approvals.components import compact
from ..approvals.records import COMPLETED, Instance, Refused, Template
from ..approvals.templates import MANAGER, process_code
from . import core, hours

CATEGORY = "attendance.leave"
NAME = "请假（考勤）"
FIELD = "DDHolidayField"
PERIOD = compact(["开始时间", "结束时间"])
ACTIONS = ("NONE", "REVOKE", "MODIFY")
SHOWN = {hours.DAY: "DAY", hours.HALF_DAY: "HALF_DAY", hours.HOUR: "HOUR"}


def template(world: Any, org: Any) -> Template:
    """The suite's template, created with the first request."""
    approvals = world.approvals
    found = approvals.by_name(org.corp_id, NAME)
    if found is None:
        administrators = org.administrators()
        found = Template(
            process_code(),
            org.corp_id,
            NAME,
            [
                {
                    "componentType": FIELD,
                    "props": {"id": FIELD + "-J2BWEN12", "label": PERIOD},
                },
                {
                    "componentType": "TextareaField",
                    "props": {"id": "TextareaField-J2BWEN13", "label": "请假事由"},
                },
            ],
            flow=[{"action": "ONE_BY_ONE", "userids": [MANAGER], "name": "部门主管"}],
            creator=administrators[0].userid if administrators else "",
            created_at=world.now(),
            modified_at=world.now(),
            # Not among the templates of a person: it has a form of its own.
            config={"hidden": True},
            category=CATEGORY,
        )
        approvals.templates[found.process_code] = found
    return found


def start(
    world: Any,
    org: Any,
    userid: str,
    kind: str,
    begin: str,
    end: str,
    reason: str = "",
    action: str = "NONE",
    main_id: str = "",
) -> Instance:
    """A person asks for leave.

    :param kind: code or name of the type
    :param begin: in the unit of the type, as the API writes it; halves as AM and PM
    :raise Refused: of an approval
    :raise core.Refused: the period
    """
    found = core.find_type(world, org.corp_id, kind)
    if found is None or action not in ACTIONS:
        raise core.Refused("invalidRequestParams")
    unit = found["leaveViewUnit"]
    first, last = hours.moment(begin, unit, False), hours.moment(end, unit, True)
    if first is None or last is None or first > last:
        raise core.Refused("invalidRequestParams")
    if action != "NONE":
        main = world.approvals.instance(org.corp_id, main_id)
        if main.status != COMPLETED or main.result != "agree":
            raise Refused("over", main_id)
    rows = hours.details(world, first, last, found["naturalDayLeave"])
    minutes = sum(row["minutes"] for row in rows)
    shown = [_shown(text) if unit == hours.HALF_DAY else text for text in (begin, end)]
    values = [
        {
            "name": PERIOD,
            "value": compact(
                shown
                + [hours.amount(minutes, unit), unit, found["leaveName"], "请假类型"]
            ),
            "extValue": compact(_companion(found, rows, minutes)),
        },
        {"name": "请假事由", "value": reason or "有事"},
    ]
    person = org.person(userid)
    if person is None:
        raise Refused("person", userid)
    return world.approvals.start(
        org,
        template(world, org),
        userid,
        -1 if person.main_dept == 1 else person.main_dept,
        values,
        by_api=False,
        biz_action=action,
        main_id=main_id,
    )


def _shown(text: str) -> str:
    return text.replace("AM", "上午").replace("PM", "下午")


def _companion(
    found: Dict[str, Any], rows: List[Dict[str, Any]], minutes: int
) -> Dict[str, Any]:
    """The extValue: leave of each day, and the type's code."""
    return {
        "unit": SHOWN[found["leaveViewUnit"]],
        "pushTag": "请假",
        "isNaturalDay": found["naturalDayLeave"],
        "durationInDay": hours.amount(minutes, hours.DAY),
        "durationInHour": hours.amount(minutes, hours.HOUR),
        "key": found["leaveCode"],
        "extension": compact({"tag": found["leaveName"]}),
        "detailList": [
            {
                "isRest": False,
                "workTimeMinutes": hours.DAY_MINUTES,
                "approveInfo": {
                    "fromAcross": 0,
                    "toAcross": 0,
                    "fromTime": row["from"],
                    "toTime": row["to"],
                    "durationInDay": hours.amount(row["minutes"], hours.DAY),
                    "durationInHour": hours.amount(row["minutes"], hours.HOUR),
                },
            }
            for row in rows
        ],
    }


def approved(world: Any, corp_id: str, userids: List[str]) -> List[Dict[str, Any]]:
    """Requests that count in the attendance, as records."""
    agreed = [
        each
        for each in world.approvals.of_corp(corp_id)
        if each.category == CATEGORY
        and each.status == COMPLETED
        and each.result == "agree"
    ]
    replaced = {each.main_id for each in agreed if each.biz_action != "NONE"}
    found = []
    for each in agreed:
        if each.biz_action == "REVOKE" or each.id in replaced:
            continue
        if each.originator not in userids:
            continue
        row = each.values[0]
        value, companion = json.loads(row["value"]), json.loads(row["extValue"])
        days = companion["detailList"]
        if not days:
            continue
        found.append(
            {
                "approveId": each.id,
                "userId": each.originator,
                "bizType": 3,
                "tagName": "请假",
                "subType": value[4],
                "begin": days[0]["approveInfo"]["fromTime"],
                "end": days[-1]["approveInfo"]["toTime"],
                "durationUnit": value[3],
                "calculateModel": 0 if companion["isNaturalDay"] else 1,
            }
        )
    return found
