# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models
from odoo.exceptions import UserError

from .. import compat


class DingdingUserSignin(models.AbstractModel):
    """Sessions of those who may no longer sign in; ``dingding.user`` inherits it."""

    _name = "dingding.user.signin"
    _description = "Sign-in of a DingTalk User"

    def write(self, vals):
        ended = self.env["res.users"]
        # Everybody chooses a context; the rule of a link only the system writes.
        keep = self.env.context.get("dingding_keep_sessions") and "link_rule" in vals
        if vals.get("active") is False:
            ended = self.sudo().mapped("user_id")
        elif "user_id" in vals and not keep:
            ended = self.sudo().mapped("user_id").filtered(
                lambda user: user.id != vals["user_id"]
            )
        result = super(DingdingUserSignin, self).write(vals)
        ended._dingding_end_sessions()
        return result

    def action_unbind(self):
        """Take the link to the system user away and end his sessions."""
        self.ensure_one()
        compat.check_access(self, "write")
        user = self.sudo().user_id
        if not user:
            raise UserError(_("%s is linked to no system user.") % self.name)
        # The log and the mail come with it.
        self.write({"user_id": False})
        return True
