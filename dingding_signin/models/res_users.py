# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hmac
import threading
import time

from odoo import api, fields, models
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret_mixin import digest, random_text

# Exists in this thread only.
_credential = threading.local()
# Key in the session: who signed in, and when.
SIGNED_IN = "dingding_signed_in"
# Key in the session: who began to sign in, and the hash of what ends the sessions of
# this user.
BEGUN = "dingding_begun"
# Key in the session: whom DingTalk named inside it, when, and of which organisation.
NAMED_INSIDE = "dingding_inside"
# Key in the session: what to log of the sign-in once the second factor is passed.
WAITING = "dingding_waiting"
MY_PAGE = "/dingding/my"
# RPC clients start no session.
PROGRAMS = ("/xmlrpc/", "/jsonrpc", "/json/")


@compat.accepts_credential("_dingding_take_credential")
@compat.self_readable("dingding_accounts")
class ResUsers(models.Model):
    _inherit = "res.users"

    dingding_accounts = fields.Char(
        string="My DingTalk account", compute="_compute_dingding_accounts",
        compute_sudo=False,
        help="DingTalk users that sign in as this user.",
    )

    @compat.depends_on_user
    def _compute_dingding_accounts(self):
        may_read = compat.has_group(self.env, "dingding.group_user")
        for user in self:
            people = self.env["dingding.user"]
            own = user.id == self.env.uid
            if own:
                # sudo: employees may not read people.
                people = people.sudo()
            if own or may_read:
                people = people.search([("user_id", "=", user.id)])
            user.dingding_accounts = ", ".join(
                "%s (%s)" % (person.name, person.corp_id.name) for person in people
            )

    def action_dingding_my(self):
        """Open the page on which users bind and unbind their own account."""
        return {"type": "ir.actions.act_url", "url": MY_PAGE, "target": "self"}

    def action_dingding_end_sessions(self):
        result = super().action_dingding_end_sessions()
        for user in self:
            self.env["dingding.signin.log"]._by_hand("ended", user)
        return result

    def _dingding_sign_in(self, request):
        """Sign the browser of a request in as this user; return whether Odoo agreed.

        The caller has verified the identity. The credential works once, in this thread,
        for this user.
        """
        self.ensure_one()
        value = random_text()
        _credential.expected = (self.env.cr.dbname, self.id, digest(value))
        try:
            return compat.sign_in(request, self.login, value)
        finally:
            _credential.expected = None

    def _dingding_take_credential(self, value):
        """Return whether this is the credential of the sign-in in progress."""
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

    def _compute_session_token(self, sid):
        """Log a sign-in when its session gets a token, after the second factor."""
        token = super()._compute_session_token(sid)
        if request and request.session.sid == sid and request.session.get(WAITING):
            self.env["dingding.signin"]._note_second_factor(self)
        return token

    def _dingding_session_salt(self, sid):
        """End sessions that still wait for a second factor as well.

        They have no token yet, which would have become invalid.
        """
        salt = super()._dingding_session_salt(sid)
        if request and request.session.sid == sid:
            who, begun = request.session.get(BEGUN) or (None, None)
            if who == self.id and begun != digest(salt):
                return random_text()
        return salt

    @api.model
    def _update_last_login(self):
        """Store in the session that somebody has just signed in, by any method."""
        result = super()._update_last_login()
        if request and not request.httprequest.path.startswith(PROGRAMS):
            request.session[SIGNED_IN] = [self.env.uid, int(time.time())]
            # Of no session.
            salt = self.env.user._dingding_session_salt("")
            request.session[BEGUN] = [self.env.uid, digest(salt)]
            request.session.pop(WAITING, None)
        return result
