# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Ready setups: what is usually approved, for models that may be installed."""
from odoo import _, api, models

BILLS = ["in_invoice", "in_refund", "out_invoice", "out_refund"]


class DingdingApprovalMapping(models.Model):
    """Offer ready setups for models of other addons, without depending on them."""

    _inherit = "dingding.approval.mapping"

    @api.model
    def _ready_setups(self):
        """Return the ready setups; extend this to offer more.

        Models, fields and methods may be missing: they differ among series, and addons
        need not be installed.

        :return: list of dict: ``key``; ``name`` of template and mapping; ``models``,
            the first installed one is used; ``domain``, without the conditions on
            missing fields; ``fields`` of the form in order, as ``name``, as
            ``name|alternative``, or as (name of a table, [columns]); ``outcomes``,
            a list of dict: ``outcome``, ``methods`` (the first existing one is
            called), ``title`` of that method, and ``reason`` if it takes a reason
        """
        return [
            {
                "key": "purchase_order",
                "name": _("Purchase orders"),
                "models": ["purchase.order"],
                "domain": [("state", "in", ["draft", "sent"])],
                "fields": [
                    "name", "partner_id", "user_id", "date_order", "date_planned",
                    "amount_untaxed", "amount_total", "currency_id", "notes|note",
                    ("order_line", [
                        "name", "product_qty", "price_unit", "price_subtotal",
                    ]),
                ],
                "outcomes": [
                    {"outcome": "agreed", "methods": ["button_confirm"],
                     "title": _("Confirm the order")},
                ],
            },
            {
                "key": "sale_order",
                "name": _("Sales quotations"),
                "models": ["sale.order"],
                "domain": [("state", "in", ["draft", "sent"])],
                "fields": [
                    "name", "partner_id", "user_id", "validity_date",
                    "amount_untaxed", "amount_total", "currency_id", "note",
                    ("order_line", [
                        "name", "product_uom_qty", "price_unit", "discount",
                        "price_subtotal",
                    ]),
                ],
                "outcomes": [
                    {"outcome": "agreed", "methods": ["action_confirm"],
                     "title": _("Confirm the order")},
                ],
            },
            {
                "key": "expense",
                "name": _("Expenses"),
                # Expenses have no report since 19.0.
                "models": ["hr.expense.sheet", "hr.expense"],
                "domain": [("state", "in", ["submit", "submitted"])],
                "fields": [
                    "name", "employee_id", "department_id", "date", "total_amount",
                    "currency_id", "description",
                    ("expense_line_ids", ["name", "date", "quantity", "total_amount"]),
                ],
                "outcomes": [
                    {"outcome": "agreed", "title": _("Approve"),
                     "methods": ["action_approve_expense_sheets",
                                 "approve_expense_sheets", "action_approve"]},
                    {"outcome": "refused", "title": _("Refuse"), "reason": True,
                     "methods": ["_do_refuse", "refuse_sheet"]},
                ],
            },
            {
                "key": "leave",
                "name": _("Leaves"),
                "models": ["hr.leave", "hr.holidays"],
                "domain": [("state", "=", "confirm"), ("type", "=", "remove")],
                "fields": [
                    "employee_id", "department_id", "holiday_status_id", "date_from",
                    "date_to", "number_of_days_temp|number_of_days", "name",
                ],
                "outcomes": [
                    # Two levels of approval in Odoo end with this one too.
                    {"outcome": "agreed",
                     "methods": ["action_validate", "_action_validate"],
                     "title": _("Approve")},
                    {"outcome": "refused", "methods": ["action_refuse"],
                     "title": _("Refuse")},
                ],
            },
            {
                "key": "invoice",
                "name": _("Invoices"),
                "models": ["account.invoice", "account.move"],
                "domain": [
                    ("state", "=", "draft"), ("type", "in", BILLS),
                    ("move_type", "in", BILLS),
                ],
                "fields": [
                    "partner_id", "reference|ref", "date_invoice|invoice_date",
                    "date_due|invoice_date_due", "amount_untaxed", "amount_tax",
                    "amount_total", "currency_id", "comment|narration",
                    ("invoice_line_ids", [
                        "name", "quantity", "price_unit", "price_subtotal",
                    ]),
                ],
                "outcomes": [
                    {"outcome": "agreed", "methods": ["action_invoice_open",
                                                      "action_post"],
                     "title": _("Validate the invoice")},
                ],
            },
        ]

    @api.model
    def _installed_setups(self):
        """Return the setups whose model is installed and may be mapped by the user.

        Each has ``model``, and ``fields``, ``domain`` and ``outcomes`` of it, the
        latter with ``method``.
        """
        found = []
        for setup in self._ready_setups():
            names = [name for name in setup["models"] if name in self.env]
            if names and not self._is_closed(names[0]):
                found.append(self._fitted(setup, names[0]))
        return found

    @api.model
    def _fitted(self, setup, name):
        """Return a setup for an installed model."""
        model = self.env[name]
        outcomes = []
        for outcome in setup.get("outcomes", ()):
            known = [each for each in outcome["methods"] if hasattr(model, each)]
            if known:
                outcomes.append(dict(outcome, method=known[0]))
        return dict(
            setup, model=name, outcomes=outcomes,
            domain=[
                each for each in setup.get("domain", ())
                if each[0].split(".")[0] in model._fields
            ],
            fields=self._fitted_fields(model, setup["fields"]),
        )

    @api.model
    def _fitted_fields(self, model, names):
        """Return the fields of a model: names, or (name, [columns])."""
        found = []
        for name in names:
            name, columns = name if isinstance(name, tuple) else (name, None)
            known = [each for each in name.split("|") if each in model._fields]
            if not known:
                continue
            if columns is None:
                found.append(known[0])
            elif model._fields[known[0]].comodel_name in self.env:
                rows = self.env[model._fields[known[0]].comodel_name]
                found.append((known[0], self._fitted_fields(rows, columns)))
        return found

    @api.model
    def _setup_methods(self, model):
        """Return {method: its outcome} of the setups for a model."""
        return {
            outcome["method"]: outcome
            for setup in self._ready_setups() if model in setup["models"]
            and model in self.env
            for outcome in self._fitted(setup, model)["outcomes"]
        }
