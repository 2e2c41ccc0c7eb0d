# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import logging
import time

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..dingtalk.errors import DingTalkError
from ..dingtalk.tokens import MARGIN, Token

_logger = logging.getLogger(__name__)

# First key of the advisory locks that make token requests single flight.
LOCK_TOKEN = 0x44540001
# A token is renewed by cron when it would run out before the cron's next turns.
RENEW_AHEAD = 1800  # seconds


class DingdingToken(models.Model):
    """Access tokens and JSAPI tickets, one row per app and kind.

    The row is the cache that all workers and servers of a database share.
    """

    _name = "dingding.token"
    _inherit = "dingding.hidden.value"
    _description = "DingTalk Token"
    _order = "app_id, kind"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(related="app_id.corp_id", readonly=True)
    kind = fields.Selection(
        [("app", "Access token"), ("jsapi", "JSAPI ticket")],
        required=True, readonly=True,
    )
    expires_at = fields.Datetime(string="Valid until", readonly=True)
    renewed_at = fields.Datetime(string="Last renewed", readonly=True)

    def init(self):
        super(DingdingToken, self).init()
        compat.unique_index(self.env.cr, self._table, ["app_id", "kind"])

    def _to_token(self):
        """Return the stored token as the client knows it, or None."""
        value = self._hidden_get() if self else ""
        if not value or not self.expires_at:
            return None
        expires = fields.Datetime.from_string(self.expires_at)
        return Token(value, (expires - datetime.datetime(1970, 1, 1)).total_seconds())

    @api.model
    def _cron_renew(self):
        """Renew what runs out soon, so that no person ever waits for a token."""
        limit = datetime.datetime.utcnow() + datetime.timedelta(seconds=RENEW_AHEAD)
        rows = self.sudo().search(
            [
                ("expires_at", "<", fields.Datetime.to_string(limit)),
                ("app_id.active", "=", True),
            ]
        )
        for row in rows:
            try:
                row.app_id._dingtalk_client().renew(row.kind)
            except DingTalkError as error:
                _logger.warning(
                    "The %s token of DingTalk app %s was not renewed: %s",
                    row.kind, row.app_id.id, error,
                )


class RecordTokenStore(object):
    """Token store of the client over ``dingding.token``.

    Each access is a short transaction of its own: a business transaction that
    rolls back must not lose the token that other workers already use, and
    DingTalk must be asked once however many workers start cold.
    """

    def __init__(self, dbname, app_id, clock=time.time):
        self._dbname = dbname
        self._app_id = app_id
        self._clock = clock

    def _row(self, cr, kind):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["dingding.token"].search(
            [("app_id", "=", self._app_id), ("kind", "=", kind)], limit=1
        )

    def get(self, kind):
        """Return the stored Token, fresh or not, or None.

        :param str kind: 'app' or 'jsapi'
        """
        with compat.manage_environments(), compat.open_cursor(self._dbname) as cr:
            return self._row(cr, kind)._to_token()

    def renew(self, kind, fetch, refused=None):
        """Return a usable Token, calling ``fetch()`` at most once.

        Whoever comes second waits for the lock and then finds the token that
        the first has stored.

        :param fetch: function without arguments that returns a Token
        :param str refused: token value that DingTalk has called invalid
        """
        with compat.manage_environments(), compat.open_cursor(
            self._dbname, read_committed=True
        ) as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)",
                [LOCK_TOKEN, self._app_id * 2 + (kind == "jsapi")],
            )
            row = self._row(cr, kind)
            token = row._to_token()
            if (
                token
                and token.value != refused
                and token.expires_at - MARGIN > self._clock()
            ):
                return token
            token = fetch()
            values = {
                "expires_at": fields.Datetime.to_string(
                    datetime.datetime.utcfromtimestamp(token.expires_at)
                ),
                "renewed_at": fields.Datetime.now(),
            }
            if row:
                row.write(values)
            else:
                row = row.create(dict(values, app_id=self._app_id, kind=kind))
            compat.flush(row.env)
            row._hidden_set(token.value)
            return token
