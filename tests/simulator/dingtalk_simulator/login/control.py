# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of sign-in: actions of a phone, for pages and for tests without a
browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict
from urllib.parse import parse_qsl, quote, urlsplit

from aiohttp import web

from ..control import Control, Mistake, plain, wrap
from ..web import view
from . import scripts
from .addresses import Refused, SentBack, read_classic, read_oauth2
from .desk import QR_PATH, SignIn, desk_of
from .pages import COOKIE

if TYPE_CHECKING:
    from ..server import Simulator

KINDS = ("inside", "oauth", "sns")


class LoginControl(Control):
    @property
    def desk(self) -> Any:
        return desk_of(self.world)

    def codes(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Unused codes."""
        now, app = self.world.now(), self.app(request, body)
        return [
            dict(plain(code), expired=code.expires_at <= now)
            for code in self.world.codes.values()
            if app is None or code.app_key == app.app_key
        ]

    def add_code(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A code as DingTalk hands it to a page: kind inside (JSAPI), oauth or sns; for
        tests without a browser.
        """
        app = self.app(request, body) or self.world.first_app(body.get("corp_id"))
        org = self.world.corps[app.corp_id]
        person = self._person(org, body.get("userid") or org.administrators()[0].userid)
        kind = body.get("kind", "inside")
        if kind not in KINDS:
            raise Mistake("kinds are " + ", ".join(KINDS))
        code = self.world.login_code(
            kind,
            app,
            person.userid,
            body.get("scope", "openid"),
            float(body["seconds"]) if "seconds" in body else None,
        )
        return plain(code)

    def expire(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Expire codes; QR codes too, if neither app nor kinds are named."""
        app, kinds = self.app(request, body), body.get("kinds")
        if kinds is not None and set(kinds) - set(KINDS):
            raise Mistake("kinds are " + ", ".join(KINDS))
        qr = self.desk.end_all() if app is None and kinds is None else 0
        expired = self.world.expire_codes(app.app_key if app else None, kinds or KINDS)
        return {"expired": expired, "qr_expired": qr}

    def _account(self, request: web.Request, body: Dict[str, Any]) -> str:
        org = self.org(request, body)
        person = self._person(org, body.get("userid", ""))
        return "%s:%s" % (org.corp_id, person.userid)

    def signin_data(self, signin: SignIn) -> Dict[str, Any]:
        asked = signin.asked
        return {
            "id": signin.id,
            "status": self.desk.status(signin),
            "way": asked.way,
            "app_key": asked.app_key,
            "redirect_uri": asked.redirect_uri,
            "scope": asked.scope,
            "state": asked.state,
            "frame": asked.frame,
            "account": signin.account,
            "text": "%s%s?code=%s" % (self.simulator.url, QR_PATH, signin.id),
            "qr_until": signin.qr_until,
            "result": signin.result,
        }

    def shown(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        return [self.signin_data(signin) for signin in self.desk.shown()]

    def scan(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A phone scans `text` (or the sign-in `id`), or decides about it.

        `decision`: scan, agree, refuse. `choice`: the organisation that is chosen.
        """
        account = self._account(request, body)
        desk, decision = self.desk, body.get("decision", "agree")
        if decision not in ("scan", "agree", "refuse"):
            raise Mistake("decision is scan, agree or refuse")
        try:
            signin = (
                desk.find(body["id"])
                if body.get("id")
                else desk.of_qr(body.get("text", ""))
            )
            if signin is None:
                raise Mistake("no code of a sign-in page")
            if not signin.over:
                desk.scan(signin, account)
            if decision == "agree":
                desk.agree(signin, account, body.get("choice") or "")
            elif decision == "refuse":
                desk.refuse(signin)
        except Refused as error:
            raise Mistake("refused: " + error.kind)
        return self.signin_data(signin)

    def authorize(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """The browser's answer for the address `url` of a sign-in page if the person
        agrees (with `agree: false`, refuses): `{"redirect"}`.
        """
        account = self._account(request, body)
        parts = urlsplit(body.get("url", ""))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        read = {
            "/oauth2/auth": read_oauth2,
            "/connect/qrconnect": read_classic,
            "/connect/oauth2/sns_authorize": read_classic,
        }.get(parts.path)
        if read is None:
            raise Mistake("url is not the address of a sign-in page")
        try:
            asked = read(self.world, query)
            asked.frame = False
            signin = self.desk.begin(asked)
            if body.get("agree", True):
                return {"redirect": self.desk.agree(signin, account)}
            return {"redirect": self.desk.refuse(signin)}
        except SentBack as error:
            return {"redirect": error.asked.back(error=error.error)}
        except Refused as error:
            raise Mistake("refused: " + error.kind)

    def container(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A window of DingTalk for a test's browser; see `web/testing.py`."""
        account = self._account(request, body)
        corp_id, _colon, userid = account.partition(":")
        pc = bool(body.get("pc"))
        made = self.desk.open_container(
            corp_id, userid, app_key=body.get("app_key") or "", pc=pc
        )
        return {
            "session": made.session,
            "user_agent": scripts.USER_AGENTS[pc],
            "bridge": scripts.bridge(made, view.base_url(request)),
            "cookie": {"name": COOKIE, "value": quote(account, safe="")},
        }

    def chats(self, _request: web.Request, _body: Dict[str, Any]) -> Any:
        """Chats opened by pages inside DingTalk."""
        return self.desk.chats


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = LoginControl(simulator)
    for method, path, function in (
        ("GET", "/codes", control.codes),
        ("POST", "/expire", control.expire),
        ("GET", "/shown", control.shown),
        ("POST", "/scan", control.scan),
        ("POST", "/authorize", control.authorize),
        ("POST", "/containers", control.container),
        ("GET", "/chats", control.chats),
    ):
        app.router.add_route(method, "/_control/login" + path, wrap(function))
    app.router.add_route("POST", "/_control/login_codes", wrap(control.add_code))
