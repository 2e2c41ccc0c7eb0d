# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

from ..form import amounts, components, times
from .dingding_approval_reading import TYPES
from .expression import ExpressionError, evaluate

# What decides which value of a record is sent; ``author_id`` answers for all of it.
CONTENT = (
    "source", "expression", "field_path", "field_path_end", "mapping_id", "parent_id",
    "component_id",
)


class DingdingApprovalMappingLine(models.Model):
    """What goes into one component of the form."""

    _name = "dingding.approval.mapping.line"
    _description = "Line of a DingTalk Approval Mapping"
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
        help="What goes into the columns; fields are those of a row.",
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
        related="component_id.parent_id", string="Table of the form", readonly=True
    )
    source = fields.Selection(
        [
            ("field", "A field"),
            ("constant", "A constant"),
            ("attachments", "All attachments"),
            ("link", "A link to the record"),
            ("expression", "An expression"),
            ("nothing", "Nothing"),
        ],
        string="Filled with", required=True, default="field",
        help="All attachments are those that people have added to the record. "
        "Expressions are for administrators only.",
    )
    field_path = fields.Char(
        string="Field",
        help="Technical name of a field, or names with dots between them, such as "
        "partner_id.name. Numbers of several records are added up.",
    )
    field_path_end = fields.Char(
        string="Field of the end", help="Of a range of dates: where it ends."
    )
    constant = fields.Char(
        help="The same for every record. Of several options each after a comma; of a "
        "range of dates both after a comma."
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
        help="Python expression about record, user and today, evaluated with the "
        "rights of who submits. Only administrators may write it.",
    )
    author_id = fields.Many2one(
        "res.users", string="Written by", readonly=True, copy=False,
        ondelete="set null",
        help="The administrator who wrote this line. Without one, expressions are not "
        "evaluated and fields that are restricted to a group are not read.",
    )
    source_text = fields.Char(string="Value", compute="_compute_source_text")

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

    def _path_text(self, path):
        """Return the labels along a path, and the path: Customer › Name (a.b)."""
        along = self.env["dingding.approval.reading"]._path_fields(
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

    # -- who may write what ----------------------------------------------------------

    def _check_expression(self):
        """Refuse to touch stored lines with an expression, except to administrators.

        An administrator has approved the expression for this component of this mapping.

        :raise AccessError: the user is not an administrator
        """
        if self.env["dingding.approval.mapping"]._is_administrator():
            return
        if any(row.source == "expression" or row.expression for row in self.sudo()):
            raise AccessError(
                _("Only administrators may write or change lines with an expression.")
            )

    def _note_author(self):
        """Store who answers for what these lines now say: an administrator, or nobody.

        What is stored counts: values also come from defaults.
        """
        self._check_expression()
        mappings = self.env["dingding.approval.mapping"]
        self._set_author(self.env.uid if mappings._acts_as_administrator() else False)

    def _set_author(self, author):
        lines = super(DingdingApprovalMappingLine, self.sudo())
        return lines.write({"author_id": author})

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
        lines = compat.super_create(super(DingdingApprovalMappingLine, self), made)
        lines._note_author()
        lines.mapped("mapping_id")._changed()
        return lines

    def write(self, vals):
        self._check_expression()
        vals = {name: vals[name] for name in vals if name != "author_id"}
        result = super(DingdingApprovalMappingLine, self).write(vals)
        if set(vals) & set(CONTENT):
            compat.check_access(self, "write")
            self._note_author()
            # Columns are read from what the table's path now leads to.
            columns = self.sudo().mapped("child_ids")
            columns.filtered(lambda row: not row.parent_id.author_id)._set_author(False)
        self.mapped("mapping_id")._changed()
        return result

    def unlink(self):
        self._check_expression()
        mappings = self.mapped("mapping_id")
        result = super(DingdingApprovalMappingLine, self).unlink()
        mappings.exists()._changed()
        return result

    @api.constrains("component_id", "mapping_id", "parent_id")
    def _check_component(self):
        for line in self:
            component = line.component_id
            if component.template_id != line.mapping_id.template_id:
                raise ValidationError(
                    _("%s is no component of the mapping's template.")
                    % component.title
                )
            if component.parent_id != line.parent_id.component_id:
                raise ValidationError(
                    _("%s stands elsewhere on the form: columns belong below the line "
                      "of their table.") % component.title
                )
            if line.parent_id and line.parent_id.mapping_id != line.mapping_id:
                raise ValidationError(_("The table belongs to another mapping."))

    def _copy_into(self, mapping, parent=None):
        """Copy the line into another mapping, below a copied line; return the copy."""
        vals = {"mapping_id": mapping.id, "parent_id": parent.id if parent else False}
        author = self.sudo().author_id
        if self.source == "expression":
            if author and mapping._is_administrator():
                vals["expression"] = self.sudo().expression
            else:
                vals["source"] = "nothing"
        line = self.copy(vals)
        if not author:
            # Whoever copies a line has not read it.
            line._set_author(False)
        return line

    # -- checking without a record ---------------------------------------------------

    def _model_name(self):
        """Return the name of the model that the field paths begin at, or empty."""
        if not self.parent_id:
            return self.mapping_id.model_id.model
        along = self.env["dingding.approval.reading"]._path_fields(
            self.mapping_id.model_id.model, self.parent_id.field_path
        )
        return along[-1].comodel_name or "" if along else ""

    def _static_problems(self, one):
        """Return what is wrong with the line whatever the record is.

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
        along = self.env["dingding.approval.reading"]._path_fields(model, path)
        if not along:
            return [
                components.problem("path_broken", one, model=model, path=path or "?")
            ]
        reading = self.env["dingding.approval.reading"]
        closed = reading._closed(along, bool(self.sudo().author_id))
        if closed:
            return [components.problem(closed, one, path=path)]
        field, kind = along[-1], components.kind_of(one["kind"])
        if not kind.settable:
            return [components.problem("not_settable", one, kind=one["kind"])]
        if field.type not in TYPES.get(kind.shape, ()):
            return [
                components.problem(
                    "path_kind", one, path=path, type=field.type, kind=one["kind"]
                )
            ]
        return []

    # -- values ----------------------------------------------------------------------

    def _value(self, record, one, how):
        """Return (plain value, problems) for a record.

        :param record: in the environment of who submits
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
        reading = record.env["dingding.approval.reading"]
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
        """Return (list of rows, problems) of a table.

        What the columns read is checked for all rows at once.
        """
        reading = record.env["dingding.approval.reading"]
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
        """Return (a value for each row, problems), read for all rows together."""
        reading = rows.env["dingding.approval.reading"]
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
                value, found = reading._plain(one, holders, along[-1], how)
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
        reading = record.env["dingding.approval.reading"]
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
        """Return the problem of an expression that no administrator has written."""
        if self.sudo().author_id:
            return []
        return [components.problem("expression_unapproved", one)]

    def _adapted(self, one, value):
        """Return (plain value, problems) of what an expression has given.

        Records are put as fields would be; dates may be texts as Odoo 11 writes them.
        """
        shape = components.kind_of(one["kind"]).shape
        reading = self.env["dingding.approval.reading"]
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
