# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

from ..form import amounts, components, times
from .dingding_approval_reader import TYPES
from .expression import ExpressionError, evaluate

# Fields that decide which value is sent; ``author_id`` is responsible for them.
CONTENT = (
    "source", "expression", "field_path", "field_path_end", "constant", "mapping_id",
    "parent_id", "component_id",
)


class DingdingApprovalMappingLine(models.Model):
    """Fill one component of the form."""

    _name = "dingding.approval.mapping.line"
    _description = "DingTalk Approval Mapping Line"
    _order = "mapping_id, sequence, id"
    _rec_name = "title"

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", required=True, index=True, ondelete="cascade",
    )
    parent_id = fields.Many2one(
        "dingding.approval.mapping.line", string="Table", index=True,
        ondelete="cascade",
    )
    child_ids = fields.One2many(
        "dingding.approval.mapping.line", "parent_id", string="Columns",
        help="Values of the columns; fields belong to the model of the rows.",
    )
    template_id = fields.Many2one(related="mapping_id.template_id", readonly=True)
    sequence = fields.Integer(default=10)
    component_id = fields.Many2one(
        "dingding.approval.component", string="Component", required=True,
        ondelete="restrict", index=True,
    )
    title = fields.Char(related="component_id.title", readonly=True)
    kind = fields.Char(related="component_id.kind", readonly=True)
    known_kind = fields.Selection(related="component_id.known_kind", readonly=True)
    required = fields.Boolean(related="component_id.required", readonly=True)
    gone = fields.Boolean(related="component_id.gone", readonly=True)
    parent_component_id = fields.Many2one(
        related="component_id.parent_id", string="Form table", readonly=True
    )
    source = fields.Selection(
        [
            ("field", "Field"),
            ("constant", "Constant"),
            ("attachments", "All attachments"),
            ("link", "Link to the record"),
            ("expression", "Expression"),
            ("nothing", "Nothing"),
        ],
        string="Filled with", required=True, default="field",
        help="All attachments: the files that people have added to the record. "
             "Expression: for administrators only.",
    )
    field_path = fields.Char(
        string="Field",
        help="Technical name of a field, or a path such as partner_id.name. Numbers of "
             "several records are added up.",
    )
    field_path_end = fields.Char(
        string="End field", help="End of a date range."
    )
    constant = fields.Char(
        help="Same value for every record. Separate several options, or the two dates "
             "of a range, with commas."
    )
    person_ids = fields.Many2many(
        "dingding.user", "dingding_approval_line_person_rel", "line_id", "person_id",
        string="People",
    )
    department_ids = fields.Many2many(
        "dingding.department", "dingding_approval_line_department_rel", "line_id",
        "department_id", string="Departments",
    )
    expression = fields.Char(
        groups="base.group_system", copy=False,
        help="Python expression with record, user and today, evaluated with the access "
             "rights of the submitting user. Only administrators may enter it.",
    )
    author_id = fields.Many2one(
        "res.users", string="Written by", readonly=True, copy=False,
        ondelete="set null",
        help="The administrator who wrote this line. Without one, expressions are not "
             "evaluated and restricted fields are not read.",
    )
    source_text = fields.Char(string="Value", compute="_compute_source_text")
    field_text = fields.Char(
        string="Field label", compute="_compute_field_text",
        help="Labels of the fields along the path, in your language.",
    )
    path_model = fields.Char(compute="_compute_models")
    rows_model = fields.Char(
        compute="_compute_models", help="Model of the rows, where columns begin."
    )

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["mapping_id", "component_id"]
        )

    @api.depends(
        "source", "field_path", "field_path_end", "constant", "person_ids",
        "department_ids",
    )
    def _compute_source_text(self):
        for line in self:
            text = ""
            if line.source == "field":
                paths = [line.field_path, line.field_path_end]
                text = " – ".join(line._path_text(each) for each in paths if each)
            elif line.source == "constant":
                people = line.person_ids | self.env["dingding.user"]
                names = people.mapped("name") + line.department_ids.mapped("name")
                text = line.constant or ", ".join(names)
            line.source_text = text

    @api.depends("field_path", "mapping_id", "parent_id")
    def _compute_models(self):
        reading = self.env["dingding.approval.reader"]
        for line in self:
            model = line._model_name()
            along = reading._path_fields(model, line.field_path)
            line.path_model = model
            line.rows_model = along[-1].comodel_name if along else False

    @api.depends(
        "source", "field_path", "field_path_end", "mapping_id", "parent_id"
    )
    def _compute_field_text(self):
        for line in self:
            text = line.source_text if line.source == "field" else False
            line.field_text = text

    def _path_text(self, path):
        """Return the labels along a path, and the path: Customer › Name (a.b)."""
        along = self.env["dingding.approval.reader"]._path_fields(
            self._model_name(), path
        )
        if not along:
            return path
        labels = [
            self.env[field.model_name].fields_get([field.name], ["string"])
            for field in along
        ]
        names = [
            found.get(field.name, {}).get("string") or field.name
            for field, found in zip(along, labels)
        ]
        return "%s (%s)" % (" › ".join(names), path)

    # -- write access ----------------------------------------------------------------

    def _check_expression(self):
        """Allow only administrators to change stored lines with an expression.

        :raise AccessError: the user is not an administrator
        """
        if rights.is_administrator(self.env):
            return
        if any(row.source == "expression" or row.expression for row in self.sudo()):
            raise AccessError(
                _("Only administrators may enter or change lines with an expression.")
            )

    def _note_author(self):
        """Store the administrator who is responsible for the lines' content, or nobody.

        Reads stored values.
        """
        self._check_expression()
        mappings = self.env["dingding.approval.mapping"]
        self._set_author(self.env.uid if mappings._acts_as_administrator() else False)

    def _set_author(self, author):
        self = self.sudo()
        return super().write({"author_id": author})

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        made = []
        for vals in vals_list:
            vals = {name: vals[name] for name in vals if name != "author_id"}
            if vals.get("parent_id") and not vals.get("mapping_id"):
                parent = self.browse(vals["parent_id"])
                vals["mapping_id"] = parent.mapping_id.id
            made.append(vals)
        lines = compat.super_create(super(), made)
        lines.mapped("mapping_id")._check_deciding()
        lines._note_author()
        lines.mapped("mapping_id")._changed()
        return lines

    def write(self, vals):
        self._check_expression()
        self.mapped("mapping_id")._check_deciding()
        vals = {name: vals[name] for name in vals if name != "author_id"}
        result = super().write(vals)
        if set(vals) & set(CONTENT):
            compat.check_access(self, "write")
            self.mapped("mapping_id")._check_deciding()
            self._note_author()
            # Columns depend on the table's path.
            columns = self.sudo().mapped("child_ids")
            columns.filtered(lambda row: not row.parent_id.author_id)._set_author(False)
        self.mapped("mapping_id")._changed()
        return result

    def unlink(self):
        self._check_expression()
        mappings = self.mapped("mapping_id")
        mappings._check_deciding()
        result = super().unlink()
        mappings.exists()._changed()
        return result

    @api.constrains("component_id", "mapping_id", "parent_id")
    def _check_component(self):
        for line in self:
            component = line.component_id
            if component.template_id != line.mapping_id.template_id:
                # 19 checks with all rights: the other one may be of another company.
                raise ValidationError(_(
                    "The component does not belong to the mapping's template."))
            if component.parent_id != line.parent_id.component_id:
                raise ValidationError(
                    _("%s is elsewhere on the form: columns belong below the line of "
                      "their table.") % component.title
                )
            if line.parent_id and line.parent_id.mapping_id != line.mapping_id:
                raise ValidationError(_("The table belongs to another mapping."))

    def _copy_into(self, mapping, parent=None):
        """Copy the line into a mapping, under a copied parent; return the copy."""
        vals = {"mapping_id": mapping.id, "parent_id": parent.id if parent else False}
        author = self.sudo().author_id
        if self.source == "expression":
            if author and rights.is_administrator(mapping.env):
                vals["expression"] = self.sudo().expression
            else:
                vals["source"] = "nothing"
        line = self.copy(vals)
        if not author:
            # Copying a line does not approve its expression.
            line._set_author(False)
        return line

    def _is_restricted(self):
        """Return whether only administrators may have the line sent."""
        if self.source == "expression":
            return True
        if self.source == "constant":
            return self._names_approvals()
        reading, model = self.env["dingding.approval.reader"], self._model_name()
        paths = (self.field_path, self.field_path_end) if self.source == "field" else ()
        return any(
            reading._closed(reading._path_fields(model, path)) for path in paths if path
        )

    def _names_approvals(self):
        """Return whether the line names approvals, which approvers can then read."""
        kind = self.sudo().component_id.kind
        return components.kind_of(kind).shape == "approvals"

    # -- checking without a record ---------------------------------------------------

    def _model_name(self):
        """Return the model where the field paths begin, or an empty text."""
        if not self.parent_id:
            return self.mapping_id.model_id.model
        along = self.env["dingding.approval.reader"]._path_fields(
            self.mapping_id.model_id.model, self.parent_id.field_path
        )
        return along[-1].comodel_name or "" if along else ""

    def _static_problems(self, one):
        """Return the problems of the line that do not depend on a record.

        :param dict one: its component
        """
        if self.source == "nothing":
            return []
        if self.source == "expression":
            return self._unapproved(one)
        if self.source == "constant":
            value, problems = self._constant(one)
            return problems or components.blocking(components.check(one, value))
        if self.source == "attachments" and one["kind"] != "DDAttachment":
            return [
                components.problem(
                    "path_kind", one, path=_("all attachments"), type="ir.attachment",
                    kind=one["kind"],
                )
            ]
        if self.source != "field":
            return []
        paths = [self.field_path]
        if one["kind"] == "DDDateRangeField":
            paths.append(self.field_path_end)
        problems = []
        for path in paths:
            problems += self._path_problems(one, path)
        return problems

    def _path_problems(self, one, path):
        model = self._model_name()
        along = self.env["dingding.approval.reader"]._path_fields(model, path)
        if not along:
            return [
                components.problem("path_broken", one, model=model, path=path or "?")
            ]
        reading = self.env["dingding.approval.reader"]
        closed = reading._closed(along, bool(self.sudo().author_id))
        if closed:
            return [components.problem(closed, one, path=path)]
        field, kind = along[-1], components.kind_of(one["kind"])
        if not kind.settable:
            return [components.problem("not_settable", one, kind=one["kind"])]
        # Other binary fields have no file that could be sent.
        fits = field.type != "binary" or field.store and field.attachment
        if field.type not in TYPES.get(kind.shape, ()) or not fits:
            return [
                components.problem(
                    "path_kind", one, path=path, type=field.type, kind=one["kind"]
                )
            ]
        return []

    # -- values ----------------------------------------------------------------------

    def _value(self, record, one, how):
        """Return (plain value, problems) for a record.

        :param record: in the submitter's environment
        :param dict one: component
        :param dict how: ``zone``, ``corp``
        """
        if self.source == "constant":
            return self._constant(one)
        if self.source == "attachments":
            return self._attachments(record, one)
        if self.source == "link":
            return self._link(record), []
        if self.source == "expression":
            return self._expression(record, one)
        if self.source != "field":
            return None, []
        if one["kind"] == "TableField":
            return self._rows(record, one, how)
        if one["kind"] == "DDDateRangeField":
            start, problems = self._read_path(record, one, self.field_path, how)
            end, more = self._read_path(record, one, self.field_path_end, how)
            return (start, end), problems + more
        return self._read_path(record, one, self.field_path, how)

    def _read_path(self, record, one, path, how):
        """Return (plain value, problems) of a field path."""
        reading = record.env["dingding.approval.reader"]
        broken = self._path_problems(one, path)
        if broken:
            return None, broken
        try:
            holders, field = reading._holders(record, path)
            if one["kind"] == "DDDateRangeField":
                return reading._moment(reading._first(holders), field, how), []
            return reading._plain(one, holders, field, how)
        except AccessError:
            return None, [components.problem("access", one, path=path)]

    def _rows(self, record, one, how):
        """Return (list of rows, problems) of a table."""
        reading = record.env["dingding.approval.reader"]
        broken = self._path_problems(one, self.field_path)
        if broken:
            return None, broken
        children = {child["key"]: child for child in one["children"]}
        try:
            holders, field = reading._holders(record, self.field_path)
            rows = holders.mapped(field.name)
            compat.check_access(rows, "read")
        except AccessError:
            return None, [components.problem("access", one, path=self.field_path)]
        found, problems = [{} for _row in rows], []
        for line in self.child_ids:
            child = children.get(line.component_id.component_key)
            if child is None:
                problems.append(("gone", {"label": line.title}))
                continue
            values, more = line._column(rows, child, how)
            problems += more
            for row, value in zip(found, values):
                if not components.is_empty(value):
                    row[child["key"]] = value
        return found, problems

    def _column(self, rows, one, how):
        """Return (a value for each row, problems), reading all rows together."""
        reading = rows.env["dingding.approval.reader"]
        values, problems = [], []
        if self.source == "field" and one["kind"] != "DDDateRangeField":
            broken = self._path_problems(one, self.field_path)
            if broken:
                return [None] * len(rows), broken
            try:
                reading._holders(rows, self.field_path)
            except AccessError:
                return [None] * len(rows), [
                    components.problem("access", one, path=self.field_path)
                ]
            head, _dot, name = self.field_path.rpartition(".")
            along = reading._path_fields(rows._name, self.field_path)
            for number, row in enumerate(rows, 1):
                holders = row.mapped(head) if head else row
                try:
                    value, found = reading._plain(one, holders, along[-1], how)
                except AccessError:
                    value, found = None, [
                        components.problem("access", one, path=self.field_path)
                    ]
                values.append(value)
                problems += self._in_row(found, number)
            return values, problems
        for number, row in enumerate(rows, 1):
            value, found = self._value(row, one, how)
            values.append(value)
            problems += self._in_row(found, number)
        return values, problems

    def _in_row(self, problems, number):
        table = self.parent_id.title
        return [(key, dict(args, table=table, row=number)) for key, args in problems]

    def _attachments(self, record, one):
        reading = record.env["dingding.approval.reader"]
        try:
            return reading._files(reading._attachments_of(record)), []
        except AccessError:
            return None, [components.problem("access", one, path="ir.attachment")]

    def _link(self, record):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return "%s/web#id=%d&model=%s&view_type=form" % (
            base.rstrip("/"), record.id, record._name,
        )

    def _expression(self, record, one):
        """Return (plain value, problems) of an administrator's expression."""
        unapproved = self._unapproved(one)
        if unapproved:
            return None, unapproved
        try:
            today = self.sudo().mapping_id.corp_id._local_time().date()
            value = evaluate(self.sudo().expression or "None", record, today)
        except ExpressionError as error:
            return None, [
                components.problem("expression_failed", one, error=str(error))
            ]
        return self._adapted(one, value)

    def _unapproved(self, one):
        """Return the problem of an expression that no administrator has approved."""
        if self.sudo().author_id:
            return []
        return [components.problem("expression_unapproved", one)]

    def _adapted(self, one, value):
        """Return (plain value, problems) of the result of an expression.

        Dates may be texts in Odoo 11.0's format.
        """
        shape = components.kind_of(one["kind"]).shape
        reading = self.env["dingding.approval.reader"]
        corp = self.mapping_id.corp_id
        if shape == "rows":
            return None, [components.problem("not_settable", one, kind=one["kind"])]
        if isinstance(value, models.BaseModel):
            if shape == "people":
                people, missing = reading._people(value, corp)
                return people.mapped("userid"), [
                    components.problem("person_unlinked", one, name=name)
                    for name in missing
                ]
            if shape == "departments":
                found, missing = reading._departments(value, corp)
                return [int(each.dept_id) for each in found], [
                    components.problem("department_unlinked", one, name=name)
                    for name in missing
                ]
            if shape == "files" and value._name == "ir.attachment":
                return reading._files(value), []
            names = [each.display_name or "" for each in value]
            value = names if shape == "choices" else "、".join(names)
        if shape == "date":
            return times.parse(value) or value or None, []
        if shape == "range" and isinstance(value, (list, tuple)):
            return tuple(times.parse(each) or each or None for each in value), []
        if shape in ("choices", "people", "approvals", "pictures", "departments"):
            if components.is_empty(value):
                return [], []
            return (list(value) if isinstance(value, (list, tuple)) else [value]), []
        if shape in ("text", "choice") and not components.is_empty(value):
            return str(value), []
        return value, []

    def _constant(self, one):
        """Return (plain value, problems) of the constant."""
        shape = components.kind_of(one["kind"]).shape
        text = (self.constant or "").strip()
        if shape == "approvals" and text and not self.sudo().author_id:
            return None, [components.problem("path_restricted", one, path=text)]
        parts = [each.strip() for each in text.replace("，", ",").split(",")]
        parts = [each for each in parts if each]
        if shape == "people":
            people = self.with_context(active_test=False).person_ids
            gone = people.filtered(lambda person: not person.active)
            return (people - gone).mapped("userid"), [
                components.problem("person_unlinked", one, name=person.name)
                for person in gone
            ]
        if shape == "departments":
            return [int(each.dept_id) for each in self.department_ids], []
        if shape == "number":
            number = amounts.number(text)
            return (text or None) if number is None else number, []
        if shape == "date":
            return times.parse(text) or text or None, []
        if shape == "range":
            return (tuple(times.parse(each) or each for each in parts) or None), []
        if shape in ("choices", "approvals"):
            return parts, []
        if shape == "pictures":
            return text.split(), []
        if shape in ("files", "rows", "nothing"):
            return None, [components.problem("not_settable", one, kind=one["kind"])]
        return text or None, []
