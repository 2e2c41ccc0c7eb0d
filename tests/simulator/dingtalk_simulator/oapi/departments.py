# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Departments of topapi."""

from __future__ import annotations

from typing import Any, Dict

from .. import contacts, shapes
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..records import ROOT

READ = "qyapi_get_department_list"
WRITE = "qyapi_manage_addresslist"


def _bad(name: str) -> OapiError:
    return OapiError(400002, "无效的参数：%s" % name)


def _dept_id(call: Call, **options: Any) -> int:
    return call.params.integer("dept_id", problem=_bad, **options)


@oapi("POST", "/topapi/v2/department/listsub", scope=READ)
def listsub(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, default=ROOT)
    contacts.visible_department(call, dept_id)
    return {
        "result": [
            shapes.department_item_v2(department)
            for department in call.org.children(dept_id)
        ]
    }


@oapi("POST", "/topapi/v2/department/listsubid", scope=READ)
def listsubid(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, required=True)
    contacts.visible_department(call, dept_id, limited=False)
    return {
        "result": {
            "dept_id_list": [
                department.dept_id for department in call.org.children(dept_id)
            ]
        }
    }


@oapi("POST", "/topapi/v2/department/get", scope=READ)
def get(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, required=True)
    if dept_id < 0:
        raise OapiError(40009, success=False)
    return {
        "result": shapes.department_v2(call, contacts.visible_department(call, dept_id))
    }


@oapi("POST", "/topapi/v2/department/listparentbydept", scope=READ)
def listparentbydept(call: Call) -> Dict[str, Any]:
    dept_id = _dept_id(call, required=True)
    contacts.visible_department(call, dept_id, limited=False)
    return {"result": {"parent_id_list": call.org.parents(dept_id)}}


@oapi("POST", "/topapi/v2/department/listparentbyuser", scope=READ)
def listparentbyuser(call: Call) -> Dict[str, Any]:
    userid = call.params.text("userid", required=True, problem=_bad)
    person = contacts.visible_person(call, userid, not_found=33012, limited=False)
    return {
        "result": {
            "parent_list": [
                {"parent_dept_id_list": call.org.parents(dept_id)}
                for dept_id in person.depts
            ]
        }
    }


@oapi("POST", "/topapi/v2/department/create", scope=WRITE)
def create(call: Call) -> Dict[str, Any]:
    return {"result": {"dept_id": contacts.create_department(call).dept_id}}


@oapi("POST", "/topapi/v2/department/update", scope=WRITE)
def update(call: Call) -> Dict[str, Any]:
    contacts.update_department(call)
    return {}


@oapi("POST", "/topapi/v2/department/delete", scope=WRITE)
def delete(call: Call) -> Dict[str, Any]:
    contacts.delete_department(call, _dept_id(call, required=True))
    return {}
