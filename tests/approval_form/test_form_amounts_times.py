# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Amounts in words, and clocks."""
import datetime
from decimal import Decimal

import pytest
from approval_pure.form import amounts, times
from hypothesis import given
from hypothesis import strategies as st

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


@pytest.mark.parametrize(
    "value, words",
    [
        ("1000", "壹仟元整"),
        ("400", "肆佰元整"),
        ("0", "零元整"),
        ("10", "壹拾元整"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("100100", "壹拾万零壹佰元整"),
        ("12345678", "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1.5", "壹元伍角整"),
        ("1.05", "壹元零伍分"),
        ("0.05", "伍分"),
        ("12.34", "壹拾贰元叁角肆分"),
        ("-3", "负叁元整"),
        ("0.004", "零元整"),
        ("-0.004", "零元整"),
        ("0.995", "壹元整"),
        ("1e30", ""),
    ],
)
def test_amounts_in_words(value, words):
    assert amounts.capital(Decimal(value)) == words


@pytest.mark.parametrize(
    "value, text",
    [
        ("1234567.50", "1,234,567.5"),
        ("-1234", "-1,234"),
        ("-0.5", "-0.5"),
        ("0", "0"),
        ("999", "999"),
    ],
)
def test_thousands(value, text):
    assert amounts.grouped(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4,
                   min_value=-10**12, max_value=10**12))
def test_a_written_number_is_the_same_number(value):
    text = amounts.written(value)
    assert amounts.number(text) == value
    assert "e" not in text.lower()
    assert not ("." in text and text.endswith("0"))


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_floats_lose_nothing_that_counts(value):
    assert float(amounts.number(value)) == pytest.approx(value, rel=1e-14, abs=1e-300)


def test_what_is_no_number():
    for value in (None, True, [], {}, "", "x", float("nan"), float("inf"), "NaN"):
        assert amounts.number(value) is None


def test_numbers_that_nobody_could_write():
    for text in ("1e999999999999", "-1e-999999999", "0e999999", "1E+401"):
        assert amounts.number(text) is None
    assert amounts.written(amounts.number("1e12")) == "1" + 12 * "0"
    assert amounts.number(1e300) == Decimal("1e300")


def test_commas_group_thousands_only():
    """1,5 is one and a half elsewhere, and never fifteen."""
    for text, value in (("1,234.5", "1234.5"), ("-12,345,678", "-12345678")):
        assert amounts.number(text) == Decimal(value)
    for text in ("1,5", "12,34", "1,234.5,6", ",123", "1234,567"):
        assert amounts.number(text) is None


def test_a_form_shows_the_time_of_the_place():
    moment = datetime.datetime(2026, 3, 1, 18, 30)
    assert times.local(moment, SHANGHAI) == datetime.datetime(2026, 3, 2, 2, 30)
    assert times.utc(datetime.datetime(2026, 3, 2, 2, 30), SHANGHAI) == moment


@given(st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2100, 1, 1)))
def test_there_and_back(moment):
    assert times.utc(times.local(moment, SHANGHAI), SHANGHAI) == moment


@given(st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2100, 1, 1)))
def test_what_is_written_can_be_read(moment):
    moment = moment.replace(second=0, microsecond=0)
    assert times.parse(times.written(moment, True)) == moment
    assert times.parse(times.written(moment, False)) == moment.date()
    assert times.parse(times.written(moment.date(), True)).date() == moment.date()


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2023-04-07T16:51Z", datetime.datetime(2023, 4, 7, 16, 51)),
        ("2022-05-30 23:46:37", datetime.datetime(2022, 5, 30, 23, 46, 37)),
        (" 2022-5-3 ", datetime.date(2022, 5, 3)),
        ("2022-13-01", None),
        ("2022-05-30 25:00", None),
        ("", None),
        (None, None),
        (20220530, None),
    ],
)
def test_texts_of_times(text, moment):
    assert times.parse(text) == moment


def test_years_keep_their_zeros():
    assert times.written(datetime.date(26, 3, 1), False) == "0026-03-01"
