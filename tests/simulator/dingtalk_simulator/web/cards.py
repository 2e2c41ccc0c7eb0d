# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The cards of a person: a tile of the workbench.

The card platform draws a card of its template; what only this person sees is asked
from the app while the page is shown.
"""

from __future__ import annotations

from typing import Any, Dict, List

from ..cards import store
from ..cards.callbacks import Callbacks
from . import markdown
from .events import EVENTS
from .phone import PhonePage, corp_query, open_address
from .sections import work_tile

SHOWN = 30


@work_tile("cards", "Cards", icon="grid", order=16)
def cards(here: PhonePage) -> Dict[str, Any]:
    callbacks = Callbacks(here.request.app[EVENTS])
    corp = corp_query(here.world, here.org)
    rows: List[Dict[str, Any]] = []
    userid = here.person.userid
    for card in store.of_person(here.world, here.org.corp_id, userid)[:SHOWN]:
        callbacks.look_later(card, userid)
        row = store.drawn(here.world, card, userid)
        app = here.world.apps.get(card["app_key"])
        link = markdown.safe_url(row["link"])
        rows.append(
            dict(
                row,
                sender=app.name if app else card["app_key"],
                url=open_address(here.person, corp, link, app=card["app_key"])
                if link
                else "",
                texts=[
                    dict(each, html=markdown.render(each["text"], lambda _id: ""))
                    for each in row["texts"]
                ],
            )
        )
    return {"rows": rows}
