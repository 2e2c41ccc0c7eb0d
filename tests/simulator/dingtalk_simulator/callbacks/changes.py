# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Events of changes in an organisation, whether by an API call, the control API or the
console.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from ..errors import BEIJING
from ..records import ROOT
from . import emit, names, payloads

if TYPE_CHECKING:
    from .hub import Events

# Our member of a person -> its name in `diffInfo`
DIFF = {
    "name": "name",
    "email": "email",
    "job_number": "jobNumber",
    "work_place": "workPlace",
    "remark": "remark",
    "telephone": "telephone",
    "extension": "extFields",
    "manager_userid": "managerUserid",
    "hired_date": "hiredDate",
}
# The person's own, without an event of the organisation
PERSONAL = ("avatar", "real_authed")
# Have events of their own
OWN_EVENTS = ("roles", "admin_level", "active")
# Labels that go with being an administrator, by level
ADMINISTRATOR_LABELS = {1: 1, 2: 2}
MERGED = dict(
    [(kind, "userId") for kind in names.OF_USERS]
    + [(kind, "deptId") for kind in names.OF_DEPARTMENTS]
)


class Changes:
    """Turns notes of the bus into events."""

    def __init__(self, events: "Events") -> None:
        self._events = events
        self._gathered: Dict[Tuple[str, str], List[Any]] = {}
        self._scopes: Dict[str, str] = {}
        self.reset()

    @property
    def _world(self) -> Any:
        return self._events.world

    def reset(self) -> None:
        self._gathered.clear()
        self._scopes = {
            app.app_key: self._scope(app) for app in self._world.apps.values()
        }

    def hear(self, note: Dict[str, Any]) -> None:
        """:param note: of the bus, kind `contact.` and the event's name"""
        kind, corp_id = note["kind"].partition(".")[2], note.get("corp_id", "")
        if note["kind"] == "settings":
            self._app_scopes()
        elif kind == "user_modify_org":
            self._person(corp_id, note["userids"], note.get("changes"))
        elif kind == "org_dept_modify":
            if ROOT in note["dept_ids"] and "name" in (note.get("changes") or {}):
                self._emit(corp_id, "org_change", {})
            self._emit(corp_id, kind, {"deptId": list(note["dept_ids"])})
        elif kind in names.OF_DEPARTMENTS:
            self._emit(corp_id, kind, {"deptId": list(note["dept_ids"])})
        elif kind in names.OF_USERS:
            self._emit(corp_id, kind, {"userId": list(note["userids"])})
            if kind == "user_add_org" and self._world.setting("modify_after_add"):
                self._emit(corp_id, "user_modify_org", {"userId": note["userids"]})
        elif kind in names.OF_ROLES:
            self._emit(corp_id, kind, dict(note["data"]))

    # People

    def _person(
        self, corp_id: str, userids: List[str], changes: Optional[Dict[str, Any]]
    ) -> None:
        changes = changes or {}
        ordinary = set(changes) - set(PERSONAL) - set(OWN_EVENTS)
        if ordinary or not changes:
            data: Dict[str, Any] = {"userId": list(userids)}
            if len(userids) == 1:
                data["diffInfo"] = self._diff(corp_id, userids[0], changes)
            self._emit(corp_id, "user_modify_org", data)
        if changes.get("active", [True, False]) == [False, True]:
            self._emit(corp_id, "user_active_org", {"userId": list(userids)})
        if "admin_level" in changes:
            self._administrator(corp_id, userids, *changes["admin_level"])
        if "roles" in changes:
            old, new = ([role["id"] for role in side] for side in changes["roles"])
            for action, ids in (
                ("add", [key for key in new if key not in old]),
                ("remove", [key for key in old if key not in new]),
            ):
                self._labels(corp_id, userids, ids, action)

    def _administrator(
        self, corp_id: str, userids: List[str], old: int, new: int
    ) -> None:
        if bool(old) != bool(new):
            kind = "org_admin_add" if new else "org_admin_remove"
            self._emit(corp_id, kind, {"userId": list(userids)})
        for level, action in ((old, "remove"), (new, "add")):
            if level in ADMINISTRATOR_LABELS:
                label = ADMINISTRATOR_LABELS[level]
                self._labels(corp_id, userids, [label], action)

    def _labels(
        self, corp_id: str, userids: List[str], labels: List[int], action: str
    ) -> None:
        if labels:
            self._emit(
                corp_id,
                "label_user_change",
                {
                    "labelIdList": list(labels),
                    "userIdList": list(userids),
                    "action": action,
                },
            )

    def _diff(
        self, corp_id: str, userid: str, changes: Dict[str, Any]
    ) -> Dict[str, Any]:
        """Former and present values; empty members are left out."""
        person = self._world.corps[corp_id].person(userid)
        sides: Dict[str, Dict[str, Any]] = {"prev": {}, "curr": {}}
        for ours, theirs in DIFF.items():
            now = getattr(person, ours, None)
            for name, value in (
                ("prev", changes.get(ours, [now])[0]),
                ("curr", now),
            ):
                if value:
                    if ours == "hired_date":
                        value = _day(value)
                    sides[name][theirs] = value
        return dict(sides, userid=userid)

    # Apps

    def _scope(self, app: Any) -> str:
        return json.dumps(self._world.setting("contact_scope", app), sort_keys=True)

    def _app_scopes(self) -> None:
        """The range of contacts of an app was changed."""
        for app in self._world.apps.values():
            scope = self._scope(app)
            if self._scopes.setdefault(app.app_key, scope) != scope:
                self._scopes[app.app_key] = scope
                now = json.loads(scope)
                org = self._world.corps[app.corp_id]
                operators = [person.unionid for person in org.administrators()]
                self._emit(
                    app.corp_id,
                    "inner_app_scopes_change",
                    {
                        "deptIds": list(now.get("departments", ())),
                        "userIds": list(now.get("users", ())),
                        "roleIds": [],
                        "operatorUnionId": operators[0] if operators else "",
                        "unifiedAppId": payloads.unified_app_id(app.app_key),
                    },
                )

    # Sending

    def _emit(self, corp_id: str, kind: str, data: Dict[str, Any]) -> None:
        """Emit at once, or with others of its kind if `event_batch` is set."""
        pause = self._world.setting("event_batch")
        member = MERGED.get(kind)
        if not pause or not member:
            emit(self._world, kind, data, corp_id)
            return
        waiting = self._gathered.get((corp_id, kind))
        if waiting is not None:
            waiting.extend(each for each in data[member] if each not in waiting)
            return
        self._gathered[corp_id, kind] = list(data[member])
        self._events.later(self._flush(pause, corp_id, kind, member))

    async def _flush(self, pause: float, corp_id: str, kind: str, member: str) -> None:
        await asyncio.sleep(pause)
        gathered = self._gathered.pop((corp_id, kind), None)
        if gathered:
            emit(self._world, kind, {member: gathered}, corp_id)


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, BEIJING).strftime("%Y-%m-%d")
