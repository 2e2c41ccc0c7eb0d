# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding import compat


@compat.edits_form_views
class Base(models.AbstractModel):
    """The lock and the bar of approvals, on models that a mapping names.

    All other models pay one look into a set that is kept in memory. No mapping is about
    Odoo's own records of models and fields; they are deleted when the mappings' table
    goes.
    """

    _inherit = "base"

    @compat.create_multi
    def create(self, vals_list):
        records = compat.super_create(super(Base, self), vals_list)
        if not compat.is_superuser(self.env):
            approvals = self.env["dingding.approval"]
            if self._name in approvals._lockable_models():
                # What is stored counts: the record may come from a default value.
                approvals._check_owners(records)
        return records

    def write(self, vals):
        approvals = None
        if not compat.is_superuser(self.env):
            approvals = self.env["dingding.approval"]
            if self._name not in approvals._lockable_models():
                approvals = None
        if approvals is None:
            return super(Base, self).write(vals)
        approvals._check_write(self, vals)
        result = super(Base, self).write(vals)
        approvals._check_owners(self, vals)
        return result

    def unlink(self):
        if self._name.startswith("ir."):
            return super(Base, self).unlink()
        approvals = self.env["dingding.approval"]
        if not compat.is_superuser(self.env):
            if self._name in approvals._lockable_models():
                approvals._check_write(self, None)
        ids = self.ids
        result = super(Base, self).unlink()
        if ids and self._name in approvals._mapped_models():
            approvals._records_deleted(self._name, ids)
        return result

    @api.model
    def _has_form_edits(self):
        return self._name in self.env["dingding.approval"]._mapped_models()

    @api.model
    def _edit_form(self, arch):
        self.env["dingding.approval"]._put_bar(arch)
