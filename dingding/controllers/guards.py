# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Share decorators and headers between the routes of these addons."""
from urllib.parse import urlencode

from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect as go

from odoo import _
from odoo.http import request

from .. import compat
from ..models.texts import is_parameter

PART_BYTES = 64 * 1024  # of a body in chunks, read at once


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

    # functools.wraps would make 16 and later inspect the method's own parameters.
    route.__name__, route.__doc__ = method.__name__, method.__doc__
    return route


def signed_in(method):
    """Redirect visitors without a session to the login page.

    Up to 15 Odoo itself stores all parameters on disk, and fails for a file.
    """
    def route(self, **params):
        if request.session.uid:
            return method(self, **params)
        query = urlencode({"redirect": request.httprequest.path})
        return guarded(go("/web/login?" + query, 303), 303)

    route.__name__, route.__doc__ = method.__name__, method.__doc__
    return route


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
            return b""  # these are no chunks; later werkzeugs raise the last one
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
