# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights

from .dingding_card_action import NOT_WRITABLE

MOST = 2  # inputs of a card
TYPES = ("char", "text", "integer", "float", "monetary", "date")
LARGEST = 2 ** 31 - 1  # of an integer
LARGEST_NUMBER = 1e15  # above it a float no longer has decimals


class DingdingCardInput(models.Model):
    """A value that the person enters on a card."""

    _name = "dingding.card.input"
    _description = "DingTalk Card Input"
    _order = "setup_id, sequence, id"

    setup_id = fields.Many2one(
        "dingding.card.setup", required=True, ondelete="cascade", index=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Label", required=True, translate=True)
    required = fields.Boolean(default=True)
    model_id = fields.Many2one(related="setup_id.model_id", readonly=True)
    field_id = fields.Many2one(
        "ir.model.fields", string="Written to", ondelete="cascade",
        domain="[('model_id', '=', model_id), ('readonly', '=', False), "
               "('ttype', 'in', %r), ('name', 'not in', %r)]"
               % (list(TYPES), list(NOT_WRITABLE)),
        help="Field of the record. Empty: the text is for the method of the button.",
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
        """Refuse inputs that write a field to everybody but administrators.

        :raise AccessError: the stored input names a field
        """
        if not rights.is_administrator(self.env) and self.sudo().filtered("field_id"):
            raise AccessError(
                _("Only administrators may choose the fields that a card writes."))

    @api.constrains("setup_id", "field_id")
    def _check_field(self):
        for row in self:
            if len(row.setup_id.input_ids) > MOST:
                raise ValidationError(_("A card has up to %d inputs.") % MOST)
            field = row.field_id
            if field and (
                field.model_id != row.setup_id.model_id or field.ttype not in TYPES
                or field.name in NOT_WRITABLE
            ):
                raise ValidationError(
                    _("Choose a writable field of %s.") % row.setup_id.model_id.name)

    def _value(self, text):
        """Return the entered value, converted for the field.

        :raise UserError: it is missing or cannot be a value of the field
        """
        text = (text or "").strip()
        if not text:
            if self.required:
                raise UserError(_("Enter: %s.") % self.name)
            return False
        kind = self.field_id.sudo().ttype
        try:
            if kind == "integer":
                value = int(text)
                if abs(value) > LARGEST:
                    raise ValueError(text)
                return value
            if kind in ("float", "monetary"):
                value = float(text)
                # Not true of NaN either.
                if not abs(value) <= LARGEST_NUMBER:
                    raise ValueError(text)
                return value
            if kind == "date":
                return fields.Date.to_string(fields.Date.from_string(text))
        except (ValueError, TypeError, OverflowError):
            raise UserError(_("%s: this value is invalid.") % self.name)
        return text
