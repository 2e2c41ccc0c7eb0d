# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Keeps a world in a JSON file, with the uploaded media in a folder beside it."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import logging
import os
import typing
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Type, TypeVar

from . import records, settings
from .organisation import Organisation
from .world import World

log = logging.getLogger(__name__)

FORMAT = 1
DELAY = 1.0  # seconds until a change without a call is written
Record = TypeVar("Record")


def to_plain(record: Any) -> Dict[str, Any]:
    return dict(vars(record))


def from_plain(kind: Type[Record], values: Dict[str, Any]) -> Record:
    """A record of `kind`, without removed members, with numbers restored as dictionary
    keys.
    """
    hints = _hints(kind)
    known = {name: value for name, value in values.items() if name in hints}
    for name, value in known.items():
        if (
            isinstance(value, dict)
            and getattr(hints[name], "__args__", (str,))[0] is int
        ):
            known[name] = {int(key): item for key, item in value.items()}
    return kind(**known)


_HINTS: Dict[type, Dict[str, Any]] = {}


def _hints(kind: type) -> Dict[str, Any]:
    if kind not in _HINTS:
        found = typing.get_type_hints(kind)
        _HINTS[kind] = {
            field.name: found[field.name] for field in dataclasses.fields(kind)
        }
    return _HINTS[kind]


def dump(world: World) -> Dict[str, Any]:
    """The world as JSON-able data, without media contents."""
    messages = world.messages
    return {
        "format": FORMAT,
        "seed": world.seed,
        "settings": world.settings,
        "app_defaults": world.app_defaults,
        "corps": [
            {
                "corp": to_plain(org.corp),
                "departments": [
                    to_plain(department) for department in org.departments.values()
                ],
                "people": [to_plain(person) for person in org.people.values()],
                "left": [to_plain(person) for person in org.left.values()],
            }
            for org in world.corps.values()
        ],
        "apps": [to_plain(app) for app in world.apps.values()],
        "tokens": [to_plain(token) for token in world.tokens.values()],
        "user_tokens": [to_plain(token) for token in world.refresh_tokens.values()],
        "codes": [to_plain(code) for code in world.codes.values()],
        "tasks": [to_plain(task) for task in messages.tasks.values()],
        "notifications": [to_plain(note) for note in messages.notifications.values()],
        "groups": [to_plain(group) for group in messages.groups.values()],
        "group_messages": [to_plain(message) for message in messages.group_messages],
        "robots": [to_plain(robot) for robot in messages.robots.values()],
        "media": [to_plain(media) for media in messages.media.values()],
        "approvals": world.approvals.dump(),
        "extra": world.extra,
    }


def load(data: Dict[str, Any]) -> World:
    """The world of `dump`. :raise ValueError: written by another version"""
    if not isinstance(data, dict):
        raise ValueError("no object")
    if data.get("format") != FORMAT:
        raise ValueError("unknown format %r" % data.get("format"))
    world = World(people=None, seed=data["seed"])
    for known, stored in (
        (world.settings, data["settings"]),
        (world.app_defaults, data["app_defaults"]),
    ):
        for name, value in stored.items():
            if name in known:
                settings.check(name, value)
                known[name] = value
    for entry in data["corps"]:
        _load_corp(world, entry)
    for values in data["apps"]:
        app = from_plain(records.App, values)
        world.apps[app.app_key] = app
    for values in data["tokens"]:
        token = from_plain(records.Token, values)
        world.tokens[token.value] = token
        world._token_of[token.app_key, token.kind] = token.value
    for values in data["user_tokens"]:
        token = from_plain(records.UserToken, values)
        world.refresh_tokens[token.refresh] = world.user_tokens[token.value] = token
    for values in data["codes"]:
        code = from_plain(records.LoginCode, values)
        world.codes[code.code] = code
    _load_messages(world, data)
    world.approvals.load(data.get("approvals", {}))
    world.extra = data.get("extra", {})
    return world


def _load_corp(world: World, entry: Dict[str, Any]) -> None:
    corp = from_plain(records.Corp, entry["corp"])
    org = Organisation(corp, world.now)
    for values in entry["departments"]:
        department = from_plain(records.Department, values)
        modified_at = department.modified_at
        org.add_department(department, quiet=True)
        department.modified_at = modified_at
    for values in entry["people"]:
        org.add_person(from_plain(records.Person, values), quiet=True)
    for values in entry["left"]:
        person = from_plain(records.Person, values)
        org.left[person.userid] = person
    world.attach(org)


def _load_messages(world: World, data: Dict[str, Any]) -> None:
    messages = world.messages
    for values in data["tasks"]:
        task = from_plain(records.Task, values)
        messages.tasks[task.task_id] = task
    for values in data["notifications"]:
        messages._remember(from_plain(records.Notification, values))
    for values in data["groups"]:
        group = from_plain(records.Group, values)
        messages.groups[group.open_conversation_id] = group
    messages.group_messages = [
        from_plain(records.GroupMessage, values) for values in data["group_messages"]
    ]
    for values in data["robots"]:
        robot = from_plain(records.WebhookRobot, values)
        messages.robots[robot.token] = robot
    for values in data["media"]:
        media = from_plain(records.Media, values)
        messages.media[media.media_id] = media
    used = [note.id for note in messages.notifications.values()] + [
        message.id for message in messages.group_messages
    ]
    messages._ids = itertools.count(max(used, default=0) + 1)
    messages.recount()


class Storage:
    """Keeps a world in the JSON file `path`.

    Changes of a call are on the disk before its answer (`flush`), others a second
    later. Simultaneous calls are written together. The file is replaced atomically.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.media_folder = Path(str(self.path) + ".media")
        self.world: Optional[World] = None
        self._dirty = asyncio.Event()
        self._task: Optional[asyncio.Task] = None
        self._writing: Optional[asyncio.Future] = None
        self._written_media: set = set()

    def load(self) -> Optional[World]:
        """The stored world, None when there is no file yet.

        :raise ValueError: invalid file
        """
        if not self.path.exists():
            return None
        try:
            world = load(json.loads(self.path.read_text("utf-8")))
        except (AttributeError, LookupError, TypeError, RecursionError) as error:
            raise ValueError("%s: %s" % (type(error).__name__, error))
        for media_id in world.messages.media:
            file = self._media_file(media_id)
            world.messages.media_content[media_id] = (
                file.read_bytes() if file.exists() else b""
            )
            self._written_media.add(media_id)
        return world

    def watch(self, world: World) -> None:
        self.world = world
        world.listeners.append(lambda: self.world is world and self._dirty.set())
        self._dirty.set()

    def _media_file(self, media_id: str) -> Path:
        return self.media_folder / media_id.encode("utf-8").hex()

    # Writing

    def _snapshot(self) -> Tuple[str, Dict[str, bytes]]:
        """The world as text, and the media not yet on the disk."""
        self._dirty.clear()
        # At once: piece by piece is many times slower.
        text = json.dumps(dump(self.world), ensure_ascii=False, separators=(",", ":"))
        fresh = {
            media_id: content
            for media_id, content in self.world.messages.media_content.items()
            if media_id not in self._written_media
        }
        return text, fresh

    def _write(self, text: str, fresh: Dict[str, bytes]) -> None:
        """Thread-safe. Media first: the file names them."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            self.media_folder.mkdir(exist_ok=True)
        for media_id, content in fresh.items():
            _write_file(self._media_file(media_id), content)
        if fresh:
            _sync_folder(self.media_folder)
        _write_file(self.path, text.encode("utf-8", "replace"))
        _sync_folder(self.path.parent)
        self._written_media.update(fresh)

    def save(self) -> None:
        self._write(*self._snapshot())

    async def flush(self) -> None:
        """Return when all changes so far are on the disk."""
        while self._dirty.is_set() or self._writing is not None:
            if self._writing is None:
                self._writing = asyncio.ensure_future(self._save_aside())
            await asyncio.shield(self._writing)

    async def _save_aside(self) -> None:
        try:
            text, fresh = self._snapshot()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._write, text, fresh)
        except OSError:
            log.exception("the state cannot be written to %s", self.path)
        finally:
            self._writing = None

    async def _run(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(DELAY)
            await self.flush()

    async def start(self, _app: Any) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def stop(self, _app: Any) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._writing is not None:
            await asyncio.shield(self._writing)
        self.save()


def _write_file(path: Path, content: bytes) -> None:
    """Replace a file atomically."""
    part = Path(str(path) + ".part")
    # It contains secrets and tokens, even if only the simulator's.
    handle = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(str(part), str(path))


def _sync_folder(path: Path) -> None:
    handle = os.open(str(path), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
