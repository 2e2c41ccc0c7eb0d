# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The address book of an organisation with its indexes.

All changes of departments and people happen here.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from .ids import digest62
from .records import ROOT, Corp, Department, Person

ORDERS = ("custom", "entry_asc", "entry_desc", "modify_asc", "modify_desc")


class Organisation:
    """Departments and people, indexed by id, mobile, unionid, e-mail, parent and
    department.

    `notify(kind, **data)` is called after each change; kinds are those of DingTalk's
    address book events without their prefix: user_add_org, user_modify_org,
    user_leave_org, org_dept_create, org_dept_modify, org_dept_remove.
    """

    def __init__(
        self,
        corp: Corp,
        clock: Callable[[], float],
        notify: Callable[..., None] = lambda kind, **data: None,
    ) -> None:
        self.corp = corp
        self.clock = clock
        self.notify = notify
        self.departments: Dict[int, Department] = {}
        self.people: Dict[str, Person] = {}
        self.left: Dict[str, Person] = {}
        self.revision = 0
        self._children: Dict[int, List[int]] = {}
        self._members: Dict[int, Dict[str, int]] = (
            {}
        )  # department -> userid -> entry number
        self._by_mobile: Dict[str, str] = {}
        self._by_unionid: Dict[str, str] = {}
        self._by_email: Dict[str, str] = {}
        self._entries = 0
        self._sorted: Dict[Tuple[int, str], List[str]] = {}
        self._subtree: Dict[int, Set[int]] = {}
        self.add_department(Department(ROOT, corp.name, parent_id=0), quiet=True)

    @property
    def corp_id(self) -> str:
        return self.corp.corp_id

    @property
    def name(self) -> str:
        return self.corp.name

    # Reading

    def department(self, dept_id: int) -> Optional[Department]:
        return self.departments.get(dept_id)

    def person(self, userid: str) -> Optional[Person]:
        return self.people.get(userid)

    def children(self, dept_id: int) -> List[Department]:
        """Direct sub-departments, smaller order first."""
        found = [self.departments[key] for key in self._children.get(dept_id, ())]
        return sorted(
            found, key=lambda department: (department.order, department.dept_id)
        )

    def parents(self, dept_id: int) -> List[int]:
        """The department itself first, the root last."""
        line = []
        while dept_id and dept_id in self.departments:
            line.append(dept_id)
            dept_id = self.departments[dept_id].parent_id
        return line

    def subtree(self, dept_id: int) -> Set[int]:
        """Ids of the department and all below."""
        known = self._subtree.get(dept_id)
        if known is None:
            known, heads = set(), [dept_id]
            while heads:
                head = heads.pop()
                if head in self.departments and head not in known:
                    known.add(head)
                    heads.extend(self._children.get(head, ()))
            self._subtree[dept_id] = known
        return known

    def direct_count(self, dept_id: int) -> int:
        return len(self._members.get(dept_id, ()))

    def member_ids(self, dept_id: int, order: str = "custom") -> List[str]:
        """Userids of the direct members in one of ORDERS.

        The list is shared: do not change it.
        """
        key = (dept_id, order)
        if key not in self._sorted:
            entries = self._members.get(dept_id, {})
            if order == "custom":
                ids = sorted(
                    entries,
                    key=lambda userid: (
                        -self.people[userid].depts[dept_id],
                        entries[userid],
                    ),
                )
            elif order.startswith("entry"):
                ids = sorted(
                    entries, key=entries.__getitem__, reverse=order == "entry_desc"
                )
            else:
                ids = sorted(
                    entries,
                    key=lambda userid: (
                        self.people[userid].modified_at,
                        entries[userid],
                    ),
                    reverse=order == "modify_desc",
                )
            self._sorted[key] = ids
        return self._sorted[key]

    def all_member_ids(self, dept_id: int) -> Set[str]:
        """Userids in the department and everything below it."""
        found: Set[str] = set()
        for key in self.subtree(dept_id):
            found.update(self._members.get(key, ()))
        return found

    def by_mobile(self, mobile: str) -> Optional[Person]:
        return self.people.get(self._by_mobile.get(mobile, ""))

    def by_unionid(self, unionid: str) -> Optional[Person]:
        return self.people.get(self._by_unionid.get(unionid, ""))

    def by_email(self, email: str) -> Optional[Person]:
        return self.people.get(self._by_email.get(email.lower(), ""))

    def administrators(self) -> List[Person]:
        found = [person for person in self.people.values() if person.admin_level]
        return sorted(found, key=lambda person: (person.admin_level, person.userid))

    def unionid_of(self, human: str) -> str:
        """A human has one unionid for all apps of one developer."""
        return digest62(34, "union", self.corp.developer or self.corp_id, human) + "iE"

    def unionid_for(self, corp_id: str, person: Person) -> str:
        """The unionid of a person of any organisation for apps of this one."""
        if corp_id in ("", self.corp_id):
            return person.unionid
        return self.unionid_of(person.human)

    # Changing departments

    def _changed(self) -> None:
        self.revision += 1

    def add_department(self, department: Department, quiet: bool = False) -> Department:
        department.modified_at = self.clock()
        self.departments[department.dept_id] = department
        if department.parent_id:
            self._children.setdefault(department.parent_id, []).append(
                department.dept_id
            )
        self._subtree.clear()
        self._changed()
        if not quiet:
            self.notify("org_dept_create", dept_ids=[department.dept_id])
        return department

    def change_department(
        self, dept_id: int, quiet: bool = False, **values: Any
    ) -> Department:
        department = self.departments[dept_id]
        _check_names(department, values)
        before = {name: getattr(department, name) for name in values}
        parent_id = values.pop("parent_id", department.parent_id)
        if parent_id != department.parent_id:
            self._children[department.parent_id].remove(dept_id)
            self._children.setdefault(parent_id, []).append(dept_id)
            department.parent_id = parent_id
            self._subtree.clear()
        managers = values.get("managers")
        if managers is not None:
            for userid in set(department.managers) | set(managers):
                person = self.people.get(userid)
                if person is not None:
                    person.leader_in = [
                        key for key in person.leader_in if key != dept_id
                    ]
                    if userid in managers:
                        person.leader_in.append(dept_id)
        for name, value in values.items():
            setattr(department, name, value)
        if dept_id == ROOT and "name" in values:
            self.corp.name = values["name"]
        department.modified_at = self.clock()
        self._changed()
        if not quiet:
            self.notify(
                "org_dept_modify",
                dept_ids=[dept_id],
                changes=_changes(before, department),
            )
        return department

    def remove_department(self, dept_id: int) -> None:
        """Delete an empty department.

        The caller checks that it is empty and not the root.
        """
        department = self.departments.pop(dept_id)
        self._children[department.parent_id].remove(dept_id)
        self._children.pop(dept_id, None)
        self._members.pop(dept_id, None)
        self._subtree.clear()
        self._changed()
        self.notify("org_dept_remove", dept_ids=[dept_id])

    # Changing people

    def _index(self, person: Person) -> None:
        for dept_id in person.depts:
            self._entries += 1
            self._members.setdefault(dept_id, {}).setdefault(
                person.userid, self._entries
            )
            self._forget_order(dept_id)
        if person.mobile:
            self._by_mobile[person.shown_mobile()] = person.userid
        self._by_unionid[person.unionid] = person.userid
        for email in (person.email, person.org_email):
            if email:
                self._by_email[email.lower()] = person.userid

    def _unindex(self, person: Person, keep_depts: Iterable[int] = ()) -> None:
        for dept_id in person.depts:
            if dept_id not in keep_depts:
                self._members.get(dept_id, {}).pop(person.userid, None)
            self._forget_order(dept_id)
        for index, key in (
            (self._by_mobile, person.shown_mobile()),
            (self._by_unionid, person.unionid),
            (self._by_email, person.email.lower()),
            (self._by_email, person.org_email.lower()),
        ):
            if index.get(key) == person.userid:
                del index[key]

    def _forget_order(self, dept_id: int) -> None:
        if self._sorted:
            for order in ORDERS:
                self._sorted.pop((dept_id, order), None)

    def add_person(self, person: Person, quiet: bool = False) -> Person:
        now = self.clock()
        if not person.unionid:
            person.unionid = self.unionid_of(person.human)
        person.created_at = person.created_at or now
        person.modified_at = person.modified_at or now
        person.left_at = 0.0
        if person.main_dept not in person.depts and person.depts:
            person.main_dept = next(iter(person.depts))
        self.left.pop(person.userid, None)
        self.people[person.userid] = person
        self._index(person)
        self._changed()
        if not quiet:
            self.notify("user_add_org", userids=[person.userid])
        return person

    def change_person(self, userid: str, quiet: bool = False, **values: Any) -> Person:
        person = self.people[userid]
        _check_names(person, values)
        before = {name: getattr(person, name) for name in values}
        old_depts = set(person.depts)
        self._unindex(person, keep_depts=values.get("depts", person.depts))
        for name, value in values.items():
            setattr(person, name, value)
        if person.main_dept not in person.depts and person.depts:
            person.main_dept = next(iter(person.depts))
        for dept_id in old_depts - set(person.depts):
            self._no_longer_manager(person, dept_id)
        for dept_id in list(self.departments if "leader_in" in values else ()):
            managers = self.departments[dept_id].managers
            if dept_id in person.leader_in and userid not in managers:
                managers.append(userid)
            elif dept_id not in person.leader_in and userid in managers:
                managers.remove(userid)
        person.modified_at = self.clock()
        self._index(person)
        self._changed()
        if not quiet:
            self.notify(
                "user_modify_org", userids=[userid], changes=_changes(before, person)
            )
        return person

    def _no_longer_manager(self, person: Person, dept_id: int) -> None:
        person.leader_in = [key for key in person.leader_in if key != dept_id]
        person.dept_titles.pop(dept_id, None)
        department = self.departments.get(dept_id)
        if department is not None and person.userid in department.managers:
            department.managers.remove(person.userid)

    def remove_person(self, userid: str) -> Person:
        """The person leaves, and is kept among the leavers."""
        person = self.people.pop(userid)
        for dept_id in list(person.depts):
            self._no_longer_manager(person, dept_id)
        self._unindex(person)
        person.left_at = self.clock()
        self.left[userid] = person
        self._changed()
        self.notify("user_leave_org", userids=[userid])
        return person


def _check_names(record: Any, values: Dict[str, Any]) -> None:
    for name in values:
        if not hasattr(record, name):
            raise AttributeError(name)


def _changes(before: Dict[str, Any], record: Any) -> Dict[str, List[Any]]:
    """Member -> [old value, new value] of changed members."""
    return {
        name: [value, getattr(record, name)]
        for name, value in before.items()
        if value != getattr(record, name)
    }
