# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import pytest
from dingding_pure.sync import converters, mapping, outward


@pytest.mark.parametrize("written, state_code, sent", [
    ("13800138000", None, "13800138000"),
    ("138 0013 8000", "86", "13800138000"),
    ("+86 138-0013-8000", None, "13800138000"),
    ("+86-13800138000", None, "13800138000"),
    ("0086 13800138000", None, "13800138000"),
    ("+49-151 12345678", None, "+49-15112345678"),
    ("+4915112345678", "49", "+49-15112345678"),
    ("015112345678", "49", "+49-15112345678"),
    ("+852-51234567", "852", "+852-51234567"),
])
def test_mobile(written, state_code, sent):
    assert outward.mobile(written, state_code) == sent
    # The returned value equals the sent one, and means the same number.
    assert outward.mobile(sent, state_code) == sent
    assert converters.number(sent) == converters.number(written, state_code)


@pytest.mark.parametrize("written, state_code", [
    ("", None), (None, None), ("ask Li", None), ("138****8000", "86"),
    ("+4915112345678", None), ("+4915112345678", "33"),
])
def test_no_mobile(written, state_code):
    with pytest.raises(ValueError):
        outward.mobile(written, state_code)


@pytest.mark.parametrize("day", ["1969-12-31", "1970-01-01", "2020-02-29"])
def test_a_date_comes_back(day):
    assert converters.beijing_date(outward.moment(day) or 1) == day


def test_a_date_can_not_be_emptied():
    with pytest.raises(ValueError):
        outward.moment(None)


def test_each_line_of_the_table_has_a_way_back():
    for line in mapping.PERSON + mapping.DEPARTMENT:
        if line.direction == "both" and not line.relation:
            value = "2020-01-01" if line.convert is converters.beijing_date else "1"
            assert outward.parameter(line, value)


def test_a_converter_of_another_addon():
    def colour(value, item=None):
        return value.lower()

    line = mapping.FieldMap("colour", "x_colour", colour, "profile", "", "both")
    assert outward.parameter(line, "red") == "red"
    colour.outward = str.upper
    assert outward.parameter(line, "red") == "RED"
    assert outward.parameter(line._replace(convert=converters.text), None) == ""


def test_departments_in_order():
    order = outward.in_order
    assert order({"1", "2"}, None, ["2", "1"], {"1", "2"}) == ["2", "1"]
    assert order({"1", "2"}, "1", ["2", "1"], {"1", "2"}) == ["1", "2"]
    assert order({"3"}, None, ["2"], {"2", "3"}) == ["3"]
    # Departments invisible to the application stay.
    assert order({"3"}, "3", ["9", "2"], {"2", "3"}) == ["3", "9"]
    assert order({"3", "1"}, "7", [], {"1", "3"}) == ["1", "3"]
