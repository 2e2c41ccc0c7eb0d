# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    card_template = fields.Char(
        string="Card template ID",
        help="ID of the imported template in DingTalk's card platform, such as "
             "1234-abcd.schema. Empty: recipients get a link instead of a card.",
    )

    def _catch_up(self):
        result = super()._catch_up()
        # sudo: who unarchives an organisation has no rights on the queue.
        self.env["dingding.card.change"].sudo()._sweep(self.sudo())
        self.env["dingding.group"].sudo()._resume_archived(self)
        return result

    @api.model
    def _card_template_text(self):
        """Return the remedy for an unsuitable template."""
        return _(
            "In DingTalk's card platform, import dingding_robot/card_templates/"
            "record.json, publish it for this application, and enter its ID on the "
            "organisation's form."
        )
