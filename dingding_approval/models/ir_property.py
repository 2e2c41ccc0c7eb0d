# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

if compat.PROPERTY_ROWS:

    class IrProperty(models.Model):
        """Lock the values of company-dependent fields of records that are in approval.

        They are separate rows, which nobody deletes and up to 13 many users may write.
        Rows without a record are settings.
        """

        _inherit = "ir.property"

        @compat.create_multi
        def create(self, vals_list):
            rows = compat.super_create(super(), vals_list)
            rows._check_approval_lock()
            return rows

        def write(self, vals):
            self._check_approval_lock()
            result = super().write(vals)
            self._check_approval_lock()
            return result

        def _check_approval_lock(self):
            """Refuse changes of values of locked records.

            :raise UserError: a record is locked
            """
            if compat.is_superuser(self.env):
                return
            approvals = self.env["dingding.approval"]
            lockable = approvals._lockable_models()
            for row in self.sudo():
                model, _comma, number = (row.res_id or "").partition(",")
                if model in lockable and number.isdigit():
                    approvals._check_row(model, int(number), row.fields_id.name)
