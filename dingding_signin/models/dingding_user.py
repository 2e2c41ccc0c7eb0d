# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    def _link_text(self, user, linked):
        text = _("The DingTalk user %(person)s now signs in as %(user)s.")
        if not linked:
            text = _("The DingTalk user %(person)s no longer signs in as %(user)s.")
        return text % {"person": self.sudo().name, "user": user.sudo().name}

    def _notify_link(self, user, linked, author):
        """Log the change as well."""
        result = super()._notify_link(user, linked, author)
        self.env["dingding.signin.log"].sudo()._by_hand(
            "bound" if linked else "unbound", user, self.sudo(), author
        )
        return result
