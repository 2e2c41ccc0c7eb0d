# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class ResPartner(models.Model):
    """Show the visits that people have made to a contact."""

    _inherit = "res.partner"

    dingding_checkin_count = fields.Integer(
        string="Visits", compute="_compute_dingding_checkin_count",
        compute_sudo=False, groups="base.group_user",
    )

    @compat.depends_on_user
    def _compute_dingding_checkin_count(self):
        # sudo: only the organisations' choice is read.
        corps = self.env["dingding.corp"].sudo().search(
            [("checkin_partners", "=", True)])
        for partner in self:
            partner.dingding_checkin_count = self.env["dingding.checkin"].search_count(
                partner._dingding_visits(corps)) if corps and partner.id else 0

    def _dingding_visits(self, corps):
        return [("partner_id", "child_of", self.ids), ("corp_id", "in", corps.ids)]

    def action_dingding_checkins(self):
        """Show the visits to the contact and its addresses that the user may see."""
        self.ensure_one()
        compat.check_access(self, "read")
        # sudo: as for the count.
        corps = self.env["dingding.corp"].sudo().search(
            [("checkin_partners", "=", True)])
        return self.env["dingding.checkin"]._show(self._dingding_visits(corps))
