# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The admin console: what an administrator and a developer do at DingTalk's two
consoles, and what only a simulator can do. It reads `World`; every button goes to the
control API.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List

from aiohttp import web

from .. import faults as faults_module
from .. import settings as settings_module
from ..checks import whole_number
from ..endpoints import ROUTES
from . import phone, search, view, words
from .draw import Artist
from .sections import console_section

CHILDREN_SHOWN = 300
CALLS_SHOWN = 100
TASKS_SHOWN = 30
# Names in `forbidden_list` of a sent message (getsendresult)
FORBIDDEN = {
    "143103": "too many recipients in this minute",
    "143104": "too many recipients in this minute",
    "143105": "more messages than one person gets a day",
    "143106": "the same content twice on one day",
    "1430000": "no recipient",
    "1430002": "forbidden content",
    "1430004": "senior person protected",
}
# First on the settings page: what people come for
OFTEN = (
    "clock_offset",
    "latency",
    "permission_error_style",
    "ip_error_style",
    "user_not_found_code",
    "request_ip",
    "drop_duplicates",
    "delivery_delay",
)


@dataclass
class ConsolePage:
    """Values for a section."""

    request: web.Request
    world: Any
    org: Any

    @property
    def query(self) -> Any:
        return self.request.query


async def page(request: web.Request) -> web.Response:
    world = view.world_of(request)
    org = phone.organisation(request, world)
    try:
        section = console_section.get(request.match_info.get("section", "overview"))
    except KeyError:
        return view.missing(request, "section")
    values = section.context(ConsolePage(request, world, org))
    template = values.pop("template", section.template)
    return view.render(
        request,
        template,
        org=org,
        section=section,
        sections=console_section.ordered(),
        corp_query="" if world.org() is org else "&corp=" + org.corp_id,
        corp_id=org.corp_id,
        **values,
    )


async def suggest(request: web.Request) -> web.Response:
    """Up to 20 departments or people for what was typed, as `id name`."""
    world = view.world_of(request)
    org = phone.organisation(request, world)
    text = request.query.get("q", "").strip()
    if request.query.get("kind") == "department":
        found = [
            "%d %s" % (each.dept_id, full_name(org, each.dept_id))
            for each in search.departments(org, text, 20)
        ]
    else:
        found = [
            "%s %s" % (each.userid, each.name)
            for each in search.people(org.people.values(), text)[:20]
        ]
    return web.json_response(
        found, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


def full_name(org: Any, dept_id: int) -> str:
    """`研发中心 / 平台研发部`, the root left out where there is something below it."""
    line = [org.departments[key].name for key in reversed(org.parents(dept_id))]
    return " / ".join(line[1:] or line)


# Overview


@console_section(
    "overview",
    "Overview",
    icon="home",
    order=10,
    live=("call", "contact.", "task.", "token."),
)
def overview(here: ConsolePage) -> Dict[str, Any]:
    world, org = here.world, here.org
    return {
        "active": sum(1 for person in org.people.values() if person.active),
        "apps": [app for app in world.apps.values() if app.corp_id == org.corp_id],
        "tasks": sum(
            1 for task in world.messages.tasks.values() if task.corp_id == org.corp_id
        ),
        "faults": world.faults.listed(),
    }


# Organisation


@console_section("people", "Organisation", icon="tree", order=20, live=("contact.",))
def people(here: ConsolePage) -> Dict[str, Any]:
    org, query = here.org, here.query
    userid = query.get("person", "")
    if userid in org.people:
        return _person(here, org.people[userid])
    try:
        department = org.departments[int(query.get("dept", "1"))]
    except (KeyError, ValueError):
        department = org.departments[1]
    text, left = query.get("q", ""), query.get("left", "")
    found_departments: List[Any] = []
    if left:
        found = search.people(reversed(list(org.left.values())), text)
    elif text.strip():
        found = search.people(org.people.values(), text)
        found_departments = search.departments(org, text, 10)
    else:
        found = [org.people[key] for key in org.member_ids(department.dept_id)]
    return {
        "department": department,
        "text": text,
        "left": left,
        "found_departments": found_departments,
        "page": search.page_of(found, query.get("page")),
        "tree": tree(org, department.dept_id),
        "below": len(org.all_member_ids(department.dept_id)),
        "full_name": lambda key: full_name(org, key),
        "managers": [
            org.people[key] for key in department.managers if key in org.people
        ],
        "parent": org.departments.get(department.parent_id),
    }


def tree(org: Any, current: int) -> Dict[str, Any]:
    """The root with the branches opened that lead to the current department."""
    opened = set(org.parents(current))

    def node(dept_id: int) -> Dict[str, Any]:
        children = org.children(dept_id)
        return {
            "department": org.departments[dept_id],
            "current": dept_id == current,
            "opened": dept_id in opened,
            "has_children": bool(children),
            "count": len(org.all_member_ids(dept_id)),
            "children": (
                [node(child.dept_id) for child in children[:CHILDREN_SHOWN]]
                if dept_id in opened
                else []
            ),
            "hidden": (
                max(0, len(children) - CHILDREN_SHOWN) if dept_id in opened else 0
            ),
        }

    return node(1)


def _person(here: ConsolePage, person: Any) -> Dict[str, Any]:
    org = here.org
    rows = []
    for dept_id, order in person.depts.items():
        without = {
            str(key): value for key, value in person.depts.items() if key != dept_id
        }
        leads = dept_id in person.leader_in
        rows.append(
            {
                "dept_id": dept_id,
                "name": full_name(org, dept_id),
                "order": order,
                "main": dept_id == person.main_dept,
                "leader": leads,
                "title": person.dept_titles.get(dept_id, ""),
                "without": without,
                "leader_in": [key for key in person.leader_in if key != dept_id]
                + ([] if leads else [dept_id]),
            }
        )
    others = {
        str(key): value
        for key, value in person.depts.items()
        if key != person.main_dept
    }
    notes = here.world.messages.of_person(org.corp_id, person.userid)
    return {
        "template": "console_person.html",
        "person": person,
        "rows": rows,
        "all_depts": {str(key): value for key, value in person.depts.items()},
        "other_depts": others,
        "manager": org.people.get(person.manager_userid),
        "messages": len(notes),
        "live": (),
        "tree": tree(org, person.main_dept),
        "text": "",
        "left": "",
        "department": org.departments.get(person.main_dept) or org.departments[1],
    }


# Apps and tokens


@console_section(
    "apps", "Apps and tokens", icon="key", order=30, live=("token.", "app.")
)
def apps(here: ConsolePage) -> Dict[str, Any]:
    world, org = here.world, here.org
    now = world.now()
    mine = [app for app in world.apps.values() if app.corp_id == org.corp_id]
    chosen = [app for app in mine if app.app_key == here.query.get("app")] or mine[:1]
    app = chosen[0] if chosen else None
    tokens: List[Dict[str, Any]] = []
    if app is not None:
        tokens = [
            {
                "kind": token.kind,
                "value": token.value[:6] + "…",
                "created_at": token.created_at,
                "left": token.expires_at - now,
                "who": "",
            }
            for token in world.tokens.values()
            if token.app_key == app.app_key
        ]
        tokens += [
            {
                "kind": "user",
                "value": token.value[:6] + "…",
                "created_at": 0,
                "left": token.expires_at - now,
                "who": token.userid,
            }
            for token in world.user_tokens.values()
            if token.app_key == app.app_key and token.expires_at > now
        ][:50]
    known = dict(settings_module.SCOPES)
    own = world.all_settings(app) if app is not None else {}
    for scope in own.get("scopes", ()):
        known.setdefault(scope, "")
    return {"apps": mine, "app": app, "tokens": tokens, "own": own, "scopes": known}


# Sent messages


@console_section(
    "messages", "Sent messages", icon="bell", order=40, live=("task.", "message.")
)
def messages(here: ConsolePage) -> Dict[str, Any]:
    world, org = here.world, here.org
    artist = Artist(world.messages.media.get)
    wanted = here.query.get("task", "")
    task = world.messages.tasks.get(whole_number(wanted))
    if task is not None and task.corp_id == org.corp_id:
        return _task(here, task, artist)
    tasks = [
        task
        for task in reversed(list(world.messages.tasks.values()))
        if task.corp_id == org.corp_id
    ]
    shown = search.page_of(tasks, here.query.get("page"), TASKS_SHOWN)
    shown.items = [_task_line(world, task, artist) for task in shown.items]
    return {"page": shown}


def _task_line(world: Any, task: Any, artist: Artist) -> Dict[str, Any]:
    app = world.apps.get(task.app_key)
    read = sum(1 for note in world.messages.of_task(task.task_id) if note.read_at)
    return {
        "task": task,
        "app_name": app.name if app else task.app_key,
        "drawing": artist.draw(task.msg, app.name if app else ""),
        "delivered": len(task.recipients),
        "read": read,
        "failed": len(task.forbidden)
        + len(task.invalid_users)
        + len(task.invalid_depts),
        "percent": world.messages.progress(task)[0],
    }


def _task(here: ConsolePage, task: Any, artist: Artist) -> Dict[str, Any]:
    people_, messages_ = here.org.people, here.world.messages
    rows: List[Dict[str, Any]] = []

    def row(userid: str, state: str, reason: str = "", at: float = 0) -> None:
        person = people_.get(userid) or here.org.left.get(userid)
        rows.append(
            {
                "userid": userid,
                "name": person.name if person else "",
                "state": state,
                "reason": reason,
                "at": at,
                "here": userid in people_,
            }
        )

    for entry in task.forbidden:
        row(
            entry["userid"],
            "failed",
            "%s %s"
            % (
                entry["code"],
                words.translate(
                    FORBIDDEN.get(entry["code"], ""), view.language(here.request)
                ),
            ),
        )
    for userid in task.invalid_users:
        row(str(userid), "invalid")
    for note in messages_.of_task(task.task_id):
        row(note.userid, "read" if note.read_at else "unread", at=note.read_at)
    state = here.query.get("state", "")
    counts = {
        name: sum(1 for each in rows if each["state"] == name)
        for name in ("read", "unread", "failed", "invalid")
    }
    if state in counts:
        rows = [each for each in rows if each["state"] == state]
    return dict(
        _task_line(here.world, task, artist),
        template="console_task.html",
        counts=counts,
        state=state,
        page=search.page_of(rows, here.query.get("page")),
    )


# Calls


@console_section("calls", "Calls", icon="chart", order=50, live=("call",))
def calls(here: ConsolePage) -> Dict[str, Any]:
    world = here.world
    path, wrong = here.query.get("path", ""), here.query.get("errors", "")
    last: List[Any] = []
    for call in reversed(world.calls):
        if path and path != call.path:
            continue
        if wrong and not failed(call):
            continue
        last.append(call)
        if len(last) >= CALLS_SHOWN:
            break
    by_path = sorted(world.calls_by_path.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "by_path": by_path[:200],
        "last": last,
        "path": path,
        "wrong": wrong,
        "failed": failed,
        "total": world.calls_total,
    }


def failed(call: Any) -> bool:
    """Whether the caller got something else than a good answer."""
    return (
        call.code not in ("", "0")
        or call.status is None
        or call.status >= 400
        or bool(call.fault)
    )


# Faults


@console_section("faults", "Faults", icon="bug", order=60, live=("call", "fault"))
def faults(here: ConsolePage) -> Dict[str, Any]:
    paths = sorted(
        {endpoint.path for endpoint in ROUTES.all if "{" not in endpoint.path}
    )
    return {
        "faults": here.world.faults.listed(),
        "kinds": faults_module.KINDS,
        "paths": paths,
    }


# Settings


@console_section("settings", "Settings", icon="gear", order=70)
def settings(here: ConsolePage) -> Dict[str, Any]:
    rows = []
    for name, (default, explanation) in settings_module.OF_WORLD.items():
        value = here.world.settings[name]
        choices = list(settings_module.CHOICES.get(name, ()))
        if choices and value not in choices:
            choices.append(value)
        rows.append(
            {
                "name": name,
                "value": value,
                "default": default,
                "explanation": explanation,
                "choices": choices,
                "often": name in OFTEN,
                "kind": kind_of(default, value, choices, explanation),
                "number": bool(choices)
                and all(isinstance(each, int) for each in choices),
            }
        )
    return {"rows": rows}


def kind_of(default: Any, value: Any, choices: List[Any], explanation: str = "") -> str:
    """The kind of a setting's input: choice, bool, number, json or text."""
    if choices:
        return "choice"
    known = default if default is not None else value
    if isinstance(known, bool):
        return "bool"
    if isinstance(known, (int, float)) or explanation.endswith("null: no limit"):
        return "number"
    if isinstance(known, (dict, list)):
        return "json"
    return "text"
