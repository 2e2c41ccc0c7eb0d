# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

MODEL = "dingding.demo.purchase"


class DingdingApprovalMapping(models.Model):
    _inherit = "dingding.approval.mapping"

    @api.model
    def _ready_setups(self):
        """Offer a setup for purchase requests, as an addon with a model does."""
        name = self.env["ir.model"].sudo()._get(MODEL).name
        return super()._ready_setups() + [
            {
                "key": "demo_purchase",
                "name": name,
                "models": [MODEL],
                "domain": [("state", "in", ["draft", "refused"])],
                "fields": [
                    "subject", "amount", "needed_on", "phone", "note",
                    ("line_ids", ["name", "quantity", "price"]),
                ],
            },
        ]
