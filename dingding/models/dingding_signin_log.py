# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat

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
DAYS = 90  # that a line is kept
# Reasons of failures that somebody who guesses would make.
GUESSES = ("ticket", "code", "password")


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
    detail = fields.Char(readonly=True, help="DingTalk's error.")
    address = fields.Char(readonly=True, index=True)
    agent = fields.Char(string="Browser", readonly=True)

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
            self.env.cr.dbname
        ) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["dingding.signin.log"].create(values)
            compat.flush(env)

    @api.model
    def _now(self):
        return fields.Datetime.now()

    @api.model
    def _guesses(self, seconds, **values):
        """Return how often somebody failed as one who guesses would.

        :param values: 'address' or 'user_id'
        """
        since = datetime.datetime.utcnow() - datetime.timedelta(seconds=seconds)
        return self.sudo().search_count(
            [
                ("at", ">", fields.Datetime.to_string(since)),
                ("reason", "in", GUESSES),
            ]
            + [(name, "=", value) for name, value in values.items()]
        )

    @api.model
    def _cron_clean(self):
        """Delete old lines and tickets, and sessions of mini-programs that are over."""
        since = datetime.datetime.utcnow() - datetime.timedelta(days=DAYS)
        self.sudo().search([("at", "<", fields.Datetime.to_string(since))]).unlink()
        self.env["dingding.signin.ticket"]._clean()
        self.env["dingding.mini.session"]._clean()
