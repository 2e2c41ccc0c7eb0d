# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from werkzeug.utils import redirect as go

from odoo import http
from odoo.http import request

from odoo.addons.dingding.controllers.guards import checked, guarded, signed_in

BEGUN = "dingding_todo_consent"


def page(text, status=200):
    """Return a page that says what came of it."""
    response = request.render(
        "dingding_activity.todo_consent_page", {"text": text})
    response.flatten()
    return guarded(response, status)


class DingdingTodoConsentController(http.Controller):
    """Ask for consent on DingTalk's page; the state ties the answer to the session."""

    @http.route(
        "/dingding/todo/consent", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    @signed_in
    def begin(self, **_kwargs):
        begun, answer = request.env["dingding.todo.consent"]._begin()
        if not begun:
            return page(answer, 404)
        request.session[BEGUN] = begun
        return guarded(go(answer, 303), 303)

    @http.route(
        "/dingding/todo/consent/return", type="http", auth="public", methods=["GET"],
        readonly=False, sitemap=False,
    )
    @checked
    @signed_in
    def end(self, state=None, authCode=None, code=None, **_kwargs):
        begun = request.session.pop(BEGUN, None)
        text, status = request.env["dingding.todo.consent"]._end(
            begun, state, authCode or code)
        return page(text, status)
