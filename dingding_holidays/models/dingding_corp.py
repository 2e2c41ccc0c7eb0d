# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models.remedies import user_errors


class DingdingCorp(models.Model):
    """Choose the operator of leave, and read leave types."""

    _inherit = "dingding.corp"

    leave_app_id = fields.Many2one(
        "dingding.app", string="Application for leave", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    leave_operator_id = fields.Many2one(
        "dingding.user", string="Operator", copy=False, ondelete="set null",
        domain="[('corp_id', '=', id)]",
        help="An administrator of DingTalk with rights on attendance and approvals. "
             "DingTalk answers questions about leave to administrators only.",
    )
    leave_process_code = fields.Char(
        string="Template of leave", copy=False,
        help="Process code (PROC-...) of DingTalk's leave form, for finding requests "
             "whose events were lost. Empty: the templates of requests received so "
             "far.",
    )
    leave_type_ids = fields.One2many(
        "dingding.leave.type", "corp_id", string="Leave types", copy=False,
        groups="dingding.group_manager",
    )
    leave_holidays = fields.Boolean(
        string="Public holidays",
        help="Writes China's public holidays and the Saturdays worked in exchange "
             "into the company's working hours.",
    )

    def _catch_up(self):
        result = super()._catch_up()
        # Leaves changed in Odoo are found by the daily check.
        # sudo: who unarchives an organisation may not write the queue.
        self.env["dingding.leave.change"].sudo()._resume_archived(
            self, [("kind", "=", "read")])
        return result

    @api.model
    def _guarded(self):
        # Working hours are changed, and leaves created, with sudo.
        return super()._guarded() + ("leave_holidays", "leave_process_code")

    @api.model
    def _purposes(self):
        return super()._purposes() + ["leave"]

    def _leave_operator(self):
        """Return the UserID of the operator.

        :raise UserError: there is none, or the person has left
        """
        self.ensure_one()
        operator = self.leave_operator_id
        if not operator or not operator.active:
            raise UserError(
                _("Choose an operator on the page Leave of %s: an administrator of "
                  "DingTalk.") % self.name)
        if operator.corp_id != self:
            raise UserError(
                _("The operator does not belong to %s.") % self.name)
        return operator.userid

    def _leave_process_codes(self):
        """Return the process codes of DingTalk's leave forms."""
        self.ensure_one()
        self.env.cr.execute(
            "SELECT DISTINCT process_code FROM dingding_leave WHERE corp_id = %s"
            " AND process_code IS NOT NULL"
            # Others are not leave.
            " AND (status <> 'skipped' OR leave_type_id IS NOT NULL)", [self.id])
        codes = {row[0] for row in self.env.cr.fetchall()}
        if self.leave_process_code:
            codes.add(self.leave_process_code.strip())
        return sorted(codes)

    def action_read_leave_types(self):
        """Read leave types from DingTalk.

        :raise AccessError: for everybody but managers
        :raise UserError: no operator, or DingTalk refuses
        """
        self.ensure_one()
        compat.check_access(self, "write")
        rights.check_manager(self)
        operator = self._leave_operator()
        with user_errors(self.env):
            client = self._app_for("leave")._dingtalk_client(
                feature="leave_types", max_wait=0)
            rows = client.leave.types(operator)
        self.env["dingding.leave.type"]._store(self, rows)
        return True
