# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from werkzeug.utils import redirect as go

from odoo import http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import (
    browser_mark,
    checked,
    guarded,
    keep_mark,
    signed_in,
)


def page(text, status=200):
    """Return a page that says what came of it."""
    response = request.render(
        "dingding_activity.todo_consent_page", {"text": text})
    response.flatten()
    return guarded(response, status)


class DingdingTodoConsentController(http.Controller):
    """Ask for consent on DingTalk's page; the state ties the answer to the browser."""

    @http.route(
        "/dingding/todo/consent", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    @signed_in
    def begin(self, **_kwargs):
        mark = browser_mark()
        address, text = request.env["dingding.todo.consent"]._begin(mark)
        if not address:
            return page(text, 404)
        response = guarded(go(address, 303), 303)
        keep_mark(response, mark)
        return compat.leave_session(request, response)

    @http.route(
        "/dingding/todo/consent/return", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    @signed_in
    def end(self, state=None, authCode=None, code=None, **_kwargs):
        text, status = request.env["dingding.todo.consent"]._end(
            browser_mark(), state, authCode or code)
        return page(text, status)
