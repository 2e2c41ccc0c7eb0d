# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

from ..form import components, propose

REASONS = {propose.SAME: "same", propose.SYNONYM: "synonym", propose.PART: "part"}
CHINESE = "zh_CN"
LEFT_OUT = ("message_", "activity_", "website_message_", "access_", "__")
LEFT_OUT_NAMES = ("id", "create_uid", "create_date", "write_uid", "write_date")


@compat.only_for("dingding.group_manager")
class DingdingApprovalPropose(models.TransientModel):
    """Propose fields for the components of a mapping."""

    _name = "dingding.approval.propose"
    _description = "DingTalk Approval Mapping Proposal"
    _rec_name = "mapping_id"

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many(
        "dingding.approval.propose.line", "propose_id", string="Proposals"
    )

    @api.model
    def _open(self, mapping):
        """Return the action with proposals for components without a line."""
        lines = self._proposed(mapping)
        if not lines:
            raise UserError(_("Every component of the form already has a line."))
        wizard = self.create(
            {"mapping_id": mapping.id, "line_ids": [(0, 0, vals) for vals in lines]}
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Proposed fields"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _proposed(self, mapping):
        """Return the values of proposals, tables followed by their columns."""
        model = mapping.sudo().model_id.model
        if model not in self.env:
            return []
        done = {
            line.component_id: line
            for line in mapping.line_ids | mapping.line_ids.mapped("child_ids")
        }
        rows = mapping.template_id.component_ids.filtered(
            lambda row: not row.gone
        ).sorted("sequence")
        found = self._level(rows, model, done)
        for row in rows.filtered(lambda each: each.kind == "TableField"):
            path = done[row].field_path if row in done else next(
                (vals.get("field_path") for vals in found
                 if vals["component_id"] == row.id), "")
            along = self.env["dingding.approval.reader"]._path_fields(model, path)
            if not along or not along[-1].comodel_name:
                continue
            columns = row.child_ids.filtered(lambda each: not each.gone)
            place = [vals["component_id"] for vals in found]
            at = place.index(row.id) + 1 if row.id in place else len(found)
            found[at:at] = self._level(
                columns.sorted("sequence"), along[-1].comodel_name, done
            )
        return found

    @api.model
    def _level(self, rows, model, done):
        """Return the values of proposals for components of one level."""
        rows = rows.filtered(
            lambda row: row not in done and components.kind_of(row.kind).settable
        )
        known = self._fields_of(model)
        chosen = propose.proposals(rows._plain(), list(known.values()))
        found = []
        for row in rows:
            paths = chosen.get(row.component_key)
            vals = {"component_id": row.id, "reason": "none", "path_model": model}
            if paths:
                vals.update(
                    field_path=paths[0],
                    field_path_end=paths[1] if len(paths) == 3 else False,
                    reason=REASONS[paths[-1]],
                    # The user selects merely similar fields.
                    take=paths[-1] > propose.PART,
                )
            found.append(vals)
        return found

    @api.model
    def _fields_of(self, model):
        """Return {path: field in the format of :func:`..form.propose.proposals`}."""
        own = self.env[model].fields_get()
        reading = self.env["dingding.approval.reader"]
        chinese, english = [
            reading._in_language(self.env[model], code).fields_get()
            for code in (CHINESE, "en_US")
        ]
        found = {}
        for name, info in sorted(own.items()):
            if name.startswith(LEFT_OUT) or name in LEFT_OUT_NAMES:
                continue
            # Users have virtual fields, one for each group.
            field = self.env[model]._fields.get(name)
            if field is None or reading._closed([field]):
                continue
            texts = [info.get("string") or name]
            texts += [each.get(name, {}).get("string") for each in (chinese, english)]
            found[name] = {
                "path": name,
                "names": [text for text in texts if text] + [name],
                "type": info["type"],
                "relation": info.get("relation") or "",
            }
        return found

    def action_apply(self):
        """Create lines for the selected proposals."""
        self.ensure_one()
        mapping = self.mapping_id
        compat.check_access(mapping, "write")
        lines = {line.component_id: line for line in mapping.line_ids}
        taken = self.line_ids.filtered(lambda row: row.take and row.field_path)
        tables = taken.mapped("component_id") | mapping.line_ids.mapped("component_id")
        for component in taken.mapped("component_id"):
            if component.parent_id - tables:
                raise UserError(
                    _("%(column)s is a column of %(table)s. Select the table too.")
                    % {"column": component.title, "table": component.parent_id.title}
                )
        # Columns are children of tables.
        for row in taken.sorted(lambda each: bool(each.component_id.parent_id)):
            parent = row.component_id.parent_id
            lines[row.component_id] = self.env["dingding.approval.mapping.line"].create(
                {
                    "mapping_id": mapping.id,
                    "parent_id": lines[parent].id if parent else False,
                    "component_id": row.component_id.id,
                    "sequence": row.component_id.sequence,
                    "field_path": row.field_path,
                    "field_path_end": row.field_path_end,
                }
            )
        return {"type": "ir.actions.act_window_close"}
