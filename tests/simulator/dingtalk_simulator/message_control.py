# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of messages, files, groups and their robots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from .checks import whole_number
from .control import Control, Mistake, plain, wrap
from .records import Notification, Task

if TYPE_CHECKING:
    from .server import Simulator


def task_data(world: Any, task: Task) -> Dict[str, Any]:
    found = plain(task)
    found["read"] = [
        note.userid for note in world.messages.of_task(task.task_id) if note.read_at
    ]
    found["task_id"] = str(task.task_id)
    return found


def note_data(note: Notification) -> Dict[str, Any]:
    found = plain(note)
    found["task_id"] = str(note.task_id) if note.task_id else ""
    found["read"], found["recalled"] = bool(note.read_at), bool(note.recalled_at)
    return found


class MessageControl(Control):
    def messages(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`?userid=` one phone, newest first; else all of the organisation.

        `?task_id=` one task.
        """
        org, world = self.org(request, body), self.world
        userid, task_id = request.query.get("userid"), request.query.get("task_id")
        if userid:
            notes = world.messages.of_person(org.corp_id, userid)
        else:
            notes = [
                note
                for note in reversed(list(world.messages.notifications.values()))
                if note.corp_id == org.corp_id
            ]
        if task_id:
            notes = [note for note in notes if str(note.task_id) == task_id]
        return [note_data(note) for note in notes]

    def read_message(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`id` of the message, or a task's id with `userid` in the body."""
        number, userid = int(request.match_info["id"]), body.get("userid")
        world = self.world
        if number in world.messages.tasks:
            notes = [
                note
                for note in world.messages.of_task(number)
                if userid in (None, note.userid)
            ]
        else:
            note = world.messages.notifications.get(number)
            notes = [note] if note is not None and userid in (None, note.userid) else []
        if not notes:
            raise Mistake("unknown message", 404)
        return [note_data(world.messages.read(note.id)) for note in notes]

    def tasks(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return [
            task_data(self.world, task)
            for task in self.world.messages.tasks.values()
            if task.corp_id == org.corp_id
        ]

    def task(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        task = self.world.messages.tasks.get(int(request.match_info["task_id"]))
        if task is None:
            raise Mistake("unknown task", 404)
        return task_data(self.world, task)

    def media(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        return [plain(media) for media in self.world.messages.media.values()]

    def media_content(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        media_id = request.match_info["media_id"]
        media = self.world.messages.media.get(media_id)
        if media is None:
            raise Mistake("unknown media", 404)
        if request.query.get("info"):
            return plain(media)
        kind = media.mimetype.split(";")[0].strip() or "application/octet-stream"
        # Shown as a picture or offered as a file, never run as a page.
        shown = (
            kind
            if kind
            in (
                "image/png",
                "image/jpeg",
                "image/gif",
                "image/bmp",
                "audio/mpeg",
                "audio/wav",
                "audio/amr",
                "video/mp4",
            )
            else "application/octet-stream"
        )
        return web.Response(
            body=self.world.messages.media_content[media_id],
            content_type=shown,
            headers={"X-Content-Type-Options": "nosniff"},
        )

    # Groups and robots

    def groups(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org, messages = self.org(request, body), self.world.messages
        return [
            dict(
                plain(group),
                robots=[
                    plain(robot)
                    for robot in messages.robots.values()
                    if robot.open_conversation_id == group.open_conversation_id
                ],
                messages=[
                    plain(message)
                    for message in messages.of_group(group.open_conversation_id)
                ],
            )
            for group in messages.groups.values()
            if group.corp_id == org.corp_id
        ]

    def add_group(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return plain(
            self.world.messages.add_group(
                org, body.get("title") or "群", body.get("members") or ()
            )
        )

    def read_group_message(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid}`, a member of the group."""
        messages, key = self.world.messages, whole_number(request.match_info["id"])
        for message in messages.group_messages:
            group = messages.groups.get(message.open_conversation_id)
            if message.id == key and group is not None:
                if body["userid"] not in group.members:
                    raise Mistake("not a member of the group", 404)
                messages.read_in_group(message, body["userid"])
                return plain(message)
        raise Mistake("unknown message", 404)

    def add_robot(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        key = body.pop("open_conversation_id", None)
        groups = [
            group
            for group in self.world.messages.groups.values()
            if group.corp_id == org.corp_id
            and key in (None, group.open_conversation_id)
        ]
        if not groups:
            raise Mistake("unknown group", 404)
        try:
            robot = self.world.messages.add_robot(groups[0], **body)
        except TypeError as error:
            raise Mistake(str(error))
        return dict(
            plain(robot),
            webhook="%s/robot/send?access_token=%s" % (self.simulator.url, robot.token),
        )

    def change_robot(self, request: web.Request, body: Dict[str, Any]) -> Any:
        robot = self.world.messages.robots.get(request.match_info["token"])
        if robot is None:
            raise Mistake("unknown robot", 404)
        for name, value in body.items():
            if name not in (
                "name",
                "secret",
                "keywords",
                "ip_whitelist",
                "enabled",
                "blocked_until",
            ):
                raise Mistake("unknown member %r" % name)
            setattr(robot, name, value)
        self.world.changed()
        return plain(robot)


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = MessageControl(simulator)
    for method, path, function in (
        ("GET", "/messages", control.messages),
        ("POST", "/messages/{id}/read", control.read_message),
        ("GET", "/tasks", control.tasks),
        ("GET", "/tasks/{task_id}", control.task),
        ("GET", "/media", control.media),
        ("GET", "/media/{media_id}", control.media_content),
        ("GET", "/groups", control.groups),
        ("POST", "/groups", control.add_group),
        ("POST", "/groups/messages/{id}/read", control.read_group_message),
        ("POST", "/robots", control.add_robot),
        ("PATCH", "/robots/{token}", control.change_robot),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
