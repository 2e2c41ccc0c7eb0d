# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hmac

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret_mixin import digest, random_text

SECONDS = 7200  # lifetime of a session, never extended
MOST = 10  # sessions per user and application; the oldest is deleted


class DingdingMiniSession(models.Model):
    """A sign-in session of a mini-program.

    Only the token's hash is stored, in a column without a field, with Odoo's session
    token, which changes with the user's password, login or state.
    """

    _name = "dingding.mini.session"
    _inherit = "dingding.secret.mixin"
    _description = "DingTalk Mini-program Session"
    _secret_sealed = False  # a hash, which is searched for

    user_id = fields.Many2one(
        "res.users", string="User", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", required=True, readonly=True,
        ondelete="cascade",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    expires_at = fields.Datetime(
        string="Expires on", required=True, readonly=True, index=True
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(
            "ALTER TABLE dingding_mini_session ADD COLUMN IF NOT EXISTS proof text"
        )
        compat.unique_index(self.env.cr, self._table, ["sealed_value"])
        return result

    def _proof(self):
        """Return Odoo's current token for this session."""
        self.ensure_one()
        compat.flush(self.env)
        name = "dingding.mini.session,%d" % self.id
        return self.sudo().user_id._compute_session_token(name) or ""

    @api.model
    def _begin(self, app, person_id, user_id):
        """Return (token, session) for an authenticated user.

        :param app: ``dingding.app``
        """
        token = random_text()
        session = self.sudo().create(
            {
                "user_id": user_id, "person_id": person_id, "app_id": app.id,
                "expires_at": self._in(SECONDS),
            }
        )
        session._secret_set(digest(token))
        compat.execute_unseen(
            self.env.cr,
            "UPDATE dingding_mini_session SET proof = %s WHERE id = %s",
            [session._proof(), session.id],
        )
        sessions = self.sudo().search(
            [("user_id", "=", user_id), ("app_id", "=", app.id)], order="id desc"
        )
        sessions[MOST:].unlink()
        return token, session

    @api.model
    def _in(self, seconds):
        """Return the time in this many seconds."""
        self.env.cr.execute(
            "SELECT to_char((clock_timestamp() AT TIME ZONE 'UTC')"
            " + %s * interval '1 second', 'YYYY-MM-DD HH24:MI:SS')",
            [seconds],
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _find(self, token):
        """Return the session of a token, with sudo, empty if it is invalid.

        :param str token: as sent by the mini-program
        """
        rows = compat.execute_unseen(
            self.env.cr,
            "SELECT id, proof FROM dingding_mini_session WHERE sealed_value = %s"
            " AND expires_at > clock_timestamp() AT TIME ZONE 'UTC'",
            [digest(token)],
        )
        if not rows:
            return self.sudo().browse()
        session, proof = self.sudo().browse(rows[0][0]), rows[0][1] or ""
        same = hmac.compare_digest(proof, session._proof())
        return session if proof and same and session._is_allowed() else self.browse()

    def _is_allowed(self):
        """Return whether the person could still sign in."""
        corp = self.app_id.corp_id
        return bool(
            self.app_id.active and corp._signin_allows("mini")
            and corp._mini_app() == self.app_id
            and self.env["dingding.signin.policy"]._still(
                corp, self.person_id.id, self.user_id.id)
            and self.user_id.has_group("base.group_user")
            and not compat.asks_second_factor(self.user_id)
        )

    def _end(self):
        """End these sessions."""
        self.sudo().unlink()

    @api.model
    def _clean(self):
        """Delete expired sessions."""
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            sessions = api.Environment(cr, SUPERUSER_ID, {})[self._name]
            sessions.search([("expires_at", "<", self._in(0))]).unlink()
            compat.flush(sessions.env)
