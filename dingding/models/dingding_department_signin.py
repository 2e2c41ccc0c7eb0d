# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What the users that are made for the people of a department are like."""
from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat

# What somebody may do is the administrators' decision alone.
GUARDED = ("new_user_company_id", "new_user_group_ids")
# A user with one of these is an administrator, or of another kind than employees.
NEVER = (
    "base.group_system", "base.group_erp_manager", "base.group_portal",
    "base.group_public",
)


class DingdingDepartmentSignin(models.AbstractModel):
    """Company, groups and language of new users; ``dingding.department`` inherits it.

    What a department does not say, the one above it says.
    """

    _name = "dingding.department.signin"
    _description = "New Users of a DingTalk Department"

    new_user_company_id = fields.Many2one(
        "res.company", string="Company of new users", copy=False,
        groups="base.group_system",
        help="Of users that are made for people of this department and of those below "
        "it. Empty: as the department above says, at last the organisation's company.",
    )
    new_user_group_ids = fields.Many2many(
        "res.groups", "dingding_department_group_rel", "department_id", "group_id",
        string="Groups of new users", copy=False, groups="base.group_system",
        help="Beside those of the template user. Empty: as the department above says. "
        "Portal users get none of them.",
    )
    new_user_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language of new users", copy=False,
        help="Empty: as the department above says, at last that of the template user.",
    )

    @api.constrains("new_user_group_ids")
    def _check_new_user_groups(self):
        for department in self.sudo():
            bad = department.new_user_group_ids.filtered(self._is_never)
            if bad:
                raise ValidationError(
                    _("%(group)s is no group for everybody in %(department)s: it makes "
                      "administrators, or users of another kind.")
                    % {"group": bad[0].name, "department": department.name}
                )

    @api.model
    def _is_never(self, groups):
        """Tell whether one of the groups is such that no rule may give it."""
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
        """Refuse all but administrators.

        create() of Odoo 11 looks neither at the groups of fields nor at where a default
        comes from.
        """
        if compat.is_superuser(self.env) or self.env.user.has_group(
            "base.group_system"
        ):
            return
        if names:
            raise AccessError(
                _("Only administrators choose company and groups of new users.")
            )

    @compat.create_multi
    def create(self, vals_list):
        made = compat.super_create(super(DingdingDepartmentSignin, self), vals_list)
        for department in made.sudo():
            made._check_guarded([name for name in GUARDED if department[name]])
        made._people_below()._check_placed({})
        return made

    def write(self, vals):
        self._check_guarded([name for name in GUARDED if name in vals])
        if not {"parent_id", "user_ids"} & set(vals):
            return super(DingdingDepartmentSignin, self).write(vals)
        before = self._people_below()._granted()
        result = super(DingdingDepartmentSignin, self).write(vals)
        self._people_below()._check_placed(before)
        return result

    def _people_below(self):
        """Return the people without a user in these departments and below them."""
        people = self.env["dingding.user"]
        if compat.is_superuser(self.env):
            return people
        found = people.sudo().search(
            [("user_id", "=", False), ("corp_id.create_users", "!=", "never"),
             "|", ("department_ids", "child_of", self.ids),
             ("main_department_id", "child_of", self.ids)]
        )
        return people.browse(found.ids)

    def _new_user_says(self, name):
        """Return a value of the nearest department that has one, else what is empty."""
        department = self.sudo()
        while department and not department[name]:
            department = department.parent_id
        return department[name]


class DingdingDepartment(models.Model):
    """Departments, with what their new users are like."""

    _name = "dingding.department"
    _inherit = ["dingding.department", "dingding.department.signin"]


class DingdingRunMaking(models.AbstractModel):
    """New users, at a sign-in or by a run, with what their department says."""

    _name = "dingding.run.making"
    _inherit = "dingding.run.making"

    @api.model
    def _prepare_user(self, corp, person):
        values = super(DingdingRunMaking, self)._prepare_user(corp, person)
        if not values:
            return values
        department = person._new_user_department()
        company = department._new_user_says("new_user_company_id")
        if company:
            values.update(company_id=company.id, company_ids=[(6, 0, company.ids)])
        lang = department._new_user_says("new_user_lang")
        if lang:
            values["lang"] = lang
        groups = department._new_user_says("new_user_group_ids")
        if groups and corp.create_users != "portal":
            if department._is_never(groups):
                # It was harmless when it was chosen.
                return None
            values[compat.USER_GROUPS] += [(4, group.id) for group in groups]
        return values
