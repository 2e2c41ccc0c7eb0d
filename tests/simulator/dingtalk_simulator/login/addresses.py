# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A site's request for a sign-in, and its redirect address.

A wrong app or redirect address is answered with a page. For everything else DingTalk
documents `redirect_uri?error=...&state=...` without naming the errors; the names here
are those of OAuth2.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..records import App


class Refused(Exception):
    """Shown as a page of DingTalk. `kind` is a key of templates/login_error.html."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail


class SentBack(Exception):
    """Redirect the browser to the site with `error`."""

    def __init__(self, asked: "Asked", error: str) -> None:
        super().__init__(error)
        self.asked = asked
        self.error = error


@dataclass
class Asked:
    """A checked request for a sign-in."""

    way: str  # oauth2 or classic
    app_key: str
    redirect_uri: str
    state: str
    scope: str  # "openid", "openid corpid"; classic: snsapi_login, snsapi_auth
    frame: bool = False  # inside the site's page
    org_type: str = ""
    corp_id: str = ""
    exclusive: bool = False
    exclusive_corp_id: str = ""

    @property
    def wants_corp(self) -> bool:
        return "corpid" in self.scope.split()

    def back(self, **members: str) -> str:
        """The redirect address with these members and the state added."""
        if self.state:
            members["state"] = self.state
        parts = urlsplit(self.redirect_uri)
        query = "&".join(
            part for part in (parts.query, urlencode(members, quote_via=quote)) if part
        )
        return urlunsplit(parts._replace(query=query, path=parts.path or "/"))

    def origin(self) -> str:
        parts = urlsplit(self.redirect_uri)
        return "%s://%s" % (parts.scheme, parts.netloc)


# Redirect addresses


def _parts(address: str) -> Any:
    """The parts of a web address that browsers and servers read alike, else None."""
    if re.search(r"[\x00-\x20\x7f\\]", address):
        return None
    try:
        parts = urlsplit(address)
        parts.port
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc:
        return parts
    return None


def is_web(address: str) -> bool:
    return _parts(address) is not None


def host_of(address: str) -> str:
    """Host and any port; empty for other addresses."""
    parts = _parts(address)
    return parts.netloc.lower() if parts is not None else ""


def _this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fits(parts: Any, entry: str) -> bool:
    """Whether a registered entry covers the address.

    `odoo.example.com` is a host on any port, `odoo.example.com:8069` one port, an
    address covers itself and what is below it.
    """
    entry = entry.strip()
    if "://" not in entry:
        wanted = urlsplit("//" + entry)
        return parts.hostname == wanted.hostname and (
            wanted.port is None or _port(parts) == wanted.port
        )
    wanted = urlsplit(entry)
    path, below = parts.path or "/", wanted.path.rstrip("/")
    return (
        (parts.scheme, parts.hostname, _port(parts))
        == (wanted.scheme, wanted.hostname, _port(wanted))
        and ".." not in path
        and (path.rstrip("/") == below or path.startswith(below + "/"))
    )


def _port(parts: Any) -> int:
    return parts.port or {"http": 80, "https": 443}[parts.scheme]


def may_redirect(world: Any, app: App, address: str) -> bool:
    """Whether sign-in with the app may lead to the address."""
    parts = _parts(address)
    if parts is None:
        return False
    for entry in app.redirect_hosts:
        try:
            if _fits(parts, entry):
                return True
        except (ValueError, KeyError):
            continue  # a slip in the console
    strict = app.redirect_hosts or world.setting("redirect_strict", app)
    return not strict and _this_machine(parts.hostname)


def _app(world: Any, key: str) -> App:
    app = world.apps.get(key)
    if app is None:
        raise Refused("client_id", key)
    return app


def _checked_redirect(world: Any, app: App, address: str) -> str:
    if not address:
        raise Refused("no_redirect_uri")
    if not may_redirect(world, app, address):
        raise Refused("redirect_uri", address)
    return address


# The current page


def read_oauth2(world: Any, query: Mapping[str, str]) -> Asked:
    """The members of /oauth2/auth.

    :raise Refused: unknown app or redirect address
    :raise SentBack: anything else is wrong
    """
    app = _app(world, query.get("client_id", ""))
    asked = Asked(
        "oauth2",
        app.app_key,
        _checked_redirect(world, app, query.get("redirect_uri", "")),
        query.get("state", ""),
        # Pages write `openid corpid`, `openid+corpid` and `openid%2Bcorpid`.
        " ".join(query.get("scope", "").replace("+", " ").split()),
        frame=query.get("iframe") == "true",
        org_type=query.get("org_type", ""),
        corp_id=query.get("corpId", ""),
        exclusive=query.get("exclusiveLogin") == "true",
        exclusive_corp_id=query.get("exclusiveCorpId", ""),
    )
    if query.get("response_type") != "code":
        raise SentBack(asked, "unsupported_response_type")
    if asked.scope not in ("openid", "openid corpid"):
        raise SentBack(asked, "invalid_scope")
    if query.get("prompt") != "consent":
        raise SentBack(asked, "invalid_request")
    if asked.org_type not in ("", "management"):
        raise SentBack(asked, "invalid_request")
    if not asked.wants_corp and (asked.org_type or asked.corp_id):
        raise SentBack(asked, "invalid_request")
    if asked.frame and asked.wants_corp and not (asked.org_type and asked.corp_id):
        raise SentBack(asked, "invalid_request")  # required by the widget
    if asked.corp_id and asked.corp_id not in world.corps:
        raise SentBack(asked, "invalid_request")
    return asked


# The classic pages


def read_classic(
    world: Any, query: Mapping[str, str], scopes: Any = ("snsapi_login",)
) -> Asked:
    """The members of /connect/qrconnect and /connect/oauth2/sns_authorize."""
    app = _app(world, query.get("appid", ""))
    asked = Asked(
        "classic",
        app.app_key,
        _checked_redirect(world, app, query.get("redirect_uri", "")),
        query.get("state", ""),
        query.get("scope", ""),
    )
    if query.get("response_type") != "code":
        raise Refused("response_type", query.get("response_type", ""))
    if asked.scope not in scopes:
        raise Refused("scope", asked.scope)
    return asked


def read_goto(world: Any, goto: str) -> Asked:
    """The address inside /login/qrcode.htm?goto=..."""
    parts = urlsplit(goto)
    if parts.path != "/connect/oauth2/sns_authorize":
        raise Refused("goto", goto)
    asked = read_classic(world, dict(parse_qsl(parts.query, keep_blank_values=True)))
    asked.frame = True
    return asked


def signed_in_at(world: Any, text: str) -> Optional[Any]:
    """(organisation, person) of a cookie `corp id:userid`, None when there is none."""
    corp_id, _colon, userid = text.partition(":")
    org = world.corps.get(corp_id)
    person = org.person(userid) if org is not None else None
    return (org, person) if person is not None else None


def hosts_of_homes(app: App) -> List[str]:
    """Hosts that are the app's for JSAPI: those of its home pages."""
    return [host for host in map(host_of, (app.home_url, app.pc_home_url)) if host]
