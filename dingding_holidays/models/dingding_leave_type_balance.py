# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights

from ..allocations import DAY_HOURS, is_allocated
from ..dingtalk.balances import MAX_PEOPLE

MANAGERS = "hr_holidays.group_hr_holidays_manager"


def _hours(hundredths):
    """Return the hours of a day in DingTalk, eight if it does not say."""
    try:
        found = float(hundredths or 0) / 100
    except (TypeError, ValueError):
        return DAY_HOURS
    return found if 0 < found <= 24 else DAY_HOURS


class DingdingLeaveType(models.Model):
    """Decide what happens to the balances of a type."""

    _inherit = "dingding.leave.type"

    balance = fields.Selection(
        [
            ("none", "Not read"),
            ("compare", "Show side by side"),
            ("equal", "Keep equal"),
        ],
        string="Balances", required=True, default="none",
        help="Show side by side: both balances are read once a day. Keep equal: the "
             "balance of the side that leads is written to the other side too. "
             "DingTalk accepts balances only for types that an application created.",
    )
    hours_per_day = fields.Float(
        string="Hours per day", readonly=True, default=8.0,
        help="As DingTalk converts hours of this type.")
    balance_calls = fields.Integer(
        string="API calls for balances", compute="_compute_balance_calls",
        help="Calls a month for syncing the balances each day. Each change costs one "
             "more for up to 50 people.",
    )

    @api.depends("balance")
    def _compute_balance_calls(self):
        for row in self:
            # sudo: only the number of people is shown.
            people = row.sudo()._balance_people() if row.balance != "none" else ()
            row.balance_calls = 30 * -(-len(people) // MAX_PEOPLE)

    @api.constrains("balance", "lead", "odoo_type_id", "made_by_api")
    def _check_balance(self):
        # sudo: leave managers may not read organisations.
        for row in self.sudo():
            if row.balance == "none":
                continue
            if not row.odoo_type_id:
                raise ValidationError(
                    _("Choose the leave type in Odoo for %s.") % row.name)
            if not is_allocated(row.odoo_type_id):
                raise ValidationError(
                    _("%s needs no allocation in Odoo, so it has no balance.")
                    % row.odoo_type_id.name)
            if row.balance != "equal":
                continue
            if row.lead == "none":
                raise ValidationError(
                    _("Choose who leads %s before you keep its balances equal.")
                    % row.name)
            if row.lead == "odoo" and not row.made_by_api:
                raise ValidationError(
                    _("DingTalk accepts balances only for types that an application "
                      "created. Show the balances of %s side by side.") % row.name)

    def write(self, vals):
        before = {row.id: (row.balance, row.lead) for row in self}
        hours = rights.stored(self, ("hours_per_day",))
        result = super().write(vals)
        if rights.changed(self, hours) and not compat.is_superuser(self.env):
            raise AccessError(_("Only DingTalk decides what a leave type is."))
        for row in self:
            if row.balance != "none" and (row.balance, row.lead) != before[row.id]:
                # sudo: nobody may write the queue.
                row.sudo()._read_balances()
        return result

    @api.model
    def _store(self, corp, rows):
        result = super()._store(corp, rows)
        hours = {row["leaveCode"]: _hours(row.get("hoursInPerDay")) for row in rows}
        for each in self.sudo().search([("corp_id", "=", corp.id)]):
            if each.hours_per_day != hours.get(each.leave_code, each.hours_per_day):
                each.hours_per_day = hours[each.leave_code]
        return result

    def _balance_people(self):
        """Return the people with an employee, for whom balances are read."""
        return self.env["dingding.user"].search(
            [("corp_id", "=", self.corp_id.id), ("employee_id", "!=", False)],
            order="id")

    def _read_balances(self):
        """Queue reading the balances of everybody."""
        changes = self.env["dingding.leave.balance.change"]
        for row in self:
            if not changes.search_count([
                ("leave_type_id", "=", row.id), ("employee_ref", "=", 0),
                ("state", "in", ("queued", "retry")),
            ]):
                compat.create_all(changes, [{"leave_type_id": row.id}])._enqueue()

    def action_read_balances(self):
        """Read the balances of this type now.

        :raise AccessError: for everybody but managers of leave
        :raise UserError: balances are not read for this type
        """
        compat.check_access(self, "write")
        if not compat.has_group(self.env, MANAGERS):
            raise AccessError(_("Only leave managers may read balances."))
        if "none" in self.mapped("balance"):
            raise UserError(_("Choose what happens to the balances first."))
        # sudo: nobody may write the queue.
        self.sudo()._read_balances()
        return self.action_balances()

    def action_balances(self):
        """Show the balances of this type that the user may see."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = compat.window_action(
            self.env, "dingding_holidays.dingding_leave_balance_action")
        return dict(action, domain=[("leave_type_id", "=", self.id)])
