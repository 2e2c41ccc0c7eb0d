# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
import random

import pytest
from dingding_pure.dingtalk.errors import DingTalkError, OutOfScopeError
from dingding_pure.sync import mapping, plan
from dingding_pure.sync.reader import Reader
from dingding_pure.sync.snapshot import Snapshot
from fake_contacts import OddContacts, organisation


class Stored(object):
    """A simulated database that executes plans."""

    def __init__(self):
        self.departments = {}
        self.people = {}

    def compare(self, snapshot):
        found = plan.Plan()
        plan.compare_departments(
            found, snapshot, mapping.DEPARTMENT, self.departments, "Org")
        plan.compare_people(
            found, snapshot, mapping.PERSON, self.people,
            frozenset(snapshot.departments) | frozenset(self.departments))
        return found

    def apply(self, found):
        for rows, changes in ((self.departments, found.departments),
                              (self.people, found.people)):
            for change in changes:
                if change.action == plan.CREATE:
                    assert change.key not in rows
                    rows[change.key] = dict(
                        change.values, id=len(rows) + 1, active=True)
                    parent = change.values.get("parent_id")
                    assert not parent or rows is not self.departments or parent in rows
                else:
                    assert rows[change.key]["id"] == change.id
                    rows[change.key].update(change.values)
                if change.baseline:
                    rows[change.key].setdefault("baseline", {}).update(change.baseline)


def read(contacts):
    return Reader(contacts).fill(Snapshot())


@pytest.fixture
def filled():
    contacts, stored = organisation(departments=8, people=60), Stored()
    stored.apply(stored.compare(read(contacts)))
    return contacts, stored


def by_key(changes):
    return {change.key: change for change in changes}


def test_the_first_run_makes_everything(filled):
    contacts, stored = filled
    assert set(stored.departments) == {"1"} | {str(key) for key in contacts.tree}
    assert set(stored.people) == set(contacts.people)
    assert stored.departments["1"]["name"] == "Org"
    person = stored.people["u0003"]
    assert person["main_department_id"] == "103", "DingTalk's first"
    assert person["department_ids"] == {"103", "100"}
    assert person["leader_department_ids"] == {"103"}


def test_the_second_run_changes_nothing(filled):
    contacts, stored = filled
    found = stored.compare(read(contacts))
    assert found.departments == [] and found.people == [] and found.problems == []


def test_only_what_differs_is_changed(filled):
    contacts, stored = filled
    contacts.people["u0005"]["title"] = "Boss"
    contacts.tree[105] = (contacts.tree[105][0], "New name")
    found = stored.compare(read(contacts))
    assert [(change.key, change.values, change.old) for change in found.people] == [
        ("u0005", {"title": "Boss"}, {"title": None})]
    assert [(change.key, change.values) for change in found.departments] == [
        ("105", {"name": "New name"})]


def test_a_move_that_turns_the_tree_over_goes_from_top_to_bottom(filled):
    contacts, stored = filled
    parent = contacts.tree[103][0]  # 103 below 100
    assert parent == 100
    contacts.tree[103] = (1, "Department 3")
    contacts.tree[100] = (103, "Department 0")
    found = stored.compare(read(contacts))
    order = [change.key for change in found.departments]
    assert order.index("103") < order.index("100")


def test_leavers_are_archived_when_dingtalk_confirms_them(filled):
    contacts, stored = filled
    del contacts.people["u0009"]
    snapshot = read(contacts)
    found = stored.compare(snapshot)
    assert found.leaving["people"] == ["u0009"] and not found.people
    Reader(contacts).confirm(snapshot, [], found.leaving["people"])
    found = stored.compare(snapshot)
    assert [(c.action, c.key, c.values) for c in found.people] == [
        (plan.ARCHIVE, "u0009", {"active": False})]
    stored.apply(found)
    assert stored.compare(snapshot).people == []


def test_nobody_has_left_an_incomplete_answer(filled):
    contacts, stored = filled
    del contacts.people["u0009"]
    snapshot = read(contacts)
    Reader(contacts).confirm(snapshot, [], ["u0009"])
    snapshot.incomplete = True
    assert stored.compare(snapshot).people == []


def test_odd_departments_of_one_person_stop_nobody(filled):
    contacts, stored = filled
    snapshot = read(contacts)
    odd, other = sorted(snapshot.people)[:2]
    snapshot.people[odd].update(
        name="Odd", dept_id_list=[{"id": 2}], leader_in_dept=7)
    snapshot.people[other]["name"] = "Other"
    found = stored.compare(snapshot)
    assert {change.key: change.values for change in found.people} == {
        odd: {"name": "Odd"}, other: {"name": "Other"}}
    assert {(problem["code"], problem["userid"]) for problem in found.problems} == {
        ("bad_value", odd)}


@pytest.mark.parametrize("seed", range(150))
def test_odd_answers_are_refused_or_reported(seed, filled):
    contacts, stored = filled
    odd = OddContacts(contacts, random.Random(seed))
    try:
        snapshot = read(odd)
        found = stored.compare(snapshot)
    except DingTalkError:
        return
    for change in found.people + found.departments:
        assert change.key and isinstance(change.key, str)
    stored.apply(found)


def test_who_comes_back_is_made_active(filled):
    contacts, stored = filled
    stored.people["u0009"]["active"] = False
    found = stored.compare(read(contacts))
    assert [(c.action, c.key, c.values) for c in found.people] == [
        (plan.UPDATE, "u0009", {"active": True})]


def test_a_department_that_comes_back_is_made_active(filled):
    contacts, stored = filled
    stored.departments["103"]["active"] = False
    found = stored.compare(read(contacts))
    assert [(c.key, c.values) for c in found.departments] == [
        ("103", {"active": True})]


def test_departments_that_are_not_known_are_left_out(filled):
    contacts, stored = filled
    contacts.people["u0009"]["dept_id_list"] = [555, 100]
    change = by_key(stored.compare(read(contacts)).people).get("u0009")
    assert change.values["main_department_id"] == "100"
    assert change.values["department_ids"] == {"100"}


def test_missing_parents_and_cycles_end_at_the_top():
    snapshot = Snapshot()
    for key, parent in (("1", None), ("2", "9"), ("3", "4"), ("4", "3"), ("5", "5")):
        snapshot.departments[key] = {
            "dept_id": key, "name": key, "parent_id": parent, "position": 0}
    found = plan.Plan()
    plan.compare_departments(found, snapshot, mapping.DEPARTMENT, {}, "Org")
    parents = {change.key: change.values["parent_id"] for change in found.departments}
    assert parents == {"1": None, "2": "1", "3": "1", "4": "3", "5": "1"}
    assert sorted(problem["code"] for problem in found.problems) == [
        "department_cycle", "department_cycle", "parent_missing"]


def test_a_limited_application_moves_nothing_to_the_top(filled):
    contacts, stored = filled
    assert stored.departments["103"]["parent_id"] == "100"
    before = dict(stored.departments["103"])
    contacts.hooks["list", 1] = refuse
    snapshot = Reader(contacts, scopes=lambda: {
        "dept_ids": [103], "userids": []}).fill(Snapshot())
    found = stored.compare(snapshot)
    assert found.departments == []
    assert stored.departments["103"] == before


def refuse(_make):
    raise OutOfScopeError("50004", "no")


def moved(leader, odoo, dingtalk, base, part=()):
    """Return the parents after departments moved: dept_id -> parent or None."""
    snapshot, stored = Snapshot(with_people=False), {}
    for place, key in enumerate(sorted(odoo)):
        if not part or key in part:
            snapshot.departments[key] = {
                "dept_id": key, "name": key, "parent_id": dingtalk[key],
                "position": place}
        stored[key] = {
            "id": place, "active": True, "name": key, "sequence": 1000 + place,
            "parent_id": odoo[key], "baseline": {"name": key, "parent_id": base[key]}}
    found = plan.Plan()
    if part:
        plan.compare_part(found, snapshot, mapping.DEPARTMENT, stored, mapping.PERSON,
                          {}, (), lambda _field: leader)
    else:
        plan.compare_departments(
            found, snapshot, mapping.DEPARTMENT, stored, "Org", lambda _field: leader)
    parents = dict(odoo)
    for change in found.departments:
        parents[change.key] = change.values.get("parent_id", parents[change.key])
        line, current = [], change.key
        while current:
            assert current not in line, "Odoo refuses circles, even for a moment"
            line.append(current)
            current = parents[current]
    return parents, found


@pytest.mark.parametrize("part", ["", "abc"])
def test_each_was_moved_below_the_other(part):
    base = {"1": None, "a": "1", "b": "1", "c": "b"}
    parents, found = moved(
        "last", dict(base, a="c"), dict(base, b="a"), base, part)
    assert parents == {"1": None, "a": "1", "b": "a", "c": "b"}
    change = by_key(found.departments)["a"]
    assert change.conflicts == (("parent_id", "c", "1", "dingtalk"),)
    assert change.baseline["parent_id"] == "1" and not change.push
    parents, _found = moved(
        "odoo", dict(base, a="c"), dict(base, b="a"), base, part)
    assert parents == dict(base, a="c")


# (leader, Odoo's, base, DingTalk's, whether Odoo knows that person) -> written
MANAGER = [
    ("odoo", None, None, "m", False, {}),
    ("last", None, None, "m", False, {}),
    ("odoo", "x", "x", "m", False, {}),
    ("odoo", None, None, "m", True, {"manager_id": "m"}),
    # Unknown when DingTalk led.
    ("odoo", None, "m", "m", False, {}),
    ("odoo", None, "m", "m", True, {"manager_id": "m"}),
    ("dingtalk", None, "m", "m", False, {}),
    ("dingtalk", "x", "x", "m", False, {"manager_id": "m"}),
]


@pytest.mark.parametrize("leader, stored, base, value, known, written", MANAGER)
def test_a_manager_whom_odoo_does_not_know(
    leader, stored, base, value, known, written
):
    """Nobody would count as chosen in Odoo, and be sent to DingTalk."""
    table = [line for line in mapping.PERSON if line.field in ("name", "manager_id")]
    row = {"id": 1, "active": True, "name": "P", "manager_id": stored,
           "baseline": {"name": "P", "manager_id": base}}
    if base is None:
        del row["baseline"]["manager_id"]
    item = {"name": "P", "manager_userid": value, mapping.DETAIL: True}
    change = plan.compare_person(
        plan.Plan(), "p", item, table, {"always"}, row, frozenset(),
        ("m",) if known else (), lambda field: leader)
    if written:
        assert change.values == written
    else:
        assert change is None


def test_a_person_without_name_is_called_by_the_userid(filled):
    contacts, stored = filled
    contacts.people["u0100"] = {"userid": "u0100", "name": " ", "dept_id_list": [101]}
    contacts.people["u0001"]["name"] = ""
    changes = by_key(stored.compare(read(contacts)).people)
    assert changes["u0100"].values["name"] == "u0100"
    assert "u0001" not in changes


@pytest.mark.parametrize(
    "leaving, stored, stopped",
    [
        (20, 30, False), (21, 30, True), (100, 1000, False), (101, 1000, True),
        (0, 0, False),
    ],
)
def test_the_threshold(leaving, stored, stopped):
    assert plan.too_many(leaving, stored) is stopped


def test_order_changes_as_few_rows_as_possible():
    assert plan.arrange([None] * 3) == [1000, 2000, 3000]
    assert plan.arrange([1000, 2000, 3000]) == [1000, 2000, 3000]
    assert plan.arrange([1000, None, 2000]) == [1000, 1500, 2000]
    assert plan.arrange([3000, 1000, 2000])[1:] == [1000, 2000]
    assert plan.arrange([1000, 2000, None]) == [1000, 2000, 3000]
    assert plan.arrange([1, None, 2]) == [1000, 2000, 3000], "no room: all anew"
    random.seed(3)
    for _round in range(500):
        before = [
            random.choice([None, random.randint(1, 5000)])
            for _each in range(random.randint(0, 9))
        ]
        after = plan.arrange(before)
        assert after == sorted(set(after)) and len(after) == len(before)
        assert all(number > 0 for number in after)
        assert plan.arrange(after) == after


def reordered(leader, pending=()):
    """Return (changes by key, departments in DingTalk's new order) below the top."""
    departments, stored = Snapshot(), {}
    for place, key in enumerate(["1", "c", "a", "b"]):
        departments.departments[key] = {
            "dept_id": key, "name": key, "parent_id": None if key == "1" else "1",
            "position": place}
    for place, key in enumerate(["1", "a", "b", "c"]):
        stored[key] = {
            "id": place, "active": True, "name": key, "sequence": 1000 * place,
            "parent_id": None if key == "1" else "1", "pending": set()}
    stored["1"].update(sequence=1000, pending=set(pending))
    found = plan.Plan()
    plan.compare_departments(
        found, departments, mapping.DEPARTMENT, stored, "Org", lambda _field: leader)
    return by_key(found.departments)


def test_the_order_of_dingtalk_is_taken():
    changes = reordered("dingtalk")
    assert [key for key in changes if "sequence" in changes[key].values] == ["c"]
    assert not any(change.push for change in changes.values())


def test_the_order_of_odoo_is_told():
    changes = reordered("odoo")
    assert not any("sequence" in change.values for change in changes.values())
    assert changes["1"].push == ("child_ids",)
    assert "child_ids" not in reordered("odoo", ["child_ids"]).get(
        "1", changes["1"]._replace(push=())).push, "it is on its way already"


def test_the_last_order_holds():
    changes = reordered("last")
    assert "sequence" in changes["c"].values
    changes = reordered("last", ["child_ids"])
    assert not any("sequence" in change.values for change in changes.values())
    assert not any("child_ids" in change.push for change in changes.values())


# (Odoo's departments, Odoo's managed, base, DingTalk's departments, DingTalk's
# managed) -> (managed afterwards in Odoo, sent to DingTalk, is a conflict)
MANAGERS = [
    ("a", "a", "a", "a", "", "a", True, True),
    ("b", "a", "a", "b", "", "", False, False),
    ("b", "a", "", "b", "", "", False, True),
    ("ab", "a", "", "b", "", "a", True, False),
    # DingTalk removes it itself with the membership, which is sent.
    ("b", "a", "a", "ab", "a", "", False, False),
]


@pytest.mark.parametrize("own, here, base, depts, there, after, sent, told", MANAGERS)
def test_only_members_manage_a_department(
    own, here, base, depts, there, after, sent, told
):
    row = {"id": 1, "active": True, "name": "P", "department_ids": frozenset(own),
           "leader_department_ids": frozenset(here), "baseline": {
               "department_ids": frozenset(depts),
               "leader_department_ids": frozenset(base)}}
    item = {"name": "P", "dept_id_list": list(depts), "leader_in_dept": [
        {"dept_id": key, "leader": key in there} for key in depts]}
    table = [line for line in mapping.PERSON
             if line.field in ("department_ids", "leader_department_ids")]
    change = plan.compare_person(
        plan.Plan(), "p", item, table, mapping.delivered([item], table), row,
        frozenset("ab"), (), lambda field: "odoo")
    found = change.values.get("leader_department_ids", frozenset(here))
    assert found == frozenset(after)
    assert ("leader_department_ids" in change.push) == sent
    assert ("leader_department_ids" in [each[0] for each in change.conflicts]) == told
