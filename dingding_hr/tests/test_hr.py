# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import io

from PIL import Image

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.sync_case import SyncCase


@portable
class TestHr(SyncCase):
    def setUp(self):
        super().setUp()
        self.userids = sorted(
            userid for userid, there in self.simulated().items()
            if there["mobile"] and there["state_code"] == "86" and there["active"]
        )
        self.userid = self.userids[0]
        self.mobile = self.simulated()[self.userid]["mobile"]

    def employee(self, name="Employee", **values):
        return self.env["hr.employee"].create(dict(values, name=name))

    def test_link_by_work_mobile(self):
        employee = self.employee(mobile_phone="+86 " + self.mobile)
        run = self.run_it()
        person = self.person(self.userid)
        self.assertEqual(person.employee_id, employee)
        self.assertEqual(person.employee_rule, "mobile")
        self.assertEqual(employee.dingding_user_ids, person)
        self.assertEqual(run.links_made, 1)
        versions, run = self.versions(), self.run_it()
        self.assertEqual((self.versions(), run.links_made), (versions, 0))

    def test_a_successor_with_the_mobile_of_a_leaver(self):
        """The number's next owner is not the leaver's employee."""
        self.corp.hr_leavers = False
        employee = self.employee(mobile_phone=self.mobile)
        self.run_it()
        leaver = self.person(self.userid)
        self.assertEqual(leaver.employee_id, employee)
        name = employee.name
        self.remove_person(self.userid)
        self.run_it()
        self.assertTrue(employee.active)
        self.corp.hr_employees = "create"
        new = self.add_person(
            name="Successor", mobile=self.mobile, active=True, human="another")
        run = self.run_it()
        self.assertIn("employee_link_taken", self.codes(run))
        successor = self.person(new["userid"])
        self.assertTrue(successor.employee_id)
        self.assertNotEqual(successor.employee_id, employee)
        self.assertEqual((employee.name, leaver.employee_id), (name, employee))

    def test_link_by_work_email(self):
        self.change_person(self.userid, email="work@example.com")
        employee = self.employee(work_email="Work@Example.com")
        self.run_it()
        self.assertFalse(self.person(self.userid).employee_id)
        self.corp.link_by_email = True
        self.run_it()
        self.assertEqual(self.person(self.userid).employee_id, employee)

    def test_employee_of_the_linked_user(self):
        user = self._make_user(self.env, "linked", "base.group_user")
        employee = self.employee(user_id=user.id)
        self.employee(mobile_phone=self.mobile)
        self.run_it()
        self.person(self.userid).write({"employee_id": False, "user_id": user.id})
        self.run_it()
        self.assertEqual(self.person(self.userid).employee_id, employee)
        self.assertEqual(self.person(self.userid).employee_rule, "user")

    def test_two_employees_with_one_mobile(self):
        self.employee("One", mobile_phone=self.mobile)
        self.employee("Two", mobile_phone=self.mobile)
        run = self.run_it()
        self.assertFalse(self.person(self.userid).employee_id)
        self.assertEqual(self.codes(run), ["employee_mobile_of_several_users"])
        self.assertIn("One, Two", run.problem_ids.error)
        self.assertTrue(run.problem_ids.text and run.problem_ids.remedy)

    def test_the_name_links_nobody(self):
        self.employee(self.simulated()[self.userid]["name"])
        self.corp.link_by_email = True
        self.run_it()
        self.assertFalse(self.people().mapped("employee_id"))

    def test_employees_of_another_company_and_archived_ones(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.employee(mobile_phone=self.mobile, company_id=company.id)
        self.employee(mobile_phone=self.mobile).active = False
        self.run_it()
        self.assertFalse(self.person(self.userid).employee_id)

    def test_by_hand(self):
        self.run_it()
        employee = self.employee()
        person, other = self.person(self.userid), self.person(self.userids[1])
        hr_user = self._make_user(
            self.env, "hr", "dingding.group_manager", "hr.group_hr_user"
        )
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.user", "write", person.ids,
                    {"employee_id": employee.id})
        call_as(hr_user, "dingding.user", "write", person.ids,
                {"employee_id": employee.id})
        self.assertEqual(person.employee_rule, "manual")
        with self.assertRaises(ValidationError):
            call_as(hr_user, "dingding.user", "write", other.ids,
                    {"employee_id": employee.id})
        self.run_it()
        self.assertEqual(person.employee_id, employee)

    def test_hr_department(self):
        self.run_it()
        department = self.departments().filtered("user_ids")[0]
        hr_department = self.env["hr.department"].create({"name": "HR"})
        department.hr_department_id = hr_department
        self.run_it()
        self.assertEqual(hr_department.dingding_department_ids, department)
        self.assertEqual(
            hr_department._dingding_persons(), department._dingding_persons()
        )

    def test_message_to_an_employee(self):
        employee = self.employee(mobile_phone=self.mobile)
        alone = self.employee("Alone")
        self.run_it()
        person = self.person(self.userid)
        self.assertEqual(employee._dingding_persons(), person)
        hr_user = self._make_user(
            self.env, "hr", "dingding.group_user", "hr.group_hr_user"
        )
        action = call_as(hr_user, "hr.employee", "action_dingding_send", employee.ids)
        self.assertEqual(action["context"]["default_user_ids"], [(6, 0, person.ids)])
        with self.assertRaises(UserError):
            call_as(hr_user, "hr.employee", "action_dingding_send", alone.ids)
        employee.dingding_send_text("Hello")
        self.process_queue()
        messages = self.simulator.messages(self.userid)
        self.assertEqual(len(messages), 1)

    def test_employees_without_dingtalk_rights_read_employees(self):
        employee = self.employee(mobile_phone=self.mobile)
        self.run_it()
        hr_user = self._make_user(self.env, "hr", "hr.group_hr_user")
        # In 19.0 officers may not read what hr_attendance adds.
        names = [
            name for name, field in call_as(
                hr_user, "hr.employee", "fields_get", [], ["relation"]).items()
            if not field.get("relation", "").startswith("hr.attendance")
        ]
        self.assertNotIn("dingding_user_ids", names)
        self.assertTrue(call_as(hr_user, "hr.employee", "read", employee.ids, names))
        values = call_as(self.user_dingtalk, "dingding.user", "read",
                         self.person(self.userid).ids, [])[0]
        self.assertNotIn("employee_id", values)

    def test_every_problem_has_words(self):
        texts = self.env["dingding.sync.problem"]._texts()
        self.assertTrue(all(text and remedy for text, remedy in texts.values()))

    # -- created by policy --------------------------------------------------------

    def test_a_manager_does_not_choose_it(self):
        for values in (
            {"hr_employees": "create"}, {"hr_departments": "create"},
            {"hr_leavers": True},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                        values)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, "dingding.corp", "create",
                        dict(values, name="Mine"))

    def test_nothing_is_made_unless_told(self):
        employees = self.env["hr.employee"].search_count([])
        departments = self.env["hr.department"].search_count([])
        self.run_it()
        self.assertEqual(self.env["hr.employee"].search_count([]), employees)
        self.assertEqual(self.env["hr.department"].search_count([]), departments)

    def test_employees_and_departments_are_made(self):
        self.corp.write({"hr_employees": "create", "hr_departments": "create"})
        linked = sorted(self.simulated())[0]
        self.change_person(linked, mobile="13900007777")
        there = self.env["hr.employee"].create(
            {"name": "There before", "mobile_phone": "139 0000 7777"})
        run = self.run_it()
        people = self.people()
        self.assertTrue(all(person.employee_id for person in people))
        if self.simulated()[linked]["active"]:
            self.assertEqual(self.person(linked).employee_id, there)
        for person in people.filtered(lambda each: each.employee_rule == "created"):
            self.assertEqual(person.employee_id.name, person.name)
            self.assertEqual(
                person.employee_id.department_id,
                person.main_department_id.hr_department_id)
        for department in self.departments():
            hr = department.hr_department_id
            self.assertEqual(hr.name, department.name)
            self.assertEqual(hr.parent_id, department.parent_id.hr_department_id)
            self.assertEqual(bool(hr.manager_id), bool(department.manager_ids))
        self.assertTrue(
            self.departments().mapped("hr_department_id.manager_id"),
            "managers are there after the first run")
        self.assertEqual(run.employee_count, len(
            people.filtered(lambda each: each.employee_rule == "created")))
        again = self.run_it()
        self.assertFalse(again.line_ids, again.line_ids.read())

    def test_with_users_the_employee_gets_the_user(self):
        self.corp.write({"hr_employees": "create", "create_users": "portal"})
        self.run_it()
        person = self.people().filtered("user_id")[0]
        self.assertEqual(person.employee_id.user_id, person.user_id)

    def test_the_employee_gets_a_user_who_comes_later(self):
        """People who have not activated DingTalk yet are employees, but not users."""
        self.corp.write({"hr_employees": "create", "create_users": "portal"})
        by_rule, made, by_hand = self.matchable()[:3]
        for userid in (by_rule, made, by_hand):
            self.change_person(userid, active=False)
        self.run_it()
        people = [self.person(each) for each in (by_rule, made, by_hand)]
        people[0].employee_rule = "mobile"
        people[2].employee_id = self.employee()
        self.assertEqual(
            [each.employee_rule for each in people], ["mobile", "created", "manual"])
        for person in people:
            self.assertFalse(person.user_id)
            self.change_person(person.userid, active=True)
        self.run_it()
        self.assertTrue(all(each.user_id for each in people))
        self.assertFalse(people[0].employee_id.user_id)
        for person in people[1:]:
            self.assertEqual(person.employee_id.user_id, person.user_id)
        again = self.run_it()
        self.assertFalse(again.line_ids, again.line_ids.read())

    def test_a_later_user_replaces_nothing(self):
        """Odoo copies the user's picture and e-mail, of which there may be none."""
        self.corp.create_users = "portal"
        first, second = self.matchable()[:2]
        for userid in (first, second):
            self.change_person(userid, active=False, email="", org_email="")
        self.run_it()
        employee = self.employee(work_email="hr@example.com")
        other = self.employee()
        photo = compat.picture_field(employee)
        (employee | other).write({photo: self.picture()})
        compat.forget(self.env)
        picture = employee[photo]
        self.person(first).employee_id = employee
        self.person(second).employee_id = other
        for userid in (first, second):
            self.change_person(userid, active=True)
        self.run_it()
        self.assertTrue(self.person(first).user_id)
        self.assertEqual(
            (employee[photo], employee.work_email), (picture, "hr@example.com"))
        # From 16 on the contact of the user and its e-mail would be the employee's.
        self.assertEqual(
            employee.user_id, self.env["res.users"]
            if "work_contact_id" in employee._fields else self.person(first).user_id)
        self.assertEqual(other.user_id, self.person(second).user_id)
        self.assertEqual(other[photo], picture)

    def picture(self):
        file = io.BytesIO()
        Image.new("RGB", (200, 200), (10, 200, 30)).save(file, "PNG")
        return base64.b64encode(file.getvalue())

    def test_the_user_of_the_employee_is_not_made_again(self):
        self.run_it()
        person = self.person(self.userid)
        person.employee_id = self.employee(user_id=self.user_employee.id)
        self.corp.create_users = "portal"
        run = self.run_it()
        self.assertFalse(person.user_id)
        self.assertIn(
            person, run.problem_ids.filtered(
                lambda each: each.code == "user_may_exist").mapped("person_id"))

    def test_who_is_ignored_after_the_preview_gets_no_employee(self):
        self.run_it()
        self.corp.hr_employees = "create"
        run = self.preview()
        person = self.person(self.userid)
        person.employee_ignored = True
        self.decide(run)
        self.assertFalse(person.employee_id)
        self.assertTrue((self.people() - person)[:1].employee_id)

    def test_users_of_another_company_are_no_employees_users(self):
        """From 17 on Odoo refuses them, and would end the sync."""
        self.run_it()
        company = self.env["res.company"].create({"name": "Far company"})
        person = self.people().filtered("activated")[0]
        person.main_department_id.new_user_company_id = company
        self.corp.write({"hr_employees": "create", "create_users": "portal"})
        self.run_it()
        self.assertEqual(person.user_id.company_ids, company)
        self.assertTrue(all(each.employee_id for each in self.people()))
        self.assertFalse(person.employee_id.user_id)
        self.assertEqual(person.employee_id.company_id, self.corp.company_id)

    def test_what_would_be_made_is_shown_first(self):
        self.corp.write({"hr_employees": "create", "hr_departments": "create"})
        run = self.env["dingding.sync"].browse(
            self.corp.action_synchronise()["res_id"])
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "confirm", run.last_error)
        self.assertEqual(run.employee_count, len(self.simulated()))
        self.assertEqual(run.hr_department_count, len(self.simulator.departments()))
        run.action_apply_all()
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertTrue(all(self.people().mapped("employee_id")))

    def test_the_same_human_returns_with_another_userid(self):
        self.corp.write({"hr_employees": "create", "hr_leavers": True})
        self.run_it()
        person = self.person(self.matchable()[0])
        employee, there = person.employee_id, self.simulated()[person.userid]
        self.remove_person(person.userid)
        self.run_it()
        self.assertFalse(employee.active)
        person._note_leaving("2026-11-20", "Bye")
        count = self.env["hr.employee"].search_count([])
        new = self.add_person(
            name=person.name, mobile=there["mobile"], human=there["human"],
            dept_ids=[1])
        self.run_it()
        self.assertEqual(self.person(new["userid"]).employee_id, employee)
        self.assertTrue(employee.active)
        if "departure_date" in employee._fields:
            self.assertFalse(employee.departure_date)
        self.assertEqual(self.env["hr.employee"].search_count([]), count + 1)

    def read_alone(self, userid):
        """Read a person as an event does."""
        syncs, snapshot = self.env["dingding.sync"], Snapshot()
        client = self.corp._app_for("contact")._dingtalk_client(feature="contacts")
        Reader(client.contacts).confirm(snapshot, [], [userid])
        syncs._settle_part(self.corp, syncs._apply_part(self.corp, snapshot))
        compat.forget(self.env)

    def test_invited_again_before_the_leave_is_seen(self):
        self.corp.write(
            {"hr_employees": "create", "hr_leavers": True, "create_users": "portal",
             "leaver_policy": "user", "link_by_mobile": False})
        self.run_it()
        person = self.person(self.matchable()[0])
        employee, user = person.employee_id, person.user_id
        there = self.simulated()[person.userid]
        self.remove_person(person.userid)
        new = self.add_person(
            name=person.name, mobile=there["mobile"], human=there["human"],
            dept_ids=[1])
        self.read_alone(new["userid"])
        again = self.person(new["userid"])
        self.assertEqual((person.active, again.unionid), (True, person.unionid))
        self.assertFalse(again.employee_id)
        self.read_alone(person.userid)
        self.assertFalse(person.active)
        self.assertEqual((again.employee_id, again.user_id), (employee, user))
        self.assertTrue(employee.active and user.active)

    def test_what_was_noted_of_who_had_the_userid_before(self):
        self.run_it()
        person = self.person(self.matchable()[0])
        person.write({
            "employee_ignored": True, "last_day": "2026-11-01", "leave_reason": "Ill",
            "employment_status": "leaving", "joined_on": "2020-01-01",
        })
        self.remove_person(person.userid)
        self.add_person(userid=person.userid, name="Another", mobile="13911112222",
                        dept_ids=[1])
        self.run_it()
        self.assertEqual(person.name, "Another")
        for name in ("employee_ignored", "last_day", "leave_reason",
                     "employment_status", "joined_on"):
            self.assertFalse(person[name], name)

    def test_the_employee_of_who_had_the_userid_before(self):
        self.corp.write({"hr_employees": "create", "hr_leavers": True})
        self.run_it()
        person = self.person(self.matchable()[0])
        employee = person.employee_id
        self.assertTrue(employee)
        self.remove_person(person.userid)
        self.add_person(userid=person.userid, name="Another", mobile="13911112222",
                        dept_ids=[1])
        run = self.run_it()
        self.assertIn("person_replaced", self.codes(run))
        self.assertFalse(employee.active)
        self.assertNotEqual(employee.name, "Another")
        self.assertNotEqual(person.employee_id, employee)
        self.assertEqual(person.employee_id.name, "Another")

    def test_the_employee_of_a_leaver(self):
        self.corp.hr_employees = "create"
        self.run_it()
        first, second = self.people()[:2]
        self.remove_person(first.userid)
        self.run_it()
        self.assertTrue(first.employee_id.active)
        self.corp.hr_leavers = True
        self.remove_person(second.userid)
        self.run_it()
        self.assertFalse(second.employee_id.active)
