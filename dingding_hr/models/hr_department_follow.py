# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat

_logger = logging.getLogger(__name__)


class HrDepartment(models.Model):
    _inherit = "hr.department"

    def _update_employee_manager(self, manager_id):
        """Set a new manager for employees who are not in DingTalk only.

        For others see ``Managers``. The manager's own managers keep theirs: up to 15,
        Odoo's check of a circle never ends for those below it.
        """
        if not self.env.context.get("dingding_no_push"):
            return super()._update_employee_manager(manager_id)
        employees = self.env["hr.employee"]
        for department in self:
            employees |= employees.search([
                ("id", "!=", manager_id), ("department_id", "=", department.id),
                ("parent_id", "=", department.manager_id.id)])
        above = current = employees.browse(manager_id or ())
        while current.parent_id and current.parent_id not in above:
            current = current.parent_id
            above |= current
        others = (employees - above).filtered(
            lambda each: not each.dingding_user_ids.filtered(
                lambda person: person.active and person.corp_id.active))
        try:
            with self.env.cr.savepoint():
                others.write({"parent_id": manager_id})
                compat.flush(self.env)
        except ValidationError as error:
            # Odoo would refuse the department's manager as well.
            _logger.info("%s: employees keep their manager: %s", self, error)
            compat.forget(self.env)
        return None
