# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import AccessError

from .. import compat
from .texts import model_name


class IrAttachment(models.Model):
    """Leave the files of what the system has stored, such as messages, to the system.

    Odoo lets everybody who may write a model replace the files of its records.
    """

    _inherit = "ir.attachment"

    @api.model
    def _dingding_stored_models(self):
        """Return the models whose files nobody adds, changes or deletes."""
        return ["dingding.message"]

    @compat.create_multi
    def create(self, vals_list):
        if compat.is_superuser(self.env):
            return compat.super_create(super(), vals_list)
        # Odoo's page for uploads reports any error and commits.
        with self.env.cr.savepoint():
            attachments = compat.super_create(super(), vals_list)
            attachments._check_stored_files()
        return attachments

    def write(self, vals):
        self._check_stored_files()
        result = super().write(vals)
        self._check_stored_files()
        return result

    def unlink(self):
        self._check_stored_files()
        return super().unlink()

    # The chatter adds files with all rights from 17 on, and in 19 it deletes them so.
    # Both methods exist from 15 on.
    def _post_add_create(self, *args, **kwargs):
        compat.without_sudo(self)._check_stored_files()
        return super()._post_add_create(*args, **kwargs)

    def _delete_and_notify(self, *args, **kwargs):
        compat.without_sudo(self)._check_stored_files()
        return super()._delete_and_notify(*args, **kwargs)

    def _check_stored_files(self):
        if compat.is_superuser(self.env):
            return
        # sudo: Odoo checks who may read them.
        for row in self.sudo().search(
            [("id", "in", self.ids),
             ("res_model", "in", self._dingding_stored_models())]
        ):
            # Odoo deletes the files of a deleted record with the rights of the user.
            owner = self.env[row.res_model].sudo().browse(row.res_id)
            if owner.exists():
                raise AccessError(
                    _("%s: nobody adds, changes or deletes these files.")
                    % model_name(self.env[row.res_model])
                )
