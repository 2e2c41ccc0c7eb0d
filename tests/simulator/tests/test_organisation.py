# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The address book: indexes, managers, notifications."""

import pytest
from dingtalk_simulator.organisation import Organisation
from dingtalk_simulator.records import Corp, Department, Person


@pytest.fixture
def org():
    org = Organisation(Corp("dingx", "X"), lambda: 1000.0)
    for dept_id in (10, 20):
        org.add_department(Department(dept_id, "D%d" % dept_id), quiet=True)
    for userid, depts in (("a", {10: 1}), ("b", {10: 2, 20: 1})):
        org.add_person(Person(userid, userid, userid, depts=depts), quiet=True)
    org.told = []
    org.notify = lambda kind, **data: org.told.append((kind, data))
    return org


def test_each_change_is_told_once(org):
    org.add_department(Department(30, "New"))
    org.change_department(30, name="Newer")
    org.remove_department(30)
    org.add_person(Person("c", "C", "c", depts={10: 1}))
    org.change_person("c", name="CC")
    org.remove_person("c")
    assert org.told == [
        ("org_dept_create", {"dept_ids": [30]}),
        (
            "org_dept_modify",
            {"dept_ids": [30], "changes": {"name": ["New", "Newer"]}},
        ),
        ("org_dept_remove", {"dept_ids": [30]}),
        ("user_add_org", {"userids": ["c"]}),
        ("user_modify_org", {"userids": ["c"], "changes": {"name": ["C", "CC"]}}),
        ("user_leave_org", {"userids": ["c"]}),
    ]


def test_quiet_changes(org):
    org.add_department(Department(30, "New"), quiet=True)
    org.change_department(30, quiet=True, name="Newer")
    org.add_person(Person("c", "C", "c", depts={10: 1}), quiet=True)
    org.change_person("c", quiet=True, name="CC")
    assert org.told == []


def test_the_root_bears_the_name_of_the_organisation(org):
    assert org.departments[1].name == "X"
    org.change_department(1, name="Y")
    assert org.name == "Y"


def test_managers_from_both_sides(org):
    org.change_department(10, managers=["a", "b"])
    assert org.people["a"].leader_in == [10]
    org.change_department(10, managers=["b"])
    assert org.people["a"].leader_in == [] and org.people["b"].leader_in == [10]
    org.change_person("a", leader_in=[10])
    assert org.departments[10].managers == ["b", "a"]
    org.change_person("b", leader_in=[20])
    assert org.departments[10].managers == ["a"]
    assert org.departments[20].managers == ["b"]
    org.change_person("b", depts={10: 1})
    assert org.departments[20].managers == [] and org.people["b"].leader_in == []
    org.remove_person("a")
    assert org.departments[10].managers == []


def test_main_department_is_one_of_the_persons(org):
    assert org.people["b"].main_dept == 10
    org.change_person("b", depts={20: 1})
    assert org.people["b"].main_dept == 20
    assert org.add_person(Person("c", "C", "c", depts={20: 1})).main_dept == 20


def test_indexes_follow(org):
    org.change_person("a", mobile="13800000001", email="A@example.com")
    assert org.by_mobile("13800000001").userid == "a"
    assert org.by_email("a@EXAMPLE.com").userid == "a"
    org.change_person("a", mobile="1701234567", state_code="49", email="")
    assert org.by_mobile("13800000001") is None
    assert org.by_mobile("+49-1701234567").userid == "a"
    assert org.by_email("a@example.com") is None
    unionid = org.people["a"].unionid
    org.remove_person("a")
    assert org.by_unionid(unionid) is None and org.left["a"].left_at == 1000.0
    org.add_person(Person("a", "A", "a", depts={20: 1}))
    assert org.by_unionid(unionid).userid == "a" and not org.left


def test_order_of_members_follows(org):
    assert org.member_ids(10) == ["b", "a"]
    org.change_person("a", depts={10: 9})
    assert org.member_ids(10) == ["a", "b"]
    org.add_person(Person("c", "C", "c", depts={10: 5}))
    assert org.member_ids(10) == ["a", "c", "b"]
    org.change_person("a", depts={20: 1})
    assert org.member_ids(10) == ["c", "b"]


def test_the_tree_follows(org):
    assert org.subtree(1) == {1, 10, 20}
    org.add_department(Department(30, "New", 20))
    assert org.subtree(20) == {20, 30} and org.parents(30) == [30, 20, 1]
    org.change_department(20, parent_id=10)
    assert org.subtree(10) == {10, 20, 30} and org.parents(30) == [30, 20, 10, 1]
    assert org.all_member_ids(10) == {"a", "b"}
    org.remove_department(30)
    assert org.subtree(10) == {10, 20}


def test_unknown_members_are_refused(org):
    with pytest.raises(AttributeError):
        org.change_department(10, colour=1)
    with pytest.raises(AttributeError):
        org.change_person("a", name="B", colour=1)
    assert org.people["a"].name == "a"
    assert org.by_unionid(org.people["a"].unionid).userid == "a"
