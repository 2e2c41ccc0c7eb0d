# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import http
from odoo.http import request

from .guards import checked, signed_in


class DingdingSyncController(http.Controller):
    """Serve the progress bar inside a sync's form."""

    @http.route(
        "/dingding/sync/<int:sync_id>/progress", type="http", auth="public",
        sitemap=False
    )
    @checked
    @signed_in
    def progress(self, sync_id, **_kwargs):
        values = request.env["dingding.sync"]._progress_of(sync_id)
        if values is None:
            raise request.not_found()
        return request.render("dingding.sync_progress", dict(values, sync_id=sync_id))

    @http.route(
        "/dingding/sync/<int:sync_id>/state", type="http", auth="public", sitemap=False
    )
    @checked
    @signed_in
    def state(self, sync_id, **_kwargs):
        values = request.env["dingding.sync"]._progress_of(sync_id)
        if values is None:
            raise request.not_found()
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return request.make_response(json.dumps(values), headers=headers)
