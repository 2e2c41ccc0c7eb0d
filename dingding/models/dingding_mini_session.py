# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import hmac

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from .dingding_signin_ticket import digest, random_text

SECONDS = 7200  # that a session lives; it is not prolonged
MOST = 10  # sessions of a user and an application; the oldest goes


class DingdingMiniSession(models.Model):
    """A person who is signed in in a mini-program.

    The token is given to the mini-program once; here is its hash, in a column that is
    no field. Beside it is Odoo's own proof of a session, which is another one as soon
    as the user's password, login or state changes or somebody ends all sessions.
    """

    _name = "dingding.mini.session"
    _inherit = "dingding.hidden.value"
    _description = "Session of a DingTalk Mini-program"
    _hidden_sealed = False  # a hash, which is searched for

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
    expires_at = fields.Datetime(required=True, readonly=True, index=True)

    def init(self):
        result = super(DingdingMiniSession, self).init()
        self.env.cr.execute(
            "ALTER TABLE dingding_mini_session ADD COLUMN IF NOT EXISTS proof text"
        )
        compat.unique_index(self.env.cr, self._table, ["hidden_value"])
        return result

    def _proof(self):
        """Return Odoo's proof of this session, as it is now."""
        self.ensure_one()
        compat.flush(self.env)
        name = "dingding.mini.session,%d" % self.id
        return self.sudo().user_id._compute_session_token(name) or ""

    @api.model
    def _begin(self, app, person_id, user_id):
        """Return (token, session) of somebody who has been proven to be there.

        :param app: ``dingding.app``
        """
        token = random_text()
        session = self.sudo().create(
            {
                "user_id": user_id, "person_id": person_id, "app_id": app.id,
                "expires_at": self._in(SECONDS),
            }
        )
        session._hidden_set(digest(token))
        compat.execute_unseen(
            self.env.cr,
            "UPDATE dingding_mini_session SET proof = %s WHERE id = %s",
            [session._proof(), session.id],
        )
        mine = self.sudo().search(
            [("user_id", "=", user_id), ("app_id", "=", app.id)], order="id desc"
        )
        mine[MOST:].unlink()
        return token, session

    @api.model
    def _in(self, seconds):
        """Return the time in some seconds."""
        self.env.cr.execute(
            "SELECT to_char((clock_timestamp() AT TIME ZONE 'UTC')"
            " + %s * interval '1 second', 'YYYY-MM-DD HH24:MI:SS')",
            [seconds],
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _find(self, token):
        """Return the session of a token, with sudo, empty when it does not hold.

        :param str token: as the mini-program sent it
        """
        rows = compat.execute_unseen(
            self.env.cr,
            "SELECT id, proof FROM dingding_mini_session WHERE hidden_value = %s"
            " AND expires_at > clock_timestamp() AT TIME ZONE 'UTC'",
            [digest(token)],
        )
        if not rows:
            return self.sudo().browse()
        session, proof = self.sudo().browse(rows[0][0]), rows[0][1] or ""
        same = hmac.compare_digest(proof, session._proof())
        return session if proof and same and session._is_allowed() else self.browse()

    def _is_allowed(self):
        """Tell whether the person could still sign in."""
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
        """End sessions now."""
        self.sudo().unlink()

    @api.model
    def _clean(self):
        """Delete what nobody can use any more."""
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            sessions = api.Environment(cr, SUPERUSER_ID, {})[self._name]
            sessions.search([("expires_at", "<", self._in(0))]).unlink()
            compat.flush(sessions.env)
