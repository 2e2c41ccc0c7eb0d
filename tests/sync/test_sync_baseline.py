# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import pytest
from dingding_pure.sync import baseline, mapping, plan
from dingding_pure.sync.baseline import EQUAL, KEEP, SEND, TAKE
from dingding_pure.sync.reader import Reader
from dingding_pure.sync.snapshot import Snapshot
from fake_contacts import organisation

# (leader, stored, baseline, DingTalk's) -> (stored afterwards, sent to DingTalk, kept
# side of the conflict)
CASES = [
    ("dingtalk", "a", "a", "b", "b", False, None),
    ("dingtalk", "c", "a", "b", "b", False, "dingtalk"),
    ("dingtalk", "c", "a", "a", "a", False, None),
    ("odoo", "a", "a", "b", "a", True, "odoo"),
    ("odoo", "c", "a", "b", "c", True, "odoo"),
    ("odoo", "c", "a", "a", "c", True, None),
    ("last", "a", "a", "b", "b", False, None),
    ("last", "c", "a", "b", "b", False, "dingtalk"),
    ("last", "c", "a", "a", "c", True, None),
    # No baseline: the stored value came from DingTalk once.
    ("odoo", "a", None, "b", "b", False, None),
    ("last", "a", None, "b", "b", False, None),
]


@pytest.mark.parametrize("leader, here, base, there, after, pushed, kept", CASES)
def test_whose_value_is_kept(leader, here, base, there, after, pushed, kept):
    row = {"title": here, "baseline": {} if base is None else {"title": base}}
    found = baseline.weigh({"title": there}, row, mapping.PERSON, lambda field: leader)
    assert found.new.get("title", here) == after
    assert found.push == (["title"] if pushed else [])
    assert [each[3] for each in found.conflicts] == ([kept] if kept else [])
    assert found.baseline == ({"title": after} if after == there else {})


def test_both_sides_came_to_the_same_value():
    row = {"title": "b", "baseline": {"title": "a"}}
    found = baseline.weigh({"title": "b"}, row, mapping.PERSON, lambda field: "odoo")
    assert found == ({}, {}, {"title": "b"}, [], [])


def test_what_is_on_its_way_is_not_sent_twice():
    row = {"title": "c", "baseline": {"title": "a"}, "pending": {"title"}}
    found = baseline.weigh({"title": "a"}, row, mapping.PERSON, lambda field: "odoo")
    assert (found.new, found.push, found.conflicts) == ({}, [], [])


def test_what_only_dingtalk_knows_is_always_its():
    row = {"activated": False, "baseline": {"activated": False}}
    found = baseline.weigh(
        {"activated": True}, row, mapping.PERSON, lambda field: "odoo")
    assert found.new == {"activated": True} and not found.push


def test_the_forms_of_a_mobile_stay_together():
    row = {"mobile": "13800000002", "mobile_number": "+8613800000002",
           "state_code": "86",
           "baseline": {"mobile": "13800000001", "state_code": "86"}}
    there = {"mobile": "13800000001", "mobile_number": "+8613800000001",
             "state_code": "49"}
    found = baseline.weigh(there, row, mapping.PERSON, lambda field: "odoo")
    assert found.new == {} and "mobile" in found.push


def stored_rows(found):
    return {
        each.key: dict(
            each.values, id=number, active=True, baseline=dict(each.baseline))
        for number, each in enumerate(found)
    }


def test_a_part_of_the_organisation():
    contacts = organisation(departments=8, people=60)
    whole = plan.Plan()
    snapshot = Reader(contacts).fill(Snapshot())
    plan.compare_departments(whole, snapshot, mapping.DEPARTMENT, {}, "Org")
    plan.compare_people(whole, snapshot, mapping.PERSON, {},
                        frozenset(snapshot.departments))
    departments, people = stored_rows(whole.departments), stored_rows(whole.people)
    top = next(key for key, row in departments.items() if row["parent_id"] == "1")
    covered = plan.below(departments, [top])
    assert top in covered and "1" not in covered

    inside = next(key for key, row in people.items() if row["department_ids"] & covered)
    outside = next(
        key for key, row in people.items() if not row["department_ids"] & covered)
    for userid in (inside, outside):
        del contacts.people[userid]
    part = Reader(contacts).fill(Snapshot(scope=[top]))
    assert set(part.departments) == covered
    found = plan.Plan()
    plan.compare_departments(found, part, mapping.DEPARTMENT, departments)
    plan.compare_people(
        found, part, mapping.PERSON, people, frozenset(departments), covered=covered)
    assert [each.values for each in found.departments + found.people if each.values] \
        == [], "nobody moves, as nobody has moved"
    assert found.leaving == {"departments": [], "people": [inside]}
    assert Snapshot.load(part.dump()).scope == [top]


# When an outgoing change is sent

NEVER = (False, None)
# (leader, odoo_value, baseline, DingTalk's) -> (action, whether it is a conflict)
DECISIONS = [
    ("odoo", "c", "a", "a", SEND, False),
    ("odoo", "c", "a", "b", SEND, True),
    # Odoo leads: DingTalk's change is undone.
    ("odoo", "a", "a", "b", SEND, True),
    ("odoo", "c", NEVER, "b", SEND, False),
    ("last", "c", "a", "a", SEND, False),
    ("last", "c", "a", "b", SEND, True),
    # Changed and changed back before it was sent.
    ("last", "a", "a", "b", KEEP, False),
    ("dingtalk", "c", "a", "a", TAKE, False),
    ("dingtalk", "c", "a", "b", TAKE, True),
]


@pytest.mark.parametrize(
    "leader, odoo_value, base, dingtalk_value, action, conflict", DECISIONS
)
def test_what_is_done_about_a_field(
    leader, odoo_value, base, dingtalk_value, action, conflict
):
    base = base if base is NEVER else (True, base)
    found = baseline.decide(odoo_value, base, dingtalk_value, leader)
    assert found == (action, conflict)


@pytest.mark.parametrize("leader", ["odoo", "last", "dingtalk"])
@pytest.mark.parametrize("odoo_value, dingtalk_value", [
    ("b", "b"), (None, ""), (False, None), (frozenset(), None)])
def test_what_both_have_is_not_sent(leader, odoo_value, dingtalk_value):
    found = baseline.decide(odoo_value, (True, "a"), dingtalk_value, leader)
    assert found == (EQUAL, False)


def test_what_dingtalk_does_not_show():
    assert baseline.decide("c", (True, "a"), None, "odoo", False) == (SEND, False)
    assert baseline.decide(None, (True, "a"), None, "odoo", False) == (SEND, False)
    assert baseline.decide("c", (True, "a"), None, "dingtalk", False) == (KEEP, False)
