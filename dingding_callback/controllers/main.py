# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import SUPERUSER_ID, api, http
from odoo.http import request

from odoo.addons.dingding import compat

from .. import receiver

# The address that the original add-on had; it stands in consoles.
CALLBACK_URL = "/dingding/call_back_url"
READ_BYTES = 4 * 1024 * 1024  # of a body; of what is larger nothing is read
compat.accept_any_body(CALLBACK_URL)


class DingdingCallbackController(http.Controller):
    """What DingTalk calls when something has happened."""

    @http.route(
        [CALLBACK_URL, CALLBACK_URL + "/<string:ref>"], type=compat.BARE_JSON,
        auth="none", methods=["POST"], csrf=False, readonly=False,
    )
    def receive(self, ref="", **_kwargs):
        """Verify, store, answer; see ``dingding.app._callback_receive``.

        Nobody is signed in, and nothing but the envelope's keys lets a caller in.
        """
        query = request.httprequest
        size = query.content_length or 0

        def answer():
            content = query.get_data() if size <= READ_BYTES else None
            with receiver.answering, compat.open_cursor(
                request.db, read_committed=True
            ) as cr:
                apps = api.Environment(cr, SUPERUSER_ID, {})["dingding.app"]
                return apps._callback_receive(
                    ref, query.args, content, query.remote_addr or "")

        return compat.bare_json(request, answer)
