# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Departments: topapi v2 and the history APIs."""

import pytest

V2 = "/topapi/v2/department/"


@pytest.fixture
def tree(box):
    """A small tree below the root: one > two > three, and a sister of one."""
    box.reset(people=4, departments=0)
    for dept_id, name, parent_id, order in (
        (10, "One", 1, 2),
        (20, "Two", 10, 1),
        (30, "Three", 20, 1),
        (11, "Sister", 1, 1),
    ):
        box.control(
            "POST",
            "departments",
            {"dept_id": dept_id, "name": name, "parent_id": parent_id, "order": order},
        )
    box.userids = box.people()
    box.control("PATCH", "users/" + box.userids[1], {"dept_ids": [20]})
    box.control("PATCH", "users/" + box.userids[2], {"dept_ids": [30, 11]})
    return box


def ok(answer):
    assert answer["errcode"] == 0, answer
    return answer.get("result")


def test_listsub(tree):
    found = ok(tree.oapi(V2 + "listsub", {"dept_id": 1}))
    assert found == ok(tree.oapi(V2 + "listsub", {}))
    assert [one["dept_id"] for one in found] == [11, 10]
    assert found[1] == {
        "dept_id": 10,
        "name": "One",
        "parent_id": 1,
        "create_dept_group": False,
        "auto_add_user": False,
    }
    assert ok(tree.oapi(V2 + "listsub", {"dept_id": 30})) == []
    assert tree.oapi(V2 + "listsub", {"dept_id": 99})["errcode"] == 60003
    assert tree.oapi(V2 + "listsub", {"dept_id": "x"})["errcode"] == 400002


def test_listsubid(tree):
    assert ok(tree.oapi(V2 + "listsubid", {"dept_id": 10})) == {"dept_id_list": [20]}
    assert tree.oapi(V2 + "listsubid", {})["errcode"] == 400002


def test_get(tree):
    found = ok(tree.oapi(V2 + "get", {"dept_id": 10}))
    assert found["parent_id"] == 10 // 10 and found["name"] == "One"
    assert (found["member_count"], found["owning_member_count"]) == (2, 0)
    for name, kind in {
        "dept_manager_userid_list": list,
        "dept_permits": list,
        "user_permits": list,
        "outer_permit_users": list,
        "outer_permit_depts": list,
        "hide_dept": bool,
        "outer_dept": bool,
        "auto_add_user": bool,
        "create_dept_group": bool,
        "group_contain_sub_dept": bool,
        "order": int,
        "brief": str,
        "org_dept_owner": str,
        "dept_group_chat_id": str,
    }.items():
        assert isinstance(found[name], kind), name
    assert "parent_id" not in ok(tree.oapi(V2 + "get", {"dept_id": 1}))
    found = tree.oapi(V2 + "get", {"dept_id": -7})
    assert (found["errcode"], found["success"]) == (40009, False)


def test_parents(tree):
    assert ok(tree.oapi(V2 + "listparentbydept", {"dept_id": 30})) == {
        "parent_id_list": [30, 20, 10, 1]
    }
    found = ok(tree.oapi(V2 + "listparentbyuser", {"userid": tree.userids[2]}))
    assert found == {
        "parent_list": [
            {"parent_dept_id_list": [30, 20, 10, 1]},
            {"parent_dept_id_list": [11, 1]},
        ]
    }
    assert tree.oapi(V2 + "listparentbyuser", {"userid": "nobody"})["errcode"] == 33012


def test_contact_scope(tree):
    tree.settings(contact_scope={"departments": [20], "users": []})
    assert tree.oapi(V2 + "listsub", {"dept_id": 1})["errcode"] == 50004
    assert tree.oapi(V2 + "get", {"dept_id": 10})["errcode"] == 50004
    assert [
        one["dept_id"] for one in ok(tree.oapi(V2 + "listsub", {"dept_id": 20}))
    ] == [30]
    # Documented as unlimited.
    assert ok(tree.oapi(V2 + "listsubid", {"dept_id": 1})) == {"dept_id_list": [11, 10]}
    assert ok(tree.oapi(V2 + "listparentbydept", {"dept_id": 10}))
    assert ok(tree.oapi(V2 + "listparentbyuser", {"userid": tree.userids[0]}))
    # The scope follows the tree.
    tree.control("PATCH", "departments/11", {"parent_id": 30})
    assert tree.oapi(V2 + "get", {"dept_id": 11})["errcode"] == 0


def test_create(tree):
    dept_id = ok(
        tree.oapi(
            V2 + "create",
            {
                "name": "New",
                "parent_id": 10,
                "hide_dept": True,
                "dept_permits": "20,30",
                "user_permits": tree.userids[1],
                "order": 7,
                "source_identifier": "odoo-1",
            },
        )
    )["dept_id"]
    found = ok(tree.oapi(V2 + "get", {"dept_id": dept_id}))
    assert (found["name"], found["parent_id"], found["order"]) == ("New", 10, 7)
    assert found["dept_permits"] == [20, 30] and found["user_permits"] == [
        tree.userids[1]
    ]
    assert found["hide_dept"] is True and found["source_identifier"] == "odoo-1"
    children = ok(tree.oapi(V2 + "listsub", {"dept_id": 10}))
    assert [one.get("source_identifier") for one in children] == [None, "odoo-1"]
    children = tree.get("/department/list", id=10)["department"]
    assert [one.get("sourceIdentifier") for one in children] == [None, "odoo-1"]


@pytest.mark.parametrize(
    "values, errcode",
    [
        ({"name": "New"}, 40035),
        ({"parent_id": 10}, 60001),
        ({"name": "New", "parent_id": 99}, 60004),
        ({"name": "a-b", "parent_id": 1}, 60009),
        ({"name": "a，b", "parent_id": 1}, 60009),
        ({"name": "x" * 65, "parent_id": 1}, 60001),
        ({"name": "One", "parent_id": 1}, 60021),
        ({"name": "New", "parent_id": 1, "dept_permits": "99"}, 600109),
        ({"name": "New", "parent_id": 1, "user_permits": "nobody"}, 600109),
        ({"name": "New", "parent_id": 1, "dept_permits": "10," * 201}, 600109),
        ({"name": "New", "parent_id": 1, "dept_permits": [10]}, 40035),
        ({"name": "New", "parent_id": 1, "order": "first"}, 40011),
    ],
)
def test_create_errors(tree, values, errcode):
    assert tree.oapi(V2 + "create", values)["errcode"] == errcode
    assert len(tree.control("GET", "departments")) == 5


def test_create_outside_the_scope(tree):
    tree.settings(contact_scope={"departments": [20]})
    values = {"name": "New", "parent_id": 10}
    assert tree.oapi(V2 + "create", values)["errcode"] == 50004
    assert tree.oapi(V2 + "create", {"name": "New", "parent_id": 20})["errcode"] == 0


def test_too_many(tree, monkeypatch):
    monkeypatch.setattr("dingtalk_simulator.contacts.MOST_DEPARTMENTS", 5)
    assert tree.oapi(V2 + "create", {"name": "5", "parent_id": 1})["errcode"] == 0
    assert tree.oapi(V2 + "create", {"name": "6", "parent_id": 1})["errcode"] == 60110


def test_too_deep(tree):
    parent_id = 30
    for number in range(11):
        parent_id = ok(
            tree.oapi(V2 + "create", {"name": "L%d" % number, "parent_id": parent_id})
        )["dept_id"]
    assert (
        tree.oapi(V2 + "create", {"name": "L", "parent_id": parent_id})["errcode"]
        == 60002
    )


def test_update(tree):
    answer = tree.oapi(
        V2 + "update",
        {
            "dept_id": 20,
            "name": "Zwei",
            "parent_id": 11,
            "code": "C2",
            "dept_manager_userid_list": tree.userids[1],
        },
    )
    assert set(answer) == {"errcode", "errmsg", "request_id"}
    found = ok(tree.oapi(V2 + "get", {"dept_id": 20}))
    assert (found["name"], found["parent_id"], found["code"]) == ("Zwei", 11, "C2")
    assert found["dept_manager_userid_list"] == [tree.userids[1]]
    person = ok(tree.oapi("/topapi/v2/user/get", {"userid": tree.userids[1]}))
    assert person["leader_in_dept"] == [{"dept_id": 20, "leader": True}]
    assert ok(tree.oapi(V2 + "listsubid", {"dept_id": 11})) == {"dept_id_list": [20]}
    assert ok(tree.oapi(V2 + "listsubid", {"dept_id": 10})) == {"dept_id_list": []}
    # Omitted members stay; an empty manager list needs force_update_fields.
    tree.oapi(
        V2 + "update", {"dept_id": 20, "order": 5, "dept_manager_userid_list": ""})
    found = ok(tree.oapi(V2 + "get", {"dept_id": 20}))
    assert (
        found["dept_manager_userid_list"] == [tree.userids[1]] and found["order"] == 5
    )
    tree.oapi(
        V2 + "update",
        {"dept_id": 20, "force_update_fields": "dept_manager_userid_list"},
    )
    assert ok(tree.oapi(V2 + "get", {"dept_id": 20}))["dept_manager_userid_list"] == []


@pytest.mark.parametrize(
    "values, errcode",
    [
        ({"name": "x"}, 40009),
        ({"dept_id": 99}, 60003),
        ({"dept_id": 1, "name": "x"}, 60018),
        ({"dept_id": 10, "parent_id": 99}, 60004),
        ({"dept_id": 10, "parent_id": 30}, 60010),
        ({"dept_id": 10, "parent_id": 10}, 60010),
        ({"dept_id": 10, "name": "Sister"}, 60021),
        ({"dept_id": 10, "dept_manager_userid_list": "nobody"}, 40031),
        ({"dept_id": 10, "org_dept_owner": "nobody"}, 40093),
    ],
)
def test_update_errors(tree, values, errcode):
    assert tree.oapi(V2 + "update", values)["errcode"] == errcode


def test_delete(tree):
    assert tree.oapi(V2 + "delete", {"dept_id": 1})["errcode"] == 60007
    assert tree.oapi(V2 + "delete", {"dept_id": 10})["errcode"] == 60006
    assert tree.oapi(V2 + "delete", {"dept_id": 30})["errcode"] == 60005
    assert tree.oapi(V2 + "delete", {"dept_id": 99})["errcode"] == 60003
    tree.control("PATCH", "users/" + tree.userids[2], {"dept_ids": [1]})
    ok(tree.oapi(V2 + "delete", {"dept_id": 30}))
    assert tree.oapi(V2 + "get", {"dept_id": 30})["errcode"] == 60003


def test_history_reads(tree):
    found = tree.get("/department/list")
    assert [one["id"] for one in found["department"]] == [11, 10]
    assert found["department"][1] == {
        "id": 10,
        "name": "One",
        "parentid": 1,
        "createDeptGroup": False,
        "autoAddUser": False,
    }
    found = tree.get("/department/list", fetch_child="true")
    assert sorted(one["id"] for one in found["department"]) == [10, 11, 20, 30]
    assert tree.get("/department/list_ids", id=1)["sub_dept_id_list"] == [11, 10]
    found = tree.get("/department/get", id=10)
    assert (found["id"], found["parentid"], found["deptManagerUseridList"]) == (
        10,
        1,
        "",
    )
    assert found["errcode"] == 0 and found["deptHiding"] is False
    assert tree.get("/department/list_parent_depts_by_dept", id=30)["parentIds"] == [
        30,
        20,
        10,
        1,
    ]
    found = tree.get("/department/list_parent_depts", userId=tree.userids[2])
    assert found["department"] == [[30, 20, 10, 1], [11, 1]]
    assert tree.get("/department/get", id=99) == {
        "errcode": 60003,
        "errmsg": "部门不存在",
    }


def test_history_writes(tree):
    dept_id = tree.oapi(
        "/department/create",
        {"name": "New", "parentid": 10, "deptPermits": "20|30", "deptHiding": True},
    )["id"]
    found = tree.get("/department/get", id=dept_id)
    assert (found["deptPermits"], found["deptHiding"]) == ("20|30", True)
    assert (
        tree.oapi("/department/update", {"id": dept_id, "name": "Newer"})["id"]
        == dept_id
    )
    assert tree.get("/department/get", id=dept_id)["name"] == "Newer"
    assert tree.get("/department/delete", id=dept_id) == {"errcode": 0, "errmsg": "ok"}


def test_new_apps_get_no_history_api(tree):
    tree.settings(new_app=True)
    assert tree.get("/department/list")["errcode"] == 60011
    assert tree.oapi(V2 + "listsub", {})["errcode"] == 0


def test_search(tree):
    status, found = tree.api(
        "POST",
        "/v1.0/contact/departments/search",
        {"queryWord": "T", "offset": 0, "size": 1},
    )
    assert status == 200
    assert found == {"hasMore": True, "totalCount": 2, "list": [20]}
    status, found = tree.api(
        "POST", "/v1.0/contact/departments/search", {"queryWord": "T"}
    )
    assert (status, found["code"]) == (400, "invalidParameter.offset")
