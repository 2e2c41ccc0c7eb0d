# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class DingdingCorp(models.Model):
    """Settings of the page that opens inside DingTalk."""

    _inherit = "dingding.corp"

    microapp_menu_ids = fields.Many2many(
        "ir.ui.menu", "dingding_corp_microapp_menu_rel", "corp_id", "menu_id",
        string="Page menus",
        help="Odoo menus shown on the page inside DingTalk. People see only those that "
             "they see in Odoo.",
    )
    microapp_url = fields.Char(
        string="Page inside DingTalk", compute="_compute_microapp_url",
        help="Enter it in DingTalk's developer console as the application's mobile "
             "home page, if people should get a page made for phones.",
    )

    def _compute_microapp_url(self):
        for corp in self:
            corp.microapp_url = "%s/dingding/app?corp=%s" % (
                corp._base_url(), corp.corp_id or corp.id
            )

    @api.model
    def _record_url(self, record):
        return self.env["dingding.microapp"]._url(record)
