# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding_callback.controllers import main

CARD_URL = "/dingding/card"
READ_BYTES = 256 * 1024  # of a body; larger ones are not read
compat.accept_any_body(CARD_URL)


class DingdingCardController(http.Controller):
    """Receive presses on cards over HTTP."""

    @http.route(
        CARD_URL + "/<string:ref>", type=compat.BARE_JSON, auth="none",
        methods=["POST"], csrf=False, readonly=False,
    )
    def receive(self, ref="", **_kwargs):
        """Verify, act and answer; see ``dingding.app._card_receive``.

        Only a valid signature authenticates the caller.
        """
        query = request.httprequest

        def answer():
            content = main.body(READ_BYTES)
            return main.handle(lambda apps: apps._card_receive(
                ref, query.headers, content, query.remote_addr or ""))

        return compat.bare_json(request, answer)
