# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat


class IrAttachment(models.Model):
    """Leave the photos of field check-ins to syncs.

    People may write their own check-ins, and so could replace photos.
    """

    _inherit = "ir.attachment"

    @compat.create_multi
    def create(self, vals_list):
        if compat.is_superuser(self.env):
            return compat.super_create(super(), vals_list)
        # Odoo's page for uploads reports any error and commits.
        with self.env.cr.savepoint():
            attachments = compat.super_create(super(), vals_list)
            attachments._check_checkin_files()
        return attachments

    def write(self, vals):
        self._check_checkin_files()
        result = super().write(vals)
        self._check_checkin_files()
        return result

    def unlink(self):
        self._check_checkin_files()
        return super().unlink()

    # The chatter adds files with all rights from 17 on, and in 19 it deletes them so.
    # Both methods exist from 15 on.
    def _post_add_create(self, *args, **kwargs):
        compat.without_sudo(self)._check_checkin_files()
        return super()._post_add_create(*args, **kwargs)

    def _delete_and_notify(self, *args, **kwargs):
        compat.without_sudo(self)._check_checkin_files()
        return super()._delete_and_notify(*args, **kwargs)

    def _check_checkin_files(self):
        if compat.is_superuser(self.env):
            return
        # sudo: Odoo checks who may read them.
        if self.sudo().search_count(
            [("id", "in", self.ids), ("res_model", "=", "dingding.checkin")]
        ):
            raise AccessError(_("Only syncs store the photos of field check-ins."))
