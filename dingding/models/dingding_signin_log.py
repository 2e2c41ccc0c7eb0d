# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import ipaddress

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat, rights

WAYS = [
    ("oauth2", "Page of DingTalk"),
    ("widget", "DingTalk's code on the login page"),
    ("qr", "Own QR code"),
    ("inside", "Inside DingTalk"),
    ("classic", "Classic QR page"),
    ("mini", "Mini-program"),
    ("my", "Own account"),
    ("admin", "By an administrator"),
]
RESULTS = [
    ("signed_in", "Signed in"),
    ("linked", "Linked and signed in"),
    ("created", "Created and signed in"),
    ("bound", "Account bound"),
    ("unbound", "Account unbound"),
    ("ended", "Sessions ended"),
    ("refused", "Refused"),
    ("error", "DingTalk gave no answer"),
]
REASONS = [
    ("ticket", "Ticket unknown, used or too old"),
    ("code", "Code of DingTalk not valid"),
    ("incomplete", "Answer of DingTalk's page is incomplete"),
    ("cancelled", "Cancelled by the person"),
    ("unknown", "Not in this organisation"),
    ("mismatch", "UserID and UnionID do not belong together"),
    ("left", "Person is archived: has left the organisation"),
    ("user_archived", "System user is archived"),
    ("not_linked", "Linked to no system user"),
    ("taken", "Already linked to somebody else"),
    ("way_off", "Way of signing in is switched off"),
    ("odoo", "Odoo did not accept the user"),
    ("second_factor", "A second factor is wanted, which this way cannot ask for"),
    ("kind", "User is no employee"),
    ("password", "Wrong password"),
    ("stale", "Signed in too long ago to bind without a password"),
    ("busy", "Too many attempts"),
    ("dingtalk", "DingTalk's error"),
    ("denied", "DingTalk's page refused"),
    ("settings", "DingTalk's error: an administrator has to act"),
]
# Failures of somebody who guesses. Nobody guesses a ticket: it is 256 random bits, so
# unknown ones are no reason to have others at the same address wait.
GUESSES = ("code", "password")
FAILURES = ("refused", "error")
# Rows an hour of failures of people whom DingTalk has not named: of an address, of all
# addresses. Further ones are counted in one row an address, reason and hour.
OF_ADDRESS = 60
OF_ALL = 1000
COUNTED = 200  # rows that count, in an hour; then they count for all addresses


def network(address):
    """Return what devices of one place have in common: of IPv6 its first half."""
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
    """Each decision about a sign-in; it is written even when the sign-in fails."""

    _name = "dingding.signin.log"
    _description = "DingTalk Sign-in"
    _order = "at desc, id desc"
    _rec_name = "at"

    at = fields.Datetime(string="Time", required=True, readonly=True, index=True)
    way = fields.Selection(WAYS, readonly=True)
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
        help="DingTalk's error, or the login of the user who did it by hand.",
    )
    address = fields.Char(readonly=True, index=True)
    agent = fields.Char(string="Browser", readonly=True)
    count = fields.Integer(
        string="Attempts", default=1, readonly=True,
        help="Attempts of strangers, and very many failures from one address, are "
        "counted in one line per address, reason and hour.",
    )

    def init(self):
        result = super(DingdingSigninLog, self).init()
        # Which rows count, and what: no field, since nobody needs to see it.
        self.env.cr.execute(
            "ALTER TABLE dingding_signin_log ADD COLUMN IF NOT EXISTS stranger text"
        )
        compat.unique_index(self.env.cr, self._table, ["stranger"])
        return result

    @api.model
    def _note(self, way, result, visitor=None, corp=None, **values):
        """Write a line, in a transaction of its own.

        :param visitor: of ``dingding.signin``, whose address and browser are noted
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
            known = values.get("person_id") or values.get("user_id")
            if result in FAILURES and not known and log._are_many(values):
                log._count(values)
            else:
                log.create(values)
                compat.flush(log.env)

    @api.model
    def _hour(self):
        """Return the beginning of this hour, as text."""
        now = datetime.datetime.utcnow().replace(minute=0, second=0, microsecond=0)
        return fields.Datetime.to_string(now)

    @api.model
    def _are_many(self, values):
        """Tell whether a failure of somebody unknown gets no row of its own."""
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
        """Count a failure in the row of its address, reason and hour."""
        hour = self._hour()
        key = "%s %s %s" % (hour, values["reason"], network(values["address"] or ""))
        self.env.cr.execute(
            "SELECT count(*), count(CASE WHEN stranger = %s THEN 1 END)"
            " FROM dingding_signin_log WHERE at >= %s AND stranger IS NOT NULL",
            [key, hour],
        )
        rows, own = self.env.cr.fetchone()
        if rows >= COUNTED and not own:
            key = "%s %s" % (hour, values["reason"])
            values = dict(values, address=None, agent=None)
        self.env.cr.execute(
            "INSERT INTO dingding_signin_log (stranger, count, at, way, result, reason,"
            " address, agent, create_uid, create_date, write_uid, write_date)"
            " VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC',"
            " %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (stranger) DO UPDATE SET at = EXCLUDED.at,"
            " count = dingding_signin_log.count + 1",
            [
                key, values["at"], values["way"], values["result"], values["reason"],
                values["address"] or None, values["agent"] or None, SUPERUSER_ID,
                SUPERUSER_ID,
            ],
        )

    @api.model
    def _by_hand(self, result, user, person=None, author=None):
        """Write a line about what was done by hand, in this transaction.

        :param str result: 'bound', 'unbound' or 'ended'
        :param author: the user who has done it
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
    def _guesses(self, seconds, **values):
        """Return how often somebody failed as one who guesses would.

        :param values: 'address' or 'user_id'
        """
        since = datetime.datetime.utcnow() - datetime.timedelta(seconds=seconds)
        rows = self.sudo().search(
            [
                ("at", ">", fields.Datetime.to_string(since)),
                ("reason", "in", GUESSES),
            ]
            + [(name, "=", value) for name, value in values.items()]
        )
        return sum(rows.mapped("count"))

    @api.model
    def _cron_clean(self):
        """Delete tickets and sessions of mini-programs that are over."""
        self.env["dingding.signin.ticket"]._clean()
        self.env["dingding.mini.session"]._clean()
