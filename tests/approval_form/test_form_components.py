# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The kinds, one by one: what is sent, what is refused, what is read."""
import datetime
import json
from decimal import Decimal

import pytest
from approval_pure.form import components
from approval_pure.form.components import check, component, decode, encode

DATE = datetime.date(2026, 3, 1)
TIME = datetime.datetime(2026, 3, 1, 9, 5, 59)
OPTIONS = [{"value": "选项1", "key": "option_0"}, {"value": "选项2", "key": "option_1"}]
FILE = {
    "spaceId": "163", "fileName": "2644.JPG", "fileSize": 333, "fileType": "jpg",
    "fileId": "643",
}
RANGE = '["开始时间","结束时间"]'


def one(kind, **more):
    return component("%s-K" % kind, kind, more.pop("label", "标签"), **more)


@pytest.mark.parametrize(
    "which, value, text",
    [
        (one("TextField"), "x\ny\x00", "x y"),
        (one("TextareaField"), "x\ny\r\nz", "x\r\ny\r\nz"),
        (one("NumberField"), 100, "100"),
        (one("NumberField"), 0, "0"),
        (one("NumberField"), 0.1 + 0.2, "0.3"),
        (one("NumberField"), 1e20, "100000000000000000000"),
        (one("NumberField"), -0.0, "0"),
        (one("NumberField"), "1,234.50", "1234.5"),
        (one("MoneyField"), Decimal("12.30"), "12.3"),
        (one("StarRatingField"), 5, "5"),
        (one("DDSelectField", options=OPTIONS), "选项1", "选项1"),
        (one("DDMultiSelectField", options=OPTIONS), ["选项1"], '["选项1"]'),
        (
            one("DDMultiSelectField", options=OPTIONS),
            ["选项1", "选项2"],
            '["选项1","选项2"]',
        ),
        (one("DDDateField"), DATE, "2026-03-01"),
        (one("DDDateField"), TIME, "2026-03-01"),
        (one("DDDateField", unit="天"), TIME, "2026-03-01"),
        (one("DDDateField", unit="小时"), TIME, "2026-03-01 09:05"),
        (one("DDDateField", unit="小时", format="yyyy-MM-dd"), TIME, "2026-03-01"),
        (one("DDDateField", format="yyyy-MM-dd HH:mm"), DATE, "2026-03-01 00:00"),
        (
            one("DDDateRangeField", label=RANGE),
            (DATE, TIME),
            '["2026-03-01","2026-03-01"]',
        ),
        (
            one("DDDateRangeField", label=RANGE, format="yyyy-MM-dd HH:mm"),
            (DATE, TIME),
            '["2026-03-01 00:00","2026-03-01 09:05"]',
        ),
        (one("PhoneField"), "+86 138-0013-8000", "138-0013-8000"),
        (one("PhoneField"), "+86-13800138000", "13800138000"),
        (one("PhoneField"), "+49 (151) 12345", "+4915112345"),
        (one("DDPhotoField"), ["https://x/1.png"], '["https://x/1.png"]'),
        (
            one("DDAttachment"),
            [FILE],
            '[{"spaceId":"163","fileId":"643","fileName":"2644.JPG","fileSize":"333",'
            '"fileType":"jpg"}]',
        ),
        (one("InnerContactField"), ["u1", "u2"], '["u1","u2"]'),
        (one("DepartmentField"), [62147607, 5], "62147607,5"),
        (one("DepartmentField"), [1], "-1"),
        (one("RelateField"), ["i1"], '["i1"]'),
        (one("AddressField"), "北京,北京市,东城区", "北京,北京市,东城区"),
        (
            one("TimeAndLocationField"),
            ["2025-01-03 14:27:20", 120.5, 30.25, "地址", 100],
            '["2025-01-03 14:27:20",120.5,30.25,"地址",100]',
        ),
    ],
)
def test_what_is_sent(which, value, text):
    assert check(which, value) == []
    sent = encode(which, value)
    if which["kind"] == "DDAttachment":
        assert json.loads(sent) == json.loads(text)
    else:
        assert sent == text


@pytest.mark.parametrize(
    "which, value, key",
    [
        (one("TextField", required=True), None, "required"),
        (one("TextField", required=True), "  ", "required"),
        (one("NumberField", required=True), False, "required"),
        (one("DDMultiSelectField", required=True), [], "required"),
        (one("DDDateRangeField", required=True), (None, False), "required"),
        (one("TextareaField"), "x" * 65536, "too_long"),
        (one("NumberField"), "many", "no_number"),
        (one("NumberField"), float("nan"), "no_number"),
        (one("NumberField"), "1e400000000000000000000", "no_number"),
        (one("MoneyField"), float("inf"), "no_number"),
        (one("StarRatingField", limit=5), 6, "no_stars"),
        (one("StarRatingField", limit=5), 2.5, "no_stars"),
        (one("DDSelectField", options=OPTIONS), "选项3", "option_unknown"),
        (one("DDMultiSelectField", options=OPTIONS), ["选项1", "x"], "option_unknown"),
        (one("DDDateField"), "2026-03-01", "no_date"),
        (one("DDDateRangeField"), (DATE, None), "half_range"),
        (one("DDDateRangeField"), (DATE, datetime.date(2026, 2, 1)), "range_backwards"),
        (one("DDDateRangeField"), DATE, "no_date"),
        (one("PhoneField"), "call me", "no_phone"),
        (one("PhoneField"), "12", "no_phone"),
        (one("DDPhotoField"), ["/web/image/1"], "no_address"),
        (one("DDPhotoField"), ["https://x/%d" % n for n in range(10)], "too_many"),
        (one("DDAttachment"), [{"fileName": "x"}], "no_file"),
        (one("DDAttachment"), [FILE] * 21, "too_many"),
        (one("InnerContactField", multiple=False), ["a", "b"], "one_only"),
        (one("DepartmentField", multiple=False), [2, 3], "one_only"),
        (one("RelateField"), ["i%d" % n for n in range(10)], "too_many"),
        (one("TimeAndLocationField"), ["x"], "no_place"),
        (one("TextNote"), "x", "not_settable"),
        (one("CalculateField"), 3, "not_settable"),
        (one("DDHolidayField"), "x", "not_settable"),
        (one("DDHolidayField", required=True), None, "kind_unknown"),
    ],
)
def test_what_is_refused(which, value, key):
    found = check(which, value)
    assert [each[0] for each in found] == [key]
    assert found[0][1]["label"] == "标签"
    assert components.blocking(found) == found


@pytest.mark.parametrize(
    "which, value",
    [
        (one("TextField"), None),
        (one("NumberField", required=True), 0),
        (one("NumberField", required=True), 0.0),
        (one("TextNote", required=True), None),
        (one("CalculateField", required=True), None),
        (one("DDHolidayField"), None),
    ],
)
def test_what_is_fine(which, value):
    assert check(which, value) == []


def test_warnings_do_not_block():
    for which, value, key in (
        (one("TextField"), "x" * 1001, "text_long"),
        (one("TextareaField"), "x" * 8001, "text_long"),
        (
            one("DDSelectField", options=OPTIONS + [{"value": "其它", "key": "other"}]),
            "my own",
            "other_option",
        ),
    ):
        found = check(which, value)
        assert [each[0] for each in found] == [key]
        assert components.blocking(found) == []


@pytest.mark.parametrize(
    "candidates, option",
    [
        (["选项1"], "选项1"),
        (["", " 选项2 "], "选项2"),
        (["nothing", "OPTION A"], "Option a"),
        (["选项1", "选项2"], "选项1"),
        (["nothing"], None),
        ([], None),
    ],
)
def test_an_option_is_found_by_any_of_its_texts(candidates, option):
    which = one(
        "DDSelectField", options=OPTIONS + [{"value": "Option a", "key": "o"}]
    )
    assert components.option_of(which, candidates) == option


@pytest.mark.parametrize(
    "kind, value, extra, plain",
    [
        ("TextField", "测试", None, "测试"),
        ("TextareaField", "1\n2\r\n3", None, "1\n2\n3"),
        ("TextareaField", "null", None, None),
        ("TextField", None, None, None),
        ("NumberField", "1000", None, Decimal(1000)),
        ("NumberField", "abc", None, None),
        ("MoneyField", "12.5", '{"upper":"…"}', Decimal("12.5")),
        ("CalculateField", "400", '{"upper":"肆佰元整"}', Decimal(400)),
        ("DDSelectField", "西安", '{"label":"西安","key":"option_3"}', "西安"),
        ("DDSelectField", "出差", '{"key":"option_0"}', "出差"),
        ("DDSelectField", None, '{"label":"西安"}', "西安"),
        ("DDMultiSelectField", '["选项2","选项3"]', None, ["选项2", "选项3"]),
        ("DDMultiSelectField", ["选项3"], [{"label": "选项3"}], ["选项3"]),
        ("DDDateField", "2023-05-09", None, datetime.date(2023, 5, 9)),
        (
            "DDDateField", "2022-06-19 07:30", None,
            datetime.datetime(2022, 6, 19, 7, 30),
        ),
        ("DDDateField", "tomorrow", None, None),
        ("DDDateField", "2023-02-31", None, None),
        (
            "DDDateRangeField", ["2023-03-24", "2023-03-25", None], None,
            (datetime.date(2023, 3, 24), datetime.date(2023, 3, 25)),
        ),
        (
            "DDDateRangeField", '["2023-03-24","2023-03-25"]', None,
            (datetime.date(2023, 3, 24), datetime.date(2023, 3, 25)),
        ),
        ("DDDateRangeField", '["2023-03-24",null]', None, None),
        ("InnerContactField", "李四", '[{"emplId":"user_b","name":"李四"}]', ["user_b"]),
        ("InnerContactField", "李四", None, None),
        ("DepartmentField", "研发部", [{"number": 0, "id": 62147607}], [62147607]),
        ("DepartmentField", "研发部", '[{"id":"-1"}]', [1]),
        ("PhoneField", "13800000000", '{"mode":"phone"}', "13800000000"),
        ("DDPhotoField", '["https://x/1.jpg"]', None, ["https://x/1.jpg"]),
        (
            "DDAttachment",
            '[{"spaceId":"766","fileName":"a.jpg","fileSize":24,"fileType":"jpg",'
            '"fileId":"104"}]',
            None,
            [
                {
                    "spaceId": "766", "fileName": "a.jpg", "fileSize": "24",
                    "fileType": "jpg", "fileId": "104",
                }
            ],
        ),
        ("RelateField", '["李四提交的"]', '["id1"]', ["id1"]),
        ("RelateField", '["李四提交的"]', '{"list":[{"procInstId":"id1"}]}', ["id1"]),
        ("RelateField", '["李四提交的"]', None, None),
        ("TextNote", "请输入说明文字", None, None),
        ("DDOvertimeField", '["2019"]', None, '["2019"]'),
        ("TableField", '[{"componentName":"x","props":{"id":"x"}}]', None, None),
        ("TableField", "null", None, None),
    ],
)
def test_what_is_read(kind, value, extra, plain):
    assert decode(kind, value, extra) == plain


@pytest.mark.parametrize("kind", sorted(components.KINDS) + ["DDWhatever"])
@pytest.mark.parametrize(
    "value",
    [None, "", "null", "[", "{}", "[]", "[null]", "[{}]", 7, True, [], {}, [[1]], "x"],
)
def test_reading_never_raises(kind, value):
    decode(kind, value, value)
    decode(kind, value, None)


def test_a_range_has_two_labels():
    which = one("DDDateRangeField", label=RANGE)
    assert components.labels(which) == ["开始时间", "结束时间"]
    assert components.title(which) == "开始时间 – 结束时间"
    assert components.title(one("TextField")) == "标签"
    assert components.title(one("TextField", label="")) == "TextField-K"


@pytest.mark.parametrize(
    "key, kind",
    [
        ("DDSelectField-K9FCISUP", "DDSelectField"),
        ("DDMultiSelectField_KAJY5XWQZI80", "DDMultiSelectField"),
        ("Whatever_1", ""),
        ("", ""),
    ],
)
def test_the_kind_stands_in_the_id(key, kind):
    assert components.kind_in(key) == kind
