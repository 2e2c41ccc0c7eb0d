# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat


class DingdingDemoPurchase(models.Model):
    """A purchase request: knows nothing of approvals, a mapping does it all."""

    _name = "dingding.demo.purchase"
    _description = "Purchase Request"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    subject = fields.Char(required=True)
    note = fields.Text(string="Details")
    requester_id = fields.Many2one(
        "res.users", string="Requester", required=True,
        default=lambda self: self.env.user,
    )
    department_id = fields.Many2one("dingding.department", string="Department")
    needed_on = fields.Date()
    kind = fields.Selection(
        [("office", "Office supplies"), ("material", "Material"),
         ("asset", "Fixed asset")],
        default="office",
    )
    kind_option = fields.Char(compute="_compute_kind_option")
    phone = fields.Char()
    line_ids = fields.One2many("dingding.demo.line", "purchase_id", string="Lines")
    quantity = fields.Float(compute="_compute_amount", store=True)
    amount = fields.Float(string="Total", compute="_compute_amount", store=True)
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("refused", "Refused")],
        default="draft", required=True, copy=False,
    )
    internal_note = fields.Char(help="May be changed while the request is approved.")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    article = fields.Char(string="Article code", help="As it stands on the label.")
    photo = fields.Binary(attachment=True)
    place = fields.Char(string="Place of delivery")
    latitude = fields.Float(digits=(10, 6), help="As maps in China have it (GCJ-02).")
    longitude = fields.Float(digits=(10, 6), help="As maps in China have it (GCJ-02).")
    receiver_id = fields.Many2one("res.users", string="Receiver")
    informed_ids = fields.Many2many("res.users", string="Also informed")

    @api.depends("kind")
    def _compute_kind_option(self):
        # As the options of the template in DingTalk are called.
        words = {"office": "办公用品", "material": "生产原料", "asset": "固定资产"}
        for purchase in self:
            purchase.kind_option = words.get(purchase.kind)

    @api.depends("line_ids.quantity", "line_ids.price")
    def _compute_amount(self):
        for purchase in self:
            lines = purchase.line_ids
            purchase.quantity = sum(lines.mapped("quantity"))
            purchase.amount = sum(line.quantity * line.price for line in lines)

    @compat.create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "dingding.demo.purchase"
                )
        return compat.super_create(super(), vals_list)
