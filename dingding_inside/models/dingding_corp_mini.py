# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

ROOT = "/dingding/mini/v1"


class DingdingCorp(models.Model):
    """Settings of the organisation's own mini-program."""

    _inherit = "dingding.corp"

    signin_mini = fields.Boolean(
        string="Mini-program", copy=False,
        help="Allows a mini-program of this organisation to sign people in and show "
             "them what they may see in Odoo.",
    )
    mini_app_id = fields.Many2one(
        "dingding.app", string="Mini-program application", copy=False,
        domain="[('corp_id', '=', id)]",
        help="The application that the mini-program belongs to. If empty, the "
             "application for sign-in.",
    )
    mini_url = fields.Char(
        string="URL for the mini-program", compute="_compute_mini_url",
        help="Enter it in the settings of the mini-program, and add its host to the "
             "domains the mini-program may call in DingTalk's developer console.",
    )

    def _compute_mini_url(self):
        for corp in self:
            corp.mini_url = corp._base_url() + ROOT

    @api.model
    def _guarded(self):
        return super()._guarded() + ("signin_mini", "mini_app_id")

    @api.model
    def _signin_ways(self):
        return dict(super()._signin_ways(), mini="signin_mini")

    def _mini_app(self):
        """Return the application of the mini-program, with sudo."""
        corp = self.sudo()
        return corp._app_for("mini" if corp.mini_app_id else "signin").sudo()
