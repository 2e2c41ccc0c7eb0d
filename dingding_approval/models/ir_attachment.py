# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

# What Odoo writes when somebody only opens or shares a file.
FREE = {"access_token", "description", "index_content", "public", "res_name"}


class IrAttachment(models.Model):
    """Files of a record that is in approval stay as they are.

    Also the rows that binary fields are stored in. Files of messages are posted with
    all rights and are free, as the messages are.
    """

    _inherit = "ir.attachment"

    @compat.create_multi
    def create(self, vals_list):
        attachments = compat.super_create(super(IrAttachment, self), vals_list)
        attachments._check_approval_lock(added=True)
        return attachments

    def write(self, vals):
        if not set(vals) - FREE:
            return super(IrAttachment, self).write(vals)
        self._check_approval_lock()
        result = super(IrAttachment, self).write(vals)
        if "res_model" in vals or "res_id" in vals or "res_field" in vals:
            self._check_approval_lock(added=True)
        return result

    def unlink(self):
        self._check_approval_lock()
        return super(IrAttachment, self).unlink()

    def _check_approval_lock(self, added=False):
        """Refuse a change of files of locked records.

        :param bool added: the files have just come to their records
        :raise UserError: a record is locked
        """
        if compat.is_superuser(self.env):
            return
        approvals = self.env["dingding.approval"]
        lockable, found = approvals._lockable_models(), {}
        for row in self.sudo():
            if row.res_model in lockable and row.res_id:
                key = (row.res_model, row.res_field or False)
                found.setdefault(key, []).append(row.res_id)
        for (model, name), ids in sorted(found.items(), key=str):
            approvals._check_file(model, ids, name, added)
