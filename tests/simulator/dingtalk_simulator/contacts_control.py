# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of the address book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from aiohttp import web

from . import contacts, generator
from .checks import whole_number
from .control import Control, Mistake, plain, wrap
from .errors import OapiError
from .organisation import Organisation
from .records import Department, Person

if TYPE_CHECKING:
    from .server import Simulator


class ContactsControl(Control):
    def departments(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return [
            dict(plain(department), direct=org.direct_count(department.dept_id))
            for department in org.departments.values()
        ]

    def department(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        department = self._department(org, request.match_info["dept_id"])
        return dict(
            plain(department),
            members=org.member_ids(department.dept_id),
            children=[child.dept_id for child in org.children(department.dept_id)],
        )

    def _department(self, org: Organisation, dept_id: str) -> Department:
        department = org.department(whole_number(dept_id))
        if department is None:
            raise Mistake("unknown department", 404)
        return department

    def add_department(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        dept_id = int(body.pop("dept_id", 0) or contacts.new_dept_id(org))
        parent_id = int(body.get("parent_id", 1))
        if dept_id in org.departments or parent_id not in org.departments:
            raise Mistake("dept_id exists or parent_id does not")
        try:
            return plain(
                org.add_department(
                    Department(dept_id, **dict(body, parent_id=parent_id))
                )
            )
        except TypeError as error:
            raise Mistake(str(error))

    def change_department(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        department = self._department(org, request.match_info["dept_id"])
        parent_id = body.get("parent_id")
        if parent_id is not None and (
            parent_id not in org.departments
            or parent_id in org.subtree(department.dept_id)
        ):
            raise Mistake("bad parent_id")
        try:
            return plain(org.change_department(department.dept_id, **body))
        except AttributeError as error:
            raise Mistake("unknown member %s" % error)

    def delete_department(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        department = self._department(org, request.match_info["dept_id"])
        if (
            department.dept_id == 1
            or org.children(department.dept_id)
            or org.direct_count(department.dept_id)
        ):
            raise Mistake("the root, or not empty")
        org.remove_department(department.dept_id)
        return {}

    def people(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`?dept_id=` direct members, `?q=` in name, mobile or userid, `?left=1`
        leavers, `?limit=`, `?offset=`.
        """
        org = self.org(request, body)
        query = request.query
        found: List[Person] = list(
            (org.left if query.get("left") else org.people).values()
        )
        if query.get("dept_id"):
            found = [
                org.people[userid] for userid in org.member_ids(int(query["dept_id"]))
            ]
        text = query.get("q")
        if text:
            found = [
                p
                for p in found
                if text in p.name or text in p.mobile or text in p.userid
            ]
        offset, limit = int(query.get("offset", "0")), int(
            query.get("limit", "0")
        ) or len(found)
        return [plain(person) for person in found[offset : offset + limit]]

    def person(self, request: web.Request, body: Dict[str, Any]) -> Any:
        return plain(
            self._person(self.org(request, body), request.match_info["userid"])
        )

    def _person_values(self, org: Organisation, body: Dict[str, Any]) -> Dict[str, Any]:
        """Members of `Person`, with two conveniences: `dept_ids` for `depts`, and a
        `mobile` with its +xx-.
        """
        values = dict(body)
        dept_ids = values.pop("dept_ids", None)
        if dept_ids is not None:
            values["depts"] = {int(dept_id): 1 for dept_id in dept_ids}
        if "depts" in values:
            values["depts"] = {
                int(key): int(order) for key, order in values["depts"].items()
            }
            if not values["depts"] or any(
                key not in org.departments for key in values["depts"]
            ):
                raise Mistake("unknown department")
        if values.get("mobile") and "state_code" not in values:
            try:
                values["state_code"], values["mobile"] = contacts.split_mobile(
                    values["mobile"]
                )
            except OapiError as error:
                raise Mistake(error.errmsg)
        return values

    def add_person(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`from_corp_id` and `from_userid`: the same human as there."""
        org = self.org(request, body)
        source = body.pop("from_corp_id", None)
        if source:
            twin = self._person(self.world.org(source), body.pop("from_userid", ""))
            body = dict(
                {"name": twin.name, "mobile": twin.shown_mobile(), "human": twin.human},
                **body,
            )
        values = self._person_values(
            org, dict({"dept_ids": [1]} if "depts" not in body else {}, **body)
        )
        userid = str(
            values.pop("userid", "") or "u%d" % (len(org.people) + len(org.left) + 1)
        )
        if org.person(userid) is not None:
            raise Mistake("userid exists")
        if values.get("mobile"):
            values.setdefault(
                "human", "+%s-%s" % (values["state_code"], values["mobile"])
            )
        values.setdefault("human", "userid:%s:%s" % (org.corp_id, userid))
        try:
            return plain(
                org.add_person(Person(userid, values.pop("name", userid), **values))
            )
        except TypeError as error:
            raise Mistake(str(error))

    def change_person(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        person = self._person(org, request.match_info["userid"])
        try:
            return plain(
                org.change_person(person.userid, **self._person_values(org, body))
            )
        except AttributeError as error:
            raise Mistake("unknown member %s" % error)

    def delete_person(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return plain(
            org.remove_person(self._person(org, request.match_info["userid"]).userid)
        )

    def shuffle(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        try:
            return generator.shuffle(org, int(body.pop("seed", 1)), **body)
        except TypeError as error:
            raise Mistake(str(error))


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = ContactsControl(simulator)
    for method, path, function in (
        ("GET", "/departments", control.departments),
        ("POST", "/departments", control.add_department),
        ("GET", "/departments/{dept_id}", control.department),
        ("PATCH", "/departments/{dept_id}", control.change_department),
        ("DELETE", "/departments/{dept_id}", control.delete_department),
        ("GET", "/users", control.people),
        ("POST", "/users", control.add_person),
        ("POST", "/users/shuffle", control.shuffle),
        ("GET", "/users/{userid}", control.person),
        ("PATCH", "/users/{userid}", control.change_person),
        ("DELETE", "/users/{userid}", control.delete_person),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
