# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Whole forms: sent, given back by DingTalk, read again."""
import datetime
import json
import os
import string
from decimal import Decimal

import given_back
import pytest
from approval_pure.form import build, components, read, schema, shown
from approval_pure.form.components import component
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

OPTIONS = [{"value": "选项%d" % n, "key": "option_%d" % n} for n in range(5)]
TEXTS = [each["value"] for each in OPTIONS]
IDS = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=20)
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=50
).filter(lambda text: text.strip() and text != "null")
DATES = st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 1, 1))
FILES = st.fixed_dictionaries(
    {
        "spaceId": st.integers(1, 10**12).map(str),
        "fileId": st.integers(1, 10**12).map(str),
        "fileName": WORDS,
        "fileSize": st.integers(1, 10**9).map(str),
        "fileType": st.sampled_from(["pdf", "jpg", "xlsx"]),
    }
)
VALUES = {
    "TextField": WORDS,
    "TextareaField": st.lists(WORDS, min_size=1, max_size=4).map("\n".join),
    "NumberField": st.decimals(
        -10**9, 10**9, places=3, allow_nan=False, allow_infinity=False
    ),
    "MoneyField": st.decimals(
        0, 10**9, places=2, allow_nan=False, allow_infinity=False
    ),
    "DDSelectField": st.sampled_from(TEXTS),
    "DDMultiSelectField": st.lists(
        st.sampled_from(TEXTS), min_size=1, max_size=5, unique=True
    ),
    "DDDateField": DATES,
    "DDDateRangeField": st.tuples(DATES, DATES).map(lambda two: tuple(sorted(two))),
    "PhoneField": st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    "DDPhotoField": st.lists(
        IDS.map(lambda name: "https://static.example.com/%s.jpg" % name),
        min_size=1,
        max_size=9,
    ),
    "DDAttachment": st.lists(FILES, min_size=1, max_size=5),
    "InnerContactField": st.lists(IDS, min_size=1, max_size=9),
    "DepartmentField": st.lists(st.integers(1, 10**12), min_size=1, max_size=5),
    "RelateField": st.lists(IDS, min_size=1, max_size=9),
    "AddressField": WORDS,
    "StarRatingField": st.integers(1, 5),
}
LABELS = {"DDDateRangeField": '["从","到"]'}


def every(prefix=""):
    """Return one component of each kind that can be filled in, but tables."""
    return [
        component(
            "%s_%s1" % (kind, prefix),
            kind,
            LABELS.get(kind, kind),
            options=OPTIONS if "Select" in kind else [],
        )
        for kind in sorted(VALUES)
    ]


TABLE = component("TableField_1", "TableField", "表格", children=every("T"))
FORM = every() + [TABLE]
ROW = st.fixed_dictionaries(
    {}, optional={"%s_T1" % kind: value for kind, value in VALUES.items()}
).filter(bool)
FORMS = st.fixed_dictionaries(
    {},
    optional=dict(
        {"%s_1" % kind: value for kind, value in VALUES.items()},
        TableField_1=st.lists(ROW, min_size=1, max_size=4),
    ),
).filter(bool)


def same(value):
    """Return a value as reading gives it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(value)
    return value


@given(FORMS)
def test_what_is_sent_comes_back(values):
    entries, problems = build.entries(FORM, values)
    assert components.blocking(problems) == []
    json.dumps(entries)  # it is stored
    sent = build.finish(entries)
    assert all(isinstance(each["value"], str) for each in sent)
    answer = given_back.form(FORM, sent)
    found = read.values(answer, FORM)
    stars = {"StarRatingField_1": same, "StarRatingField_T1": same}
    expected = {
        key: [
            {name: stars.get(name, lambda x: x)(cell) for name, cell in row.items()}
            for row in value
        ]
        if key == "TableField_1"
        else stars.get(key, lambda x: x)(value)
        for key, value in values.items()
    }
    assert found == expected


@given(FORMS)
def test_what_comes_back_is_found_by_label_too(values):
    entries, _problems = build.entries(FORM, values)
    answer = given_back.form(FORM, build.finish(entries))
    by_id = read.values(answer, FORM)
    copied = [dict(one, key="copy-" + one["key"]) for one in FORM]
    found = read.values(answer, copied)
    assert {key[5:]: value for key, value in found.items()} == by_id


def test_captured_answers_are_read():
    path = os.path.join(
        ROOT, "tests", "client", "data", "approval_samples_captured.json"
    )
    with open(path, "rb") as handle:
        samples = json.loads(handle.read().decode("utf-8"))
    new = samples[0]["answer"]["result"]["formComponentValues"]
    found = read.values(new, schema.learn(new))
    assert found["TextareaField_1ZO2L6YDY75S0"] == "1\n2\n3"
    assert found["InnerContactField_1M5WT4B63U680"] == ["user_b"]
    assert "IdCardField_1S8YHUA1T6RK0" not in found
    assert "TextNote_1DOSGK447NZ40" not in found
    (row,) = found["TableField-K9FCISUT"]
    assert row["DepartmentField_YWVYUPN47Q80"] == [62147607]
    assert row["DDDateRangeField-K9FCISUQ"] == (
        datetime.date(2023, 3, 24), datetime.date(2023, 3, 25),
    )
    assert row["DDAttachment-K9FCNPBQ"][0]["fileSize"] == "1307"
    old = samples[2]["answer"]["process_instance"]["form_component_values"]
    found = read.values(old, [])
    assert found["DDDateField_1GDK7Q57ZTK00"] == datetime.datetime(2022, 6, 19, 7, 30)
    assert found["TableField_1BDACPXDIFEO0"][0]["NumberField_CJLLRN312VS0"] == 10
    assert "TextareaField_1R5QTEF2J2SG0" not in found  # the text "null"
    assert "TableField_K404KZ5IATS0" not in found  # the schema of its columns


def test_learning_from_captured_answers():
    path = os.path.join(
        ROOT, "tests", "client", "data", "approval_samples_captured.json"
    )
    with open(path, "rb") as handle:
        samples = json.loads(handle.read().decode("utf-8"))
    form = schema.learn(samples[0]["answer"]["result"]["formComponentValues"])
    flat = schema.flat(form)
    assert flat["DDSelectField_1IPMPA32H9CW0"][0]["options"][0]["value"] == "西安"
    table = flat["TableField-K9FCISUT"][0]
    assert [child["kind"] for child in table["children"]] == [
        "DDSelectField", "DDDateRangeField", "MoneyField", "DDMultiSelectField",
        "InnerContactField", "DepartmentField", "DDAttachment",
    ]
    assert components.labels(table["children"][1]) == ["入住时间", "退房时间"]
    old = [
        {
            "id": each.get("id"), "name": each["name"], "value": each["value"],
            "componentType": each["component_type"],
        }
        for each in samples[2]["answer"]["process_instance"]["form_component_values"]
    ]
    empty = schema.flat(schema.learn(old))["TableField_K404KZ5IATS0"][0]
    assert [child["label"] for child in empty["children"]] == ["故障类型"]
    assert empty["children"][0]["required"]
    assert schema.learn([{}, None, {"name": "x"}]) == []


# -- problems of whole forms ---------------------------------------------------------


def text(number, **more):
    key = "TextField_%s" % number
    return component(key, "TextField", more.pop("label", "text %s" % number), **more)


def test_rows_are_named_in_problems():
    table = component(
        "TableField_1", "TableField", "明细",
        children=[component("NumberField_1", "NumberField", "数量", required=True)],
    )
    values = {"TableField_1": [{"NumberField_1": 1}, {}, {"NumberField_1": "x"}]}
    entries, problems = build.entries([table], values)
    assert problems == [
        ("required", {"label": "数量", "table": "明细", "row": 2}),
        ("no_number", {"label": "数量", "value": "x", "table": "明细", "row": 3}),
    ]
    assert len(entries[0]["value"]) == 1  # what has a problem is not in the form


def test_a_required_table_needs_rows():
    table = component(
        "TableField_1", "TableField", "明细", required=True, children=[text(1)]
    )
    for rows in (None, [], [{}]):
        _entries, problems = build.entries([table], {"TableField_1": rows})
        assert ("required", {"label": "明细"}) in problems


def test_a_table_may_be_too_long():
    table = component("TableField_1", "TableField", "明细", children=[text(1)])
    rows = [{"TextField_1": "x" * 900}] * 90
    _entries, problems = build.entries([table], {"TableField_1": rows})
    (key, args), = problems
    assert key == "too_long" and args["limit"] == 65535 and args["length"] > 65535
    rows = [{"TextField_1": "x"}] * 101
    _entries, problems = build.entries([table], {"TableField_1": rows})
    assert [each[0] for each in problems] == ["rows_many"]


def test_a_form_has_values_and_not_too_many():
    assert build.entries([text(1)], {})[1] == [("form_empty", {})]
    form = [text(number) for number in range(151)]
    values = {one["key"]: "x" for one in form}
    assert build.entries(form, values)[1] == [
        ("values_many", {"count": 151, "limit": 150})
    ]
    assert build.entries(form[:150], values)[1] == []


def test_labels_that_are_there_twice_are_warned_of():
    form = [text(1, label="a"), text(2, label="a"), text(3, label="b")]
    entries, problems = build.entries(form, {"TextField_1": "x", "TextField_2": "y"})
    assert [each[0] for each in problems] == ["label_double"]
    assert [each["id"] for each in build.finish(entries)] == [
        "TextField_1", "TextField_2",
    ]


def test_files_are_put_in_at_the_end():
    table = component(
        "TableField_1", "TableField", "明细",
        children=[component("DDAttachment_2", "DDAttachment", "附件")],
    )
    form = [component("DDAttachment_1", "DDAttachment", "附件"), table]
    files = [
        {"attachment_id": number, "fileName": "%d.pdf" % number, "fileSize": 5}
        for number in (7, 8)
    ]
    values = {
        "DDAttachment_1": files, "TableField_1": [{"DDAttachment_2": files[1:]}],
    }
    entries, problems = build.entries(form, values)
    assert problems == []
    entries = json.loads(json.dumps(entries))
    assert build.attachment_ids(entries) == [7, 8]
    uploaded = {
        number: {
            "spaceId": "1", "fileId": "f%d" % number, "fileName": "%d.pdf" % number,
            "fileSize": "5", "fileType": "pdf",
        }
        for number in (7, 8)
    }
    first, second = build.finish(entries, uploaded)
    assert [each["fileId"] for each in json.loads(first["value"])] == ["f7", "f8"]
    cell = json.loads(second["value"])[0][0]
    assert json.loads(cell["value"])[0]["fileId"] == "f8"
    with pytest.raises(KeyError):
        build.finish(entries, {7: uploaded[7]})


# -- what a person sees --------------------------------------------------------------


def test_a_form_is_shown():
    form = [
        component("TextNote_1", "TextNote", "", content="line 1\nline 2"),
        component("MoneyField_1", "MoneyField", "金额", required=True),
        component("NumberField_1", "NumberField", "时长", unit="天"),
        component("InnerContactField_1", "InnerContactField", "人"),
        component("DDSelectField_1", "DDSelectField", "类型", options=OPTIONS),
        component(
            "TableField_1", "TableField", "明细",
            children=[text(1), component("DDDateField_1", "DDDateField", "日期")],
        ),
    ]
    values = {
        "MoneyField_1": 1234.5, "NumberField_1": 2, "InnerContactField_1": ["u1"],
        "DDSelectField_1": "no option",
        "TableField_1": [
            {"TextField_1": "x", "DDDateField_1": datetime.date(2026, 3, 1)}, {},
        ],
    }
    found = shown.form(form, values, lambda shape, key: "%s %s" % (shape, key))
    assert [each["lines"] for each in found] == [
        ["line 1", "line 2"], ["1,234.5", "壹仟贰佰叁拾肆元伍角整"], ["2 天"],
        ["people u1"], ["no option"], [],
    ]
    assert found[5]["columns"] == ["text 1", "日期"]
    assert found[5]["rows"] == [[["x"], ["2026-03-01"]], [[], []]]
    assert [each["required"] for each in found][:2] == [False, True]


@given(FORMS)
def test_every_form_can_be_shown(values):
    for each in shown.form(FORM, values, lambda shape, key: str(key)):
        assert each["empty"] == (each["key"] not in values)
        assert all(isinstance(line, str) for line in each["lines"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            one["key"]: st.one_of(
                st.text(), st.integers(), st.lists(st.text()), st.floats(), st.none(),
                st.booleans(), st.dates(),
            )
            for one in every()
        },
    )
)
def test_values_of_any_kind_make_problems_not_errors(values):
    values = {
        key: value
        for key, value in values.items()
        # Lists are lists: the models see to that.
        if components.kind_of(key.split("_")[0]).shape
        not in ("choices", "people", "departments", "approvals", "pictures", "files")
        or isinstance(value, list) and "Department" not in key
    }
    entries, problems = build.entries(every(), values)
    assert entries or problems
    build.finish(entries)
    shown.form(every(), values, lambda shape, key: str(key))
