# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Address book rules shared by the current (topapi) and the history APIs: visibility
and writing.

The names are those of topapi.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any, Dict, List, Optional, Tuple

from .checks import read_json, whole_number
from .endpoints import Call
from .errors import OapiError
from .organisation import ORDERS, Organisation
from .params import Params
from .records import ROOT, Department, Person

MOBILE = re.compile(r"\A1\d{10}\Z")
FOREIGN = re.compile(r"\A\+(\d{1,4})-(\d{4,15})\Z")
EMAIL = re.compile(r"\A[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+\Z")
MOST_DEPARTMENTS = 10000
# departments of a person: new, existing
MOST_DEPTS = {False: 100, True: 300}
DEEPEST = 15


# Finding, with the app's contact scope


def visible_department(call: Call, dept_id: int, limited: bool = True) -> Department:
    """:raise OapiError: 60003 unknown, 50004 outside the app's scope (unless the call
    is not limited by it)
    """
    department = call.org.department(dept_id)
    if department is None:
        raise OapiError(60003)
    if limited and not call.world.sees_department(call.app, dept_id):
        raise OapiError(50004)
    return department


def visible_person(
    call: Call, userid: str, not_found: int = 60121, limited: bool = True
) -> Person:
    """:raise OapiError: `not_found`, or 50002 outside the app's scope"""
    person = call.org.person(userid)
    if person is None:
        raise OapiError(not_found)
    if limited and not call.world.sees_person(call.app, person):
        raise OapiError(50002)
    return person


def page_of_people(
    call: Call, dept_id: int, offset: int, size: int, order: str
) -> Tuple[List[Person], Optional[int]]:
    """(people, offset of the next page or None)."""
    if order not in ORDERS:
        raise OapiError(40035, "不合法的参数：order_field")
    org = call.org
    ids = org.member_ids(dept_id, order)
    if order == "custom" and call.setting("dept_user_order") == "asc":
        ids = sorted(ids, key=lambda userid: org.people[userid].depts[dept_id])
    following = offset + size if offset + size < len(ids) else None
    kind = call.fault.kind if call.fault is not None else ""
    if kind == "page_repeated":
        offset = max(0, offset - size)
    chosen = [] if kind == "page_missing" else ids[offset : offset + size]
    return [org.people[userid] for userid in chosen], following


# Writing departments

# member -> maximal length, 0 if undocumented
DEPT_TEXT = {
    "source_identifier": 0,
    "brief": 255,
    "telephone": 50,
    "org_dept_owner": 0,
    "dept_group_chat_id": 0,
}
DEPT_FLAGS = (
    "hide_dept",
    "outer_dept",
    "outer_dept_only_self",
    "create_dept_group",
    "auto_approve_apply",
    "auto_add_user",
    "group_contain_sub_dept",
)


def check_dept_name(
    org: Organisation, name: str, parent_id: int, dept_id: Optional[int] = None
) -> None:
    if not 1 <= len(name) <= 64:
        raise OapiError(60001)
    if re.search("[-,，]", name):
        raise OapiError(60009)
    for other in org.children(parent_id):
        if other.name == name and other.dept_id != dept_id:
            raise OapiError(60021)


def _dept_values(call: Call) -> Dict[str, Any]:
    params, org = call.params, call.org
    values: Dict[str, Any] = {}
    for name in DEPT_FLAGS:
        flag = params.boolean(name)
        if flag is not None:
            values[name] = flag
    for name, longest in DEPT_TEXT.items():
        text = params.text(name, longest=longest)
        if text is not None:
            values[name] = text
    order = params.integer("order", problem=lambda _name: OapiError(40011))
    if order is not None:
        values["order"] = order
    permitted = 0
    for name in ("dept_permits", "outer_permit_depts"):
        numbers = params.numbers(name, ",|")
        if numbers is not None:
            permitted += len(numbers)
            if any(org.department(number) is None for number in numbers):
                raise OapiError(600109)
            values[name] = numbers
    for name in ("user_permits", "outer_permit_users"):
        names = params.names(name, ",|")
        if names is not None:
            permitted += len(names)
            if any(org.person(userid) is None for userid in names):
                raise OapiError(600109)
            values[name] = names
    if permitted > 200:
        raise OapiError(600109)
    if values.get("org_dept_owner") and org.person(values["org_dept_owner"]) is None:
        raise OapiError(40093, "无效的企业群群主")
    return values


def create_department(call: Call) -> Department:
    """From the parameters of the call. :raise OapiError: as documented"""
    org, params = call.org, call.params
    name = params.text("name", required=True, problem=lambda _name: OapiError(60001))
    parent_id = params.integer("parent_id", required=True)
    if org.department(parent_id) is None:
        raise OapiError(60004)
    if not call.world.sees_department(call.app, parent_id):
        raise OapiError(50004)
    check_dept_name(org, name, parent_id)
    if len(org.departments) > MOST_DEPARTMENTS:
        raise OapiError(60110)
    if len(org.parents(parent_id)) >= DEEPEST:
        raise OapiError(60002)
    values = _dept_values(call)
    dept_id = new_dept_id(org)
    values.setdefault("order", dept_id)
    return org.add_department(Department(dept_id, name, parent_id, **values))


def new_dept_id(org: Organisation) -> int:
    dept_id = ROOT
    while dept_id in org.departments:
        dept_id = random.randrange(30000000, 1000000000)
    return dept_id


def update_department(call: Call) -> Department:
    org, params = call.org, call.params
    dept_id = params.integer(
        "dept_id", required=True, problem=lambda _name: OapiError(40009)
    )
    department = visible_department(call, dept_id)
    values = _dept_values(call)
    name, parent_id = params.text("name"), params.integer("parent_id")
    if dept_id == ROOT and (name is not None or parent_id is not None):
        raise OapiError(60018)
    if parent_id is not None and parent_id != department.parent_id:
        if org.department(parent_id) is None:
            raise OapiError(60004)
        if parent_id in org.subtree(dept_id):
            raise OapiError(60010)
        values["parent_id"] = parent_id
    if name is not None or "parent_id" in values:
        check_dept_name(
            org,
            department.name if name is None else name,
            parent_id or department.parent_id,
            dept_id,
        )
    if name is not None:
        values["name"] = name
    code = params.text("code", longest=30)
    if code is not None:
        values["code"] = code
    managers = params.names("dept_manager_userid_list", ",|")
    if managers:
        members = org.member_ids(dept_id)
        if any(userid not in members for userid in managers):
            raise OapiError(40031)
        values["managers"] = managers
    elif "dept_manager_userid_list" in (params.text("force_update_fields") or ""):
        values["managers"] = []
    return org.change_department(dept_id, **values)


def delete_department(call: Call, dept_id: int) -> None:
    org = call.org
    if dept_id == ROOT:
        raise OapiError(60007)
    visible_department(call, dept_id)
    if org.children(dept_id):
        raise OapiError(60006)
    if org.direct_count(dept_id):
        raise OapiError(60005)
    org.remove_department(dept_id)


# Writing people

PERSON_TEXT = {
    "telephone": 50,
    "job_number": 50,
    "title": 200,
    "org_email": 100,
    "work_place": 100,
    "remark": 2000,
    "extension": 2000,
}


def split_mobile(mobile: str) -> Tuple[str, str]:
    """(state code, national number). :raise OapiError: 60103"""
    if MOBILE.match(mobile):
        return "86", mobile
    match = FOREIGN.match(mobile)
    if match is None:
        raise OapiError(60103)
    if match.group(1) == "86":
        if not MOBILE.match(match.group(2)):
            raise OapiError(60103)
    return match.group(1), match.group(2)


def _check_email(org: Organisation, email: str, userid: str) -> None:
    if email and not EMAIL.match(email):
        raise OapiError(60105)
    other = org.by_email(email) if email else None
    if other is not None and other.userid != userid:
        raise OapiError(60106)


def _per_department(
    params: Params, name: str, known: Dict[int, int]
) -> List[Tuple[int, Dict[str, Any]]]:
    """A list of objects with `dept_id`, each of a department of the person."""
    problem = OapiError(40035, "不合法的参数：%s" % name)
    entries = params.json(name) or []
    if not isinstance(entries, list):
        raise problem
    found = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise problem
        dept_id = whole_number(entry.get("dept_id"))
        if dept_id not in known:
            raise problem
        found.append((dept_id, entry))
    return found


def _dept_orders(
    call: Call, known: Dict[int, int], most: int
) -> Optional[Dict[int, int]]:
    """The departments in the call with the order in each; None without any."""
    org, params = call.org, call.params
    dept_ids = params.numbers("dept_id_list")
    if dept_ids is not None:
        if not dept_ids or len(dept_ids) > most:
            raise OapiError(40035, "不合法的参数：dept_id_list")
        for dept_id in dept_ids:
            if org.department(dept_id) is None:
                raise OapiError(60003)
            if not call.world.sees_department(call.app, dept_id):
                raise OapiError(50004)
        known = {dept_id: known.get(dept_id, 1) for dept_id in dict.fromkeys(dept_ids)}
    orders = _per_department(params, "dept_order_list", known)
    if orders:
        known = dict(known)
        for dept_id, entry in orders:
            order = whole_number(entry.get("order"))
            if order is None:
                raise OapiError(40035, "不合法的参数：dept_order_list")
            known[dept_id] = order
    return known if dept_ids is not None or orders else None


def _person_values(call: Call, userid: str, known: Optional[Person]) -> Dict[str, Any]:
    org, params = call.org, call.params
    values: Dict[str, Any] = {}
    for name, longest in PERSON_TEXT.items():
        text = params.text(name, longest=longest)
        if text is not None:
            values[name] = text
    if values.get("extension"):
        try:
            if not isinstance(read_json(values["extension"]), dict):
                raise ValueError
        except ValueError:
            raise OapiError(40035, "不合法的参数：extension")
    if values.get("telephone") and any(
        other.telephone == values["telephone"] and other.userid != userid
        for other in org.people.values()
    ):
        # The page says that it must be unique, but not the error.
        raise OapiError(40035, "不合法的参数：telephone")
    email = params.text("email", longest=50, problem=lambda _name: OapiError(60105))
    if email is not None:
        values["email"] = email
    for name in ("email", "org_email"):
        if name in values:
            _check_email(org, values[name], userid)
    name = params.text("name")
    if name is not None:
        if not 1 <= len(name) <= 80:
            raise OapiError(60112)
        values["name"] = name
    for theirs, ours in (("hide_mobile", "hide_mobile"), ("senior_mode", "senior")):
        flag = params.boolean(theirs)
        if flag is not None:
            values[ours] = flag
    hired_date = params.integer("hired_date")
    if hired_date is not None:
        values["hired_date"] = hired_date
    manager = params.text("manager_userid")
    if manager:
        if org.person(manager) is None or manager == userid:
            raise OapiError(60128)
        values["manager_userid"] = manager
    elif "manager_userid" in (params.text("force_update_fields") or ""):
        values["manager_userid"] = ""
    depts = _dept_orders(
        call, known.depts if known else {}, MOST_DEPTS[known is not None]
    )
    if depts is not None:
        values["depts"] = depts
    chosen = values.get("depts") or (known.depts if known else {})
    positions = _per_department(params, "dept_title_list", chosen)
    positions += _per_department(params, "dept_position_list", chosen)
    if positions:
        values["dept_titles"] = dict(known.dept_titles) if known else {}
        for dept_id, entry in positions:
            if entry.get("title") is not None:
                values["dept_titles"][dept_id] = str(entry["title"])
            if entry.get("is_main"):
                values["main_dept"] = dept_id
    return values


def create_person(call: Call) -> Person:
    """From the parameters of the call. :raise OapiError: as documented"""
    org, params = call.org, call.params
    userid = params.text("userid", longest=64) or "%d" % random.randrange(
        10**15, 10**19
    )
    if org.person(userid) is not None:
        raise OapiError(60102)
    if not params.text("name"):
        raise OapiError(60112)
    state_code, mobile = split_mobile(
        params.text("mobile", required=True, problem=lambda _name: OapiError(60103))
    )
    human = "+%s-%s" % (state_code, mobile)
    if org.by_mobile(mobile if state_code == "86" else human) is not None:
        raise OapiError(60104)
    if org.by_unionid(org.unionid_of(human)) is not None:
        raise OapiError(60107)
    params.numbers("dept_id_list", required=True)
    values = _person_values(call, userid, None)
    values.setdefault("dept_titles", {})
    if call.setting("invite_new_people"):
        # The person is invited first and joins later.
        raise OapiError(40103)
    main_dept = values.pop("main_dept", next(iter(values["depts"])))
    return org.add_person(
        Person(
            userid,
            values.pop("name"),
            human,
            state_code=state_code,
            mobile=mobile,
            main_dept=main_dept,
            active=False,
            real_authed=False,
            **values,
        )
    )


def update_person(call: Call) -> Person:
    org, params = call.org, call.params
    userid = params.text("userid", required=True)
    person = visible_person(call, userid)
    if call.setting("hr_managed"):
        raise OapiError(12150)
    mobile = params.text("mobile")
    if mobile is not None and split_mobile(mobile) != (
        person.state_code,
        person.mobile,
    ):
        raise OapiError(40022)
    values = _person_values(call, userid, person)
    if (
        "extension" in values
        and params.text("ext_attrs_update_mode") == "1"
        and person.extension
    ):
        merged = dict(
            json.loads(person.extension), **json.loads(values["extension"] or "{}")
        )
        values["extension"] = json.dumps(merged, ensure_ascii=False)
    return org.change_person(userid, **values)


def delete_person(call: Call, userid: str) -> None:
    visible_person(call, userid, call.setting("user_not_found_code"))
    call.org.remove_person(userid)
