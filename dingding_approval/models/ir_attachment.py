# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

# Written when a user merely opens or shares a file.
FREE = {"access_token", "description", "index_content", "public", "res_name"}
# Says whose file it is.
PLACE = {"res_model", "res_id", "res_field"}


class IrAttachment(models.Model):
    """Lock the files of records that are in approval.

    Attachments, files that fields refer to, and the rows of binary fields. Files of
    messages stay writable.
    """

    _inherit = "ir.attachment"

    def _dingding_check_files(self, vals=None, added=False):
        if vals is None or (set(vals) & PLACE if added else set(vals) - FREE):
            self._check_approval_lock(added)
        return super()._dingding_check_files(vals, added)

    def _check_approval_lock(self, added=False):
        """Refuse changes of files of locked records.

        :param bool added: the files are new on their records
        :raise UserError: a record is locked
        """
        if compat.is_superuser(self.env):
            return
        approvals = self.env["dingding.approval"]
        lockable, found = approvals._lockable_models(), {}
        if not added:
            # No field refers to a new file yet.
            approvals._check_file_fields(self.ids)
        for row in self.sudo():
            if row.res_model in lockable and row.res_id:
                key = (row.res_model, row.res_field or False)
                found.setdefault(key, []).append(row.res_id)
        for (model, name), ids in sorted(found.items(), key=str):
            approvals._check_file(model, ids, name, added)
