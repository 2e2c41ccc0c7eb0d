# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding import compat

if compat.MERGES_CONTACTS:

    class BasePartnerMerge(models.TransientModel):
        """Merge nothing that is locked, or that a locked record or its line refers to.

        Odoo rewrites what refers to it without a call of ``write()``.
        """

        _inherit = "base.partner.merge.automatic.wizard"

        @api.model
        def _update_foreign_keys(self, src_partners, dst_partner):
            if not compat.is_superuser(self.env):
                self.env["dingding.approval"]._check_merge(src_partners, dst_partner)
            return super()._update_foreign_keys(src_partners, dst_partner)

        # Of 18 and later, also for bank accounts and accounts.
        @api.model
        def _update_foreign_keys_generic(self, model, src_records, dst_record):
            if not compat.is_superuser(self.env):
                self.env["dingding.approval"]._check_merge(src_records, dst_record)
            return super()._update_foreign_keys_generic(
                model, src_records, dst_record)
