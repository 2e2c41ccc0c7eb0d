# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from .dingding_app import SECRET


class DingdingSecret(models.Model):
    _inherit = "dingding.secret"

    def _label(self):
        label = super()._label()
        if self.name == SECRET:
            owner = self.env[self.res_model].browse(self.res_id)
            return "%s: %s" % (owner.display_name, _("Token and AES key of events"))
        return label
