# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import ast
import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

MOST = 4  # buttons of a card
NOT_WRITABLE = ("id", "create_uid", "create_date", "write_uid", "write_date", "active")
VALUE_TYPES = (
    "boolean", "char", "text", "integer", "float", "selection", "date", "many2one",
)
# A button changed since is refused.
MEANING = (
    "kind", "method_id", "field_id", "value", "uses_inputs", "condition", "setup_id",
)


class DingdingCardAction(models.Model):
    """A button of a card, and what it does with the record.

    It acts with the presser's rights. Managers only choose allowed methods.
    """

    _name = "dingding.card.action"
    _description = "DingTalk Card Action"
    _order = "setup_id, sequence, id"

    setup_id = fields.Many2one(
        "dingding.card.setup", required=True, ondelete="cascade", index=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Button", required=True, translate=True)
    kind = fields.Selection(
        [
            ("method", "Call a method"),
            ("value", "Write a value"),
            ("assign", "Assign to me"),
            ("inputs", "Write the inputs"),
        ],
        string="What to do", required=True, default="method",
    )
    model_id = fields.Many2one(related="setup_id.model_id", readonly=True)
    # Cascades: models that are uninstalled take both along, in any order.
    method_id = fields.Many2one(
        "dingding.card.method", string="Method", ondelete="cascade",
        domain="[('model_id', '=', model_id)]",
        help="One of the methods that an administrator has allowed for the model.",
    )
    field_id = fields.Many2one(
        "ir.model.fields", string="Field", ondelete="cascade",
        domain="[('model_id', '=', model_id), ('readonly', '=', False), "
               "('ttype', 'in', %r), ('name', 'not in', %r)]"
               % (list(VALUE_TYPES), list(NOT_WRITABLE)),
    )
    value = fields.Char(help="Value to write. Empty clears the field.")
    uses_inputs = fields.Boolean(
        help="The person fills in the inputs of the card before pressing the button.",
    )
    condition = fields.Char(
        string="Conditions", default="[]", required=True,
        help="Records for which the button is offered; all if empty.",
    )
    decides = fields.Boolean(
        default=True,
        help="After the button was pressed once, nobody can press a button of this "
             "card or its copies any longer.",
    )

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        rows = compat.super_create(super(), vals_list)
        rows._check_rights()
        return rows

    def write(self, vals):
        result = super().write(vals)
        self._check_rights()
        return result

    def _check_rights(self):
        """Refuse all but allowed methods to everybody but administrators.

        :raise AccessError: a stored button does something else
        """
        if not rights.is_administrator(self.env) and self.sudo().filtered(
            lambda row: row.kind != "method"
        ):
            raise AccessError(
                _("Only administrators may set up buttons that write values. Choose "
                  "an allowed method."))

    @api.constrains(
        "setup_id", "kind", "method_id", "field_id", "value", "condition",
        "uses_inputs",
    )
    def _check_complete(self):
        for row in self:
            model = row.setup_id.model_id
            if len(row.setup_id.action_ids) > MOST:
                raise ValidationError(_("A card has up to %d buttons.") % MOST)
            row._check_condition()
            if row.kind == "method":
                if not row.method_id or row.method_id.model_id != model:
                    raise ValidationError(
                        _("Choose an allowed method of %s.") % model.name)
            elif row.kind == "assign":
                own = self.env[model.model]._fields.get(row.field_id.name)
                if (
                    row.field_id.model_id != model or own is None
                    or own.type != "many2one" or own.comodel_name != "res.users"
                ):
                    raise ValidationError(
                        _("Choose a field of %s that contains a user.") % model.name)
            elif row.kind == "value":
                row._check_value(model)

    def _check_value(self, model):
        field = self.field_id
        if (
            not field or field.model_id != model or field.name in NOT_WRITABLE
            or field.ttype not in VALUE_TYPES
        ):
            raise ValidationError(_("Choose a writable field of %s.") % model.name)
        try:
            self._converted()
        except (ValueError, TypeError):
            raise ValidationError(
                _("%(field)s cannot have the value '%(value)s'.")
                % {"field": field.field_description, "value": self.value or ""}
            )

    def _converted(self, record=None):
        """Return the value to write.

        :raise ValueError: the field cannot have it
        """
        field, text = self.field_id.sudo(), (self.value or "").strip()
        if field.ttype == "boolean":
            return text.lower() in ("1", "true", "yes")
        if not text:
            return False
        if field.ttype in ("integer", "many2one"):
            return int(text)
        if field.ttype == "float":
            return float(text)
        if field.ttype == "date":
            if text == "today":
                return fields.Date.context_today(self if record is None else record)
            return fields.Date.to_string(fields.Date.from_string(text))
        if field.ttype == "selection":
            own = self.env[field.model]._fields[field.name]
            if text not in dict(own._description_selection(self.env)):
                raise ValueError(text)
        return text

    def _check_condition(self):
        try:
            domain = self._domain()
            self.env[self.setup_id.model_id.model].sudo().search(domain, limit=1)
        except Exception as error:
            # User input can make the ORM raise any exception.
            raise ValidationError(
                _("The conditions are invalid: %s") % (error,)) from error

    def _domain(self):
        """Return the conditions as a literal, without evaluating them.

        :raise ValueError: the text is not a domain
        """
        found = ast.literal_eval((self.condition or "[]").strip() or "[]")
        if not isinstance(found, list):
            raise ValueError(self.condition)
        return found

    def _fits(self, record):
        """Tell whether the button is offered for a record, with its user's rights."""
        try:
            domain = self._domain()
        except (ValueError, SyntaxError):
            return False
        records = record.with_context(active_test=False)
        return bool(
            not domain or records.search([("id", "=", record.id)] + domain, limit=1))

    def _meaning(self):
        """Return a text that changes with the button's action."""
        own = self.sudo()
        found = [
            (own[name].ids if own._fields[name].relational else own[name]) or False
            for name in MEANING
        ] + [own.method_id.name or ""]
        if own.uses_inputs or own.kind == "inputs":
            # Values go to the same fields as when the card was sent.
            found += [[row.id, row.field_id.id] for row in own.setup_id.input_ids]
        return json.dumps(found, default=str)
