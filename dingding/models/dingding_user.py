# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import uuid

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat, rights
from ..sync import converters, links, mapping, outward
from .dingding_mirror import CONTACT
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
        "state_code", "email", "org_email", "link_rule", "linked_on", "odoo_contacts",
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
    odoo_contacts = fields.Text(
        string="Contacts from Odoo", readonly=True, copy=False,
        groups="base.group_system",
        help="Mobiles and e-mails of this person that were entered in Odoo, as JSON. "
        "They prove nothing, so no rule links the person by them without a manager.",
    )

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

    def _note_contacts(self, values):
        """Remember mobiles and e-mails that Odoo sends: DingTalk only repeats them.

        Whoever may write them here could otherwise choose the user that a rule links
        this person to.
        """
        found = {links.email(values.get(name)) for name in ("email", "org_email")}
        if values.get("mobile"):
            code = values.get("state_code") or self.sudo().state_code
            found |= {
                converters.number(values["mobile"], each) for each in (code, None)
            }
        person = self.sudo().with_context(dingding_no_push=True)
        known = set(json.loads(person.odoo_contacts or "[]"))
        if found - known - {None}:
            contacts = sorted(known | found - {None})
            person.write({"odoo_contacts": json.dumps(contacts)})

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

    @api.model
    def _exceeds(self, user, author):
        """Tell whether a user has a right that ``author`` has not.

        Who is linked can sign in as that user: linking one to a person of one's own
        would be a way to gain the right.
        """
        if rights.is_administrator(self.env(user=author.id)):
            return False
        groups, user, author = compat.ALL_USER_GROUPS, user.sudo(), author.sudo()
        return user.id in rights.owner_ids(self.env) or bool(
            user[groups] - author[groups] or user.company_ids - author.company_ids
        )

    @api.model
    def _check_linkable(self, user):
        """Refuse to link a user who may do what the present one may not.

        :raise AccessError: only an administrator may make such a link
        """
        if user and not compat.is_superuser(self.env) and self._exceeds(
            user, self.env.user
        ):
            raise AccessError(
                _(
                    "%s may do more in Odoo than you. Ask an administrator to make "
                    "the link, or let the user bind the own account."
                ) % user.sudo().name
            )

    @api.model
    def _check_unlinkable(self, user):
        """Keep administrators' links out of the reach of DingTalk managers.

        :raise AccessError: only an administrator may undo such a link
        """
        if user and not rights.is_administrator(self.env) and (
            user.id in rights.owner_ids(self.env)
            or self._is_administrator(user.sudo())
        ):
            raise AccessError(
                _("Only administrators change the link of %s, an administrator.")
                % user.sudo().name
            )

    def _check_links(self, before):
        """Check the links that are stored now.

        :param dict before: person's id -> the user before
        """
        for person in self.sudo():
            was = before.get(person.id, person.user_id.browse())
            if was != person.user_id:
                this = self.env["dingding.user"]
                this._check_unlinkable(was)
                this._check_linkable(person.user_id)

    @api.constrains("user_id", "corp_id")
    def _check_user_company(self):
        """Keep accounts of other companies out of the reach of an organisation."""
        for person in self.sudo():
            # An administrator has chosen the company of users that are made.
            if person.user_id and person.link_rule != "created" and (
                person.corp_id.company_id not in person.user_id.company_ids
            ):
                raise ValidationError(
                    _("%(user)s does not have the company %(company)s.")
                    % {
                        "user": person.user_id.name,
                        "company": person.corp_id.company_id.name,
                    }
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
        this = rights.without_defaults(self, ("user_id",))
        for vals in vals_list:
            if vals.get("user_id"):
                this._check_linkable(self.env["res.users"].browse(vals["user_id"]))
                this._check_free(vals["user_id"], vals.get("corp_id"))
        people = compat.super_create(super(DingdingUser, this), vals_list)
        people._check_links({})
        for person, vals in zip(people, vals_list):
            if "link_rule" not in vals:
                person._tell_linked(person.user_id.browse())
        return people

    @api.model
    def _prepare_new(self, vals):
        # After the check of what a person may say: forms name the user, even if none.
        return self._with_link(super(DingdingUser, self)._prepare_new(vals))

    def write(self, vals):
        self._check_identity(vals)
        if vals.get("active") is False:
            self._check_leaving()
        before = {}
        if "user_id" in vals:
            before = {person.id: person.user_id for person in self.sudo()}
            wanted = self.env["res.users"].browse(vals["user_id"] or ())
            for user in before.values():
                if user != wanted:
                    self._check_unlinkable(user)
                    self._check_linkable(wanted)
        if vals.get("user_id") or vals.get("active"):
            for person in self:
                user_id = vals.get("user_id", person.user_id.id)
                if user_id and vals.get("active", person.active):
                    self._check_free(user_id, person.corp_id.id, person.id)
        result = super(DingdingUser, self).write(self._with_link(vals))
        if CONTACT & set(vals) and not compat.is_superuser(self.env):
            # Also where a context keeps the change from DingTalk.
            for person in self:
                person._note_contacts(person._own_values(CONTACT))
        if "user_id" not in vals:
            return result
        self._check_links(before)
        if "link_rule" not in vals:
            for person in self:
                person._tell_linked(before[person.id])
        return result

    def unlink(self):
        self._check_leaving()
        asked = self.env["dingding.change"].sudo().search(
            [("person_id", "in", self.ids), "|", ("asked", "!=", False),
             ("invited_on", "!=", False)]
        ).mapped("person_id")
        entered = self.sudo().filtered(
            lambda row: row.odoo_contacts and (not row.is_new or row in asked)
        )
        if entered and not rights.is_administrator(self.env):
            # A sync would make the row anew, without the memory of these contacts.
            raise AccessError(
                _("Mobile or e-mail of %s were entered in Odoo: only administrators "
                  "may delete this row. Archive it instead.") % entered[0].name
            )
        return super(DingdingUser, self).unlink()

    def _check_leaving(self):
        """Keep administrators' sign-in out of the reach of DingTalk managers."""
        for person in self.sudo():
            self._check_unlinkable(person.user_id)

    def _tell_linked(self, before):
        """Tell both sides, and the log, of a link that was made or undone by hand.

        :param before: the user before
        """
        person = self.sudo()
        log = self.env["dingding.signin.log"].sudo()
        for user, result in ((before, "unbound"), (person.user_id, "bound")):
            if not user or before == person.user_id:
                continue
            text = _("%(person)s of DingTalk now signs in as %(user)s.")
            if result == "unbound":
                text = _("%(person)s of DingTalk no longer signs in as %(user)s.")
            text %= {"person": person.name, "user": user.name}
            by = _("Done by %s.") % self.env.user.name
            self.env["dingding.signin.my"]._mail(user, "%s %s" % (text, by))
            log._by_hand(result, user, person, self.env.user)

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
