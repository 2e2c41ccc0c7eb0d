# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Share decorators, headers and cookies between the routes of these addons."""
import re
from urllib.parse import urlencode

from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect as go

from odoo import _
from odoo.http import request

from .. import compat
from ..models.dingding_secret_mixin import keyed, random_text
from ..models.texts import is_parameter

# Longer than each attempt on DingTalk's page may take.
MARK, MARK_SECONDS = "dingding_browser", 3600
_MARK = re.compile(r"[0-9a-f]{64}\Z")
PART_BYTES = 64 * 1024  # of a body in chunks, read at once
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


def named(route, method):
    """Return a decorator's function with the name and text of what it decorates.

    functools.wraps would make 16 and later inspect the method's own parameters.
    """
    route.__name__, route.__doc__ = method.__name__, method.__doc__
    return route


def checked(method):
    """Answer 400 unless every parameter of a route is a valid text.

    Put it below ``http.route`` on every route that takes parameters.
    """
    def route(self, **params):
        if all(is_parameter(value) for value in params.values()):
            return method(self, **params)
        response = request.make_response(
            _("Invalid request."),
            headers=[("Content-Type", "text/plain; charset=utf-8")],
        )
        return guarded(response, 400)

    return named(route, method)


def identified(method):
    """Let Odoo ask again who is there, if it would on its own pages.

    For routes with ``auth="public"`` that serve the user of a session, if there is one.
    """
    def route(self, **params):
        compat.check_identity(request)
        return method(self, **params)

    return named(route, method)


def signed_in(method):
    """Redirect visitors without a session to the login page.

    Up to 15 Odoo itself stores all parameters on disk, and fails for a file.
    """
    def route(self, **params):
        if request.session.uid:
            compat.check_identity(request)
            return method(self, **params)
        query = urlencode({"redirect": request.httprequest.path})
        return guarded(go("/web/login?" + query, 303), 303)

    return named(route, method)


def set_cookie(response, name, value, seconds):
    """Set a cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="Lax",
        secure=request.httprequest.scheme == "https",
    )


def mark_of(env, cookie, sid):
    """Return the mark that tells a browser from all others.

    It is in a cookie of its own, and derived from the session's id where there is
    none yet: of two requests at once, the slower one takes from a session what the
    faster one has stored, but both derive the same mark.

    :param str cookie: mark that the browser has sent, or None
    :param str sid: id of the session whose cookie it has sent, or None
    """
    if cookie and _MARK.match(cookie):
        return cookie
    return keyed(env, "dingding browser " + sid) if sid else random_text()


def browser_mark():
    """Return the mark of the browser; none of a stranger's session would be its own."""
    if compat.names_session(request.httprequest):
        return random_text()
    cookies = request.httprequest.cookies
    return mark_of(request.env, cookies.get(MARK), cookies.get("session_id"))


def keep_mark(response, mark):
    """Mark the browser of an attempt."""
    if not compat.names_session(request.httprequest):
        set_cookie(response, MARK, mark, MARK_SECONDS)


def hides_address(query):
    """Tell whether a request came through a proxy that Odoo does not know.

    Without ``proxy_mode``, or the header that it needs, everybody has the address of
    the proxy.

    :param query: the HTTP request
    """
    return any(name in query.environ for name in FORWARDED) and not any(
        name.startswith("werkzeug.proxy_fix.") for name in query.environ)


def read_body(query, most):
    """Return the body of a request, or None if it has more than ``most`` bytes.

    Chunked bodies have no length.

    :param query: the HTTP request
    """
    if query.content_length is not None:
        return query.get_data() if query.content_length <= most else None
    parts, size, stream = [], 0, compat.body_stream(query)
    while size <= most:
        try:
            part = stream.read(min(PART_BYTES, most + 1 - size))
        except (OSError, ValueError, BadRequest):
            return b""  # not chunked; later werkzeugs raise the last one
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    return None


def guarded(response, status=200, frames=""):
    """Set headers that keep a page out of caches, frames and others' logs.

    :param str frames: a site that may frame the page: DingTalk's own window
    """
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        "frame-ancestors %s; base-uri 'none'; object-src 'none'"
        % (frames and "'self' " + frames or "'none'")
    )
    if not frames:
        response.headers["X-Frame-Options"] = "DENY"
    return response
