# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import SUPERUSER_ID, api, http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import read_body

from .. import receiver

_logger = logging.getLogger(__name__)

# The original addon's address, still registered in consoles.
CALLBACK_URL = "/dingding/call_back_url"
READ_BYTES = 4 * 1024 * 1024  # of a body; larger ones are not read
compat.accept_any_body(CALLBACK_URL)


def body(most):
    """Return the body of the request, or None if it has more than ``most`` bytes."""
    return read_body(request.httprequest, most)


def handle(take):
    """Return ``take(apps)``, called in a transaction of its own.

    ``apps`` has all rights; only what ``take`` verifies authenticates the caller.
    Committed before the answer.
    """
    with receiver.answering, compat.open_cursor(request.db, read_committed=True) as cr:
        return take(api.Environment(cr, SUPERUSER_ID, {})["dingding.app"])


class DingdingCallbackController(http.Controller):
    """Receive DingTalk's callbacks."""

    @http.route(
        [CALLBACK_URL, CALLBACK_URL + "/<string:ref>"], type=compat.BARE_JSON,
        auth="none", methods=["POST"], csrf=False, readonly=False,
    )
    def receive(self, ref="", **_kwargs):
        """Verify, store and answer; see ``dingding.app._callback_receive``.

        Only a valid signature authenticates the caller.
        """
        query = request.httprequest

        def answer():
            content = body(READ_BYTES)
            try:
                return handle(lambda apps: apps._callback_receive(
                    ref, query.args, content, query.remote_addr or ""))
            except Exception:
                _expect_failed(request.db, ref)
                raise

        return compat.bare_json(request, answer)


def _expect_failed(dbname, ref):
    """Make Odoo fetch an event that it could not store."""
    try:
        with compat.open_cursor(dbname, read_committed=True) as cr:
            apps = api.Environment(cr, SUPERUSER_ID, {})["dingding.app"]
            apps._callback_expect_failed(ref)
    except Exception:
        # The gap between two scheduled actions tells it later.
        _logger.info("A lost event was not noted", exc_info=True)
