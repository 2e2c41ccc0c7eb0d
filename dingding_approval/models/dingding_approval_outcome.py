# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat, rights

# Fields that an outcome never sets.
NOT_WRITABLE = ("id", "create_uid", "create_date", "write_uid", "write_date")
VALUE_TYPES = (
    "boolean", "char", "text", "integer", "float", "monetary", "selection", "date",
    "datetime", "many2one",
)


class DingdingApprovalOutcome(models.Model):
    """Define one action on a record when its approval has ended.

    These rows make Odoo act as other users, so only administrators may write them.
    """

    _name = "dingding.approval.outcome"
    _description = "DingTalk Approval Outcome"
    _order = "mapping_id, outcome, sequence, id"

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", required=True, index=True, ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    outcome = fields.Selection(
        [("agreed", "Approved"), ("refused", "Refused"), ("terminated", "Withdrawn")],
        required=True, default="agreed",
    )
    kind = fields.Selection(
        [
            ("field_value", "Write a value"),
            ("server_action", "Run a server action"),
            ("method", "Call a method"),
        ],
        string="What to do", required=True, default="field_value",
    )
    model_id = fields.Many2one(related="mapping_id.model_id", readonly=True)
    field_id = fields.Many2one(
        "ir.model.fields", string="Field", ondelete="cascade",
        domain="[('model_id', '=', model_id), ('readonly', '=', False)]",
    )
    value = fields.Char(
        help="For a selection its technical name, for a relation the record ID, for a "
             "yes/no field 1 or 0; today and now for dates.",
    )
    server_action_id = fields.Many2one(
        "ir.actions.server", string="Server action", ondelete="restrict",
        domain="[('model_id', '=', model_id)]",
        help="Runs on this record only.",
    )
    method = fields.Char(
        help="Technical name of a method that the model's developer has released for "
             "approvals.",
    )
    user_id = fields.Many2one(
        "res.users", string="Run as", ondelete="restrict",
        help="User whose access rights apply. If empty, the user who submitted the "
             "record.",
    )
    name = fields.Char(compute="_compute_name", string="Description")

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    @api.depends("kind", "field_id", "value", "server_action_id", "method")
    def _compute_name(self):
        for row in self:
            if row.kind == "field_value":
                row.name = "%s = %s" % (
                    row.field_id.field_description or "", row.value or "",
                )
            elif row.kind == "server_action":
                row.name = row.server_action_id.name
            else:
                row.name = row.method

    @api.model
    def _allowed_methods(self, model):
        """Return {method: title} of what mappings may call on records of a model.

        Extend this to allow more methods. They take no arguments, and their result is
        ignored.

        :param str model: name of the model
        """
        return {}

    @api.constrains(
        "kind", "field_id", "value", "server_action_id", "method", "mapping_id"
    )
    def _check_complete(self):
        for row in self:
            model = row.mapping_id.model_id
            if row.kind == "field_value":
                row._check_field(model)
            elif row.kind == "server_action":
                if row.server_action_id.model_id != model:
                    raise ValidationError(
                        _("Choose a server action of the model %s.") % model.name
                    )
            elif row.method not in self._allowed_methods(model.model):
                allowed = sorted(self._allowed_methods(model.model))
                raise ValidationError(
                    _("%(method)s may not be called. Methods released for approvals: "
                      "%(methods)s.")
                    % {
                        "method": row.method or "",
                        "methods": ", ".join(allowed) or _("nothing"),
                    }
                )

    def _check_field(self, model):
        """Refuse values that are invalid for the field."""
        field = self.field_id
        if (
            not field
            or field.model_id != model
            or field.name in NOT_WRITABLE
            or field.ttype not in VALUE_TYPES
        ):
            raise ValidationError(
                _("Choose a writable field of %s.") % model.name
            )
        own = self.env[model.model]._fields[field.name]
        text = (self.value or "").strip()
        try:
            if field.ttype in ("integer", "many2one"):
                int(text or 0)
            elif field.ttype in ("float", "monetary"):
                float(text or 0)
            elif field.ttype == "selection" and text:
                # Includes values of a method and those that other addons add.
                known = dict(own._description_selection(self.env))
                if text not in known:
                    raise ValueError(text)
            elif field.ttype == "date" and text not in ("", "today"):
                fields.Date.from_string(text)
            elif field.ttype == "datetime" and text not in ("", "now"):
                fields.Datetime.from_string(text)
        except ValueError:
            raise ValidationError(
                _("%(field)s cannot have the value '%(value)s'.")
                % {"field": field.field_description, "value": text}
            )
