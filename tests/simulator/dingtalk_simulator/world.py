# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The whole simulated DingTalk: organisations, apps, tokens, codes, settings, counted
calls.
"""

from __future__ import annotations

import copy
import random
import time
from collections import Counter, deque
from typing import Any, Deque, Dict, Iterable, List, Optional, Tuple

from . import ids, settings
from .approvals.core import Approvals
from .bus import Bus
from .faults import Faults
from .generator import populate
from .messages import Messages
from .organisation import Organisation
from .records import App, Call, Corp, LoginCode, Token, UserToken

TOKEN_SECONDS = 7200
REFRESH_SECONDS = 30 * 24 * 3600
TICKET_LONGEST = 24 * 3600


class World:
    """All state.

    `changed()` is called after each change that a restart should remember.
    """

    def __init__(
        self,
        people: Optional[int] = 50,
        departments: int = 8,
        seed: int = 1,
        **of_world: Any,
    ) -> None:
        self.bus = Bus()
        self.listeners: List[Any] = []
        self.seed = seed
        self.settings: Dict[str, Any] = {
            name: copy.deepcopy(value[0]) for name, value in settings.OF_WORLD.items()
        }
        self.app_defaults: Dict[str, Any] = {
            name: copy.deepcopy(value[0]) for name, value in settings.OF_APP.items()
        }
        for name, value in of_world.items():
            self.change_settings({name: value})
        self.corps: Dict[str, Organisation] = {}
        self.apps: Dict[str, App] = {}
        self.tokens: Dict[str, Token] = {}
        self._token_of: Dict[Tuple[str, str], str] = {}
        self.user_tokens: Dict[str, UserToken] = {}
        self.refresh_tokens: Dict[str, UserToken] = {}
        self.codes: Dict[str, LoginCode] = {}
        self.messages = Messages(self)
        self.approvals = Approvals(self)
        self.faults = Faults()
        self.extra: Dict[str, Any] = (
            {}
        )  # other areas keep their JSON-able state here, by area name
        self.calls: Deque[Call] = deque(maxlen=50000)
        self.calls_total = 0
        self.calls_by_path: Counter = Counter()
        self._scope_cache: Dict[str, Tuple[Any, Any, Any]] = {}
        if people is not None:
            self.add_corp("示例科技有限公司", people, departments, seed)

    # Time and saving

    def now(self) -> float:
        """DingTalk's time, which `clock_offset` may move away from this machine's."""
        return time.time() + self.settings["clock_offset"]

    def changed(self) -> None:
        for listener in self.listeners:
            listener()

    def publish(self, kind: str, **data: Any) -> None:
        self.bus.publish(kind, **data)
        self.changed()

    # Settings

    def setting(self, name: str, app: Optional[App] = None) -> Any:
        if app is not None and name in app.settings:
            return app.settings[name]
        if name in self.app_defaults:
            return self.app_defaults[name]
        return self.settings[name]

    def all_settings(self, app: Optional[App] = None) -> Dict[str, Any]:
        found = dict(self.settings)
        for name in self.app_defaults:
            found[name] = self.setting(name, app)
        return found

    def change_settings(
        self, values: Dict[str, Any], app: Optional[App] = None
    ) -> None:
        """Set values by name. A setting of apps without `app` is set for all apps.

        A dictionary updates a dictionary, so `{"fields": {"mobile": false}}` leaves the
        e-mail alone. Nothing is set if one value is wrong.

        :raise KeyError: unknown name
        :raise Wrong: a value that the setting cannot have
        """
        if not isinstance(values, dict):
            raise settings.Wrong("settings", "an object")
        fresh = {}
        for name, value in values.items():
            old = self.setting(name, app)
            if isinstance(old, dict) and isinstance(value, dict):
                value = dict(old, **value)
            settings.check(name, value)
            fresh[name] = value
        for name, value in fresh.items():
            if name not in self.app_defaults:
                self.settings[name] = value
            elif app is not None:
                app.settings[name] = value
            else:
                self.app_defaults[name] = value
                for other in self.apps.values():
                    other.settings.pop(name, None)
        self.publish("settings")

    # Organisations and apps

    def add_corp(
        self,
        name: str,
        people: int = 0,
        departments: int = 0,
        seed: int = 1,
        corp_id: str = "",
        developer: str = "",
        like: Iterable[Any] = (),
    ) -> Organisation:
        """A new organisation with one app.

        `like`: people of another organisation who work here too.
        """
        source = random.Random("corp %s %s" % (seed, len(self.corps)))
        corp_id = corp_id or "ding%s35c2f4657eb6378f" % "".join(
            source.choice("0123456789abcdef") for _i in range(16)
        )
        corp = Corp(corp_id, name, developer=developer or corp_id)
        org = Organisation(corp, self.now)
        populate(org, people, departments, seed, like)
        self.attach(org)
        self.add_app(corp_id, seed=seed)
        if people:
            self.messages.first_group(org, seed)
            self.approvals.first_templates(org, seed)
        self.publish("corp.new", corp_id=corp_id)
        return org

    def attach(self, org: Organisation) -> None:
        corp_id = org.corp_id

        def notify(kind: str, **data: Any) -> None:
            if kind == "user_leave_org":
                self.messages.leave_groups(corp_id, data["userids"])
            self.publish("contact." + kind, corp_id=corp_id, **data)

        org.notify = notify
        self.corps[corp_id] = org

    def add_app(
        self,
        corp_id: str,
        name: str = "Odoo",
        seed: Optional[int] = None,
        **values: Any,
    ) -> App:
        """A new internal app; the same seed and place give the same key and secret."""
        place = len(self.apps)
        source = random.Random(
            "app %s %s" % (self.seed if seed is None else seed, place)
        )
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        app_key = values.pop("app_key", "") or "ding" + "".join(
            source.choice(letters) for _i in range(16)
        )
        secret = values.pop("app_secret", "") or "".join(
            source.choice(letters + "-_ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _i in range(64)
        )
        agent_id = int(values.pop("agent_id", 0) or source.randrange(10**9, 4 * 10**9))
        app = App(
            app_key,
            secret,
            agent_id,
            corp_id,
            name,
            robot_code=values.pop("robot_code", "") or app_key,
            **values,
        )
        self.apps[app_key] = app
        self.publish("app.new", app_key=app_key)
        return app

    def first_app(self, corp_id: Optional[str] = None) -> App:
        for app in self.apps.values():
            if corp_id in (None, app.corp_id):
                return app
        raise KeyError(corp_id)

    def org(self, corp_id: Optional[str] = None) -> Organisation:
        """The organisation, by default the first one. :raise KeyError: unknown"""
        if corp_id:
            return self.corps[corp_id]
        return next(iter(self.corps.values()))

    def openid(self, app_key: str, human: str) -> str:
        return ids.digest62(28, "open", app_key, human) + "iE"

    # Who may see whom

    def contact_scope(self, app: App) -> Tuple[Optional[set], set]:
        """Departments (None: all) and single users that the app may see."""
        org = self.corps[app.corp_id]
        scope = self.setting("contact_scope", app)
        departments = [int(key) for key in scope.get("departments", ())]
        users = set(scope.get("users", ()))
        if 1 in departments:
            return None, users
        key = (org.revision, tuple(departments), len(users))
        known = self._scope_cache.get(app.app_key)
        if known is None or known[0] != key:
            allowed = set()
            for dept_id in departments:
                allowed |= org.subtree(dept_id)
            known = (key, allowed, users)
            self._scope_cache[app.app_key] = known
        return known[1], users

    def sees_department(self, app: App, dept_id: int) -> bool:
        departments, _users = self.contact_scope(app)
        return departments is None or dept_id in departments

    def sees_person(self, app: App, person: Any) -> bool:
        departments, users = self.contact_scope(app)
        return (
            departments is None
            or person.userid in users
            or any(key in departments for key in person.depts)
        )

    # Tokens

    def app_token(self, app: App, kind: str = "app") -> Token:
        """The app's token: the same one, renewed, while it is valid; then a new one.

        A JSAPI ticket ("jsapi") is renewed in the same way, at most until 24 hours
        after it was made.
        """
        now = self.now()
        token = self.tokens.get(self._token_of.get((app.app_key, kind), ""))
        if token is not None and token.expires_at > now:
            token.expires_at = now + TOKEN_SECONDS
            if kind == "jsapi":
                token.expires_at = min(
                    token.expires_at, token.created_at + TICKET_LONGEST
                )
            self.changed()
            return token
        value = ids.random62(64) if kind == "jsapi" else ids.random_hex(32)
        token = Token(value, app.app_key, kind, now, now + TOKEN_SECONDS)
        self._forget_token(app.app_key, kind)
        self.tokens[value] = token
        self._token_of[app.app_key, kind] = value
        self.publish("token.new", app_key=app.app_key, token_kind=kind)
        return token

    def _forget_token(self, app_key: str, kind: str) -> None:
        self.tokens.pop(self._token_of.pop((app_key, kind), ""), None)

    def check_token(self, value: str, kind: str = "app") -> Optional[App]:
        """The app of a valid token, else None."""
        token = self.tokens.get(value)
        if token is None or token.kind != kind or token.expires_at <= self.now():
            return None
        return self.apps.get(token.app_key)

    def expire_tokens(
        self,
        app_key: Optional[str] = None,
        kinds: Iterable[str] = ("app", "jsapi", "sns", "user"),
    ) -> int:
        """Make tokens invalid at once, as when a secret is reset. Returns how many."""
        kinds = set(kinds)
        gone = [
            token
            for token in self.tokens.values()
            if token.kind in kinds and app_key in (None, token.app_key)
        ]
        for token in gone:
            self._forget_token(token.app_key, token.kind)
            self.tokens.pop(token.value, None)
        users = [
            token
            for token in self.user_tokens.values()
            if "user" in kinds
            and app_key in (None, token.app_key)
            and token.expires_at > self.now()
        ]
        for user_token in users:
            user_token.expires_at = self.now() - 1
        self.publish("token.expired")
        return len(gone) + len(users)

    # Signing in

    def login_code(
        self,
        kind: str,
        app: App,
        userid: str,
        scope: str = "openid",
        seconds: Optional[float] = None,
        corp_id: str = "",
    ) -> LoginCode:
        """A single-use code for `userid`. kind: inside, oauth, sns.

        :param seconds: its life; by default as the settings say
        """
        now = self.now()
        if seconds is None:
            seconds = self.setting(kind + "_code_seconds")
        for key in [key for key, old in self.codes.items() if old.expires_at <= now]:
            del self.codes[key]
        code = LoginCode(
            ids.random_hex(32),
            kind,
            app.app_key,
            corp_id or app.corp_id,
            userid,
            scope,
            now + seconds,
        )
        self.codes[code.code] = code
        self.changed()
        return code

    def take_code(self, value: str, kind: str, app_key: str) -> Optional[LoginCode]:
        """The code, which is used up by this; None when it is unknown, expired, of
        another kind or another app.
        """
        code = self.codes.get(value)
        if code is None or code.kind != kind or code.app_key != app_key:
            return None
        del self.codes[value]
        self.changed()
        return code if code.expires_at > self.now() else None

    def expire_codes(
        self,
        app_key: Optional[str] = None,
        kinds: Iterable[str] = ("inside", "oauth", "sns"),
    ) -> int:
        """Let codes that nobody used yet become too old; returns how many."""
        found = [
            code
            for code in self.codes.values()
            if code.kind in kinds
            and app_key in (None, code.app_key)
            and code.expires_at > self.now()
        ]
        for code in found:
            code.expires_at = self.now() - 1
        self.publish("login.expired")
        return len(found)

    def user_token(self, code: LoginCode) -> UserToken:
        now = self.now()
        token = UserToken(
            ids.random_hex(32),
            ids.random_hex(32),
            code.app_key,
            code.corp_id,
            code.userid,
            code.scope,
            now + TOKEN_SECONDS,
            now + REFRESH_SECONDS,
        )
        self.user_tokens[token.value] = token
        self.refresh_tokens[token.refresh] = token
        self.changed()
        return token

    def renew_user_token(self, refresh: str, app_key: str) -> Optional[UserToken]:
        old = self.refresh_tokens.get(refresh)
        if (
            old is None
            or old.app_key != app_key
            or old.refresh_expires_at <= self.now()
        ):
            return None
        del self.refresh_tokens[refresh]
        self.user_tokens.pop(old.value, None)
        return self.user_token(
            LoginCode("", "oauth", old.app_key, old.corp_id, old.userid, old.scope, 0)
        )

    # Counted calls

    def count(self, call: Call) -> None:
        self.calls_total += 1
        self.calls_by_path[call.path] += 1
        self.calls.append(call)

    def forget_calls(self) -> None:
        self.calls.clear()
        self.calls_total = 0
        self.calls_by_path.clear()
        self.bus.publish("calls.reset")
