# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import random

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.attempt import attempt
from odoo.addons.dingding.sync.snapshot import Snapshot
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.outgoing_case import OutgoingCase
from odoo.addons.dingding.tests.sync_case import TABLES
from odoo.addons.dingding.tests.test_sync_twice import Changes

from ..models import dingding_user_follow


@portable
class TestHrFollow(OutgoingCase):
    tables = TABLES + ("hr_employee", "hr_department")

    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.lead("dingtalk")
            test.corp.write({"hr_employees": "create", "hr_departments": "create"})
            test.run_it()
        cls.one = test.somebody()
        cls.employee = cls.one.employee_id
        return result

    def title_of(self, employee):
        return employee._dingding_title_text()

    def follows(self, run):
        return run.line_ids.filtered(lambda line: line.kind == "follow")

    def assertSettled(self, about=None):
        versions, again = self.versions(), self.run_it()
        found = again.line_ids.mapped(lambda line: (line.name, line.changes))
        self.assertFalse(found, about)
        self.assertEqual(self.versions(), versions, about)

    def assertFollowed(self, about=None, managers=True):
        """Check all active employees and departments against the people."""
        for person in self.people().filtered(lambda each: each.active):
            employee = person.employee_id
            self.assertTrue(employee.active, about)
            self.assertEqual(employee.name, person.name, about)
            for field, value in (
                ("mobile_phone", person.mobile), ("work_phone", person.telephone),
                ("work_email", person.org_email or person.email),
            ):
                self.assertEqual(employee[field] or False, value or False, about)
            self.assertEqual(
                employee.department_id, person.main_department_id.hr_department_id,
                about)
            if "job_title" in employee._fields:
                self.assertEqual(
                    employee.job_title or False, person.title or False, about)
        for department in self.departments():
            record = department.hr_department_id
            if not record:
                continue
            self.assertEqual(record.active, department.active, about)
            if not record.active:
                continue
            self.assertEqual(record.name, department.name, about)
            self.assertEqual(
                record.parent_id, department.parent_id.hr_department_id, about)
            if not managers:
                continue
            leading = department.manager_ids.filtered("active").mapped("employee_id")
            if leading:
                self.assertIn(record.manager_id, leading, about)
            else:
                self.assertFalse(record.manager_id, about)

    def assertManagers(self, about=None):
        """Check that employees have the manager of their department."""
        for employee in self.people().filtered("active").mapped("employee_id"):
            department = employee.department_id
            while department and department.manager_id == employee:
                department = department.parent_id
            wanted = department.manager_id
            if employee.parent_id != wanted:
                above = wanted
                while above and above != employee:
                    above = above.parent_id
                self.assertEqual(above, employee, about)

    # -- the changes of a person ---------------------------------------------------

    def test_employee(self):
        self.env["hr.job"].create({"name": "Chief tester"})
        target = (
            self.departments().filtered("parent_id") - self.one.department_ids)[0]
        self.change_person(
            self.one.userid, name="New name", title="Chief tester",
            mobile="13900004321", telephone="010-77", org_email="",
            email="new@example.com", dept_ids=[int(target.dept_id)],
        )
        run = self.run_it()
        self.assertEqual(self.employee.name, "New name")
        self.assertEqual(self.title_of(self.employee), "Chief tester")
        self.assertEqual(self.employee.mobile_phone, "13900004321")
        self.assertEqual(self.employee.work_phone, "010-77")
        self.assertEqual(self.employee.work_email, "new@example.com")
        self.assertEqual(self.employee.department_id, target.hr_department_id)
        self.assertEqual(run.follow_count, 1)
        changes = self.follows(run).changes
        self.assertIn("\u2192 New name", changes)
        self.assertIn("\u2192 %s" % target.hr_department_id.display_name, changes)
        self.assertFalse(self.changes(), "nothing goes back to DingTalk")
        self.assertFollowed()
        self.assertSettled()

    def test_managers_follow_dingtalk_only(self):
        self.lead("odoo")
        department = self.one.main_department_id
        boss = (department.user_ids - self.one)[:1]
        record = department.hr_department_id
        before = record.manager_id, self.employee.parent_id
        call_as(self.user_manager, "dingding.department", "write", department.ids,
                {"manager_ids": [(4, boss.id)]})
        self.one.write({"manager_id": boss.id})
        self.send()
        self.run_it()
        compat.forget(self.env)
        self.assertIn(boss, department.manager_ids)
        self.assertEqual((record.manager_id, self.employee.parent_id), before)
        self.lead("dingtalk")
        self.run_it()
        compat.forget(self.env)
        self.assertEqual(self.employee.parent_id, boss.employee_id)

    def test_nobody_makes_himself_a_manager_where_dingtalk_leads(self):
        """A list of people names no direct manager, and departments no people.

        Odoo's values of these do not come from DingTalk.
        """
        mine, department = self.somebody(1), self.one.main_department_id
        for number, context in enumerate(({}, {"dingding_no_push": True})):
            before = self.employee.parent_id
            self.assertNotEqual(before, mine.employee_id)
            call_as(self.user_manager, "dingding.user", "write", self.one.ids,
                    {"manager_id": mine.id}, context=context)
            run = self.run_it()
            self.assertEqual(self.one.manager_id, mine)
            self.assertEqual(self.employee.parent_id, before)
            self.assertFalse(self.follows(run))
            department = self.departments().filtered(
                lambda each: each.hr_department_id.manager_id
                and each not in mine.department_ids)[number:][:1]
            record = department.hr_department_id
            before = record.manager_id
            call_as(self.user_manager, "dingding.department", "write", department.ids,
                    {"manager_ids": [(6, 0, mine.ids)]}, context=context)
            self.run_it("departments")
            self.assertEqual(department.manager_ids, mine)
            self.assertEqual(record.manager_id, before)
            call_as(self.user_manager, "dingding.department", "action_refresh",
                    department.ids)
            self.assertEqual(record.manager_id, before)

    def test_nobody_removes_a_direct_manager_where_dingtalk_leads(self):
        """Odoo would take the manager of the department instead."""
        boss = self.somebody(1)
        self.change_person(self.one.userid, manager_userid=boss.userid)
        self.one.action_refresh()
        call_as(self.user_manager, "dingding.user", "write", self.one.ids,
                {"manager_id": False})
        self.run_it()
        self.assertFalse(self.one.manager_id)
        self.assertEqual(self.employee.parent_id, boss.employee_id)

    def test_who_leads_departments_is_for_administrators(self):
        """A user lets Odoo lead, enters himself, and lets DingTalk lead again."""
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"leads_structure": "odoo"})
        call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                {"leads_structure": "dingtalk", "leads_profile": "odoo"})
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids,
                {"leads_structure": "odoo"})

    def test_new_hr_departments_get_no_managers_of_other_organisations(self):
        company = self.env["res.company"].create({"name": "Far company"})
        far = self.env["dingding.corp"].create(
            {"name": "Far", "company_id": company.id})
        department = self.departments().filtered(
            lambda each: each.manager_ids and each.parent_id)[:1]
        leading = department.manager_ids.mapped("employee_id")
        stranger = self.env["dingding.user"].create({
            "name": "\u4e00", "userid": "stranger", "corp_id": far.id,
            "employee_id": self.env["hr.employee"].create(
                {"name": "Stranger", "company_id": company.id}).id,
            "leader_department_ids": [(6, 0, department.ids)]})
        compat.forget(self.env)
        self.assertEqual(department.manager_ids[0], stranger)
        department.hr_department_id.unlink()
        # Where DingTalk leads, the end of the sync would mend it.
        self.lead("odoo")
        self.corp.follow_ids.filtered(
            lambda each: (each.model_name, each.field_name) == (
                "hr.department", "manager_id")).leader = "dingtalk"
        self.run_it()
        compat.forget(self.env)
        self.assertIn(department.hr_department_id.manager_id, leading)

    def test_new_hr_departments_get_no_manager_where_odoo_leads(self):
        """A user who edits people in Odoo could enter himself."""
        mine = self.somebody(1)
        department = self.departments().filtered(
            lambda each: each.parent_id and each in mine.department_ids)[:1]
        department.hr_department_id.unlink()
        self.lead("odoo")
        call_as(self.user_manager, "dingding.department", "write", department.ids,
                {"manager_ids": [(6, 0, mine.ids)]})
        self.run_it()
        compat.forget(self.env)
        self.assertTrue(department.hr_department_id)
        self.assertFalse(department.hr_department_id.manager_id)

    def test_a_move_gives_nobody_a_manager(self):
        self.lead("odoo")
        boss = self.somebody(1)
        target = self.departments().filtered(
            lambda each: each.hr_department_id and each not in self.one.department_ids
        )[:1]
        target.hr_department_id.manager_id = boss.employee_id
        before = self.employee.parent_id
        self.assertNotEqual(before, boss.employee_id)
        call_as(self.user_manager, "dingding.user", "write", self.one.ids, {
            "department_ids": [(6, 0, target.ids)], "main_department_id": target.id})
        self.send()
        self.run_it()
        compat.forget(self.env)
        self.assertEqual(self.employee.department_id, target.hr_department_id)
        self.assertEqual(self.employee.parent_id, before)

    def test_manager(self):
        boss = self.somebody(1)
        self.change_person(self.one.userid, manager_userid=boss.userid)
        self.one.action_refresh()
        compat.forget(self.env)
        self.assertEqual(self.one.manager_id, boss)
        self.assertEqual(self.employee.parent_id, boss.employee_id)
        target = (
            self.departments().filtered("parent_id") - self.one.department_ids)[0]
        self.change_person(self.one.userid, dept_ids=[int(target.dept_id)])
        self.run_it()
        self.assertEqual(self.employee.department_id, target.hr_department_id)
        self.assertEqual(self.employee.parent_id, boss.employee_id)
        self.assertSettled()

    def test_the_direct_manager_leaves(self):
        self.corp.hr_leavers = True
        boss = self.somebody(1)
        self.change_person(self.one.userid, manager_userid=boss.userid)
        self.one.action_refresh()
        compat.forget(self.env)
        self.assertEqual(self.employee.parent_id, boss.employee_id)
        there = self.there(boss)
        for by_event in (False, True):
            self.remove_person(boss.userid)
            if by_event:
                syncs, snapshot = self.env["dingding.sync"], Snapshot()
                snapshot.gone["people"].append(boss.userid)
                syncs._settle_part(self.corp, syncs._apply_part(self.corp, snapshot))
                compat.forget(self.env)
            else:
                self.run_it()
            self.assertFalse(boss.employee_id.active)
            self.assertNotEqual(self.employee.parent_id, boss.employee_id)
            self.assertFalse(self.employee.parent_id and not (
                self.employee.parent_id.active))
            self.assertSettled()
            self.add_person(
                userid=boss.userid, name=there["name"], mobile=there["mobile"],
                dept_ids=[1])
            self.run_it()
            self.assertEqual(self.employee.parent_id, boss.employee_id)
        self.remove_person(boss.userid)
        new = self.add_person(
            name=there["name"], mobile=there["mobile"], human=there["human"],
            dept_ids=[1])
        self.run_it()
        self.assertFalse(boss.active)
        self.assertEqual(self.person(new["userid"]).employee_id, boss.employee_id)
        self.assertEqual(self.employee.parent_id, boss.employee_id)

    def test_departments_that_wait_for_dingtalk(self):
        self.lead("odoo")
        new = self.env["dingding.department"].create(
            {"name": "New", "corp_id": self.corp.id,
             "parent_id": self.department(1).id})
        self.assertTrue(new.is_new)
        found = self.env["dingding.sync"]._departments_without_hr(self.corp)
        self.assertNotIn(new.id, [each["record_id"] for each in found])

    def test_an_employee_and_the_direct_manager_change_places(self):
        """Odoo 11 and 12 refuse circles, even for a moment."""
        boss = self.somebody(1)
        self.change_person(self.one.userid, manager_userid=boss.userid)
        self.one.action_refresh()
        self.change_person(self.one.userid, manager_userid="")
        self.change_person(
            boss.userid, manager_userid=self.one.userid, telephone="010-5")
        boss.action_refresh()
        compat.forget(self.env)
        self.assertEqual(boss.employee_id.work_phone, "010-5")
        self.assertNotEqual(boss.employee_id.parent_id, self.employee)
        self.one.action_refresh()
        compat.forget(self.env)
        self.assertNotEqual(self.employee.parent_id, boss.employee_id)
        self.assertEqual(boss.employee_id.parent_id, self.employee)
        self.assertSettled()

    def test_unknown_values_are_left(self):
        boss = self.somebody(1).employee_id
        self.employee.parent_id = boss
        self.change_person(self.one.userid, name="New name")
        self.run_it()
        self.assertEqual(self.employee.name, "New name")
        self.assertEqual(self.employee.parent_id, boss)

    def test_the_manager_of_the_department(self):
        department = self.one.main_department_id
        first, second = (department.user_ids - self.one)[:2] or (None, None)
        for person in department.user_ids:
            self.change_person(
                person.userid, leader_in=[], dept_ids=[int(department.dept_id)])
        self.change_person(first.userid, leader_in=[int(department.dept_id)])
        self.run_it()
        self.assertEqual(self.employee.parent_id, first.employee_id)
        self.assertManagers()
        self.change_person(first.userid, leader_in=[])
        self.change_person(self.one.userid, leader_in=[int(department.dept_id)])
        run = self.run_it()
        self.assertFalse(self.codes(run))
        self.assertEqual(first.employee_id.parent_id, self.employee)
        self.assertNotEqual(self.employee.parent_id, first.employee_id)
        first.employee_id.parent_id = second.employee_id
        self.change_person(self.one.userid, leader_in=[])
        self.run_it()
        self.assertEqual(first.employee_id.parent_id, second.employee_id)
        self.assertFalse(second.employee_id.parent_id)
        self.assertSettled()

    def test_employees_who_are_not_in_dingtalk(self):
        department = self.one.main_department_id
        other = self.env["hr.employee"].create({
            "name": "Only in Odoo", "department_id": department.hr_department_id.id,
            "parent_id": department.hr_department_id.manager_id.id})
        for person in department.user_ids:
            self.change_person(person.userid, leader_in=[])
        self.change_person(self.one.userid, leader_in=[int(department.dept_id)])
        self.run_it()
        self.assertEqual(other.parent_id, self.employee)

    def test_the_preview_shows_the_manager_of_the_department(self):
        department = self.one.main_department_id
        for person in department.user_ids:
            self.change_person(person.userid, leader_in=[])
        self.run_it()
        boss = (department.user_ids.filtered(
            lambda each: each.main_department_id == department) - self.one)[0]
        self.change_person(boss.userid, leader_in=[int(department.dept_id)])
        run = self.preview()
        line = self.follows(run).filtered(lambda each: each.key == self.one.userid)
        self.assertIn("\u2192 %s" % boss.employee_id.name, line.changes)
        self.decide(run)
        self.assertEqual(self.employee.parent_id, boss.employee_id)

    def test_a_title_without_job_position(self):
        if "job_title" in self.employee._fields:
            return
        job = self.env["hr.job"].create({"name": "There"})
        self.employee.job_id = job
        self.change_person(self.one.userid, title="Nobody is called so")
        self.run_it()
        self.assertEqual(self.employee.job_id, job)
        self.assertFalse(
            self.env["hr.job"].search([("name", "=", "Nobody is called so")]))

    def leads(self, field, leader):
        """Let a system lead a field of employees."""
        row = self.corp.follow_ids.filtered(
            lambda each: (each.model_name, each.field_name) == ("hr.employee", field))
        row.leader = leader

    def proposed(self, run, kind, name):
        return run.line_ids.filtered(
            lambda line: (line.kind, line.name) == (kind, name))

    def test_missing_job_positions_are_proposed(self):
        jobs = self.env["hr.job"]
        self.leads("job_id", "dingtalk")
        people = self.people().filtered("active")
        self.assertIn(self.one, people)
        other, third = (people - self.one)[:2]
        for person, title in (
            (self.one, "Tester of tests"), (other, "Tester of tests"),
            (third, "Not wanted"),
        ):
            self.change_person(person.userid, title=title)
        run = self.preview()
        line = self.proposed(run, "job", "Tester of tests")
        self.assertEqual(line.changes, "Employees: 2")
        others = run.line_ids.filtered(lambda each: each.kind == "job") - line
        self.assertIn("Not wanted", others.mapped("name"))
        self.assertEqual(run.job_count, len(others) + 1)
        self.assertFalse(jobs.search([("name", "=", "Tester of tests")]))
        call_as(self.user_manager, "dingding.sync.line", "action_leave_out", others.ids)
        self.decide(run, "action_apply_selected")
        self.assertEqual(
            (line.state, set(others.mapped("state"))), ("done", {"skipped"}))
        made = jobs.search([("name", "in", (line | others).mapped("name"))])
        self.assertEqual(made.mapped("name"), ["Tester of tests"])
        self.assertEqual(made.company_id, self.corp.company_id)
        self.assertEqual((self.employee | other.employee_id).mapped("job_id"), made)
        self.assertSettled()
        self.assertFalse(
            jobs.search([("name", "=", "Not wanted")]), "nobody has confirmed it")
        self.assertFalse(self.proposed(self.preview(), "job", "Tester of tests"))

    def test_job_positions_are_proposed_only_where_employees_are_created(self):
        self.leads("job_id", "dingtalk")
        self.change_person(self.one.userid, title="Tester of tests")
        for policy, leader in (("link", "dingtalk"), ("create", "odoo")):
            self.corp.hr_employees = policy
            self.leads("job_id", leader)
            run = self.preview()
            self.assertFalse(run.line_ids.filtered(lambda line: line.kind == "job"))
            call_as(self.user_manager, "dingding.sync", "action_cancel", run.ids)

    def test_odoo_leads_from_a_preview_on(self):
        self.leads("job_id", "dingtalk")
        self.change_person(self.one.userid, title="Tester of tests")
        run = self.preview()
        line = self.proposed(run, "job", "Tester of tests")
        self.leads("job_id", "odoo")
        self.decide(run)
        self.assertEqual(line.state, "skipped")
        self.assertFalse(self.env["hr.job"].search([("name", "=", "Tester of tests")]))

    def test_hr_chooses_job_positions_where_employees_have_a_title(self):
        row = self.corp.follow_ids.filtered(lambda each: each.field_name == "job_id")
        titled = "job_title" in self.employee._fields
        self.assertEqual(row.mapped("leader"), ["odoo" if titled else "group"])

    def test_a_place_of_work(self):
        """A text in 11 to 14, a work location from 15 on."""
        self.change_person(self.one.userid, work_place="Tower 7")
        self.run_it()
        if "work_location" in self.employee._fields:
            self.assertEqual(self.employee.work_location, "Tower 7")
            return
        self.assertFalse(self.employee.work_location_id)
        run = self.preview()
        self.assertEqual(
            self.proposed(run, "work_location", "Tower 7").changes, "Employees: 1")
        self.assertTrue(run.work_location_count)
        self.decide(run)
        location = self.employee.work_location_id
        self.assertEqual(
            (location.name, location.company_id, location.address_id),
            ("Tower 7", self.corp.company_id, self.corp.company_id.partner_id))
        self.assertSettled()

    # -- the changes of a department -----------------------------------------------

    def test_department(self):
        department = self.departments().filtered(
            lambda each: each.parent_id and each.user_ids)[0]
        record, member = department.hr_department_id, department.user_ids[0]
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"name": "Renamed", "parent_id": 1})
        for person in department.user_ids:
            self.change_person(person.userid, leader_in=[])
        self.change_person(member.userid, leader_in=[int(department.dept_id)])
        self.run_it()
        self.assertEqual(record.name, "Renamed")
        self.assertEqual(record.parent_id, self.department(1).hr_department_id)
        self.assertEqual(record.manager_id, member.employee_id)
        self.assertSettled()
        self.change_person(member.userid, leader_in=[])
        self.run_it()
        self.assertFalse(record.manager_id)
        self.assertFollowed()

    def test_parent_and_child_change_places(self):
        above = self.simulator.control(
            "POST", "/departments", {"name": "Above", "parent_id": 1})["dept_id"]
        below = self.simulator.control(
            "POST", "/departments", {"name": "Below", "parent_id": above})["dept_id"]
        self.run_it()
        self.simulator.control("PATCH", "/departments/%s" % below, {"parent_id": 1})
        self.simulator.control("PATCH", "/departments/%s" % above, {"parent_id": below})
        run = self.run_it()
        self.assertFalse(self.codes(run))
        self.assertEqual(
            self.department(above).hr_department_id.parent_id,
            self.department(below).hr_department_id)
        self.assertFollowed()

    def test_removed_department(self):
        new = self.simulator.control("POST", "/departments", {"name": "Short lived"})
        self.run_it()
        record = self.department(new["dept_id"]).hr_department_id
        self.assertTrue(record.active)
        self.simulator.control("DELETE", "/departments/%s" % new["dept_id"])
        self.run_it()
        self.assertFalse(record.active)
        self.assertSettled()

    # -- languages -----------------------------------------------------------------

    def chinese(self, records):
        """Return the records as who works in Chinese sees them."""
        languages = self.env["res.lang"]
        if hasattr(languages, "load_lang"):
            languages.load_lang("zh_CN")
        else:
            languages._activate_lang("zh_CN")
        return records.with_context(lang="zh_CN")

    def test_a_name_is_the_same_in_all_languages(self):
        """From 18 on HR departments have a name in each language."""
        department = self.departments().filtered("parent_id")[0]
        record = department.hr_department_id
        seen = self.chinese(record)
        call_as(self.officer(), "hr.department", "write", record.ids, {"name": "HR's"})
        seen.with_context(dingding_no_push=True).name = "Written in Chinese"
        self.run_it()
        compat.forget(self.env)
        self.assertEqual(seen.name, department.name)
        for run in (self.run_it, lambda: department.action_refresh()):
            self.simulator.control(
                "PATCH", "/departments/%s" % department.dept_id,
                {"name": "Renamed %s" % seen.name})
            run()
            compat.forget(self.env)
            self.assertIn("Renamed", department.name)
            for language in (None, "en_US", "zh_CN"):
                self.assertEqual(
                    record.with_context(lang=language).name, department.name)
        self.assertSettled()

    def test_a_job_position_by_its_name_in_chinese(self):
        self.leads("job_id", "dingtalk")
        job = self.env["hr.job"].create({"name": "Tester"})
        title = "\u6d4b\u8bd5\u5de5\u7a0b\u5e08"
        self.chinese(job).name = title
        self.change_person(self.one.userid, title=title)
        self.assertFalse(self.proposed(self.confirm_it(), "job", title))
        self.assertEqual(self.employee.job_id, job)

    # -- both sides ---------------------------------------------------------------

    def officer(self):
        return self._make_user(
            self.env, "officer", "hr.group_hr_manager", "base.group_user")

    def test_an_edit_where_odoo_leads_goes_out_and_stays(self):
        self.lead("odoo")
        call_as(self.officer(), "hr.employee", "write", self.employee.ids,
                {"name": "From HR"})
        self.send()
        self.assertEqual(self.there(self.one)["name"], "From HR")
        self.run_it()
        self.assertEqual(self.employee.name, "From HR")
        count = len(self.changes())
        self.assertSettled()
        self.assertEqual(len(self.changes()), count, "no echo")
        self.change_person(self.one.userid, name="From DingTalk")
        self.run_it()
        self.send()
        self.assertEqual(self.employee.name, "From HR")
        self.assertEqual(self.there(self.one)["name"], "From HR")

    def test_the_last_change_wins(self):
        self.lead("last")
        self.run_it()
        call_as(self.officer(), "hr.employee", "write", self.employee.ids,
                {"name": "From HR"})
        self.send()
        self.run_it()
        self.assertEqual(self.employee.name, "From HR")
        self.change_person(self.one.userid, name="From DingTalk")
        self.run_it()
        self.assertEqual(self.employee.name, "From DingTalk")
        self.send()
        self.assertEqual(self.there(self.one)["name"], "From DingTalk")
        self.assertSettled()

    def test_a_value_that_waits_for_a_manager_is_not_taken_back(self):
        self.lead("odoo")
        self.corp.link_by_email = True
        call_as(self.officer(), "hr.employee", "write", self.employee.ids,
                {"work_email": "other@example.com"})
        self.assertEqual(self.changes(self.one).state, "confirm")
        self.run_it()
        self.assertEqual(self.employee.work_email, "other@example.com")

    def test_dingtalk_leads(self):
        call_as(self.officer(), "hr.employee", "write", self.employee.ids,
                {"name": "From HR"})
        self.run_it()
        self.assertEqual(self.employee.name, self.one.name)
        self.assertFalse(self.changes())

    def test_a_field_that_odoo_leads(self):
        row = self.corp.follow_ids.filtered(
            lambda each: (each.model_name, each.field_name) == (
                "hr.employee", "department_id"))
        row.leader = "odoo"
        before = self.employee.department_id
        target = (
            self.departments().filtered("parent_id") - self.one.department_ids)[0]
        self.change_person(
            self.one.userid, name="New name", dept_ids=[int(target.dept_id)])
        self.run_it()
        self.assertEqual(self.one.main_department_id, target)
        self.assertEqual(
            (self.employee.name, self.employee.department_id), ("New name", before))

    def test_preview_of_a_link_that_is_found(self):
        self.corp.hr_employees = "link"
        there = self.env["hr.employee"].create(
            {"name": "Made by hand", "mobile_phone": "13900007777"})
        made = self.add_person(
            name="Newcomer", mobile="13900007777", dept_ids=[1], active=True)
        run = self.preview()
        line = self.follows(run).filtered(lambda each: each.key == made["userid"])
        self.assertIn("Made by hand \u2192 Newcomer", line.changes)
        self.assertEqual(there.name, "Made by hand")
        self.decide(run)
        self.assertEqual(self.person(made["userid"]).employee_id, there)
        self.assertEqual(there.name, "Newcomer")

    # -- leaving and returning -------------------------------------------------------

    def test_a_leaver_who_returns(self):
        self.corp.hr_leavers = True
        there = self.there(self.one)
        for archived_by_hr in (False, True):
            if archived_by_hr:
                self.corp.hr_leavers = False
            self.remove_person(self.one.userid)
            self.run_it()
            self.assertEqual(self.employee.active, archived_by_hr)
            if archived_by_hr:
                self.employee.active = False
            self.add_person(userid=self.one.userid, name=there["name"],
                            mobile=there["mobile"], dept_ids=[1])
            self.run_it()
            self.assertTrue(self.one.active)
            self.assertEqual(self.employee.active, not archived_by_hr)

    # -- anything -----------------------------------------------------------------

    def test_any_changes(self):
        self.corp.hr_leavers = True
        self.corp.write({"archive_threshold_percent": 100})
        for seed in (5, 23):
            changes = Changes(self, random.Random(seed))
            for number in range(3):
                about = "seed %d, round %d" % (seed, number)
                changes.make(8)
                run = self.run_it()
                self.assertFalse(self.codes(run), about)
                self.assertSame()
                self.assertFollowed(about)
                self.assertManagers(about)
                self.assertSettled(about)

    def test_nothing_is_sent_back(self):
        self.lead("last")
        changes = Changes(self, random.Random(77))
        changes.make(12)
        self.run_it()
        self.assertFollowed(managers=False)
        self.assertFalse(self.changes())

    # -- users of employees ----------------------------------------------------------

    def test_the_work_e_mail_of_a_user(self):
        user = self._make_user(self.env, "own", "base.group_user")
        self.employee.user_id = user
        self.one.user_id = user
        self.change_person(self.one.userid, org_email="", email="new@example.com")
        self.run_it()
        self.assertEqual(user.email, "own@example.com")
        if "work_contact_id" not in self.employee._fields:
            self.assertEqual(self.employee.work_email, "new@example.com")

    def test_the_work_mobile_of_a_user(self):
        user = self._make_user(self.env, "own", "base.group_user")
        self.employee.user_id = user
        self.one.user_id = user
        field = "mobile" if "mobile" in user._fields else "phone"
        before = user[field]
        self.corp.leads_contact = "odoo"
        call_as(self.user_manager, "dingding.user", "write", self.one.ids,
                {"mobile": "13900004321"})
        self.send()
        self.run_it()
        self.assertIn("13900004321", self.one.mobile)
        self.assertEqual(user[field], before)

    def test_the_phone_of_a_user(self):
        """Only the last series have one number, the mobile."""
        user = self._make_user(self.env, "own", "base.group_user")
        self.employee.user_id = user
        self.one.user_id = user
        self.change_person(self.one.userid, telephone="010-7777")
        self.run_it()
        wanted = "010-7777" if "mobile" in user._fields else self.one.mobile
        self.assertEqual((user.phone, self.employee.work_phone), (wanted, wanted))
        self.assertSettled()

    def test_the_phone_of_an_administrator(self):
        user = self._make_user(self.env, "own", "base.group_system")
        user.phone = "021-1111"
        for person, employee in (
            (self.one, self.employee), (self.somebody(1), None),
        ):
            person.user_id = user
            if employee:
                employee.user_id = user
            else:
                employee = person.employee_id
                person.employee_id = False
                employee.unlink()
            self.change_person(person.userid, telephone="010-7777")
            self.run_it()
            self.assertEqual(person.employee_id.user_id, user)
            self.assertEqual(user.phone, "021-1111")
            person.employee_id.user_id = False
            person.user_id = False

    # -- hired on ----------------------------------------------------------------

    def test_hired_date(self):
        """Another date stands for it."""
        lines = self.env["dingding.user"]._follow_table()
        self.assertEqual(
            "hired_date" in {line.source for line in lines},
            "service_hire_date" in self.employee._fields)
        own = dingding_user_follow.SOMETIMES
        dingding_user_follow.SOMETIMES = (("hired_date", "birthday", "date"),)
        self.addCleanup(setattr, dingding_user_follow, "SOMETIMES", own)
        self.change_person(self.one.userid, hired_date=1597573616828)
        run = self.run_it()
        self.assertEqual(
            self.env["dingding.user"]._as_compared(self.employee.birthday),
            "2020-08-16")
        self.assertIn("2020-08-16", "".join(
            line.changes for line in self.follows(run)
            if line.key == self.one.userid))
        self.assertSettled()
        self.change_person(self.one.userid, hired_date=0)
        self.run_it()
        self.assertFalse(self.employee.birthday)

    # -- pictures ----------------------------------------------------------------

    def picture(self, path):
        self.change_person(self.one.userid, avatar=self.simulator.url + path)
        self.run_it()
        self.process_queue("dingding.picture")
        compat.forget(self.env)
        return self.employee[compat.picture_field(self.employee)]

    def test_pictures_of_employees(self):
        self.corp.avatars = "changed"
        first = self.picture("/avatars/a.png")
        self.assertTrue(self.one.image)
        self.assertFalse(compat.has_picture(self.employee), "never is the default")
        self.corp.employee_pictures = "missing"
        self.assertFalse(self.picture("/avatars/a.png") == first)
        self.assertTrue(compat.has_picture(self.employee))
        self.assertDingTalkCalled("/avatars/a.png", 1)
        kept = self.picture("/avatars/b.png")
        self.assertNotEqual(self.one.image, kept)
        self.corp.employee_pictures = "always"
        changed = self.picture("/avatars/c.png")
        self.assertNotIn(changed, (kept, first))
        field = compat.picture_field(self.employee)
        self.employee[field] = kept
        self.assertEqual(self.picture("/avatars/c.png"), kept)
        self.assertNotEqual(self.picture("/avatars/d.png"), kept)
        self.assertSettled()

    # -- managers of departments ---------------------------------------------------

    def test_a_circle_of_departments_with_others_below_it(self):
        """Odoo refuses it; its check, begun with one below, never ends up to 15."""
        departments = self.env["hr.department"]
        above, below, inside = [
            departments.create({"name": name}) for name in ("Above", "Below", "Inside")]
        above.with_context(dingding_no_push=True).parent_id = inside
        compat.flush(self.env)
        _none, error = attempt(
            self.env, self.env["dingding.sync"]._write_linked, "hr.department",
            [below.id, inside.id], {"parent_id": above.id})
        self.assertTrue(error)
        self.assertFalse(inside.parent_id)

    def of_department(self):
        """Return an HR department with a manager, the next one, and employees of it.

        The last one is in DingTalk, the others before never were, have left, or belong
        to an archived organisation.
        """
        employees = self.env["hr.employee"].with_context(dingding_no_push=True)
        record = self.env["hr.department"].create({"name": "Kitchen"})
        former, following = [
            employees.create({"name": name}) for name in ("Former", "Following")]
        record.with_context(dingding_no_push=True).manager_id = former
        archived = self.env["dingding.corp"].create(
            {"name": "Archived", "company_id": self.corp.company_id.id,
             "corp_id": "dingarchived", "active": False})
        own = []
        for number, values in enumerate((
            None, {"active": False}, {"corp_id": archived.id}, {},
        )):
            employee = employees.create({"name": "Cook", "department_id": record.id})
            employee.parent_id = former
            if values is not None:
                self.env["dingding.user"]._as_received().create(dict(
                    {"corp_id": self.corp.id, "userid": "cook%d" % number,
                     "name": "Cook", "employee_id": employee.id}, **values))
            own.append(employee)
        compat.flush(self.env)
        return record, former, following, own

    def test_a_new_manager_of_those_who_are_not_in_dingtalk(self):
        """The managers of all others are those that DingTalk names."""
        record, former, following, own = self.of_department()
        other = self.env["hr.employee"].create({"name": "Other"})
        other.with_context(dingding_no_push=True).write(
            {"department_id": record.id, "parent_id": own[3].id})
        record.with_context(dingding_no_push=True).manager_id = following
        compat.flush(self.env)
        self.assertEqual(record.manager_id, following)
        self.assertEqual(
            [each.parent_id for each in own], [following] * 3 + [former])
        self.assertEqual(other.parent_id, own[3])
        self.assertNotEqual(following.parent_id, following)

    def test_a_new_manager_who_has_one_of_the_department(self):
        """Odoo's own check of a circle that others are below never ends up to 15."""
        record, former, following, own = self.of_department()
        following.with_context(dingding_no_push=True).parent_id = own[1]
        compat.flush(self.env)
        record.with_context(dingding_no_push=True).manager_id = following
        compat.flush(self.env)
        self.assertEqual(record.manager_id, following)
        self.assertEqual(following.parent_id, own[1])
        self.assertEqual(
            [each.parent_id for each in own], [following, former, following, former])

    def test_a_manager_whom_somebody_chooses_in_odoo(self):
        """Odoo does what it does without these addons."""
        record, _former, following, own = self.of_department()
        record.manager_id = following
        compat.flush(self.env)
        self.assertEqual([each.parent_id for each in own], [following] * 4)

    # -- two organisations -------------------------------------------------------

    def second(self, **values):
        """Return an organisation of another company with three of the same people."""
        there = self.simulator.control(
            "POST", "/corps",
            {"people": 5, "departments": 2, "same_people": 3, "name": "Second"})
        company = self.env["res.company"].create({"name": "Second company"})
        if "tz" in company.resource_calendar_id._fields:
            company.resource_calendar_id.tz = "Asia/Urumqi"
        corp = self.env["dingding.corp"].create(dict(
            {"name": "Second", "company_id": company.id, "hr_employees": "create",
             "hr_departments": "create"},
            **{name: there[name] for name in (
                "corp_id", "app_key", "app_secret", "agent_id")}))
        corp.write(values)
        self._point_at(corp.app_id, self.simulator.url)
        self.user_manager.company_ids |= company
        return corp

    def test_an_employee_no_longer_follows_an_archived_organisation(self):
        """Such as the former one of a company that has registered anew."""
        corp = self.second(hr_leavers=True)
        self.run_it(corp=corp)
        same = {each.mobile_number: each for each in self.people()}
        twin = self.people(corp).filtered(
            lambda each: each.mobile_number in same)[0]
        employee, department = twin.employee_id, twin.main_department_id
        former = same[twin.mobile_number]
        former.employee_id = employee
        self.departments().filtered("parent_id")[0].hr_department_id = (
            department.hr_department_id)
        self.corp.active = False
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id, {"name": "Anew"},
            corp_id=corp.corp_id)
        self.run_it(corp=corp)
        self.assertEqual(department.hr_department_id.name, "Anew")
        self.assertEqual(employee.name, twin.name)
        twin.with_context(dingding_no_push=True).active = False
        self.env["dingding.sync"]._offboard(corp, twin)
        self.assertFalse(employee.active)

    def test_who_has_left_two_organisations_returns_to_the_first(self):
        """The other one has archived the employee."""
        self.corp.hr_leavers = True
        corp = self.second(hr_leavers=True)
        self.run_it(corp=corp)
        same = {each.mobile_number: each for each in self.people()}
        twin = self.people(corp).filtered(
            lambda each: each.mobile_number in same)[0]
        person = same[twin.mobile_number]
        employee, there = person.employee_id, self.simulated()[person.userid]
        twin.employee_id = employee
        self.remove_person(person.userid)
        self.run_it()
        self.assertTrue(employee.active)
        self.simulator.control(
            "DELETE", "/users/%s" % twin.userid, corp_id=corp.corp_id)
        self.run_it(corp=corp)
        self.assertFalse(employee.active)
        self.add_person(
            userid=person.userid, name=there["name"], mobile=there["mobile"],
            human=there["human"], dept_ids=[1])
        self.run_it()
        self.assertTrue(person.active)
        self.assertTrue(employee.active)
        # Records archived then stay archived.
        employee.with_context(dingding_no_push=True).active = False
        self.run_it()
        self.assertFalse(employee.active)

    def test_employees_of_a_company_without_working_hours(self):
        corp = self.second()
        corp.company_id.resource_calendar_id = False
        run = self.run_it(corp=corp)
        self.assertFalse(run.problem_ids.mapped("error"))
        self.assertTrue(self.people(corp))
        self.assertEqual(
            len(self.people(corp).mapped("employee_id")), len(self.people(corp)))

    def test_each_organisation_in_its_company(self):
        user = self._make_user(self.env, "own", "base.group_user")
        user.write({
            "login": self.one.mobile,
            "mobile" if "mobile" in user._fields else "phone": self.one.mobile,
        })
        corp = self.second()
        self.run_it(corp=corp)
        people = self.people(corp)
        employees = people.mapped("employee_id")
        self.assertEqual(len(employees), len(people))
        self.assertEqual(employees.mapped("company_id"), corp.company_id)
        hours = corp.company_id.resource_calendar_id
        self.assertTrue(hours)
        self.assertEqual(employees.mapped("resource_calendar_id"), hours)
        if "tz" in employees._fields:
            self.assertEqual(set(employees.mapped("tz")), {hours.tz})
        records = self.departments(corp).mapped("hr_department_id")
        self.assertEqual(len(records), len(self.departments(corp)))
        self.assertEqual(records.mapped("company_id"), corp.company_id)
        self.assertEqual(employees.mapped("department_id") - records, records.browse())
        # The same mobile links nobody to a record of the other company.
        same = {each.mobile_number: each for each in self.people()}
        twins = people.filtered(lambda each: each.mobile_number in same)
        self.assertTrue(twins)
        for twin in twins:
            self.assertNotEqual(
                twin.employee_id, same[twin.mobile_number].employee_id)
        self.assertFalse(people.filtered("user_id"))
