# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import ast
import datetime

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.tests.common import portable

from .card_case import CardCase

READY, SETUP = "dingding.card.ready", "dingding.card.setup"
TODAY = utc.now().replace(hour=0, minute=0, second=0, microsecond=0)


@portable
class TestCardReadyApps(CardCase):
    """Press each button of the ready-made cards, on the documents of Odoo's own apps.

    They depend on the installed addons: run with ``--with purchase,sale,hr_expense,
    hr_holidays``.
    """

    #: Key -> (group whose members may do it, button's method -> what becomes of it).
    CARDS = {
        "purchase.confirm": ("purchase.group_purchase_manager", {
            "button_approve": ("purchase",),
            "button_confirm": ("purchase", "to approve"),
            "button_cancel": ("cancel",),
        }),
        "sale.quotation": ("sales_team.group_sale_manager", {
            "action_confirm": ("sale", "done"), "action_cancel": ("cancel",),
        }),
        "expense.approve": ("hr_expense.group_hr_expense_manager", {
            "approve_expense_sheets": ("approve",),
            "action_approve_expense_sheets": ("approve",),
            "action_approve": ("approved",), "refuse_sheet": ("cancel",),
        }),
        "leave.approve": ("hr_holidays.group_hr_holidays_manager", {
            "action_approve": ("validate", "validate1"),
            "action_validate": ("validate",), "action_refuse": ("refuse",),
        }),
    }

    def setUp(self):
        super().setUp()
        self.cards = self.env[READY]._available()
        self.worker, self.weeks = None, 10
        if "hr.employee" in self.env:
            self.worker = self.env["hr.employee"].create({"name": "Worker"})
        sheets = self.env.get("hr.expense.sheet")
        if sheets is not None and hasattr(type(sheets), "_do_create_moves"):
            # The entries of an approved report need a chart of accounts.
            for name in ("_do_create_moves", "_check_can_create_move"):
                self._replace(type(sheets), name, lambda _records: None)

    def setup_of(self, key):
        rows = compat.with_user(self.env[READY], self.user_system)
        row = rows.search(rows.action_open()["domain"]).filtered(
            lambda each: each.key == key and each.corp_id == self.corp)
        return self.env[SETUP].browse(row.action_create()["res_id"])

    # -- documents -------------------------------------------------------------------

    def known(self, model, **values):
        """Return those of the values that the model has in this series."""
        names = self.env[model]._fields
        return {name: value for name, value in values.items() if name in names}

    def purchase_confirm(self):
        return self.env["purchase.order"].create({"partner_id": self.partner.id})

    def sale_quotation(self):
        pricelist = self.partner.property_product_pricelist
        return self.env["sale.order"].create({
            "partner_id": self.partner.id, "partner_invoice_id": self.partner.id,
            "partner_shipping_id": self.partner.id, "pricelist_id": pricelist.id})

    def expense_approve(self, employee=None):
        employee = employee or self.worker
        if "hr.expense.sheet" not in self.env:
            record = self.env["hr.expense"].create({
                "name": "Taxi", "employee_id": employee.id,
                "manager_id": self.user_manager.id})
            record.action_submit()
            return record
        record = self.env["hr.expense.sheet"].create({
            "name": "Journey", "employee_id": employee.id})
        if hasattr(type(record), "action_submit_sheet"):
            record.action_submit_sheet()
        return record

    def leave_approve(self, employee=None):
        model = "hr.leave" if "hr.leave" in self.env else "hr.holidays"
        types = model.replace(".leave", ".leave.type").replace("days", "days.status")
        kind = self.env[types].create(dict(
            self.known(types, limit=True, allocation_type="no",
                       requires_allocation=self.no(types), validity_start=False,
                       leave_validation_type="hr"), name="Journey"))
        # A Monday far away, each time another one.
        self.weeks += 1
        day = TODAY + datetime.timedelta(days=7 * self.weeks - TODAY.weekday())
        begin = fields.Datetime.to_string(day + datetime.timedelta(hours=8))
        end = fields.Datetime.to_string(day + datetime.timedelta(hours=17))
        date = fields.Date.to_string(day.date())
        values = self.known(
            model, type="remove", name="Journey", number_of_days_temp=1,
            request_date_from=date, request_date_to=date)
        if "number_of_days" in self.env[model]._fields and (
                not self.env[model]._fields["number_of_days"].compute):
            values["number_of_days"] = 1
        # 14.0 computes them and has a default.
        if "request_date_from" not in values or not (
                self.env[model]._fields["date_from"].compute) or (
                self.env[model].default_get(["date_from", "date_to"])):
            values.update(date_from=begin, date_to=end)
        return self.env[model].create(dict(
            values, employee_id=(employee or self.worker).id,
            holiday_status_id=kind.id))

    def no(self, types):
        """Return the value of *no allocation*, whose type changed in 19."""
        field = self.env[types]._fields.get("requires_allocation")
        return False if field is not None and field.type == "boolean" else "no"

    def document(self, key, state, **options):
        """Return a new document in a state."""
        record = getattr(self, key.replace(".", "_"))(**options)
        compat.flush(self.env)
        if record.state != state:
            record.write({"state": state})
        self.assertEqual(record.state, state)
        return record

    # -- pressing --------------------------------------------------------------------

    def let(self, group, may=True):
        self.user_employee.write({compat.USER_GROUPS: [
            (4 if may else 3, self.env.ref(group).id)]})
        compat.flush(self.env)
        compat.clear_caches(self.env)
        compat.forget(self.env)

    def only_employee(self, group):
        """Take the right away with all groups that bring it."""
        wanted = self.env.ref(group)
        keep = [self.env.ref(name).id for name in (
            "base.group_user", "base.group_partner_manager")]
        self.user_employee.write({compat.USER_GROUPS: [(6, 0, keep)]})
        compat.flush(self.env)
        compat.clear_caches(self.env)
        compat.forget(self.env)
        self.assertFalse(compat.has_group(
            self.env(user=self.user_employee.id), group), wanted)

    def pressed(self, record, setup, place):
        """Send a document's card to the employee; return (copy, note of the press)."""
        card = record.dingding_send_card(setup.key, self.user_employee)
        self.work()
        copy = self.env["dingding.card"].browse(card.id).copy_ids
        self.assertEqual(copy.status, "sent")
        return copy, "action_%d" % place

    def offers(self, setup):
        """Yield (place of a button, its method, a state in which it is offered)."""
        for place, action in enumerate(setup.action_ids, 1):
            (_name, _in, states), = ast.literal_eval(action.condition)
            for state in states:
                yield place, action.method_id, state

    def check(self, key):
        if key not in self.cards:
            self.skipTest("its app is not installed")
        setup = self.setup_of(key)
        group, ends = self.CARDS[key]
        self.assertLessEqual(set(setup.action_ids.mapped("method_id.name")), set(ends))
        for place, method, state in self.offers(setup):
            self.let(group)
            record = self.document(key, state)
            copy, action = self.pressed(record, setup, place)
            # It is on the card.
            shown = self.shown()["buttons"]
            self.assertIn(setup.action_ids[place - 1].name,
                          [each["label"] for each in shown])
            answer = self.press(
                copy, action=action, params={"input_1": "Because"})
            compat.forget(self.env)
            self.assertEqual(
                self.note(answer), "Done.", "%s: %s" % (key, method.name))
            self.assertIn(record.state, ends[method.name], method.name)
            # All copies show it.
            self.work()
            self.assertFalse(self.shown()["buttons"])
            # The right counts at the press, not at the sending.
            record = self.document(key, state)
            copy, action = self.pressed(record, setup, place)
            self.only_employee(group)
            self.press(copy, action=action, params={"input_1": "Because"})
            compat.forget(self.env)
            # Some apps let people see what they may not do.
            self.assertIn(self.outcomes()[-1], ("access", "refused"), method.name)
            self.assertEqual(record.state, state)

    def test_purchase_orders(self):
        self.check("purchase.confirm")

    def test_quotations(self):
        self.check("sale.quotation")

    def test_expenses(self):
        self.check("expense.approve")

    def test_leave(self):
        self.check("leave.approve")

    def test_nobody_approves_the_own(self):
        """The requester may see the document, and not approve it."""
        own = None
        for key in ("expense.approve", "leave.approve"):
            if key not in self.cards:
                continue
            own = own or self.env["hr.employee"].create(
                {"name": "Self", "user_id": self.user_employee.id})
            setup = self.setup_of(key)
            for place, method, state in self.offers(setup):
                record = self.document(key, state, employee=own)
                copy, action = self.pressed(record, setup, place)
                self.press(copy, action=action, params={"input_1": "Because"})
                compat.forget(self.env)
                self.assertIn(self.outcomes()[-1], ("access", "refused"), method.name)
                self.assertEqual(record.state, state)
        if own is None:
            self.skipTest("neither app is installed")
