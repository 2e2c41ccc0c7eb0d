# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import http
from odoo.http import request

from odoo.addons.dingding import compat

# The address that the original add-on had; it stands in consoles.
CALLBACK_URL = "/dingding/call_back_url"


class DingdingCallbackController(http.Controller):
    """What DingTalk calls when something has happened."""

    @http.route(
        [CALLBACK_URL, CALLBACK_URL + "/<string:ref>"], type=compat.BARE_JSON,
        auth="public", methods=["POST"], csrf=False,
    )
    def receive(self, ref="", **_kwargs):
        """Verify, store, answer; see ``dingding.app._callback_receive``."""
        query = request.httprequest
        apps = request.env["dingding.app"].sudo()
        return compat.bare_json(request, lambda: apps._callback_receive(
            ref, query.args, query.get_data(), query.remote_addr or ""))
