# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable


@portable
class TestHrField(DingTalkCase):
    """Employees and HR departments chosen in DingTalk's list."""

    def people(self, model, userids=(), dept_ids=()):
        user = self._make_user(self.env, "hr-%s" % model, "hr.group_hr_user")
        return call_as(
            user, "dingding.jsapi.field", "people", model, list(userids),
            list(dept_ids)
        )

    def test_employees_and_departments(self):
        employee = self.env["hr.employee"].create({"name": "Wang"})
        department = self.env["hr.department"].create({"name": "Sales"})
        self.env["dingding.user"].create(
            {
                "name": "Wang", "userid": "w", "corp_id": self.corp.id,
                "employee_id": employee.id,
            }
        )
        self.env["dingding.department"].create(
            {
                "name": "Sales", "dept_id": "4711", "corp_id": self.corp.id,
                "hr_department_id": department.id,
            }
        )
        found = self.people("hr.department", dept_ids=["4711"])["departments"]
        self.assertEqual(found["4711"][0], department.id)
        found = self.people("hr.employee", ["w", "unknown"])["users"]
        self.assertEqual(found, {"w": [employee.id, "Wang"]})
