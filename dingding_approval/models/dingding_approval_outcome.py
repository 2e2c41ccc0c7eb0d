# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

NOT_WRITABLE = ("id", "create_uid", "create_date", "write_uid", "write_date")
VALUE_TYPES = (
    "boolean", "char", "text", "integer", "float", "monetary", "selection", "date",
    "datetime", "many2one",
)
MOST_CHOICES = 200  # records offered for a relation


class DingdingApprovalOutcome(models.Model):
    """Define one action on a record when its approval has ended.

    Odoo acts as other users, so only administrators write them.
    """

    _name = "dingding.approval.outcome"
    _description = "DingTalk Approval Outcome"
    _order = "mapping_id, outcome, sequence, id"

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", required=True, index=True, ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    outcome = fields.Selection(
        [
            ("agreed", "Approved"), ("refused", "Refused"), ("terminated", "Withdrawn"),
            ("revoked", "Revoked"),
        ],
        required=True, default="agreed",
        help="Withdrawn: before the decision. Revoked: an approval that was granted "
             "is taken back in DingTalk.",
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
        domain="[('model_id', '=', model_id), ('readonly', '=', False), "
               "('ttype', 'in', %r), ('name', 'not in', %r)]"
               % (list(VALUE_TYPES), list(NOT_WRITABLE)),
    )
    value = fields.Char(
        help="Empty clears the field. Enter today for a date and now for a time to use "
             "the moment of the decision.",
    )
    value_choices = fields.Text(
        compute="_compute_value_choices", compute_sudo=False,
        help="Values that the field can have, as JSON: value and label of each.",
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
    method_choices = fields.Text(
        compute="_compute_method_choices",
        help="Methods that can be called, as JSON: name and title of each.",
    )
    user_id = fields.Many2one(
        "res.users", string="Run as", ondelete="restrict",
        help="User whose access rights apply. If empty, the user who submitted the "
             "record.",
    )
    name = fields.Char(
        string="Description", compute="_compute_name", compute_sudo=False)

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    @compat.depends_on_user
    @api.depends("kind", "field_id", "value", "server_action_id", "method")
    def _compute_name(self):
        for row in self:
            if row.kind == "field_value":
                labels = dict(row._value_labels(row.value))
                value = row.value or ""
                row.name = "%s = %s" % (
                    row.field_id.field_description or "", labels.get(value, value),
                )
            elif row.kind == "server_action":
                row.name = row.server_action_id.name
            else:
                model = row.mapping_id.model_id.model
                row.name = self._allowed_methods(model).get(row.method, row.method)

    @compat.depends_on_user
    @api.depends("field_id", "value")
    def _compute_value_choices(self):
        for row in self:
            row.value_choices = json.dumps(row._value_labels())

    @api.depends("mapping_id")
    def _compute_method_choices(self):
        for row in self:
            methods = self._allowed_methods(row.mapping_id.model_id.model)
            row.method_choices = json.dumps(
                sorted(methods.items(), key=lambda item: item[1])
            )

    @api.onchange("field_id")
    def _onchange_field_id(self):
        """Drop a value that the field cannot have."""
        labels = self._value_labels()
        if labels and self.value not in [value for value, _label in labels]:
            self.value = False

    def _value_labels(self, value=None):
        """Return [(value, label)] that the field can have, in the user's language.

        Empty if any value can be entered, or if too many records can be chosen.

        :param value: return the label of this value only, where that is quicker
        """
        field = self.field_id
        model = field.sudo().model
        if not field or model not in self.env:
            return []
        if field.ttype == "boolean":
            return [("1", _("Yes")), ("0", _("No"))]
        own = self.env[model]._fields.get(field.name)
        if own is None:
            return []
        if own.type == "selection":
            # Includes values of methods and other addons.
            return [
                (str(key), label)
                for key, label in own._description_selection(self.env)
            ]
        if own.type != "many2one":
            return []
        records = self.env[own.comodel_name]
        try:
            if value is not None:
                record = records.browse(int(value or 0))
                known = rights.may_see(self.env, record)
                return [(str(record.id), record.display_name)] if known else []
            found = records.name_search("", limit=MOST_CHOICES + 1)
        except (AccessError, ValueError):
            return []
        if len(found) > MOST_CHOICES:
            return []
        labels = [(str(key), label) for key, label in found]
        if self.value and self.value not in dict(labels):
            # It may be archived.
            labels += self._value_labels(self.value)
        return labels

    @api.model
    def _allowed_methods(self, model):
        """Return {method: title} of what mappings may call on records of a model.

        Addons extend it. The outcome fails if the result is an action that opens a
        wizard, and the record was not written; other results are ignored. Arguments:
        :meth:`_method_arguments`.

        :param str model: name of the model
        """
        methods = self.env["dingding.approval.mapping"]._setup_methods(model)
        return {name: outcome["title"] for name, outcome in methods.items()}

    @api.model
    def _method_arguments(self, record, method, approval):
        """Return the arguments with which an allowed method is called.

        :param approval: the approval that has ended, with sudo
        """
        methods = self.env["dingding.approval.mapping"]._setup_methods(record._name)
        if not methods.get(method, {}).get("reason"):
            return ()
        remarks = approval.record_ids.filtered("remark").mapped("remark")
        return (
            ": ".join([_("Refused in DingTalk: %s") % approval.name] + remarks[-1:]),
        )

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
                # Includes values of methods and other addons.
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
