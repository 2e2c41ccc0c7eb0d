# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import DingTalkCase, portable


@portable
class TestHrField(DingTalkCase):
    def linked(self, row, model):
        return row.mapped(row._linked_paths()[model])

    def test_employees_and_departments(self):
        employee = self.env["hr.employee"].create({"name": "Wang"})
        department = self.env["hr.department"].create({"name": "Sales"})
        person = self.env["dingding.user"].create(
            {
                "name": "Wang", "userid": "w", "corp_id": self.corp.id,
                "employee_id": employee.id,
            }
        )
        row = self.env["dingding.department"].create(
            {
                "name": "Sales", "dept_id": "4711", "corp_id": self.corp.id,
                "hr_department_id": department.id,
            }
        )
        self.assertEqual(self.linked(person, "hr.employee"), employee)
        self.assertEqual(self.linked(row, "hr.department"), department)
        self.assertEqual(person._linked_paths()["res.users"], "user_id")
