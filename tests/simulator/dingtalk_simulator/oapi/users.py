# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""People of topapi."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Callable, Dict, List

from .. import contacts, shapes
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..messages import BEIJING
from ..records import Person

ONE = "qyapi_get_member"
MANY = "qyapi_get_department_member"
WRITE = "qyapi_manage_addresslist"


def _bad(name: str) -> OapiError:
    return OapiError(400002, "无效的参数：%s" % name)


@oapi("POST", "/topapi/v2/user/get", scope=ONE)
def get(call: Call) -> Dict[str, Any]:
    userid = call.params.text("userid", required=True, problem=_bad)
    person = contacts.visible_person(call, userid, call.setting("user_not_found_code"))
    return {"result": shapes.person_v2(call, person)}


def _page(
    call: Call,
    item: Callable[[Person, int], Dict[str, Any]],
    bad_cursor: Callable[[str], Exception],
    bad_size: Callable[[str], Exception],
    unknown: int = 60003,
) -> Dict[str, Any]:
    params = call.params
    dept_id = params.integer("dept_id", required=True, low=1)
    cursor = params.integer(
        "cursor", required=True, low=0, high=100000, problem=bad_cursor
    )
    size = params.integer("size", required=True, low=1, high=100, problem=bad_size)
    if call.org.department(dept_id) is None:
        raise OapiError(unknown)
    contacts.visible_department(call, dept_id)
    people, following = contacts.page_of_people(
        call,
        dept_id,
        cursor,
        size,
        params.text("order_field", default="custom") or "custom",
    )
    result: Dict[str, Any] = {
        "has_more": following is not None,
        "list": [item(person, dept_id) for person in people],
    }
    if following is not None:
        result["next_cursor"] = following
    return {"result": result}


@oapi("POST", "/topapi/v2/user/list", scope=MANY)
def list_(call: Call) -> Dict[str, Any]:
    def bad(name: str) -> OapiError:
        return OapiError(40035, "不合法的参数：%s" % name)

    def item(person: Person, dept_id: int) -> Dict[str, Any]:
        return shapes.person_item_v2(call, person, dept_id)

    return _page(call, item, bad, bad, call.setting("list_unknown_dept_code"))


@oapi("POST", "/topapi/user/listsimple", scope=MANY)
def listsimple(call: Call) -> Dict[str, Any]:
    return _page(
        call,
        lambda person, _dept_id: {"userid": person.userid, "name": person.name},
        lambda _name: OapiError(40068),
        lambda _name: OapiError(40069),
    )


@oapi("POST", "/topapi/user/listid", scope=ONE)
def listid(call: Call) -> Dict[str, Any]:
    dept_id = call.params.integer("dept_id", required=True, problem=_bad)
    contacts.visible_department(call, dept_id, limited=False)
    return {"result": {"userid_list": list(call.org.member_ids(dept_id))}}


@oapi("POST", "/topapi/user/count", scope=ONE)
def count(call: Call) -> Dict[str, Any]:
    only_active = call.params.boolean("only_active", required=True)
    people = call.org.people.values()
    return {
        "result": {
            "count": (
                sum(1 for person in people if person.active)
                if only_active
                else len(people)
            )
        }
    }


@oapi("POST", "/topapi/v2/user/getbymobile", scope="qyapi_get_member_by_mobile")
def getbymobile(call: Call) -> Dict[str, Any]:
    mobile = call.params.text("mobile", required=True, longest=15, problem=_bad)
    person = call.org.by_mobile(mobile)
    if person is None:
        raise OapiError(call.setting("user_not_member_code"))
    if not call.world.sees_person(call.app, person):
        raise OapiError(50002)
    result: Dict[str, Any] = {"userid": person.userid}
    if call.params.boolean("support_exclusive_account_search"):
        result["exclusive_account_userid_list"] = []
    return {"result": result}


@oapi("POST", "/topapi/user/getbyunionid", scope=ONE)
def getbyunionid(call: Call) -> Dict[str, Any]:
    person = call.org.by_unionid(
        call.params.text("unionid", required=True, problem=_bad)
    )
    if person is None:
        raise OapiError(60121)
    return {"result": {"contact_type": 0, "userid": person.userid}}


@oapi("POST", "/topapi/v2/user/create", scope=WRITE)
def create(call: Call) -> Dict[str, Any]:
    person = contacts.create_person(call)
    return {"result": {"userid": person.userid, "unionId": person.unionid}}


@oapi("POST", "/topapi/v2/user/update", scope=WRITE)
def update(call: Call) -> Dict[str, Any]:
    contacts.update_person(call)
    return {}


@oapi("POST", "/topapi/v2/user/delete", scope=WRITE)
def delete(call: Call) -> Dict[str, Any]:
    contacts.delete_person(
        call, call.params.text("userid", required=True, problem=_bad)
    )
    return {}


def _inactive(call: Call, active: bool) -> Dict[str, Any]:
    params = call.params
    date = params.text("query_date", required=True, problem=_bad)
    offset = params.integer(
        "offset", required=True, low=0, problem=lambda _name: OapiError(40068)
    )
    size = params.integer(
        "size", required=True, low=1, high=100, problem=lambda _name: OapiError(40069)
    )
    try:
        day = datetime.strptime(date, "%Y%m%d").replace(tzinfo=BEIJING)
    except ValueError:
        raise _bad("query_date")
    now = datetime.fromtimestamp(call.now(), BEIJING)
    # A day's data are available from nine on the next morning, for a month.
    if now < day + timedelta(days=1, hours=9) or now > day + timedelta(days=32):
        raise _bad("query_date")
    depts = params.numbers("dept_ids")
    found: List[str] = [
        person.userid
        for person in call.org.people.values()
        if person.active == active
        and (not depts or any(key in depts for key in person.depts))
    ]
    result: Dict[str, Any] = {
        "has_more": offset + size < len(found),
        "list": found[offset : offset + size],
    }
    if result["has_more"]:
        result["next_cursor"] = offset + size
    return {"result": result}


@oapi("POST", "/topapi/inactive/user/v2/get", scope="qyapi_liveness_base")
def inactive_v2(call: Call) -> Dict[str, Any]:
    return _inactive(call, call.params.boolean("is_active", required=True))


@oapi("POST", "/topapi/inactive/user/get", scope="qyapi_liveness_base", history=True)
def inactive(call: Call) -> Dict[str, Any]:
    return _inactive(call, False)


@oapi("POST", "/topapi/user/listadmin", scope=ONE)
def listadmin(call: Call) -> Dict[str, Any]:
    return {
        "result": [
            {"userid": person.userid, "sys_level": person.admin_level}
            for person in call.org.administrators()
        ]
    }
