# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding_signin.models.dingding_signin import Outcome


class DingdingSignin(models.AbstractModel):
    _inherit = "dingding.signin"

    @api.model
    def _refused(self, reason, corp=None):
        if reason == "second_factor":
            text = _("Your user requires a second factor, which this page cannot ask "
                     "for. Open Odoo itself.")
            return Outcome(None, text, 403, {})
        if reason == "kind":
            return Outcome(None, _("This is for employees."), 403, {})
        return super()._refused(reason, corp)
