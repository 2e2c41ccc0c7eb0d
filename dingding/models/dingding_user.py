# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import uuid

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat
from ..sync import converters, mapping, outward
from .remedies import user_errors

NEW_USERID = "o%s"

LINK_RULES = [
    ("manual", "By hand"), ("mobile", "Verified mobile"), ("email", "E-mail"),
    ("created", "Made for the person"),
]


class DingdingUser(models.Model):
    """A person of an organisation in DingTalk.

    Who works for two organisations is one person in each.
    """

    _name = "dingding.user"
    _inherit = ["dingding.mirror", "dingding.user.signin"]
    _description = "DingTalk User"
    _order = "name, id"

    _mirror_key = "userid"
    _mirror_relation = "person"
    # By mobile and e-mail a person is linked to a system user, so they are what
    # DingTalk says and nothing else.
    _mirror_identity = (
        "corp_id", "userid", "unionid", "activated", "mobile", "mobile_number",
        "state_code", "email", "org_email", "link_rule", "linked_on",
    )
    _mirror_place = "department_ids"
    _mirror_change = "person_id"
    _bulk_own_computed = ("company_id",)

    name = fields.Char(required=True, index=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self._only_corp(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    userid = fields.Char(
        string="UserID", required=True, copy=False, index=True,
        help="DingTalk's id of the person in this organisation.",
    )
    unionid = fields.Char(
        string="UnionID", copy=False, index=True,
        help="DingTalk's id of the person for all organisations of one developer.",
    )
    department_ids = fields.Many2many(
        "dingding.department", "dingding_department_user_rel", "user_id",
        "department_id", string="Departments", copy=False,
    )
    main_department_id = fields.Many2one(
        "dingding.department", string="Main department", index=True,
        ondelete="set null", help="The first of the departments in DingTalk.",
    )
    leader_department_ids = fields.Many2many(
        "dingding.department", "dingding_department_manager_rel", "user_id",
        "department_id", string="Manages", copy=False,
    )
    manager_id = fields.Many2one(
        "dingding.user", string="Direct manager", index=True, ondelete="set null",
        help="DingTalk tells it of one person at a time only: press Refresh.",
    )
    title = fields.Char(string="Job title")
    job_number = fields.Char(index=True)
    state_code = fields.Char(string="Country code", help="Of the mobile, without plus.")
    mobile = fields.Char(help="As DingTalk writes it.")
    mobile_number = fields.Char(
        string="International mobile", index=True,
        help="The mobile with its country code, by which people are compared.",
    )
    telephone = fields.Char(string="Office phone")
    email = fields.Char(string="E-mail")
    org_email = fields.Char(string="Company e-mail")
    work_place = fields.Char(string="Place of work")
    remark = fields.Text()
    hired_date = fields.Date(string="Hired on")
    avatar_url = fields.Char(string="Picture address")
    image = fields.Binary(
        string="Picture", attachment=True, readonly=True, copy=False,
    )
    image_address = fields.Char(
        string="Address of this picture", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="Where the picture was fetched, or refused. It is fetched again when "
        "DingTalk names another address.",
    )
    activated = fields.Boolean(
        help="The person has signed in to DingTalk, which has verified the mobile."
    )
    admin = fields.Boolean(string="Administrator of DingTalk")
    boss = fields.Boolean(string="Head of the organisation")
    extension = fields.Text(
        string="Further fields", help="The organisation's own fields, as JSON."
    )
    user_id = fields.Many2one(
        "res.users", string="System user", copy=False, index=True, ondelete="set null",
    )
    link_rule = fields.Selection(
        LINK_RULES, string="Linked by", readonly=True, copy=False
    )
    linked_on = fields.Datetime(readonly=True, copy=False)

    def init(self):
        result = super(DingdingUser, self).init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "user_id"],
            where=sql.SQL("active AND user_id IS NOT NULL"),
        )
        return result

    @api.model
    def _dingtalk_mapping(self):
        return super(DingdingUser, self)._dingtalk_mapping() + list(mapping.PERSON)

    @api.model
    def _bulk_compute(self, rows):
        companies = self._companies({row["corp_id"] for row in rows})
        for row in rows:
            row["company_id"] = companies[row["corp_id"]]

    # -- changes made here -----------------------------------------------------------

    @api.model
    def _prepare_key(self, vals):
        """Choose the UserID before DingTalk is asked.

        When the answer is lost, DingTalk can be asked about this person: nobody is
        made twice.
        """
        vals = dict(vals, userid=NEW_USERID % uuid.uuid4().hex[:20])
        if not vals.get("mobile"):
            raise ValidationError(
                _("DingTalk makes nobody without a mobile: enter it for %s.")
                % (vals.get("name") or "")
            )
        return vals

    @api.model
    def _as_sent(self, vals):
        vals = super(DingdingUser, self)._as_sent(vals)
        if vals.get("mobile") and not self.env.context.get("dingding_no_push"):
            try:
                mobile = outward.mobile(vals["mobile"], vals.get("state_code"))
            except ValueError:
                # Left as it is: whoever sends it will say what is wrong with it.
                return vals
            vals["mobile"] = mobile
            vals["state_code"] = (
                mobile[1:].split("-")[0] if mobile.startswith("+") else converters.CHINA
            )
        return vals

    def _note_changed(self, changed, before):
        changed = dict(changed)
        if "leader_department_ids" in changed:
            # DingTalk is told of each department who manages it, after everything
            # else: its managers have to be in it.
            now = set(changed.pop("leader_department_ids") or ())
            was = set(before["leader_department_ids"] or ())
            if self._leader(self.corp_id, "leader_department_ids") != "dingtalk":
                result = super(DingdingUser, self)._note_changed(changed, before)
                departments = self.env["dingding.department"].sudo()
                departments.browse(sorted(now ^ was))._note_managers()
                return result
        return super(DingdingUser, self)._note_changed(changed, before)

    def _note_new(self):
        result = super(DingdingUser, self)._note_new()
        self.leader_department_ids.sudo()._note_managers()
        return result

    def _push_fields(self, names):
        names = set(names)
        if "leader_department_ids" in names:
            names.discard("leader_department_ids")
            agreed = self._agreed().get("leader_department_ids") or ()
            departments = self.env["dingding.department"].sudo().search(
                [("corp_id", "=", self.corp_id.id), ("dept_id", "in", list(agreed))]
            )
            (departments | self.leader_department_ids)._note_managers()
        return super(DingdingUser, self)._push_fields(names)

    def _is_made_as(self, change, asked):
        # A mobile is one person's in DingTalk; who was invited may have got another
        # UserID.
        if change.key == self.userid:
            return True
        number = converters.number(self.mobile, self.state_code)
        return bool(number) and number == change.values.get("mobile_number")

    # -- the link to a system user ---------------------------------------------------

    @api.model
    def _check_free(self, user_id, corp_id, except_id=False):
        """Say in words what the unique index would refuse.

        :raise ValidationError: the user is linked to another person of the organisation
        """
        other = self.sudo().search(
            [
                ("corp_id", "=", corp_id),
                ("user_id", "=", user_id),
                ("id", "!=", except_id),
                ("active", "=", True),
            ],
            limit=1,
        )
        if other:
            raise ValidationError(
                _("%(user)s is already linked to %(person)s in this organisation.")
                % {"user": other.user_id.name, "person": other.name}
            )

    @api.model
    def _is_administrator(self, user):
        """Tell whether a user has administration rights."""
        return user.has_group("base.group_system") or user.has_group(
            "base.group_erp_manager"
        )

    def _check_link(self, vals):
        """Keep administrators' accounts out of the reach of DingTalk managers.

        Who is linked can sign in as that user: linking an administrator to a person
        of one's own would be a way to become one.
        """
        if "user_id" not in vals or compat.is_superuser(self.env):
            return
        if self.env.user.has_group("base.group_system"):
            return
        users = self.sudo().mapped("user_id")
        users |= users.browse(vals["user_id"] or ())
        for user in users.sudo():
            if self._is_administrator(user):
                raise AccessError(
                    _("Only administrators link %s, who is an administrator too.")
                    % user.name
                )

    @staticmethod
    def _with_link(vals):
        """Return vals with how and when a link was made."""
        if "user_id" not in vals or "link_rule" in vals:
            return vals
        if not vals["user_id"]:
            return dict(vals, link_rule=False, linked_on=False)
        return dict(vals, link_rule="manual", linked_on=fields.Datetime.now())

    @compat.create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_link(vals)
            if vals.get("user_id"):
                self._check_free(vals["user_id"], vals.get("corp_id"))
        return compat.super_create(super(DingdingUser, self), vals_list)

    @api.model
    def _prepare_new(self, vals):
        # After the check of what a person may say: forms name the user, even if none.
        return self._with_link(super(DingdingUser, self)._prepare_new(vals))

    def write(self, vals):
        self._check_identity(vals)
        self._check_link(vals)
        if vals.get("user_id") or vals.get("active"):
            for person in self:
                user_id = vals.get("user_id", person.user_id.id)
                if user_id and vals.get("active", person.active):
                    self._check_free(user_id, person.corp_id.id, person.id)
        return super(DingdingUser, self).write(self._with_link(vals))

    def _written(self, corp, change, ids):
        values = super(DingdingUser, self)._written(corp, change, ids)
        if change.id and values.get("active"):
            values.update(self.browse(change.id)._come_back())
        return values

    def _come_back(self):
        """Return what else changes when somebody who had left is there again."""
        taken = self.user_id and self.search(
            [
                ("corp_id", "=", self.corp_id.id),
                ("user_id", "=", self.user_id.id),
                ("active", "=", True),
            ],
            limit=1,
        )
        return {"user_id": False} if taken else {}

    # -- buttons -----------------------------------------------------------------------

    def action_refresh(self):
        """Read this person again, now; also tells the direct manager."""
        self.ensure_one()
        compat.check_access(self, "write")
        with user_errors(self.env):
            self.env["dingding.run"]._refresh_person(self)
        return True

    def action_send_message(self):
        """Open the form that sends a message to these people."""
        return self._open_send_form("user_ids", self)

    @api.model
    def _open_send_form(self, field, records):
        compat.check_access(records, "read")
        action = self.env.ref("dingding.dingding_send_action").sudo().read()[0]
        action["context"] = {"default_%s" % field: [(6, 0, records.ids)]}
        return action
