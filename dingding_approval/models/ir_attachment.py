# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

# Written when a user merely opens or shares a file.
FREE = {"access_token", "description", "index_content", "public", "res_name"}


class IrAttachment(models.Model):
    """Lock the files of records that are in approval.

    Attachments, files that fields refer to, and the rows of binary fields. Files of
    messages stay writable.
    """

    _inherit = "ir.attachment"

    @compat.create_multi
    def create(self, vals_list):
        if compat.is_superuser(self.env):
            return compat.super_create(super(), vals_list)
        # Odoo's page for uploads reports any error and commits.
        with self.env.cr.savepoint():
            attachments = compat.super_create(super(), vals_list)
            attachments._check_approval_lock(added=True)
        return attachments

    def write(self, vals):
        if not set(vals) - FREE:
            return super().write(vals)
        self._check_approval_lock()
        result = super().write(vals)
        if "res_model" in vals or "res_id" in vals or "res_field" in vals:
            self._check_approval_lock(added=True)
        return result

    def unlink(self):
        self._check_approval_lock()
        return super().unlink()

    def _post_add_create(self, *args, **kwargs):
        """Check what people upload in the chatter, from 17 on with all rights.

        Exists from 13 on.
        """
        compat.without_sudo(self)._check_approval_lock(added=True)
        return super()._post_add_create(*args, **kwargs)

    def _delete_and_notify(self, *args, **kwargs):
        """Check what the chatter deletes, which 19 and portals do with all rights.

        Exists from 15 on.
        """
        compat.without_sudo(self)._check_approval_lock()
        return super()._delete_and_notify(*args, **kwargs)

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
