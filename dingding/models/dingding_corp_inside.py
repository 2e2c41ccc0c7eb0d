# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the administrator of an organisation decides about Odoo inside DingTalk."""
from odoo import fields, models


class DingdingCorpInside(models.AbstractModel):
    """The page that opens inside DingTalk; ``dingding.corp`` inherits it."""

    _name = "dingding.corp.inside"
    _description = "Odoo inside a DingTalk Organisation"

    microapp_menu_ids = fields.Many2many(
        "ir.ui.menu", "dingding_corp_microapp_menu_rel", "corp_id", "menu_id",
        string="Menu of the page",
        help="Screens of Odoo that stand on the page inside DingTalk. Everybody sees "
        "those that they see in Odoo.",
    )
    microapp_url = fields.Char(
        string="Page inside DingTalk", compute="_compute_microapp_url",
        help="Enter it in DingTalk's developer console at the application as its home "
        "page on the phone, for a page made for small screens.",
    )

    def _compute_microapp_url(self):
        for corp in self:
            corp.microapp_url = "%s/dingding/app?corp=%s" % (
                corp._signin_base_url(), corp.corp_id or corp.id
            )
