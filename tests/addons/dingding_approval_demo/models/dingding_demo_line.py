# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class DingdingDemoLine(models.Model):
    _name = "dingding.demo.line"
    _description = "Line of a Purchase Request"
    _order = "id"

    purchase_id = fields.Many2one(
        "dingding.demo.purchase", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(string="Product", required=True)
    quantity = fields.Float(default=1.0, required=True)
    price = fields.Float()
    unit = fields.Selection(
        [("piece", "Piece"), ("set", "Set"), ("box", "Box")], default="piece"
    )
    unit_option = fields.Char(compute="_compute_unit_option")

    @api.depends("unit")
    def _compute_unit_option(self):
        words = {"piece": "个", "set": "台", "box": "箱"}
        for line in self:
            line.unit_option = words.get(line.unit)
