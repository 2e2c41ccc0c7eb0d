# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import html_escape

from odoo.addons.dingding import compat, rights

REPORTED = (
    "corp_id", "company_id", "person_id", "employee_id", "dingtalk_key",
    "checked_at", "place", "address", "latitude", "longitude", "note", "visited",
    "photo_urls", "photo_count", "photos_pending", "partner_rule", "active",
    "deleted_on",
)


class DingdingCheckin(models.Model):
    """A field check-in (签到): where a person has been, and whom the person visited.

    Only syncs write it, but for the visited contact.
    """

    _name = "dingding.checkin"
    _inherit = "dingding.person.mixin"
    _description = "DingTalk Field Check-in"
    _order = "checked_at desc, id desc"
    _rec_name = "place"

    corp_id = fields.Many2one(index=True)
    person_id = fields.Many2one(index=True)
    # Hides what was deleted in DingTalk.
    active = fields.Boolean(default=True, readonly=True)
    deleted_on = fields.Datetime(
        string="Deleted in DingTalk", readonly=True,
        help="When a sync found that DingTalk no longer has the check-in.")
    dingtalk_key = fields.Char(string="DingTalk ID", required=True, readonly=True)
    checked_at = fields.Datetime(
        string="Checked in on", required=True, readonly=True, index=True)
    place = fields.Char(string="Location", readonly=True)
    address = fields.Char(readonly=True)
    latitude = fields.Float(digits=(10, 6), readonly=True)
    longitude = fields.Float(digits=(10, 6), readonly=True)
    note = fields.Text(readonly=True)
    visited = fields.Char(
        string="Visited as", readonly=True, index=True,
        help="Name that the person entered, or the UserID of an external contact of "
             "DingTalk.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Visited contact", index=True, ondelete="set null",
        help="Selected manually, or because the same visit was selected before.",
    )
    partner_rule = fields.Selection(
        [("manual", "Manually"), ("earlier", "As before")],
        string="Contact selected", readonly=True,
    )
    has_partner = fields.Boolean(related="corp_id.checkin_partners", readonly=True)
    photo_urls = fields.Text(string="Photo addresses", readonly=True)
    photo_count = fields.Integer(string="Photos", readonly=True)
    photos_pending = fields.Boolean(string="Photos to be stored", readonly=True)
    photos_html = fields.Html(
        string="Pictures", compute="_compute_photos_html", sanitize=False)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "dingtalk_key"])

    def _compute_photos_html(self):
        # sudo: the reader of a check-in may read its photos.
        files = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], order="id")
        for checkin in self:
            mine = files.filtered(lambda each: each.res_id == checkin.id)
            checkin.photos_html = "".join(
                '<a href="/web/image/%(id)d" target="_blank"><img alt="%(name)s"'
                ' src="/web/image/%(id)d" style="max-height:160px;margin:4px"/></a>'
                % {"id": each.id, "name": html_escape(each.name)} for each in mine
            ) or checkin._links()

    def _links(self):
        """Return links to the photos at DingTalk, as HTML."""
        # Up to 14 Odoo escapes no single quotes.
        urls = [each for each in (self.photo_urls or "").split("\n")
                if each.startswith("https://")]
        return "".join(
            '<a href="%s" target="_blank" rel="noopener noreferrer"'
            ' style="margin-right:1em">%s</a>'
            % (html_escape(url), html_escape(_("Photo %d") % number))
            for number, url in enumerate(urls, 1))

    @api.constrains("partner_id", "corp_id")
    def _check_partner(self):
        for checkin in self.sudo():
            company = checkin.partner_id.company_id
            if company and company != checkin.company_id:
                raise ValidationError(_("The contact belongs to another company."))

    # -- rights ------------------------------------------------------------------------

    @compat.create_multi
    def create(self, vals_list):
        if not compat.is_superuser(self.env):
            raise AccessError(_("Only syncs create field check-ins."))
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    def write(self, vals):
        before = rights.stored(self, REPORTED)
        partners = rights.stored(self, ("partner_id",))
        result = super().write(vals)
        if rights.changed(self, before):
            raise AccessError(_("Only the visited contact may be changed."))
        moved = self.filtered(
            lambda each: rights.changed(each, {each.id: partners[each.id]}))
        if moved:
            # A user could read the name of any contact.
            compat.check_access(moved.mapped("partner_id"), "read")
            moved._set({"partner_rule": "manual"})
            # sudo: users do not write others' check-ins.
            moved.sudo()._follow_choice()
        return result

    def _set(self, vals):
        """Write what DingTalk reports, or what follows from a choice."""
        return super().write(vals)

    @api.model
    def _show(self, domain):
        action = compat.window_action(
            self.env, "dingding_attendance.dingding_checkin_action")
        return dict(action, domain=domain, context={})

    # -- the visited contact -----------------------------------------------------------

    def _follow_choice(self):
        """Select for the same visits elsewhere what people have selected here."""
        for checkin in self.filtered("visited"):
            self.search([
                ("corp_id", "=", checkin.corp_id.id),
                ("visited", "=", checkin.visited),
                # Before 12 "!=" finds no empty values.
                ("partner_rule", "in", [False, "earlier"]),
            ])._match()

    def _match(self):
        """Select the contact that people have selected for the same visit before.

        Never by the names of contacts. Without a choice, or after different ones,
        select none.
        """
        for checkin in self:
            partner = checkin._chosen_before()
            if partner != checkin.partner_id:
                checkin._set({
                    "partner_id": partner.id,
                    "partner_rule": "earlier" if partner else False,
                })

    def _chosen_before(self):
        none = self.env["res.partner"]
        if not self.visited or not self.corp_id.checkin_partners:
            return none
        # Choices on deleted check-ins count too.
        partners = self.with_context(active_test=False).search([
            ("corp_id", "=", self.corp_id.id), ("visited", "=", self.visited),
            ("partner_rule", "=", "manual"), ("partner_id", "!=", False),
        ]).mapped("partner_id")
        fits = partners.filtered(
            lambda each: each.active
            and each.company_id.id in (False, self.company_id.id))
        return fits if len(partners) == 1 else none
