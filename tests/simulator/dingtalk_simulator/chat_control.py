# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of chats: write as a person, and read answers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from . import chat
from .control import Control, Mistake, wrap

if TYPE_CHECKING:
    from .server import Simulator


class ChatControl(Control):
    def listed(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """All that was said, oldest first; `?userid=` one-to-one, `?group=` there."""
        org, query = self.org(request, body), request.query
        return chat.listed(
            self.world, org.corp_id, query.get("userid", ""), query.get("group", "")
        )

    async def say(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, text}` to the robot, or to it with @ in `group`.

        `msgtype` audio (with `recognition`), picture or file (with `filename` and
        `file` in base64), `rich` a list for richText, `content` the members as
        DingTalk sends them. `outsider`, `expired` (session and code), `at` false (the
        robot is not named), `copies`, `wait` false; `msg_id` and `message_id` of
        another one repeat it.
        """
        app = self.app(request, body) or self.world.first_app()
        org = self.world.org(app.corp_id)
        person = org.person(body.get("userid") or "")
        if person is None:
            raise Mistake("unknown userid %r" % body.get("userid"), 404)
        group = None
        if body.get("group"):
            group = self.world.messages.groups.get(body["group"])
            if group is None or group.corp_id != org.corp_id:
                raise Mistake("unknown group", 404)
        options = {
            name: body[name]
            for name in (
                "outsider", "expired", "msg_id", "message_id", "copies", "wait", "at",
            )
            if name in body
        }
        try:
            return await chat.say(
                self.simulator, app, person, group, self._content(app, body), **options
            )
        except chat.Refused as error:
            raise Mistake(str(error))

    def dismiss(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid}`, by default the owner, dismisses a group."""
        group = self._group(request, body)
        try:
            chat.dismiss(self.world, group, body.get("userid") or "")
        except chat.Refused as error:
            raise Mistake(str(error))
        return {}

    def change(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid}`, by default the owner, changes a group: `title`, `owner`, and
        userids to `add` and `remove`.
        """
        group = self._group(request, body)
        try:
            chat.change(
                self.world,
                group,
                body.get("userid") or "",
                body.get("title") or "",
                body.get("owner") or "",
                body.get("add") or (),
                body.get("remove") or (),
            )
        except chat.Refused as error:
            raise Mistake(str(error))
        return {}

    def _group(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        group = self.world.messages.groups.get(request.match_info["id"])
        if group is None or group.corp_id != org.corp_id:
            raise Mistake("unknown group", 404)
        return group

    def _content(self, app: Any, body: Dict[str, Any]) -> Dict[str, Any]:
        kind, expired = body.get("msgtype") or "text", bool(body.get("expired"))
        if isinstance(body.get("content"), dict):
            return dict(body["content"], msgtype=kind)
        if kind == "text":
            # A space follows the @ that DingTalk removes.
            return {"msgtype": kind, "text": {"content": " " + str(body.get("text"))}}
        if kind == "richText":
            parts = body.get("rich") or [{"text": str(body.get("text") or "")}]
            return {"msgtype": kind, "content": {"richText": parts}}
        name = str(body.get("filename") or "file.bin")
        content = base64.b64decode(str(body.get("file") or "").encode("ascii"))
        code = chat.download_code(self.world, app, name, content, expired)
        values: Dict[str, Any] = {"downloadCode": code}
        if kind == "audio":
            values.update(recognition=str(body.get("recognition") or ""), duration=3000)
        elif kind == "file":
            values["fileName"] = name
        return {"msgtype": kind, "content": values}

    async def file(self, request: web.Request) -> web.Response:
        """The file of a download code's address."""
        found = chat.file_at(self.world, request.match_info["address"])
        if found is None:
            return web.Response(status=403, text="expired")
        return web.Response(body=found, content_type="application/octet-stream")


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = ChatControl(simulator)
    for method, path, function in (
        ("GET", "/chat", control.listed),
        ("POST", "/chat", control.say),
        ("POST", "/groups/{id}/dismiss", control.dismiss),
        ("POST", "/groups/{id}/change", control.change),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
    app.router.add_get("/chat_files/{address}.file", control.file)
