# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding import compat


@compat.edits_form_views
class Base(models.AbstractModel):
    """Add the approval lock and the form banner to mapped models.

    Other models pay for one lookup. Models of models and fields are skipped: they are
    deleted while the mappings' table is dropped.
    """

    _inherit = "base"

    @compat.create_multi
    def create(self, vals_list):
        records = compat.super_create(super(), vals_list)
        if not compat.is_superuser(self.env):
            approvals = self.env["dingding.approval"]
            if self._name in approvals._lockable_models():
                # The owner may come from a default.
                approvals._check_owners(records)
            approvals._check_linked(records)
        return records

    def write(self, vals):
        if compat.is_superuser(self.env):
            return super().write(vals)
        approvals = self.env["dingding.approval"]
        lockable = self._name in approvals._lockable_models()
        if lockable:
            approvals._check_write(self, vals)
        before = approvals._links_of(self, vals)
        result = super().write(vals)
        if lockable:
            approvals._check_owners(self, vals)
        approvals._check_linked(self, before)
        return result

    # From 16.0 on translations are stored without write().
    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        if not compat.is_superuser(self.env):
            approvals = self.env["dingding.approval"]
            if self._name in approvals._lockable_models():
                approvals._check_write(self, {field_name: translations})
        return super()._update_field_translations(
            field_name, translations, *args, **kwargs
        )

    def unlink(self):
        if self._name.startswith("ir."):
            return super().unlink()
        approvals = self.env["dingding.approval"]
        if not compat.is_superuser(self.env):
            if self._name in approvals._lockable_models():
                approvals._check_write(self, None)
            approvals._check_referring(self)
        elif compat.person_behind(self.env):
            approvals._check_deletion(self)
        ids = self.ids
        result = super().unlink()
        if ids and self._name in approvals._mapped_models():
            approvals._records_deleted(self._name, ids)
        return result

    @api.model
    def _has_form_edits(self):
        return self._name in self.env["dingding.approval"]._mapped_models()

    @api.model
    def _edit_form(self, arch):
        self.env["dingding.approval"]._add_banner(arch)
