# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Work notifications, robot messages, group messages and uploaded media."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple

from . import ids
from .errors import BEIJING
from .records import App, Group, GroupMessage, Media, Notification, Task, WebhookRobot

if TYPE_CHECKING:
    from .organisation import Organisation
    from .world import World


def beijing_day(at: float) -> str:
    """The calendar day in Beijing, as `2026-01-31`, for daily limits."""
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d")


class Messages:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.tasks: Dict[int, Task] = {}
        self.notifications: Dict[int, Notification] = {}
        self.groups: Dict[str, Group] = {}
        self.group_messages: List[GroupMessage] = []
        self.robots: Dict[str, WebhookRobot] = {}
        self.media: Dict[str, Media] = {}
        self.media_content: Dict[str, bytes] = {}
        self._of_person: Dict[Tuple[str, str], List[int]] = {}
        self._of_task: Dict[int, Dict[str, int]] = {}
        self._of_query_key: Dict[str, List[int]] = {}
        self._ids = itertools.count(1)
        self._task_source = random.Random()
        # Both are per day in Beijing.
        self._day = ""
        self._seen_today: Dict[Tuple[str, str, str], int] = {}
        self._sent_today: Counter = Counter()
        self._to_all_today: Counter = Counter()
        self._minute = 0
        self._sent_this_minute: Counter = Counter()

    # Work notifications

    def send(
        self,
        app: App,
        msg: Dict[str, Any],
        userids: Iterable[str],
        invalid_users: List[str],
        invalid_depts: List[int],
        status_bar_allowed: bool,
        to_all: bool = False,
    ) -> Task:
        """Deliver within the limits.

        The caller has validated the message and the recipients.
        """
        world, now = self.world, self.world.now()
        self._new_day(now)
        task_id = self._task_source.randrange(10**11, 10**12)
        while task_id in self.tasks:
            task_id += 1
        task = Task(
            task_id,
            app.corp_id,
            app.app_key,
            app.agent_id,
            msg,
            now,
            now + world.setting("delivery_delay"),
            invalid_users=invalid_users,
            invalid_depts=invalid_depts,
            status_bar_allowed=status_bar_allowed,
        )
        content = json.dumps(msg, sort_keys=True, ensure_ascii=False)
        daily, per_minute = world.setting("daily_per_user"), world.setting("per_minute")
        drop = world.setting("drop_duplicates")
        forbidden: Counter = Counter()
        if to_all:
            self._to_all_today[app.app_key] += 1
        for userid in userids:
            task.reach += 1
            key = (app.app_key, userid, content)
            if drop and key in self._seen_today:
                code = "143106"
            elif daily is not None and self._sent_today[app.app_key, userid] >= daily:
                code = "143105"
            elif (
                per_minute is not None
                and self._sent_this_minute[app.app_key] >= per_minute
            ):
                code = "143103"
            else:
                self._seen_today[key] = task_id
                self._sent_today[app.app_key, userid] += 1
                self._sent_this_minute[app.app_key] += 1
                task.recipients.append(userid)
                self._deliver(
                    app, userid, "work", msg, task.deliver_at, task_id=task_id
                )
                continue
            forbidden[code] += 1
            task.forbidden.append({"code": code, "count": 1, "userid": userid})
        self.tasks[task_id] = task
        world.publish("task.new", task_id=task_id, corp_id=app.corp_id)
        return task

    def to_all_today(self, app: App) -> int:
        self._new_day(self.world.now())
        return self._to_all_today[app.app_key]

    def _new_day(self, now: float) -> None:
        day, minute = beijing_day(now), int(now // 60)
        if day != self._day:
            self._day = day
            self._seen_today.clear()
            self._sent_today.clear()
            self._to_all_today.clear()
        if minute != self._minute:
            self._minute = minute
            self._sent_this_minute.clear()

    def recount(self) -> None:
        """Restore today's counts after loading."""
        self._new_day(self.world.now())
        for task in self.tasks.values():
            if beijing_day(task.sent_at) == self._day:
                content = json.dumps(task.msg, sort_keys=True, ensure_ascii=False)
                for userid in task.recipients:
                    self._seen_today[task.app_key, userid, content] = task.task_id
                    self._sent_today[task.app_key, userid] += 1

    def _deliver(
        self,
        app: App,
        userid: str,
        source: str,
        msg: Dict[str, Any],
        visible_at: float,
        task_id: int = 0,
        process_query_key: str = "",
    ) -> Notification:
        note = Notification(
            next(self._ids),
            app.corp_id,
            userid,
            app.app_key,
            source,
            msg,
            self.world.now(),
            visible_at,
            task_id,
            process_query_key,
        )
        self._remember(note)
        self.world.publish(
            "message.new",
            id=note.id,
            corp_id=note.corp_id,
            userid=userid,
            task_id=task_id,
        )
        return note

    def _remember(self, note: Notification) -> None:
        self.notifications[note.id] = note
        self._of_person.setdefault((note.corp_id, note.userid), []).append(note.id)
        if note.task_id:
            self._of_task.setdefault(note.task_id, {})[note.userid] = note.id
        if note.process_query_key:
            self._of_query_key.setdefault(note.process_query_key, []).append(note.id)

    def of_person(self, corp_id: str, userid: str) -> List[Notification]:
        """Messages on a person's phone, newest first.

        Messages still on their way are left out.
        """
        now = self.world.now()
        found = [
            self.notifications[key]
            for key in self._of_person.get((corp_id, userid), ())
        ]
        return [note for note in reversed(found) if note.visible_at <= now]

    def of_task(self, task_id: int) -> List[Notification]:
        return [
            self.notifications[key] for key in self._of_task.get(task_id, {}).values()
        ]

    def of_query_key(self, process_query_key: str) -> List[Notification]:
        return [
            self.notifications[key]
            for key in self._of_query_key.get(process_query_key, ())
        ]

    def progress(self, task: Task) -> Tuple[int, int]:
        """(percent, status): 0 not started, 1 running, 2 done."""
        total = task.deliver_at - task.sent_at
        if total <= 0 or self.world.now() >= task.deliver_at:
            return 100, 2
        percent = int(100 * (self.world.now() - task.sent_at) / total)
        return percent, 1 if percent > 0 else 0

    def read(self, note_id: int) -> Notification:
        """The person opens the message. :raise KeyError: unknown"""
        note = self.notifications[note_id]
        if not note.read_at:
            note.read_at = self.world.now()
            self.world.publish(
                "message.read",
                id=note.id,
                corp_id=note.corp_id,
                userid=note.userid,
                task_id=note.task_id,
            )
        return note

    def recall(self, task: Task) -> None:
        task.recalled_at = self.world.now()
        for note in self.of_task(task.task_id):
            note.recalled_at = task.recalled_at
            self.world.publish(
                "message.recalled",
                id=note.id,
                corp_id=note.corp_id,
                userid=note.userid,
                task_id=note.task_id,
            )

    def update_status_bar(
        self, task: Task, value: str, background: Optional[str]
    ) -> None:
        bar = task.msg["oa"].setdefault("status_bar", {})
        bar["status_value"] = value
        if background:
            bar["status_bg"] = background
        for note in self.of_task(task.task_id):
            note.msg = task.msg
            self.world.publish(
                "message.changed",
                id=note.id,
                corp_id=note.corp_id,
                userid=note.userid,
                task_id=note.task_id,
            )

    # Robots

    def robot_to_people(
        self, app: App, userids: Iterable[str], msg: Dict[str, Any]
    ) -> str:
        """One-to-one messages of an app's robot; returns the processQueryKey."""
        key = ids.random62(42) + "=="
        for userid in userids:
            self._deliver(
                app, userid, "robot", msg, self.world.now(), process_query_key=key
            )
        self._of_query_key.setdefault(key, [])
        return key

    def robot_answers(self, app: App, userid: str, msg: Dict[str, Any]) -> None:
        """A robot's answer to a message, which can be neither read back nor recalled.
        """
        self._deliver(app, userid, "robot", msg, self.world.now())

    def recall_robot(self, process_query_key: str) -> bool:
        notes = self.of_query_key(process_query_key)
        groups = [
            message
            for message in self.group_messages
            if message.process_query_key == process_query_key
        ]
        for message in notes + groups:
            message.recalled_at = self.world.now()
        for note in notes:
            self.world.publish(
                "message.recalled",
                id=note.id,
                corp_id=note.corp_id,
                userid=note.userid,
                task_id=0,
            )
        for message in groups:
            self.world.publish(
                "group.recalled", id=message.id, group=message.open_conversation_id
            )
        return bool(notes or groups)

    def to_group(
        self,
        group: Group,
        sender: str,
        source: str,
        msg: Dict[str, Any],
        process_query_key: str = "",
        msg_uuid: str = "",
    ) -> GroupMessage:
        message = GroupMessage(
            next(self._ids),
            group.open_conversation_id,
            sender,
            source,
            msg,
            self.world.now(),
            process_query_key,
            msg_uuid,
        )
        self.group_messages.append(message)
        self.world.publish(
            "group.message", id=message.id, group=group.open_conversation_id
        )
        return message

    def read_in_group(self, message: GroupMessage, userid: str) -> None:
        """A member of the group sees the message."""
        if userid not in message.read_by:
            message.read_by.append(userid)
            self.world.publish(
                "group.read", id=message.id, group=message.open_conversation_id
            )

    def of_group(self, open_conversation_id: str) -> List[GroupMessage]:
        """Newest first."""
        return [
            message
            for message in reversed(self.group_messages)
            if message.open_conversation_id == open_conversation_id
        ]

    def add_group(
        self,
        org: "Organisation",
        title: str,
        members: Iterable[str],
        owner: str = "",
        seed: Any = None,
    ) -> Group:
        source = random.Random(seed) if seed is not None else random.Random()
        chat = "%032x" % source.getrandbits(128)
        members = list(members)
        group = Group(
            "cid" + ids.digest62(22, chat) + "==",
            "chat" + chat,
            org.corp_id,
            title,
            owner or (members[0] if members else ""),
            members,
        )
        self.groups[group.open_conversation_id] = group
        self.world.publish("group.new", group=group.open_conversation_id)
        return group

    def leave_groups(self, corp_id: str, userids: Iterable[str]) -> None:
        """People who leave the organisation leave its groups, and do not return to
        them by themselves.
        """
        gone = set(userids)
        for group in self.groups.values():
            if group.corp_id == corp_id and gone & set(group.members):
                group.members = [each for each in group.members if each not in gone]
                self.world.publish("group.changed", group=group.open_conversation_id)

    def add_robot(self, group: Group, token: str = "", **values: Any) -> WebhookRobot:
        robot = WebhookRobot(
            token or ids.random_hex(64),
            group.corp_id,
            group.open_conversation_id,
            **values,
        )
        self.robots[robot.token] = robot
        self.world.publish("robot.new", group=group.open_conversation_id)
        return robot

    def first_group(self, org: "Organisation", seed: int) -> Group:
        """The first group chat of an organisation, with a custom robot that requires a
        signature.
        """
        members = list(itertools.islice(org.people, 12))
        group = self.add_group(
            org, "全员群", members, seed="group %s %s" % (seed, org.corp_id)
        )
        source = random.Random("robot %s %s" % (seed, org.corp_id))
        self.add_robot(
            group,
            token="%064x" % source.getrandbits(256),
            name="Odoo机器人",
            secret="SEC%064x" % source.getrandbits(256),
        )
        return group

    # Media

    def add_media(
        self, app: App, kind: str, filename: str, mimetype: str, content: bytes
    ) -> Media:
        prefix = "@lADP" if kind in ("image", "voice") else "$iAE"
        media = Media(
            prefix + ids.random62(24),
            kind,
            filename,
            mimetype,
            len(content),
            app.corp_id,
            app.app_key,
            self.world.now(),
        )
        self.media[media.media_id] = media
        self.media_content[media.media_id] = content
        self.world.publish("media.new", media_id=media.media_id)
        return media
