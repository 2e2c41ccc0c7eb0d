# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models
from odoo.exceptions import UserError

from .. import compat


class DingdingUser(models.Model):
    """End the sessions of users whose link to DingTalk is removed."""

    _inherit = "dingding.user"

    def write(self, vals):
        ended = self.env["res.users"]
        # Any caller can set a context key; only the system writes the link rule.
        keep = self.env.context.get("dingding_keep_sessions") and "link_rule" in vals
        if vals.get("active") is False:
            ended = self.sudo().mapped("user_id")
        elif "user_id" in vals and not keep:
            ended = self.sudo().mapped("user_id").filtered(
                lambda user: user.id != vals["user_id"]
            )
        result = super().write(vals)
        ended._dingding_end_sessions()
        return result

    def unlink(self):
        # Ends sessions and tells users, as does removing the link.
        linked = self.filtered(lambda row: row.active and row.sudo().user_id)
        linked.write({"user_id": False})
        return super().unlink()

    def action_unbind(self):
        """Remove the link to the system user for good, and end that user's sessions.

        The rules would link them again at the next sign-in or sync.
        """
        self.ensure_one()
        compat.check_access(self, "write")
        if not self.sudo().user_id:
            raise UserError(_("%s is not linked to a system user.") % self.name)
        self.write({"user_id": False, "user_ignored": True})
        return True
