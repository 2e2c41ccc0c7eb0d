# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights

from ..leaves import LEAVE

OFFICERS = "hr_holidays.group_hr_holidays_user"


class DingdingLeave(models.Model):
    """A leave in both systems, or the problem that prevents it.

    ``leave_ref`` is not a foreign key: deletions must not wait for workers.
    """

    _name = "dingding.leave"
    _description = "DingTalk Leave"
    _order = "begin desc, id desc"

    name = fields.Char(string="Reason", readonly=True)
    lead = fields.Selection(
        [("dingtalk", "DingTalk"), ("odoo", "Odoo")], string="Led by", required=True,
        readonly=True,
    )
    status = fields.Selection(
        [
            ("new", "To write"),
            ("running", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
            ("skipped", "Not synchronised"),
        ], required=True, readonly=True, default="new", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="set null",
        index=True, groups=OFFICERS,
    )
    employee_id = fields.Many2one(
        "hr.employee", string="Employee", readonly=True, ondelete="set null",
        index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True,
        readonly=True, index=True, help="Odoo user of the employee.",
    )
    leave_type_id = fields.Many2one(
        "dingding.leave.type", string="Type in DingTalk", readonly=True,
        ondelete="set null", index=True,
    )
    unit = fields.Char(readonly=True)
    begin = fields.Datetime(string="From", readonly=True)
    end = fields.Datetime(string="To", readonly=True)
    duration = fields.Float(
        string="Duration in DingTalk", readonly=True,
        help="Days or hours, by the unit of the type and the person's shifts.",
    )
    days = fields.Float(string="Days in Odoo", readonly=True)
    leave_ref = fields.Integer(string="Leave ID", readonly=True, index=True)
    problem = fields.Text(
        readonly=True, help="Why the leave is not the same in both systems.")
    remedy_key = fields.Char(readonly=True)
    remedy = fields.Text(string="What to do", compute="_compute_remedy")
    # Of a request in DingTalk.
    instance_id = fields.Char(string="Approval", readonly=True, index=True)
    process_code = fields.Char(string="Template", readonly=True, index=True)
    action = fields.Selection(
        [("none", "Request"), ("revoke", "Revocation"), ("modify", "Change")],
        string="Request type", readonly=True, default="none",
    )
    revoked = fields.Boolean(
        readonly=True, help="A later request in DingTalk revokes or replaces it.")
    form = fields.Text(
        readonly=True, groups="base.group_system", help="Period of the request.")
    # Of a record that Odoo writes.
    approve_id = fields.Char(string="Record ID", readonly=True, groups=OFFICERS)
    written_for = fields.Char(readonly=True, groups=OFFICERS)
    written = fields.Text(
        readonly=True, groups="base.group_system",
        help="What DingTalk has stored, as JSON.",
    )
    pieces = fields.Integer(
        readonly=True, groups=OFFICERS,
        help="Records that may be in DingTalk: a long leave has several.",
    )
    unconfirmed = fields.Boolean(readonly=True, groups=OFFICERS)
    confirmed_pieces = fields.Integer(
        readonly=True, groups=OFFICERS,
        help="Number of the first records that DingTalk has confirmed, if the others "
             "are unconfirmed.")
    change_ids = fields.One2many(
        "dingding.leave.change", "leave_id", string="Changes", readonly=True,
        groups=OFFICERS,
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "instance_id"],
            sql.SQL("instance_id IS NOT NULL"))
        compat.unique_index(
            self.env.cr, self._table, ["lead", "leave_ref", "corp_id"],
            sql.SQL("lead = 'odoo' AND leave_ref > 0"))
        # Earlier a leave was written to one organisation only.
        self.env.cr.execute("DROP INDEX IF EXISTS dingding_leave_lead_leave_ref_unique")
        return result

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @api.depends("remedy_key")
    def _compute_remedy(self):
        for row in self:
            row.remedy = row.remedy_key and self.env["dingding.remedy"]._text(
                row.remedy_key)

    # -- helpers -----------------------------------------------------------------------

    def _commit(self):
        self.env["dingding.leave.change"]._commit()

    def _odoo_leave(self):
        """Return the leave in Odoo, with all rights, or an empty record."""
        leaves = self.env[LEAVE].sudo().with_context(active_test=False)
        return leaves.browse(self.leave_ref or ()).exists()

    def _in_company(self, record):
        """Return a record of Odoo in the company and language of the organisation."""
        company = self.corp_id.company_id
        return compat.in_company(record, company).with_context(
            lang=company.partner_id.lang or "en_US")

    # -- buttons -----------------------------------------------------------------------

    def action_retry(self):
        """Retry to synchronise the leave.

        :raise AccessError: for everybody but leave officers
        :raise UserError: the leave has no problem
        """
        compat.check_access(self, "read")
        if not compat.has_group(self.env, OFFICERS):
            raise AccessError(_("Only leave officers may retry leaves."))
        rows = self.filtered("problem")
        if not rows:
            raise UserError(_("Nothing to retry."))
        # sudo: nobody may write the queue.
        rows.sudo()._queue_again()
        return True

    def _queue_again(self):
        changes = self.env["dingding.leave.change"]
        for row in self:
            if row.lead == "odoo":
                changes._add("export", row.corp_id, leave_ref=row.leave_ref)
            else:
                changes._add("read", row.corp_id, instance_id=row.instance_id)

    def action_open_leave(self):
        """Open the leave in Odoo."""
        self.ensure_one()
        compat.check_access(self, "read")
        leave = self.env[LEAVE].browse(self.leave_ref or ()).exists()
        if not leave:
            raise UserError(_("The leave was deleted in Odoo."))
        compat.check_access(leave, "read")
        return {
            "type": "ir.actions.act_window", "res_model": LEAVE, "res_id": leave.id,
            "view_mode": "form", "views": [(False, "form")],
        }
