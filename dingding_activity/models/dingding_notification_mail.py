# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging

from psycopg2 import sql

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

from ..linked import NOTIFIED

_logger = logging.getLogger(__name__)

# Key of the context while a template sends, or while Odoo sends e-mails about what is
# captured otherwise.
SENDING = "dingding_sending"
# Their e-mails contain links that sign in.
SIGN_IN_MODELS = ("res.users", "portal.wizard.user")
RENDERED = ("subject", "body_html")


class Cause(object):
    """The reason of an e-mail; an object, as :class:`Sending` is."""

    def __init__(self, key):
        """Keep the key.

        :param str key: for ``dingding_hold`` of the e-mail
        """
        self.key = key


class Sending(object):
    """A template that sends; an object, since contexts can hold clients' texts."""

    def __init__(self, template, email_values):
        given = set(email_values or {})
        self.template = template
        self.names = [name for name in RENDERED if name not in given]
        if given & {"model", "res_id"}:
            # It is not about the document that the template was rendered for.
            self.names = []

    def languages(self, users):
        """Return the languages of users in which the e-mail may not be."""
        if not self.names:
            return set()
        languages = {user._dingding_context()["lang"] for user in users}
        if not self.template.lang:
            languages.discard(self.template.env.lang or "en_US")
        return languages

    def texts(self, record_id, lang):
        """Return {field: text} in a language, {} if it cannot be rendered.

        With the sender's rights.
        """
        try:
            # A failed statement must not end the transaction that sends.
            with self.template.env.cr.savepoint():
                return {
                    name: compat.render_mail(self.template, name, record_id, lang)
                    for name in self.names
                }
        except UserError as error:
            _logger.info("%s in %s: %s", self.template, lang, error)
            return {}


class DingdingNotification(models.Model):
    """Notify of e-mails that templates send to users."""

    _inherit = "dingding.notification"

    texts = fields.Text(
        readonly=True, groups="base.group_system",
        help="Subject and text of an e-mail in languages of recipients, as JSON.",
    )

    @api.model
    def _capture_mails(self, mails, sending):
        """Notify the users among the recipients of e-mails, with one statement.

        By partner: an address proves nothing.

        :param Sending sending: the template
        """
        if not mails or self._is_silent():
            return
        compat.flush(self.env)
        compat.execute(self.env.cr, sql.SQL(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " key, name, text, recipients, res_model, res_id, actor_id, company_id,"
            " create_uid, create_date, write_uid, write_date)"
            " SELECT 'mail', 'queued', 0, false, part.id::varchar, min(part.subject),"
            " min(part.body),"
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
            " WHERE {} GROUP BY part.id RETURNING id, key").format(NOTIFIED),
            {
                "uid": self.env.uid, "ids": tuple(mails.ids), "secret": SIGN_IN_MODELS,
            },
        )
        found = self.env.cr.fetchall()
        for id_, mail_id in found:
            mails.sudo().browse(int(mail_id)).dingding_hold = "mail,%d" % id_
        ids = [id_ for id_, _mail_id in found]
        for row in self.sudo().browse(ids):
            row._translate(sending)
        self._captured(ids)

    def _translate(self, sending):
        """Store the e-mail in the languages of its recipients."""
        found = {
            lang: sending.texts(self.res_id, lang)
            for lang in sorted(sending.languages(self._recipient_users()))
        }
        if found:
            self.texts = json.dumps(found)

    def _mail_text(self, name):
        """Return a text of the e-mail in the language of the context.

        :param str name: of ``RENDERED``
        """
        texts = json.loads(self.texts or "{}").get(self.env.lang or "en_US") or {}
        given = self.name if name == "subject" else self.text
        return texts.get(name) or given or ""

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
