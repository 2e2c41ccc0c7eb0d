# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the administrator of an organisation decides about mini-programs."""
from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

ROOT = "/dingding/mini/v1"


class DingdingCorpMini(models.AbstractModel):
    """A mini-program of one's own in DingTalk; ``dingding.corp`` inherits it."""

    _name = "dingding.corp.mini"
    _description = "Mini-program of a DingTalk Organisation"

    signin_mini = fields.Boolean(
        string="Mini-program", copy=False,
        help="A mini-program of this organisation may sign its people in and show them "
        "what they may see in Odoo.",
    )
    mini_app_id = fields.Many2one(
        "dingding.app", string="Application of the mini-program", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Whose mini-program it is. Empty: the application that signs people in.",
    )
    mini_url = fields.Char(
        string="Address for the mini-program", compute="_compute_mini_url",
        help="Enter it in the settings of the mini-program, and its host in DingTalk's "
        "developer console among the domains that the mini-program may call.",
    )

    def _compute_mini_url(self):
        for corp in self:
            corp.mini_url = corp._signin_base_url() + ROOT

    @api.constrains("mini_app_id")
    def _check_mini_app(self):
        for corp in self:
            app = corp.mini_app_id
            if app and app.corp_id != corp:
                raise ValidationError(
                    _("The application %(app)s belongs to %(corp)s.")
                    % {"app": app.name, "corp": app.corp_id.name}
                )

    def _mini_app(self):
        """Return the application whose mini-program it is, with sudo."""
        corp = self.sudo()
        return corp._app_for("mini" if corp.mini_app_id else "signin").sudo()
