# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models, tools

from odoo.addons.dingding import compat


class DingdingApprovalMixin(models.AbstractModel):
    """For developers who own a model whose records are approved in DingTalk.

    A mapping says how; this adds the fields to search and show, and four hooks::

        class Order(models.Model):
            _name = "my.order"
            _inherit = ["my.order", "dingding.approval.mixin"]

            def action_confirm(self):
                self.dingding_submit_approval()

            def _dingding_approval_agreed(self, approval):
                self.write({"state": "done"})

    The hooks run with all rights, in the transaction in which the approval gets its
    outcome: what they raise is tried again. The lock of the record is gone by then.
    """

    _name = "dingding.approval.mixin"
    _description = "Approved in DingTalk"

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

        As a list they would be terms of the model that inherits this, which has no
        translations of ours from 13 on.
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
        # 19 gives a set of its own.
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
            # Those without any can only be told by leaving the others out.
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
        """The same with values or approvers of the caller's; not for RPC.

        :param values: as ``dingding.approval._submit`` has it
        :param approvers: as there
        :rtype: dingding.approval
        """
        made = self.env["dingding.approval"]
        for record in self:
            made |= made._submit(record, mapping, values=values, approvers=approvers)
        # A record made in this transaction has none in memory, from 13 on.
        compat.forget_fields(
            self, ["dingding_approval_ids", "dingding_approval_status"]
        )
        return made

    def _dingding_approval_agreed(self, approval):
        """Called when an approval of this record was agreed to."""

    def _dingding_approval_refused(self, approval):
        """Called when an approval of this record was refused."""

    def _dingding_approval_terminated(self, approval):
        """Called when an approval was withdrawn, or deleted in DingTalk."""

    def _dingding_approval_changed(self, approval):
        """Called when somebody has done something, and the approval still runs."""
