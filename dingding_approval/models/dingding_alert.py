# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingAlert(models.Model):
    _inherit = "dingding.alert"

    @api.model
    def _kinds(self):
        return super()._kinds() + self._approval_kinds()

    @api.model
    def _approval_kinds(self):
        """Return a kind for each person responsible for mappings with failures.

        An approval that was submitted again is not a failure.
        """
        self.env.cr.execute(
            "SELECT mapping.responsible_id, array_agg(approval.id)"
            " FROM dingding_approval approval"
            " JOIN dingding_approval_mapping mapping"
            " ON mapping.id = approval.mapping_id"
            " WHERE (approval.state IN ('failed', 'unknown')"
            " OR approval.revocation_open"
            " OR approval.record_gone AND approval.status IN ('sending', 'running'))"
            " AND NOT EXISTS (SELECT 1 FROM dingding_approval later"
            " WHERE later.previous_id = approval.id)"
            " GROUP BY mapping.responsible_id"
        )
        return [
            self._kind(
                "approval/%d" % user_id if user_id else "approval", _("Approvals"),
                "dingding.approval", [("id", "in", ids)],
                user=self.env["res.users"].browse(user_id or []),
            )
            for user_id, ids in self.env.cr.fetchall()
        ]
