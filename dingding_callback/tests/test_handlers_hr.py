# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import itertools
import random
import unittest

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.test_sync_twice import Changes

from .common import EventCase

EMPLOYEE = (
    "name", "active", "work_email", "mobile_phone", "work_phone", "department_id",
    "parent_id", "user_id", "job_title", "job_id", "work_location", "work_location_id",
)
DEPARTMENT = ("name", "active", "parent_id", "manager_id")
USER = ("name", "active", "email", "login", "function", "mobile", "phone")
PERSON = (
    "active", "name", "title", "mobile", "mobile_number", "email", "org_email",
    "telephone", "job_number", "work_place", "remark", "hired_date", "activated",
    "unionid",
)
PLACES = ("department_ids", "main_department_id", "leader_department_ids")


@portable
class TestHandlersHr(EventCase):
    """Events have the result of a sync.

    Only where Employees is installed too.
    """

    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        if "employee_id" not in cls.env["dingding.user"]._fields:
            raise unittest.SkipTest("dingding_hr is not installed")
        with cls._like_a_test() as test:
            template = cls._make_user(cls.env, "template", "base.group_user")
            test.corp.write({
                "hr_employees": "create", "hr_departments": "create",
                "hr_leavers": True, "create_users": "template",
                "template_user_id": template.id, "leaver_policy": "user",
                "archive_threshold_percent": 100,
            })
            test.forget_managers()
            test.run_it()
        return result

    def setUp(self):
        super().setUp()
        self.forget_managers()
        self.numbers = itertools.count(1700000000000)

    def forget_managers(self):
        """Remove direct managers, which DingTalk names to events only."""
        for userid in sorted(self.simulated()):
            self.change_person(userid, manager_userid="")

    def happen(self, event_type, **values):
        event = self.push(event_type, moment=next(self.numbers), **values)
        self.work()
        self.assertEqual(event.state, "done", event.last_error)
        return event

    def stored(self):
        """Return what belongs to people and departments, in DingTalk's ids."""
        compat.flush(self.env)
        compat.forget(self.env)
        found = {}
        for person in self.people():
            values = {name: person[name] or False for name in PERSON}
            values.update(
                (name, sorted(person.with_context(active_test=False).mapped(
                    "%s.dept_id" % name))) for name in PLACES)
            for record, names in (
                (person.employee_id, EMPLOYEE), (person.user_id, USER),
            ):
                values[record._name] = bool(record)
                values.update(
                    ("%s.%s" % (record._name, name), self.plain(record[name]))
                    for name in names if name in record._fields
                )
            values["groups"] = sorted(person.user_id[compat.USER_GROUPS].ids)
            found[person.userid] = values
        for department in self.departments():
            record = department.hr_department_id
            found["department %s" % department.dept_id] = dict(
                {name: self.plain(record[name]) for name in DEPARTMENT},
                linked=bool(record), own=(
                    department.name, department.active, department.parent_id.dept_id))
        return found

    def plain(self, value):
        if not hasattr(value, "ids"):
            return value or False
        path = {"hr.employee": "dingding_user_ids.userid",
                "hr.department": "dingding_department_ids.dept_id"}.get(value._name)
        value = value.with_context(active_test=False)
        return value.mapped(path or ("login" if value._name == "res.users" else "name"))

    def assertEqualResults(self, by_events):
        before = self.stored()
        events, sync = self.after(by_events), self.after(self.run_it)
        self.assertNotEqual(sync, before, "nothing happens")
        wrong = [
            (key, name, events.get(key, {}).get(name), value)
            for key, values in sync.items() for name, value in values.items()
            if events.get(key, {}).get(name) != value
        ]
        self.assertFalse(wrong, wrong)
        self.assertEqual(set(events), set(sync))

    def somebody(self):
        return self.people().filtered(lambda each: not each.leader_department_ids)[0]

    def leaf(self):
        return self.departments().filtered(
            lambda each: each.parent_id and each.user_ids and not each.child_ids)[0]

    def modify(self, person):
        return lambda: self.happen("user_modify_org", UserId=[person.userid])

    def test_hire(self):
        group = self.env.ref("base.group_partner_manager")
        self.leaf().new_user_group_ids = group
        new = self.add_person(
            name="New", mobile="13911112222", email="new@example.com", active=True,
            dept_ids=[int(self.leaf().dept_id)])

        def by_events():
            self.happen("user_add_org", UserId=[new["userid"]])
            person = self.person(new["userid"])
            self.assertTrue(person.employee_id and person.user_id)
            self.assertIn(group, person.user_id[compat.USER_GROUPS])
            self.assertEqual(person.employee_id.user_id, person.user_id)

        self.assertEqualResults(by_events)

    def test_change(self):
        person = self.somebody()
        self.change_person(
            person.userid, name="New name", title="Cook", mobile="13900004321",
            telephone="010-77", email="cook@example.com", org_email="",
            work_place="Tower 7")
        self.env["hr.job"].create({"name": "Cook"})
        if "hr.work.location" in self.env:
            self.env["hr.work.location"].create(
                {"name": "Tower 7", "address_id": self.corp.company_id.partner_id.id})
        self.assertEqualResults(self.modify(person))

    def test_move(self):
        person = self.somebody()
        place = (self.departments().filtered("parent_id") - person.department_ids)[0]
        self.change_person(person.userid, dept_ids=[int(place.dept_id)])
        self.assertEqualResults(self.modify(person))

    def test_leader(self):
        department = self.leaf()
        for person in department.user_ids:
            self.change_person(person.userid, leader_in=[])
        person = department.user_ids[0]
        self.change_person(person.userid, leader_in=[int(department.dept_id)])

        def by_events():
            for each in department.user_ids:
                self.modify(each)()

        self.assertEqualResults(by_events)
        self.run_it()
        self.change_person(person.userid, leader_in=[])
        self.assertEqualResults(self.modify(person))

    def test_the_managers_of_a_department(self):
        department = self.leaf()
        person = (department.user_ids - department.manager_ids)[0]
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"managers": [person.userid]})
        self.assertEqualResults(
            lambda: self.happen("org_dept_modify", DeptId=[int(department.dept_id)]))

    def test_an_empty_e_mail(self):
        person = self.people().filtered("email")[0]
        nothing = dict.fromkeys(
            ("email", "org_email", "work_place", "remark", "extension"), "")
        self.change_person(person.userid, **nothing)
        self.assertEqualResults(self.modify(person))
        self.modify(person)()
        self.assertFalse(person.email)
        if "work_contact_id" not in person.employee_id._fields:
            self.assertFalse(person.employee_id.work_email)

    def test_a_permission_that_was_withdrawn(self):
        person = self.people().filtered("email")[0]
        before = self.stored()
        self.simulator.settings(fields={"mobile": True, "email": False})
        self.modify(person)()
        self.assertEqual(self.stored(), before)

    def test_leave_and_return(self):
        person = self.people().filtered("leader_department_ids")[0]
        there = self.simulated()[person.userid]
        self.remove_person(person.userid)
        self.assertEqualResults(
            lambda: self.happen("user_leave_org", UserId=[person.userid]))
        self.run_it()
        self.assertFalse(person.employee_id.active)
        self.add_person(userid=person.userid, name=there["name"], active=True,
                        mobile=there["mobile"], email=there["email"],
                        org_email=there["org_email"], dept_ids=[1])
        self.assertEqualResults(
            lambda: self.happen("user_add_org", UserId=[person.userid]))

    def test_departments(self):
        control, department = self.simulator.control, self.leaf()
        new = control("POST", "/departments", {"name": "New", "parent_id": 1})
        below = control(
            "POST", "/departments", {"name": "Below", "parent_id": new["dept_id"]})
        control("PATCH", "/departments/%s" % department.dept_id,
                {"name": "Renamed", "parent_id": new["dept_id"]})

        def by_events():
            self.happen("org_dept_modify", DeptId=[int(department.dept_id)])
            self.happen("org_dept_create", DeptId=[below["dept_id"]])
            self.happen("org_dept_create", DeptId=[new["dept_id"]])

        self.assertEqualResults(by_events)
        by_events()
        control("PATCH", "/departments/%s" % below["dept_id"], {"parent_id": 1})
        control("DELETE", "/departments/%s" % below["dept_id"])
        self.assertEqualResults(
            lambda: self.happen("org_dept_remove", DeptId=[below["dept_id"]]))

    def test_parent_and_child_change_places(self):
        control = self.simulator.control
        above = control("POST", "/departments", {"name": "Above", "parent_id": 1})
        below = control(
            "POST", "/departments", {"name": "Below", "parent_id": above["dept_id"]})
        self.run_it()
        control("PATCH", "/departments/%s" % below["dept_id"], {"parent_id": 1})
        control("PATCH", "/departments/%s" % above["dept_id"],
                {"parent_id": below["dept_id"]})
        self.assertEqualResults(
            lambda: self.happen("org_dept_modify", DeptId=[above["dept_id"]]))

    def test_anything(self):
        for seed in (19, 4):
            dice = random.Random(seed)
            changes = Changes(self, dice)
            for _round in range(2):
                people = {each["userid"] for each in changes.people()}
                departments = {each["dept_id"] for each in changes.departments()}
                changes.make(8)
                people |= set(self.simulated())
                departments |= {each["dept_id"] for each in changes.departments()}
                told = [
                    ("org_dept_modify", {"DeptId": [each]})
                    for each in sorted(departments)
                ] + [
                    ("user_modify_org", {"UserId": [each]}) for each in sorted(people)
                ]
                dice.shuffle(told)

                def by_events():
                    for event_type, values in told:
                        self.happen(event_type, **values)

                self.assertEqualResults(by_events)
                by_events()
                before, run = self.stored(), self.run_it()
                self.assertEqual(self.stored(), before)
                self.assertFalse(
                    run.line_ids.filtered(lambda line: line.kind == "follow"))
                self.assertSame()
