# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.outgoing_case import OutgoingCase

from .test_roster import RosterCase


@portable
class TestHrAttacks(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.both = self._make_user(
            self.env, "both", "dingding.group_manager", "hr.group_hr_user")
        self.other = self.env["res.company"].create({"name": "Other company"})
        self.person = self.somebody()

    def test_an_employee_of_another_company(self):
        stranger = self.env["hr.employee"].create(
            {"name": "Stranger", "company_id": self.other.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.both, "dingding.user", "write", self.person.ids,
                    {"employee_id": stranger.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.both, "dingding.user", "create", {
                "name": "New", "mobile": "13900005678", "corp_id": self.corp.id,
                "employee_id": stranger.id})
        own = self.env["hr.employee"].create(
            {"name": "Own", "company_id": self.corp.company_id.id})
        call_as(self.both, "dingding.user", "write", self.person.ids,
                {"employee_id": own.id})
        self.assertEqual(self.person.employee_id, own)
        self.both.company_ids |= self.other
        if compat.SERIES < 13:
            self.both.company_id = self.other
            self.person.corp_id.company_id = self.other
        compat.flush(self.env)
        call_as(self.both, "dingding.user", "write", self.person.ids,
                {"employee_id": stranger.id})
        self.assertEqual(self.person.employee_id, stranger)

    def test_an_hr_department_of_another_company(self):
        place = self.env["hr.department"].create(
            {"name": "Theirs", "company_id": self.other.id})
        department = self.person.department_ids[0]
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.both, "dingding.department", "write", department.ids,
                    {"hr_department_id": place.id})
        own = self.env["hr.department"].create(
            {"name": "Ours", "company_id": self.corp.company_id.id})
        call_as(self.both, "dingding.department", "write", department.ids,
                {"hr_department_id": own.id})
        self.assertEqual(department.hr_department_id, own)

    def test_an_employee_with_the_e_mail_of_somebody_else(self):
        """Taking a colleague's would reveal the colleague's roster.

        From 13 on users may be allowed to edit their own employee.
        """
        if "work_email" not in self.env["res.users"]._fields:
            return
        self.lead("dingtalk")
        self.corp.link_by_email = True
        thief = self._make_user(self.env, "thief", "base.group_user")
        employee = self.env["hr.employee"].create({
            "name": "Thief", "user_id": thief.id,
            "company_id": self.corp.company_id.id})
        email = "colleague@example.com"
        self.change_person(self.person.userid, org_email=email)
        self.env["ir.config_parameter"].set_param("hr.hr_employee_self_edit", "True")
        call_as(thief, "res.users", "write", thief.ids, {"work_email": email})
        compat.forget(self.env)
        self.assertEqual(employee.work_email, email)
        self.run_it()
        self.assertFalse(self.person.employee_id)
        call_as(self.both, "dingding.user", "action_match")
        compat.forget(self.env)
        self.assertEqual(self.person.employee_unlinked_reason, "own_value")
        # An address that an administrator has entered links.
        thief.login = email
        self.run_it()
        self.assertEqual(self.person.employee_id, employee)

    def rehired(self):
        """Return (employee, who it was before in DingTalk, who it is now)."""
        before, now = self.somebody(), self.somebody(1)
        employee = self.env["hr.employee"].create({"name": now.name})
        quiet = before.with_context(dingding_no_push=True)
        quiet.write({
            "employee_id": employee.id, "employee_rule": "manual",
            "employee_linked_on": "2020-01-01 00:00:00", "active": False})
        now.write({"employee_id": employee.id})
        return employee, before, now

    def test_a_former_dingtalk_user_is_not_written(self):
        employee, before, now = self.rehired()
        name = before.name
        employee.write({"name": "New name", "work_phone": "010-1"})
        self.assertTrue(self.changes(now))
        self.assertFalse(self.changes(before))
        self.assertEqual(before.name, name)

    def test_only_the_last_dingtalk_user_comes_back(self):
        employee, before, now = self.rehired()
        employee.write({"active": False})
        self.assertFalse(now.active)
        employee.write({"active": True})
        compat.flush(self.env)
        self.assertTrue(now.active)
        self.assertFalse(before.active)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            before.write({"active": True})
        before.write({"active": True, "employee_id": False})
        self.assertTrue(before.active)


@portable
class TestRosterAttacks(RosterCase):
    def test_a_field_that_became_an_identity_number(self):
        row = self.map("sys00-workPlace", "ssnid")
        rows = self.corp._app_for("contact")._dingtalk_client(
            feature="contacts").hrm.fields(self.corp._app_for("contact").agent_id)
        renamed = [
            each._replace(name="银行卡号") if each.code == row.code else each
            for each in rows]
        self.env["dingding.roster.field"]._store(self.corp, renamed)
        compat.flush(self.env)
        self.assertTrue(row.sensitive)
        self.assertEqual(row.direction, "none")
        row.direction = "dingtalk"
        self.env["dingding.roster.field"]._store(self.corp, renamed)
        self.assertEqual(row.direction, "dingtalk")

    def test_account_numbers_by_other_words(self):
        rows = self.corp._app_for("contact")._dingtalk_client(
            feature="contacts").hrm.fields(self.corp._app_for("contact").agent_id)
        for name in ("工资帐号", "开户帐户", "工资银行卡"):
            self.env["dingding.roster.field"]._store(self.corp, [
                each._replace(name=name) if each.code == "sys00-workPlace" else each
                for each in rows])
            self.assertTrue(self.row("sys00-workPlace").sensitive, name)

    def test_a_field_that_can_no_longer_be_written(self):
        row = self.map("sys00-workPlace", "job_title", "odoo") if (
            "job_title" in self.employees._fields) else self.map(
                "sys00-workPlace", "work_location", "odoo")
        rows = self.corp._app_for("contact")._dingtalk_client(
            feature="contacts").hrm.fields(self.corp._app_for("contact").agent_id)
        self.env["dingding.roster.field"]._store(self.corp, [
            each._replace(derived=True) if each.code == row.code else each
            for each in rows])
        self.assertEqual(row.direction, "none")

    def test_a_former_employment_ends_no_present_one(self):
        self.corp.roster_leavers = True
        now = self.people[5]
        self.people[0].with_context(dingding_no_push=True).active = False
        now.employee_id = self.worker
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767225600000, "reason": "回家"})
        self.read_all()
        self.assertEqual(str(self.people[0].last_day), "2026-01-01")
        if "departure_date" in self.worker._fields:
            self.assertFalse(self.worker.departure_date)

    def test_a_former_organisation_is_no_present_employment(self):
        self.corp.roster_leavers = True
        former = self.env["dingding.corp"].create({"name": "Former"})
        self.env["dingding.user"].create(
            {"name": "Same", "userid": "x", "corp_id": former.id,
             "employee_id": self.worker.id})
        former.active = False
        self.people[0].with_context(dingding_no_push=True).active = False
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767225600000, "reason": "回家"})
        self.read_all()
        self.assertEqual(str(self.people[0].last_day), "2026-01-01")
        if "departure_date" in self.worker._fields:
            self.assertEqual(str(self.worker.departure_date), "2026-01-01")

    def test_archived_organisation(self):
        self.map("sys00-workPlace", "ssnid", "dingtalk")
        self.env["dingding.roster.change"]._add("read", self.corp, self.env.uid)
        self.corp.active = False
        self.simulator.forget_calls()
        self.run_queue()
        self.assertDingTalkNotCalled()
        name = "job_title" if (
            "job_title" in self.employees._fields) else "work_location"
        row = self.row("sys00-jobNumber")
        row.write({"employee_field": name, "direction": "odoo"})
        compat.flush(self.env)
        self.worker[name] = "Elsewhere"
        compat.flush(self.env)
        self.run_queue()
        self.assertDingTalkNotCalled()
        # It is sent when the organisation is back.
        self.assertEqual(1, self.env["dingding.roster.change"].search_count(
            [("kind", "=", "write")]))
