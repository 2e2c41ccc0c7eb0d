# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the administrator of an organisation decides about signing in."""
from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

WAY_FIELDS = {
    "oauth2": "signin_oauth2",
    "widget": "signin_widget",
    "qr": "signin_qr",
    "inside": "signin_inside",
    "classic": "signin_classic",
    "mini": "signin_mini",
}


class DingdingCorpSignin(models.AbstractModel):
    """Signing in with an organisation; ``dingding.corp`` inherits it."""

    _name = "dingding.corp.signin"
    _description = "Sign-in with a DingTalk Organisation"

    signin_oauth2 = fields.Boolean(
        string="Page of DingTalk", copy=False,
        help="A button on the login page leads to DingTalk's own page of sign-in.",
    )
    signin_widget = fields.Boolean(
        string="DingTalk's code on the login page", copy=False,
        help="DingTalk's QR code stands in the login page. Browsers that cannot load "
        "it go to the page of DingTalk instead.",
    )
    signin_qr = fields.Boolean(
        string="Own QR code", copy=False,
        help="Odoo draws the code; who scans it with DingTalk confirms on the phone. "
        "The computer itself need not reach DingTalk.",
    )
    signin_inside = fields.Boolean(
        string="Inside DingTalk", copy=False,
        help="Who opens Odoo inside DingTalk is signed in without being asked.",
    )
    signin_classic = fields.Boolean(
        string="Classic QR page", copy=False,
        help="For applications made long ago that do not have the page of DingTalk.",
    )
    signin_app_id = fields.Many2one(
        "dingding.app", string="For signing in", copy=False,
        domain="[('corp_id', '=', id)]",
    )
    signin_who = fields.Selection(
        [
            ("linked", "Who is linked already"),
            ("link", "Also who can be linked"),
            ("create", "Also who can get a user"),
        ],
        string="Who may sign in", required=True, default="link",
        help="Linked: only people who are linked to a system user. Can be linked: also "
        "by mobile or e-mail at the first sign-in, as the page Linking allows. Can get "
        "a user: whoever is left gets a new user, as chosen under Create system users.",
    )
    signin_contact = fields.Char(
        string="Whom to ask",
        help="Named to whoever is refused, for example: Ms Wang, extension 210.",
    )
    signin_return_url = fields.Char(
        string="Redirect address", compute="_compute_signin_urls",
        help="Enter it in DingTalk's developer console at the application, page "
        "Security, as redirect address.",
    )
    signin_inside_url = fields.Char(
        string="Home page inside DingTalk", compute="_compute_signin_urls",
        help="Enter it in DingTalk's developer console at the application as its home "
        "page on the phone and on the computer.",
    )

    def _compute_signin_urls(self):
        for corp in self:
            base = corp._signin_base_url()
            corp.signin_return_url = base + "/dingding/signin/oauth2/return"
            corp.signin_inside_url = "%s/dingding/signin/inside?corp=%s" % (
                base, corp.corp_id or corp.id
            )

    @api.constrains("signin_app_id")
    def _check_signin_app(self):
        for corp in self:
            if corp.signin_app_id and corp.signin_app_id.corp_id != corp:
                app = corp.signin_app_id
                raise ValidationError(
                    _("The application %(app)s belongs to %(corp)s.")
                    % {"app": app.name, "corp": app.corp_id.name}
                )

    @api.constrains("signin_inside", "signin_qr", "corp_id")
    def _check_signin_corp_id(self):
        for corp in self:
            if (corp.signin_inside or corp.signin_qr) and not corp.corp_id:
                raise ValidationError(
                    _("Signing in inside DingTalk and by own QR code needs the CorpId.")
                )

    @api.constrains("signin_who", "create_users")
    def _check_signin_who(self):
        for corp in self:
            if corp.signin_who == "create" and corp.create_users == "never":
                raise ValidationError(
                    _("Choose under Synchronisation how system users are created.")
                )

    @api.model
    def _signin_base_url(self):
        """Return the address of this Odoo; never the one that a request names."""
        parameters = self.env["ir.config_parameter"].sudo()
        return (parameters.get_param("web.base.url") or "").rstrip("/")

    def _signin_allows(self, way):
        """Tell whether a way of signing in is switched on."""
        self.ensure_one()
        return bool(self.active and self[WAY_FIELDS[way]])

    @api.model
    def _signin_corps(self, *ways):
        """Return organisations, with sudo, that have one of these ways switched on."""
        corps = self.env["dingding.corp"].sudo().search([])
        return corps.filtered(
            lambda corp: any(corp._signin_allows(way) for way in ways)
            and (corp.signin_app_id or corp.app_id).active
        )
