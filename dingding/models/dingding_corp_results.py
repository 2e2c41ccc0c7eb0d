# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""How often read states are read; each time is a billed call."""
from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .dingding_message_task import RESULT_DELAYS, RESULT_HOURS

PRICE_DAYS = 30  # whose messages the price is computed from


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    message_results = fields.Selection(
        [
            ("opened", "When opened"),
            ("hours", "For some hours"),
            ("always", "Always"),
        ],
        string="Read states", required=True, default="opened",
        help="Odoo asks DingTalk who has received and read a message: once after a "
             "minute, and then when somebody opens it, for these hours, or for the 24 "
             "hours that DingTalk keeps the answer.",
    )
    message_result_hours = fields.Integer(
        string="Hours of read states", required=True, default=6
    )
    message_results_price = fields.Text(
        string="Cost of read states", compute="_compute_message_results_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the messages of the last 30 days.",
    )

    @api.constrains("message_result_hours")
    def _check_message_result_hours(self):
        for corp in self:
            if not 1 <= corp.message_result_hours <= RESULT_HOURS:
                raise ValidationError(_("Choose 1 to 24 hours of read states."))

    @api.depends("message_result_hours")
    def _compute_message_results_price(self):
        batches = self._message_batches()
        labels = dict(self._fields["message_results"]._description_selection(self.env))
        for corp in self:
            count = batches.get(corp.id, 0)
            corp.message_results_price = self._budget_prices([
                (labels[policy], count * len(corp._message_result_delays(policy)))
                for policy in ("opened", "hours", "always")
            ])

    @api.model
    def _message_batches(self):
        """Return organisation's id -> number of batches sent in the last 30 days."""
        self.env.cr.execute(
            "SELECT app.corp_id, count(*) FROM dingding_message_task AS task"
            " JOIN dingding_app AS app ON app.id = task.app_id"
            " WHERE task.sent_at > now() AT TIME ZONE 'UTC' - %s * interval '1 day'"
            " GROUP BY app.corp_id",
            [PRICE_DAYS],
        )
        return dict(self.env.cr.fetchall())

    def _message_result_delays(self, policy=None):
        """Return the seconds after sending at which results are read by themselves.

        :param str policy: a value of ``message_results``; default: the stored one
        """
        self.ensure_one()
        policy = policy or self.message_results
        if policy == "opened":
            return RESULT_DELAYS[:1]
        if policy == "hours":
            longest = self.message_result_hours * 3600
            return tuple(each for each in RESULT_DELAYS if each <= longest)
        return RESULT_DELAYS
