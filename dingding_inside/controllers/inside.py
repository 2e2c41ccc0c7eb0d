# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import http
from odoo.http import request

from odoo.addons.dingding.controllers.guards import identified
from odoo.addons.dingding_signin.controllers.signin import (
    checked,
    guarded,
    onwards,
    page,
    told,
    visitor,
)

from ..models.dingding_microapp import PAGE

PHOTO_SECONDS = 3600  # that the browser keeps a photo
# Only own files and DingTalk's script, no inline scripts.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self' %s; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; "
)


def origin_of(address):
    """Return scheme and host of an address for the policy."""
    return "/".join(address.split("/")[:3])


def organisation_of(who):
    """Return the id of the organisation that has named a visitor's user, or None."""
    return who.inside[1] if who.inside else None


class DingdingInsideController(http.Controller):
    """Serve the pages inside DingTalk; each route calls one model for the answer."""

    @http.route(
        "/dingding/jsapi/config", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    @identified
    def jsapi_config(self, url=None, apis=None, corp=None, renew=None, **_kwargs):
        model = request.env["dingding.jsapi"]
        return told(model._config(
            url, apis, corp, renew == "1", organisation_of(visitor())))

    @http.route(PAGE, type="http", auth="public", methods=["GET"], sitemap=False)
    @checked
    @identified
    def microapp(self, corp=None, nothing=None, **_kwargs):
        who = visitor()
        # The answer to a search belongs to the page that was open.
        uid = who.uid if nothing else request.env["dingding.signin"]._present(who, corp)
        model = request.env["dingding.microapp"]
        outcome = model._page(uid, corp, nothing, organisation_of(who))
        if outcome.path:
            return onwards(outcome)
        if outcome.text:
            return page(outcome, "")
        response = guarded(
            request.make_response(
                model._html(outcome.data),
                headers=[("Content-Type", "text/html; charset=utf-8")],
            ),
            frames=outcome.data["frames"],
        )
        policy = POLICY % origin_of(outcome.data["script"])
        response.headers["Content-Security-Policy"] = (
            policy + response.headers["Content-Security-Policy"]
        )
        return response

    @http.route(
        PAGE + "/open", type="http", auth="public", methods=["GET"], sitemap=False
    )
    @checked
    def microapp_open(self, model=None, id=None, **_kwargs):
        page_of = request.env["dingding.microapp"]
        uid = request.env["dingding.signin"]._present(visitor())
        return onwards(page_of._open(uid, model, id))

    @http.route(
        PAGE + "/find", type="http", auth="public", methods=["GET"], sitemap=False
    )
    @checked
    @identified
    def microapp_find(self, code=None, **_kwargs):
        model = request.env["dingding.microapp"]
        return onwards(model._find(visitor().uid, code))

    @http.route(
        PAGE + "/photo/<int:person>", type="http", auth="public", methods=["GET"],
        sitemap=False,
    )
    @checked
    @identified
    def microapp_photo(self, person=None, **_kwargs):
        picture = request.env["dingding.microapp"]._photo(visitor().uid, person)
        response = guarded(
            request.make_response(
                picture or b"", headers=[("Content-Type", "image/png")]
            ),
            200 if picture else 404,
        )
        if picture:
            response.headers["Cache-Control"] = "private, max-age=%d" % PHOTO_SECONDS
        return response
