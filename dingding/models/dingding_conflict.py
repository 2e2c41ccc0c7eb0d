# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from .. import compat


class DingdingConflict(models.Model):
    """A field that was changed in Odoo and in DingTalk since both last agreed.

    Whose value counts, the organisation says; the other one stands here.
    """

    _name = "dingding.conflict"
    _description = "Conflict with DingTalk"
    _order = "id desc"

    name = fields.Char(string="Concerns", compute="_compute_name")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    department_id = fields.Many2one(
        "dingding.department", string="Department", readonly=True, index=True,
        ondelete="cascade",
    )
    person_id = fields.Many2one(
        "dingding.user", string="Person", readonly=True, index=True,
        ondelete="cascade",
    )
    field_name = fields.Char(required=True, readonly=True)
    field_label = fields.Char(string="Field", compute="_compute_name")
    here = fields.Text(string="In Odoo", readonly=True)
    there = fields.Text(string="In DingTalk", readonly=True)
    decision = fields.Selection(
        [("odoo", "Odoo's value"), ("dingtalk", "DingTalk's value")],
        string="Kept", required=True, readonly=True,
    )
    run_id = fields.Many2one(
        "dingding.run", string="Run", readonly=True, index=True, ondelete="set null"
    )
    change_id = fields.Many2one(
        "dingding.change", string="Change", readonly=True, index=True,
        ondelete="set null",
    )

    def init(self):
        result = super(DingdingConflict, self).init()
        compat.date_index(self.env.cr, self._table)
        return result

    @api.depends("field_name")
    def _compute_name(self):
        for conflict in self:
            record = conflict.sudo().person_id or conflict.sudo().department_id
            conflict.name = record.display_name
            conflict.field_label = self._label(record._name, conflict.field_name)

    @api.model
    def _record(self, record, field, here, there, decision, run=None, change=None):
        """List a conflict and how it was decided.

        The same conflict, found once more before anything has changed, is listed once.

        :param record: the department or person
        :param str field: name of its field
        :param here: Odoo's value in DingTalk's ids, as ``_stored`` returns it
        :param there: DingTalk's value, the same way
        :param str decision: 'odoo' or 'dingtalk': whose value is kept
        :param run: the run that found it
        :param change: the change that found it
        :return: the row
        """
        values = {
            "corp_id": record.sudo().corp_id.id,
            record._mirror_change: record.id,
            "field_name": field,
            "here": self._shown(record, field, here),
            "there": self._shown(record, field, there),
            "decision": decision,
        }
        last = self.sudo().search(
            [(record._mirror_change, "=", record.id), ("field_name", "=", field)],
            order="id desc", limit=1,
        )
        if last and all(
            (last[name] or "") == (values[name] or "")
            for name in ("here", "there", "decision")
        ):
            return last
        return self.sudo().create(
            dict(values, run_id=run and run.id, change_id=change and change.id)
        )

    @api.model
    def _label(self, model_name, field):
        """Return the name of a field in the reader's language."""
        if not model_name or field not in self.env[model_name]._fields:
            return field
        described = self.env[model_name].sudo().fields_get([field], ["string"])
        return described.get(field, {}).get("string", field)

    @api.model
    def _shown(self, record, field, value, outside=True):
        """Return a value as a person reads it.

        :param bool outside: relations are in DingTalk's ids and not in ours
        """
        definition = record._fields.get(field)
        if not value:
            return ""
        if definition is None or not definition.relational:
            return str(value)
        model = self.env[definition.comodel_name].sudo().with_context(active_test=False)
        keys = sorted(value) if isinstance(value, (set, frozenset, list, tuple)) else [
            value]
        if not outside:
            return ", ".join(model.browse(keys).exists().mapped("display_name"))
        found = model.search(
            [("corp_id", "=", record.sudo().corp_id.id),
             (model._mirror_key, "in", keys)]
        )
        names = {other[model._mirror_key]: other.display_name for other in found}
        return ", ".join(names.get(key) or _("unknown (%s)") % key for key in keys)
