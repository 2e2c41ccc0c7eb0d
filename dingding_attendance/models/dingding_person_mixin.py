# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class DingdingPersonMixin(models.AbstractModel):
    """A record of what a person did, with the person's employee."""

    _name = "dingding.person.mixin"
    _description = "DingTalk Person Mixin"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True)
    person_id = fields.Many2one(
        "dingding.user", string="Person", required=True, readonly=True,
        ondelete="cascade",
    )
    # Not related: 17.0 lets nobody search by a related field who may not read what it
    # is related to, and a person's employee is for HR officers.
    employee_id = fields.Many2one(
        "hr.employee", string="Employee", compute="_compute_employee_id",
        compute_sudo=True, store=True, readonly=True, index=True,
        groups="base.group_user",
    )

    @api.depends("person_id.employee_id")
    def _compute_employee_id(self):
        for row in self:
            row.employee_id = row.person_id.employee_id
