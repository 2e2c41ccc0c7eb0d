# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of to-dos: list them, and act on phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from . import to_dos
from .control import Control, Mistake, wrap

if TYPE_CHECKING:
    from .server import Simulator

ACTIONS = ("done", "reopen", "delete", "leave", "give")


class ToDoControl(Control):
    def listed(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """All to-dos, oldest first; `?userid=` those on a person's phone."""
        org = self.org(request, body)
        userid = request.query.get("userid")
        if not userid:
            return [
                task
                for task in to_dos.area(self.world)["tasks"].values()
                if task["corp_id"] == org.corp_id
            ]
        person = org.person(userid)
        if person is None:
            raise Mistake("unknown userid %r" % userid, 404)
        return to_dos.of_person(self.world, org.corp_id, person.unionid)

    def act(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`action`: done, reopen, delete, leave (the person is no longer among the
        executors), or give (the creator replaces them by `to`), by `userid`.
        """
        org = self.org(request, body)
        person = org.person(body.get("userid") or "")
        if person is None:
            raise Mistake("unknown userid %r" % body.get("userid"), 404)
        try:
            task = to_dos.find(self.world, request.match_info["id"], org.corp_id)
        except to_dos.Refused as error:
            raise Mistake(error.text, 404)
        action, unionid = body.get("action"), person.unionid
        if action not in ACTIONS:
            raise Mistake("action must be one of %s" % ", ".join(ACTIONS))
        roles = to_dos.roles_of(task, unionid)
        if "executor" not in roles and "creator" not in roles:
            raise Mistake("participants may only look and comment")
        if action == "delete":
            to_dos.delete(self.world, task)
        elif action == "give":
            self._give(org, task, unionid, body.get("to") or "")
        elif action == "leave":
            left = [each for each in task["executorIds"] if each != unionid]
            # The creator removes the executor.
            to_dos.change(
                self.world, task, task["creatorId"], {"executorIds": left}
            )
        elif "creator" in roles and "executor" not in roles:
            to_dos.change(self.world, task, unionid, {"done": action == "done"})
        else:
            to_dos.finish(self.world, task, unionid, {unionid: action == "done"})
        return task

    def _give(self, org: Any, task: Dict[str, Any], unionid: str, to: str) -> None:
        heir = org.person(to)
        if heir is None:
            raise Mistake("unknown userid %r" % to, 404)
        try:
            to_dos.change(self.world, task, unionid, {"executorIds": [heir.unionid]})
        except to_dos.Refused as error:
            raise Mistake(error.text)


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = ToDoControl(simulator)
    for method, path, function in (
        ("GET", "/to_dos", control.listed),
        ("POST", "/to_dos/{id}/act", control.act),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
