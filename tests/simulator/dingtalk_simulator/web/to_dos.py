# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The to-dos of a person: a tile of the workbench.

A tap on a work to-do opens its page; only personal ones have a tick box.
"""

from __future__ import annotations

from typing import Any, Dict

from .. import to_dos as store
from .phone import PhonePage, corp_query, open_address
from .sections import work_tile


@work_tile("to_dos", "To-dos", icon="check", order=15)
def to_dos(here: PhonePage) -> Dict[str, Any]:
    done = here.query.get("done") == "1"
    unionid = here.person.unionid
    corp = corp_query(here.world, here.org)
    people = {each.unionid: each.name for each in here.org.people.values()}
    rows = []
    for task in store.of_person(here.world, here.org.corp_id, unionid, done):
        url = (task.get("detailUrl") or {}).get("appUrl") or ""
        due = (task.get("dueTime") or 0) / 1000
        rows.append(
            {
                "id": task["id"],
                "subject": task["subject"],
                "due": due,
                "late": bool(due and due < here.world.now() and not done),
                "creator": people.get(task["creatorId"], ""),
                "own": task["creatorId"] == unionid,
                "done": done,
                "personal": task["kind"] == "personal",
                # By a message of DingTalk's assistant.
                "announced": not done
                and task["creatorId"] != unionid
                and task["notifyConfigs"].get("sendAssistantChat") != "false",
                "url": open_address(here.person, corp, url, app=task["app_key"])
                if url
                else "",
            }
        )
    return {"rows": rows, "done": done}
