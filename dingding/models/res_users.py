# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hashlib
import hmac

from odoo import _, api, fields, models
from odoo.tools import html_escape

from .. import compat, rights
from .dingding_secret_mixin import random_text


class ResUsers(models.Model):
    _inherit = "res.users"

    dingding_user_ids = fields.One2many(
        "dingding.user", "user_id", string="DingTalk Users", copy=False,
        groups="dingding.group_user",
        help="DingTalk users linked to this user, one per organisation. They receive "
             "the messages to this user.",
    )

    def init(self):
        result = super().init()
        # Not a field: a search would reveal it.
        self.env.cr.execute(
            "ALTER TABLE res_users ADD COLUMN IF NOT EXISTS dingding_salt text"
        )
        return result

    @api.model
    def default_get(self, fields):
        """Leave new users without a password, if the context says so.

        Up to 11.0 the default is an empty one, which would be hashed, and all caches
        forgotten, for each user. Nobody can sign in with either.
        """
        found = super().default_get(fields)
        if self.env.context.get("dingding_no_password"):
            found.pop("password", None)
        return found

    def _compute_session_token(self, sid):
        """Make the session token depend on the user's salt too.

        Odoo caches its own part. The salt is read each time, so that sessions end at
        once everywhere.
        """
        return self._dingding_salted(super()._compute_session_token(sid), sid)

    def _legacy_session_token_hash_compute(self, sid):
        """Do so for sessions that began in 18, which 19 accepts beside its own."""
        return self._dingding_salted(
            super()._legacy_session_token_hash_compute(sid), sid)

    def _dingding_salted(self, proof, sid):
        if not proof:
            return proof
        salt = self._dingding_session_salt(sid).encode("ascii")
        return hmac.new(salt, proof.encode("ascii"), hashlib.sha256).hexdigest()

    def _dingding_session_salt(self, sid):
        """Return what ends all sessions of the user when it changes."""
        rows = compat.execute_unseen(
            self.env.cr, "SELECT dingding_salt FROM res_users WHERE id = %s", [self.id]
        )
        return rows and rows[0][0] or ""

    def _invalidate_session_cache(self):
        """Clear cached session tokens, which Odoo keeps up to 13."""
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
        return True

    def _dingding_mail(self, text):
        """Queue an e-mail to these users about their DingTalk account.

        :return: the text with the advice that ends every such e-mail
        """
        text += " " + _("If this was not you, contact your administrator immediately.")
        compat.create_all(
            rights.without_defaults(self.env["mail.mail"].sudo()),
            [
                {
                    "subject": _("Your DingTalk account"),
                    "body_html": "<p>%s</p>" % html_escape(text),
                    "email_to": user.email,
                    "email_from": user.company_id.email or user.email,
                    "auto_delete": True,
                }
                for user in self.sudo() if user.email
            ],
        )
        return text


class ResUsersRecipient(models.Model):
    """Make users recipients of messages."""

    _name = "res.users"
    _inherit = ["res.users", "dingding.recipient.mixin"]

    def _dingding_persons(self):
        return self.mapped("dingding_user_ids")
