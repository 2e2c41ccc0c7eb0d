# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import ipaddress

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import utc

WAYS = [
    ("oauth2", "DingTalk sign-in page"),
    ("widget", "DingTalk QR code on the login page"),
    ("qr", "Odoo QR code"),
    ("inside", "Inside DingTalk"),
    ("classic", "Classic QR page"),
    ("my", "Own account"),
    ("admin", "By an administrator"),
]
RESULTS = [
    ("signed_in", "Signed in"),
    ("linked", "Linked and signed in"),
    ("created", "Created and signed in"),
    ("bound", "Account bound"),
    ("unbound", "Account unbound"),
    ("ended", "Signed out everywhere"),
    ("second_factor", "Second factor requested"),
    ("refused", "Refused"),
    ("error", "No response from DingTalk"),
]
REASONS = [
    ("ticket", "Ticket unknown, used or expired"),
    ("code", "Invalid authorisation code"),
    ("incomplete", "Incomplete response from DingTalk's page"),
    ("cancelled", "Cancelled by the person"),
    ("unknown", "Not in this organisation"),
    ("mismatch", "UserID and UnionID do not match"),
    ("left", "Person is archived (left the organisation)"),
    ("user_archived", "System user is archived"),
    ("not_linked", "Not linked to a system user"),
    ("taken", "Already linked to another person"),
    ("way_off", "Sign-in method disabled"),
    ("odoo", "User rejected by Odoo"),
    ("password", "Wrong password"),
    ("stale", "Sign-in too old to bind without a password"),
    ("busy", "Too many attempts"),
    ("dingtalk", "DingTalk error"),
    ("denied", "Refused on DingTalk's page"),
    ("settings", "DingTalk error: administrator required"),
]
# Failures that indicate guessing. Tickets cannot be guessed.
GUESSES = ("code", "password")
FAILURES = ("refused", "error")
# Rows per hour of failures of unknown people, per address and in total; further ones
# are counted.
OF_ADDRESS = 60
OF_ALL = 1000
# Rows per hour of failures of a known person, per reason; further ones are counted.
OF_KNOWN = 60
COUNTED = 200  # counting rows per hour; further ones count for all addresses together


def network(address):
    """Return what addresses of one site share: for IPv6 the first half."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network(address + "/64", strict=False))


class DingdingSigninLog(models.Model):
    """Log every sign-in decision, even if the sign-in fails."""

    _name = "dingding.signin.log"
    _description = "DingTalk Sign-in Log"
    _order = "at desc, id desc"
    _rec_name = "at"

    at = fields.Datetime(string="Time", required=True, readonly=True, index=True)
    way = fields.Selection(WAYS, string="Method", readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="set null"
    )
    company_id = fields.Many2one(
        "res.company", string="Company", readonly=True, ondelete="set null"
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="set null"
    )
    result = fields.Selection(RESULTS, required=True, readonly=True, index=True)
    reason = fields.Selection(REASONS, readonly=True)
    detail = fields.Char(
        readonly=True,
        help="DingTalk's error, or the login of the user who made the change manually.",
    )
    address = fields.Char(string="IP Address", readonly=True, index=True)
    agent = fields.Char(string="Browser", readonly=True)
    count = fields.Integer(
        string="Attempts", default=1, readonly=True,
        help="Attempts by strangers, and frequent failures from one IP address, are "
             "counted in one line per address, reason and hour. Frequent failures of a "
             "known person are counted in one line per reason and hour.",
    )

    def init(self):
        result = super().init()
        # Marks counting rows; not a field: no user needs it.
        self.env.cr.execute(
            "ALTER TABLE dingding_signin_log ADD COLUMN IF NOT EXISTS stranger text"
        )
        compat.unique_index(self.env.cr, self._table, ["stranger"])
        return result

    @api.model
    def _note(self, way, result, visitor=None, corp=None, **values):
        """Log a decision in a separate transaction.

        :param visitor: of ``dingding.signin``, whose address and browser are logged
        :param corp: ``dingding.corp``
        :param values: of ``reason``, ``detail``, ``person_id``, ``user_id``
        """
        values = dict(
            values, way=way, result=result, at=fields.Datetime.now(),
            corp_id=corp.id if corp else False,
            company_id=corp.company_id.id if corp else False,
            address=visitor.address if visitor else False,
            agent=visitor.agent if visitor else False,
        )
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            log = api.Environment(cr, SUPERUSER_ID, {})[self._name]
            if result in FAILURES and log._are_many(values):
                log._count(values)
            else:
                log.create(values)
                compat.flush(log.env)

    @api.model
    def _hour(self):
        """Return the start of this hour, as text."""
        now = utc.now().replace(minute=0, second=0, microsecond=0)
        return fields.Datetime.to_string(now)

    @staticmethod
    def _known(values):
        """Return (id of the person or None, id of the user or None)."""
        return values.get("person_id") or None, values.get("user_id") or None

    @api.model
    def _are_many(self, values):
        """Return whether a failure gets no row of its own."""
        known = self._known(values)
        if any(known):
            self.env.cr.execute(
                "SELECT count(*) FROM dingding_signin_log WHERE at >= %s"
                " AND result IN %s AND reason = %s AND stranger IS NULL"
                " AND person_id IS NOT DISTINCT FROM %s"
                " AND user_id IS NOT DISTINCT FROM %s",
                (self._hour(), FAILURES, values.get("reason") or None) + known)
            return self.env.cr.fetchone()[0] >= OF_KNOWN
        if not values["corp_id"]:
            return True
        self.env.cr.execute(
            "SELECT count(*), count(CASE WHEN address = %s THEN 1 END)"
            " FROM dingding_signin_log WHERE at >= %s AND result IN %s"
            " AND person_id IS NULL AND user_id IS NULL AND stranger IS NULL",
            [values["address"] or None, self._hour(), FAILURES],
        )
        of_all, of_address = self.env.cr.fetchone()
        return of_all >= OF_ALL or of_address >= OF_ADDRESS

    @api.model
    def _count(self, values):
        """Count a failure in the row of its reason and hour.

        And of its address, or of the person if known.
        """
        hour, known = self._hour(), self._known(values)
        key = "%s %s %s" % (hour, values["reason"], network(values["address"] or ""))
        if any(known):
            key = "%s %s person %s user %s" % ((hour, values["reason"]) + known)
        else:
            values = dict(values, corp_id=None, company_id=None)
            self.env.cr.execute(
                "SELECT count(*), count(CASE WHEN stranger = %s THEN 1 END)"
                " FROM dingding_signin_log WHERE at >= %s AND stranger IS NOT NULL"
                " AND person_id IS NULL AND user_id IS NULL", [key, hour],
            )
            rows, own = self.env.cr.fetchone()
            if rows >= COUNTED and not own:
                key = "%s %s" % (hour, values["reason"])
                values = dict(values, address=None, agent=None)
        self.env.cr.execute(
            "INSERT INTO dingding_signin_log (stranger, count, at, way, result, reason,"
            " corp_id, company_id, person_id, user_id, address, agent, create_uid,"
            " create_date, write_uid, write_date)"
            " VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (stranger) DO UPDATE SET at = EXCLUDED.at,"
            " count = dingding_signin_log.count + 1",
            [
                key, values["at"], values["way"], values["result"], values["reason"],
                values["corp_id"] or None, values["company_id"] or None,
            ] + list(known) + [
                values["address"] or None, values["agent"] or None, SUPERUSER_ID,
                SUPERUSER_ID,
            ],
        )

    @api.model
    def _by_hand(self, result, user, person=None, author=None):
        """Log a manual change, in this transaction.

        :param str result: 'bound', 'unbound' or 'ended'
        :param author: the user who made the change
        """
        author = author or self.env.user
        corp = person.corp_id if person else self.env["dingding.corp"]
        return rights.without_defaults(self.sudo()).create(
            {
                "at": fields.Datetime.now(), "way": "admin", "result": result,
                "user_id": user.id, "person_id": person.id if person else False,
                "corp_id": corp.id,
                "company_id": corp.company_id.id or user.company_id.id,
                "detail": author.login,
            }
        )

    @api.model
    def _guesses(self, seconds, address=None, user_id=None):
        """Return the number of failures that indicate guessing.

        :param str address: whose network counts: a site has many IPv6 addresses
        :param int user_id: whose attempts count
        """
        since = utc.now() - datetime.timedelta(seconds=seconds)
        domain = [
            ("at", ">", fields.Datetime.to_string(since)), ("reason", "in", GUESSES),
        ]
        if user_id is not None:
            domain.append(("user_id", "=", user_id))
        rows = self.sudo().search(domain)
        if address is not None:
            site = network(address)
            rows = rows.filtered(lambda row: network(row.address or "") == site)
        return sum(rows.mapped("count"))

    @api.model
    def _cron_clean(self):
        """Delete expired tickets; addons delete their own expired rows."""
        self.env["dingding.signin.ticket"]._clean()
