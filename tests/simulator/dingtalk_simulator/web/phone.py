# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A phone for each person: messages, work, contacts, me."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional
from urllib.parse import quote, urlencode

from aiohttp import web

from .. import to_dos as store
from . import search, view
from .draw import Artist
from .sections import phone_tab, work_tile

MESSAGES_AT_ONCE = 20
CONTACTS_AT_ONCE = 50


@dataclass
class PhonePage:
    """Values for a tab or tile."""

    request: web.Request
    world: Any
    org: Any
    person: Any

    @property
    def query(self) -> Any:
        return self.request.query


def find_person(world: Any, userid: str, corp_id: str = "") -> Any:
    """(organisation, person).

    The same userid may exist in several organisations: `corp_id` chooses.

    :raise view.Missing: nobody has it
    """
    for org in world.corps.values():
        if corp_id in ("", org.corp_id) and userid in org.people:
            return org, org.people[userid]
    for org in world.corps.values():
        if corp_id in ("", org.corp_id) and userid in org.left:
            raise view.Missing("left")
    raise view.Missing("person")


def organisation(request: web.Request, world: Any) -> Any:
    """The organisation that `?corp=` names, else the first one."""
    return world.corps.get(request.query.get("corp", "")) or world.org()


async def choose(request: web.Request) -> web.Response:
    """Whose phone?"""
    world = view.world_of(request)
    org = organisation(request, world)
    text = request.query.get("q", "")
    found = search.people(org.people.values(), text)
    return view.render(
        request,
        "phone_choose.html",
        org=org,
        text=text,
        page=search.page_of(found, request.query.get("page")),
    )


async def page(request: web.Request) -> web.Response:
    world = view.world_of(request)
    try:
        org, person = find_person(
            world, request.match_info["userid"], request.query.get("corp", "")
        )
    except view.Missing as error:
        return view.missing(request, str(error))
    try:
        tab = phone_tab.get(request.query.get("tab", "messages"))
    except KeyError:
        tab = phone_tab.get("messages")
    here = PhonePage(request, world, org, person)
    template, values = tab.template, tab.context(here)
    template = values.pop("template", template)
    return view.render(
        request,
        template,
        org=org,
        person=person,
        tab=tab,
        tabs=phone_tab.ordered(),
        unread=unread_count(world, org, person),
        corp_query=corp_query(world, org),
        **values,
    )


def corp_query(world: Any, org: Any) -> str:
    """Parameters that keep links in this organisation."""
    return "" if world.org() is org else "&corp=" + org.corp_id


def home_of(app: Any) -> str:
    """The app's home page with its $CORPID$ filled; empty when it has none."""
    return str(app.home_url.replace("$CORPID$", app.corp_id))


def open_address(person: Any, corp_query: str, url: str, **more: str) -> str:
    """Where a phone opens the url: in DingTalk's container."""
    query = urlencode(dict(more, url=url))
    return "/phone/%s/open?%s%s" % (quote(person.userid, safe=""), query, corp_query)


def unread_count(world: Any, org: Any, person: Any) -> int:
    return sum(
        1
        for note in world.messages.of_person(org.corp_id, person.userid)
        if not note.read_at and not note.recalled_at
    )


# Messages


def shown(world: Any, note: Any, artist: Artist) -> Dict[str, Any]:
    """A notification as templates/_message.html wants it."""
    app = world.apps.get(note.app_key)
    return {
        "id": note.id,
        "task_id": note.task_id or "",
        "source": note.source,
        "app_key": note.app_key,
        "agent_id": app.agent_id if app else "",
        "sender": app.name if app else note.app_key,
        "at": note.sent_at,
        "read_at": note.read_at,
        "read": bool(note.read_at),
        "recalled": bool(note.recalled_at),
        "recalled_at": note.recalled_at,
        "drawing": artist.draw(note.msg, app.name if app else ""),
        "openable": not note.recalled_at,
        "msg": note.msg,
    }


def shown_in_group(world: Any, message: Any, artist: Artist) -> Dict[str, Any]:
    # The sender is a custom robot's token, which is nobody's business, or a RobotCode.
    robot = world.messages.robots.get(message.sender)
    apps = [app for app in world.apps.values() if app.robot_code == message.sender]
    name = robot.name if robot else apps[0].name if apps else "?"
    if message.source == "person":
        group = world.messages.groups[message.open_conversation_id]
        person = world.org(group.corp_id).person(message.sender)
        name = person.name if person is not None else "?"
    return {
        "id": message.id,
        "task_id": "",
        "source": "group",
        "app_key": "",
        "agent_id": "",
        "sender": name,
        "at": message.sent_at,
        "read_at": 0,
        "read": True,
        "recalled": bool(message.recalled_at),
        "recalled_at": message.recalled_at,
        "drawing": artist.draw(message.msg),
        "openable": False,
        "msg": message.msg,
    }


def conversations(here: PhonePage, notes: List[Any]) -> List[Dict[str, Any]]:
    """Senders to this person: apps, their robots, groups; with unread counts."""
    found: Dict[str, Dict[str, Any]] = {}
    for note in notes:
        key = "%s:%s" % (note.source, note.app_key)
        if key not in found:
            app = here.world.apps.get(note.app_key)
            found[key] = {
                "key": key,
                "source": note.source,
                "name": app.name if app else note.app_key,
                "unread": 0,
                "count": 0,
            }
        found[key]["count"] += 1
        found[key]["unread"] += not note.read_at and not note.recalled_at
    for group in here.world.messages.groups.values():
        if group.dismissed:
            continue
        if group.corp_id == here.org.corp_id and here.person.userid in group.members:
            found["group:" + group.open_conversation_id] = {
                "key": "group:" + group.open_conversation_id,
                "source": "group",
                "name": group.title,
                "unread": 0,
                "count": len(here.world.messages.of_group(group.open_conversation_id)),
            }
    return list(found.values())


@phone_tab("messages", "Messages", icon="chat", order=10)
def messages(here: PhonePage) -> Dict[str, Any]:
    artist = Artist(here.world.messages.media.get)
    notes = here.world.messages.of_person(here.org.corp_id, here.person.userid)
    opened = here.query.get("message", "")
    if opened:
        for note in notes:
            if str(note.id) == opened:
                return {
                    "template": "phone_message.html",
                    "message": shown(here.world, note, artist),
                }
    known = conversations(here, notes)
    current: Optional[Dict[str, Any]] = None
    for conversation in known:
        if conversation["key"] == here.query.get("conv"):
            current = conversation
    try:
        count = max(MESSAGES_AT_ONCE, min(1000, int(here.query.get("n", ""))))
    except ValueError:
        count = MESSAGES_AT_ONCE
    if current is not None and current["source"] == "group":
        items = here.world.messages.of_group(current["key"][len("group:") :])
        drawn = [
            shown_in_group(here.world, message, artist) for message in items[:count]
        ]
    else:
        items = [
            note
            for note in notes
            if current is None
            or current["key"] == "%s:%s" % (note.source, note.app_key)
        ]
        drawn = [shown(here.world, note, artist) for note in items[:count]]
    return {
        "conversations": known,
        "current": current,
        "messages": drawn,
        "total": len(items),
        "next_count": count + MESSAGES_AT_ONCE if len(items) > count else 0,
    }


# Work


@phone_tab("work", "Work", icon="grid", order=20)
def work(here: PhonePage) -> Dict[str, Any]:
    """The workbench: tiles of other areas, then the organisation's apps."""
    wanted = here.query.get("tile", "")
    if wanted:
        try:
            tile = work_tile.get(wanted)
        except KeyError:
            pass
        else:
            values = tile.context(here)
            values.setdefault("template", tile.template)
            return dict(values, tile=tile)
    apps = [app for app in here.world.apps.values() if app.corp_id == here.org.corp_id]
    corp = corp_query(here.world, here.org)
    homes = {
        app.app_key: open_address(here.person, corp, home_of(app), app=app.app_key)
        for app in apps
        if home_of(app)
    }
    waiting = here.world.approvals.todo(here.org.corp_id, here.person.userid)
    unsolved = store.of_person(
        here.world, here.org.corp_id, here.person.unionid, done=False
    )
    return {
        "tiles": work_tile.ordered(),
        "badges": {"approvals": len(waiting), "to_dos": len(unsolved)},
        "apps": apps,
        "homes": homes,
    }


# Contacts


@phone_tab("contacts", "Contacts", icon="people", order=30)
def contacts(here: PhonePage) -> Dict[str, Any]:
    org = here.org
    text = here.query.get("q", "")
    card = org.people.get(here.query.get("person", ""))
    if card is not None:
        return {"template": "phone_card.html", "card": card, **names(org, card)}
    try:
        department = org.departments[int(here.query.get("dept", "1"))]
    except (KeyError, ValueError):
        department = org.departments[1]
    if text.strip():
        people, children = search.people(org.people.values(), text), search.departments(
            org, text
        )
    else:
        people = [org.people[userid] for userid in org.member_ids(department.dept_id)]
        children = org.children(department.dept_id)
    return {
        "text": text,
        "department": department,
        "children": children[:200],
        "counts": {
            child.dept_id: len(org.all_member_ids(child.dept_id))
            for child in children[:200]
        },
        "path": [
            org.departments[key] for key in reversed(org.parents(department.dept_id))
        ],
        "page": search.page_of(people, here.query.get("page"), CONTACTS_AT_ONCE),
    }


def names(org: Any, person: Any) -> Dict[str, Any]:
    """Departments, roles and manager of a person in words."""
    places = [
        {
            "department": org.departments[key],
            "leader": key in person.leader_in,
            "main": key == person.main_dept,
            "title": person.dept_titles.get(key, ""),
        }
        for key in person.depts
        if key in org.departments
    ]
    return {"places": places, "manager": org.people.get(person.manager_userid)}


# Me


@phone_tab("me", "Me", icon="person", order=90)
def me(here: PhonePage) -> Dict[str, Any]:
    return names(here.org, here.person)
