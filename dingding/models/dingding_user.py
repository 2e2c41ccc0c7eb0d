# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import uuid

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat, rights
from ..sync import converters, links, mapping, outward
from .dingding_sync_mixin import CONTACT
from .remedies import user_errors

NEW_USERID = "o%s"
# More UnionIDs that change at once, without a mobile to compare, are not reuses.
MOST_UNPROVEN = 5

LINK_RULES = [
    ("manual", "Manually"), ("mobile", "Verified mobile"), ("email", "E-mail"),
    ("created", "Created automatically"), ("bound", "Bound at sign-in"),
    ("shared", "Other organisation"),
]


class DingdingUser(models.Model):
    """A person of an organisation in DingTalk.

    A human who works for two organisations is one person in each.
    """

    _name = "dingding.user"
    _inherit = "dingding.sync.mixin"
    _description = "DingTalk User"
    _order = "name, id"

    _sync_key = "userid"
    _sync_relation = "person"
    # Mobile and e-mail link people to users.
    _sync_identity = (
        "corp_id", "userid", "unionid", "activated", "mobile", "mobile_number",
        "state_code", "email", "org_email", "link_rule", "linked_on", "odoo_contacts",
    )
    _sync_place = "department_ids"
    _sync_change = "person_id"
    _bulk_own_computed = ("company_id",)

    name = fields.Char(required=True, index=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    userid = fields.Char(
        string="UserID", required=True, copy=False, index=True,
        help="Identifies the person in this organisation.",
    )
    unionid = fields.Char(
        string="UnionID", copy=False, index=True,
        help="Identifies the person in all organisations of one developer.",
    )
    department_ids = fields.Many2many(
        "dingding.department", "dingding_department_user_rel", "user_id",
        "department_id", string="Departments", copy=False,
    )
    main_department_id = fields.Many2one(
        "dingding.department", string="Main department", index=True,
        ondelete="set null", help="The person's first department in DingTalk.",
    )
    leader_department_ids = fields.Many2many(
        "dingding.department", "dingding_department_manager_rel", "user_id",
        "department_id", string="Departments managed", copy=False,
    )
    manager_id = fields.Many2one(
        "dingding.user", string="Direct manager", index=True, ondelete="set null",
        help="DingTalk returns it for single people only: click Refresh.",
    )
    title = fields.Char(string="Job title")
    job_number = fields.Char(index=True)
    state_code = fields.Char(
        string="Country code", help="Country code of the mobile, without a plus sign."
    )
    mobile = fields.Char(help="In DingTalk's format.")
    mobile_number = fields.Char(
        string="International mobile", index=True,
        help="The mobile with its country code, used for matching.",
    )
    telephone = fields.Char(string="Office phone")
    email = fields.Char(string="E-mail")
    org_email = fields.Char(string="Company e-mail")
    work_place = fields.Char(string="Place of work")
    remark = fields.Text()
    hired_date = fields.Date(string="Hired on")
    avatar_url = fields.Char(string="Picture source")
    image = fields.Binary(
        string="Picture", attachment=True, readonly=True, copy=False,
    )
    has_image = fields.Boolean(string="Has a picture", compute="_compute_has_image")
    image_address = fields.Char(
        string="URL of this picture", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="URL of the last picture downloaded or rejected. Odoo downloads again "
             "when DingTalk returns another URL.",
    )
    activated = fields.Boolean(
        help="The person has signed in to DingTalk, so DingTalk has verified the "
             "mobile."
    )
    admin = fields.Boolean(string="DingTalk administrator")
    boss = fields.Boolean(string="Head of the organisation")
    extension = fields.Text(
        string="Other fields", help="Custom fields of the organisation, as JSON."
    )
    user_id = fields.Many2one(
        "res.users", string="System user", copy=False, index=True, ondelete="set null",
    )
    link_rule = fields.Selection(
        LINK_RULES, string="Linked by", readonly=True, copy=False
    )
    linked_on = fields.Datetime(string="Linked on", readonly=True, copy=False)
    odoo_contacts = fields.Text(
        string="Contact details from Odoo", readonly=True, copy=False,
        groups="base.group_system",
        help="Mobiles and e-mails of this person entered in Odoo, as JSON. They are "
             "not verified, so they link the person only if a manager confirms.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "user_id"],
            where=sql.SQL("active AND user_id IS NOT NULL"),
        )
        # Finds former people, see dingding_sync_users.py: none, most often.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_user_archived"
            " ON dingding_user (unionid) WHERE active IS NOT TRUE")
        return result

    @api.model
    def _dingtalk_mapping(self):
        return super()._dingtalk_mapping() + list(mapping.PERSON)

    @api.model
    def _bulk_compute(self, rows):
        companies = self._companies({row["corp_id"] for row in rows})
        for row in rows:
            row["company_id"] = companies[row["corp_id"]]

    # -- changes made in Odoo --------------------------------------------------------

    @api.depends("image")
    def _compute_has_image(self):
        # Sizes instead of pictures.
        for person, sized in zip(self, self.with_context(bin_size=True)):
            person.has_image = bool(sized.image)

    @api.model
    def _prepare_key(self, vals):
        """Choose the UserID before DingTalk is called.

        After a lost answer DingTalk is asked about it.
        """
        vals = dict(vals, userid=NEW_USERID % uuid.uuid4().hex[:20])
        if not vals.get("mobile"):
            raise ValidationError(
                _(
                    "DingTalk cannot create a person without a mobile. Enter the "
                    "mobile of %s.")
                % (vals.get("name") or "")
            )
        return vals

    @api.model
    def _as_sent(self, vals):
        vals = super()._as_sent(vals)
        if vals.get("mobile") and not self.env.context.get("dingding_no_push"):
            try:
                mobile = outward.mobile(vals["mobile"], vals.get("state_code"))
            except ValueError:
                # Sending it reports the error.
                return vals
            vals["mobile"] = mobile
            vals["state_code"] = (
                mobile[1:].split("-")[0] if mobile.startswith("+") else converters.CHINA
            )
        return vals

    def _note_changed(self, changed, before):
        changed = dict(changed)
        if "leader_department_ids" in changed:
            # Managers must be members first.
            now = set(changed.pop("leader_department_ids") or ())
            was = set(before["leader_department_ids"] or ())
            if self._leader(self.corp_id, "leader_department_ids") != "dingtalk":
                result = super()._note_changed(changed, before)
                departments = self._in_own_name(self.env["dingding.department"])
                departments.browse(sorted(now ^ was))._note_managers()
                return result
        return super()._note_changed(changed, before)

    def _note_new(self):
        result = super()._note_new()
        self._in_own_name(self.leader_department_ids)._note_managers()
        return result

    def _note_contacts(self, values):
        """Record mobiles and e-mails that Odoo sends, since DingTalk only repeats them.

        Otherwise editors could choose the user that a rule links.
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
            base = self._baseline().get("leader_department_ids") or ()
            departments = self.env["dingding.department"].sudo().search(
                [("corp_id", "=", self.corp_id.id), ("dept_id", "in", list(base))]
            )
            for department in departments | self.sudo().leader_department_ids:
                department._push_fields(["manager_ids"])
        return super()._push_fields(names)

    def _is_made_as(self, change, asked):
        # A mobile is unique in DingTalk; an invited person may have got another UserID.
        if change.key == self.userid:
            return True
        number = converters.number(self.mobile, self.state_code)
        return bool(number) and number == change.values.get("mobile_number")

    # -- the link to a system user ---------------------------------------------------

    @api.model
    def _check_free(self, user_id, corp_id, except_id=False):
        """Refuse what the unique index would refuse, with a readable message.

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
        if other and not rights.may_see(self.env, other):
            raise ValidationError(
                _("This user is already linked in this organisation."))
        if other:
            raise ValidationError(
                _("%(user)s is already linked to %(person)s in this organisation.")
                % {"user": other.user_id.name, "person": other.name}
            )

    @api.model
    def _is_administrator(self, user):
        return user.has_group("base.group_system") or user.has_group(
            "base.group_erp_manager"
        )

    @api.model
    def _is_spared(self, corp, user):
        """Tell whether no rule of an organisation may link a user.

        Odoo's own users are never linked so, administrators if it is set.
        """
        return user.id in rights.owner_ids(self.env) or (
            not corp.link_administrators and self._is_administrator(user))

    @api.model
    def _exceeds(self, user, author):
        """Tell whether a user has a right that ``author`` lacks.

        Linked people can sign in as that user, so linking someone to a more powerful
        user would grant the author those rights.
        """
        if rights.is_administrator(self.env(user=author.id)):
            return False
        groups, user, author = compat.ALL_USER_GROUPS, user.sudo(), author.sudo()
        return user.id in rights.owner_ids(self.env) or bool(
            user[groups] - author[groups] or user.company_ids - author.company_ids
        )

    @api.model
    def _check_linkable(self, user):
        """Refuse to link a user with more rights than the current one.

        :raise AccessError: only an administrator may create such a link
        """
        if user and not compat.is_superuser(self.env) and self._exceeds(
            user, self.env.user
        ):
            raise AccessError(
                _(
                    "%s has more access rights in Odoo than you. Ask an administrator "
                    "to create the link, or ask the user to bind the account."
                ) % user.sudo().name
            )

    @api.model
    def _check_unlinkable(self, user):
        """Prevent DingTalk managers from removing administrators' links.

        :raise AccessError: only an administrator may remove such a link
        """
        if user and not rights.is_administrator(self.env) and (
            user.id in rights.owner_ids(self.env)
            or self._is_administrator(user.sudo())
        ):
            raise AccessError(
                _("%s is an administrator. Only administrators may change the link.")
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
        """Refuse links to users outside the organisation's company."""
        people = self.sudo().with_context(active_test=False)
        if len(people) > 1:
            # Nearly all of many new people have no user.
            people = people.search(
                [("id", "in", people.ids), ("user_id", "!=", False)])
        for person in people.filtered("user_id"):
            # An administrator has chosen the company of created users.
            if person.link_rule != "created" and (
                person.corp_id.company_id not in person.user_id.company_ids
            ):
                raise ValidationError(
                    _("%(user)s has no access to the company %(company)s.")
                    % {
                        "user": person.user_id.name,
                        "company": person.corp_id.company_id.name,
                    }
                )

    @staticmethod
    def _with_link(vals):
        """Return vals with the rule and time of the link."""
        if "user_id" not in vals or "link_rule" in vals:
            return vals
        if not vals["user_id"]:
            return dict(vals, link_rule=False, linked_on=False)
        return dict(vals, link_rule="manual", linked_on=fields.Datetime.now())

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self, ("user_id",))
        for vals in vals_list:
            if vals.get("user_id"):
                self._check_linkable(self.env["res.users"].browse(vals["user_id"]))
                self._check_free(vals["user_id"], vals.get("corp_id"))
        people = compat.super_create(super(), vals_list)
        people._check_links({})
        for person, vals in zip(people, vals_list):
            if "link_rule" not in vals:
                person._link_changed(person.user_id.browse())
        return people

    @api.model
    def _prepare_new(self, vals):
        # After the check of user input: forms always send the user field, even if
        # empty.
        return self._with_link(super()._prepare_new(vals))

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
        result = super().write(self._with_link(vals))
        if CONTACT & set(vals) and not compat.is_superuser(self.env):
            # Even if the context suppresses outgoing changes.
            for person in self:
                person._note_contacts(person._own_values(CONTACT))
        if "user_id" not in vals:
            return result
        self._check_links(before)
        if "link_rule" not in vals:
            for person in self:
                person._link_changed(before[person.id])
        return result

    def unlink(self):
        self._check_leaving()
        asked = self.env["dingding.outgoing.change"].sudo().search(
            [("person_id", "in", self.ids), "|", ("asked", "!=", False),
             ("invited_on", "!=", False)]
        ).mapped("person_id")
        entered = self.sudo().filtered(
            lambda row: row.odoo_contacts and (not row.is_new or row in asked)
        )
        if entered and not rights.is_administrator(self.env):
            # A sync would recreate the row without the record of who entered its
            # contacts.
            raise AccessError(
                _("The mobile or e-mail of %s was entered in Odoo, so only "
                  "administrators may delete this record. Archive it "
                  "instead.") % entered[0].name
            )
        return super().unlink()

    def _check_leaving(self):
        """Prevent DingTalk managers from ending administrators' access."""
        for person in self.sudo():
            self._check_unlinkable(person.user_id)

    def _link_changed(self, before):
        """Notify the users whose link to this person was made or removed manually.

        :param before: the previous user
        """
        user = self.sudo().user_id
        if before == user:
            return
        if before:
            self._notify_link(before, False, self.env.user)
        if user:
            self._notify_link(user, True, self.env.user)

    def _link_text(self, user, linked):
        """Return the sentence that tells a user of a link to this person.

        :param bool linked: False if the link was removed
        """
        text = _("The DingTalk user %(person)s is now linked to your user %(user)s.")
        if not linked:
            text = _("The DingTalk user %(person)s is no longer linked to your user "
                     "%(user)s.")
        return text % {"person": self.sudo().name, "user": user.sudo().name}

    def _in_language_of(self, user):
        """Return these people and a user, both in the user's language."""
        lang = user.sudo().lang or "en_US"
        return self.with_context(lang=lang), user.with_context(lang=lang)

    def _notify_link(self, user, linked, author):
        """E-mail a user about a link to this person that was changed manually.

        :param bool linked: False if the link was removed
        :param author: the user who changed it
        """
        # In the language of the reader.
        self, user = self._in_language_of(user)
        by = _("Done by %s.") % author.name
        user._dingding_mail("%s %s" % (self._link_text(user, linked), by))

    def _written(self, corp, change, ids, relations=None):
        values = super()._written(corp, change, ids, relations)
        if change.id and values.get("active"):
            values.update(self.browse(change.id)._come_back())
        return values

    def _come_back(self):
        """Return the additional values for a person who has rejoined."""
        taken = self.user_id and self.search(
            [
                ("corp_id", "=", self.corp_id.id),
                ("user_id", "=", self.user_id.id),
                ("active", "=", True),
            ],
            limit=1,
        )
        return {"user_id": False} if taken else {}

    def _others_with(self, name):
        """Return the other people with the same linked record, of any organisation.

        Neither leavers nor people of archived organisations, whom nobody reads.

        :param str name: field with the link
        """
        return self.search(
            [(name, "=", self[name].id), ("id", "!=", self.id), ("active", "=", True),
             ("corp_id.active", "=", True)], order="id")

    # -- another human with the same UserID --------------------------------------------

    @api.model
    def _replaced(self, corp, changes):
        """Return the people whose UserID DingTalk has given to somebody else.

        Once a person is deleted, an administrator may use the UserID again. A UnionID
        belongs to one human, as long as the developer of the application is the same.
        """
        found = [
            each for each in changes
            if each.id and "unionid" in each.values and each.values["unionid"]
            and each.old.get("unionid")
        ]
        if not found:
            return self.browse()
        people = {person.id: person for person in self.browse([
            each.id for each in found])}
        same = [people[each.id]._is_same_human(each) for each in found]
        if same.count(None) > MOST_UNPROVEN:
            # Without mobiles to compare: those of another developer's application.
            same = [proof is not False for proof in same]
        return self.browse([
            each.id for each, proof in zip(found, same) if not proof])

    def _is_same_human(self, change):
        """Tell whether DingTalk shows the mobile that is stored, None if it shows none.

        DingTalk has one account for a mobile.
        """
        if "mobile_number" in change.values:
            return bool(self.mobile_number) and (
                change.values["mobile_number"] == self.mobile_number)
        if not self.mobile_number:
            return None
        # Where Odoo leads, a stored mobile is not what DingTalk shows.
        return self.corp_id._leads("mobile") == "dingtalk"

    @api.model
    def _no_links(self):
        """Return the values of a person without links to records of Odoo.

        Addons add theirs.
        """
        return {"user_id": False, "user_ignored": False}

    def _end_links(self):
        """Part these people from Odoo's records and from messages to the former human.
        """
        for person in self._as_received():
            person.write(self._no_links())
        compat.flush(self.env)
        # Queued messages, paused for the budget perhaps, must not reach the new human.
        self.env.cr.execute(
            "UPDATE dingding_message_recipient SET person_id = NULL,"
            " recalled = coalesce(recalled, false) OR state = 'queued',"
            " reason_code = CASE WHEN state = 'queued' THEN 'withheld'"
            " ELSE reason_code END,"
            " state = CASE WHEN state = 'queued' THEN 'failed' ELSE state END"
            " WHERE person_id IN %s", [tuple(self.ids)],
        )
        compat.forget(self.env)

    # -- buttons -----------------------------------------------------------------------

    def action_refresh(self):
        """Read this person again now, including the direct manager."""
        self.ensure_one()
        compat.check_access(self, "write")
        with user_errors(self.env):
            self.env["dingding.sync"]._refresh_person(self)
        return True

    def action_send_message(self):
        """Open the wizard that sends a message to these people."""
        return self._open_send_form("user_ids", self)

    @api.model
    def _open_send_form(self, field, records):
        compat.check_access(records, "read")
        action = compat.window_action(self.env, "dingding.dingding_send_action")
        action["context"] = {"default_%s" % field: [(6, 0, records.ids)]}
        return action
