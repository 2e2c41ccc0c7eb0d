# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingNotification(models.Model):
    """Notify of records selected by automated actions."""

    _inherit = "dingding.notification"

    @api.model
    def _capture_rule(self, action, records):
        """Notify the recipients of an action of records, with one statement.

        :param action: of ``ir.actions.server``; its text is rendered after the commit,
            for each recipient
        """
        if not records or self._is_silent():
            return
        self.env.cr.execute(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " action_id, res_model, res_id, actor_id, company_id, create_uid,"
            " create_date, write_uid, write_date) SELECT 'rule', 'queued', 0, false,"
            " %(action)s, %(model)s, part.id, %(uid)s,"
            " (SELECT company_id FROM res_users WHERE id = %(uid)s), %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(ids)s) AS part (id)"
            " WHERE EXISTS (SELECT 1 FROM dingding_corp WHERE notify AND active)"
            " ON CONFLICT (action_id, res_id, actor_id)"
            " WHERE mode = 'rule' AND state = 'queued' DO NOTHING RETURNING id",
            {
                "uid": self.env.uid, "action": action.id, "model": records._name,
                "ids": records.ids,
            },
        )
        self._captured()

    def _work_rule(self):
        action = self.action_id
        # The action may have been changed since.
        if self.res_model not in self.env or action.model_id.model != self.res_model:
            return
        if not action._dingding_is_notification():
            return
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            return
        self.name = record.display_name
        users = action._dingding_users(record).filtered("active") - self.actor_id
        self._deliver([
            {
                "kind": "rule", "user_id": user.id, "source_id": self.id,
                "res_model": self.res_model, "res_id": self.res_id,
            }
            for user in users
        ])
