# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import unittest
from unittest import mock

from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat
from .common import call_as, portable
from .sync_case import SyncCase


@portable
class TestDepartment(SyncCase):
    def make(self, dept_id, name, parent=None, **values):
        return self.env["dingding.department"].create(
            dict(values, corp_id=self.corp.id, dept_id=dept_id, name=name,
                 parent_id=parent and parent.id)
        )

    def setUp(self):
        super().setUp()
        self.root = self.make("1", "Org")
        self.late = self.make("20", "Aaa", self.root, sequence=2000)
        self.early = self.make("10", "Zzz", self.root, sequence=1000)
        self.deep = self.make("11", "Deep / 'x'", self.early)

    def test_path(self):
        self.assertEqual(self.deep.complete_name, "Zzz / Deep / 'x'")
        self.assertEqual(self.deep.display_name, self.deep.complete_name)
        self.assertEqual(self.deep.level, 2)
        self.assertEqual(self.deep.indented_name, "\u2003\u2003Deep / 'x'")
        self.early.name = "New"
        self.assertEqual(self.deep.complete_name, "New / Deep / 'x'")
        self.early.parent_id = self.late
        self.assertEqual(self.deep.complete_name, "Aaa / New / Deep / 'x'")

    def test_departments_of_another_company_are_not_named(self):
        company = self.env["res.company"].create({"name": "Other"})
        corp = self.env["dingding.corp"].create(
            {"name": "Other", "company_id": company.id})
        other = self.env["dingding.department"].create(
            {"name": "Takeover", "corp_id": corp.id, "dept_id": "1"})
        for method, args in (
            ("create", [{"name": "Mine", "corp_id": self.corp.id,
                         "parent_id": other.id}]),
            ("write", [self.early.ids, {"parent_id": other.id}]),
        ):
            # Odoo's own takes one class only.
            with unittest.TestCase.assertRaises(
                self, (AccessError, UserError, ValidationError)
            ) as caught, self.env.cr.savepoint():
                call_as(self.user_manager, "dingding.department", method, *args)
            self.assertNotIn("Takeover", caught.exception.args[0], method)

    def test_chart(self):
        person = self.env["dingding.user"].create({
            "name": "<Boss>", "userid": "boss", "corp_id": self.corp.id,
            "department_ids": [(6, 0, self.early.ids)]})
        self.early.manager_ids = person
        chart = self.root.with_env(self.env(user=self.user_dingtalk.id)).chart_html
        places = [chart.index(">%s<" % name) for name in ("Org", "Zzz", "Aaa")]
        self.assertEqual(places, sorted(places))
        self.assertIn("&lt;Boss&gt; \u00b7 People: 1", chart)
        self.assertEqual(chart.count("<li>"), 4)
        self.assertIn("<ul><li>", chart[chart.index(">Zzz<"):chart.index("Deep")])
        self.assertNotIn("Org", self.early.chart_html)

    def test_a_form_draws_its_own_chart_only(self):
        compat.forget(self.env)
        departments, drawn = type(self.root), []
        chart = departments._chart

        def counted(this):
            drawn.append(this.id)
            return chart(this)

        with mock.patch.object(departments, "_chart", counted):
            read = self.root.read(["child_ids", "chart_html"])[0]
            self.assertEqual(drawn, self.root.ids)
            below = self.root.child_ids
            self.assertTrue(read["child_ids"] and below.mapped("name"))
            for department in below:
                self.assertIn(">%s<" % department.name, department.chart_html)
        self.assertEqual(sorted(drawn), sorted(self.root.ids + below.ids))

    def test_organisation_is_shown_once_there_are_several(self):
        several = self.env.ref("dingding.group_multi_corp")
        everybody = self.env.ref("base.group_user")
        # A database made for tests shows it, see common.py.
        everybody.write({"implied_ids": [(3, several.id)]})
        several.write({
            "user_ids" if compat.SERIES >= 19 else "users": [(5, 0, 0)]})
        self.assertNotIn(several, everybody.implied_ids)
        self.assertFalse(self.user_manager.has_group("dingding.group_multi_corp"))
        self.env["dingding.corp"].create({"name": "Second"})
        self.assertIn(several, everybody.implied_ids)
        self.assertTrue(self.user_manager.has_group("dingding.group_multi_corp"))

    def test_list_is_a_tree_in_the_order_of_dingtalk(self):
        found = self.env["dingding.department"].search([("corp_id", "=", self.corp.id)])
        self.assertEqual(found, self.root + self.early + self.deep + self.late)

    def test_search_with_departments_below(self):
        found = self.env["dingding.department"].search(
            [("id", "child_of", self.early.ids)]
        )
        self.assertEqual(found, self.early + self.deep)
        self.assertEqual(
            self.env["dingding.department"].name_search("zzz / deep")[0][0],
            self.deep.id,
        )

    def test_no_cycle_by_hand(self):
        with self.assertRaises(ValidationError):
            self.early.parent_id = self.deep
        other = self._make_corp(
            self.env, self.simulator, name="Other", corp_id="o", app_key="o"
        )
        foreign = self.env["dingding.department"].create(
            {"corp_id": other.id, "dept_id": "1", "name": "Foreign"}
        )
        with self.assertRaises(ValidationError):
            self.deep.parent_id = foreign

    def test_number_of_people(self):
        self.env["dingding.user"].create(
            [{"name": name, "userid": name, "corp_id": self.corp.id, "active": active,
              "department_ids": [(6, 0, self.deep.ids)]}
             for name, active in (("a", True),)][0]
        )
        self.env["dingding.user"].create(
            {"name": "b", "userid": "b", "corp_id": self.corp.id, "active": False,
             "department_ids": [(6, 0, self.deep.ids)]}
        )
        self.assertEqual(self.deep.user_count, 1)
        self.assertEqual(self.early.user_count, 0)

    def test_number_is_dingtalks(self):
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.department", "write", self.deep.ids,
                    {"dept_id": "99"})

    def test_rights(self):
        for user in (self.user_public, self.user_portal, self.user_employee):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.department", "read", self.deep.ids)
        values = call_as(self.user_dingtalk, "dingding.department", "read",
                         self.deep.ids)
        self.assertEqual(values[0]["name"], "Deep / 'x'")
        for method, arguments in (
            ("write", [{"name": "x"}]), ("unlink", []), ("action_refresh", []),
        ):
            with self.assertRaises(AccessError):
                call_as(self.user_dingtalk, "dingding.department", method,
                        self.deep.ids, *arguments)


@portable
class TestDepartmentRead(SyncCase):
    def test_moved_and_renamed(self):
        self.run_it("departments")
        new = self.simulator.control(
            "POST", "/departments", {"name": "New", "order": 5}
        )
        child = self.simulator.control(
            "POST", "/departments", {"name": "Child", "parent_id": new["dept_id"]}
        )
        run = self.run_it("departments")
        self.assertEqual(run.departments_created, 2)
        record = self.department(child["dept_id"])
        self.assertEqual(record.complete_name, "New / Child")
        self.simulator.control(
            "PATCH", "/departments/%s" % child["dept_id"],
            {"parent_id": 1, "name": "Grown"},
        )
        self.simulator.control(
            "PATCH", "/departments/%s" % new["dept_id"],
            {"parent_id": child["dept_id"]},
        )
        run = self.run_it("departments")
        self.assertEqual((run.departments_created, run.departments_updated), (0, 2))
        self.assertEqual(self.department(child["dept_id"]), record)
        self.assertEqual(
            self.department(new["dept_id"]).complete_name, "Grown / New",
        )

    def test_order(self):
        self.run_it("departments")
        parent = self.simulator.control(
            "POST", "/departments", {"name": "P"}
        )["dept_id"]
        for index, name in enumerate("abc"):
            self.simulator.control(
                "POST", "/departments",
                {"name": name, "parent_id": parent, "order": index * 10},
            )
        self.run_it("departments")
        children = self.department(parent).child_ids
        self.assertEqual(children.sorted("sort_path").mapped("name"), list("abc"))
        self.simulator.control(
            "POST", "/departments", {"name": "x", "parent_id": parent, "order": 5}
        )
        run = self.run_it("departments")
        self.assertEqual((run.departments_created, run.departments_updated), (1, 0))
        children = self.department(parent).child_ids
        self.assertEqual(children.sorted("sort_path").mapped("name"), list("axbc"))

    def test_refresh(self):
        self.run_it()
        department = self.departments().filtered("user_ids")[0]
        person = department.user_ids[0]
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"name": "Renamed", "source_identifier": "erp"},
        )
        self.change_person(person.userid, title="Renamed too")
        call_as(self.user_manager, "dingding.department", "action_refresh",
                department.ids)
        self.assertEqual(department.name, "Renamed")
        self.assertEqual(department.source_identifier, "erp")
        self.assertEqual(person.title, "Renamed too")

    def test_refresh_sees_who_is_gone(self):
        self.run_it()
        department = self.departments().filtered(lambda each: len(each.user_ids) > 1)[0]
        person = department.user_ids[0]
        self.remove_person(person.userid)
        call_as(self.user_manager, "dingding.department", "action_refresh",
                department.ids)
        self.assertFalse(person.active)

    def test_refresh_in_words(self):
        self.run_it()
        self.simulator.settings(ip_whitelist=["10.9.8.7"])
        with self.assertRaises(UserError) as caught:
            call_as(self.user_manager, "dingding.department", "action_refresh",
                    self.departments()[1].ids)
        self.assertIn("127.0.0.1", str(caught.exception))
