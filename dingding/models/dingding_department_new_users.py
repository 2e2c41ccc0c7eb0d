# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Settings of the users that are created for the people of a department."""
from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat, rights

# Only administrators may decide on rights.
GUARDED = ("new_user_company_id", "new_user_group_ids")
# Without a main department, a person belongs to the first of several.
ORDER = {"sequence", "active"}
# Groups of administrators, or of users who are not employees.
NEVER = (
    "base.group_system", "base.group_erp_manager", "base.group_portal",
    "base.group_public",
)


class DingdingDepartment(models.Model):
    """Settings of the users created for a department's people.

    An empty field is taken from the nearest department above that sets it.
    """

    _inherit = "dingding.department"

    new_user_company_id = fields.Many2one(
        "res.company", string="Company of new users", copy=False,
        groups="base.group_system",
        help="Company of new users in this department and its sub-departments. If "
             "empty, that of the parent department applies, or the organisation's "
             "company.",
    )
    new_user_group_ids = fields.Many2many(
        "res.groups", "dingding_department_group_rel", "department_id", "group_id",
        string="Groups of new users", copy=False, groups="base.group_system",
        help="Added to the groups of the template user. If empty, those of the parent "
             "department apply. Portal users do not get them.",
    )
    new_user_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language of new users", copy=False,
        help="If empty, the language of the parent department applies, or that of the "
             "template user.",
    )

    @api.constrains("new_user_group_ids")
    def _check_new_user_groups(self):
        for department in self.sudo():
            bad = department.new_user_group_ids.filtered(self._is_never)
            if bad:
                raise ValidationError(
                    _("%(group)s cannot be given to everybody in %(department)s: it "
                      "grants administration rights, or makes users of another type.")
                    % {"group": bad[0].name, "department": department.name}
                )

    @api.model
    def _is_never(self, groups):
        """Tell whether one of the groups must never be granted by rule."""
        implied = groups.sudo()
        while True:
            more = implied | implied.mapped("implied_ids")
            if more == implied:
                break
            implied = more
        return bool(implied & self._never())

    @api.model
    def _never(self):
        groups = self.env["res.groups"].sudo()
        for xmlid in NEVER:
            groups |= self.env.ref(xmlid).sudo()
        return groups

    def _check_guarded(self, names):
        """Refuse everybody but administrators.

        Odoo 11's create() checks neither groups of fields nor defaults.
        """
        if rights.is_administrator(self.env):
            return
        if names:
            raise AccessError(
                _("Only administrators may choose the company and groups of new users.")
            )

    @compat.create_multi
    def create(self, vals_list):
        made = compat.super_create(super(), vals_list)
        for department in made.sudo():
            made._check_guarded([name for name in GUARDED if department[name]])
        made._people_below()._check_placed({})
        return made

    def write(self, vals):
        self._check_guarded([name for name in GUARDED if name in vals])
        moved = {"parent_id", "user_ids"} & set(vals)
        if not moved and not ORDER & set(vals):
            return super().write(vals)
        people = self._people_below(all_of_them=bool(moved))
        before = people._granted()
        result = super().write(vals)
        # Odoo 11 keeps archived ones in the cache.
        compat.forget_fields(people, ["department_ids"])
        if moved:
            people |= self._people_below()
        people._check_placed(before)
        return result

    def unlink(self):
        people = self._people_below()
        before = people._granted()
        result = super().unlink()
        people._check_placed(before)
        return result

    def _people_below(self, all_of_them=True):
        """Return the people without a user in these departments and below them.

        :param bool all_of_them: False: only those without a main department
        """
        people = self.env["dingding.user"]
        if compat.is_superuser(self.env):
            return people
        domain = [
            ("user_id", "=", False), ("corp_id.create_users", "!=", "never"),
            "|", ("department_ids", "child_of", self.ids),
            ("main_department_id", "child_of", self.ids),
        ]
        if not all_of_them:
            domain = [("main_department_id", "=", False)] + domain
        found = people.with_context(active_test=False).sudo().search(domain)
        return people.browse(found.ids)

    def _new_users_gain(self, user):
        """Return the rights of this department's new users that a user lacks.

        :rtype: set of (model, id) of groups and companies; empty for administrators
        """
        department, user = self.sudo(), user.sudo()
        how = department.corp_id.create_users or "never"
        if how == "never" or rights.is_administrator(self.env(user=user.id)):
            return set()
        company = department._new_user_says("new_user_company_id") - user.company_ids
        groups = department._new_user_says("new_user_group_ids")
        if how == "portal":
            groups = groups.browse()
        groups -= user[compat.ALL_USER_GROUPS]
        return {(each._name, each.id) for part in (company, groups) for each in part}

    def _new_user_says(self, name):
        """Return the value of the nearest department that sets one."""
        department = self.sudo()
        while department and not department[name]:
            department = department.parent_id
        return department[name]
