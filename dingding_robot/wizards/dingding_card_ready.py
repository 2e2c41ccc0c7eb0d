# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import placeholders, texts

SETUP = "dingding.card.setup"


@compat.only_for("base.group_system")
class DingdingCardReady(models.TransientModel):
    """A ready-made card that an administrator may create; a row of a list."""

    _name = "dingding.card.ready"
    _description = "DingTalk Ready-made Card"
    _order = "id"

    name = fields.Char(string="Card", readonly=True)
    key = fields.Char(readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="cascade")
    document = fields.Char(readonly=True)
    buttons = fields.Char(readonly=True)
    is_created = fields.Boolean(string="Created", readonly=True)

    # -- what there is to choose from ------------------------------------------------

    @api.model
    def _ready_cards(self):
        """Return cards for other addons, which may be missing; addons add theirs.

        Texts are in the language of ``self``. Models, fields and methods may be
        missing, as series differ.

        :return: list of dict: ``key``, that of the card; ``name``; ``models``, names of
            a model in different series, the first one counts; ``title``, alternatives
            with placeholders; ``state``, a field; ``lines``, paths or alternatives
            ``path|path``; ``buttons``, list of dict: ``name``, ``methods`` (the first
            that exists is called), ``states`` in which it is offered, and ``text``, the
            label of an input, if the method takes a reason; ``people``, paths of which
            the first that exists counts; ``group``, an XML ID, in place of people;
            ``document``, what the list calls a record if not by the model's name
        """
        return [
            {
                "key": "purchase.confirm", "name": _("Purchase order to confirm"),
                "models": ["purchase.order"],
                "title": [_("Purchase order {name}: {partner_id.name}")],
                "state": "state",
                "lines": ["user_id.name", "date_planned|date_order", "amount_total",
                          "order_line.name"],
                "buttons": [
                    {"name": _("Approve"), "methods": ["button_approve"],
                     "states": ["to approve"]},
                    {"name": _("Confirm"), "methods": ["button_confirm"],
                     "states": ["draft", "sent"]},
                    {"name": _("Cancel order"), "methods": ["button_cancel"],
                     "states": ["draft", "sent", "to approve"]},
                ],
                "group": "purchase.group_purchase_manager",
            },
            {
                "key": "sale.quotation", "name": _("Sales quotation"),
                "models": ["sale.order"],
                "title": [_("Quotation {name}: {partner_id.name}")], "state": "state",
                "lines": ["user_id.name", "validity_date|date_order", "amount_total",
                          "order_line.name"],
                "buttons": [
                    {"name": _("Confirm"), "methods": ["action_confirm"],
                     "states": ["draft", "sent"]},
                    {"name": _("Cancel order"), "methods": ["action_cancel"],
                     "states": ["draft", "sent"]},
                ],
                "people": ["user_id"],
            },
            {
                "key": "expense.approve", "name": _("Expense to approve"),
                # Expenses have no report since 19.0.
                "models": ["hr.expense.sheet", "hr.expense"],
                "title": [_("Expense of {employee_id.name}: {name}")], "state": "state",
                "lines": ["department_id.name", "total_amount",
                          "expense_line_ids.name"],
                "buttons": [
                    {"name": _("Approve"), "states": ["submit", "submitted"],
                     "methods": ["action_approve_expense_sheets",
                                 "approve_expense_sheets", "action_approve"]},
                    {"name": _("Refuse"), "states": ["submit", "submitted"],
                     "methods": ["refuse_sheet"], "text": _("Reason")},
                ],
                "people": [
                    "user_id", "manager_id", "employee_id.expense_manager_id",
                    "employee_id.parent_id.user_id",
                ],
            },
            {
                "key": "leave.approve", "name": _("Leave to approve"),
                # In some series Odoo's Chinese for the model is that of "to leave".
                "document": _("Leave request"), "models": ["hr.leave", "hr.holidays"],
                "title": [_("Leave of {employee_id.name}")], "state": "state",
                "lines": ["holiday_status_id.name", "date_from", "date_to",
                          "number_of_days_temp|number_of_days"],
                "buttons": [
                    {"name": _("Approve"), "methods": ["action_approve"],
                     "states": ["confirm"]},
                    # Since 19.0 the first method does the second approval too.
                    {"name": _("Approve"), "states": ["validate1"],
                     "methods": ["action_validate", "action_approve"]},
                    {"name": _("Refuse"), "methods": ["action_refuse"],
                     "states": ["confirm", "validate1"]},
                ],
                "people": [
                    "employee_id.leave_manager_id", "employee_id.parent_id.user_id",
                ],
            },
        ]

    @api.model
    def _available(self):
        """Return {key: card} of cards whose addon is installed, resolved.

        Members contain only what the ``model`` has.
        """
        found = {}
        for card in self._ready_cards():
            card = self._resolved(dict(card))
            if card:
                found[card["key"]] = card
        return found

    @api.model
    def _resolved(self, card):
        names = [name for name in card["models"] if name in self.env]
        if not names or self.env["dingding.card.method"]._is_closed(names[0]):
            return None
        model = self.env[names[0]]
        buttons = []
        for button in card["buttons"]:
            methods = [each for each in button["methods"] if callable(
                getattr(type(model), each, None))]
            states = self._known_states(model, card["state"], button["states"])
            if methods and states:
                buttons.append(dict(button, method=methods[0], states=states))
        titles = [title for title in card["title"] if all(
            self._is_path(model, path) for path in placeholders.paths(title))]
        if not buttons or not titles:
            return None
        group = card.get("group") and self.env.ref(
            card["group"], raise_if_not_found=False)
        card.update(
            model=model._name, buttons=buttons, title=titles[0],
            group_id=group.id if group else False,
            people=[path for path in card.get("people", ())
                    if self._is_path(model, path)][:1],
            lines=[path for path in (
                self._first_path(model, each) for each in card["lines"]) if path])
        return card

    @api.model
    def _is_path(self, model, path):
        return not placeholders.problem(model, path)

    @api.model
    def _first_path(self, model, text):
        found = [path for path in text.split("|") if self._is_path(model, path)]
        return found[0] if found else ""

    @api.model
    def _known_states(self, model, name, states):
        field = model._fields.get(name)
        if field is None or field.type != "selection":
            return []
        known = dict(field._description_selection(self.env))
        return [each for each in states if each in known]

    # -- the list --------------------------------------------------------------------

    @api.model
    def action_open(self):
        """Show the ready-made cards of the installed addons.

        :raise AccessError: for everybody but administrators
        """
        self._check_administrator()
        rows = self.browse()
        for corp in self.env["dingding.corp"].search([]):
            for key, card in self._available().items():
                rows |= self.create({
                    "key": key, "name": card["name"], "corp_id": corp.id,
                    "document": card.get("document") or texts.model_name(
                        self.env[card["model"]]),
                    # One for each state of the document may have the same name.
                    "buttons": ", ".join(collections.OrderedDict.fromkeys(
                        each["name"] for each in card["buttons"])),
                    "is_created": bool(self._made(corp, key)),
                })
        return {
            "type": "ir.actions.act_window", "name": _("Ready-made Cards"),
            "res_model": self._name, "view_mode": "tree",
            "views": [(self.env.ref(
                "dingding_robot.dingding_card_ready_view_tree").id, "list")],
            "domain": [("id", "in", rows.ids)], "target": "current",
            "help": texts.empty_help(
                _("No ready-made cards"),
                _("They are for purchase, sales, expenses and leave. Install one of "
                  "these apps and add your organisation first."),
            ),
        }

    def _check_administrator(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may do this."))

    @api.model
    def _made(self, corp, key):
        """Return the card of this key, archived ones too."""
        return self.env[SETUP].with_context(active_test=False).search(
            [("corp_id", "=", corp.id), ("key", "=", key)], limit=1)

    # -- creating --------------------------------------------------------------------

    def action_create(self):
        """Create the card, allow the methods of its buttons, and show it.

        Nothing is sent.

        :raise UserError: its addon is no longer installed
        """
        self.ensure_one()
        self._check_administrator()
        card = self._available().get(self.key)
        if not card:
            raise UserError(_("The addon of this card is no longer installed."))
        setup = self._made(self.corp_id, self.key) or self._create_card(card)
        return {
            "type": "ir.actions.act_window", "res_model": SETUP, "res_id": setup.id,
            "view_mode": "form", "views": [(False, "form")], "target": "current",
        }

    def _create_card(self, card):
        lines = self.env["dingding.card.line"]
        reasons = [each["text"] for each in card["buttons"] if each.get("text")]
        setup = self.env[SETUP].create({
            "name": card["name"], "key": card["key"], "corp_id": self.corp_id.id,
            "model_id": self.env["ir.model"]._get(card["model"]).id,
            "title": card["title"], "state_path": card["state"],
            "recipient_path": card["people"][0] if card["people"] else False,
            "recipient_group_id": card["group_id"],
            "line_ids": [(0, 0, {
                "sequence": number, "field_path": path,
                # DingTalk stores no money and nothing private.
                "shown": "viewer" if lines._private(card["model"], path) else "card",
            }) for number, path in enumerate(card["lines"])],
            "input_ids": [(0, 0, {"name": reasons[0]})] if reasons else [],
            "action_ids": [(0, 0, {
                "sequence": number, "name": button["name"], "kind": "method",
                "method_id": self._method(card["model"], button).id,
                "condition": str([(card["state"], "in", button["states"])]),
                "uses_inputs": bool(button.get("text")),
            }) for number, button in enumerate(card["buttons"])],
        })
        self._translate(setup)
        return setup

    @api.model
    def _method(self, model, button):
        """Return the allowed method of a button, allowed now if it was not."""
        methods = self.env["dingding.card.method"]
        model_id = self.env["ir.model"]._get(model).id
        found = methods.search(
            [("model_id", "=", model_id), ("name", "=", button["method"])], limit=1)
        return found or methods.create({
            "title": button["name"], "model_id": model_id, "name": button["method"],
            "takes_text": bool(button.get("text")),
        })

    @api.model
    def _translate(self, setup):
        """Write the texts in all installed languages."""
        for lang in self.env["res.lang"].search([]).mapped("code"):
            this = self.with_context(lang=lang)
            card = this._available()[setup.key]
            mine = setup.with_context(lang=lang)
            mine.write({"name": card["name"], "title": card["title"]})
            for action, button in zip(mine.action_ids, card["buttons"]):
                action.write({"name": button["name"]})
            for row in mine.input_ids:
                row.write({"name": [
                    each["text"] for each in card["buttons"] if each.get("text")][0]})
