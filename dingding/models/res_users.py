# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib
import hmac
import threading
import time

from odoo import api, fields, models
from odoo.http import request

from .. import compat
from .dingding_signin_ticket import digest, random_text

# What the thread that signs somebody in may use as a credential, and nobody else: it
# is in no database, in no cookie and in no other thread.
_credential = threading.local()
# Key in the session of a browser, which the server keeps: who has signed in, and when.
SIGNED_IN = "dingding_signed_in"
MY_PAGE = "/dingding/my"
# Programs sign in with each call and begin no session.
PROGRAMS = ("/xmlrpc/", "/jsonrpc", "/json/")


@compat.accepts_credential("_dingding_take_credential")
@compat.self_readable("dingding_accounts")
class ResUsers(models.Model):
    _inherit = "res.users"

    dingding_user_ids = fields.One2many(
        "dingding.user", "user_id", string="DingTalk Users", copy=False,
        groups="dingding.group_user",
        help="The people of DingTalk who sign in as this user and get his messages, "
        "one in each organisation.",
    )
    dingding_accounts = fields.Char(
        string="My DingTalk account", compute="_compute_dingding_accounts",
        compute_sudo=False,
        help="The people of DingTalk who sign in as this user.",
    )

    def init(self):
        result = super(ResUsers, self).init()
        # No field: what can be searched or grouped by can be found out.
        self.env.cr.execute(
            "ALTER TABLE res_users ADD COLUMN IF NOT EXISTS dingding_salt text"
        )
        return result

    @compat.depends_on_user
    def _compute_dingding_accounts(self):
        all_of_them = compat.is_superuser(self.env) or self.env.user.has_group(
            "dingding.group_user"
        )
        for user in self:
            people = self.env["dingding.user"].sudo()
            if all_of_them or user.id == self.env.uid:
                people = people.search([("user_id", "=", user.id)])
            user.dingding_accounts = ", ".join(
                "%s (%s)" % (person.name, person.corp_id.name) for person in people
            )

    def action_dingding_my(self):
        """Open the page on which a user binds and unbinds the own account."""
        return {"type": "ir.actions.act_url", "url": MY_PAGE, "target": "self"}

    def _compute_session_token(self, sid):
        """Have the proof of a session depend on the user's salt too.

        Odoo keeps its own part in memory. The salt is read each time, so that sessions
        end at once, in all processes and on all servers.
        """
        proof = super(ResUsers, self)._compute_session_token(sid)
        if not proof:
            return proof
        rows = compat.execute_unseen(
            self.env.cr, "SELECT dingding_salt FROM res_users WHERE id = %s", [self.id]
        )
        salt = (rows and rows[0][0] or "").encode("ascii")
        return hmac.new(salt, proof.encode("ascii"), hashlib.sha256).hexdigest()

    def _invalidate_session_cache(self):
        """Forget proofs: up to 13 Odoo asks the method above for its cache."""
        compat.clear_caches(self.env)

    def _dingding_end_sessions(self):
        """End all sessions of these users, on every device and server."""
        for user in self:
            compat.execute_unseen(
                self.env.cr,
                "UPDATE res_users SET dingding_salt = %s WHERE id = %s",
                [random_text(), user.id],
            )

    def action_dingding_end_sessions(self):
        """End all sessions of a user, as an administrator."""
        compat.check_access(self, "write")
        self._dingding_end_sessions()
        for user in self:
            self.env["dingding.signin.log"]._by_hand("ended", user)
        return True

    # -- signing in ----------------------------------------------------------------

    def _dingding_sign_in(self, request):
        """Sign the browser of a request in as this user; tell whether Odoo agreed.

        Who this is has been proven before. Odoo's own authenticate() is given a
        credential that is made here, works in this thread only, once, and for this
        user.
        """
        self.ensure_one()
        value = random_text()
        _credential.expected = (self.env.cr.dbname, self.id, digest(value))
        try:
            return compat.sign_in(request, self.login, value)
        finally:
            _credential.expected = None

    def _dingding_take_credential(self, value):
        """Tell whether this is the credential of the sign-in that is going on."""
        expected = getattr(_credential, "expected", None)
        if expected is None or not isinstance(value, str):
            return False
        dbname, user_id, hashed = expected
        if (dbname, user_id) != (self.env.cr.dbname, self.env.uid):
            return False
        if not hmac.compare_digest(hashed, digest(value)):
            return False
        _credential.expected = None
        return True

    @api.model
    def _update_last_login(self):
        """Note in the session that somebody has just signed in, in whatever way."""
        result = super(ResUsers, self)._update_last_login()
        if request and not request.httprequest.path.startswith(PROGRAMS):
            request.session[SIGNED_IN] = [self.env.uid, int(time.time())]
        return result


class ResUsersAddressee(models.Model):
    """Users as addressees of messages."""

    _name = "res.users"
    _inherit = ["res.users", "dingding.addressee"]

    def _dingding_persons(self):
        return self.mapped("dingding_user_ids")
