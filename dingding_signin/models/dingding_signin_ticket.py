# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret_mixin import digest, random_text

# To tell expired tickets from unknown ones.
KEPT = 3600  # seconds
# The newest tickets are kept per address (enough for an office in the morning) and in
# total.
OF_ADDRESS = 900
OF_ALL = 50000
LOOK = 100  # new tickets between counts of the total
WRONG_CODES = 5  # per QR code, which is then void
COLUMNS = (
    "id", "state", "way", "corp_id", "app_id", "user_id", "person_id", "path",
    "address", "agent", "create_date",
)

Ticket = collections.namedtuple("Ticket", COLUMNS)


class DingdingSigninTicket(models.Model):
    """A one-time, short-lived ticket that identifies a sign-in attempt.

    The value, and the mark of the browser that may use it, are stored as hashes in
    columns without fields. Every change is one statement in its own transaction, so of
    concurrent uses one succeeds.
    """

    _name = "dingding.signin.ticket"
    _inherit = "dingding.secret.mixin"
    _description = "DingTalk Sign-in Ticket"
    _secret_sealed = False  # a hash, which is searched for

    purpose = fields.Selection(
        [
            ("state", "State of DingTalk's sign-in page"),
            ("inside", "Page inside DingTalk"),
            ("qr", "Odoo QR code"),
            ("bind", "Binding an account"),
        ],
        required=True, readonly=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("seen", "Scanned"),
            ("agreed", "Confirmed"),
            ("refused", "Refused"),
            ("used", "Used"),
        ], string="Status",
        required=True, readonly=True, default="new",
    )
    way = fields.Char(string="Method", readonly=True)
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
    path = fields.Char(string="Redirect path", readonly=True)
    address = fields.Char(string="IP Address", readonly=True)
    agent = fields.Char(string="Browser", readonly=True)
    expires_at = fields.Datetime(
        string="Expires on", required=True, readonly=True, index=True
    )

    def init(self):
        result = super().init()
        # Hashes of browser marks; not fields, like the value.
        self.env.cr.execute(
            "ALTER TABLE dingding_signin_ticket ADD COLUMN IF NOT EXISTS browser text,"
            " ADD COLUMN IF NOT EXISTS phone text,"
            " ADD COLUMN IF NOT EXISTS wrong_codes integer NOT NULL DEFAULT 0"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_signin_ticket_address_id_index"
            " ON dingding_signin_ticket (address, id)"
        )
        compat.unique_index(self.env.cr, self._table, ["sealed_value"])
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
        :param int seconds: lifetime
        :param values: of ``way``, ``path``, ``address``, ``agent``, ``user_id``
        """
        value = random_text()
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                "INSERT INTO dingding_signin_ticket (purpose, state, sealed_value,"
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
        """Use a ticket up; return it as a tuple, or None if invalid.

        :param purposes: accepted purposes
        :param str value: value from the browser
        :param str browser: mark of the browser
        :param str state: required state
        """
        return self._move(purposes, value, state, "used", "browser", browser)

    @api.model
    def _move(self, purposes, value, state, new_state, column, mark):
        """Change the state of a ticket in ``state``; return it, or None.

        :param str column: 'browser' or 'phone', whose mark is required
        """
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                sql.SQL(
                    "UPDATE dingding_signin_ticket SET state = %s,"
                    " write_date = now() AT TIME ZONE 'UTC'"
                    " WHERE sealed_value = %s AND purpose IN %s AND state = %s"
                    " AND {} = %s AND expires_at > now() AT TIME ZONE 'UTC'"
                    " RETURNING {}"
                ).format(sql.Identifier(column), self._returned()),
                [new_state, digest(value), tuple(purposes), state, digest(mark)],
            )
        return Ticket(*rows[0]) if rows else None

    @api.model
    def _scan(self, value, phone, user_id, person_id, seconds):
        """Store which phone scanned a QR code, once; return the ticket or None."""
        with compat.manage_environments(), self._own_cursor() as cr:
            rows = compat.execute_unseen(
                cr,
                sql.SQL(
                    "UPDATE dingding_signin_ticket SET state = 'seen', phone = %s,"
                    " user_id = %s, person_id = %s, expires_at = greatest(expires_at,"
                    " (now() AT TIME ZONE 'UTC') + %s * interval '1 second')"
                    " WHERE sealed_value = %s AND purpose = 'qr' AND state = 'new'"
                    " AND expires_at > now() AT TIME ZONE 'UTC' RETURNING {}"
                ).format(self._returned()),
                [digest(phone), user_id, person_id, seconds, digest(value)],
            )
        return Ticket(*rows[0]) if rows else None

    @api.model
    def _cancel(self, value, browser):
        """Cancel a QR code in any state."""
        with compat.manage_environments(), self._own_cursor() as cr:
            compat.execute_unseen(
                cr,
                "UPDATE dingding_signin_ticket SET state = 'used'"
                " WHERE sealed_value = %s AND purpose = 'qr' AND browser = %s",
                [digest(value), digest(browser)],
            )

    @api.model
    def _look(self, purpose, value, browser=None):
        """Return a ticket without using it, with state 'expired' if so, or None.

        :param str browser: mark of the browser; None: any
        """
        rows = compat.execute_unseen(
            self.env.cr,
            sql.SQL(
                "SELECT expires_at <= now() AT TIME ZONE 'UTC', {}"
                " FROM dingding_signin_ticket WHERE sealed_value = %s AND purpose = %s"
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
                " WHERE sealed_value = %s AND purpose = 'qr' AND state = 'new'",
                [WRONG_CODES, digest(value)],
            )

    @api.model
    def _clean(self):
        """Delete expired tickets."""
        with compat.manage_environments(), self._own_cursor() as cr:
            compat.execute_unseen(
                cr,
                "DELETE FROM dingding_signin_ticket WHERE expires_at <"
                " (now() AT TIME ZONE 'UTC') - %s * interval '1 second'",
                [KEPT],
            )
