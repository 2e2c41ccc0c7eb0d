# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_user_match import (
    LIKELY_RULES,
    UNLINKED,
    Side,
)


class DingdingUser(models.Model):
    """Match people with employees; for HR officers who manage DingTalk."""

    _inherit = "dingding.user"

    employee_ignored = fields.Boolean(
        string="No employee needed", copy=False, groups="hr.group_hr_user",
        help="Rules neither link nor create an employee, and the person does not count "
             "as one without an employee.",
    )
    employee_unlinked_reason = fields.Selection(
        UNLINKED, string="No employee because", readonly=True, copy=False,
        groups="hr.group_hr_user",
    )
    likely_employee_ids = fields.Many2many(
        "hr.employee", "dingding_employee_likely_rel", "person_id", "employee_id",
        string="Likely employees", readonly=True, copy=False,
        groups="hr.group_hr_user",
        help="Employees with the same user, work mobile or work e-mail.",
    )
    likely_employee_rule = fields.Selection(
        LIKELY_RULES, string="Employee likely by", readonly=True, copy=False,
        groups="hr.group_hr_user",
    )

    @api.model
    def _match_sides(self):
        sides = super()._match_sides()
        sides["employee_id"] = Side(
            "employee_id", "employee_ignored", "employee_unlinked_reason",
            "likely_employee_ids", "likely_employee_rule", "employee_",
        )
        return sides

    @api.model
    def _match_choices(self):
        choices = super()._match_choices()
        if not compat.has_group(self.env, "hr.group_hr_user"):
            return choices
        return choices + [
            ("link_employee", _("Link to the likely employee"), "_match_link_employee"),
            ("create_employee", _("Create employees"), "_match_create_employee"),
            ("ignore_employee", _("Needs no employee"), "_match_ignore_employee"),
            ("unignore_employee", _("Needs an employee"), "_match_unignore_employee"),
        ]

    def _match_link_employee(self):
        return self._for_each(lambda person: person._link_likely("employee_id"))

    def _match_create_employee(self):
        """Create employees, with the user's own rights."""
        syncs = self.env["dingding.sync"]

        def create(person):
            if person.employee_id:
                raise UserError(_("Already linked."))
            if person.likely_employee_ids:
                raise UserError(_("There is a likely employee. Link it instead."))
            # sudo: the officer need not see the former person.
            if not syncs.sudo()._ids_to_make("person", person.corp_id, [person.userid]):
                raise UserError(
                    _("The person is archived, or has another UserID as well. Wait "
                      "until Odoo has archived the former one."))
            syncs._make_employees(person.corp_id, person)

        return self._for_each(create)

    def _match_ignore_employee(self):
        return self._ignore("employee_id", True)

    def _match_unignore_employee(self):
        return self._ignore("employee_id", False)

    # -- buttons -----------------------------------------------------------------------

    def _check_hr_officer(self):
        if not compat.has_group(self.env, "hr.group_hr_user"):
            raise AccessError(_("Only HR officers may do this."))

    def action_match_link_employee(self):
        """Link these people to their likely employees."""
        self._check_hr_officer()
        return self._match_row("link_employee")

    def action_match_create_employee(self):
        """Create employees for these people."""
        self._check_hr_officer()
        return self._match_row("create_employee")
