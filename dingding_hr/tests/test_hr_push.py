# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.outgoing_case import OutgoingCase


@portable
class TestHrPush(OutgoingCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            cls.officer = cls._make_user(
                cls.env, "officer", "hr.group_hr_manager", "base.group_user")
            cls.person = test.somebody()
            cls.employee = cls.env["hr.employee"].create({"name": cls.person.name})
            cls.person.write({"employee_id": cls.employee.id})
            test.assertFalse(test.changes())
        return result

    def hr_writes(self, record, **values):
        call_as(self.officer, record._name, "write", record.ids, values)

    def link(self, department, **values):
        record = self.env["hr.department"].create(dict(values, name=department.name))
        department.write({"hr_department_id": record.id})
        return record

    def test_what_is_written_to_the_employee_arrives(self):
        self.hr_writes(self.employee, name="New name", work_phone="010-1")
        change = self.changes(self.person)
        self.assertEqual(
            json.loads(change.new_values), {"name": "New name", "telephone": "010-1"}
        )
        self.assertEqual(change.user_id, self.officer)
        self.assertDingTalkNotCalled()
        self.send()
        there = self.there(self.person)
        self.assertEqual((there["name"], there["telephone"]), ("New name", "010-1"))

    def test_only_what_was_changed(self):
        self.person.with_context(dingding_no_push=True).email = "other@example.com"
        self.employee.with_context(dingding_no_push=True).work_email = "a@example.com"
        self.hr_writes(self.employee, work_email="a@example.com", name="New name")
        self.assertEqual(
            json.loads(self.changes(self.person).new_values), {"name": "New name"}
        )

    def test_nothing_leaves_where_dingtalk_leads(self):
        self.lead("dingtalk")
        self.hr_writes(self.employee, name="New name")
        self.assertFalse(self.changes())
        self.assertNotEqual(self.person.name, "New name")

    def test_who_is_not_linked_costs_and_sends_nothing(self):
        other = self.env["hr.employee"].create({"name": "Not linked"})
        self.hr_writes(other, name="Still not")
        self.assertFalse(self.changes())

    def test_title_and_manager(self):
        boss = self.somebody(1)
        chief = self.env["hr.employee"].create({"name": boss.name})
        boss.write({"employee_id": chief.id})
        job = self.env["hr.job"].create({"name": "Tester"})
        title = (
            {"job_title": "Tester"} if "job_title" in chief._fields
            else {"job_id": job.id}
        )
        self.hr_writes(self.employee, parent_id=chief.id, **title)
        self.send()
        there = self.there(self.person)
        self.assertEqual(
            (there["title"], there["manager_userid"]), ("Tester", boss.userid)
        )

    def test_archived_ones_that_keep_their_link_are_not_sent(self):
        """For example the former UserID of a manager who was invited again."""
        former, boss = self.somebody(1), self.somebody(2)
        chief = self.env["hr.employee"].create({"name": "Chief"})
        quiet = {"dingding_no_push": True}
        former.with_context(**quiet).write(
            {"name": "A", "employee_id": chief.id, "active": False})
        boss.with_context(**quiet).write({"name": "B", "employee_id": chief.id})
        self.hr_writes(self.employee, parent_id=chief.id)
        self.assertEqual(self.person.manager_id, boss)
        root = self.department(1)
        old, new, below = [
            root.create({"name": "D%d" % number, "dept_id": "90%d" % number,
                         "corp_id": self.corp.id, "parent_id": root.id,
                         "sequence": number})
            for number in (1, 2, 3)
        ]
        record = self.link(old)
        old.with_context(**quiet).active = False
        new.hr_department_id = record
        self.hr_writes(self.employee, department_id=record.id)
        self.assertEqual(self.person.main_department_id, new)
        self.hr_writes(self.link(below), parent_id=record.id)
        self.assertEqual(below.parent_id, new)

    def test_department(self):
        old = self.person.main_department_id
        new = (self.departments().filtered("parent_id") - self.person.department_ids)[0]
        self.employee.department_id = self.link(old)
        self.hr_writes(self.employee, department_id=self.link(new).id)
        self.assertEqual(self.person.main_department_id, new)
        self.send()
        there = [str(key) for key in self.there(self.person)["depts"]]
        self.assertEqual(there[0], new.dept_id)
        self.assertNotIn(old.dept_id, there)

    def test_archived_employee_waits_for_a_manager(self):
        self.hr_writes(self.employee, active=False)
        self.assertFalse(self.person.active)
        self.assertEqual(
            (self.changes().operation, self.changes().state), ("delete", "confirm")
        )
        self.send()
        self.assertIn(self.person.userid, self.simulated())
        self.hr_writes(self.employee, active=True)
        self.assertTrue(self.person.active)
        self.assertEqual(self.changes().state, "cancelled")

    def test_hr_department(self):
        department = self.departments().filtered(
            lambda each: each.parent_id and each.user_ids and not each.child_ids)[0]
        record = self.link(department)
        member = department.user_ids[0]
        employee = self.env["hr.employee"].create({"name": member.name})
        member.write({"employee_id": employee.id})
        self.hr_writes(record, name="Renamed", manager_id=employee.id)
        self.send()
        there = self.department_there(department)
        self.assertEqual(there["name"], "Renamed")
        self.assertIn(member.userid, there["managers"])
        target = (self.departments().filtered("parent_id") - department
                  - department.parent_id)[0]
        self.hr_writes(record, parent_id=self.link(target).id)
        self.send()
        self.assertEqual(
            str(self.department_there(department)["parent_id"]), target.dept_id
        )

    def test_what_an_employee_writes_to_an_hr_department_waits(self):
        self.env["ir.model.access"].create({
            "name": "as on 18.0", "perm_read": True, "perm_write": True,
            "model_id": self.env["ir.model"]._get("hr.department").id,
            "group_id": self.env.ref("base.group_user").id,
        })
        department = self.departments().filtered(
            lambda each: each.parent_id and each.user_ids and not each.child_ids)[0]
        record, name = self.link(department), department.name
        member = department.user_ids[0]
        employee = self.env["hr.employee"].create({"name": member.name})
        member.write({"employee_id": employee.id})
        self.officer = self._make_user(self.env, "some-employee", "base.group_user")
        self.hr_writes(
            record, name="Renamed", manager_id=employee.id, active=False)
        self.assertEqual((department.name, department.active), (name, True))
        self.assertNotIn(member, department.manager_ids)
        change = self.changes()
        self.assertEqual(
            (change.state, json.loads(change.new_values)),
            ("confirm", {"name": "Renamed"}))
        self.send()
        self.assertEqual(self.department_there(department)["name"], name)
        with self.assertRaises(AccessError):
            call_as(
                self.officer, "dingding.outgoing.change", "action_retry", change.ids)
        change.with_env(self.env(user=self.user_manager.id)).action_retry()
        self.send()
        self.assertEqual(self.department_there(department)["name"], "Renamed")

    def rich_department(self, leave_out):
        self.corp.write(
            {"create_users": "template", "template_user_id": self.user_employee.id})
        rich = (self.departments().filtered("parent_id") - leave_out)[0]
        rich.new_user_group_ids = self.env.ref("base.group_partner_manager")
        return rich

    def confirm(self, change):
        with self.assertRaises(AccessError):
            call_as(
                self.officer, "dingding.outgoing.change",
                "action_retry", change.ids)
        with self.assertRaises(AccessError), self.cr.savepoint():
            call_as(
                self.user_manager, "dingding.outgoing.change",
                "action_retry", change.ids)
        self.assertEqual(change.state, "confirm")
        group = self.env.ref("base.group_partner_manager")
        self.user_manager.write({compat.USER_GROUPS: [(4, group.id)]})
        call_as(
            self.user_manager, "dingding.outgoing.change",
            "action_retry", change.ids)
        self.send()
        self.assertEqual(change.state, "done", change.last_error)

    def test_an_officer_places_nobody_where_new_users_may_more(self):
        old = self.person.main_department_id
        rich = self.rich_department(self.person.department_ids)
        places = self.person.department_ids
        self.employee.department_id = self.link(old)
        self.hr_writes(self.employee, department_id=self.link(rich).id, name="Renamed")
        self.assertEqual(self.person.main_department_id, old)
        self.assertEqual(self.person.department_ids, places)
        self.assertEqual(self.person.name, "Renamed")
        change = self.changes(self.person).filtered(
            lambda each: each.state == "confirm")
        self.assertEqual(
            json.loads(change.new_values),
            {"main_department_id": rich.id,
             "department_ids": sorted((places - old + rich).ids)})
        self.assertEqual(change.user_id, self.officer)
        self.send()
        self.assertNotIn(
            rich.dept_id, [str(key) for key in self.there(self.person)["depts"]])
        self.confirm(change)
        self.assertEqual(
            [str(key) for key in self.there(self.person)["depts"]][0], rich.dept_id)
        self.assertEqual(self.person.main_department_id, rich)

    def test_an_officer_moves_no_department_to_where_new_users_may_more(self):
        department = self.departments().filtered(
            lambda each: each.parent_id and each.user_ids and not each.child_ids)[0]
        old = department.parent_id
        rich = self.rich_department(department | old)
        record = self.link(department)
        self.hr_writes(record, parent_id=self.link(rich).id)
        self.assertEqual(department.parent_id, old)
        change = self.changes(department)
        self.assertEqual((change.state, json.loads(change.new_values)),
                         ("confirm", {"parent_id": rich.id}))
        self.confirm(change)
        self.assertEqual(department.parent_id, rich)
        self.assertEqual(
            str(self.department_there(department)["parent_id"]), rich.dept_id)

    def test_a_place_that_gives_nothing_more_does_not_wait(self):
        rich = self.rich_department(self.person.department_ids)
        place = self.link(rich)
        group = self.env.ref("base.group_partner_manager")
        self.officer.write({compat.USER_GROUPS: [(4, group.id)]})
        self.hr_writes(self.employee, department_id=place.id)
        self.assertEqual(self.person.main_department_id, rich)
        self.assertEqual(self.changes(self.person).state, "queued")

    def test_who_has_a_user_is_placed_at_once(self):
        self.person.user_id = self._make_user(self.env, "linked", "base.group_user")
        rich = self.rich_department(self.person.department_ids)
        self.hr_writes(self.employee, department_id=self.link(rich).id)
        self.assertEqual(self.person.main_department_id, rich)

    def test_an_officer_does_not_link_somebody_to_a_user(self):
        self.corp.write({"link_by_email": True, "link_by_mobile": True})
        victim = self._make_user(self.env, "victim", "base.group_user")
        self.hr_writes(self.employee, work_email=victim.email)
        change = self.changes(self.person)
        self.assertEqual(change.state, "confirm")
        self.assertNotEqual(self.person.email, victim.email)
        self.send()
        self.assertNotEqual(self.there(self.person).get("email"), victim.email)
        with self.assertRaises(AccessError):
            call_as(
                self.officer, "dingding.outgoing.change",
                "action_retry", change.ids)
        change.with_env(self.env(user=self.user_manager.id)).action_retry()
        self.send()
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(self.there(self.person)["email"], victim.email)
        self.assertEqual(self.person.email, victim.email)
        self.assertEqual(change.confirmed_by, self.user_manager)

    def test_what_an_officer_has_written_links_nobody(self):
        victim = self._make_user(self.env, "victim", "base.group_user")
        victim.login = "victim@example.org"
        for officer in (self.officer, self._make_user(
            self.env, "both", "hr.group_hr_manager", "dingding.group_manager"
        )):
            self.corp.link_by_email = False
            self.officer = officer
            self.hr_writes(self.employee, work_email="other@example.com")
            self.hr_writes(self.employee, work_email=victim.login)
            self.send()
            self.assertEqual(self.there(self.person)["email"], victim.login)
            self.corp.link_by_email = True
            for leader in ("odoo", "dingtalk"):
                self.lead(leader)
                self.run_it()
                self.assertFalse(self.person.user_id)
            self.lead("odoo")

    def test_an_unconfirmed_user_links_no_employee(self):
        victim = self._make_user(self.env, "victim", "base.group_user")
        mobile = "mobile" if "mobile" in victim.partner_id._fields else "phone"
        other = self.somebody(1)
        employee = self.env["hr.employee"].create(
            {"name": "Victim", "user_id": victim.id, "mobile_phone": False})
        if "work_contact_id" in employee._fields:
            employee.work_contact_id = self.env["res.partner"].create(
                {"name": "Victim"})
        victim.partner_id.write({mobile: other.mobile})
        self.lead("dingtalk")
        self.run_it()
        self.assertFalse(other.user_id or other.employee_id)
        self.confirm_it()
        self.assertEqual((other.user_id, other.employee_id), (victim, employee))

    def test_no_need_to_ask_for_who_is_linked(self):
        self.corp.link_by_email = True
        self.person.user_id = self._make_user(self.env, "linked", "base.group_user")
        self.hr_writes(self.employee, work_email="new@example.com")
        self.assertEqual(self.changes(self.person).state, "queued")

    def test_new_from_an_employee(self):
        department = self.departments().filtered("parent_id")[0]
        employee = self.env["hr.employee"].create(
            {"name": "Wang", "mobile_phone": "13900008888", "work_email": "w@e.com",
             "department_id": self.link(department).id}
        )
        manager = self._make_user(
            self.env, "both", "dingding.group_manager", "hr.group_hr_user"
        )
        action = call_as(
            manager, "hr.employee", "action_dingding_create", [employee.id]
        )
        people = compat.with_user(self.env["dingding.user"], manager).with_context(
            **action["context"])
        values = people.default_get(sorted(people.fields_get()))
        person = people.create(values).with_env(self.env)
        self.assertEqual(person.employee_id, employee)
        self.send()
        self.assertEqual(self.changes(person).state, "done",
                         self.changes(person).last_error)
        self.assertEqual(self.there(person)["email"], "w@e.com")
        self.assertEqual(list(self.there(person)["depts"]), [department.dept_id])
        with self.assertRaises(AccessError):
            call_as(self.officer, "hr.employee", "action_dingding_create",
                    [employee.id])
        self.lead("dingtalk", "structure")
        with self.assertRaises(UserError):
            call_as(manager, "hr.employee", "action_dingding_create", [employee.id])

    def test_new_from_an_hr_department(self):
        record = self.env["hr.department"].create({"name": "Lab"})
        action = self.env["hr.department"].browse(record.id).action_dingding_create()
        departments = self.env["dingding.department"].with_context(**action["context"])
        department = departments.create(
            departments.default_get(sorted(departments.fields_get())))
        self.assertEqual(department.hr_department_id, record)
        self.send()
        self.assertEqual(self.department_there(department)["name"], "Lab")
