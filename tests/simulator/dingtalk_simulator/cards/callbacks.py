# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Callbacks of presses to the app, over a Stream or HTTP, and their answers.

https://open.dingtalk.com/document/development/event-callback-card
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any, Dict, Optional

import aiohttp

from . import store

PRESSED, ASKED = "/v1.0/card/instances/callback", "/v1.0/card/dynamicData/get"
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 2.0  # between two requests for dynamic data


def signature(secret: str, timestamp: str) -> str:
    digest = hmac.new(secret.encode("utf-8"), timestamp.encode("utf-8"), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode("ascii")


class Callbacks:
    """Sends callbacks of cards.

    :param events: the hub of a running simulator
    """

    def __init__(self, events: Any) -> None:
        self.events = events

    @property
    def world(self) -> Any:
        return self.events.world

    async def press(
        self,
        card: Dict[str, Any],
        userid: str,
        action: str,
        inputs: Dict[str, str],
        copies: int = 1,
        corp_id: str = "",
        raw: Optional[Dict[str, Any]] = None,
    ) -> Dict[str, Any]:
        """A person presses a button; return the outcome.

        :param inputs: name of the local variable -> text
        :param copies: number of simultaneous deliveries
        :param raw: data instead of the template's
        """
        part = store.button(self.world, card, action) or {}
        params = {
            name: inputs.get(local, "")
            for name, local in (part.get("params") or {}).items()
        }
        data = raw or {
            "type": "actionCallback",
            "outTrackId": card["out_track_id"],
            "corpId": corp_id or card["corp_id"],
            "userId": userid,
            "content": json.dumps(
                {"cardPrivateData": {"actionIds": [action], "params": params}},
                ensure_ascii=False,
            ),
        }
        began = time.monotonic()
        answers = await self._send(card, PRESSED, data, copies)
        entry = {
            "userid": userid,
            "action": action,
            "at": self.world.now(),
            "ms": round(1000 * (time.monotonic() - began), 2),
            "answers": answers,
        }
        card["presses"].append(entry)
        for answer in answers:
            self._apply(card, userid, answer.get("answer"))
        self.world.changed()
        self.world.publish("card.press", corp_id=card["corp_id"])
        return entry

    def _apply(self, card: Dict[str, Any], userid: str, answer: Any) -> None:
        """Show the answer to the presser only."""
        if not isinstance(answer, dict):
            return
        data = (answer.get("cardData") or {}).get("cardParamMap")
        if isinstance(data, dict):
            card["answered"].setdefault(userid, {}).update(data)
        private = (answer.get("userPrivateData") or {}).get("cardParamMap")
        if isinstance(private, dict):
            card["private"].setdefault(userid, {}).update(private)

    async def look(self, card: Dict[str, Any], userid: str) -> None:
        """A person looks at a card: request its dynamic data, if any."""
        if not card["sources"]:
            return
        data = {
            "type": "dynamicDataCallback",
            "corpId": card["corp_id"],
            "userId": userid,
            "outTrackId": card["out_track_id"],
            "content": json.dumps(
                {
                    "dynamicDataSourceQueryRequests": [
                        {"dynamicDataSourceId": each} for each in card["sources"]
                    ]
                }
            ),
        }
        card["asked_at"][userid] = time.monotonic()
        found: Dict[str, str] = {}
        for answer in await self._send(card, ASKED, data, 1):
            body = answer.get("answer")
            for each in (body or {}).get("dataSourceQueryResponses") or ():
                if each.get("dynamicDataSourceId") in card["sources"]:
                    found.update(json.loads(each.get("data") or "{}"))
        if card["asked"].get(userid) != found:
            card["asked"][userid] = found
            self.world.publish("card.data", corp_id=card["corp_id"])

    def look_later(self, card: Dict[str, Any], userid: str) -> None:
        """The same in the background, but not at each reload of a page."""
        last = card["asked_at"].get(userid)
        if card["sources"] and (
            last is None or time.monotonic() - last > LOOK_SECONDS
        ):
            card["asked_at"][userid] = time.monotonic()
            self.events.later(self.look(card, userid))

    # Sending

    async def _send(
        self, card: Dict[str, Any], topic: str, data: Dict[str, Any], copies: int
    ) -> Any:
        if card["callback"] == "STREAM":
            return [await self._stream(card["app_key"], topic, data, copies)]
        if card["callback"] == "HTTP":
            route = store.area(self.world)["routes"].get(card["route"])
            if route is None:
                return [{"problem": "no_route"}]
            return list(
                await asyncio.gather(
                    *[self._http(route, topic, data) for _copy in range(copies)]
                )
            )
        return [{"problem": "no_callback"}]

    async def _stream(
        self, app_key: str, topic: str, data: Dict[str, Any], copies: int
    ) -> Dict[str, Any]:
        push = await self.events.stream.callback(app_key, topic, data, "", copies)
        if push is None:
            return {"problem": "no_connection"}
        ack = push.ack
        if ack is None:
            return {"problem": "timeout"}
        body = ack.get("data")
        body = json.loads(body) if isinstance(body, str) else body
        answer = body.get("response") if isinstance(body, dict) else None
        found = {"code": ack.get("code"), "answer": answer}
        if ack.get("code") != 200:
            found["problem"] = "refused"
        return found

    async def _http(
        self, route: Dict[str, Any], topic: str, data: Dict[str, Any]
    ) -> Dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if route["secret"]:
            timestamp = str(int(self.world.now() * 1000))
            headers["x-ddpaas-signature-timestamp"] = timestamp
            headers["x-ddpaas-signature"] = signature(route["secret"], timestamp)
        body = json.dumps(data, ensure_ascii=False).encode("utf-8")
        found: Dict[str, Any] = {}
        for wait in [0] + list(self.world.setting("card_redelivery")):
            if wait:
                await self.events.wait(wait)
            try:
                async with self.events.client().post(
                    route["url"],
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
                ) as response:
                    text = await response.text()
                    found = {"code": response.status}
            except asyncio.TimeoutError:
                found = {"problem": "timeout"}
                continue
            except (aiohttp.ClientError, OSError) as error:
                found = {"problem": "connection", "detail": str(error)}
                continue
            if response.status == 200:
                try:
                    found["answer"] = json.loads(text)
                except ValueError:
                    found["problem"] = "not_json"
                return found
            found["problem"] = "refused"
        return found
