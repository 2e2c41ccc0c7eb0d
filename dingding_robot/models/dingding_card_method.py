# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.dingding import compat, rights

# Methods that do more than act on a record.
CLOSED_METHODS = (
    "browse", "copy", "create", "export_data", "fields_get", "load", "read",
    "read_group", "search", "search_count", "search_read", "sudo", "unlink", "write",
    "with_context", "with_env", "with_user",
)
CLOSED_MODELS = ("res.users", "res.groups", "res.company", "base")
CLOSED_BEGINNINGS = ("ir.", "dingding.", "base.", "bus.")
OPEN_BEGINNINGS = ("dingding.demo.",)


class DingdingCardMethod(models.Model):
    """A method that buttons of cards may call, with the presser's rights.

    Only administrators write these rows.
    """

    _name = "dingding.card.method"
    _description = "DingTalk Card Method"
    _order = "model, name, id"
    _rec_name = "title"

    title = fields.Char(
        required=True, translate=True, help="Effect of the method, for users.")
    model_id = fields.Many2one(
        "ir.model", string="Model", required=True, ondelete="cascade",
        domain=[("transient", "=", False)],
    )
    # Not a related field: see dingding.card.setup.
    model = fields.Char(
        string="Model name", compute="_compute_model", compute_sudo=True, store=True,
        index=True, readonly=True,
    )
    name = fields.Char(
        string="Method", required=True, help="Technical name, such as button_approve.",
    )
    takes_text = fields.Boolean(
        help="The method takes a text, such as the reason of a refusal: the first "
             "input of the card.",
    )
    slow = fields.Boolean(
        string="Takes long",
        help="DingTalk expects an answer within two seconds. The card then says that "
             "the work is in progress, and is updated afterwards.",
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["model_id", "name"])

    @api.depends("model_id")
    def _compute_model(self):
        for row in self:
            row.model = row.model_id.model

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    def unlink(self):
        compat.check_access(self, "unlink")
        # sudo: buttons of other companies count, too.
        used = self.env["dingding.card.action"].sudo().search(
            [("method_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                _("Buttons of cards call this method. Remove the buttons first."))
        return super().unlink()

    @api.model
    def _is_closed(self, name):
        """Tell whether cards are forbidden for a model.

        Records of Odoo's own models are rights and settings.
        """
        if name not in self.env:
            return True
        if name.startswith(OPEN_BEGINNINGS):
            return False
        model = self.env[name]
        return (
            model._abstract or model._transient or name in CLOSED_MODELS
            or name.startswith(CLOSED_BEGINNINGS)
        )

    @api.constrains("model_id", "name")
    def _check_method(self):
        for row in self:
            if self._is_closed(row.model_id.model):
                raise ValidationError(
                    _("Cards cannot stand for records of %s.") % row.model_id.name)
            if not row._exists():
                raise ValidationError(
                    _("%(method)s is not a method of %(model)s that a card may call.")
                    % {"method": row.name, "model": row.model_id.name}
                )

    def _exists(self):
        """Tell whether the method exists and a card may call it."""
        name, model = self.name or "", self.model
        return (
            model in self.env and not name.startswith("_")
            and name not in CLOSED_METHODS
            and callable(getattr(type(self.env[model]), name, None))
        )
