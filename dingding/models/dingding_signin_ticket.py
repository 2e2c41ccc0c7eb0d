# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import binascii
import collections
import hashlib
import os

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat

BYTES = 32
# An old one is told apart from one that never was; after that it is nobody's matter.
KEPT = 3600  # seconds
# Whoever opens pages gets tickets. The newest are kept of each address, a floor of
# people who come to work, and of all: nobody is refused one for what others do.
OF_ADDRESS = 900
OF_ALL = 50000
LOOK = 100  # tickets after which all of them are counted
WRONG_CODES = 5  # for one QR code, which then is void
COLUMNS = (
    "id", "state", "way", "corp_id", "app_id", "user_id", "person_id", "path",
    "address", "agent", "create_date",
)

Ticket = collections.namedtuple("Ticket", COLUMNS)


def random_text():
    """Return a text that nobody can guess, fit for an address."""
    return binascii.hexlify(os.urandom(BYTES)).decode("ascii")


def digest(text):
    """Return what is stored of a secret text."""
    return hashlib.sha256((text or "").encode("utf-8")).hexdigest()


class DingdingSigninTicket(models.Model):
    """What one attempt to sign in is recognised by, once and for a short time.

    The value is given to a browser and stored as a hash in a column that is no field.
    It works for the browser only that began, whose mark is stored as a hash too.
    Everything here is written by single statements in transactions of their own: of
    any number who use the same value at once, one succeeds.
    """

    _name = "dingding.signin.ticket"
    _inherit = "dingding.hidden.value"
    _description = "DingTalk Sign-in Ticket"
    _hidden_sealed = False  # a hash, which is searched for

    purpose = fields.Selection(
        [
            ("state", "State of a page of DingTalk"),
            ("inside", "Page inside DingTalk"),
            ("qr", "Own QR code"),
            ("bind", "Binding an account"),
        ],
        required=True, readonly=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("seen", "Scanned"),
            ("agreed", "Agreed"),
            ("refused", "Refused"),
            ("used", "Used"),
        ],
        required=True, readonly=True, default="new",
    )
    way = fields.Char(readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="cascade"
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="cascade"
    )
    path = fields.Char(string="Goes on to", readonly=True)
    address = fields.Char(readonly=True)
    agent = fields.Char(string="Browser", readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True, index=True)

    def init(self):
        result = super(DingdingSigninTicket, self).init()
        # Hashes of browsers' marks, no fields for the same reason as the value.
        self.env.cr.execute(
            "ALTER TABLE dingding_signin_ticket ADD COLUMN IF NOT EXISTS browser text,"
            " ADD COLUMN IF NOT EXISTS phone text,"
            " ADD COLUMN IF NOT EXISTS wrong_codes integer NOT NULL DEFAULT 0"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_signin_ticket_address_id_index"
            " ON dingding_signin_ticket (address, id)"
        )
        compat.unique_index(self.env.cr, self._table, ["hidden_value"])
        return result

    def _own_cursor(self):
        """Open a transaction for one statement."""
        return compat.open_cursor(self.env.cr.dbname, read_committed=True)

    @api.model
    def _new(self, purpose, browser, app, seconds, **values):
        """Return the value of a new ticket.

        :param str purpose: of the selection
        :param str browser: mark of the browser that may use it
        :param app: ``dingding.app``
        :param int seconds: how long it lives
        :param values: of ``way``, ``path``, ``address``, ``agent``, ``user_id``
        """
        value = random_text()
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                "INSERT INTO dingding_signin_ticket (purpose, state, hidden_value,"
                " browser, corp_id, app_id, way, path, address, agent, user_id,"
                " expires_at, create_uid, create_date, write_uid, write_date)"
                " VALUES (%s, 'new', %s, %s, %s, %s, %s, %s, %s, %s, %s,"
                " (now() AT TIME ZONE 'UTC') + %s * interval '1 second',"
                " %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')"
                " RETURNING id",
                [
                    purpose, digest(value), digest(browser), app.corp_id.id, app.id,
                    values.get("way"), values.get("path"), values.get("address"),
                    values.get("agent"), values.get("user_id"), seconds,
                    SUPERUSER_ID, SUPERUSER_ID,
                ],
            )
            compat.execute_unseen(
                cr,
                "DELETE FROM dingding_signin_ticket WHERE id IN (SELECT id"
                " FROM dingding_signin_ticket WHERE address = %s ORDER BY id DESC"
                " OFFSET %s)",
                [values.get("address"), OF_ADDRESS],
            )
            if rows[0][0] % LOOK == 0:
                compat.execute_unseen(
                    cr,
                    "DELETE FROM dingding_signin_ticket WHERE id IN (SELECT id"
                    " FROM dingding_signin_ticket ORDER BY id DESC OFFSET %s)",
                    [OF_ALL],
                )
        return value

    @staticmethod
    def _returned():
        return sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS)

    @api.model
    def _take(self, purposes, value, browser, state="new"):
        """Use a ticket up; return it as a tuple, or None when it does not hold.

        :param purposes: those that will do
        :param str value: what the browser brought
        :param str browser: mark of the browser
        :param str state: in which it has to be
        """
        return self._move(purposes, value, state, "used", "browser", browser)

    @api.model
    def _move(self, purposes, value, state, new_state, column, mark):
        """Change the state of a ticket that is in ``state``; return it, or None.

        :param str column: 'browser' or 'phone', whose mark is asked for
        """
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                sql.SQL(
                    "UPDATE dingding_signin_ticket SET state = %s,"
                    " write_date = now() AT TIME ZONE 'UTC'"
                    " WHERE hidden_value = %s AND purpose IN %s AND state = %s"
                    " AND {} = %s AND expires_at > now() AT TIME ZONE 'UTC'"
                    " RETURNING {}"
                ).format(sql.Identifier(column), self._returned()),
                [new_state, digest(value), tuple(purposes), state, digest(mark)],
            )
        return Ticket(*rows[0]) if rows else None

    @api.model
    def _scan(self, value, phone, user_id, person_id, seconds):
        """Note which phone has scanned a QR code, once; return the ticket or None."""
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                sql.SQL(
                    "UPDATE dingding_signin_ticket SET state = 'seen', phone = %s,"
                    " user_id = %s, person_id = %s, expires_at = greatest(expires_at,"
                    " (now() AT TIME ZONE 'UTC') + %s * interval '1 second')"
                    " WHERE hidden_value = %s AND purpose = 'qr' AND state = 'new'"
                    " AND expires_at > now() AT TIME ZONE 'UTC' RETURNING {}"
                ).format(self._returned()),
                [digest(phone), user_id, person_id, seconds, digest(value)],
            )
        return Ticket(*rows[0]) if rows else None

    @api.model
    def _cancel(self, value, browser):
        """Take a QR code back, in whatever state it is."""
        with compat.manage_environments(), self._own_cursor() as cr:
            compat.execute_unseen(
                cr,
                "UPDATE dingding_signin_ticket SET state = 'used'"
                " WHERE hidden_value = %s AND purpose = 'qr' AND browser = %s",
                [digest(value), digest(browser)],
            )

    @api.model
    def _look(self, purpose, value, browser=None):
        """Return a ticket without using it, its state 'expired' when it is; or None.

        :param str browser: mark of the browser; None: any
        """
        rows = compat.execute_unseen(
            self.env.cr,
            sql.SQL(
                "SELECT expires_at <= now() AT TIME ZONE 'UTC', {}"
                " FROM dingding_signin_ticket WHERE hidden_value = %s AND purpose = %s"
                " AND (%s IS NULL OR browser = %s)"
            ).format(self._returned()),
            [digest(value), purpose] + [browser and digest(browser)] * 2,
        )
        if not rows:
            return None
        ticket = Ticket(*rows[0][1:])
        return ticket._replace(state="expired") if rows[0][0] else ticket

    @api.model
    def _fail(self, value):
        """Count a code that DingTalk refused for a QR code."""
        with compat.manage_environments(), self._own_cursor() as cr:
            compat.execute_unseen(
                cr,
                "UPDATE dingding_signin_ticket SET wrong_codes = wrong_codes + 1,"
                " state = CASE WHEN wrong_codes + 1 < %s THEN state ELSE 'used' END"
                " WHERE hidden_value = %s AND purpose = 'qr' AND state = 'new'",
                [WRONG_CODES, digest(value)],
            )

    @api.model
    def _clean(self):
        """Delete what nobody can use any more."""
        with compat.manage_environments(), self._own_cursor() as cr:
            compat.execute_unseen(
                cr,
                "DELETE FROM dingding_signin_ticket WHERE expires_at <"
                " (now() AT TIME ZONE 'UTC') - %s * interval '1 second'",
                [KEPT],
            )
