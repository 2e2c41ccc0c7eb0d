# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import uuid

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat

from ..form import components

KINDS = [
    ("TextField", "Text"),
    ("TextareaField", "Multi-line text"),
    ("NumberField", "Number"),
    ("MoneyField", "Amount"),
    ("DDSelectField", "Single choice"),
    ("DDMultiSelectField", "Multiple choice"),
    ("DDDateField", "Date"),
    ("DDDateRangeField", "Date range"),
    ("InnerContactField", "People"),
    ("DepartmentField", "Departments"),
    ("DDPhotoField", "Pictures"),
    ("DDAttachment", "Files"),
    ("PhoneField", "Telephone number"),
    ("RelateField", "Related approvals"),
    ("TableField", "Table"),
    ("AddressField", "Address"),
    ("StarRatingField", "Stars"),
    ("IdCardField", "Identity card number"),
    ("TimeAndLocationField", "Time and place"),
    ("CalculateField", "Calculated by DingTalk"),
    ("TextNote", "Note"),
]


class DingdingApprovalComponent(models.Model):
    """One component of a template's form, or a column of one of its tables."""

    _name = "dingding.approval.component"
    _description = "DingTalk Approval Template Component"
    _order = "template_id, parent_id desc, sequence, id"
    _rec_name = "title"

    template_id = fields.Many2one(
        "dingding.approval.template", string="Template", required=True, index=True,
        ondelete="cascade",
    )
    parent_id = fields.Many2one(
        "dingding.approval.component", string="Table", index=True, ondelete="cascade",
    )
    child_ids = fields.One2many(
        "dingding.approval.component", "parent_id", string="Columns"
    )
    sequence = fields.Integer(default=10)
    component_key = fields.Char(
        string="DingTalk ID", required=True, copy=False, index=True,
        help="The component's ID in DingTalk. Generated for components entered "
             "manually.",
    )
    kind = fields.Char(
        string="DingTalk type", required=True, default="TextField",
        help="Name of the component type, including types that this addon does not "
             "know.",
    )
    known_kind = fields.Selection(
        KINDS, string="Type", compute="_compute_known_kind",
        inverse="_inverse_known_kind",
    )
    label = fields.Char(
        required=True,
        help="Name of the component on the form. Separate the two labels of a date "
             "range with a vertical bar, or enter them in DingTalk's format.",
    )
    title = fields.Char(compute="_compute_title", store=True)
    required = fields.Boolean()
    options_text = fields.Text(
        string="Options", help="One option per line, as shown on the form."
    )
    option_keys = fields.Text(
        string="Option IDs",
        readonly=True, copy=False, help="DingTalk's IDs of the options, one per line."
    )
    alias = fields.Char(copy=False)
    unit = fields.Char(
        help="Unit of a number, such as a currency or 天. A date with the unit 小时 "
             "includes the time."
    )
    date_format = fields.Char(
        string="Format", help="yyyy-MM-dd or yyyy-MM-dd HH:mm; of dates only."
    )
    multiple = fields.Boolean(
        default=True, help="More than one person or department."
    )
    capital = fields.Boolean(
        string="Amount in words", default=True,
        help="Shows the amount in Chinese words below.",
    )
    stars = fields.Integer(help="Number of stars: 5 or 10.")
    placeholder = fields.Char()
    content = fields.Text(help="Text of a note.")
    gone = fields.Boolean(
        string="Removed in DingTalk", readonly=True, copy=False,
        help="DingTalk's template no longer has this component, but a mapping uses it.",
    )

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["template_id", "component_key"]
        )

    @api.depends("kind")
    def _compute_known_kind(self):
        known = dict(KINDS)
        for row in self:
            row.known_kind = row.kind if row.kind in known else False

    def _inverse_known_kind(self):
        for row in self:
            if row.known_kind:
                row.kind = row.known_kind

    @api.onchange("known_kind")
    def _onchange_known_kind(self):
        if self.known_kind:
            self.kind = self.known_kind

    @api.depends("label", "component_key")
    def _compute_title(self):
        for row in self:
            row.title = components.title(
                {"label": row.label or "", "key": row.component_key or ""}
            )

    @api.constrains("parent_id", "kind", "template_id")
    def _check_parent(self):
        for row in self:
            parent = row.parent_id
            if parent and (
                parent.kind != "TableField"
                or parent.parent_id
                or row.kind == "TableField"
                or parent.template_id != row.template_id
            ):
                raise ValidationError(
                    _("%s: only tables have columns, and tables cannot contain tables.")
                    % row.title
                )

    @api.model
    def _prepared(self, vals):
        """Return vals with normalised key and label."""
        vals = dict(vals)
        if vals.get("known_kind"):
            vals["kind"] = vals["known_kind"]
        if vals.get("label"):
            kind = vals.get("kind") or (self[:1].kind if self else "")
            vals["label"] = self._written_label(vals["label"], kind)
        return vals

    @api.model
    def _written_label(self, label, kind):
        """Return a label in DingTalk's format: for a range the JSON list of two."""
        ends = [each.strip() for each in label.split("|")]
        if kind == "DDDateRangeField" and len(ends) == 2 and all(ends):
            return components.dump(ends)
        return label

    @compat.create_multi
    def create(self, vals_list):
        made = []
        for vals in vals_list:
            vals = self.browse()._prepared(vals)
            if not vals.get("component_key"):
                kind = vals.get("kind") or "TextField"
                vals["component_key"] = "%s_%s" % (kind, uuid.uuid4().hex[:12].upper())
            if vals.get("parent_id") and not vals.get("template_id"):
                vals["template_id"] = self.browse(vals["parent_id"]).template_id.id
            made.append(vals)
        rows = compat.super_create(super(), made)
        rows.mapped("template_id")._check_deciding()
        return rows

    def write(self, vals):
        if len(self) > 1 and vals.get("label") and "kind" not in vals:
            return all([row.write(vals) for row in self])
        # Values of mappings go to the components with these keys.
        self.mapped("template_id")._check_deciding()
        vals = self._prepared(vals)
        result = super().write(vals)
        if "template_id" in vals:
            compat.check_access(self, "write")
            self.mapped("template_id")._check_deciding()
        return result

    def unlink(self):
        self.mapped("template_id")._check_deciding()
        return super().unlink()

    # -- plain values ----------------------------------------------------------------

    def _plain(self):
        """Return the components in order, in the format of :mod:`..form.components`."""
        return [row._plain_one() for row in self.sorted(lambda row: row._place())]

    def _place(self):
        return self.sequence, self.id if isinstance(self.id, int) else 0

    def _plain_one(self):
        options = (self.options_text or "").splitlines()
        keys = (self.option_keys or "").splitlines()
        keys += [""] * (len(options) - len(keys))
        return components.component(
            self.component_key,
            self.kind,
            self.label or "",
            required=bool(self.required),
            options=[
                {"value": value, "key": key}
                for value, key in zip(options, keys)
                if value.strip()
            ],
            alias=self.alias or "",
            unit=self.unit or "",
            format=self.date_format or "",
            multiple=bool(self.multiple),
            capital=bool(self.capital),
            limit=self.stars or 0,
            placeholder=self.placeholder or "",
            content=self.content or "",
            children=self.child_ids.filtered(lambda row: not row.gone)._plain(),
        )

    @api.model
    def _row_values(self, one, sequence):
        """Return the field values of a component, without its columns."""
        return {
            "component_key": one["key"],
            "kind": one["kind"],
            "label": one["label"] or one["content"][:20] or one["key"],
            "required": one["required"],
            "options_text": "\n".join(each["value"] for each in one["options"]),
            "option_keys": "\n".join(each["key"] for each in one["options"]),
            "alias": one["alias"],
            "unit": one["unit"],
            "date_format": one["format"],
            "multiple": one["multiple"],
            "capital": one["capital"],
            "stars": one["limit"],
            "placeholder": one["placeholder"],
            "content": one["content"],
            "sequence": sequence,
            "gone": False,
        }
