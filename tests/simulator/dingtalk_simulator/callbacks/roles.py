# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Roles of an organisation ("labels" in events) and their members.

`Person.roles` has a person's roles; here are the names.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Sequence

from ..generator import ROLES
from ..organisation import Organisation

AREA = "roles"
FIRST_ID = 2393600001


class Roles:
    """The roles of one organisation. :raise KeyError: unknown role or person"""

    def __init__(self, world: Any, org: Organisation) -> None:
        self.world, self.org = world, org
        area = world.extra.setdefault(AREA, {})
        if org.corp_id not in area:
            area[org.corp_id] = {"roles": self._found(), "groups": {}}
        self._all: List[Dict[str, Any]] = area[org.corp_id]["roles"]
        self._groups: Dict[str, int] = area[org.corp_id]["groups"]
        for role in self._all:
            self._groups.setdefault(
                role["group_name"], 1000000 + len(self._groups) * 7 + 1
            )

    def _found(self) -> List[Dict[str, Any]]:
        known: Dict[int, Dict[str, Any]] = {}
        for role in list(ROLES) + [
            role for person in self.org.people.values() for role in person.roles
        ]:
            known.setdefault(
                role["id"], {key: role[key] for key in ("id", "name", "group_name")}
            )
        return list(known.values())

    def listed(self) -> List[Dict[str, Any]]:
        """With the group's id and the userids of the members."""
        return [
            dict(
                role,
                group_id=self._groups[role["group_name"]],
                members=[
                    person.userid
                    for person in self.org.people.values()
                    if any(each["id"] == role["id"] for each in person.roles)
                ],
            )
            for role in self._all
        ]

    def find(self, role_id: int) -> Dict[str, Any]:
        for role in self._all:
            if role["id"] == role_id:
                return role
        raise KeyError(role_id)

    def _tell(self, kind: str, **data: Any) -> None:
        self.world.publish("contact." + kind, corp_id=self.org.corp_id, data=data)

    def _label(self, role: Dict[str, Any]) -> str:
        """A role as `label_conf_modify` describes it: JSON inside the JSON."""
        return json.dumps(
            {
                "deleted": False,
                "color": -11687445,
                "hidden": False,
                "level": 1,
                "scope": 1,
                "name": role["name"],
                "id": role["id"],
                "parentId": self._groups[role["group_name"]],
                "extraInfo": {},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    def _new_id(self) -> int:
        used = [role["id"] for role in self._all] + list(self._groups.values())
        return max([FIRST_ID] + used) + 7

    def _group(self, name: str) -> None:
        if name not in self._groups:
            self._groups[name] = self._new_id()
            self._tell("label_conf_add", labelIdList=[self._groups[name]], scope="1")

    def add(self, name: str, group_name: str = "默认") -> Dict[str, Any]:
        self._group(group_name)
        role = {"id": self._new_id(), "name": name, "group_name": group_name}
        self._all.append(role)
        self._tell("label_conf_add", labelIdList=[role["id"]], scope="1")
        return role

    def change(self, role_id: int, **values: str) -> Dict[str, Any]:
        role = self.find(role_id)
        before = self._label(role)
        if values.get("group_name"):
            self._group(values["group_name"])
        role.update(
            {name: text for name, text in values.items() if name in role and text}
        )
        for person in self.org.people.values():
            for each in person.roles:
                if each["id"] == role_id:
                    each.update(role)
        after = {"hidden": False, "name": role["name"], "id": role_id, "extraInfo": {}}
        self._tell(
            "label_conf_modify",
            labelIdList=[role_id],
            scope="1",
            preLabelList=[before],
            postLabelList=[
                json.dumps(after, ensure_ascii=False, separators=(",", ":"))
            ],
        )
        return role

    def delete(self, role_id: int) -> None:
        """Delete the role, also from its members."""
        role = self.find(role_id)
        self.members(
            role_id,
            remove=[
                person.userid
                for person in self.org.people.values()
                if any(each["id"] == role_id for each in person.roles)
            ],
        )
        self._all.remove(role)
        self._tell("label_conf_del", labelIdList=[role_id], scope="1")

    def members(
        self, role_id: int, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Give the role to people and take it from others; one event for each."""
        role = self.find(role_id)
        for userid in list(add) + list(remove):
            self.org.people[userid]
        for userids, action in ((add, "add"), (remove, "remove")):
            for userid in userids:
                kept = [
                    each
                    for each in self.org.people[userid].roles
                    if each["id"] != role_id
                ]
                if action == "add":
                    kept.append(dict(role))
                self.org.change_person(userid, quiet=True, roles=kept)
            if userids:
                self._tell(
                    "label_user_change",
                    labelIdList=[role_id],
                    userIdList=list(userids),
                    action=action,
                )
