# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models
from odoo.exceptions import AccessError, UserError

from .. import compat, rights


class DingdingUserSignin(models.AbstractModel):
    """Sessions of those who may no longer sign in; ``dingding.user`` inherits it."""

    _name = "dingding.user.signin"
    _description = "Sign-in of a DingTalk User"

    def write(self, vals):
        ended = self.env["res.users"]
        # Everybody chooses a context; the rule of a link only the system writes.
        keep = self.env.context.get("dingding_keep_sessions") and "link_rule" in vals
        if vals.get("active") is False:
            ended = self.sudo().mapped("user_id")
        elif "user_id" in vals and not keep:
            ended = self.sudo().mapped("user_id").filtered(
                lambda user: user.id != vals["user_id"]
            )
        places = self if {"department_ids", "main_department_id"} & set(vals) else ()
        before = places and places._granted()
        result = super(DingdingUserSignin, self).write(vals)
        ended._dingding_end_sessions()
        if places:
            places._check_placed(before)
        return result

    def action_unbind(self):
        """Take the link to the system user away and end his sessions."""
        self.ensure_one()
        compat.check_access(self, "write")
        user = self.sudo().user_id
        if not user:
            raise UserError(_("%s is linked to no system user.") % self.name)
        # The log and the mail come with it.
        self.write({"user_id": False})
        return True

    # -- what a user that is made may do -------------------------------------------

    def _new_user_department(self):
        """Return the department that says what a new user of this person is like."""
        return self.main_department_id or self.department_ids.sorted(
            lambda each: (each.sort_path or "", each.id))[:1]

    def _granted(self):
        """Return person's id -> what a new user would have and the present one has not.

        :rtype: dict of int -> set of (model, id) of groups and companies
        """
        found = {}
        if rights.is_administrator(self.env):
            return found
        user = self.env.user.sudo()
        for person in self.sudo():
            if person.user_id or person.corp_id.create_users == "never":
                continue
            place = person._new_user_department()
            company = place._new_user_says("new_user_company_id") - user.company_ids
            groups = place._new_user_says("new_user_group_ids")
            if person.corp_id.create_users == "portal":
                groups = groups.browse()
            groups -= user[compat.ALL_USER_GROUPS]
            found[person.id] = {
                (each._name, each.id) for part in (company, groups) for each in part
            }
        return found

    def _check_placed(self, before):
        """Refuse to place people where new users may do more than the present user.

        :param dict before: see ``_granted``
        :raise AccessError: a user that is made for one of them would gain something
        """
        for person_id, granted in self._granted().items():
            if granted - before.get(person_id, set()):
                person = self.sudo().browse(person_id)
                raise AccessError(
                    _("New users in %(department)s may do more in Odoo than you. Ask "
                      "an administrator to place %(person)s there.")
                    % {"person": person.name,
                       "department": person._new_user_department().name}
                )

    @compat.create_multi
    def create(self, vals_list):
        people = compat.super_create(super(DingdingUserSignin, self), vals_list)
        people._check_placed({})
        return people
