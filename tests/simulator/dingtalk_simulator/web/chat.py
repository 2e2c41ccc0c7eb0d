# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The chat of a person with an app's robot, alone or in a group: a tile of the
workbench.
"""

from __future__ import annotations

from typing import Any, Dict

from .. import chat as store
from .draw import Artist
from .phone import PhonePage
from .sections import work_tile

MOST = 50


def _body(content: Dict[str, Any]) -> str:
    """A person's message, as text."""
    kind = content.get("msgtype")
    inner = content.get("content")
    inner = inner if isinstance(inner, dict) else {}
    if kind == "text":
        text = content.get("text")
        return str(text.get("content") or "") if isinstance(text, dict) else ""
    if kind == "audio":
        return "\U0001f3a4 %s" % inner.get("recognition", "")
    if kind == "richText":
        parts = inner.get("richText")
        return " ".join(
            str(part.get("text") or "\U0001f5bc")
            for part in (parts if isinstance(parts, list) else [])
            if isinstance(part, dict)
        )
    return "\U0001f4ce %s" % (inner.get("fileName") or kind)


@work_tile("chat", "Robot chat", icon="robot", order=16)
def chat(here: PhonePage) -> Dict[str, Any]:
    world, corp_id = here.world, here.org.corp_id
    groups = [
        group
        for group in world.messages.groups.values()
        if group.corp_id == corp_id
        and here.person.userid in group.members
        and not group.dismissed
    ]
    wanted = here.query.get("group", "")
    group = next((each for each in groups if each.open_conversation_id == wanted), None)
    key = group.open_conversation_id if group is not None else ""
    artist = Artist(world.messages.media.get)
    rows = []
    said = store.listed(world, corp_id, "" if key else here.person.userid, key)
    for each in [each for each in said if each["group"] == key][-MOST:]:
        person = here.org.person(each["userid"])
        mine = each["direction"] == "in"
        app = world.apps.get(each["app_key"])
        rows.append(
            {
                "id": each["id"],
                "at": each["at"],
                "mine": mine,
                "unheard": mine and each.get("state") == "unheard",
                "name": (person.name if person else "?")
                if mine
                else (app.name if app else "?"),
                "text": _body(each["msg"]) if mine else "",
                "drawing": None if mine else artist.draw(each["msg"]),
            }
        )
    return {"rows": rows, "groups": groups, "group": group}
