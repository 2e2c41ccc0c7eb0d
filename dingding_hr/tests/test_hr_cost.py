# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.sync_case import SyncCase

CHANGED = 10
# 60 people need one more than 20: addons with rows of people look for them.
A_BATCH = 8


@portable
class TestHrCost(SyncCase):
    """Count statements."""

    def test_new_employees_cost_what_the_orm_costs(self):
        self.corp.hr_employees = "create"
        few = self.first_run(20)
        many = self.first_run(60)
        employees = self.people().mapped("employee_id")
        self.assertEqual(len(employees), 60)
        alone = self.orm_alone(
            "hr.employee", employees[:40],
            ("name", "work_email", "mobile_phone", "work_phone", "company_id"), {})
        self.assertCost(few, many, alone, 40 + A_BATCH)
        if "avatar_128" in employees._fields:
            compat.forget(self.env)
            self.assertTrue(all(employees.mapped("avatar_128")))
            self.assertFalse(any(employees.mapped("image_1920")))

    def test_new_hr_departments_in_few_statements(self):
        self.corp.hr_departments = "create"
        few = self.first_run(12, 4)
        many = self.first_run(12, 24)
        departments = self.departments().mapped("hr_department_id")
        self.assertEqual(len(departments), 25)
        for department in self.departments():
            self.assertEqual(
                department.hr_department_id.parent_id,
                department.parent_id.hr_department_id)
        alone = self.orm_alone(
            "hr.department", departments[:20], ("name", "parent_id", "company_id"), {})
        extra = len(many) - len(few) - len(alone)
        self.assertLessEqual(extra, 20 * 4, "\n".join(sorted(many)))

    def test_managers_of_new_hr_departments_leave_no_messages(self):
        self.corp.write({"hr_employees": "create", "hr_departments": "create"})
        self.first_run(30)
        departments = self.departments().mapped("hr_department_id")
        led = departments.filtered("manager_id")
        self.assertTrue(led)
        messages = self.env["mail.message"].search(
            [("model", "=", "hr.department"), ("res_id", "in", led.ids)])
        self.assertFalse(messages.mapped("tracking_value_ids"))

    def test_managers_of_new_hr_departments_take_several_steps(self):
        runs = type(self.env["dingding.sync"])
        steps, real = [], runs._set_new_managers

        def step(run, meter, deadline):
            steps.append(real(run, meter, deadline if steps else 0))
            return steps[-1]

        self._replace(runs, "_set_new_managers", step)
        self.corp.write({"hr_employees": "create", "hr_departments": "create"})
        self.simulator.reset(people=30, departments=4)
        self.simulator.settings(rate_limit=None)
        self.app.app_secret = self.simulator.app_secret
        run = self.start()
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(steps, [False, True])
        self.assertTrue(
            self.departments().mapped("hr_department_id").filtered("manager_id"))

    def test_an_unchanged_sync_and_a_few_changes(self):
        self.corp.write({
            "hr_employees": "create", "hr_departments": "create",
            "create_users": "portal", "link_by_email": True,
        })
        # From 14 on managers must not be portal users.
        if "leave_manager_id" in self.env["hr.employee"]._fields:
            self.corp.write({
                "create_users": "template", "template_user_id": self._make_user(
                    self.env, "cost", "base.group_user").id})
        self.first_run(60)
        self.assertTrue(self.people().mapped("user_id"))
        unchanged = self.unchanged()[0]
        self.assertLessEqual(len(unchanged), 80, "\n".join(unchanged))
        userids = sorted(self.simulated())
        few = self.changed(userids[:CHANGED], "010-1")
        many = self.changed(userids[:3 * CHANGED], "010-2")
        # These write the messages of their tracking one by one.
        each = 7 if compat.SERIES in (15, 16) else 6
        self.assertLessEqual(
            len(many) - len(few), each * 2 * CHANGED, "\n".join(sorted(many)))
        once = len(few) - len(unchanged) - (len(many) - len(few)) // 2
        # With all other addons, 14 and 15 read two more.
        all_addons = compat.SERIES in (14, 15) and "dingding.robot" in self.env
        most = 37 if all_addons else 35
        self.assertLessEqual(once, most, "\n".join(few))

    def changed(self, userids, telephone):
        """Change people in DingTalk; return the statements of the sync."""
        for userid in userids:
            self.change_person(
                userid, title="Title %s" % telephone, telephone=telephone)
        run = self.start()
        compat.flush(self.env)
        with self.counted() as statements:
            self.process_queue("dingding.sync", rounds=1)
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(run.users_updated, len(userids))
        person = self.person(userids[0])
        self.assertEqual(person.telephone, telephone)
        if "mobile" in person.user_id._fields:
            # From 19 on the work phone is the user's.
            self.assertEqual(person.employee_id.work_phone, telephone)
        return statements
