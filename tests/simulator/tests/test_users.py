# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""People: topapi, the history APIs and the new family."""

import json
from datetime import datetime, timedelta, timezone

import pytest

GET, LIST = "/topapi/v2/user/get", "/topapi/v2/user/list"
CREATE, UPDATE = "/topapi/v2/user/create", "/topapi/v2/user/update"
DELETE = "/topapi/v2/user/delete"


def ok(answer):
    assert answer["errcode"] == 0, answer
    return answer.get("result")


def add(box, userid, **values):
    if "depts" not in values:
        values.setdefault("dept_ids", [1])
    return box.control("POST", "users", dict(values, userid=userid))


#: The members of `full` in both lists and in the person's details.
FULL = {
    "userid": "full",
    "name": "张三",
    "avatar": "",
    "state_code": "86",
    "mobile": "13800000001",
    "hide_mobile": False,
    "telephone": "0571",
    "job_number": "7",
    "title": "CEO",
    "email": "a@example.com",
    "org_email": "b@example.com",
    "work_place": "here",
    "remark": "note",
    "extension": '{"a": "b"}',
    "hired_date": 1597573616828,
    "dept_id_list": [1, 10],
    "active": True,
    "admin": True,
    "boss": False,
    "exclusive_account": False,
}


@pytest.fixture
def full(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    add(
        box,
        "full",
        name="张三",
        mobile="13800000001",
        email="a@example.com",
        org_email="b@example.com",
        title="CEO",
        job_number="7",
        telephone="0571",
        work_place="here",
        remark="note",
        extension='{"a": "b"}',
        hired_date=1597573616828,
        depts={"1": 5, "10": 9},
        main_dept=10,
        leader_in=[10],
        senior=True,
        admin_level=2,
        manager_userid=box.people(1)[0],
        roles=[{"id": 1, "name": "子管理员", "group_name": "默认"}],
    )
    return box


def test_get(full):
    found = ok(full.oapi(GET, {"userid": "full"}))
    unionid = found.pop("unionid")
    assert len(unionid) > 30
    assert found == dict(FULL, **{
        "dept_order_list": [{"dept_id": 1, "order": 5}, {"dept_id": 10, "order": 9}],
        "leader_in_dept": [
            {"dept_id": 1, "leader": False},
            {"dept_id": 10, "leader": True},
        ],
        "dept_position_list": [
            {"dept_id": 1, "is_main": False},
            {"dept_id": 10, "is_main": True, "title": "CEO", "work_place": "here"},
        ],
        "role_list": [{"id": 1, "name": "子管理员", "group_name": "默认"}],
        "manager_userid": full.people(1)[0],
        "real_authed": True,
        "senior": True,
        "union_emp_ext": {},
    })


def test_empty_members_are_left_out(box):
    add(box, "bare", name="李四", mobile="13800000002")
    found = ok(box.oapi(GET, {"userid": "bare"}))
    for name in (
        "email",
        "org_email",
        "work_place",
        "remark",
        "extension",
        "hired_date",
        "telephone",
        "manager_userid",
        "role_list",
    ):
        assert name not in found


@pytest.mark.parametrize(
    "fields, missing, left",
    [
        ({"mobile": False}, {"mobile", "state_code"}, {"email", "remark"}),
        (
            {"email": False},
            {"email", "org_email", "work_place", "remark", "extension"},
            {"mobile"},
        ),
    ],
)
def test_fields_that_were_not_granted(full, fields, missing, left):
    full.settings(fields=fields)
    one = ok(full.oapi(GET, {"userid": "full"}))
    (item,) = ok(full.oapi(LIST, {"dept_id": 10, "cursor": 0, "size": 10}))["list"]
    old = full.get("/user/get", userid="full")
    for found in (one, item):
        assert not missing & set(found) and left <= set(found)
    assert not {"mobile", "stateCode"} & set(old) or "mobile" in left
    assert not {"email", "orgEmail", "workPlace"} & set(old) or "email" in left


def test_not_found(box):
    assert box.oapi(GET, {"userid": "nobody"})["errcode"] == 60121
    assert box.oapi(GET, {})["errcode"] == 400002
    box.settings(user_not_found_code=33012)
    found = box.oapi(GET, {"userid": "nobody"})
    assert (found["errcode"], found["errmsg"]) == (33012, "无效的USERID")
    assert box.oapi(DELETE, {"userid": "nobody"})["errcode"] == 33012


def test_list_item(full):
    (found,) = ok(full.oapi(LIST, {"dept_id": 10, "cursor": 0, "size": 10}))["list"]
    assert found.pop("unionid")
    assert found == dict(FULL, dept_order=9, leader=True)


def test_pages(box, first_dept):
    box.control("POST", "users/shuffle", {"moves": 0})
    for number in range(5):
        add(box, "p%d" % number, name="P", depts={str(first_dept): number + 1})
    expected = ok(box.oapi("/topapi/user/listid", {"dept_id": first_dept}))[
        "userid_list"
    ]
    found, cursor = [], 0
    while cursor is not None:
        page = ok(box.oapi(LIST, {"dept_id": first_dept, "cursor": cursor, "size": 3}))
        assert isinstance(page["has_more"], bool) and len(page["list"]) <= 3
        found += [one["userid"] for one in page["list"]]
        cursor = page["next_cursor"] if page["has_more"] else None
    assert found == expected
    assert "next_cursor" not in page
    simple = ok(
        box.oapi(
            "/topapi/user/listsimple", {"dept_id": first_dept, "cursor": 0, "size": 100}
        )
    )
    assert [one["userid"] for one in simple["list"]] == expected
    assert set(simple["list"][0]) == {"userid", "name"}


def test_direct_members_only(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    box.control("POST", "departments", {"dept_id": 20, "name": "Two", "parent_id": 10})
    add(box, "deep", name="D", dept_ids=[20])
    assert ok(box.oapi(LIST, {"dept_id": 10, "cursor": 0, "size": 10}))["list"] == []
    assert ok(box.oapi("/topapi/user/listid", {"dept_id": 10}))["userid_list"] == []
    assert ok(box.oapi("/topapi/user/listid", {"dept_id": 20}))["userid_list"] == [
        "deep"
    ]


def test_orders(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    for userid, order in (("a", 2), ("b", 9), ("c", 5)):
        add(box, userid, name=userid, depts={"10": order})
    box.control("PATCH", "users/b", {"title": "x"})
    box.control("PATCH", "users/a", {"title": "x"})

    def listed(**values):
        found = ok(box.oapi(LIST, dict(values, dept_id=10, cursor=0, size=10)))
        return "".join(one["userid"] for one in found["list"])

    assert listed() == listed(order_field="custom") == "bca"
    assert listed(order_field="entry_asc") == "abc"
    assert listed(order_field="entry_desc") == "cba"
    assert listed(order_field="modify_asc") == "cba"
    assert listed(order_field="modify_desc") == "abc"
    assert (
        box.oapi(LIST, {"dept_id": 10, "cursor": 0, "size": 10, "order_field": "x"})[
            "errcode"
        ]
        == 40035
    )
    box.settings(dept_user_order="asc")
    assert listed() == "acb"


@pytest.mark.parametrize(
    "values, of_list, of_simple",
    [
        ({"size": 0}, 40035, 40069),
        ({"size": 101}, 40035, 40069),
        ({"cursor": -1}, 40035, 40068),
        ({"cursor": 100001}, 40035, 40068),
        ({"size": None}, 40035, 40069),
        ({"dept_id": 0}, 40035, 40035),
        ({"dept_id": 99}, 60003, 60003),
    ],
)
def test_bad_pages(box, values, of_list, of_simple):
    body = dict({"dept_id": 1, "cursor": 0, "size": 10}, **values)
    assert box.oapi(LIST, body)["errcode"] == of_list
    assert box.oapi("/topapi/user/listsimple", body)["errcode"] == of_simple


def test_unknown_department_as_documented(box):
    box.settings(list_unknown_dept_code=60019)
    body = {"dept_id": 99, "cursor": 0, "size": 10}
    assert box.oapi(LIST, body)["errcode"] == 60019
    assert box.oapi("/topapi/user/listsimple", body)["errcode"] == 60003


def test_count(box):
    add(box, "sleeper", name="S", active=False)
    everybody = ok(box.oapi("/topapi/user/count", {"only_active": False}))["count"]
    assert everybody == 31
    assert (
        ok(box.oapi("/topapi/user/count", {"only_active": "true"}))["count"]
        == sum(1 for person in box.control("GET", "users") if person["active"])
        < everybody
    )
    assert box.oapi("/topapi/user/count", {})["errcode"] == 40035


def test_by_mobile(box):
    add(box, "m", name="M", mobile="13800000003")
    add(box, "foreign", name="F", mobile="+49-1701234567")
    path = "/topapi/v2/user/getbymobile"
    assert ok(box.oapi(path, {"mobile": "13800000003"})) == {"userid": "m"}
    assert ok(box.oapi(path, {"mobile": "+49-1701234567"})) == {"userid": "foreign"}
    found = ok(
        box.oapi(
            path, {"mobile": "13800000003", "support_exclusive_account_search": "true"}
        )
    )
    assert found == {"userid": "m", "exclusive_account_userid_list": []}
    assert box.oapi(path, {"mobile": "13800000009"})["errcode"] == 60121
    box.settings(user_not_member_code=40104)
    assert box.oapi(path, {"mobile": "13800000009"})["errcode"] == 40104
    box.control("DELETE", "users/m")
    assert box.oapi(path, {"mobile": "13800000003"})["errcode"] == 40104


def test_foreign_numbers(box):
    add(box, "foreign", name="F", mobile="+49-1701234567")
    found = ok(box.oapi(GET, {"userid": "foreign"}))
    assert (found["state_code"], found["mobile"]) == ("49", "+49-1701234567")
    box.settings(foreign_mobile="plain")
    assert ok(box.oapi(GET, {"userid": "foreign"}))["mobile"] == "1701234567"


def test_by_unionid(box):
    userid = box.people(1)[0]
    unionid = ok(box.oapi(GET, {"userid": userid}))["unionid"]
    path = "/topapi/user/getbyunionid"
    assert ok(box.oapi(path, {"unionid": unionid})) == {
        "contact_type": 0,
        "userid": userid,
    }
    assert box.oapi(path, {"unionid": "x"})["errcode"] == 60121


def test_administrators(box):
    box.control("PATCH", "users/" + box.people(2)[1], {"admin_level": 2})
    found = ok(box.oapi("/topapi/user/listadmin"))
    assert found[0] == {"userid": box.people(1)[0], "sys_level": 1}
    assert {"userid": box.people(2)[1], "sys_level": 2} in found


def test_contact_scope(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    add(box, "inside", name="I", dept_ids=[10], mobile="13800000004")
    add(box, "outside", name="O", mobile="13800000005")
    add(box, "single", name="S")
    box.settings(contact_scope={"departments": [10], "users": ["single"]})
    assert box.oapi(GET, {"userid": "inside"})["errcode"] == 0
    assert box.oapi(GET, {"userid": "single"})["errcode"] == 0
    found = box.oapi(GET, {"userid": "outside"})
    assert (found["errcode"], found["errmsg"]) == (
        50002,
        "请求的员工userid不在授权范围内",
    )
    assert box.oapi(LIST, {"dept_id": 1, "cursor": 0, "size": 10})["errcode"] == 50004
    assert (
        box.oapi("/topapi/v2/user/getbymobile", {"mobile": "13800000005"})["errcode"]
        == 50002
    )
    assert box.get("/user/get", userid="outside")["errcode"] == 50002
    assert box.get("/user/get_by_mobile", mobile="13800000005")["errcode"] == 50002
    # Not limited:
    assert (
        "outside" in ok(box.oapi("/topapi/user/listid", {"dept_id": 1}))["userid_list"]
    )
    assert ok(box.oapi("/topapi/user/listadmin"))


def test_create(box):
    result = ok(
        box.oapi(
            CREATE,
            {
                "userid": "new",
                "name": "新人",
                "mobile": "13800000006",
                "dept_id_list": "1",
                "title": "T",
                "job_number": "9",
                "email": "new@example.com",
                "hired_date": "1597573616828",
                "dept_order_list": [{"dept_id": 1, "order": 3}],
                "extension": '{"a":"b"}',
            },
        )
    )
    assert result["userid"] == "new" and result["unionId"]
    found = ok(box.oapi(GET, {"userid": "new"}))
    assert (found["mobile"], found["title"], found["email"]) == (
        "13800000006",
        "T",
        "new@example.com",
    )
    assert found["dept_order_list"] == [{"dept_id": 1, "order": 3}]
    assert found["active"] is False and found["hired_date"] == 1597573616828
    generated = ok(
        box.oapi(CREATE, {"name": "N", "mobile": "+49-17012345", "dept_id_list": "1"})
    )
    assert generated["userid"]


@pytest.mark.parametrize(
    "values, errcode",
    [
        ({"userid": "taken"}, 60102),
        ({"name": ""}, 60112),
        ({"name": None}, 60112),
        ({"name": "x" * 81}, 60112),
        ({"mobile": ""}, 60103),
        ({"mobile": "123"}, 60103),
        ({"mobile": "4915123456"}, 60103),
        ({"mobile": "13800000007"}, 60104),
        ({"mobile": "+86-13800000007"}, 60104),
        ({"mobile": "13800000077"}, 60107),
        ({"dept_id_list": None}, 40035),
        ({"dept_id_list": "99"}, 60003),
        ({"email": "no mail"}, 60105),
        ({"email": "Taken@example.com"}, 60106),
        ({"manager_userid": "nobody"}, 60128),
        ({"title": "x" * 201}, 40035),
        ({"extension": "no json"}, 40035),
        ({"mobile": "+86-12345"}, 60103),
        ({"dept_id_list": "1," * 301}, 40035),
        ({"dept_order_list": [{"dept_id": 5, "order": 1}]}, 40035),
        ({"dept_order_list": [{"dept_id": "x", "order": 1}]}, 40035),
        ({"dept_order_list": [{"dept_id": 1}]}, 40035),
        ({"dept_order_list": [1]}, 40035),
        ({"dept_order_list": 5}, 40035),
        ({"dept_order_list": {"dept_id": 1}}, 40035),
        ({"dept_title_list": [{"dept_id": 5, "title": "T"}]}, 40035),
    ],
)
def test_create_errors(box, values, errcode):
    add(box, "taken", name="T", mobile="13800000007", email="taken@example.com")
    # Works here, but DingTalk knows the person by another number.
    add(box, "moved", name="M", mobile="13800000076", human="+86-13800000077")
    body = {"userid": "new", "name": "N", "mobile": "13800000008", "dept_id_list": "1"}
    assert box.oapi(CREATE, dict(body, **values))["errcode"] == errcode
    assert "new" not in box.people()


def test_create_outside_the_scope(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    box.settings(contact_scope={"departments": [10]})
    body = {"name": "N", "mobile": "13800000008", "dept_id_list": "1"}
    assert box.oapi(CREATE, body)["errcode"] == 50004
    assert box.oapi(CREATE, dict(body, dept_id_list="10"))["errcode"] == 0


def test_positions(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    body = {
        "userid": "new",
        "name": "N",
        "mobile": "13800000008",
        "dept_id_list": "1,10",
        "title": "Chief",
        "hide_mobile": "true",
        "senior_mode": True,
        "dept_title_list": [{"dept_id": 1, "title": "Clerk"}],
        "dept_position_list": [{"dept_id": 10, "is_main": True}],
    }
    ok(box.oapi(CREATE, body))
    found = ok(box.oapi(GET, {"userid": "new"}))
    assert found["dept_position_list"] == [
        {"dept_id": 1, "is_main": False, "title": "Clerk"},
        {"dept_id": 10, "is_main": True, "title": "Chief"},
    ]
    assert (found["hide_mobile"], found["senior"]) == (True, True)
    ok(box.oapi(UPDATE, {"userid": "new", "title": "Boss"}))
    found = ok(box.oapi(GET, {"userid": "new"}))
    assert found["dept_position_list"][1]["title"] == found["title"] == "Boss"


def test_create_by_invitation(box):
    box.settings(invite_new_people=True)
    values = {"name": "N", "mobile": "13800000008", "dept_id_list": "1"}
    found = box.oapi(CREATE, values)
    assert (found["errcode"], found["errmsg"]) == (
        40103,
        "已发出邀请，对方同意后即可加入组织",
    )


def test_update(full):
    full.control("POST", "departments", {"dept_id": 20, "name": "Two"})
    answer = full.oapi(
        UPDATE,
        {
            "userid": "full",
            "name": "张四",
            "title": "",
            "dept_id_list": "20,1",
            "email": "c@example.com",
        },
    )
    assert answer["errcode"] == 0 and "result" not in answer
    found = ok(full.oapi(GET, {"userid": "full"}))
    assert (
        found["name"] == "张四"
        and "title" not in found
        and found["email"] == "c@example.com"
    )
    assert found["dept_id_list"] == [20, 1]
    assert found["remark"] == "note"
    assert ok(full.oapi("/topapi/user/listid", {"dept_id": 10}))["userid_list"] == []
    assert ok(full.oapi("/topapi/user/listid", {"dept_id": 20}))["userid_list"] == [
        "full"
    ]
    assert (
        ok(full.oapi("/topapi/v2/department/get", {"dept_id": 10}))[
            "dept_manager_userid_list"
        ]
        == []
    )
    # The old address is free again.
    ok(full.oapi(UPDATE, {"userid": full.people(1)[0], "email": "a@example.com"}))


def test_update_of_the_extension(full):
    full.oapi(
        UPDATE,
        {"userid": "full", "extension": '{"c":"d"}', "ext_attrs_update_mode": "1"},
    )
    found = ok(full.oapi(GET, {"userid": "full"}))
    assert json.loads(found["extension"]) == {"a": "b", "c": "d"}
    full.oapi(UPDATE, {"userid": "full", "extension": '{"e":"f"}'})
    assert json.loads(ok(full.oapi(GET, {"userid": "full"}))["extension"]) == {"e": "f"}


def test_update_clears_the_manager_only_when_forced(full):
    full.oapi(UPDATE, {"userid": "full", "manager_userid": ""})
    assert "manager_userid" in ok(full.oapi(GET, {"userid": "full"}))
    full.oapi(UPDATE, {"userid": "full", "force_update_fields": "manager_userid"})
    assert "manager_userid" not in ok(full.oapi(GET, {"userid": "full"}))


def test_update_errors(full):
    assert full.oapi(UPDATE, {"userid": "nobody"})["errcode"] == 60121
    assert (
        full.oapi(UPDATE, {"userid": "full", "mobile": "13800000099"})["errcode"]
        == 40022
    )
    values = {"userid": "full", "mobile": "13800000001"}
    assert full.oapi(UPDATE, values)["errcode"] == 0
    full.settings(hr_managed=True)
    assert full.oapi(UPDATE, {"userid": "full", "title": "x"})["errcode"] == 12150


def test_delete(box):
    userid = box.people(2)[1]
    answer = box.oapi(DELETE, {"userid": userid})
    assert set(answer) == {"errcode", "errmsg", "request_id"}
    assert box.oapi(GET, {"userid": userid})["errcode"] == 60121
    assert box.oapi(DELETE, {"userid": userid})["errcode"] == 60121
    assert [one["userid"] for one in box.control("GET", "users?left=1")] == [userid]


def test_inactive(box):
    box.noon()
    box.settings(rate_limit=None)
    add(box, "sleeper", name="S", active=False)
    beijing = timezone(timedelta(hours=8))
    today = datetime.fromtimestamp(box.world.now(), beijing)
    day = today - timedelta(days=3)
    body = {
        "is_active": False,
        "query_date": day.strftime("%Y%m%d"),
        "offset": 0,
        "size": 100,
    }
    path = "/topapi/inactive/user/v2/get"
    assert "sleeper" in ok(box.oapi(path, body))["list"]
    active = ok(box.oapi(path, dict(body, is_active=True, size=3)))
    assert (
        len(active["list"]) == 3
        and active["has_more"] is True
        and active["next_cursor"] == 3
    )
    assert box.oapi(path, dict(body, size=101))["errcode"] == 40069
    assert box.oapi(path, dict(body, offset=-1))["errcode"] == 40068
    tomorrow = (today + timedelta(days=1)).strftime("%Y%m%d")
    assert box.oapi(path, dict(body, query_date=tomorrow))["errcode"] == 400002
    assert box.oapi(path, dict(body, query_date="x"))["errcode"] == 400002
    assert box.oapi(path, dict(body, query_date="20261345"))["errcode"] == 400002
    long_ago = (today - timedelta(days=40)).strftime("%Y%m%d")
    assert box.oapi(path, dict(body, query_date=long_ago))["errcode"] == 400002
    assert "sleeper" in ok(box.oapi("/topapi/inactive/user/get", body))["list"]


def test_history_reads(full):
    found = full.get("/user/get", userid="full")
    assert found["errcode"] == 0 and found["department"] == [1, 10]
    assert (
        found["orderInDepts"] == "{1:5, 10:9}"
        and found["isLeaderInDepts"] == "{1:false, 10:true}"
    )
    assert (found["position"], found["jobnumber"], found["tel"], found["isSenior"]) == (
        "CEO",
        "7",
        "0571",
        True,
    )
    assert found["roles"][0]["groupName"] == "默认"
    assert full.get("/user/get", userid="nobody") == {
        "errcode": 60121,
        "errmsg": "找不到该用户",
    }
    found = full.get("/user/simplelist", department_id=10)
    assert (found["hasMore"], found["userlist"]) == (
        False,
        [{"userid": "full", "name": "张三"}],
    )
    found = full.get("/user/listbypage", department_id=10, offset=0, size=100)
    assert (
        found["userlist"][0]["order"] == 9 and found["userlist"][0]["isLeader"] is True
    )
    assert full.get("/user/listbypage", department_id=10)["errcode"] in (40035, 40068)
    assert (
        full.get("/user/listbypage", department_id=10, offset=0, size=101)["errcode"]
        == 40069
    )
    assert full.get("/user/simplelist", department_id=10, offset=0)["errcode"] == 40035
    assert full.get("/user/list", department_id=10)["userlist"][0]["userid"] == "full"
    assert full.get("/user/getDeptMember", deptId=10)["userIds"] == ["full"]
    assert full.get("/user/get_org_user_count", onlyActive=0)["count"] == 31
    assert full.get("/user/get_by_mobile", mobile="13800000001")["userid"] == "full"
    assert full.get("/user/get_by_mobile", mobile="1")["errcode"] == 60121
    unionid = full.org.people["full"].unionid
    assert full.get("/user/getUseridByUnionid", unionid=unionid)["userid"] == "full"
    assert full.get("/user/getUseridByUnionid", unionid="x")["errcode"] == 60121
    assert full.get("/user/get_admin")["adminList"][0]["sys_level"] == 1


def test_manager_in_the_history_form(full):
    assert full.get("/user/get", userid="full")["managerUserid"] == full.people(1)[0]


def test_history_writes(box):
    found = box.oapi(
        "/user/create",
        {
            "userid": "new",
            "name": "N",
            "mobile": "13800000010",
            "department": [1],
            "position": "P",
            "orderInDepts": "{1:4}",
        },
    )
    assert found["userid"] == "new" and found["unionId"]
    one = box.get("/user/get", userid="new")
    assert one["position"] == "P" and one["orderInDepts"] == "{1:4}"
    assert box.oapi("/user/update", {"userid": "new", "jobnumber": "5"})["errcode"] == 0
    assert box.get("/user/get", userid="new")["jobnumber"] == "5"
    box.oapi("/user/update", {"userid": "new", "extattr": {"爱好": "旅游"}})
    assert box.get("/user/get", userid="new")["extattr"] == '{"爱好": "旅游"}'
    assert box.get("/user/delete", userid="new") == {"errcode": 0, "errmsg": "ok"}


def test_new_apps_get_no_history_api(box):
    box.settings(new_app=True)
    assert box.get("/user/get", userid=box.people(1)[0])["errcode"] == 60011
    assert box.oapi(GET, {"userid": box.people(1)[0]})["errcode"] == 0


def test_search_and_batch(box):
    add(box, "anna", name="Anna Blume", mobile="13800000011")
    add(box, "hanna", name="Hanna", mobile="13800000012")
    path = "/v1.0/contact/users/search"
    found = box.api("POST", path, {"queryWord": "nna", "offset": 0, "size": 10})[1]
    assert found == {"hasMore": False, "totalCount": 2, "list": ["anna", "hanna"]}
    found = box.api(
        "POST",
        path,
        {"queryWord": "Hanna", "offset": 0, "size": 10, "fullMatchField": 1},
    )[1]
    assert found["list"] == ["hanna"]
    found = box.api(
        "GET", "/v1.0/contact/users/batch/get", userIdList='["anna","nobody"]'
    )[1]
    assert found["unauthorizedUserIdList"] == ["nobody"]
    assert (
        found["userList"][0]["name"] == "Anna Blume"
        and found["userList"][0]["state_code"] == "86"
    )


def test_several_organisations(box):
    """The same human has a userid and a unionid in each."""
    person = add(box, "here", name="H", mobile="13800000013")
    other = box.control(
        "POST",
        "corps",
        {"name": "Second", "people": 5, "departments": 2, "same_people": 2},
    )
    twin = box.control(
        "POST",
        "users",
        {
            "corp_id": other["corp_id"],
            "userid": "there",
            "from_corp_id": box.corp_id,
            "from_userid": "here",
        },
    )
    assert twin["human"] == person["human"] and twin["mobile"] == person["mobile"]
    assert twin["unionid"] != person["unionid"]
    token = box.gettoken(appkey=other["app_key"], appsecret=other["app_secret"])[
        "access_token"
    ]
    found = ok(box.oapi(GET, {"userid": "there"}, token=token))
    assert found["mobile"] == "13800000013"
    assert box.oapi(GET, {"userid": "here"}, token=token)["errcode"] == 60121
    here, there = box.people(2), box.control("GET", "users?corp_id=" + other["corp_id"])
    assert [box.org.people[userid].mobile for userid in here] == [
        one["mobile"] for one in there[:2]
    ]
    # Apps of one developer share unionids.
    sister = box.control(
        "POST", "corps", {"name": "Third", "people": 1, "developer": box.corp_id}
    )
    third = box.control(
        "POST",
        "users",
        {
            "corp_id": sister["corp_id"],
            "userid": "there",
            "from_corp_id": box.corp_id,
            "from_userid": "here",
        },
    )
    assert third["unionid"] == person["unionid"]
