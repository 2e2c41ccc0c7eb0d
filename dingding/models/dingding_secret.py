# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from .. import compat

# What a person sees in place of a secret that is set.
MASK = "••••••••"


class DingdingSecret(models.Model):
    """One secret of one record: an AppSecret, a callback key, a robot's key."""

    _name = "dingding.secret"
    _inherit = "dingding.hidden.value"
    _description = "DingTalk Secret"

    name = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record", required=True, readonly=True)

    def init(self):
        result = super(DingdingSecret, self).init()
        compat.unique_index(
            self.env.cr, self._table, ["res_model", "res_id", "name"]
        )
        return result

    @api.model
    def _find(self, record, name):
        return self.sudo().search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("name", "=", name),
            ],
            limit=1,
        )

    @api.model
    def _get(self, record, name):
        """Return the secret ``name`` of ``record``, '' when there is none."""
        row = self._find(record, name)
        return row._hidden_get() if row else ""

    @api.model
    def _is_set(self, record, name):
        return bool(self._get(record, name))

    @api.model
    def _set(self, record, name, value):
        """Store, replace or (with '' or None) remove one secret."""
        row = self._find(record, name)
        if not value:
            row.unlink()
            return
        if not row:
            row = self.sudo().create(
                {"name": name, "res_model": record._name, "res_id": record.id}
            )
        row._hidden_set(value)

    @api.model
    def _forget(self, records):
        """Remove all secrets of records that are being deleted."""
        self.sudo().search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        ).unlink()
