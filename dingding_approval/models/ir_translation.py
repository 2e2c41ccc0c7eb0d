# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

if compat.TRANSLATION_ROWS:

    class IrTranslation(models.Model):
        """Lock the translations of records that are in approval.

        They are separate rows.
        """

        _inherit = "ir.translation"

        def check(self, mode):
            result = super().check(mode)
            if mode != "read" and not compat.is_superuser(self.env):
                self._check_approval_lock()
            return result

        def _check_approval_lock(self):
            """Refuse changes of translations of locked records.

            :raise UserError: a record is locked
            """
            approvals = self.env["dingding.approval"]
            lockable = approvals._lockable_models()
            for row in self.sudo():
                model, _comma, name = (row.name or "").partition(",")
                if row.type.startswith("model") and row.res_id and model in lockable:
                    approvals._check_row(model, row.res_id, name)
