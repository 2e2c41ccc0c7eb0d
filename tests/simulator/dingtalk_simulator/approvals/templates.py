# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Templates: checks when one is saved, their answers in APIs, and those of a new
organisation.
"""

from __future__ import annotations

import json
import random
from typing import Any, Dict, Iterable, List, Optional

from .. import ids
from ..checks import FLAG, Wrong, either, maybe, members, rows, text, whole_number
from ..parameters import COMPONENT
from .components import KINDS, compact, labels_of, options_of
from .records import ACTIONS, ONE_BY_ONE, Refused, Template

MOST_COMPONENTS = 200
MOST_TEMPLATES = 200
MANAGER = "$manager"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# member of props -> its longest text
LENGTHS = {"id": 64, "bizAlias": 64, "placeholder": 128, "content": 500}
LONGEST_LABEL = 20
FLOW_NODE = members(
    action=text(), userids=rows(text()), name=text(), key=text(), select=FLAG
)


def made_id(kind: str, source: Optional[random.Random] = None) -> str:
    """As `TextField_1IPMPA32H9CW0`."""
    pick = source.choice if source else random.SystemRandom().choice
    return "%s_1%s" % (kind, "".join(pick(LETTERS) for _each in range(12)))


def process_code(source: Optional[random.Random] = None) -> str:
    if source is None:
        return "PROC-" + ids.request_guid()
    text = "%032X" % source.getrandbits(128)
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    return "PROC-" + "-".join(parts)


def checked(
    components: Any, source: Optional[random.Random] = None, nested: bool = False
) -> List[Dict[str, Any]]:
    """Components as stored, each with its own id.

    :raise Refused: a kind, a label or a member that does not fit
    """
    try:
        rows(COMPONENT, least=1)(components, "formComponents")
    except Wrong as wrong:
        raise Refused("form", wrong.where)
    found: List[Dict[str, Any]] = []
    for each in components:
        kind = each.get("componentType")
        if kind not in KINDS or nested and kind in ("TableField", "TextNote"):
            raise Refused("form", "componentType %s" % kind)
        props = dict(each.get("props") or {})
        key = props.pop("componentId", None) or props.get("id")
        props = {
            name: value for name, value in props.items() if value not in (None, [], "")
        }
        props["id"] = str(key or made_id(kind, source))
        component: Dict[str, Any] = {"componentType": kind, "props": props}
        if kind != "TextNote":
            labels = labels_of(component)
            if not labels[0] or any(len(label) > LONGEST_LABEL for label in labels):
                raise Refused("form", "label")
            if kind == "DDDateRangeField" and len(labels) != 2:
                raise Refused("form", "label of %s" % kind)
        for name, longest in LENGTHS.items():
            if len(str(props.get(name) or "")) > longest:
                raise Refused("form", name)
        if kind in ("DDSelectField", "DDMultiSelectField"):
            props["options"] = options_of(component)
            if not props["options"]:
                raise Refused("form", "options of %s" % labels_of(component)[0])
        if kind == "TableField":
            component["children"] = checked(each.get("children"), source, True)
        found.append(component)
    if not nested:
        _check_whole(found)
    return found


def _check_whole(components: List[Dict[str, Any]]) -> None:
    keys: List[str] = []
    for each in components:
        for one in [each] + list(each.get("children") or ()):
            keys.append(one["props"]["id"])
    if len(keys) != len(set(keys)):
        raise Refused("form", "componentId")
    if len(keys) > MOST_COMPONENTS:
        raise Refused("form", "formComponents")


def checked_flow(flow: Any, org: Any) -> List[Dict[str, Any]]:
    """The nodes of a template, also as lines `AND userid userid`.

    :raise Refused: a person or an action is unknown
    """
    found = []
    try:
        maybe(rows(either(text(), FLOW_NODE)))(flow, "flow")
    except Wrong as wrong:
        raise Refused("form", wrong.where)
    for node in flow or ():
        if isinstance(node, str):
            action, *userids = node.split() or [""]
            node = {"action": action, "userids": userids}
        action = node.get("action") or ONE_BY_ONE
        userids = list(node.get("userids") or ())
        if action not in ACTIONS or not userids and not node.get("select"):
            raise Refused("form", "flow")
        for userid in userids:
            if userid != MANAGER and org.person(userid) is None:
                raise Refused("person", str(userid))
        entry = {"action": action, "userids": userids}
        if node.get("name"):
            entry["name"] = str(node["name"])
        if node.get("select"):
            entry["select"] = True
            entry["key"] = node.get("key") or "manual_" + ids.random_lower(8)
        found.append(entry)
    return found


# What APIs show


def schema(template: Template) -> Dict[str, Any]:
    """The answer of forms/schemas/processCodes."""
    return {
        "creatorUserId": template.creator,
        "appUuid": template.corp_id,
        "formCode": template.process_code,
        "formUuid": template.form_uuid,
        "name": template.name,
        "memo": template.description,
        "ownerIdType": "ORG",
        "appType": 0,
        "bizType": "",
        "engineType": 0,
        "status": template.status,
        "listOrder": 0,
        "customSetting": "{}",
        "procType": "inner",
        "visibleRange": "ALL" if template.visible_to is None else "PART",
        "icon": template.icon,
        "gmtCreate": str(int(template.created_at * 1000)),
        "gmtModified": str(int(template.modified_at * 1000)),
        "schemaContent": {
            "title": template.name,
            "icon": template.icon,
            "items": [_item(each) for each in template.components],
        },
    }


def _item(component: Dict[str, Any]) -> Dict[str, Any]:
    props = dict(component["props"], required=is_required(component))
    if "options" in props:
        props["options"] = [compact(each) for each in options_of(component)]
    if whole_number(props.get("choice")) is not None:
        props["choice"] = whole_number(props["choice"])
    if "statField" in props:
        props["statField"] = [
            {
                "id": each.get("componentId") or each.get("id"),
                "label": each.get("label"),
                "upper": str(each.get("upper", "")) in ("1", "true", "True"),
            }
            for each in props["statField"]
        ]
    item = {"componentName": component["componentType"], "props": props}
    if "children" in component:
        item["children"] = [_item(each) for each in component["children"]]
    return item


def is_required(component: Dict[str, Any]) -> bool:
    return component["props"].get("required") in (True, "true", "True", 1)


def addresses(template: Template) -> Dict[str, str]:
    """`url` and `iconUrl` of lists of templates."""
    return {
        "url": "https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?corpid=%s"
        "&processCode=%s#/custom" % (template.corp_id, template.process_code),
        "iconUrl": "https://gw.alicdn.com/tfs/%s-102-102.png" % template.icon,
    }


# Those of a new organisation


def _part(
    kind: str, label: str, required: bool = False, **props: Any
) -> Dict[str, Any]:
    children = props.pop("children", None)
    values = dict(props, label=label, required=required)
    if children:
        return {"componentType": kind, "props": values, "children": children}
    return {"componentType": kind, "props": values}


def _options(*texts: str) -> List[Dict[str, str]]:
    return [{"value": text, "key": "option_%d" % i} for i, text in enumerate(texts)]


def purchase() -> List[Dict[str, Any]]:
    """A purchase request with a component of every common kind."""
    return [
        _part("TextField", "申请事由", True, placeholder="请输入"),
        _part("TextareaField", "详细说明"),
        _part("NumberField", "数量", unit="件"),
        _part("MoneyField", "总金额", True, upper="1"),
        _part("DDDateField", "期望交付日期", unit="天", format="yyyy-MM-dd"),
        _part(
            "DDDateRangeField",
            compact(["开始时间", "结束时间"]),
            unit="天",
            format="yyyy-MM-dd",
            duration=False,
        ),
        _part(
            "DDSelectField",
            "采购类型",
            options=_options("办公用品", "生产原料", "固定资产"),
        ),
        _part(
            "DDMultiSelectField", "付款方式", options=_options("现金", "转账", "支票")
        ),
        _part("InnerContactField", "收货人", choice="0"),
        _part("DepartmentField", "使用部门", multiple=False),
        _part("PhoneField", "联系电话", mode="phone"),
        _part(
            "TableField",
            "采购明细",
            tableViewMode="table",
            children=[
                _part("TextField", "名称", True),
                _part("NumberField", "采购数量", True),
                _part("MoneyField", "单价"),
                _part("DDDateField", "到货日期", unit="天", format="yyyy-MM-dd"),
                _part("DDSelectField", "单位", options=_options("个", "台", "箱")),
            ],
        ),
        _part("DDPhotoField", "图片"),
        _part("DDAttachment", "附件"),
        _part("RelateField", "关联审批单"),
        {"componentType": "TextNote", "props": {"content": "请附上报价单。"}},
    ]


def leave() -> List[Dict[str, Any]]:
    return [
        _part(
            "DDSelectField", "请假类型", True, options=_options("年假", "事假", "病假")
        ),
        _part(
            "DDDateRangeField",
            compact(["开始时间", "结束时间"]),
            True,
            unit="小时",
            format="yyyy-MM-dd HH:mm",
            duration=True,
        ),
        _part("NumberField", "时长（天）", True),
        _part("TextareaField", "请假事由", True),
        _part("DDPhotoField", "图片"),
    ]


def simple() -> List[Dict[str, Any]]:
    return [
        _part("TextField", "标题", True),
        _part("TextareaField", "内容"),
        _part("DDAttachment", "附件"),
    ]


def first_templates(org: Any, seed: int, now: float) -> Iterable[Template]:
    """采购申请, 请假 and 简单审批; the same seed gives the same codes and ids."""
    source = random.Random("approvals %s %s" % (seed, org.corp_id))
    administrators = org.administrators()
    head = administrators[0].userid if administrators else next(iter(org.people))
    for name, components, flow in (
        (
            "采购申请",
            purchase(),
            [
                {"action": ONE_BY_ONE, "userids": [MANAGER], "name": "部门主管"},
                {"action": ONE_BY_ONE, "userids": [head], "name": "采购"},
            ],
        ),
        (
            "请假",
            leave(),
            [{"action": ONE_BY_ONE, "userids": [MANAGER], "name": "部门主管"}],
        ),
        (
            "简单审批",
            simple(),
            [{"action": ONE_BY_ONE, "userids": [head], "name": "审批人"}],
        ),
    ):
        yield Template(
            process_code(source),
            org.corp_id,
            name,
            checked(json.loads(compact(components)), source),
            flow=flow,
            creator=head,
            form_uuid="FORM-" + process_code(source)[5:],
            created_at=now,
            modified_at=now,
        )
