# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.models import placeholders

# Parts of field names with money or private data.
PRIVATE_WORDS = frozenset(
    "amount price cost wage salary margin revenue credit debit balance total subtotal "
    "untaxed tax discount budget bank acc passport identification ssnid birthday "
    "marital gender spouse children mobile phone email street address pin barcode "
    "password token secret".split()
)


class DingdingCardLine(models.Model):
    """A value that a card shows."""

    _name = "dingding.card.line"
    _description = "DingTalk Card Line"
    _order = "setup_id, sequence, id"

    setup_id = fields.Many2one(
        "dingding.card.setup", required=True, ondelete="cascade", index=True,
    )
    sequence = fields.Integer(default=10)
    label = fields.Char(translate=True, help="Empty: the name of the field.")
    field_path = fields.Char(
        string="Field", required=True,
        help="Field of the record, or a path such as partner_id.name or "
             "order_line.name.",
    )
    shown = fields.Selection(
        [
            ("card", "On the card"),
            ("viewer", "Asked from Odoo when shown"),
            ("link", "In Odoo only"),
        ],
        required=True, default="viewer",
        help="On the card: DingTalk stores the value. Asked from Odoo when shown: "
             "DingTalk stores nothing, and each look at the card is a push. In Odoo "
             "only: behind the card's link.",
    )
    is_private = fields.Boolean(
        string="Money or private", compute="_compute_is_private",
        help="DingTalk may not store it.",
    )
    title = fields.Char(string="Line", compute="_compute_title")

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    @api.depends("field_path", "setup_id.model_id")
    def _compute_is_private(self):
        for line in self:
            line.is_private = self._private(
                line.setup_id.model_id.model, line.field_path)

    @api.depends("label", "field_path", "setup_id.model_id")
    def _compute_title(self):
        for line in self:
            line.title = line._shown_label()

    @api.onchange("field_path")
    def _onchange_field_path(self):
        if self.field_path and self.is_private and self.shown == "card":
            self.shown = "viewer"

    def _shown_label(self):
        """Return the label in this environment's language, uncached."""
        return self.label or self._field_label()

    def _field_label(self):
        """Return the name of the last field of the path, in the user's language."""
        model = self.setup_id.model_id.model
        if model not in self.env or not self.field_path:
            return self.field_path or ""
        records = self.env[model]
        names = self.field_path.split(".")
        for name in names[:-1]:
            if name not in records._fields or not records._fields[name].relational:
                return self.field_path
            records = self.env[records._fields[name].comodel_name]
        if names[-1] not in records._fields:
            return self.field_path
        return records.fields_get([names[-1]], ["string"])[names[-1]]["string"]

    @api.model
    def _private(self, model, path):
        """Tell whether a path leads to money or private data."""
        if model not in self.env or not path:
            return False
        records = self.env[model]
        for name in path.split("."):
            field = records._fields.get(name)
            if field is None:
                return False
            if (
                field.type == "monetary" or field.groups
                or PRIVATE_WORDS & set(name.split("_"))
            ):
                return True
            if field.relational:
                records = self.env[field.comodel_name]
        return False

    @api.constrains("field_path", "shown", "setup_id")
    def _check_path(self):
        for line in self:
            model = line.setup_id.model_id.model
            wrong = model in self.env and placeholders.problem(
                self.env[model], line.field_path)
            if wrong:
                raise ValidationError(
                    _("%(path)s: the field %(name)s cannot be shown on a card.")
                    % {"path": line.field_path, "name": wrong}
                )
            if line.shown == "card" and self._private(model, line.field_path):
                raise ValidationError(
                    _("%s is money or private: DingTalk may not store it. Choose "
                      "another way to show it.") % (line.title or line.field_path)
                )
