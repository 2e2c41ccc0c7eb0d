# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import pytest
from dingding_pure.sync import converters, mapping
from fake_contacts import ODD


@pytest.mark.parametrize(
    "mobile, state, expected",
    [
        ("13800138000", "86", "+8613800138000"),
        ("13800138000", None, "+8613800138000"),
        ("138-0013 8000", "86", "+8613800138000"),
        ("+86 138 0013 8000", "", "+8613800138000"),
        ("+86-13800138000", "86", "+8613800138000"),
        ("8613800138000", "86", "+8613800138000"),
        ("008613800138000", None, "+8613800138000"),
        ("+49-15112345678", "49", "+4915112345678"),
        ("15112345678", "49", "+4915112345678"),
        ("015112345678", "+49", "+4915112345678"),
        ("0049 151 12345678", "86", "+4915112345678"),
        ("90001234", "852", "+85290001234"),
        ("138****8000", "86", None),
        ("", "86", None),
        (None, None, None),
        ("12", "", None),
        ("ext. 12345", "", None),
        ("1" * 30, "1", None),
    ],
)
def test_numbers_are_compared_with_their_country(mobile, state, expected):
    assert converters.number(mobile, state) == expected


def test_a_number_without_code_takes_the_country_of_its_owner():
    assert converters.number("0151 12345678", default="49") == "+4915112345678"


def test_dates_are_those_of_beijing():
    # 2006-10-01 16:00 UTC is the second of October in Beijing.
    assert converters.beijing_date(1159718400000) == "2006-10-02"
    assert converters.beijing_date("1159718399000") == "2006-10-01"
    assert converters.beijing_date(0) is None
    assert converters.beijing_date(-86400000) == "1969-12-31"
    for nonsense in ("soon", 10 ** 30, {}):
        with pytest.raises(ValueError):
            converters.beijing_date(nonsense)


def test_text_is_what_postgresql_can_hold():
    assert converters.text("a\x00b") == "ab"
    assert converters.text(" \ud800x ") == "?x"
    assert converters.text("\U0001f600 'q' \"d\"") == "\U0001f600 'q' \"d\""
    assert converters.text("  ") is None
    assert converters.text(12) == "12"
    with pytest.raises(ValueError):
        converters.text({"a": 1})


def test_ids_stay_text_and_ordered():
    assert converters.identifiers([3, 2, 3, "9007199254740993"]) == (
        "3", "2", "9007199254740993")
    assert converters.identifiers("[2,3,4]") == ("2", "3", "4")
    assert converters.identifiers("2, 3") == ("2", "3")
    assert converters.identifiers(None) == ()
    assert converters.identifiers([2, {"id": 3}, [4], 5]) == ("2", "5")
    with pytest.raises(ValueError):
        converters.identifier_set([2, {"id": 3}])
    assert converters.first_identifier([7, 1]) == "7"
    assert [converters.department_id(each) for each in (1, "20")] == ["1", "20"]
    assert not any(map(converters.department_id, (0, "x", [3], None)))
    assert converters.first_identifier([]) is None


def test_json_has_one_spelling():
    assert converters.json_text('{"b": 1,"a":"好"}') == '{"a": "好", "b": 1}'
    assert converters.json_text({"b": 1, "a": "好"}) == '{"a": "好", "b": 1}'
    assert converters.json_text("{}") is None
    assert converters.json_text("not json") == "not json"


def test_a_flag_may_be_a_word():
    assert converters.flag("false") is False
    assert converters.flag("true") is True


def test_absent_is_not_empty_unless_somebody_has_it():
    with_mail = {"userid": "a", "email": "a@x.cn", "active": True}
    without = {"userid": "b", "active": True}
    groups = mapping.delivered([without], mapping.PERSON)
    found, _mistakes = mapping.values(without, mapping.PERSON, groups)
    assert "email" not in found and "mobile" not in found
    assert found["title"] is None  # of a delivered group
    groups = mapping.delivered([with_mail, without], mapping.PERSON)
    found, _mistakes = mapping.values(without, mapping.PERSON, groups)
    assert found["email"] is None
    assert "mobile" not in found and "manager_id" not in found


def test_a_value_that_makes_no_sense_is_left_alone():
    found, mistakes = mapping.values(
        {"hired_date": "soon", "name": "A"}, mapping.PERSON, {"profile"})
    assert "hired_date" not in found and found["name"] == "A"
    assert mistakes[0][0] == "hired_date"


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("line", mapping.DEPARTMENT + mapping.PERSON,
                         ids=lambda line: "%s-%s" % (line.key, line.field))
def test_whatever_dingtalk_says_is_converted_or_refused(line, odd):
    """Any other exception would end the sync of all people."""
    item = {"dept_id_list": odd, line.key: odd}
    values, mistakes = mapping.values(item, [line], set())
    assert len(values) + len(mistakes) == 1


def test_leaders_of_departments_that_were_not_read_stay():
    value = converters.leaders(
        [{"dept_id": 2, "leader": True}, {"dept_id": 3, "leader": False}],
        {"dept_id_list": [2, 3, 4]})
    assert mapping.settle(value, frozenset("345")) == frozenset("24")


def test_groups_that_may_be_empty_or_withdrawn():
    stored = {"email": "a@example.com", "mobile": "13900000000", "title": "Cook"}
    item = {"userid": "a", "name": "A", "active": True, "mobile": "13900000000"}
    assert mapping.doubtful(item, mapping.PERSON, stored) == {"personal"}
    assert mapping.doubtful(item, mapping.PERSON, {"title": "Cook"}) == set()
    assert mapping.doubtful({}, mapping.PERSON, stored) == {
        "personal", "mobile", "profile"}
    assert mapping.doubtful({"remark": "x"}, mapping.PERSON, stored) == {
        "mobile", "profile"}
