# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Define the sync policies of an organisation."""
import datetime

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat, rights
from ..dingtalk import beijing, utc

CHINESE = "zh_CN"  # language of new users, where it is installed

LEADERS = [
    ("dingtalk", "DingTalk"), ("odoo", "Odoo"), ("last", "Latest change"),
]
# Fields in neither group belong to the profile.
GROUPS = {
    "contact": {
        "mobile", "state_code", "mobile_number", "email", "org_email", "telephone",
    },
    "structure": {
        "parent_id", "sequence", "active", "department_ids", "main_department_id",
        "leader_department_ids", "manager_ids", "manager_id",
    },
}
# Only DingTalk knows these, whichever side leads the rest.
DINGTALKS = {"activated", "admin", "boss", "unionid", "avatar_url"}
PICTURES = [
    ("never", "Never"), ("missing", "Without a picture"), ("always", "Always"),
]
# A nightly sync missed by this many hours is skipped.
NIGHT_HOURS = 6


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    leads_profile = fields.Selection(
        LEADERS, string="Profile", required=True, default="dingtalk",
        help="Which side leads if Odoo and DingTalk have different names, job titles, "
             "job numbers, dates of hire, places of work or remarks. DingTalk: its "
             "value replaces the one in Odoo. Odoo: its value is written to DingTalk "
             "and replaces changes made there. Latest change: the value changed since "
             "both sides were last equal; if both were changed, the change noticed "
             "last.",
    )
    leads_contact = fields.Selection(
        LEADERS, string="Mobile and e-mail", required=True, default="dingtalk",
        help="Which side leads mobile, office phone and e-mail. They link people to "
             "system users, so anyone who can change them decides who is who.",
    )
    leads_structure = fields.Selection(
        LEADERS, string="Departments", required=True, default="dingtalk",
        help="Which side leads departments, their parents, members and managers. You "
             "can create people and departments in Odoo only if Odoo leads, or the "
             "latest change.",
    )
    create_users = fields.Selection(
        [
            ("never", "Never"),
            ("template", "Like a template user"),
            ("portal", "As portal users"),
        ],
        string="Create system users", required=True, default="never",
        help="Creates a system user for each person without one. The user has no "
             "password, can sign in through DingTalk only, and receives no e-mail. No "
             "user is created for people without a mobile or e-mail verified by "
             "DingTalk, or with one that matches an existing user.",
    )
    share_users = fields.Boolean(
        string="Share users",
        help="People in several organisations that share users have one user with "
             "access to all companies, if DingTalk has verified the same mobile in "
             "each. Otherwise users of other companies are never linked.",
    )
    template_user_id = fields.Many2one(
        "res.users", string="Template user",
        help="New users get the groups of this user, who must not be an administrator.",
    )
    leaver_policy = fields.Selection(
        [
            ("person", "Archive the person"),
            ("user", "Archive the person and the system user"),
            ("nothing", "Do nothing"),
        ],
        string="When someone leaves", required=True, default="person",
        help="What Odoo does with people who are no longer in DingTalk. The last "
             "administrator is never archived; other administrators are archived only "
             "if administrators may be linked.",
    )
    avatars = fields.Selection(
        [
            ("none", "Do not download"),
            ("changed", "Download when the URL changes"),
        ],
        string="Pictures of people", required=True, default="none",
        help="After a sync, Odoo downloads pictures whose URL has changed in the "
             "background, scales them down and stores them with the person. This "
             "server must reach hosts below dingtalk.com and aliyuncs.com; no other "
             "hosts are called.",
    )
    user_pictures = fields.Selection(
        PICTURES, string="Pictures of users", required=True, default="never",
        help="Whether downloaded pictures are copied to linked users. Those of "
             "administrators never change.",
    )
    avatars_result = fields.Char(
        string="Last picture download", compute="_compute_avatars_result"
    )
    scope_department_ids = fields.Many2many(
        "dingding.department", "dingding_corp_scope_rel", "corp_id", "department_id",
        string="Only these departments", domain="[('corp_id', '=', id)]",
        help="Synchronises only these departments and their sub-departments; all if "
             "empty. Departments already in Odoo remain.",
    )
    archive_threshold_percent = fields.Integer(
        string="Archive threshold (%)", required=True, default=10,
        help="A sync asks for confirmation before it archives more than this "
             "percentage of all people or departments. The numbers beside it are "
             "allowed in any case.",
    )
    archive_threshold_people = fields.Integer(
        string="Archive threshold (people)", required=True, default=20,
        help="Up to this many people are archived without confirmation.",
    )
    archive_threshold_departments = fields.Integer(
        string="Archive threshold (departments)", required=True, default=5,
        help="Up to this many departments are archived without confirmation.",
    )
    nightly_pull = fields.Boolean(
        string="Nightly sync",
        help="Reads departments and people every night and writes the differences "
             "without confirmation, up to the archive threshold.",
    )
    nightly_hour = fields.Integer(
        string="Nightly sync at (hour)", required=True, default=2,
        help="From 0 to 23, in the time zone of the company's contact, or Beijing time "
             "if it has none.",
    )
    nightly_at = fields.Datetime(
        string="Last nightly sync", readonly=True, copy=False
    )

    @api.constrains(
        "archive_threshold_percent", "archive_threshold_people",
        "archive_threshold_departments",
    )
    def _check_threshold(self):
        for corp in self:
            if not 0 <= corp.archive_threshold_percent <= 100:
                raise ValidationError(_(
                    "The archive threshold must be between 0 and 100 %."))
            if (
                corp.archive_threshold_people < 0
                or corp.archive_threshold_departments < 0
            ):
                raise ValidationError(_("The archive threshold cannot be negative."))

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
            words = _("%(fetched)d downloaded, %(refused)d rejected") % {
                "fetched": row.fetched, "refused": row.refused,
            }
            corp.avatars_result = ". ".join(
                each for each in (words, row.last_error) if each
            )

    @api.model
    def _picture_policies(self):
        """Return linked model -> 'never', 'missing' or 'always'; addons add theirs."""
        return {"res.users": self.user_pictures}

    @api.constrains("nightly_hour")
    def _check_nightly_hour(self):
        for corp in self:
            if not 0 <= corp.nightly_hour <= 23:
                raise ValidationError(_("The hour must be between 0 and 23."))

    @api.constrains("create_users", "template_user_id", "company_id")
    def _check_template(self):
        for corp in self:
            template = corp.template_user_id
            if corp.create_users == "template" and not template:
                raise ValidationError(_("Choose a template user."))
            if template and self.env["dingding.user"]._is_administrator(template):
                raise ValidationError(
                    _("%s is an administrator. Everybody in DingTalk would become one.")
                    % template.name
                )
            if template and corp.company_id not in template.sudo().company_ids:
                raise ValidationError(
                    _("%(user)s has no access to the company %(company)s.")
                    % {"user": template.sudo().name, "company": corp.company_id.name}
                )

    @api.model
    def _has_chinese(self):
        installed = self.env["res.lang"].get_installed()
        return CHINESE in [code for code, _name in installed]

    def action_make_template(self):
        """Create a template user for new users, and choose it.

        It is archived.

        :raise AccessError: the user is not an administrator
        """
        self.ensure_one()
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may do this."))
        values = {
            "name": _("Template: %s") % self.name,
            "login": "dingding-template-%d" % self.id, "active": False,
            "company_id": self.company_id.id,
            "company_ids": [(6, 0, self.company_id.ids)],
            compat.USER_GROUPS: [(6, 0, self.env.ref("base.group_user").ids)],
            "tz": self._time_zone().zone,
            "lang": CHINESE if self._has_chinese() else self.env.user.lang,
        }
        # sudo: an administrator need not be allowed to create contacts.
        users = self.env["res.users"].sudo().with_context(no_reset_password=True)
        template = users.with_context(active_test=False).search(
            [("login", "=", values["login"])], limit=1)
        # Later series look for the contact's users with this context.
        template = template or users.create(values)
        self.write({"create_users": "template", "template_user_id": template.id})
        return True

    def _chosen_dept_ids(self):
        """Return DingTalk's ids of the departments to which syncs are limited.

        Empty for all; archived ones, too.
        """
        chosen = self.with_context(active_test=False).scope_department_ids
        return chosen.filtered("dept_id").mapped("dept_id")

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

        Addons extend it.
        """
        for group, names in GROUPS.items():
            if name in names:
                return group
        return "profile"

    def _leads(self, name):
        """Return which side's value of a field counts: 'dingtalk', 'odoo' or 'last'.

        :param str name: field of ``dingding.user`` or ``dingding.department``
        """
        self.ensure_one()
        if name in DINGTALKS:
            return "dingtalk"
        return self["leads_%s" % self._leads_group(name)]

    def _time_zone(self):
        """Return the organisation's time zone: its company's, else Beijing's."""
        name = self.sudo().company_id.partner_id.tz or beijing.ZONE
        try:
            return pytz.timezone(name)
        except pytz.UnknownTimeZoneError:
            return pytz.timezone(beijing.ZONE)

    def _local_time(self, now=None):
        """Return the organisation's local time, as an aware datetime.

        :param datetime.datetime now: in UTC
        """
        now = now or utc.now()
        return pytz.utc.localize(now).astimezone(self._time_zone())

    def _nightly_due(self, now=None):
        """Tell whether tonight's sync is still due.

        :param datetime.datetime now: in UTC
        """
        self.ensure_one()
        local = self._local_time(now)
        # When clocks are set back, the first of the two hours counts.
        clock = local.replace(tzinfo=None)
        planned = clock.replace(
            hour=self.nightly_hour, minute=0, second=0, microsecond=0
        )
        if planned > clock:
            planned -= datetime.timedelta(days=1)
        planned = self._time_zone().localize(planned, is_dst=True)
        if local - planned >= datetime.timedelta(hours=NIGHT_HOURS):
            return False
        if not self.nightly_at:
            return True
        before = pytz.utc.localize(fields.Datetime.from_string(self.nightly_at))
        # Or the clock was ahead when it was stored.
        return before < planned or before - local > datetime.timedelta(days=1)
