# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights

from .dingding_leave import OFFICERS

SAME = 0.005  # DingTalk has hundredths


class DingdingLeaveBalance(models.Model):
    """The balance of a person and a type in both systems; only workers write it."""

    _name = "dingding.leave.balance"
    _description = "DingTalk Leave Balance"
    _order = "leave_type_id, employee_id, id"
    _rec_name = "employee_id"

    leave_type_id = fields.Many2one(
        "dingding.leave.type", string="Type in DingTalk", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    corp_id = fields.Many2one(
        related="leave_type_id.corp_id", string="Organisation", store=True,
        readonly=True, index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", required=True, readonly=True,
        ondelete="cascade", index=True, groups=OFFICERS,
    )
    employee_id = fields.Many2one(
        "hr.employee", string="Employee", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True,
        readonly=True, index=True, help="Odoo user of the employee.",
    )
    unit = fields.Selection(
        [("day", "Days"), ("hour", "Hours")], required=True, readonly=True)
    odoo_total = fields.Float(string="Allocated in Odoo", readonly=True)
    odoo_used = fields.Float(string="Taken in Odoo", readonly=True)
    odoo_left = fields.Float(string="Balance in Odoo", readonly=True)
    dingtalk_total = fields.Float(string="Total in DingTalk", readonly=True)
    dingtalk_used = fields.Float(string="Taken in DingTalk", readonly=True)
    dingtalk_left = fields.Float(string="Balance in DingTalk", readonly=True)
    difference = fields.Float(
        readonly=True, help="Balance in Odoo less the balance in DingTalk.")
    is_different = fields.Boolean(string="Different", readonly=True)
    problem = fields.Text(
        readonly=True, help="Why the balances could not be made equal.")
    read_at = fields.Datetime(string="Read on", readonly=True)
    # No foreign key: deletions must not wait for workers.
    allocation_ref = fields.Integer(
        string="Allocation ID", readonly=True, groups=OFFICERS)

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["leave_type_id", "person_id"])

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @api.model
    def _prepare(self, odoo, dingtalk):
        """Return the values of both balances.

        :param odoo: (total, used) in the unit of the type in DingTalk
        :param dingtalk: the same
        """
        lefts = [total - used for total, used in (odoo, dingtalk)]
        difference = round(lefts[0] - lefts[1], 2)
        return {
            "odoo_total": odoo[0], "odoo_used": odoo[1], "odoo_left": lefts[0],
            "dingtalk_total": dingtalk[0], "dingtalk_used": dingtalk[1],
            "dingtalk_left": lefts[1], "difference": difference,
            "is_different": abs(difference) > SAME,
        }

    @api.model
    def _show(self, shown):
        """Write what differs, and that all were read.

        :param dict shown: row -> its values
        """
        rows = self.browse(sorted(row.id for row in shown))
        for row in rows:
            changed = {
                name: value for name, value in shown[row].items()
                if not _same(row[name], value)
            }
            if changed:
                row.write(changed)
        rows.write({"read_at": fields.Datetime.now()})

    @api.model
    def _refused_text(self, reason):
        return _("DingTalk rejected the balance: %s") % reason


def _same(before, after):
    if isinstance(after, float):
        return abs(before - after) < SAME
    return (before or False) == (after or False)
