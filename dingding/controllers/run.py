# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import http
from odoo.http import request

from .signin import checked, signed_in


class DingdingRunController(http.Controller):
    """The bar inside the form of a run."""

    @http.route(
        "/dingding/run/<int:run_id>/progress", type="http", auth="public", sitemap=False
    )
    @checked
    @signed_in
    def progress(self, run_id, **_kwargs):
        values = request.env["dingding.run"]._progress_of(run_id)
        if values is None:
            return request.not_found()
        return request.render("dingding.run_progress", dict(values, run_id=run_id))

    @http.route(
        "/dingding/run/<int:run_id>/state", type="http", auth="public", sitemap=False
    )
    @checked
    @signed_in
    def state(self, run_id, **_kwargs):
        values = request.env["dingding.run"]._progress_of(run_id)
        if values is None:
            return request.not_found()
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return request.make_response(json.dumps(values), headers=headers)
