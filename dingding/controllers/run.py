# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class DingdingRunController(http.Controller):
    """The bar inside the form of a run."""

    @http.route("/dingding/run/<int:run_id>/progress", type="http", auth="user")
    def progress(self, run_id, **_kwargs):
        values = self._values(run_id)
        if values is None:
            return request.not_found()
        return request.render("dingding.run_progress", dict(values, run_id=run_id))

    @http.route("/dingding/run/<int:run_id>/state", type="http", auth="user")
    def state(self, run_id, **_kwargs):
        values = self._values(run_id)
        if values is None:
            return request.not_found()
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return request.make_response(json.dumps(values), headers=headers)

    @staticmethod
    def _values(run_id):
        # Whoever may not see the run learns no more than that there is none.
        try:
            return request.env["dingding.run"].browse(run_id)._progress_values()
        except (AccessError, MissingError):
            return None
