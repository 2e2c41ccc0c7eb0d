# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of cards: look at them, press them, change templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..control import Control, Mistake, wrap
from . import store
from .callbacks import Callbacks

if TYPE_CHECKING:
    from ..server import Simulator


class CardControl(Control):
    @property
    def callbacks(self) -> Callbacks:
        return Callbacks(self.simulator.events)

    def listed(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """All cards, oldest first; `?userid=` as a person sees them, newest first."""
        org = self.org(request, body)
        userid = request.query.get("userid")
        if not userid:
            return [
                card
                for card in store.area(self.world)["cards"].values()
                if card["corp_id"] == org.corp_id
            ]
        if org.person(userid) is None:
            raise Mistake("unknown userid %r" % userid, 404)
        return [
            store.drawn(self.world, card, userid)
            for card in store.of_person(self.world, org.corp_id, userid)
        ]

    def _card(self, request: web.Request) -> Dict[str, Any]:
        wanted = request.match_info["id"]
        for card in store.area(self.world)["cards"].values():
            if card["out_track_id"] == wanted:
                found: Dict[str, Any] = card
                return found
        raise Mistake("unknown card", 404)

    async def view(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid}`: a person looks at a card; asks for its dynamic data."""
        card, userid = self._card(request), body.get("userid") or ""
        await self.callbacks.look(card, userid)
        return store.drawn(self.world, card, userid)

    async def press(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, action, inputs, copies, corp_id, raw}`; `inputs` by the name of
        the input's variable. The person need not have the card.
        """
        card = self._card(request)
        return await self.callbacks.press(
            card,
            body.get("userid") or "",
            body.get("action") or "",
            body.get("inputs") or {},
            int(body.get("copies") or 1),
            body.get("corp") or "",
            body.get("raw"),
        )

    def forward(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`{userid, force}`: show the card to another person."""
        card = self._card(request)
        if not card["forwardable"] and not body.get("force"):
            raise Mistake("this card cannot be forwarded")
        card["forwarded"].append(body.get("userid") or "")
        self.world.publish("card.new", corp_id=card["corp_id"])
        return card

    def delete(self, request: web.Request, _body: Dict[str, Any]) -> Any:
        card = self._card(request)
        card["gone"] = True
        self.world.publish("card.update", corp_id=card["corp_id"])
        return {}

    # Templates

    def templates(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return list(store.area(self.world)["templates"].values())

    def add_template(self, _request: web.Request, body: Dict[str, Any]) -> Any:
        """`{id, file, published, app_key}`: `file` is what the editor exports."""
        template_id = body.get("id")
        if not template_id:
            raise Mistake("id: a text")
        values = {
            name: body[name] for name in ("name", "published", "app_key")
            if name in body
        }
        try:
            return store.imported(
                self.world, template_id, body.get("file") or "", **values
            )
        except ValueError as error:
            raise Mistake(str(error))

    def change_template(self, request: web.Request, body: Dict[str, Any]) -> Any:
        template = store.area(self.world)["templates"].get(request.match_info["id"])
        if template is None:
            raise Mistake("unknown template", 404)
        for name in ("published", "app_key", "variables"):
            if name in body:
                template[name] = body[name]
        self.world.changed()
        return template


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = CardControl(simulator)
    for method, path, function in (
        ("GET", "/cards", control.listed),
        ("GET", "/cards/templates", control.templates),
        ("POST", "/cards/templates", control.add_template),
        ("PATCH", "/cards/templates/{id}", control.change_template),
        ("POST", "/cards/{id}/view", control.view),
        ("POST", "/cards/{id}/press", control.press),
        ("POST", "/cards/{id}/forward", control.forward),
        ("DELETE", "/cards/{id}", control.delete),
    ):
        app.router.add_route(method, "/_control" + path, wrap(function))
