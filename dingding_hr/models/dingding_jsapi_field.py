# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingJsapiField(models.AbstractModel):
    _inherit = "dingding.jsapi.field"

    @api.model
    def _people_paths(self):
        paths = super(DingdingJsapiField, self)._people_paths()
        return dict(paths, **{"hr.employee": "employee_id"})

    @api.model
    def _department_paths(self):
        paths = super(DingdingJsapiField, self)._department_paths()
        return dict(paths, **{"hr.department": "hr_department_id"})
