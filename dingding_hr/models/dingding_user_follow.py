# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync.follow import FollowMap

# Fields that only some series or addons have: source, field, type.
SOMETIMES = (
    ("work_place", "work_location", "char"),
    ("job_number", "registration_number", "char"),
    # Of OCA's hr_employee_service; contracts belong to Odoo.
    ("hired_date", "service_hire_date", "date"),
)


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    @api.model
    def _follow_table(self):
        name = "hr.employee"
        known = self.env[name]._fields
        lines = super()._follow_table() + [
            FollowMap("name", name, "name"),
            FollowMap("email", name, "work_email", "email"),
            FollowMap("mobile", name, "mobile_phone", "phone"),
            FollowMap("telephone", name, "work_phone", "phone"),
            FollowMap("main_department_id", name, "department_id", "department"),
            FollowMap("manager_id", name, "parent_id", "person"),
        ]
        leader = "group"
        if "job_title" in known:
            lines.append(FollowMap("title", name, "job_title"))
            # The job position says more than the title: HR chooses it.
            leader = "odoo"
        lines.append(FollowMap("title", name, "job_id", "job", leader))
        if "work_location_id" in known:
            lines.append(FollowMap("work_place", name, "work_location_id", "location"))
        return lines + [
            FollowMap(source, name, field) for source, field, kind in SOMETIMES
            if field in known and known[field].type == kind
        ]
