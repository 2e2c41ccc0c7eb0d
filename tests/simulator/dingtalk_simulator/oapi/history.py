# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The address book APIs of the history pages (before topapi).

New apps may not apply for them (`new_app`).
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional

from .. import contacts, shapes
from ..checks import whole_number
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..params import Params
from ..records import ROOT

DEPT_READ = "qyapi_get_department_list"
ONE = "qyapi_get_member"
MANY = "qyapi_get_department_member"
WRITE = "qyapi_manage_addresslist"

# names of these APIs -> names of topapi
DEPT_NAMES = {
    "id": "dept_id",
    "parentid": "parent_id",
    "createDeptGroup": "create_dept_group",
    "autoAddUser": "auto_add_user",
    "autoApproveApply": "auto_approve_apply",
    "groupContainSubDept": "group_contain_sub_dept",
    "orgDeptOwner": "org_dept_owner",
    "deptManagerUseridList": "dept_manager_userid_list",
    "outerDept": "outer_dept",
    "outerDeptOnlySelf": "outer_dept_only_self",
    "outerPermitUsers": "outer_permit_users",
    "outerPermitDepts": "outer_permit_depts",
    "deptHiding": "hide_dept",
    "deptPermits": "dept_permits",
    "deptPerimits": "dept_permits",
    "userPermits": "user_permits",
    "userPerimits": "user_permits",
    "sourceIdentifier": "source_identifier",
}
USER_NAMES = {
    "tel": "telephone",
    "workPlace": "work_place",
    "position": "title",
    "jobnumber": "job_number",
    "orgEmail": "org_email",
    "isHide": "hide_mobile",
    "isSenior": "senior_mode",
    "hiredDate": "hired_date",
    "managerUserid": "manager_userid",
    "extattr": "extension",
    "department": "dept_id_list",
}


def _renamed(call: Call, names: Dict[str, str]) -> Call:
    """The call with the members of its body under their topapi names."""
    body = {names.get(name, name): value for name, value in call.params.body.items()}
    for name, value in list(body.items()):
        if name == "extension" and isinstance(value, dict):
            body[name] = json.dumps(value, ensure_ascii=False)
        if name == "dept_id_list" and isinstance(value, list):
            body[name] = ",".join(str(each) for each in value)
    orders = body.pop("orderInDepts", None)
    if orders is not None:
        # As {1:10} or {"1":10}; a text, or an object.
        text = json.dumps(orders) if isinstance(orders, dict) else str(orders)
        pairs = [
            pair.strip().split(":")
            for pair in text.strip("{} ").replace('"', "").split(",")
            if pair.strip()
        ]
        numbers = [[whole_number(each) for each in pair] for pair in pairs]
        if any(len(pair) != 2 or None in pair for pair in numbers):
            raise OapiError(40035, "不合法的参数：orderInDepts")
        body["dept_order_list"] = [
            {"dept_id": key, "order": order} for key, order in numbers
        ]
    call.params = Params(call.params.query, body, call.params.problem)
    return call


def _dept_id(call: Call, name: str, default: Optional[int] = None) -> int:
    return call.params.integer(name, default=default, required=default is None, low=1)


# Departments


@oapi("GET", "/department/list", scope=DEPT_READ, history=True)
def department_list(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, "id", ROOT)
    contacts.visible_department(call, dept_id)
    found, heads = [], [dept_id]
    while heads:
        children = call.org.children(heads.pop(0))
        found.extend(shapes.department_item_v1(department) for department in children)
        if call.params.boolean("fetch_child", default=False):
            heads.extend(department.dept_id for department in children)
    return {"department": found}


@oapi("GET", "/department/list_ids", scope=DEPT_READ, history=True)
def department_list_ids(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, "id")
    contacts.visible_department(call, dept_id, limited=False)
    return {
        "sub_dept_id_list": [
            department.dept_id for department in call.org.children(dept_id)
        ]
    }


@oapi("GET", "/department/get", scope=DEPT_READ, history=True)
def department_get(call: Call) -> Dict[str, Any]:
    return shapes.department_v1(contacts.visible_department(call, _dept_id(call, "id")))


@oapi("GET", "/department/list_parent_depts_by_dept", scope=DEPT_READ, history=True)
def department_parents(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, "id")
    contacts.visible_department(call, dept_id, limited=False)
    return {"parentIds": call.org.parents(dept_id)}


@oapi("GET", "/department/list_parent_depts", scope=DEPT_READ, history=True)
def user_parents(call: Call) -> Dict[str, Any]:
    person = contacts.visible_person(
        call, call.params.text("userId", required=True), limited=False
    )
    return {"department": [call.org.parents(dept_id) for dept_id in person.depts]}


@oapi("POST", "/department/create", scope=WRITE, history=True)
def department_create(call: Call) -> Dict[str, Any]:
    return {"id": contacts.create_department(_renamed(call, DEPT_NAMES)).dept_id}


@oapi("POST", "/department/update", scope=WRITE, history=True)
def department_update(call: Call) -> Dict[str, Any]:
    return {"id": contacts.update_department(_renamed(call, DEPT_NAMES)).dept_id}


@oapi("GET", "/department/delete", scope=WRITE, history=True)
def department_delete(call: Call) -> Dict[str, Any]:
    contacts.delete_department(call, _dept_id(call, "id"))
    return {}


# People


@oapi("GET", "/user/get", scope=ONE, history=True)
def user_get(call: Call) -> Dict[str, Any]:
    return shapes.person_v1(
        call, contacts.visible_person(call, call.params.text("userid", required=True))
    )


def _page(
    call: Call, item: Callable[[Any, int], Dict[str, Any]], paging_required: bool
) -> Dict[str, Any]:
    params = call.params
    dept_id = _dept_id(call, "department_id")
    if params.has("offset") != params.has("size"):
        raise OapiError(40035, "不合法的参数：offset, size")
    offset = params.integer(
        "offset",
        default=0,
        required=paging_required,
        low=0,
        problem=lambda _name: OapiError(40068),
    )
    size = params.integer(
        "size",
        default=10**6,
        required=paging_required,
        low=1,
        high=100 if params.has("size") else None,
        problem=lambda _name: OapiError(40069),
    )
    contacts.visible_department(call, dept_id)
    people, following = contacts.page_of_people(
        call, dept_id, offset, size, params.text("order", default="custom") or "custom"
    )
    return {
        "hasMore": following is not None,
        "userlist": [item(person, dept_id) for person in people],
    }


@oapi("GET", "/user/simplelist", scope=MANY, history=True)
def user_simplelist(call: Call) -> Dict[str, Any]:
    return _page(
        call,
        lambda person, _dept_id: {"userid": person.userid, "name": person.name},
        False,
    )


@oapi("GET", "/user/listbypage", scope=MANY, history=True)
def user_listbypage(call: Call) -> Dict[str, Any]:
    return _page(
        call, lambda person, dept_id: shapes.person_item_v1(call, person, dept_id), True
    )


@oapi("GET", "/user/list", scope=MANY, history=True)
def user_list(call: Call) -> Dict[str, Any]:
    return _page(
        call,
        lambda person, dept_id: shapes.person_item_v1(call, person, dept_id),
        False,
    )


@oapi("GET", "/user/getDeptMember", scope=ONE, history=True)
def user_dept_member(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, "deptId")
    contacts.visible_department(call, dept_id, limited=False)
    return {"userIds": list(call.org.member_ids(dept_id))}


@oapi("GET", "/user/get_org_user_count", scope=ONE, history=True)
def user_count(call: Call) -> Dict[str, Any]:
    only_active = call.params.integer("onlyActive", required=True, low=0, high=1)
    people = call.org.people.values()
    return {
        "count": (
            sum(1 for person in people if person.active) if only_active else len(people)
        )
    }


@oapi("GET", "/user/get_by_mobile", scope="qyapi_get_member_by_mobile", history=True)
def user_by_mobile(call: Call) -> Dict[str, Any]:
    person = call.org.by_mobile(call.params.text("mobile", required=True))
    if person is None:
        raise OapiError(60121)
    if not call.world.sees_person(call.app, person):
        raise OapiError(50002)
    return {"userid": person.userid}


@oapi("GET", "/user/getUseridByUnionid", scope=ONE, history=True)
def user_by_unionid(call: Call) -> Dict[str, Any]:
    person = call.org.by_unionid(call.params.text("unionid", required=True))
    if person is None:
        raise OapiError(60121)
    return {"contactType": 0, "userid": person.userid}


@oapi("GET", "/user/get_admin", scope=ONE, history=True)
def user_admin(call: Call) -> Dict[str, Any]:
    """The page has `adminList`, older clients read `admin_list`: both are returned."""
    found: List[Dict[str, Any]] = [
        {"sys_level": person.admin_level, "userid": person.userid}
        for person in call.org.administrators()
    ]
    return {"adminList": found, "admin_list": found}


@oapi("POST", "/user/create", scope=WRITE, history=True)
def user_create(call: Call) -> Dict[str, Any]:
    person = contacts.create_person(_renamed(call, USER_NAMES))
    return {"userid": person.userid, "unionId": person.unionid}


@oapi("POST", "/user/update", scope=WRITE, history=True)
def user_update(call: Call) -> Dict[str, Any]:
    contacts.update_person(_renamed(call, USER_NAMES))
    return {}


@oapi("GET", "/user/delete", scope=WRITE, history=True)
def user_delete(call: Call) -> Dict[str, Any]:
    contacts.delete_person(call, call.params.text("userid", required=True))
    return {}
