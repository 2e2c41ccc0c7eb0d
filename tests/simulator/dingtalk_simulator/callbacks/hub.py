# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Delivers each event to its subscribers, retries, and records the outcome."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Coroutine, Deque, Dict, List, Optional, Set

import aiohttp

from .. import ids
from ..messages import beijing_day
from . import changes, names, payloads, sender
from .crypto import Envelope
from .payloads import Event
from .sender import Request, Verdict
from .subscriptions import Store, Subscription

if TYPE_CHECKING:
    from ..server import Simulator

REMEMBERED = 20000  # pushes, and events
AT_ONCE = 50  # pushes under way
# Options of a forged push that leave it genuine
HARMLESS = ("payload_style", "parameter_names", "duplicate", "replay")


@dataclass
class Push:
    """One event for one subscription or one app's Streams.

    state: waiting (not there yet, will be tried again), delivered, failed (given up),
    listed (given up, is in the failed list), dropped (the subscription is gone),
    lost (the settings say that some are);
    of a forged push refused or accepted.
    """

    id: int
    event: Event
    app_key: str
    channel: str  # http or stream
    level: str = ""  # of the subscription: app or corp
    url: str = ""
    state: str = "waiting"
    tries: List[Dict[str, Any]] = field(default_factory=list)
    payload: Optional[Dict[str, Any]] = None
    forge: Dict[str, Any] = field(default_factory=dict)
    request: Optional[Request] = None
    replay_of: int = 0
    message_id: str = ""  # of a callback's frame
    ack: Optional[Dict[str, Any]] = None  # of a callback, decoded

    def as_dict(self) -> Dict[str, Any]:
        last = self.tries[-1] if self.tries else {}
        return {
            "id": self.id,
            "event": self.event.event_type,
            "event_id": self.event.id,
            "corp_id": self.event.corp_id,
            "app_key": self.app_key,
            "channel": self.channel,
            "level": self.level,
            "url": self.url,
            "state": self.state,
            "attempts": len(self.tries),
            "status": last.get("status"),
            "answer": last.get("answer", ""),
            "problem": last.get("problem", ""),
            "ms": last.get("ms"),
            "tries": self.tries,
            "payload": self.payload,
            "forge": self.forge,
            "replay_of": self.replay_of,
            "message_id": self.message_id,
            "born_at": self.event.born_at,
        }


class Events:
    """The events of a running simulator. `stream` is set by the server."""

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator
        self.stream: Any = None
        self.pushes: Deque[Push] = deque(maxlen=REMEMBERED)
        self.log: Deque[Event] = deque(maxlen=REMEMBERED)
        self.last_number = 0
        self._seed: Any = None
        self._dice = random.Random()
        self._session: Optional[aiohttp.ClientSession] = None
        self._slots: Optional[asyncio.Semaphore] = None
        self._hurry: Optional[asyncio.Event] = None
        self._tasks: Set[asyncio.Future] = set()
        self._changes = changes.Changes(self)
        simulator.world.bus.listen(self._hear)

    @property
    def world(self) -> Any:
        return self.simulator.world

    @property
    def store(self) -> Store:
        return Store(self.world)

    def seconds(self, seconds: float) -> float:
        """A waiting time of the documentation, scaled."""
        return seconds * self.world.setting("event_time_scale")

    # Hearing

    def _hear(self, note: Dict[str, Any]) -> None:
        kind = note["kind"]
        if kind == "event.new":
            self._cast(Event(**note["event"]))
        elif kind == "reset":
            self.reset()
        elif kind.startswith("contact.") or kind == "settings":
            self._changes.hear(note)

    def reset(self) -> None:
        """Another world: drop pushes of the old one."""
        for task in list(self._tasks):
            task.cancel()
        self.pushes.clear()
        self.log.clear()
        self._changes.reset()
        self._seed = None
        if self.stream is not None:
            self.stream.reset()

    # Background

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background of a running server."""
        try:
            task = asyncio.ensure_future(work, loop=asyncio.get_running_loop())
        except RuntimeError:
            work.close()
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, seconds: float) -> None:
        """Wait this long, or until `hurry`."""
        if self._hurry is None:
            self._hurry = asyncio.Event()
        try:
            await asyncio.wait_for(self._hurry.wait(), self.seconds(seconds))
        except asyncio.TimeoutError:
            pass

    def hurry(self) -> None:
        """Retry everything that waits, now."""
        if self._hurry is not None:
            self._hurry.set()
            self._hurry = None

    async def close(self, _app: Any = None) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    def _gate(self) -> asyncio.Semaphore:
        if self._slots is None:
            self._slots = asyncio.Semaphore(AT_ONCE)
        return self._slots

    # Losing, doubling, shuffling

    def _cast(self, event: Event) -> None:
        """Deliver an event; the settings may lose or double it by chance."""
        setting = self.world.setting
        lose, double = setting("event_lose"), setting("event_double")
        shuffled = setting("event_order") == "random"
        if not (lose or double or shuffled):
            self.deliver(event)
            return
        if self._seed != setting("event_seed"):
            self._seed = setting("event_seed")
            self._dice = random.Random(self._seed)
        # Always three throws: another share must not affect the other chances.
        lost, doubled = self._dice.random() < lose, self._dice.random() < double
        waits = [self._dice.random(), self._dice.random()]
        self.log.append(event)
        if lost:
            for subscription in self.store.all():
                if subscription.wants(event):
                    push = self.new_push(
                        event, subscription.app_key, "http", subscription.level
                    )
                    push.url, push.state = subscription.url, "lost"
            return
        for wait in waits[: 1 + doubled]:
            if shuffled:
                longest = setting("event_shuffle_seconds")
                self.later(self._deliver_later(event, wait * longest))
            else:
                self._hand_out(event, {})

    async def _deliver_later(self, event: Event, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._hand_out(event, {})

    # Delivering

    def deliver(
        self, event: Event, forge: Optional[Dict[str, Any]] = None
    ) -> List[Push]:
        """Create the pushes of an event for all subscribers, without sending them."""
        self.log.append(event)
        return self._hand_out(event, forge or {})

    def _hand_out(self, event: Event, forge: Dict[str, Any]) -> List[Push]:
        found: List[Push] = []
        if not is_forged(forge) and not self.within_quota(event):
            return found
        for subscription in self.store.all():
            if not subscription.wants(event):
                continue
            for _copy in range(1 + int(forge.get("duplicate", 0))):
                push = self.new_push(
                    event, subscription.app_key, "http", subscription.level
                )
                push.url, push.forge = subscription.url, dict(forge)
                found.append(push)
                self.later(self._run(push))
        if self.stream is not None and not is_forged(forge):
            found += self.stream.deliver(event, int(forge.get("duplicate", 0)))
        return found

    def within_quota(self, event: Event) -> bool:
        """Count a push of this month; false if DingTalk has stopped pushing."""
        corp = getattr(self.world.corps.get(event.corp_id), "corp", None)
        if corp is None or event.event_type in names.EXEMPT:
            return True
        month = beijing_day(self.world.now())[:7]
        if corp.pushes_month != month:
            corp.pushes_month, corp.pushes_used = month, 0
        limit = self.world.setting("monthly_pushes")
        if limit is not None and corp.pushes_used >= limit:
            return False
        corp.pushes_used += 1
        return True

    def new_push(
        self, event: Event, app_key: str, channel: str, level: str = ""
    ) -> Push:
        self.last_number += 1
        push = Push(self.last_number, event, app_key, channel, level)
        self.pushes.append(push)
        return push

    def tell(self, push: Push) -> None:
        """Have pages that show pushes reload."""
        self.world.bus.publish(
            "push.%s" % push.state, corp_id=push.event.corp_id, id=push.id
        )

    async def _run(self, push: Push) -> None:
        if is_forged(push.forge):
            await self._forged(push)
            return
        for wait in [0] + list(self.world.setting("callback_retries")):
            if wait:
                await self.wait(wait)
            subscription = self.store.find(push.app_key, push.level)
            if subscription is None:
                push.state = "dropped"
                self.tell(push)
                return
            verdict = await self._try(push, subscription)
            if verdict.ok:
                push.state = "delivered"
                self.tell(push)
                for _copy in range(int(push.forge.get("replay", 0))):
                    self.later(self.replay(push))
                return
            self.tell(push)
        push.state = "failed"
        self.tell(push)
        await self.wait(self.world.setting("failed_list_delay"))
        push.state = "listed"
        self.store.add_failed(push.app_key, push.event)

    async def _try(self, push: Push, subscription: Subscription) -> Verdict:
        """One request; each has its own timestamp, nonce and encryption."""
        style = (
            push.forge.get("payload_style")
            or subscription.payload_style
            or self.world.setting("payload_style")
        )
        push.payload = payloads.http(push.event, style)
        push.url = subscription.url
        return await self.send(push, subscription, push.payload)

    async def send(
        self, push: Push, subscription: Subscription, payload: Dict[str, Any]
    ) -> Verdict:
        """Send a payload and record the attempt."""
        push.request = sender.build(
            subscription,
            payload,
            int(self.world.now() * 1000),
            push.forge.get("parameter_names")
            or self.world.setting("callback_parameter_names"),
            push.forge,
        )
        async with self._gate():
            verdict = await sender.send(
                self.client(), push.request, self.world.setting("callback_timeout")
            )
        expected = ["success"]
        if payload.get("Random") and push.event.event_type in names.CHECKS:
            # Documents of 2015 expect the random text in the answer.
            expected.append(payload["Random"])
        sender.judge(
            verdict,
            Envelope(subscription.token, subscription.aes_key, subscription.owner_key),
            tuple(expected),
        )
        self._note(push, verdict)
        return verdict

    def _note(self, push: Push, verdict: Verdict) -> None:
        push.tries.append(
            {
                "at": verdict.at,
                "status": verdict.status,
                "problem": verdict.problem,
                "detail": verdict.detail,
                "answer": verdict.answer[:2000],
                "opened": verdict.opened,
                "ms": verdict.ms,
            }
        )

    async def _forged(self, push: Push) -> None:
        """Once, whatever the answer."""
        subscription = self.store.find(push.app_key, push.level)
        if subscription is None:
            push.state = "dropped"
        else:
            verdict = await self._try(push, subscription)
            push.state = "accepted" if verdict.ok else "refused"
        self.tell(push)

    async def replay(self, push: Push) -> None:
        """Repeat the last request of a push byte for byte, as a thief would."""
        again = self.new_push(push.event, push.app_key, "http", push.level)
        again.url, again.request, again.payload = push.url, push.request, push.payload
        again.replay_of, again.forge = push.id, {"replay": True}
        verdict = await sender.send(
            self.client(), push.request, self.world.setting("callback_timeout")
        )
        subscription = self.store.find(push.app_key, push.level)
        if subscription is not None:
            envelope = Envelope(
                subscription.token, subscription.aes_key, subscription.owner_key
            )
            sender.judge(verdict, envelope)
        self._note(again, verdict)
        again.state = "accepted" if verdict.ok else "refused"
        self.tell(again)

    # Trying an address

    async def check(
        self, subscription: Subscription, event_type: str = "check_url"
    ) -> Verdict:
        """Verify an address, as the API and the console do."""
        payload: Dict[str, Any] = {"EventType": event_type}
        if event_type != "check_url":
            payload["Random"] = ids.random62(8)
            payload["TestSuiteKey"] = subscription.owner_key
        event = Event(
            event_type,
            subscription.corp_id,
            {},
            int(self.world.now() * 1000),
            payload=payload,
        )
        push = self.new_push(event, subscription.app_key, "http", subscription.level)
        push.url, push.payload = subscription.url, payload
        verdict = await self.send(push, subscription, payload)
        push.state = "delivered" if verdict.ok else "failed"
        self.tell(push)
        return verdict


def is_forged(forge: Dict[str, Any]) -> bool:
    return any(value for name, value in forge.items() if name not in HARMLESS)
