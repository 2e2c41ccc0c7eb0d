# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import SUPERUSER_ID, api, http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import read_body
from odoo.addons.dingding.models.queue import NO_CONNECTION, failure_text

from .. import receiver

_logger = logging.getLogger(__name__)

# The original addon's address, still registered in consoles.
CALLBACK_URL = "/dingding/call_back_url"
READ_BYTES = 4 * 1024 * 1024  # of a body; larger ones are not read
# DingTalk waits 1.5 seconds for an answer, and sends the event again 10 and 30 seconds
# later: a request that waits longer for a lock only occupies a worker.
LOCK_TIMEOUT = "800ms"
MOST_LOST = 100  # addresses of applications
# (database, AppKey or CorpId) of events that may be lost, which the database does not
# know yet.
_lost = set()
compat.accept_any_body(CALLBACK_URL)


def body(most):
    """Return the body of the request, or None if it has more than ``most`` bytes."""
    return read_body(request.httprequest, most)


def handle(take, lock_timeout=None):
    """Return ``take(apps)``, called in a transaction of its own.

    ``apps`` has all rights; only what ``take`` verifies authenticates the caller.
    Committed before the answer.

    :param str lock_timeout: for each statement, in PostgreSQL's units; default: none
    """
    with receiver.answering, compat.open_cursor(request.db, read_committed=True) as cr:
        if lock_timeout:
            cr.execute("SET LOCAL lock_timeout = %s", [lock_timeout])
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
                answered = handle(
                    lambda apps: apps._callback_receive(
                        ref, query.args, content, query.remote_addr or ""),
                    LOCK_TIMEOUT)
            except NO_CONNECTION + (receiver.NotStored,) as error:
                # No request makes these by its content, unless DingTalk has signed it.
                _logger.warning(
                    "A callback was not stored; DingTalk sends it again: %s",
                    failure_text(error.__cause__ or error))
                _expect_failed(request.db, ref)
                return 503, {}
            _note_lost(request.db)
            return answered

        return compat.bare_json(request, answer)


def _expect_failed(dbname, ref):
    """Make Odoo fetch an event that it could not store, in case DingTalk gives up."""
    # All applications, if somebody else has sent the many addresses.
    _lost.add((dbname, ref if len(_lost) < MOST_LOST else ""))
    _note_lost(dbname)


def _note_lost(dbname):
    """Note the events that may be lost, or leave that to the next callback."""
    lost = [each for each in list(_lost) if each[0] == dbname]
    if not lost:
        return
    try:
        with compat.open_cursor(dbname, read_committed=True) as cr:
            cr.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
            apps = api.Environment(cr, SUPERUSER_ID, {})["dingding.app"]
            for _dbname, ref in lost:
                apps._callback_expect_failed(ref)
    except Exception as error:
        _logger.info("A lost event was not noted yet: %s", error)
        return
    _lost.difference_update(lost)
