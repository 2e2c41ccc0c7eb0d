# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models, tools

from odoo.addons.dingding import compat


class DingdingApprovalMixin(models.AbstractModel):
    """Add approval fields, a submit method and hooks to a developer's model.

    A mapping defines the form. Inherit the mixin to submit records and handle results::

        class Order(models.Model):
            _name = "my.order"
            _inherit = ["my.order", "dingding.approval.mixin"]

            def action_confirm(self):
                self.dingding_submit_approval()

            def _dingding_approval_approved(self, approval):
                self.write({"state": "done"})

    Hooks run as superuser, in the transaction of the write-back and after the record is
    unlocked. If a hook raises an exception, the write-back is retried.
    """

    _name = "dingding.approval.mixin"
    _description = "DingTalk Approval Mixin"

    dingding_approval_ids = fields.One2many(
        "dingding.approval", string="DingTalk approvals",
        compute="_compute_dingding_approvals",
    )
    dingding_approval_status = fields.Selection(
        "_selection_dingding_approval_status", string="DingTalk approval",
        compute="_compute_dingding_approvals", search="_search_dingding_status",
    )

    @api.model
    @tools.ormcache("self.env.context.get('lang')")
    def _selection_dingding_approval_status(self):
        """Return the statuses in the user's language.

        A plain list would lack translations from 13.0 on.
        """
        approvals = self.env["dingding.approval"].sudo()
        found = approvals.fields_get(["status"], ["selection"])["status"]
        return [("none", _("Not submitted"))] + [tuple(x) for x in found["selection"]]

    def _compute_dingding_approvals(self):
        approvals = self.env["dingding.approval"]
        found = {}
        if self.ids:
            for row in approvals.sudo().search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            ):
                found.setdefault(row.res_id, []).append(row)
        for record in self:
            rows = found.get(record.id, [])
            record.dingding_approval_ids = approvals.browse([row.id for row in rows])
            record.dingding_approval_status = rows[0].status if rows else "none"

    @api.model
    def _search_dingding_status(self, operator, value):
        """Return the domain of records whose latest approval has a status."""
        if operator not in ("=", "!=", "in", "not in"):
            return [("id", "=", False)]
        # 19.0 passes a set of its own type.
        wanted = {value} if isinstance(value, (str, bool)) else set(value)
        negative = operator in ("!=", "not in")
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT DISTINCT ON (res_id) res_id, status FROM dingding_approval"
            " WHERE res_model = %s ORDER BY res_id, id DESC",
            [self._name],
        )
        rows = self.env.cr.fetchall()
        if wanted & {"none", False}:
            # To find those without an approval, exclude the others.
            ids = [res_id for res_id, status in rows if status not in wanted]
            return [("id", "in" if negative else "not in", ids)]
        ids = [res_id for res_id, status in rows if status in wanted]
        return [("id", "not in" if negative else "in", ids)]

    @compat.returns_records("dingding.approval")
    def dingding_submit_approval(self, mapping=None):
        """Submit these records to DingTalk; see ``dingding.approval.submit``.

        :rtype: dingding.approval
        """
        return self._dingding_submit_approval(mapping)

    def _dingding_submit_approval(self, mapping=None, values=None, approvers=None):
        """Submit with the caller's values or approvers; not available over RPC.

        :param values: as for ``dingding.approval._submit``
        :param approvers: as for ``dingding.approval._submit``
        :rtype: dingding.approval
        """
        made = self.env["dingding.approval"]
        for record in self:
            made |= made._submit(record, mapping, values=values, approvers=approvers)
        # From 13.0 on new records cache an empty value.
        compat.forget_fields(
            self, ["dingding_approval_ids", "dingding_approval_status"]
        )
        return made

    def _dingding_approval_approved(self, approval):
        """Run after an approval of this record was approved."""

    def _dingding_approval_refused(self, approval):
        """Run after an approval of this record was refused."""

    def _dingding_approval_terminated(self, approval):
        """Run after an approval was withdrawn, or deleted in DingTalk."""

    def _dingding_approval_revoked(self, approval):
        """Run after an approved approval was revoked in DingTalk."""

    def _dingding_approval_changed(self, approval):
        """Run after an operation on an approval that is still running."""
