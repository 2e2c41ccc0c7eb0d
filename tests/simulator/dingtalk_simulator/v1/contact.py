# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Address book of the new family."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from .. import shapes
from ..endpoints import Call, api
from ..errors import ApiError, refuse
from ..records import Person


def _about(call: Call, person: Person) -> Dict[str, Any]:
    home = call.world.corps[call.app.corp_id]
    found: Dict[str, Any] = {
        "nick": person.name,
        "avatarUrl": person.avatar,
        "unionId": home.unionid_for(call.user.corp_id if call.user else "", person),
        "openId": call.world.openid(call.app.app_key, person.human),
        "visitor": False,
    }
    if "Contact.User.mobile" in call.setting("scopes") and person.mobile:
        found["mobile"], found["stateCode"] = person.mobile, person.state_code
    if person.email and not person.email.endswith("@dingtalk.com"):
        found["email"] = person.email
    return found


@api("GET", "/v1.0/contact/users/{unionId}", token="any", scope="Contact.User.Read")
def user(call: Call) -> Dict[str, Any]:
    """With a signed-in person's token: `me`, or the own unionid.

    An app's token is refused like a missing permission.
    """
    if call.user is None:
        raise refuse("permission", "v1", call.path, scopes=("Contact.User.Read",))
    person = call.world.corps[call.user.corp_id].person(call.user.userid)
    if person is None:
        raise ApiError("invalidParameter.user.notFound")
    found = _about(call, person)
    if call.variables["unionId"] not in ("me", found["unionId"]):
        raise ApiError("invalidParameter.user.notFound")
    return found


def _page(call: Call, found: Sequence[Any]) -> Dict[str, Any]:
    offset = call.params.integer("offset", required=True, low=0)
    size = call.params.integer("size", required=True, low=1, high=100)
    return {
        "hasMore": offset + size < len(found),
        "totalCount": len(found),
        "list": list(found[offset : offset + size]),
    }


@api("POST", "/v1.0/contact/departments/search", scope="qyapi_addresslist_search")
def search_departments(call: Call) -> Dict[str, Any]:
    word = call.params.text("queryWord", required=True)
    return _page(
        call,
        [
            dept_id
            for dept_id, department in call.org.departments.items()
            if word in department.name and call.world.sees_department(call.app, dept_id)
        ],
    )


@api("POST", "/v1.0/contact/users/search", scope="qyapi_addresslist_search")
def search_users(call: Call) -> Dict[str, Any]:
    word = call.params.text("queryWord", required=True)
    exact = call.params.integer("fullMatchField") == 1
    return _page(
        call,
        [
            userid
            for userid, person in call.org.people.items()
            if (word == person.name if exact else word in person.name)
            and call.world.sees_person(call.app, person)
        ],
    )


@api("GET", "/v1.0/contact/users/batch/get", scope="qyapi_get_member")
def batch_get(call: Call) -> Dict[str, Any]:
    userids = call.params.names("userIdList", required=True)
    known: List[Dict[str, Any]] = []
    unauthorized: List[str] = []
    with_mobile, _details = shapes.personal(call)
    for userid in userids:
        person = call.org.person(userid)
        if person is None or not call.world.sees_person(call.app, person):
            unauthorized.append(userid)
            continue
        found = {
            "userid": person.userid,
            "unionid": person.unionid,
            "name": person.name,
            "nickname": person.name,
            "avatar": person.avatar,
            "job_number": person.job_number,
            "senior": person.senior,
        }
        if with_mobile:
            found["mobile"], found["state_code"] = (
                shapes.mobile_of(call, person),
                person.state_code,
            )
        known.append(found)
    return {"userList": known, "unauthorizedUserIdList": unauthorized}
