# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import copy
import datetime
import logging
import threading
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..dingtalk.errors import DingTalkError, TransportError
from ..dingtalk.tokens import MARGIN, Token
from ..sealing import SecretError
from .remedies import user_errors

_logger = logging.getLogger(__name__)

# First key of the advisory locks that make token requests single flight.
LOCK_TOKEN = 0x44540001
# The longest a process waits for another one that is asking DingTalk.
LOCK_SECONDS = 60
# A token is renewed by cron when it would run out before the cron's next turns.
RENEW_AHEAD = 1800  # seconds

EPOCH = datetime.datetime(1970, 1, 1)


class DingdingToken(models.Model):
    """Access tokens and JSAPI tickets, one row per app and kind.

    The row is the cache that all workers and servers of a database share.
    """

    _name = "dingding.token"
    _inherit = "dingding.hidden.value"
    _description = "DingTalk Token"
    _order = "app_id, kind"
    _rec_name = "app_id"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        related="app_id.corp_id", string="Organisation", readonly=True
    )
    kind = fields.Selection(
        [("app", "Access token"), ("jsapi", "JSAPI ticket")],
        required=True, readonly=True,
    )
    expires_at = fields.Datetime(string="Valid until", readonly=True)
    renewed_at = fields.Datetime(string="Last renewed", readonly=True)
    refused = fields.Boolean(
        string="Refused by DingTalk", readonly=True,
        help="DingTalk called this value invalid. It is renewed before the next call.",
    )

    def init(self):
        result = super(DingdingToken, self).init()
        compat.unique_index(self.env.cr, self._table, ["app_id", "kind"])
        return result

    def _hidden_owner(self):
        return [self._name, self.app_id.id, self.kind]

    def _to_token(self):
        """Return the stored token as the client knows it, or None.

        One that cannot be decrypted is none: DingTalk gives another.
        """
        value = self._hidden_get(lost="") if self else ""
        if not value or not self.expires_at or self.refused:
            return None
        expires = fields.Datetime.from_string(self.expires_at)
        return Token(value, (expires - EPOCH).total_seconds())

    def _margin(self):
        """Return how many seconds before its end the token is given up.

        A token that lives shorter than the margin would never count as fresh.
        """
        if not self.expires_at or not self.renewed_at:
            return MARGIN
        life = fields.Datetime.from_string(
            self.expires_at
        ) - fields.Datetime.from_string(self.renewed_at)
        return min(MARGIN, max(life.total_seconds(), 0) / 3)

    def _renew(self):
        """Ask DingTalk for a new value, whatever the stored one is good for."""
        for row in self:
            # Nobody waits for this, and the next turn comes before the end.
            client = row.app_id._dingtalk_client(max_attempts=1)
            fetch = {"app": client.app_token, "jsapi": client.jsapi.ticket}[row.kind]
            fetch(refused=row._hidden_get(lost=""))

    def action_renew(self):
        """Renew now, for a person who wants to see whether that works."""
        compat.check_access(self, "read")
        # Managers may read tokens and nobody may write them: this writes nothing
        # that the person chose.
        with user_errors(self.env):
            self.sudo()._renew()
        compat.forget(self.env)
        return True

    @api.model
    def _cron_renew(self):
        """Renew what runs out soon, so that no person ever waits for a token."""
        limit = datetime.datetime.utcnow() + datetime.timedelta(seconds=RENEW_AHEAD)
        rows = self.sudo().search(
            [
                ("expires_at", "<", fields.Datetime.to_string(limit)),
                ("app_id.active", "=", True),
                ("app_id.corp_id.active", "=", True),
            ]
        )
        for row in rows:
            try:
                row._renew()
            except DingTalkError as error:
                _logger.warning(
                    "The %s token of DingTalk app %s was not renewed: %s",
                    row.kind, row.app_id.id, error,
                )


class _Flight(object):
    """One request for a token that this process has under way."""

    def __init__(self):
        self.done = threading.Event()
        self.token = None
        self.error = None


class RecordTokenStore(object):
    """Token store of the client over ``dingding.token``.

    Each access is a short transaction of its own: a business transaction that
    rolls back must not lose the token that other workers already use, and
    DingTalk must be asked once however many workers start cold.

    A store lives as long as its client, that is for one piece of work; so long it
    remembers what it has read.
    """

    _flights = {}
    _flights_lock = threading.Lock()
    # What DingTalk has refused in this process, so that no client trusts its memory.
    _refused = {}

    def __init__(self, dbname, app_id, clock=time.time):
        self._dbname = dbname
        self._app_id = app_id
        self._clock = clock
        self._known = {}

    def _row(self, cr, kind):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["dingding.token"].search(
            [("app_id", "=", self._app_id), ("kind", "=", kind)], limit=1
        )

    def _fresh(self, token, margin=MARGIN):
        return token is not None and token.is_fresh(self._clock(), margin)

    def get(self, kind):
        """Return the stored Token when it is fresh, else None.

        :param str kind: 'app' or 'jsapi'
        """
        token, margin = self._known.get(kind, (None, MARGIN))
        refused = self._refused.get((self._dbname, self._app_id, kind))
        if not self._fresh(token, margin) or token.value == refused:
            with compat.manage_environments(), compat.open_cursor(self._dbname) as cr:
                row = self._row(cr, kind)
                token, margin = row._to_token(), row._margin()
            self._known[kind] = (token, margin)
            if token is not None and token.value == refused:
                # Handed out by DingTalk once more, and accepted since.
                self._refused.pop((self._dbname, self._app_id, kind), None)
        return token if self._fresh(token, margin) else None

    def refuse(self, kind, value):
        """Have no process use a token that DingTalk has refused; commits by itself.

        :param str value: a newer token, stored meanwhile, is left alone
        """
        key = (self._dbname, self._app_id, kind)
        if self._refused.get(key) == value:
            return
        self._refused[key] = value
        with compat.manage_environments(), compat.open_cursor(
            self._dbname, read_committed=True
        ) as cr:
            row = self._row(cr, kind)
            if row and self._hold(row) and row._hidden_get(lost="") == value:
                row.refused = True

    def renew(self, kind, fetch, refused=None):
        """Return a usable Token; of all who ask at once one calls ``fetch()``.

        Threads of this process wait for the one that is first, so that they hold no
        connection meanwhile and learn of a failure with it; processes wait for each
        other by a lock in the database.

        :param fetch: function without arguments that returns a Token
        :param str refused: token value that DingTalk has called invalid
        :raise DingTalkError: what ``fetch`` raised
        """
        key = (self._dbname, self._app_id, kind)
        while True:
            with self._flights_lock:
                flight = self._flights.get(key)
                leads = flight is None
                if leads:
                    flight = self._flights[key] = _Flight()
            if not leads:
                flight.done.wait()
                if flight.error is not None:
                    # A copy each: a traceback is written into the object.
                    raise copy.copy(flight.error)
                if flight.token is None or flight.token.value == refused:
                    continue
                return flight.token
            try:
                flight.token = self._renew_alone(kind, fetch, refused)
                return flight.token
            except DingTalkError as error:
                flight.error = error
                raise
            finally:
                with self._flights_lock:
                    del self._flights[key]
                flight.done.set()

    def _renew_alone(self, kind, fetch, refused):
        token = None
        try:
            with compat.manage_environments(), compat.open_cursor(
                self._dbname, read_committed=True
            ) as cr:
                self._lock(cr, kind)
                row = self._row(cr, kind)
                token = row._to_token()
                if token and token.value != refused and self._fresh(
                    token, row._margin()
                ):
                    self._known[kind] = (token, row._margin())
                    return token
                token = None
                token = fetch()
                # A new app may not be committed yet: its token is not kept then.
                if row or row.env["dingding.app"].browse(self._app_id).exists():
                    self._store(row, kind, token)
        except psycopg2.Error as error:
            if token is None and isinstance(error, psycopg2.OperationalError):
                raise TransportError(
                    "token_lock", "another worker is still asking for the token"
                )
            if token is None:
                raise
            # Whatever became of the connection meanwhile, the token is good.
            _logger.warning("The token of DingTalk app %s was not stored", self._app_id)
        self._known[kind] = (token, MARGIN)
        return token

    def _lock(self, cr, kind):
        cr.execute("SET LOCAL lock_timeout = %s", ["%ds" % LOCK_SECONDS])
        cr.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [LOCK_TOKEN, self._app_id * 2 + (kind == "jsapi")],
            log_exceptions=False,
        )

    def _store(self, row, kind, token):
        if row and not self._hold(row):
            # Held by the transaction of our own caller perhaps, who has just changed
            # the app; waiting would be for ever. The token is good all the same.
            _logger.info("The token of DingTalk app %s was not stored", self._app_id)
            return
        values = {
            "expires_at": fields.Datetime.to_string(
                datetime.datetime.utcfromtimestamp(token.expires_at)
            ),
            "renewed_at": fields.Datetime.now(),
            "refused": False,
        }
        if row:
            row.write(values)
        else:
            row = row.create(dict(values, app_id=self._app_id, kind=kind))
        compat.flush(row.env)
        try:
            row._hidden_set(token.value)
        except SecretError as error:
            row._hidden_set("")
            _logger.warning(
                "The token of DingTalk app %s was not stored: %s", self._app_id, error
            )

    @staticmethod
    def _hold(row):
        row.env.cr.execute(
            "SELECT id FROM dingding_token WHERE id = %s FOR UPDATE SKIP LOCKED",
            [row.id],
        )
        return bool(row.env.cr.fetchone())
