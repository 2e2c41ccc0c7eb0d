# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, models

from odoo.addons.dingding import compat

from ..linked import NOTIFIED

TEMPLATE = "dingding_template_id"  # key of the context while a template sends
# Their e-mails contain links that sign in.
SIGN_IN_MODELS = ("res.users", "portal.wizard.user")


class DingdingNotification(models.Model):
    """Notify of e-mails that templates send to users."""

    _inherit = "dingding.notification"

    @api.model
    def _capture_mails(self, mails):
        """Notify the users among the recipients of e-mails, with one statement.

        Recipients are partners: an address proves nothing, since users set their own.
        """
        if not mails or self._is_silent():
            return
        compat.flush(self.env)
        compat.execute(self.env.cr, sql.SQL(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " name, text, recipients, res_model, res_id, actor_id, company_id,"
            " create_uid, create_date, write_uid, write_date)"
            " SELECT 'mail', 'queued', 0, false, min(part.subject), min(part.body),"
            " string_agg(part.user_id::varchar, ',' ORDER BY part.user_id),"
            " min(part.model), min(part.res_id), %(uid)s,"
            " (SELECT company_id FROM res_users WHERE id = %(uid)s), %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM (SELECT mail.id, users.id AS user_id, message.subject,"
            " COALESCE(mail.body_html, message.body) AS body, message.model,"
            " message.res_id FROM mail_mail mail"
            " JOIN mail_message message ON message.id = mail.mail_message_id"
            " JOIN mail_mail_res_partner_rel recipient"
            " ON recipient.mail_mail_id = mail.id"
            " JOIN res_users users ON users.partner_id = recipient.res_partner_id"
            " AND users.active WHERE mail.id IN %(ids)s AND message.res_id > 0"
            " AND message.model NOT IN %(secret)s) AS part"
            " WHERE {} GROUP BY part.id RETURNING id").format(NOTIFIED),
            {
                "uid": self.env.uid, "ids": tuple(mails.ids), "secret": SIGN_IN_MODELS,
            },
        )
        self._captured()

    def _work_mail(self):
        users = self._recipient_users()
        self._deliver([
            {
                "kind": "mail", "user_id": user.id, "source_id": self.id,
                "res_model": self.res_model, "res_id": self.res_id,
            }
            for user in users
        ])

    def _recipient_users(self):
        """Return the users of the e-mail except the one who caused it."""
        ids = [int(part) for part in (self.recipients or "").split(",") if part]
        return self.env["res.users"].search(
            [("id", "in", ids), ("id", "!=", self.actor_id.id)])
