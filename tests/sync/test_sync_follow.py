# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import pytest
from dingding_pure.sync import follow
from dingding_pure.sync.follow import DINGTALK, KEEP, LAST, ODOO, FollowMap

LINE = FollowMap("name", "hr.employee", "name")


def decide(leader, dingtalk, odoo, base, line=LINE):
    """Return (new value or 'same', baseline or 'same', kept side of the conflict)."""
    found = follow.follow(
        [line], lambda _line: leader, {line.field: dingtalk}, {line.field: odoo},
        {} if base == "unknown" else {line.field: base},
    )
    return (
        found.new.get(line.field, "same"), found.baseline.get(line.field, "same"),
        found.conflicts[0][3] if found.conflicts else None,
    )


@pytest.mark.parametrize("leader, dingtalk, odoo, base, result", [
    # Equal: at most the baseline changes.
    (DINGTALK, "a", "a", "a", ("same", "same", None)),
    (ODOO, "a", "a", "unknown", ("same", "a", None)),
    (LAST, "b", "b", "a", ("same", "b", None)),
    (DINGTALK, None, False, "unknown", ("same", None, None)),
    # DingTalk changed it.
    (DINGTALK, "b", "a", "a", ("b", "b", None)),
    (LAST, "b", "a", "a", ("b", "b", None)),
    (KEEP, "b", "a", "a", ("b", "b", None)),
    (ODOO, "b", "a", "a", ("same", "same", None)),
    (DINGTALK, None, "a", "a", (None, None, None)),
    # Odoo changed it.
    (DINGTALK, "a", "b", "a", ("a", "a", None)),
    (LAST, "a", "b", "a", ("same", "same", None)),
    (KEEP, "a", "b", "a", ("same", "same", None)),
    # Both did.
    (DINGTALK, "b", "c", "a", ("b", "b", DINGTALK)),
    (LAST, "b", "c", "a", ("b", "b", DINGTALK)),
    (KEEP, "b", "c", "a", ("same", "b", ODOO)),
    (ODOO, "b", "c", "a", ("same", "same", None)),
    # Unknown past.
    (DINGTALK, "b", "a", "unknown", ("b", "b", None)),
    (LAST, "b", "a", "unknown", ("b", "b", None)),
    (KEEP, "b", "a", "unknown", ("same", "same", None)),
    (KEEP, "b", None, "unknown", ("b", "b", None)),
    (ODOO, "b", None, "unknown", ("same", "same", None)),
    (DINGTALK, None, "a", "unknown", ("same", "same", None)),
])
def test_three_values(leader, dingtalk, odoo, base, result):
    assert decide(leader, dingtalk, odoo, base) == result


@pytest.mark.parametrize("leader, group, result", [
    ("group", "dingtalk", DINGTALK), ("group", "odoo", KEEP), ("group", "last", LAST),
    ("odoo", "dingtalk", ODOO), ("dingtalk", "odoo", DINGTALK), ("last", "odoo", LAST),
])
def test_effective(leader, group, result):
    assert follow.effective(leader, group) == result


@pytest.mark.parametrize("relation, one, other, equal", [
    ("phone", "13900007777", "+86 139 0000 7777", True),
    ("phone", "13900007777", "13900007778", False),
    ("phone", "abc", "abd", False),
    ("email", "A@example.com", "a@example.com ", True),
    ("email", "nobody", "somebody", False),
    ("", "A", "a", False),
    ("", False, None, True),
    ("phone", "", "13900007777", False),
])
def test_notations(relation, one, other, equal):
    assert follow.same(relation, one, other) is equal


def test_another_notation_is_no_change():
    line = FollowMap("mobile", "hr.employee", "mobile_phone", "phone")
    assert decide(DINGTALK, "13900007777", "+86 139 0000 7777", "unknown", line) == (
        "same", "13900007777", None)
    assert decide(LAST, "13900007778", "+86 139 0000 7777", "13900007777", line) == (
        "13900007778", "13900007778", None)


def test_unknown_values_are_left():
    found = follow.follow([LINE], lambda _line: DINGTALK, {}, {"name": "a"}, {})
    assert not any(found)


def test_computed_values_are_repeated():
    lines = [FollowMap("main_department_id", "hr.employee", "department_id"),
             FollowMap("manager_id", "hr.employee", "parent_id")]
    dingtalk_values = {"department_id": 2, "parent_id": 7}
    odoo_values = {"department_id": 1, "parent_id": 7}
    found = follow.follow(
        lines, lambda _line: DINGTALK, dingtalk_values, odoo_values,
        {"department_id": 1, "parent_id": 7})
    assert (found.new, found.also) == ({"department_id": 2}, {"parent_id": 7})
    del dingtalk_values["parent_id"]
    found = follow.follow(
        lines, lambda _line: DINGTALK, dingtalk_values, odoo_values,
        {"department_id": 1})
    assert (found.new, found.also) == ({"department_id": 2}, {})


def test_a_field_that_odoo_leads_is_not_computed_anew():
    """Odoo gives a moved employee the manager of the new department."""
    lines = [FollowMap("main_department_id", "hr.employee", "department_id"),
             FollowMap("manager_id", "hr.employee", "parent_id")]
    leaders = {"department_id": LAST, "parent_id": ODOO}
    found = follow.follow(
        lines, lambda line: leaders[line.field], {"department_id": 2, "parent_id": 8},
        {"department_id": 1, "parent_id": 7}, {"department_id": 1})
    assert (found.new, found.also) == ({"department_id": 2}, {"parent_id": 7})


@pytest.mark.parametrize("text, number, equal", [
    ("139 0000 7777", "+8613900007777", True),
    ("+1 555 123 4567", "+15551234567", True),
    ("5551234567", "+15551234567", False),
    ("", "+15551234567", False),
    ("139 0000 7777", None, False),
])
def test_mobile_of_any_country(text, number, equal):
    assert follow.same_mobile(text, number) is equal
