# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import logging
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..dingtalk import utc
from ..dingtalk.errors import DingTalkError, TransportError
from ..dingtalk.tokens import KINDS, MARGIN, SingleFlight, Token
from ..sealing import SecretError
from .action_time import CRON_SECONDS, shares_time
from .queue import take_lock
from .remedies import user_errors

_logger = logging.getLogger(__name__)

# First key of the advisory locks that allow one token request at a time.
LOCK_TOKEN = 0x44540001
LOCK_SECONDS = 60
# A token that expires before the next runs is renewed.
RENEW_AHEAD = 1800  # seconds
# Reading a token takes a connection and several statements, and workers make a client
# for each row. A token read this recently is used again.
SHARED_SECONDS = 2


class DingdingToken(models.Model):
    """Access tokens and, in other addons, tickets: one row per app and kind.

    The row is the cache shared by all workers and servers of a database.
    """

    _name = "dingding.token"
    _inherit = "dingding.secret.mixin"
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
        [("app", "Access token")], string="Type", required=True, readonly=True,
    )
    expires_at = fields.Datetime(string="Valid until", readonly=True)
    renewed_at = fields.Datetime(string="Last renewed", readonly=True)
    refused = fields.Boolean(
        string="Rejected by DingTalk", readonly=True,
        help="DingTalk rejected this token. Odoo renews it before the next call.",
    )

    last_error = fields.Char(
        string="Last error", readonly=True,
        help="Why DingTalk last refused to renew the token. It is still used until it "
             "expires.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["app_id", "kind"])
        return result

    def _secret_owner(self):
        return [self._name, self.app_id.id, self.kind]

    def _to_token(self):
        """Return the stored token as the client's Token, or None.

        Undecryptable ones count as missing.
        """
        value = self._secret_get(lost="") if self else ""
        if not value or not self.expires_at or self.refused:
            return None
        expires = fields.Datetime.from_string(self.expires_at)
        return Token(value, (expires - utc.EPOCH).total_seconds())

    def _margin(self):
        """Return the seconds before expiry at which the token is no longer used.

        At most a part of the token's lifetime.
        """
        if not self.expires_at or not self.renewed_at:
            return MARGIN
        life = fields.Datetime.from_string(
            self.expires_at
        ) - fields.Datetime.from_string(self.renewed_at)
        return min(MARGIN, max(life.total_seconds(), 0) / 3)

    def _renew(self):
        """Fetch a new value from DingTalk, even if the stored one is valid."""
        for row in self:
            # Nobody waits for this, and the cron runs again before the token expires.
            client = row.app_id._dingtalk_client(feature="contacts", max_attempts=1)
            row._fetcher(client)(refused=row._secret_get(lost=""))

    def _fetcher(self, client):
        """Return the client's method that fetches this kind of value.

        Addons that add a kind extend it.

        :param client: ``DingTalkClient``
        """
        return client.app_token

    def action_renew(self):
        """Renew the token now, to test whether that works."""
        compat.check_access(self, "read")
        # sudo: this writes no value chosen by the user.
        with user_errors(self.env):
            self.sudo()._renew()
        compat.forget(self.env)
        return True

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_renew(self, seconds):
        """Renew tokens that expire soon; those left are renewed by the next call.

        :param seconds: after which no further one is renewed: a host may be silent
        """
        deadline = time.monotonic() + seconds
        limit = utc.now() + datetime.timedelta(seconds=RENEW_AHEAD)
        rows = self.sudo().search(
            [
                ("expires_at", "<", fields.Datetime.to_string(limit)),
                ("app_id.active", "=", True),
                ("app_id.corp_id.active", "=", True),
            ]
        )
        for row in rows:
            if time.monotonic() > deadline:
                break
            try:
                row._renew()
            except DingTalkError as error:
                _logger.warning(
                    "The %s token of DingTalk app %s was not renewed: %s",
                    row.kind, row.app_id.id, error,
                )
                if not error.retryable:
                    RecordTokenStore(self.env.cr.dbname, row.app_id.id).note_error(
                        row.kind, "%s" % error)


class RecordTokenStore(object):
    """Store the client's tokens in ``dingding.token``.

    Each access is its own short transaction: a rollback must not lose a token that
    other workers use.

    A store lives as long as its client, and caches what it reads.

    :param shared: key and hosts of the application, for which alone a token is valid:
        what other stores of this process have just read is used. None: nothing is
    """

    _single = SingleFlight()  # of this process
    # Tokens DingTalk has refused in this process.
    _refused = {}
    # (database, app's id, key and hosts, kind) -> (Token, margin, time.monotonic())
    _shared = {}

    def __init__(self, dbname, app_id, clock=time.time, shared=None):
        self._dbname = dbname
        self._app_id = app_id
        self._clock = clock
        self._credential = shared
        self._known = {}

    def _keep(self, kind, token, margin):
        self._known[kind] = (token, margin)
        if self._credential and token is not None:
            self._shared[self._dbname, self._app_id, self._credential, kind] = (
                token, margin, time.monotonic())

    def _just_read(self, kind):
        """Return (token, margin) that this store, or another one just now, has read."""
        found = self._known.get(kind)
        if found is None and self._credential:
            token, margin, read_at = self._shared.get(
                (self._dbname, self._app_id, self._credential, kind), (None, MARGIN, 0))
            if token is not None and time.monotonic() - read_at < SHARED_SECONDS:
                found = self._known[kind] = (token, margin)
        return found or (None, MARGIN)

    def _row(self, cr, kind):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["dingding.token"].search(
            [("app_id", "=", self._app_id), ("kind", "=", kind)], limit=1
        )

    def _fresh(self, token, margin=MARGIN):
        return token is not None and token.is_fresh(self._clock(), margin)

    def get(self, kind):
        """Return the stored Token if it is fresh, else None.

        :param str kind: one of ``KINDS``
        """
        token, margin = self._just_read(kind)
        refused = self._refused.get((self._dbname, self._app_id, kind))
        if not self._fresh(token, margin) or token.value == refused:
            with compat.manage_environments(), compat.open_cursor(self._dbname) as cr:
                row = self._row(cr, kind)
                token, margin = row._to_token(), row._margin()
            self._keep(kind, token, margin)
            if token is not None and token.value == refused:
                # DingTalk has issued it again and accepted it since.
                self._refused.pop((self._dbname, self._app_id, kind), None)
        return token if self._fresh(token, margin) else None

    def refuse(self, kind, value):
        """Invalidate a refused token in all processes; commits by itself.

        :param str value: a newer stored token is kept
        """
        key = (self._dbname, self._app_id, kind)
        if self._refused.get(key) == value:
            return
        self._refused[key] = value
        with compat.manage_environments(), compat.open_cursor(
            self._dbname, read_committed=True
        ) as cr:
            row = self._row(cr, kind)
            if row and self._hold(row) and row._secret_get(lost="") == value:
                row.refused = True

    def note_error(self, kind, error):
        """Store why a token was not renewed; commits by itself.

        The next one that is stored deletes the error.

        :param str error: DingTalk's answer
        """
        with compat.manage_environments(), compat.open_cursor(
            self._dbname, read_committed=True
        ) as cr:
            row = self._row(cr, kind)
            if row and self._hold(row):
                row.last_error = error

    def renew(self, kind, fetch, refused=None):
        """Return a usable Token; only one of all concurrent callers calls ``fetch()``.

        Threads wait for the first one and get its error; processes wait for the lock in
        the database.

        :param fetch: function without arguments that returns a Token
        :param str refused: token value that DingTalk has called invalid
        :raise DingTalkError: what ``fetch`` raised
        """
        return self._single.call(
            (self._dbname, self._app_id, kind),
            lambda: self._renew_alone(kind, fetch, refused),
            lambda token: token.value != refused,
        )

    def _renew_alone(self, kind, fetch, refused):
        token = None
        try:
            with compat.manage_environments(), compat.open_cursor(
                self._dbname, read_committed=True
            ) as cr:
                number = self._app_id * len(KINDS) + KINDS.index(kind)
                if not take_lock(cr, LOCK_TOKEN, number, seconds=LOCK_SECONDS):
                    raise TransportError(
                        "token_lock", "another worker is still asking for the token")
                cr.execute("SET LOCAL lock_timeout = %s", ["%ds" % LOCK_SECONDS])
                row = self._row(cr, kind)
                token = row._to_token()
                if token and token.value != refused and self._fresh(
                    token, row._margin()
                ):
                    self._keep(kind, token, row._margin())
                    return token
                token = None
                token = fetch()
                # A new app may be uncommitted.
                if row or row.env["dingding.app"].browse(self._app_id).exists():
                    self._store(row, kind, token)
        except psycopg2.Error as error:
            if token is None and isinstance(error, psycopg2.OperationalError):
                raise TransportError(
                    "token_lock", "the connection to the database was lost")
            if token is None:
                raise
            # The token is valid anyway.
            _logger.warning("The token of DingTalk app %s was not stored", self._app_id)
        self._keep(kind, token, MARGIN)
        return token

    def _store(self, row, kind, token):
        if row and not self._hold(row):
            # The caller's own transaction may hold the lock. The token is valid anyway.
            _logger.info("The token of DingTalk app %s was not stored", self._app_id)
            return
        values = {
            "expires_at": fields.Datetime.to_string(
                utc.moment(token.expires_at)
            ),
            "renewed_at": fields.Datetime.now(),
            "refused": False, "last_error": False,
        }
        if row:
            row.write(values)
        else:
            row = row.create(dict(values, app_id=self._app_id, kind=kind))
        compat.flush(row.env)
        try:
            row._secret_set(token.value)
        except SecretError as error:
            row._secret_set("")
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
