# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Propose fields of a model for components, by label and kind.

A person reviews the proposals.
"""
import re

from . import components

SAME, SYNONYM, PART = 100, 80, 50

FITTING = {
    "text": (
        "char", "text", "selection", "many2one", "html", "integer", "float",
        "monetary", "date", "datetime",
    ),
    "number": ("monetary", "float", "integer"),
    "date": ("date", "datetime"),
    "range": ("date", "datetime"),
    "choice": ("selection", "many2one", "boolean", "char"),
    "choices": ("many2many", "selection", "one2many"),
    "people": ("many2one", "many2many"),
    "departments": ("many2one", "many2many"),
    "approvals": ("many2many", "one2many", "many2one"),
    "pictures": (),
    "files": ("many2many", "one2many"),
    "rows": ("one2many", "many2many"),
    "place": (),
    "nothing": (),
}
RELATIONS = {
    "people": ("res.users", "hr.employee", "dingding.user", "res.partner"),
    "departments": ("hr.department", "dingding.department"),
    "approvals": ("dingding.approval",),
    "files": ("ir.attachment",),
}
#: Words with the same meaning on forms; each word appears once.
SYNONYMS = (
    ("amount", "total", "金额", "总金额", "合计", "总计", "费用", "总价"),
    ("price", "unit price", "单价", "价格"),
    ("subtotal", "小计"),
    ("quantity", "qty", "数量", "ordered quantity"),
    ("unit of measure", "unit", "uom", "单位", "计量单位"),
    ("date", "日期", "申请日期", "order date", "单据日期"),
    ("start date", "date from", "from", "开始时间", "开始日期", "起始日期"),
    ("end date", "date to", "to", "until", "结束时间", "结束日期", "截止日期"),
    ("deadline", "needed by", "due date", "需求日期", "交付日期", "到货日期"),
    ("reason", "事由", "申请事由", "原因", "理由", "申请理由", "请假事由"),
    ("description", "说明", "描述", "内容", "详情"),
    ("notes", "note", "remark", "remarks", "备注"),
    ("name", "名称", "标题", "主题", "title", "subject"),
    ("reference", "number", "编号", "单号", "单据编号", "订单编号"),
    ("supplier", "vendor", "供应商"),
    ("customer", "client", "客户", "客户名称"),
    ("product", "产品", "商品", "物品", "物料", "物品名称"),
    ("department", "部门", "申请部门", "所在部门"),
    ("employee", "requester", "applicant", "申请人", "员工"),
    ("responsible", "owner", "负责人", "经办人"),
    ("company", "公司", "所属公司"),
    ("phone", "mobile", "电话", "手机", "手机号", "联系电话"),
    ("contact", "联系人"),
    ("address", "地址"),
    ("type", "类型", "类别", "分类", "category"),
    ("lines", "order lines", "details", "明细", "清单", "表格", "采购明细"),
    ("days", "duration", "天数", "时长", "请假天数"),
    ("currency", "币种", "货币"),
    ("attachments", "附件", "files"),
    ("project", "项目", "项目名称"),
)
_GROUP_OF = {word: number for number, words in enumerate(SYNONYMS) for word in words}


def normal(label):
    """Return a label in lower case, without bracketed text and punctuation."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", label or "")
    text = re.sub(r"[^\w]+", " ", text.casefold(), flags=re.UNICODE)
    return " ".join(text.replace("_", " ").split())


def score(label, names):
    """Return how well the best of a field's names fits a label, 0 to 100.

    :param names: labels in several languages, and the technical name
    """
    label, best = normal(label), 0
    if not label:
        return 0
    for name in names:
        name = normal(name)
        if not name:
            continue
        if name == label:
            return SAME
        group = _GROUP_OF.get(label)
        if group is not None and group == _GROUP_OF.get(name):
            best = max(best, SYNONYM)
        elif min(len(name), len(label)) >= 2 and (name in label or label in name):
            best = max(best, PART)
    return best


def fits(kind, field):
    """Return whether a field's type can fill a kind.

    :param dict field: ``type`` and ``relation``
    """
    shape = components.kind_of(kind).shape
    if not components.kind_of(kind).settable:
        return False
    if field["type"] not in FITTING[shape]:
        return False
    return shape not in RELATIONS or field.get("relation") in RELATIONS[shape]


def proposals(form, fields):
    """Return fields for components, each field once, the best match first.

    :param form: components of one level
    :param fields: dicts: ``path``, ``names`` (texts), ``type``, ``relation``
    :return: {component key: (path, ..., score)}; for a range two paths
    """
    ranked = []
    for number, one in enumerate(form):
        for end, label in enumerate(components.labels(one)[:2]):
            for field in fields:
                if not fits(one["kind"], field):
                    continue
                points = score(label, field["names"])
                if points:
                    order = FITTING[components.kind_of(one["kind"]).shape]
                    ranked.append(
                        (
                            -points,
                            order.index(field["type"]),
                            len(field["path"]),
                            number,
                            end,
                            field["path"],
                        )
                    )
    taken, chosen = set(), {}
    for points, _order, _length, number, end, path in sorted(ranked):
        key = form[number]["key"]
        if path in taken or (key, end) in chosen:
            continue
        taken.add(path)
        chosen[key, end] = (path, -points)
    found = {}
    for one in form:
        ends = [
            chosen.get((one["key"], end))
            for end in range(len(components.labels(one)[:2]))
        ]
        if ends and None not in ends:
            found[one["key"]] = tuple(path for path, _points in ends) + (
                min(points for _path, points in ends),
            )
    return found
