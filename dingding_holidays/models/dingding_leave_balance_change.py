# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read balances of both systems, and make those equal that should be."""
import time

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api.leave import HOUR
from odoo.addons.dingding.dingtalk.beijing import OFFSET, midnight, milliseconds

from .. import allocations
from ..dingtalk.balances import MAX_PEOPLE, Quota
from .dingding_leave_balance import SAME

LOCK_BALANCE = 0x44540034
TOGETHER = 60


class DingdingLeaveBalanceChange(models.Model):
    """A reason to look at balances of a type; one row of work.

    A worker takes all waiting rows of a type.
    """

    _name = "dingding.leave.balance.change"
    _description = "DingTalk Leave Balance Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _ends_at_user_error = True
    _corp_path = "corp_id"

    leave_type_id = fields.Many2one(
        "dingding.leave.type", string="Type in DingTalk", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    corp_id = fields.Many2one(
        related="leave_type_id.corp_id", string="Organisation", store=True,
        readonly=True, index=True,
    )
    # 0: everybody. No foreign key.
    employee_ref = fields.Integer(string="Employee ID", readonly=True, index=True)
    cursor = fields.Integer(readonly=True, copy=False)

    # -- capture -----------------------------------------------------------------------

    @api.model
    def _capture(self, pairs):
        """Store that balances may have changed in Odoo, with one statement.

        Users have no rights on the table.

        :param list pairs: of (id of an employee, id of the type in Odoo)
        """
        if not pairs:
            return
        compat.flush(self.env)
        self.env.cr.execute(
            "INSERT INTO dingding_leave_balance_change (leave_type_id, corp_id,"
            " employee_ref, cursor, state, attempts, next_try, create_uid, create_date,"
            " write_uid, write_date)"
            " SELECT DISTINCT mapped.id, mapped.corp_id, part.employee_id, 0, 'queued',"
            " 0, now() AT TIME ZONE 'UTC' + %(delay)s * interval '1 second', %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(employees)s, %(types)s) AS part (employee_id, type_id)"
            " JOIN dingding_leave_type mapped ON mapped.odoo_type_id = part.type_id"
            " AND mapped.balance = 'equal' AND mapped.lead = 'odoo' AND mapped.active"
            " JOIN dingding_corp corp ON corp.id = mapped.corp_id AND corp.active"
            " RETURNING id",
            {
                "uid": self.env.uid, "delay": TOGETHER,
                "employees": [pair[0] for pair in pairs],
                "types": [pair[1] for pair in pairs],
            },
        )
        rows = self.browse([row[0] for row in self.env.cr.fetchall()])
        if rows:
            self.env["dingding.queue"]._wake(self._name, rows.sudo())

    @api.model
    def _cron_read(self):
        """Read the balances of each day."""
        self.env["dingding.leave.type"].search(
            [("balance", "!=", "none"), ("corp_id.active", "=", True)]
        )._read_balances()

    # -- processing --------------------------------------------------------------------

    def _same_work(self):
        return [
            ("leave_type_id", "=", self.leave_type_id.id),
            ("employee_ref", "=", self.employee_ref)]

    def _work(self, deadline):
        with self._alone(LOCK_BALANCE, self.leave_type_id.id) as held:
            if not held:
                return False
            return self._work_alone(deadline)

    def _work_alone(self, deadline):
        leave_type = self.leave_type_id
        if leave_type.balance == "none" or not leave_type.active:
            return None
        # Later ones may be about people whom an earlier worker has read already.
        others = self.browse() if self.cursor else self.search([
            ("leave_type_id", "=", leave_type.id), ("state", "=", "queued"),
            ("employee_ref", "!=", 0), ("id", "!=", self.id),
        ])
        people = leave_type._balance_people()
        if self.employee_ref:
            wanted = {self.employee_ref} | set(others.mapped("employee_ref"))
            people = people.filtered(lambda each: each.employee_id.id in wanted)
        people = people.filtered(lambda each: each.id > self.cursor)
        for start in range(0, len(people), MAX_PEOPLE):
            batch = people[start:start + MAX_PEOPLE]
            self._process_batch(leave_type, batch)
            self.cursor = batch[-1].id
            self._commit()
            if time.monotonic() > deadline and batch[-1] != people[-1]:
                self._pause()
                return False
        # Later rows say that something changed since.
        self.env.cr.execute(
            "UPDATE dingding_leave_balance_change SET state = 'done', next_try = NULL"
            " WHERE id IN (SELECT id FROM dingding_leave_balance_change"
            " WHERE id = ANY(%s) AND state = 'queued' FOR UPDATE SKIP LOCKED)",
            [others.ids])
        compat.forget(self.env)
        self.cursor = 0
        if not self.employee_ref:
            # Everybody's balance has been read.
            self._cancel_failed([("leave_type_id", "=", leave_type.id)])
        return None

    def _balance_client(self):
        app = self.leave_type_id.corp_id._app_for("leave")
        return app._dingtalk_client(feature="leave_balances").leave_balances

    def _process_batch(self, leave_type, people):
        """Read, compare and write the balances of up to 50 people."""
        client, operator = self._balance_client(), leave_type.corp_id._leave_operator()
        userids = [person.userid for person in people]
        self._commit()
        quotas = {}
        for quota in client.quotas(
            operator, leave_type.leave_code, leave_type.unit, userids
        ):
            quotas.setdefault(quota.userid, []).append(quota)
        to_odoo = leave_type.balance == "equal" and leave_type.lead == "dingtalk"
        to_dingtalk = leave_type.balance == "equal" and leave_type.lead == "odoo"
        create, update, asked_of = [], [], {}
        rows = self._rows(leave_type, people)
        odoo = self._odoo_balances(leave_type, people)
        shown = {}
        for person in people:
            row, mine = rows[person.id], _valid(quotas.get(person.userid, ()))
            if any(None in (each.total, each.used) for each in mine):
                # It is not empty.
                shown[row] = {"problem": self._unreadable_text()}
                continue
            values = self._values(odoo[person.id], mine)
            if to_odoo and values["is_different"]:
                values = self._give(leave_type, row, person, mine, values)
            elif to_dingtalk and values["is_different"]:
                quota, is_new = _wanted(mine, values)
                if quota is not None:
                    asked_of[person.userid] = (person, mine)
                    (create if is_new else update).append(
                        quota._replace(userid=person.userid))
            shown[row] = dict({"problem": False}, **values)
        self.env["dingding.leave.balance"]._show(shown)
        for asked, call in ((create, client.begin), (update, client.set_totals)):
            if not asked:
                continue
            self._commit()
            refused = call(
                operator, leave_type.leave_code, leave_type.unit, asked,
                _("Allocation in Odoo"))
            shown = {}
            for quota in asked:
                person, mine = asked_of[quota.userid]
                row, reason = rows[person.id], refused.get(quota.userid)
                if reason is not None:
                    shown[row] = {"problem": row._refused_text(reason)}
                    continue
                kept = [each for each in mine if each.cycle != quota.cycle]
                shown[row] = self._values(odoo[person.id], kept + [quota])
            self.env["dingding.leave.balance"]._show(shown)
            self._commit()

    @api.model
    def _unreadable_text(self):
        return _(
            "DingTalk reports this balance in another unit than the leave type has in "
            "Odoo. Click Read leave types on the page Leave of the organisation.")

    def _rows(self, leave_type, people):
        """Return the row of each person, by the person's id."""
        model = self.env["dingding.leave.balance"]
        unit = "hour" if leave_type.unit == HOUR else "day"
        rows = {
            row.person_id.id: row for row in model.search([
                ("leave_type_id", "=", leave_type.id),
                ("person_id", "in", people.ids)])
        }
        for person in people:
            row = rows.get(person.id)
            if row and row.employee_id != person.employee_id:
                # The allocation was for somebody else.
                row.write({
                    "employee_id": person.employee_id.id, "unit": unit,
                    "allocation_ref": 0,
                })
        new = compat.create_all(model, [
            {
                "leave_type_id": leave_type.id, "person_id": person.id,
                "employee_id": person.employee_id.id, "unit": unit,
            }
            for person in people if person.id not in rows
        ])
        rows.update((row.person_id.id, row) for row in new)
        return rows

    def _odoo_balances(self, leave_type, people):
        """Return (total, used) in DingTalk's unit, by the id of the person."""
        factor = self._factor(leave_type)
        found = allocations.balances_of(
            self._in_company(leave_type), people.mapped("employee_id"))
        return {
            person.id: tuple(
                amount * factor for amount in found[person.employee_id.id])
            for person in people
        }

    def _values(self, odoo, quotas):
        dingtalk = (sum(each.total for each in quotas),
                    sum(each.used for each in quotas))
        return self.env["dingding.leave.balance"]._prepare(odoo, dingtalk)

    @api.model
    def _in_company(self, leave_type):
        company = leave_type.corp_id.company_id
        return compat.in_company(leave_type.odoo_type_id, company)

    @api.model
    def _factor(self, leave_type):
        """Return what an amount of Odoo is multiplied by for DingTalk."""
        hours = leave_type.hours_per_day or allocations.DAY_HOURS
        odoo = allocations.counts_hours(leave_type.odoo_type_id)
        dingtalk = leave_type.unit == HOUR
        if odoo == dingtalk:
            return 1.0
        return hours if dingtalk else 1.0 / hours

    # -- DingTalk leads ----------------------------------------------------------------

    def _give(self, leave_type, row, person, quotas, values):
        """Make Odoo's balance that of DingTalk, by one allocation of our own.

        :return: the values of the row afterwards
        """
        employee, odoo_type = person.employee_id, self._in_company(leave_type)
        rival = self._rival(row)
        if rival:
            return dict(values, problem=_(
                "The balance in Odoo is already that of %s. Choose another leave type "
                "in Odoo for one of the two.") % rival.name)
        more = allocations.days_of(
            -values["difference"] / self._factor(leave_type), odoo_type, employee)
        model = odoo_type.env[allocations.ALLOCATION]
        # Types may be mapped anew, and officers change allocations.
        allocation = model.browse(row.allocation_ref or ()).exists().filtered(
            lambda each: each.employee_id == employee
            and each.holiday_status_id.id == odoo_type.id)
        if allocation and allocation.state != "validate":
            return dict(values, problem=_(
                "The allocation of DingTalk's balance was refused in Odoo. Approve or "
                "delete it."))
        given = allocations.days_given(allocation) if allocation else 0.0
        days = round(given + more, 4)
        if days < 0:
            return dict(values, problem=_(
                "Odoo has more allocated than DingTalk. Reduce the allocations that "
                "were entered in Odoo."))
        try:
            with self.env.cr.savepoint():
                if allocation:
                    allocations.set_days(allocation, days)
                else:
                    allocation = allocations.give(
                        odoo_type.env, odoo_type, employee, days,
                        _("Balance in DingTalk"))
                if allocation.state != "validate":
                    raise UserError(_("Odoo has not approved the allocation."))
                compat.flush(self.env)
                after = self._values(
                    self._odoo_balances(leave_type, person)[person.id], quotas)
                if abs(after["difference"]) >= abs(values["difference"]):
                    # It would grow each day.
                    raise UserError(_(
                        "The allocation does not change the balance in Odoo. Check "
                        "its dates."))
        except compat.REFUSALS as error:
            compat.forget(self.env)
            said = error.args[0] if error.args else type(error).__name__
            return dict(values, problem=said)
        return dict(after, allocation_ref=allocation.id)

    @api.model
    def _rival(self, row):
        """Return another type that gives its balance to the same one of Odoo.

        Also one of another organisation; each would undo what the other has done.

        :param row: balance of an employee
        """
        rows = self.env["dingding.leave.balance"].search([
            ("employee_id", "=", row.employee_id.id), ("id", "!=", row.id),
            ("leave_type_id.odoo_type_id", "=", row.leave_type_id.odoo_type_id.id),
            ("leave_type_id.balance", "=", "equal"), ("allocation_ref", "!=", 0),
            ("leave_type_id.lead", "=", "dingtalk"), ("corp_id.active", "=", True),
            ("leave_type_id.active", "=", True), ("person_id.active", "=", True),
        ], order="id", limit=1)
        return rows.leave_type_id


def _valid(quotas):
    """Return the balances that are valid now, oldest first."""
    now = time.time() * 1000
    return sorted(
        (each for each in quotas
         if each.begin <= now and (not each.end or now <= each.end)),
        key=lambda each: (each.cycle, each.begin))


def _wanted(quotas, values):
    """Return (balance to write, whether it is new) that makes DingTalk's equal.

    The remaining balance is made equal, not the total: see docs/decisions/0036.
    """
    more = max(values["odoo_left"], 0.0) - values["dingtalk_left"]
    if abs(more) <= SAME:
        return None, False
    if quotas:
        last = quotas[-1]
        return last._replace(total=max(round(last.total + more, 2), 0.0)), False
    today = (utc.now() + OFFSET).date()
    begin = midnight(today.replace(month=1, day=1))
    end = midnight(today.replace(year=today.year + 1, month=1, day=1))
    return Quota(
        "", str(today.year), milliseconds(begin), milliseconds(end) - 1000,
        round(more, 2), 0.0), True
