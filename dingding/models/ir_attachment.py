# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import AccessError

from .. import compat
from .texts import model_name


class IrAttachment(models.Model):
    """Guard files at each door by which users reach them.

    Odoo lets everybody who may write a model replace the files of its records. Those of
    what the system has stored, such as messages, are left to the system.
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
            attachments._dingding_check_files(added=True)
        return attachments

    def write(self, vals):
        self._dingding_check_files(vals)
        result = super().write(vals)
        self._dingding_check_files(vals, added=True)
        return result

    def unlink(self):
        self._dingding_check_files()
        return super().unlink()

    # The chatter adds files with all rights from 17 on, and in 19 it deletes them so.
    # The first method exists from 12 on, the second from 15 on.
    def _post_add_create(self, *args, **kwargs):
        compat.without_sudo(self)._dingding_check_files(added=True)
        return super()._post_add_create(*args, **kwargs)

    def _delete_and_notify(self, *args, **kwargs):
        compat.without_sudo(self)._dingding_check_files()
        return super()._delete_and_notify(*args, **kwargs)

    def _dingding_check_files(self, vals=None, added=False):
        """Refuse what the current user must not do with these files.

        Addons extend it. The system may do everything.

        :param dict vals: what is written; None: they are created or deleted
        :param bool added: they are where they will be: created, or written already
        """
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
