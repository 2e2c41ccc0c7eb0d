# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Open sign-ins: browsers, scans, decisions.

Short-lived, and lost when the server stops.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

from .. import ids
from .addresses import Asked, Refused, signed_in_at

KEPT = 600  # seconds to finish a sign-in by account and password
TMP_CODE_SECONDS = 120
QR_PATH = "/connect/qrcommit"


@dataclass
class SignIn:
    """One sign-in page in one browser."""

    id: str
    asked: Asked
    created_at: float
    qr_until: float
    again: str = ""  # where the browser begins anew
    address: str = ""  # of the browser
    browser: str = ""
    # waiting, scanned (on a phone), agreed, refused
    status: str = "waiting"
    account: str = ""  # `corp id:userid`, who is at the browser or scanned
    result: str = ""  # where the browser goes; classic frame: a loginTmpCode
    error: str = ""

    @property
    def over(self) -> bool:
        return self.status in ("agreed", "refused")


@dataclass
class Container:
    """One window of DingTalk that shows a site's page."""

    session: str
    corp_id: str
    userid: str
    app_key: str = ""
    pc: bool = False
    created_at: float = 0.0
    configured: Dict[str, List[str]] = field(default_factory=dict)  # page -> JSAPIs


class Desk:
    def __init__(self, world: Any) -> None:
        self._world = weakref.ref(world)
        self._signins: Dict[str, SignIn] = {}
        self._tmp_codes: Dict[str, Tuple[str, str, float]] = {}
        self.containers: Dict[str, Container] = {}
        self.chats: List[Dict[str, str]] = []  # that pages have opened
        self.pictures: Dict[str, Tuple[bytes, str]] = {}  # name -> content, its kind

    @property
    def world(self) -> Any:
        return self._world()

    # Sign-ins

    def begin(self, asked: Asked, **of_signin: Any) -> SignIn:
        now = self.world.now()
        for key in [
            key
            for key, old in self._signins.items()
            if not -1 < now - old.created_at < KEPT
        ]:
            del self._signins[key]
        made = SignIn(
            ids.random62(24),
            asked,
            now,
            now + self.world.setting("qr_seconds"),
            **of_signin,
        )
        self._signins[made.id] = made
        self._tell(made)
        return made

    def find(self, key: str) -> SignIn:
        """:raise Refused: unknown or expired"""
        found = self._signins.get(key)
        if found is None or self.world.now() - found.created_at >= KEPT:
            raise Refused("expired")
        return found

    def can_be_scanned(self, signin: SignIn) -> bool:
        return signin.status in ("waiting", "scanned") and (
            self.world.now() < signin.qr_until
        )

    def status(self, signin: SignIn) -> str:
        """The status on the browser's page, also `expired`."""
        if not signin.over and not self.can_be_scanned(signin):
            return "expired"
        return signin.status

    def shown(self) -> List[SignIn]:
        """Sign-ins with a scannable QR code, newest first."""
        found = [one for one in self._signins.values() if self.can_be_scanned(one)]
        return sorted(found, key=lambda one: -one.created_at)

    def of_qr(self, text: str) -> Optional[SignIn]:
        """The sign-in of a QR code's text; None for other texts.

        :raise Refused: expired or finished
        """
        parts = urlsplit(text.strip())
        if parts.path != QR_PATH:
            return None
        signin = self.find(parse_qs(parts.query).get("code", [""])[0])
        if not self.can_be_scanned(signin):
            raise Refused("expired")
        return signin

    def _tell(self, signin: SignIn) -> None:
        self.world.bus.publish("login." + signin.status, id=signin.id)

    # Who may sign in

    def choices(self, asked: Asked, account: str) -> List[Tuple[Any, Any]]:
        """The (organisation, person) choices of an account.

        :raise Refused: there is none, and why
        """
        world = self.world
        found = signed_in_at(world, account)
        if found is None:
            raise Refused("account")
        _org, person = found
        if not person.active:
            raise Refused("not_active")
        if asked.exclusive and not (
            person.exclusive_account
            and asked.exclusive_corp_id in ("", found[0].corp_id)
        ):
            raise Refused("not_exclusive")
        places = [found] + [
            (org, other)
            for org in world.corps.values()
            for other in org.people.values()
            if other.human == person.human and other is not person
        ]
        home = world.apps[asked.app_key].corp_id
        if world.setting("oauth_members_only"):
            places = [place for place in places if place[0].corp_id == home]
            if not places:
                raise Refused("not_member")
        if asked.org_type == "management":
            places = [place for place in places if place[1].admin_level]
            if not places:
                raise Refused("not_manager")
        if asked.corp_id and all(org.corp_id != asked.corp_id for org, _one in places):
            raise Refused("corp_id")
        first = asked.corp_id or home
        return sorted(places, key=lambda place: place[0].corp_id != first)

    # Outcome

    def scan(self, signin: SignIn, account: str) -> None:
        """A phone shows the confirmation."""
        if not self.can_be_scanned(signin):
            raise Refused("expired")
        if (signin.status, signin.account) != ("scanned", account):
            signin.status, signin.account = "scanned", account
            self._tell(signin)

    def agree(self, signin: SignIn, account: str, corp_id: str = "") -> str:
        """The person agrees; return the browser's next address.

        :param corp_id: the chosen organisation
        :raise Refused: this person may not, or the sign-in is over
        """
        if signin.over:
            raise Refused("expired")
        asked = signin.asked
        places = self.choices(asked, account)
        if corp_id:
            places = [place for place in places if place[0].corp_id == corp_id]
            if not places:
                raise Refused("corp_id")
        org, person = places[0]
        signin.account, signin.status = account, "agreed"
        signin.result = self._outcome(signin, org, person)
        self._tell(signin)
        return signin.result

    def _outcome(self, signin: SignIn, org: Any, person: Any) -> str:
        asked = signin.asked
        if asked.way == "classic" and asked.frame:
            value = ids.random_hex(32)
            self._tmp_codes[value] = (
                asked.app_key,
                "%s:%s" % (org.corp_id, person.userid),
                self.world.now() + TMP_CODE_SECONDS,
            )
            return value
        return self.back_with_code(asked, org.corp_id, person.userid)

    def back_with_code(self, asked: Asked, corp_id: str, userid: str) -> str:
        """The redirect address with a new code of the person."""
        kind = "sns" if asked.way == "classic" else "oauth"
        code = self.world.login_code(
            kind, self.world.apps[asked.app_key], userid, asked.scope, corp_id=corp_id
        ).code
        if kind == "sns":
            return asked.back(code=code)
        if self.world.setting("oauth_callback") == "both":
            return asked.back(authCode=code, code=code)
        return asked.back(authCode=code)

    def take_tmp_code(self, value: str, app_key: str) -> str:
        """The account of a loginTmpCode, which is consumed.

        :raise Refused: unknown, used, expired, another app's
        """
        found = self._tmp_codes.get(value)
        if found is None or found[0] != app_key:
            raise Refused("tmp_code")
        del self._tmp_codes[value]
        if found[2] <= self.world.now():
            raise Refused("tmp_code")
        return found[1]

    def refuse(self, signin: SignIn, error: str = "access_denied") -> str:
        """The person refuses; return the browser's next address."""
        if signin.over:
            raise Refused("expired")
        signin.status, signin.error = "refused", error
        signin.result = signin.asked.back(error=error)
        self._tell(signin)
        return signin.result

    def end_all(self) -> int:
        """Expire unused QR codes and loginTmpCodes."""
        now = self.world.now()
        found = self.shown()
        for signin in found:
            signin.qr_until = signin.created_at = now - KEPT
        count = len(found) + len(self._tmp_codes)
        self._tmp_codes.clear()
        return count

    # Windows of DingTalk

    def open_container(self, corp_id: str, userid: str, **more: Any) -> Container:
        made = Container(
            ids.random62(32), corp_id, userid, created_at=self.world.now(), **more
        )
        self.containers[made.session] = made
        return made


_desks: "weakref.WeakKeyDictionary[Any, Desk]" = weakref.WeakKeyDictionary()


def desk_of(world: Any) -> Desk:
    """The sign-ins of a world; empty after a reset."""
    if world not in _desks:
        _desks[world] = Desk(world)
    return _desks[world]
