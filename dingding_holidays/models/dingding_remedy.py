# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingRemedy(models.AbstractModel):
    _inherit = "dingding.remedy"

    def _sentence_leave_operator(self, detail):
        return _(
            "Choose an operator who administers attendance and approvals in DingTalk, "
            "on the organisation's page Leave."
        )

    def _sentence_leave_period(self, detail):
        return _(
            "DingTalk accepts leaves that began at most 31 days ago. Enter older ones "
            "in DingTalk."
        )

    def _sentence_leave_overlap(self, detail):
        return _(
            "The person has another leave in DingTalk at this time. Cancel one of the "
            "two, then retry."
        )

    def _sentence_leave_refused(self, detail):
        return _(
            "Correct what Odoo refuses, for example the allocation or an overlapping "
            "leave, then retry. Or cancel the request in DingTalk."
        )

    def _sentence_leave_employee(self, detail):
        return _("Link the DingTalk user to an employee, then retry.")

    def _sentence_leave_type(self, detail):
        return _(
            "Read the leave types on the organisation's page Leave, map this one, then "
            "retry."
        )
