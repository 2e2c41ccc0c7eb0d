# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Groups of fields, and people's rows of values.

Kept in `world.extra`: person -> group -> list of rows, each {field code: value}. A
group is one row, but a detail group (such as family) has any number.
"""

from __future__ import annotations

import random
from typing import Any, Dict, List, Optional

AREA = "roster"
TEXT, DATE, SELECT = "TextField", "DDDateField", "DDSelectField"
# group -> (name, detail, [(code, name, kind, options)])
GROUPS: Dict[str, Any] = {
    "sys00": (
        "基础信息",
        False,
        [
            ("sys00-name", "姓名", TEXT, ()),
            ("sys00-mobile", "手机号", TEXT, ()),
            ("sys00-position", "职位", TEXT, ()),
            ("sys00-mainDept", "主部门", TEXT, ()),
            ("sys00-workPlace", "办公地点", TEXT, ()),
            ("sys00-confirmJoinTime", "入职时间", DATE, ()),
            ("sys00-jobNumber", "工号", TEXT, ()),
        ],
    ),
    "sys01": (
        "工作信息",
        False,
        [
            ("sys01-employeeType", "员工类型", SELECT, ("全职", "兼职", "实习")),
            ("sys01-employeeStatus", "员工状态", SELECT, ("试用", "正式", "待离职")),
            ("sys01-regularTime", "转正日期", DATE, ()),
        ],
    ),
    "sys02": (
        "个人信息",
        False,
        [
            ("sys02-realName", "身份证姓名", TEXT, ()),
            ("sys02-certNo", "证件号码", TEXT, ()),
            ("sys02-birthTime", "出生日期", DATE, ()),
            ("sys02-sexType", "性别", SELECT, ("男", "女")),
            ("sys02-marriage", "婚姻状况", SELECT, ("未婚", "已婚", "离异")),
            ("sys02-address", "住址", TEXT, ()),
            # A field added by the organisation.
            ("1c3f0a52-passport", "护照号码", TEXT, ()),
        ],
    ),
    "sys03": (
        "学历信息",
        False,
        [
            ("sys03-graduateSchool", "毕业院校", TEXT, ()),
            ("sys03-major", "所学专业", TEXT, ()),
        ],
    ),
    "sys04": ("银行卡信息", False, [("sys04-bankAccountNo", "银行卡号", TEXT, ())]),
    "sys05": (
        "合同信息",
        False,
        [
            ("sys05-nowContractStartTime", "现合同起始日", DATE, ()),
            ("sys05-nowContractEndTime", "现合同到期日", DATE, ()),
        ],
    ),
    "sys06": (
        "紧急联系人",
        True,
        [
            ("sys06-urgentContactsName", "紧急联系人姓名", TEXT, ()),
            ("sys06-urgentContactsRelation", "联系人关系", TEXT, ()),
            ("sys06-urgentContactsPhone", "联系人电话", TEXT, ()),
        ],
    ),
}
# The values of the status are not numbered from 0.
STATUS = "sys01-employeeStatus"
STATUSES = {"2": "试用", "3": "正式", "5": "待离职"}
# Changed by the address book only.
FIXED = ("sys00-mainDept", "sys00-name", "sys00-mobile")


class Refused(Exception):
    """A value or field that the roster rejects."""


def area(world: Any, corp_id: str) -> Dict[str, Any]:
    kept: Dict[str, Any] = world.extra.setdefault(AREA, {})
    found: Dict[str, Any] = kept.setdefault(corp_id, {"rows": {}, "leavers": {}})
    return found


def fields() -> Dict[str, Any]:
    """Code -> (group, name, kind, options)."""
    return {
        code: (group, name, kind, options)
        for group, (_title, _detail, rows) in GROUPS.items()
        for code, name, kind, options in rows
    }


def rows_of(world: Any, org: Any, userid: str) -> Dict[str, List[Dict[str, str]]]:
    """A person's values, generated at the first look."""
    kept = area(world, org.corp_id)["rows"]
    if userid not in kept:
        kept[userid] = _made_up(org, userid)
    found: Dict[str, List[Dict[str, str]]] = kept[userid]
    person = org.person(userid)
    if person is not None:
        department = org.department(person.main_dept)
        found["sys00"][0].update(
            {
                "sys00-name": person.name,
                "sys00-mobile": person.mobile,
                "sys00-mainDept": department.name if department else "",
            }
        )
    return found


def set_status(world: Any, org: Any, userid: str, status: str) -> None:
    """2 probation, 3 regular, 5 leaving."""
    rows_of(world, org, userid)["sys01"][0][STATUS] = STATUSES[status]


def _made_up(org: Any, userid: str) -> Dict[str, List[Dict[str, str]]]:
    dice = random.Random("roster %s %s" % (org.corp_id, userid))
    year = dice.randrange(1970, 2000)
    birth = "%d-%02d-%02d" % (year, dice.randrange(1, 13), dice.randrange(1, 29))
    person = org.person(userid)
    return {
        "sys00": [
            {
                "sys00-position": person.title if person is not None else "",
                "sys00-workPlace": "杭州",
                "sys00-confirmJoinTime": "2020-03-%02d" % dice.randrange(1, 29),
                "sys00-jobNumber": "%05d" % dice.randrange(10**5),
            }
        ],
        "sys01": [
            {
                "sys01-employeeType": "全职",
                "sys01-employeeStatus": "正式",
                "sys01-regularTime": "2020-06-%02d" % dice.randrange(1, 29),
            }
        ],
        "sys02": [
            {
                "sys02-realName": person.name if person is not None else "",
                "sys02-certNo": "330106%s%04d" % (birth.replace("-", ""), year),
                "sys02-birthTime": birth,
                "sys02-sexType": dice.choice(("男", "女")),
                "sys02-marriage": dice.choice(("未婚", "已婚")),
                "sys02-address": "文三路 %d 号" % dice.randrange(1, 500),
            }
        ],
        "sys03": [{"sys03-graduateSchool": "浙江大学", "sys03-major": "机械"}],
        "sys04": [{"sys04-bankAccountNo": "6222%012d" % dice.randrange(10**12)}],
        "sys05": [{"sys05-nowContractStartTime": "2023-03-01"}],
        "sys06": [
            {
                "sys06-urgentContactsName": "家人",
                "sys06-urgentContactsRelation": "配偶",
                "sys06-urgentContactsPhone": "138%08d" % dice.randrange(10**8),
            }
        ],
    }


def shown(
    world: Any, org: Any, userid: str, codes: Optional[List[str]]
) -> List[Dict[str, Any]]:
    """A person's fields as in the API's answer."""
    found = []
    for group, rows in rows_of(world, org, userid).items():
        for code, name, kind, options in GROUPS[group][2]:
            if codes and code not in codes:
                continue
            values = []
            for number, row in enumerate(rows):
                value = row.get(code, "")
                # Of a choice, the value is the key of the option.
                key = str(options.index(value)) if value in options else value
                if code == STATUS and value in options:
                    key = list(STATUSES)[options.index(value)]
                values.append({"itemIndex": number, "label": value, "value": key})
            found.append(
                {
                    "groupId": group,
                    "fieldCode": code,
                    "fieldName": name,
                    "fieldValueList": values,
                }
            )
    return found


def update(world: Any, org: Any, userid: str, groups: List[Dict[str, Any]]) -> None:
    """Change rows; without `old_index` create one, whose other fields are empty.

    In a group of one row the new one replaces the other, and omitted values are lost:
    the trap of this call.

    :raise Refused: invalid; nothing has changed
    """
    known = fields()
    rows = rows_of(world, org, userid)
    work = []
    for group in groups:
        name = group.get("group_id")
        if name not in GROUPS:
            raise Refused("group_id %s" % name)
        for section in group.get("sections") or ():
            index = section.get("old_index")
            given = {}
            for entry in section.get("section") or ():
                code, value = entry.get("field_code"), entry.get("value")
                if code not in known or known[code][0] != name or code in FIXED:
                    raise Refused("field_code %s" % code)
                given[code] = _stored(known[code], value)
            if index is not None and not 0 <= index < len(rows.get(name, ())):
                raise Refused("old_index %s" % index)
            work.append((name, index, given))
    for name, index, given in work:
        if index is not None:
            rows[name][index].update(given)
        elif GROUPS[name][1]:
            rows[name].append(given)
        else:
            rows[name] = [given]
    world.publish("roster.update", corp_id=org.corp_id)


def _stored(field: Any, value: Any) -> str:
    _group, name, kind, options = field
    if not isinstance(value, str):
        raise Refused(name)
    if kind == SELECT and value:
        if not value.isdigit() or int(value) >= len(options):
            raise Refused(name)
        found: str = options[int(value)]
        return found
    if kind == DATE and value and (len(value) != 10 or value[4] + value[7] != "--"):
        raise Refused(name)
    return value
