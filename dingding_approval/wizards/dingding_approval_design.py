# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat, rights

from ..form import schema
from .dingding_approval_propose import CHINESE, LEFT_OUT, LEFT_OUT_NAMES

KIND_OF_TYPE = {
    "char": "TextField",
    "text": "TextareaField",
    "html": "TextareaField",
    "integer": "NumberField",
    "float": "NumberField",
    "monetary": "MoneyField",
    "date": "DDDateField",
    "datetime": "DDDateField",
    "boolean": "DDSelectField",
    "selection": "DDSelectField",
    "many2one": "TextField",
    "one2many": "TableField",
}
KIND_OF_MODEL = {
    "res.users": "InnerContactField",
    "hr.employee": "InnerContactField",
    "dingding.user": "InnerContactField",
    "hr.department": "DepartmentField",
    "dingding.department": "DepartmentField",
}
YES_NO = "是\n否"
LINE = ("take", "table", "field_name", "field_text", "label", "kind", "required")
COLUMN_TYPES = ("char", "text", "integer", "float", "monetary", "date", "many2one")


@compat.only_for("dingding.group_manager")
class DingdingApprovalDesign(models.TransientModel):
    """Create a template and its mapping from the fields of a model."""

    _name = "dingding.approval.design"
    _description = "DingTalk Approval Design"

    setup = fields.Selection(
        "_selection_setup", string="Ready setup",
        help="Proposes fields, conditions and outcomes for a usual approval. Setups "
             "are offered if their application is installed.",
    )
    name = fields.Char(required=True, help="Name of the template as shown to people.")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True,
        default=lambda self: self.env["dingding.corp"]._only(),
    )
    model_id = fields.Many2one(
        "ir.model", string="Model", required=True, ondelete="cascade",
        domain=[("transient", "=", False)],
    )
    query = fields.Char(
        string="Search fields",
        help="Lists the fields whose label or name contains this text. Selected fields "
             "stay in the list.",
    )
    outcomes_text = fields.Text(
        string="Outcomes", compute="_compute_outcomes", compute_sudo=False)
    may_decide = fields.Boolean(compute="_compute_outcomes", compute_sudo=False)
    with_outcomes = fields.Boolean(
        string="Apply outcomes", default=True,
        help="Runs the listed actions on the record after the decision.",
    )
    outcome_user_id = fields.Many2one(
        "res.users", string="Run as", default=lambda self: self.env.user,
        help="User whose access rights apply to the outcomes. If empty, the user who "
             "submitted the record.",
    )
    with_attachments = fields.Boolean(string="Include attachments", default=True)
    line_ids = fields.One2many(
        "dingding.approval.design.line", "design_id", string="Fields"
    )

    @api.model
    def _selection_setup(self):
        setups = self.env["dingding.approval.mapping"]._installed_setups()
        return [(setup["key"], setup["name"]) for setup in setups]

    def _setup(self):
        """Return the chosen setup if it is one of the model, or an empty dict."""
        for setup in self.env["dingding.approval.mapping"]._installed_setups():
            if setup["key"] == self.setup and setup["model"] == self.model_id.model:
                return setup
        return {}

    @compat.depends_on_user
    @api.depends("setup", "model_id")
    def _compute_outcomes(self):
        may_decide = rights.is_administrator(self.env)
        words = dict(
            self.env["dingding.approval.outcome"]
            .fields_get(["outcome"], ["selection"])["outcome"]["selection"]
        )
        for design in self:
            design.may_decide = may_decide
            design.outcomes_text = "\n".join(
                "%s: %s" % (words[each["outcome"]], each["title"])
                for each in design._setup().get("outcomes", ())
            ) or False

    @api.onchange("setup")
    def _onchange_setup(self):
        """Propose what the setup consists of."""
        for setup in self.env["dingding.approval.mapping"]._installed_setups():
            if setup["key"] == self.setup:
                self.model_id = self.env["ir.model"]._get(setup["model"])
                self.name = setup["name"]
        self._list_fields()

    @api.onchange("model_id")
    def _onchange_model_id(self):
        """List the fields of the model."""
        if self.setup and not self._setup():
            self.setup = False
        self._list_fields()
        if self.model_id and not self.name:
            self.name = self.model_id.name

    def _list_fields(self):
        """List the fields of the model, those of the setup first and selected."""
        self.query = False
        lines = self._lines(self.model_id.model)
        wanted = self._wanted(self._setup().get("fields", ()))
        known = {(vals["table"], vals["field_name"]): vals for vals in lines}
        chosen = [known[key] for key in wanted if key in known]
        for vals in chosen:
            vals.update(take=True, kind=self._setup_kind(vals))
        rest = [vals for vals in lines if not vals.get("take")]
        self.line_ids = [(5, 0, 0)] + [(0, 0, vals) for vals in chosen + rest]

    @api.model
    def _wanted(self, names, table=False):
        """Return [(table, field)] of the fields of a setup."""
        found = []
        for name in names:
            name, columns = name if isinstance(name, tuple) else (name, ())
            found.append((table, name))
            found += self._wanted(columns, name)
        return found

    @api.model
    def _setup_kind(self, vals):
        """Return the kind of a component of a setup.

        People and departments are text, as they may be outside DingTalk.
        """
        return vals["kind"] if vals["kind"] in KIND_OF_TYPE.values() else "TextField"

    @api.onchange("query")
    def _onchange_query(self):
        """List the selected fields and those that match the search."""
        taken = [
            {name: line[name] for name in LINE}
            for line in self.line_ids if line.take
        ]
        keys = {(vals["table"], vals["field_name"]) for vals in taken}
        found = [
            vals for vals in self._found(self.model_id.model, self.query)
            if (vals["table"], vals["field_name"]) not in keys
        ]
        self.line_ids = [(5, 0, 0)] + [(0, 0, vals) for vals in taken + found]

    @api.model
    def _found(self, model, text):
        """Return the lines that match a text; columns bring their table with them."""
        text = (text or "").strip().lower()
        lines = self._lines(model)
        matching = [
            vals for vals in lines if any(
                text in each.lower()
                for each in (vals["label"], vals["field_text"], vals["field_name"])
            )
        ]
        tables = {vals["table"] for vals in matching}
        return [
            vals for vals in lines
            if vals in matching or not vals["table"] and vals["field_name"] in tables
        ]

    @api.model
    def _lines(self, model):
        """Return the values of a line for each field that may be on a form."""
        if self.env["dingding.approval.mapping"]._is_closed(model or ""):
            return []
        found, tables = [], []
        for vals, info in self._of_model(model):
            if vals["kind"] != "TableField":
                found.append(vals)
                continue
            tables.append(vals)
            tables += [
                dict(
                    column, table=vals["field_name"],
                    field_text="%s › %s" % (
                        vals["field_text"], column["field_text"]
                    ),
                )
                for column, its in self._of_model(info["relation"])
                if its["type"] in COLUMN_TYPES
                and column["field_name"] != info.get("relation_field")
            ]
        return found + tables

    @api.model
    def _of_model(self, model):
        """Return (values of a line, information about the field), ordered by label."""
        reading = self.env["dingding.approval.reader"]
        infos = reading._in_language(self.env[model], CHINESE).fields_get()
        own = self.env[model].fields_get(attributes=["string"])
        found = []
        for name, info in sorted(infos.items(), key=lambda item: item[1]["string"]):
            kind = KIND_OF_MODEL.get(info.get("relation"))
            if info["type"] != "many2one" or not kind:
                kind = KIND_OF_TYPE.get(info["type"])
            if not kind or name.startswith(LEFT_OUT) or name in LEFT_OUT_NAMES:
                continue
            # Users have virtual fields, one for each group.
            field = self.env[model]._fields.get(name)
            if field is None or reading._closed([field]):
                continue
            vals = {
                "table": False,
                "field_name": name,
                "field_text": own[name]["string"],
                "label": info["string"][: schema.MAX_LABEL],
                "kind": kind,
                "required": bool(info.get("required")) and info["type"] != "boolean",
            }
            found.append((vals, info))
        return found

    def action_make(self):
        """Create the template and the mapping, and show the mapping.

        :raise UserError: nothing is selected, or columns lack their table
        """
        self.ensure_one()
        compat.check_access(self.corp_id, "read")
        taken = self.line_ids.filtered("take")
        if not taken:
            raise UserError(_("Tick the fields for the form."))
        tables = taken.filtered(lambda line: line.kind == "TableField")
        lost = taken.filtered("table").filtered(
            lambda line: line.table not in tables.mapped("field_name")
        )
        if lost:
            raise UserError(
                _("%(column)s is a column of %(table)s. Select the table too.")
                % {"column": lost[0].label, "table": lost[0].table}
            )
        template = self.env["dingding.approval.template"].create(
            {"name": self.name, "corp_id": self.corp_id.id}
        )
        mapping = self.env["dingding.approval.mapping"].create(
            {
                "name": self.name, "model_id": self.model_id.id,
                "template_id": template.id,
                "domain": repr(list(self._setup().get("domain", ()))),
            }
        )
        if self.with_outcomes and rights.is_administrator(self.env):
            self._make_outcomes(mapping)
        model = self.model_id.model
        for number, line in enumerate(taken.filtered(lambda one: not one.table), 1):
            made = self._make(mapping, line, model, number)
            field = self.env[model]._fields[line.field_name]
            for inner, column in enumerate(
                taken.filtered(lambda one, line=line: one.table == line.field_name), 1
            ):
                self._make(mapping, column, field.comodel_name, inner, made)
        if self.with_attachments:
            self._make_files(mapping, len(taken) + 1)
        values = compat.window_action(
            self.env, "dingding_approval.dingding_approval_mapping_action")
        values.update(
            res_id=mapping.id, view_mode="form", views=[(False, "form")], target="main"
        )
        return values

    def _make(self, mapping, line, model, sequence, parent=None):
        """Create a component and its mapping line; return the line."""
        component = self.env["dingding.approval.component"].create(
            {
                "template_id": mapping.template_id.id,
                "parent_id": parent.component_id.id if parent else False,
                "kind": line.kind, "label": line.label, "required": line.required,
                "sequence": sequence,
                "options_text": self._options(line, model),
                "date_format": self._format(line, model),
            }
        )
        return self.env["dingding.approval.mapping.line"].create(
            {
                "mapping_id": mapping.id, "parent_id": parent.id if parent else False,
                "component_id": component.id, "sequence": sequence,
                "field_path": line.field_name,
            }
        )

    def _make_outcomes(self, mapping):
        """Create the outcomes of the setup; only administrators may have any."""
        for number, outcome in enumerate(self._setup().get("outcomes", ()), 1):
            self.env["dingding.approval.outcome"].create(
                {
                    "mapping_id": mapping.id, "sequence": number,
                    "outcome": outcome["outcome"], "kind": "method",
                    "method": outcome["method"],
                    "user_id": self.outcome_user_id.id,
                }
            )

    def _make_files(self, mapping, sequence):
        component = self.env["dingding.approval.component"].create(
            {
                "template_id": mapping.template_id.id, "kind": "DDAttachment",
                "label": _("Attachments"), "sequence": sequence,
            }
        )
        self.env["dingding.approval.mapping.line"].create(
            {
                "mapping_id": mapping.id, "component_id": component.id,
                "source": "attachments", "sequence": sequence,
            }
        )

    @api.model
    def _options(self, line, model):
        if line.kind not in ("DDSelectField", "DDMultiSelectField"):
            return False
        field = self.env[model]._fields[line.field_name]
        if field.type != "selection":
            return YES_NO
        reading = self.env["dingding.approval.reader"]
        labels = reading._selection(reading._in_language(self, CHINESE).env, field)
        return "\n".join(labels.values())

    @api.model
    def _format(self, line, model):
        if line.kind != "DDDateField":
            return False
        timed = self.env[model]._fields[line.field_name].type == "datetime"
        return "yyyy-MM-dd HH:mm" if timed else "yyyy-MM-dd"
