# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from .. import rights


class DingdingConflict(models.Model):
    """A field changed in both Odoo and DingTalk since the sync baseline.

    This row keeps the value that lost.
    """

    _name = "dingding.conflict"
    _description = "Conflict with DingTalk"
    _order = "id desc"

    name = fields.Char(string="Affected record", compute="_compute_name")
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
    linked_model = fields.Char(string="Model of the linked record", readonly=True)
    linked_id = fields.Integer(string="ID of the linked record", readonly=True)
    field_label = fields.Char(string="Field", compute="_compute_name")
    odoo_value = fields.Text(string="In Odoo", readonly=True)
    dingtalk_value = fields.Text(string="In DingTalk", readonly=True)
    decision = fields.Selection(
        [("odoo", "Odoo's value"), ("dingtalk", "DingTalk's value")],
        string="Value kept", required=True, readonly=True,
    )
    sync_id = fields.Many2one(
        "dingding.sync", string="Synchronisation", readonly=True, index=True,
        ondelete="set null",
    )
    change_id = fields.Many2one(
        "dingding.outgoing.change", string="Change", readonly=True, index=True,
        ondelete="set null",
    )

    @api.depends("field_name", "linked_model", "linked_id")
    def _compute_name(self):
        linked, rows = {}, self.sudo()
        # Read at once what each row shows.
        rows.mapped("person_id.display_name")
        rows.mapped("department_id.display_name")
        for name in set(self.mapped("linked_model")) & set(self.env.registry.models):
            ids = self.filtered(lambda each, name=name: each.linked_model == name)
            for record in rows.env[name].browse(ids.mapped("linked_id")).exists():
                linked[(name, record.id)] = record
        for conflict in self:
            record = linked.get((conflict.linked_model, conflict.linked_id)) or (
                conflict.sudo().person_id or conflict.sudo().department_id)
            conflict.name = record.display_name
            conflict.field_label = self._label(record._name, conflict.field_name)

    @api.model
    def _record(
        self, record, field, odoo_value, dingtalk_value, decision, sync=None,
        change=None, linked=None,
    ):
        """Record a conflict and its decision.

        A conflict that is found again unchanged is recorded once.

        :param record: the department or person
        :param str field: name of its field
        :param odoo_value: Odoo's value in DingTalk's ids, as ``_stored`` returns it
        :param dingtalk_value: DingTalk's value, in the same format
        :param str decision: 'odoo' or 'dingtalk': whose value is kept
        :param sync: the sync that found it
        :param change: the outgoing change that found it
        :param linked: the linked record whose field it is; values are its own then
        :return: the row
        """
        owner = linked or record
        values = {
            "corp_id": record.sudo().corp_id.id,
            record._sync_change: record.id,
            "field_name": field,
            "odoo_value": self._shown(owner, field, odoo_value, not linked),
            "dingtalk_value": self._shown(owner, field, dingtalk_value, not linked),
            "decision": decision,
            "linked_model": linked._name if linked else False,
            "linked_id": linked.id if linked else 0,
        }
        last = self.sudo().search(
            [(record._sync_change, "=", record.id), ("field_name", "=", field),
             ("linked_model", "=", values["linked_model"])],
            order="id desc", limit=1,
        )
        if last and all(
            (last[name] or "") == (values[name] or "")
            for name in ("odoo_value", "dingtalk_value", "decision")
        ):
            return last
        return rights.without_defaults(self.sudo()).create(
            dict(values, sync_id=sync and sync.id, change_id=change and change.id)
        )

    @api.model
    def _label(self, model_name, field):
        if not model_name or field not in self.env[model_name]._fields:
            return field
        described = self.env[model_name].sudo().fields_get([field], ["string"])
        return described.get(field, {}).get("string", field)

    @api.model
    def _shown(self, record, field, value, outside=True):
        """Return a value in readable form.

        :param bool outside: relations are DingTalk's ids instead of row ids
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
             (model._sync_key, "in", keys)]
        )
        names = {other[model._sync_key]: other.display_name for other in found}
        return ", ".join(names.get(key) or _("unknown (%s)") % key for key in keys)
