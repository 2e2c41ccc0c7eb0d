# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat

PRICE_DAYS = 30  # whose messages the price is computed from
RECENT = 200000  # messages; dates have no index
AT_ONCE, GATHERED, DAILY = "at_once", "gathered", "daily"


class DingdingCorp(models.Model):
    """Estimate what notifications cost, before they are enabled."""

    _inherit = "dingding.corp"

    notify_price = fields.Text(
        string="Cost of notifications", compute="_compute_notify_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the messages that Odoo notified linked people of in the "
             "last 30 days, including queries of delivery.",
    )

    @api.depends("notify_mode", "message_results", "message_result_hours")
    def _compute_notify_price(self):
        counts = self._notify_counts()
        labels = dict(self._fields["notify_mode"]._description_selection(self.env))
        for corp in self:
            # The call that sends, and those that ask who has got it.
            calls = 1 + len(corp._message_result_delays())
            found = counts.get(corp.id, (0, 0, 0))
            corp.notify_price = corp._budget_prices([
                (labels[mode], number * calls)
                for mode, number in zip((AT_ONCE, GATHERED, DAILY), found)
            ])

    @api.model
    def _notify_counts(self):
        """Return organisation's id -> number of texts sent with each frequency."""
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT person.corp_id, count(DISTINCT message.id),"
            " count(DISTINCT (message.model, message.res_id,"
            " floor(extract(epoch FROM message.date) / 900))),"
            " count(DISTINCT (person.user_id, message.date::date))"
            " FROM mail_message message JOIN {} notice"
            " ON notice.mail_message_id = message.id"
            " JOIN res_users ON res_users.partner_id = notice.res_partner_id"
            " JOIN dingding_user person ON person.user_id = res_users.id"
            " AND person.active"
            " WHERE message.id > (SELECT max(id) FROM mail_message) - %(recent)s"
            " AND message.date > now() AT TIME ZONE 'UTC' - %(days)s * interval '1 day'"
            " GROUP BY person.corp_id"
        ).format(sql.Identifier(self.env["mail.notification"]._table))
        compat.execute(self.env.cr, query, {"recent": RECENT, "days": PRICE_DAYS})
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}
