# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from urllib.parse import urlencode

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

INSIDE_PAGE = "/dingding/signin/inside"
WAY_FIELDS = {
    "oauth2": "signin_oauth2",
    "widget": "signin_widget",
    "qr": "signin_qr",
    "inside": "signin_inside",
    "classic": "signin_classic",
}
# For administrators: they decide who signs in as which user.
GUARDED = tuple(sorted(WAY_FIELDS.values())) + (
    "signin_who", "signin_app_id", "signin_contact",
)


class DingdingCorp(models.Model):
    """Sign-in settings of an organisation."""

    _inherit = "dingding.corp"

    signin_oauth2 = fields.Boolean(
        string="DingTalk sign-in page", copy=False,
        help="Shows a button on the login page that opens DingTalk's sign-in page.",
    )
    signin_widget = fields.Boolean(
        string="DingTalk QR code on the login page", copy=False,
        help="Shows DingTalk's QR code on the login page. Browsers that cannot load it "
             "open DingTalk's sign-in page instead.",
    )
    signin_qr = fields.Boolean(
        string="Odoo QR code", copy=False,
        help="Shows a QR code made by Odoo. The person scans it with DingTalk and "
             "confirms on the phone. The computer does not need to reach DingTalk.",
    )
    signin_inside = fields.Boolean(
        string="Inside DingTalk", copy=False,
        help="Signs people in automatically when they open Odoo inside DingTalk.",
    )
    signin_classic = fields.Boolean(
        string="Classic QR page", copy=False,
        help="For old applications without DingTalk's sign-in page.",
    )
    signin_app_id = fields.Many2one(
        "dingding.app", string="Application for sign-in", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    signin_who = fields.Selection(
        [
            ("linked", "Linked people only"),
            ("link", "Include people who can be matched"),
            ("create", "Include people who get a new user"),
        ],
        string="People who may sign in", required=True, default="link",
        help="Linked people only: people linked to a system user. People who can be "
             "matched: also people linked by mobile or e-mail at their first sign-in, "
             "as set on the page Linking. People who get a new user: also everybody "
             "else, as set under Create system users.",
    )
    signin_contact = fields.Char(
        string="Contact for help",
        help="Shown to people whose sign-in is refused, for example: Ms Wang, "
             "extension 210.",
    )
    signin_return_url = fields.Char(
        string="Redirect URL", compute="_compute_signin_urls",
        help="Enter it in DingTalk's developer console as redirect URL, on the "
             "application's page Security.",
    )
    signin_inside_url = fields.Char(
        string="Home page inside DingTalk", compute="_compute_signin_urls",
        help="Enter it in DingTalk's developer console as the application's home page "
             "for mobile and PC.",
    )

    def _compute_signin_urls(self):
        for corp in self:
            base = corp._base_url()
            corp.signin_return_url = base + "/dingding/signin/oauth2/return"
            corp.signin_inside_url = "%s%s?corp=%s" % (
                base, INSIDE_PAGE, corp.corp_id or corp.id
            )

    @api.constrains("signin_inside", "signin_qr", "corp_id")
    def _check_signin_corp_id(self):
        for corp in self:
            if (corp.signin_inside or corp.signin_qr) and not corp.corp_id:
                raise ValidationError(
                    _(
                        "Sign-in inside DingTalk and by Odoo QR code requires the "
                        "CorpId.")
                )

    @api.constrains("signin_who", "create_users")
    def _check_signin_who(self):
        for corp in self:
            if corp.signin_who == "create" and corp.create_users == "never":
                raise ValidationError(
                    _(
                        "Choose on the page Synchronisation how system users are "
                        "created.")
                )

    @api.model
    def _guarded(self):
        return super()._guarded() + GUARDED

    def _in_use(self):
        """Include organisations with an enabled sign-in method."""
        names = self._signin_ways().values()
        enabled = self.sudo().filtered(lambda corp: any(corp[name] for name in names))
        return super()._in_use() | self.browse(enabled.ids)

    @api.model
    def _signin_ways(self):
        """Return {way: field that enables it}; an addon may add its own."""
        return dict(WAY_FIELDS)

    def _signin_allows(self, way):
        """Return whether a sign-in method is enabled."""
        self.ensure_one()
        return bool(self.active and self[self._signin_ways()[way]])

    @api.model
    def _signin_corps(self, *ways):
        """Return organisations, with sudo, with one of these methods enabled."""
        corps = self.env["dingding.corp"].sudo().search([])
        return corps.filtered(
            lambda corp: any(corp._signin_allows(way) for way in ways)
            and (corp.signin_app_id or corp.app_id).active
        )

    @api.model
    def _page_url(self, path):
        """Add sign-in to the address, where sign-in inside DingTalk is enabled."""
        base = self._base_url()
        if not base or not self._signin_corps("inside"):
            return super()._page_url(path)
        query = urlencode({"redirect": path})
        return "%s%s?%s" % (base, INSIDE_PAGE, query)
