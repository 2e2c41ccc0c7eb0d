# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the administrator of an organisation decides about synchronising it."""
import datetime

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

LEADERS = [
    ("dingtalk", "DingTalk"), ("odoo", "Odoo"), ("last", "The last change"),
]
# What stands in neither is of the profile.
GROUPS = {
    "contact": {
        "mobile", "state_code", "mobile_number", "email", "org_email", "telephone",
    },
    "structure": {
        "parent_id", "sequence", "active", "department_ids", "main_department_id",
        "leader_department_ids", "manager_ids", "manager_id",
    },
}
# DingTalk alone knows these, whoever leads the rest.
DINGTALKS = {"activated", "admin", "boss", "unionid", "avatar_url"}
# After this many hours a night that was missed is left to the next one.
NIGHT_HOURS = 6
BEIJING = "Asia/Shanghai"


class DingdingCorpPolicy(models.AbstractModel):
    """The policies of an organisation; ``dingding.corp`` inherits them."""

    _name = "dingding.corp.policy"
    _description = "Policies of a DingTalk Organisation"

    leads_profile = fields.Selection(
        LEADERS, string="Names and profile", required=True, default="dingtalk",
        help="Whose value is kept when Odoo and DingTalk differ in name, job title, "
        "job number, date of hire, place of work or remark. DingTalk: its value "
        "replaces the one in Odoo. Odoo: what is written in Odoo goes to DingTalk, and "
        "changes made there are taken back. The last change: what was changed since "
        "both agreed; when both were, the one that is noticed last.",
    )
    leads_contact = fields.Selection(
        LEADERS, string="Mobile and e-mail", required=True, default="dingtalk",
        help="The same for mobile, office phone and e-mail. People are linked to "
        "system users by them, so who may change them decides who is who.",
    )
    leads_structure = fields.Selection(
        LEADERS, string="Departments", required=True, default="dingtalk",
        help="The same for which departments there are, what is above them, who is in "
        "them and who manages them. People and departments are made in Odoo only when "
        "Odoo leads here, or the last change.",
    )
    create_users = fields.Selection(
        [
            ("never", "Never"),
            ("template", "Like a template user"),
            ("portal", "As portal users"),
        ],
        string="Create system users", required=True, default="never",
        help="Whether a person who is linked to no system user gets one. Such a user "
        "has no password, so that he can sign in through DingTalk only, and is sent no "
        "mail. Who has neither mobile nor e-mail verified by DingTalk, or one that "
        "fits an existing user, gets none.",
    )
    template_user_id = fields.Many2one(
        "res.users", string="Template user",
        help="New users get the groups of this one, who must not be an administrator.",
    )
    leaver_policy = fields.Selection(
        [
            ("person", "Archive the person"),
            ("user", "Archive the person and the system user"),
            ("nothing", "Change nothing"),
        ],
        string="Who has left DingTalk", required=True, default="person",
        help="What happens here to somebody who is no longer in DingTalk. The last "
        "administrator is never archived, and another administrator only where "
        "administrators may be linked.",
    )
    avatars = fields.Selection(
        [
            ("none", "Are not fetched"),
            ("changed", "Are fetched when their address has changed"),
        ],
        string="Pictures of people", required=True, default="none",
        help="After a reading the pictures whose address has changed are fetched in "
        "the background, made small and kept with the person. They lie on hosts below "
        "dingtalk.com and aliyuncs.com, which this server has to reach; other hosts "
        "are never asked.",
    )
    avatars_result = fields.Char(
        string="Last pictures", compute="_compute_avatars_result"
    )
    scope_department_ids = fields.Many2many(
        "dingding.department", "dingding_corp_scope_rel", "corp_id", "department_id",
        string="Only these departments", domain="[('corp_id', '=', id)]",
        help="Read only these departments and those below them. Empty: all. Others "
        "that were read before stay as they are.",
    )
    guard_percent = fields.Integer(
        string="Guard, per cent", required=True, default=10,
        help="A run stops and asks before it archives more people or departments than "
        "this share of all, unless it is less than the number beside it.",
    )
    guard_people = fields.Integer(
        string="Guard, people", required=True, default=20,
        help="So many people may always be archived without asking.",
    )
    guard_departments = fields.Integer(
        string="Guard, departments", required=True, default=5,
        help="So many departments may always be archived without asking.",
    )
    nightly_pull = fields.Boolean(
        string="Read DingTalk each night",
        help="Departments and people are read and what differs is written, without "
        "asking, as far as the guard allows.",
    )
    nightly_hour = fields.Integer(
        string="Hour of the night", required=True, default=2,
        help="0 to 23, in the time zone of the company's contact, or of Beijing if it "
        "has none.",
    )
    nightly_at = fields.Datetime(
        string="Last night's reading", readonly=True, copy=False
    )

    @api.constrains("guard_percent", "guard_people", "guard_departments")
    def _check_guard(self):
        for corp in self:
            if not 0 <= corp.guard_percent <= 100:
                raise ValidationError(_("The guard's share is between 0 and 100."))
            if corp.guard_people < 0 or corp.guard_departments < 0:
                raise ValidationError(_("The guard's numbers are not below zero."))

    @api.depends("avatars")
    def _compute_avatars_result(self):
        rows = self.env["dingding.picture"].sudo().search(
            [("corp_id", "in", self.ids)]
        )
        for corp in self:
            row = rows.filtered(lambda each: each.corp_id.id == corp.id)[:1]
            if not row:
                corp.avatars_result = False
                continue
            words = _("%(fetched)d fetched, %(refused)d refused") % {
                "fetched": row.fetched, "refused": row.refused,
            }
            corp.avatars_result = ". ".join(
                each for each in (words, row.last_error) if each
            )

    @api.constrains("nightly_hour")
    def _check_nightly_hour(self):
        for corp in self:
            if not 0 <= corp.nightly_hour <= 23:
                raise ValidationError(_("The hour is between 0 and 23."))

    @api.constrains("create_users", "template_user_id", "company_id")
    def _check_template(self):
        for corp in self:
            template = corp.template_user_id
            if corp.create_users == "template" and not template:
                raise ValidationError(_("Choose the user that new ones are like."))
            if template and self.env["dingding.user"]._is_administrator(template):
                raise ValidationError(
                    _("%s is an administrator: everybody in DingTalk would be one.")
                    % template.name
                )
            if template and corp.company_id not in template.sudo().company_ids:
                raise ValidationError(
                    _("%(user)s does not have the company %(company)s.")
                    % {"user": template.sudo().name, "company": corp.company_id.name}
                )

    @api.constrains("scope_department_ids")
    def _check_scope(self):
        for corp in self:
            if corp.scope_department_ids.mapped("corp_id") - corp:
                raise ValidationError(
                    _("Choose departments of this organisation only.")
                )

    @api.model
    def _leads_group(self, name):
        """Return the group of a field: 'profile', 'contact' or 'structure'.

        An addon that maps further fields may say here where they belong.
        """
        for group, names in GROUPS.items():
            if name in names:
                return group
        return "profile"

    def _leads(self, name):
        """Return whose value of a field counts: 'dingtalk', 'odoo' or 'last'.

        :param str name: field of ``dingding.user`` or ``dingding.department``
        """
        self.ensure_one()
        if name in DINGTALKS:
            return "dingtalk"
        return self["leads_%s" % self._leads_group(name)]

    def _time_zone(self):
        """Return the time zone of the organisation: its company's, else Beijing's."""
        name = self.sudo().company_id.partner_id.tz or BEIJING
        try:
            return pytz.timezone(name)
        except pytz.UnknownTimeZoneError:
            return pytz.timezone(BEIJING)

    def _local_time(self, now=None):
        """Return what clocks in the organisation show, as an aware datetime.

        :param datetime.datetime now: in UTC
        """
        now = now or datetime.datetime.utcnow()
        return pytz.utc.localize(now).astimezone(self._time_zone())

    def _nightly_due(self, now=None):
        """Tell whether the reading of this night is still to be done.

        :param datetime.datetime now: in UTC
        """
        self.ensure_one()
        local = self._local_time(now)
        planned = local.replace(
            hour=self.nightly_hour, minute=0, second=0, microsecond=0
        )
        if planned > local:
            planned -= datetime.timedelta(days=1)
        if local - planned >= datetime.timedelta(hours=NIGHT_HOURS):
            return False
        before = self.nightly_at and fields.Datetime.from_string(self.nightly_at)
        return not before or pytz.utc.localize(before) < planned
