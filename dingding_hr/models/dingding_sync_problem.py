# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingSyncProblem(models.Model):
    _inherit = "dingding.sync.problem"

    @api.model
    def _texts(self):
        by_hand = _("Choose the employee on the form of the DingTalk user.")
        return dict(
            super()._texts(),
            employee_mobile_of_several_users=(
                _("Several employees have the mobile of this person."), by_hand,
            ),
            employee_mobile_of_several_people=(
                _("Several people of the organisation have the mobile of an employee."),
                by_hand,
            ),
            employee_email_of_several_users=(
                _("Several employees have the e-mail of this person."), by_hand,
            ),
            employee_email_of_several_people=(
                _("Several people of the organisation have the e-mail of an employee."),
                by_hand,
            ),
            employee_link_taken=(
                _("The employee with the same mobile or e-mail is already linked to "
                  "another person."), by_hand,
            ),
        )
