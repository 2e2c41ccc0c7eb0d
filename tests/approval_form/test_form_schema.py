# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Schemas: read, compared, written; and proposals of fields."""
import copy

import pytest
from approval_pure.form import components, propose, schema
from approval_pure.form.components import component

ANSWER = {
    "formCode": "PROC-1",
    "name": "采购",
    "status": "PUBLISHED",
    "schemaContent": {
        "title": "采购",
        "items": [
            {
                "componentName": "TextField",
                "props": {
                    "id": "TextField_1", "label": "事由", "required": True,
                    "placeholder": "请输入", "bizAlias": "reason",
                },
            },
            {
                "componentName": "DDSelectField",
                "props": {
                    "id": "DDSelectField_1", "label": "类型",
                    "options": [
                        '{"value":"是","key":"option_0"}', "否",
                        {"value": "其它", "key": "other"}, None, {"key": "x"},
                    ],
                },
            },
            {
                "componentName": "DDDateRangeField",
                "props": {
                    "id": "DDDateRangeField_1", "label": '["开始时间","结束时间"]',
                    "unit": "小时", "format": "yyyy-MM-dd HH:mm", "required": "true",
                },
            },
            {
                "componentName": "InnerContactField",
                "props": {"id": "InnerContactField_1", "label": "人", "choice": "0"},
            },
            {
                "componentName": "DepartmentField",
                "props": {
                    "id": "DepartmentField_1", "label": "部门", "multiple": False
                },
            },
            {
                "componentName": "MoneyField",
                "props": {"id": "MoneyField_1", "label": "金额", "upper": "0"},
            },
            {
                "componentName": "TextNote",
                "props": {"id": "TextNote_1", "content": "note"},
            },
            {"componentName": "DDBizSuite", "props": {"id": "DDBizSuite_1"}},
            {
                "componentName": "TableField",
                "props": {"id": "TableField_1", "label": "明细", "statField": []},
                "children": [
                    {
                        "componentName": "NumberField",
                        "props": {"id": "NumberField_2", "label": "数量"},
                    },
                    {
                        "componentName": "DDDateRangeField",
                        "props": {"id": "DDDateRangeField_2", "label": ["入住", "退房"]},
                    },
                ],
            },
        ],
    },
}


def test_a_schema_is_read():
    form = schema.read(ANSWER)
    by_key = {one["key"]: one for one in form}
    assert [one["kind"] for one in form] == [
        item["componentName"] for item in ANSWER["schemaContent"]["items"]
    ]
    assert by_key["TextField_1"]["required"]
    assert by_key["TextField_1"]["alias"] == "reason"
    assert by_key["TextField_1"]["placeholder"] == "请输入"
    assert by_key["DDSelectField_1"]["options"] == [
        {"value": "是", "key": "option_0"}, {"value": "否", "key": ""},
        {"value": "其它", "key": "other"},
    ]
    assert by_key["DDDateRangeField_1"]["required"]
    assert by_key["DDDateRangeField_1"]["unit"] == "小时"
    assert not by_key["InnerContactField_1"]["multiple"]
    assert not by_key["DepartmentField_1"]["multiple"]
    assert not by_key["MoneyField_1"]["capital"]
    assert by_key["TextNote_1"]["content"] == "note"
    children = by_key["TableField_1"]["children"]
    assert [child["label"] for child in children] == ["数量", '["入住","退房"]']


@pytest.mark.parametrize(
    "content",
    [
        None, "", "[", [], {}, {"items": None}, {"items": "x"}, {"items": [None, 7]},
        {"items": [{"props": {}}]}, {"items": [{"componentName": "X"}]},
        {"items": [{"componentName": "TextField", "props": "x"}]},
    ],
)
def test_what_is_no_schema_has_no_components(content):
    assert schema.read({"schemaContent": content}) == []
    assert schema.read({}) == []


def test_a_schema_may_come_as_text():
    assert schema.read({"schemaContent": components.dump(ANSWER["schemaContent"])}) == (
        schema.read(ANSWER)
    )


def test_the_digest_tells_changes():
    form = schema.read(ANSWER)
    assert schema.digest(form) == schema.digest(schema.read(copy.deepcopy(ANSWER)))
    other = copy.deepcopy(form)
    other[-1]["children"][0]["label"] = "件数"
    assert schema.digest(form) != schema.digest(other)
    other = copy.deepcopy(form)
    other[0]["placeholder"] = "…"
    assert schema.digest(form) != schema.digest(other)


# -- what a mapping loses ------------------------------------------------------------


def changed(function):
    old, new = schema.read(ANSWER), schema.read(ANSWER)
    new = function(new) or new
    return old, new


def losses(function, *used):
    return [
        (key, args["label"])
        for key, args in schema.losses(*changed(function), used=used)
    ]


def test_no_change_is_no_loss():
    assert losses(lambda form: None, "TextField_1", "NumberField_2") == []


def test_a_component_is_gone():
    assert losses(lambda form: form[1:], "TextField_1") == [("gone", "事由")]
    assert losses(lambda form: form[1:], "MoneyField_1") == []


def test_a_column_is_gone_or_has_moved():
    def gone(form):
        del form[-1]["children"][0]

    def moved(form):
        form.append(form[-1]["children"].pop(0))

    assert losses(gone, "NumberField_2") == [("gone", "数量")]
    assert losses(moved, "NumberField_2") == [("moved", "数量")]
    assert losses(moved, "TableField_1") == []


def test_a_kind_has_changed():
    def number(form):
        form[0]["kind"] = "NumberField"

    assert losses(number, "TextField_1") == [("other_kind", "事由")]
    assert losses(number) == []


def test_options_are_gone():
    def fewer(form):
        form[1]["options"] = form[1]["options"][:1]

    old, new = changed(fewer)
    assert schema.losses(old, new, ["DDSelectField_1"]) == [
        ("options_gone", {"label": "类型", "options": "否、其它"})
    ]


def test_something_is_required_now():
    def required(form):
        form[5]["required"] = form[-1]["children"][0]["required"] = True
        form[6]["required"] = True  # a note

    assert losses(required, "TextField_1") == [("now_required", "金额")]
    assert losses(required, "TextField_1", "MoneyField_1", "TableField_1") == [
        ("now_required", "数量")
    ]
    assert losses(required, "MoneyField_1", "TableField_1", "NumberField_2") == []


def test_what_was_required_before_is_not_said_again():
    assert losses(lambda form: None) == []


def test_one_person_only():
    def single(form):
        form[3]["multiple"] = True

    old, new = changed(single)
    assert schema.losses(new, old, ["InnerContactField_1"]) == [
        ("now_one_only", {"label": "人"})
    ]
    assert schema.losses(old, new, ["InnerContactField_1"]) == []


def test_a_new_label_is_no_loss():
    def label(form):
        form[0]["label"] = "理由"

    assert losses(label, "TextField_1") == []


# -- writing a template --------------------------------------------------------------


def test_what_is_written_can_be_read():
    form = [one for one in schema.read(ANSWER) if one["kind"] != "DDBizSuite"]
    written, problems = schema.written(form)
    assert problems == []
    items = [
        dict(item, componentName=item["componentType"])
        for item in copy.deepcopy(written)
    ]
    for item in items:
        for each in [item] + item.get("children", []):
            each["props"]["id"] = each["props"].pop("componentId")
    found = schema.read_items(items)
    options = found[1]["options"]
    assert options[1] == {"value": "否", "key": "option_1"}
    options[1]["key"] = ""
    assert found == form


@pytest.mark.parametrize(
    "one, key",
    [
        (component("TextField_1", "TextField", "x" * 21), "label_long"),
        (component("TextField_1", "TextField", ""), "label_missing"),
        (component("X_1", "DDHolidayField", "x"), "not_creatable"),
        (component("CalculateField_1", "CalculateField", "x"), "not_creatable"),
        (component("DDSelectField_1", "DDSelectField", "x"), "options_missing"),
        (
            component(
                "DDSelectField_1", "DDSelectField", "x",
                options=[{"value": "y" * 51, "key": ""}],
            ),
            "options_many",
        ),
        (component("TableField_1", "TableField", "x"), "table_empty"),
        (
            component(
                "TableField_1", "TableField", "x",
                children=[
                    component(
                        "TableField_2", "TableField", "y",
                        children=[component("TextField_1", "TextField", "z")],
                    )
                ],
            ),
            "not_creatable",
        ),
        (
            component("TextField_1", "TextField", "x", placeholder="p" * 129),
            "placeholder_long",
        ),
        (component("TextNote_1", "TextNote", "", content="c" * 501), "content_long"),
    ],
)
def test_templates_that_dingtalk_would_refuse(one, key):
    assert [each[0] for each in schema.written([one])[1]] == [key]


def test_a_template_has_components_each_with_its_own_key():
    assert schema.written([])[1] == [("template_empty", {})]
    one = component("TextField_1", "TextField", "x")
    assert [each[0] for each in schema.written([one, one])[1]] == ["key_double"]
    many = [component("TextField_%d" % n, "TextField", "x") for n in range(201)]
    assert schema.written(many)[1] == [
        ("components_many", {"count": 201, "limit": 200})
    ]


def test_instances_teach_more_and_more():
    first = schema.learn(
        [
            {"id": "DDSelectField_1", "name": "类型", "value": "是",
             "componentType": "DDSelectField"},
        ]
    )
    second = schema.learn(
        [
            {"id": "DDSelectField_1", "name": "类型", "value": "否",
             "componentType": "DDSelectField"},
            {"id": "TextField_1", "name": "事由", "value": "x"},
        ]
    )
    found = schema.merge(first, second)
    assert [one["key"] for one in found] == ["DDSelectField_1", "TextField_1"]
    assert [each["value"] for each in found[0]["options"]] == ["是", "否"]
    assert schema.merge(found, second) == found


# -- proposals -----------------------------------------------------------------------


def test_each_word_has_one_meaning():
    words = [word for group in propose.SYNONYMS for word in group]
    assert sorted({word for word in words if words.count(word) > 1}) == []
    assert all(propose.normal(word) == word for word in words)


@pytest.mark.parametrize(
    "label, names, points",
    [
        ("金额（元）", ["amount_total", "Total", "金额"], propose.SAME),
        ("金额", ["Amount"], propose.SYNONYM),
        ("Unit_Price", ["unit price"], propose.SAME),
        ("申请日期", ["date_request", "Date"], propose.SYNONYM),
        ("采购供应商名称", ["供应商"], propose.PART),
        ("金额", ["备注", "Notes"], 0),
        ("a", ["abc"], 0),
        ("", ["x"], 0),
    ],
)
def test_how_well_a_name_fits(label, names, points):
    assert propose.score(label, names) == points


def field(path, kind, *names, relation=""):
    return {
        "path": path, "type": kind, "relation": relation, "names": list(names) + [path],
    }


FIELDS = [
    field("name", "char", "Reference", "单号"),
    field("amount_total", "monetary", "Total", "合计"),
    field("amount_text", "char", "金额"),
    field("date_from", "date", "Start Date", "开始日期"),
    field("date_to", "date", "End Date", "结束日期"),
    field("user_id", "many2one", "Responsible", "负责人", relation="res.users"),
    field("partner_id", "many2one", "Customer", "客户", relation="res.partner"),
    field("state", "selection", "Status", "状态"),
    field("line_ids", "one2many", "Order Lines", "明细", relation="x.line"),
]


def test_fields_are_proposed_by_label_and_kind():
    form = [
        component("MoneyField_1", "MoneyField", "金额（元）"),
        component("DDDateRangeField_1", "DDDateRangeField", '["开始时间","结束时间"]'),
        component("InnerContactField_1", "InnerContactField", "负责人"),
        component("TableField_1", "TableField", "采购明细"),
        component("TextField_1", "TextField", "单据编号"),
        component("TextField_2", "TextField", "完全不同"),
        component("CalculateField_1", "CalculateField", "合计"),
        component("DepartmentField_1", "DepartmentField", "客户"),
    ]
    assert propose.proposals(form, FIELDS) == {
        # Not the text of the same name: money is a number.
        "MoneyField_1": ("amount_total", propose.SYNONYM),
        "DDDateRangeField_1": ("date_from", "date_to", propose.SYNONYM),
        "InnerContactField_1": ("user_id", propose.SAME),
        "TableField_1": ("line_ids", propose.SYNONYM),
        "TextField_1": ("name", propose.SYNONYM),
    }


def test_a_field_is_proposed_once_for_the_best():
    form = [
        component("TextField_1", "TextField", "客户名称"),
        component("TextField_2", "TextField", "客户"),
    ]
    assert propose.proposals(form, FIELDS) == {
        "TextField_2": ("partner_id", propose.SAME),
    }


def test_half_a_range_is_no_proposal():
    form = [component("DDDateRangeField_1", "DDDateRangeField", '["开始时间","x"]')]
    assert propose.proposals(form, FIELDS) == {}
