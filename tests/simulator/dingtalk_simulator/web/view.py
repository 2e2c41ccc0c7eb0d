# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Shared by all pages: language, templates, static files, media, safe headers."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from typing import Any, Callable, Dict, Optional
from urllib.parse import quote, urlencode

import jinja2
from aiohttp import web

from ..messages import BEIJING
from . import words

HERE = os.path.dirname(os.path.abspath(__file__))
STATIC = os.path.join(HERE, "static")
LANGUAGES = {"zh_CN": "中文", "en": "English"}
COOKIE = "dingtalk_simulator_lang"
WORLD: "web.AppKey[Callable[[], Any]]" = web.AppKey("web_world", object)
ENVIRONMENT: "web.AppKey[jinja2.Environment]" = web.AppKey(
    "web_environment", jinja2.Environment
)

# Pictures of link cards may come from anywhere, all else from here.
POLICY = (
    "default-src 'self'; img-src 'self' http: https: data:; media-src 'self'; "
    "style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'"
)
# Types that a browser may show in place; others are downloaded.
SHOWN_MEDIA = {
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/bmp",
    "image/webp",
    "audio/mpeg",
    "audio/mp3",
    "audio/wav",
    "audio/x-wav",
    "audio/amr",
    "video/mp4",
}
MIME = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_fingerprints: Dict[str, str] = {}


class Missing(Exception):
    """The address names something that does not exist; the text says what."""


def world_of(request: web.Request) -> Any:
    return request.app[WORLD]()


def language(request: web.Request) -> str:
    """The language asked for by `?lang=`, else the one chosen before, else Chinese."""
    for value in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if value in LANGUAGES:
            return value
        if value in ("zh", "zh-CN", "zh_cn"):
            return "zh_CN"
        if value and value.startswith("en"):
            return "en"
    return "zh_CN"


def clock(at: float, form: str = "%H:%M") -> str:
    """A moment in Beijing time, which DingTalk's days follow."""
    return datetime.fromtimestamp(at, BEIJING).strftime(form) if at else ""


def moment(at: float, now: float) -> str:
    """Short for today, longer for other days."""
    if not at:
        return ""
    form = "%Y-%m-%d %H:%M"
    if clock(at, "%Y%m%d") == clock(now, "%Y%m%d"):
        form = "%H:%M"
    elif clock(at, "%Y") == clock(now, "%Y"):
        form = "%m-%d %H:%M"
    return clock(at, form)


def size(count: int) -> str:
    """Bytes for people."""
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1024 or unit == "MB":
            return ("%d %s" if unit == "B" else "%.1f %s") % (value, unit)
        value /= 1024
    return ""


def initials(name: str) -> str:
    """The text in the round picture of somebody without a portrait."""
    name = (name or "?").strip() or "?"
    if name.isascii():
        words_ = name.split()
        return "".join(word[0] for word in words_[:2]).upper()
    return name[-2:]


def colour(text: str) -> str:
    """A steady colour class, `c0` ... `c7`, for a name or key."""
    return "c%d" % (int(hashlib.md5(text.encode("utf-8")).hexdigest()[:4], 16) % 8)


def fingerprint(name: str) -> str:
    """Changes when the static file does: browsers may keep a file for ever."""
    if name not in _fingerprints:
        with open(os.path.join(STATIC, name), "rb") as opened:
            _fingerprints[name] = hashlib.sha1(opened.read()).hexdigest()[:10]
    return _fingerprints[name]


def static_url(name: str) -> str:
    return "/_web/static/%s?v=%s" % (name, fingerprint(name))


def media_url(media_id: str) -> str:
    return "/_web/media/" + quote(media_id, safe="")


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(os.path.join(HERE, "templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        clock=clock,
        size=size,
        initials=initials,
        colour=colour,
        segment=lambda text: quote(str(text), safe=""),
    )
    made.globals.update(static_url=static_url, media_url=media_url, LANGUAGES=LANGUAGES)
    return made


def address(request: web.Request, **changes: Any) -> str:
    """This page's address with some query members changed; None takes one away."""
    query = {key: value for key, value in request.query.items() if key != "lang"}
    query.update(changes)
    left = [(key, value) for key, value in query.items() if value not in (None, "")]
    return request.path + ("?" + urlencode(left) if left else "")


def base_url(request: web.Request) -> str:
    return "%s://%s" % (request.scheme, request.host)


def render(
    request: web.Request, template: str, status: int = 200, **values: Any
) -> web.Response:
    """A page in the reader's language, as an answer with safe headers."""
    lang = language(request)
    world = world_of(request)
    now = world.now()

    def translate(source: str, /, **named: Any) -> str:
        return words.translate(source, lang, **named)

    def explain(kind: str, name: str, english: str) -> str:
        return words.explain(kind, name, english, lang)

    values.update(
        _=translate,
        explain=explain,
        lang=lang,
        world=world,
        now=now,
        request=request,
        address=lambda **changes: address(request, **changes),
        moment=lambda at: moment(at, now),
        base_url=base_url(request),
        script_words=words.for_scripts(lang),
    )
    text = request.app[ENVIRONMENT].get_template(template).render(values)
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    if request.query.get("lang"):
        response.set_cookie(COOKIE, lang, samesite="Lax", max_age=365 * 24 * 3600)
    return response


def missing(request: web.Request, text: str) -> web.Response:
    return render(request, "missing.html", status=404, text=text)


async def static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    kind = MIME.get(name.rpartition(".")[2])
    path = os.path.join(STATIC, name)
    if kind is None or os.path.basename(name) != name or not os.path.isfile(path):
        raise web.HTTPNotFound()
    with open(path, "rb") as opened:
        body = opened.read()
    keep = "public, max-age=31536000, immutable" if "v" in request.query else "no-cache"
    return web.Response(
        body=body,
        content_type=kind,
        charset="utf-8",
        headers={"Cache-Control": keep, "X-Content-Type-Options": "nosniff"},
    )


async def favicon(_request: web.Request) -> web.StreamResponse:
    with open(os.path.join(STATIC, "icon.svg"), "rb") as opened:
        return web.Response(
            body=opened.read(),
            content_type="image/svg+xml",
            headers={"Cache-Control": "public, max-age=86400"},
        )


def _partial(asked: Optional[str], length: int) -> Optional[slice]:
    """The slice that a `Range` header asks for: players need it to jump."""
    if not asked or not asked.startswith("bytes=") or "," in asked:
        return None
    first, _dash, last = asked[6:].partition("-")
    if not (first or last) or not (first + last).isdigit():
        return None
    begin = int(first) if first else max(0, length - int(last))
    end = min(int(last), length - 1) if first and last else length - 1
    return slice(begin, end + 1) if begin <= end else None


async def media(request: web.Request) -> web.StreamResponse:
    """An uploaded picture, voice, video or file."""
    messages = world_of(request).messages
    found = messages.media.get(request.match_info["media_id"])
    content = messages.media_content.get(request.match_info["media_id"])
    if found is None or content is None:
        return missing(request, "no such media")
    inline = found.mimetype in SHOWN_MEDIA and "download" not in request.query
    kind = (
        found.mimetype if found.mimetype in SHOWN_MEDIA else "application/octet-stream"
    )
    headers = {
        "Content-Type": kind,
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=86400",
        "Content-Disposition": "%s; filename*=UTF-8''%s"
        % ("inline" if inline else "attachment", quote(found.filename, safe="")),
    }
    part = _partial(request.headers.get("Range"), len(content))
    if part is None:
        return web.Response(body=content, headers=headers)
    headers["Content-Range"] = "bytes %d-%d/%d" % (
        part.start,
        part.stop - 1,
        len(content),
    )
    return web.Response(body=content[part], headers=headers, status=206)
