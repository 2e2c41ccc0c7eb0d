# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Departments and people in the answers of each API."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from .endpoints import Call
from .records import Department, Person


def personal(call: Call) -> Tuple[bool, bool]:
    """(mobile numbers, e-mail and other details) granted to the app."""
    fields = call.setting("fields")
    return bool(fields.get("mobile")), bool(fields.get("email"))


def mobile_of(call: Call, person: Person) -> str:
    return (
        person.mobile
        if call.setting("foreign_mobile") == "plain"
        else person.shown_mobile()
    )


def _granted(call: Call, person: Person, names: Dict[str, str]) -> Dict[str, Any]:
    """Members that need grants or are omitted if empty, in the API's names."""
    with_mobile, with_details = personal(call)
    found: Dict[str, Any] = {}
    if with_mobile:
        found[names["state_code"]] = person.state_code
        found["mobile"] = mobile_of(call, person)
    if with_details:
        for ours in ("email", "org_email", "work_place", "remark", "extension"):
            value = getattr(person, ours)
            if value:
                found[names[ours]] = value
    if person.telephone:
        found[names["telephone"]] = person.telephone
    if person.hired_date:
        found[names["hired_date"]] = person.hired_date
    return found


V2_NAMES = {
    name: name
    for name in (
        "state_code",
        "email",
        "org_email",
        "work_place",
        "remark",
        "extension",
        "telephone",
        "hired_date",
    )
}
V1_NAMES = {
    "state_code": "stateCode",
    "email": "email",
    "org_email": "orgEmail",
    "work_place": "workPlace",
    "remark": "remark",
    "extension": "extattr",
    "telephone": "tel",
    "hired_date": "hiredDate",
}


def person_v2(call: Call, person: Person) -> Dict[str, Any]:
    """`result` of topapi/v2/user/get."""
    found: Dict[str, Any] = {
        "userid": person.userid,
        "unionid": person.unionid,
        "name": person.name,
        "avatar": person.avatar,
        "hide_mobile": person.hide_mobile,
        "dept_id_list": list(person.depts),
        "dept_order_list": [
            {"dept_id": key, "order": order} for key, order in person.depts.items()
        ],
        "leader_in_dept": [
            {"dept_id": key, "leader": key in person.leader_in} for key in person.depts
        ],
        "active": person.active,
        "real_authed": person.real_authed,
        "senior": person.senior,
        "admin": bool(person.admin_level),
        "boss": person.boss,
        "exclusive_account": person.exclusive_account,
        "union_emp_ext": {},
        "dept_position_list": [_position(person, key) for key in person.depts],
    }
    for name in ("job_number", "title", "manager_userid"):
        if getattr(person, name):
            found[name] = getattr(person, name)
    if person.roles:
        found["role_list"] = person.roles
    found.update(_granted(call, person, V2_NAMES))
    return found


def _position(person: Person, dept_id: int) -> Dict[str, Any]:
    found: Dict[str, Any] = {"dept_id": dept_id, "is_main": dept_id == person.main_dept}
    title = person.title if dept_id == person.main_dept else ""
    title = title or person.dept_titles.get(dept_id, "")
    if title:
        found["title"] = title
    if person.work_place and dept_id == person.main_dept:
        found["work_place"] = person.work_place
    return found


def person_item_v2(call: Call, person: Person, dept_id: int) -> Dict[str, Any]:
    """One of `result.list` of topapi/v2/user/list."""
    found: Dict[str, Any] = {
        "userid": person.userid,
        "unionid": person.unionid,
        "name": person.name,
        "avatar": person.avatar,
        "hide_mobile": person.hide_mobile,
        "dept_id_list": list(person.depts),
        "dept_order": person.depts[dept_id],
        "active": person.active,
        "admin": bool(person.admin_level),
        "boss": person.boss,
        "leader": dept_id in person.leader_in,
        "exclusive_account": person.exclusive_account,
    }
    for name in ("job_number", "title"):
        if getattr(person, name):
            found[name] = getattr(person, name)
    found.update(_granted(call, person, V2_NAMES))
    return found


def person_v1(call: Call, person: Person) -> Dict[str, Any]:
    """Answer of the history API user/get."""

    def per_dept(values: Dict[int, str]) -> str:
        return "{%s}" % ", ".join("%d:%s" % item for item in values.items())

    found: Dict[str, Any] = {
        "userid": person.userid,
        "unionid": person.unionid,
        "name": person.name,
        "avatar": person.avatar,
        "isHide": person.hide_mobile,
        "department": list(person.depts),
        "position": person.title,
        "jobnumber": person.job_number,
        "orderInDepts": per_dept(
            {key: str(order) for key, order in person.depts.items()}
        ),
        "isLeaderInDepts": per_dept(
            {key: str(key in person.leader_in).lower() for key in person.depts}
        ),
        "active": person.active,
        "isAdmin": bool(person.admin_level),
        "isBoss": person.boss,
        "isSenior": person.senior,
        "realAuthed": person.real_authed,
        "tags": {},
        "roles": [
            {
                "id": role["id"],
                "name": role["name"],
                "groupName": role["group_name"],
                "type": 0,
            }
            for role in person.roles
        ],
    }
    if person.manager_userid:
        found["managerUserid"] = person.manager_userid
    found.update(_granted(call, person, V1_NAMES))
    return found


def person_item_v1(call: Call, person: Person, dept_id: int) -> Dict[str, Any]:
    """One of `userlist` of the history APIs user/listbypage and user/list."""
    found: Dict[str, Any] = {
        "userid": person.userid,
        "unionid": person.unionid,
        "name": person.name,
        "avatar": person.avatar,
        "isHide": person.hide_mobile,
        "department": list(person.depts),
        "position": person.title,
        "jobnumber": person.job_number,
        "order": person.depts[dept_id],
        "active": person.active,
        "isAdmin": bool(person.admin_level),
        "isBoss": person.boss,
        "isLeader": dept_id in person.leader_in,
    }
    found.update(_granted(call, person, V1_NAMES))
    found.pop("stateCode", None)
    return found


def department_item_v2(department: Department) -> Dict[str, Any]:
    """One of `result` of topapi/v2/department/listsub."""
    found = {
        "dept_id": department.dept_id,
        "name": department.name,
        "parent_id": department.parent_id,
        "create_dept_group": department.create_dept_group,
        "auto_add_user": department.auto_add_user,
    }
    if department.source_identifier:
        found["source_identifier"] = department.source_identifier
    return found


def department_v2(call: Call, department: Department) -> Dict[str, Any]:
    """`result` of topapi/v2/department/get."""
    org = call.org
    found: Dict[str, Any] = {
        "dept_id": department.dept_id,
        "name": department.name,
        "order": department.order,
        "brief": department.brief,
        "create_dept_group": department.create_dept_group,
        "auto_add_user": department.auto_add_user,
        "auto_approve_apply": department.auto_approve_apply,
        "group_contain_sub_dept": department.group_contain_sub_dept,
        "org_dept_owner": department.org_dept_owner,
        "dept_group_chat_id": department.dept_group_chat_id,
        "dept_manager_userid_list": list(department.managers),
        "hide_dept": department.hide_dept,
        "dept_permits": list(department.dept_permits),
        "user_permits": list(department.user_permits),
        "outer_dept": department.outer_dept,
        "outer_permit_depts": list(department.outer_permit_depts),
        "outer_permit_users": list(department.outer_permit_users),
        "from_union_org": False,
        "member_count": len(org.all_member_ids(department.dept_id)),
        "owning_member_count": org.direct_count(department.dept_id),
    }
    if department.parent_id:
        found["parent_id"] = department.parent_id
    for name in ("source_identifier", "code", "telephone"):
        if getattr(department, name):
            found[name] = getattr(department, name)
    return found


def department_item_v1(department: Department) -> Dict[str, Any]:
    """One of `department` of the history API department/list."""
    found = {
        "id": department.dept_id,
        "name": department.name,
        "createDeptGroup": department.create_dept_group,
        "autoAddUser": department.auto_add_user,
    }
    if department.parent_id:
        found["parentid"] = department.parent_id
    if department.source_identifier:
        found["sourceIdentifier"] = department.source_identifier
    return found


def department_v1(department: Department) -> Dict[str, Any]:
    """Answer of the history API department/get."""

    def joined(values: Any) -> str:
        return "|".join(str(value) for value in values)

    return dict(
        department_item_v1(department),
        **{
            "order": department.order,
            "autoApproveApply": department.auto_approve_apply,
            "groupContainSubDept": department.group_contain_sub_dept,
            "orgDeptOwner": department.org_dept_owner,
            "deptGroupChatId": department.dept_group_chat_id,
            "deptManagerUseridList": joined(department.managers),
            "outerDept": department.outer_dept,
            "outerPermitUsers": joined(department.outer_permit_users),
            "outerPermitDepts": joined(department.outer_permit_depts),
            "deptHiding": department.hide_dept,
            "deptPermits": joined(department.dept_permits),
            "userPermits": joined(department.user_permits),
        },
    )
