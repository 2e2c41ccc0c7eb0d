# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import logging

from psycopg2 import sql

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import html2plaintext

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.message_case import MessageCase, items_of

FIELDS = "dingding.roster.field"
CHANGE = "dingding.roster.change"
LOG = "dingding.roster.log"
READ = "/v1.0/hrm/rosters/lists/query"
UPDATE = "/topapi/smartwork/hrm/employee/v2/update"
LEAVERS = "/v1.0/hrm/employees/dismissions"
JOINERS = "/topapi/smartwork/hrm/employee/querypreentry"


class RosterCase(MessageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employees = cls.env["hr.employee"]
        for person in cls.people[:3]:
            employee = cls.employees.create({
                "name": person.name, "company_id": cls.corp.company_id.id})
            person.employee_id = employee
            cls.employees |= employee
        cls.worker = cls.employees[0]
        cls.userid = cls.people[0].userid
        cls.hr_user = cls._make_user(cls.env, "hr", "hr.group_hr_user")
        cls.hr_manager = cls._make_user(cls.env, "hr_manager", "hr.group_hr_manager")
        cls.corp.action_read_roster_fields()
        compat.flush(cls.env)

    def setUp(self):
        super().setUp()
        self.simulator.settings(rate_limit=None)

    def row(self, code):
        return self.env[FIELDS].search(
            [("corp_id", "=", self.corp.id), ("code", "=", code)])

    def map(self, code, name, direction="dingtalk"):
        row = self.row(code)
        row.write({"employee_field": name, "direction": direction})
        compat.flush(self.env)
        return row

    def run_queue(self):
        compat.flush(self.env)
        self.process_queue(CHANGE)
        compat.forget(self.env)

    def read_all(self):
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        self.run_queue()
        self.assertFalse(
            self.env[CHANGE].search([("state", "=", "failed")]).mapped("last_error"))

    def stored(self, userid=None):
        groups = self.simulator.control(
            "GET", "/roster/people/%s" % (userid or self.userid))
        return {
            code: value for rows in groups.values() for code, value in rows[0].items()}

    def change(self, **values):
        values = {code.replace("_", "-", 1): text for code, text in values.items()}
        self.simulator.control(
            "PATCH", "/roster/people/%s" % self.userid, {"values": values})


@portable
class TestRoster(RosterCase):
    def test_fields(self):
        row = self.row("sys00-workPlace")
        self.assertEqual(
            (row.name, row.group_name, row.direction), ("办公地点", "基础信息", "none"))
        self.assertFalse(row.private or row.sensitive)
        self.assertTrue(self.row("sys02-birthTime").private)
        self.assertTrue(self.row("sys02-certNo").sensitive)
        self.assertTrue(self.row("sys04-bankAccountNo").sensitive)
        # Known by its name alone.
        self.assertTrue(self.row("1c3f0a52-passport").sensitive)
        self.assertFalse(self.row("sys02-realName").sensitive)
        self.assertTrue(self.row("sys06-urgentContactsName").detail)
        count = self.env[FIELDS].search_count([])
        call_as(self.user_manager, "dingding.corp", "action_read_roster_fields",
                self.corp.ids)
        self.assertEqual(self.env[FIELDS].search_count([]), count)

    def test_who_reads_the_fields_maps_none(self):
        """Rows are created with all rights, so no context may fill them in."""
        self.env[FIELDS].search([]).unlink()
        call_as(
            self.user_manager, "dingding.corp", "action_read_roster_fields",
            self.corp.ids, context={
                "default_direction": "dingtalk",
                "default_employee_field": "identification_id",
                "default_sensitive": False,
            })
        rows = self.env[FIELDS].search([])
        self.assertEqual(set(rows.mapped("direction")), {"none"})
        self.assertFalse(any(rows.mapped("employee_field")))
        self.assertTrue(self.row("sys02-certNo").sensitive)

    def test_only_mapped_fields_are_read(self):
        self.read_all()
        self.assertDingTalkNotCalled(READ)
        self.map("sys02-birthTime", "birthday")
        self.read_all()
        self.assertDingTalkCalled(READ, times=1)
        self.assertEqual(
            str(self.worker.birthday), self.stored()["sys02-birthTime"])
        log = self.env[LOG].search([("employee_id", "=", self.worker.id)])
        self.assertEqual((log.direction, log.fields_changed), ("dingtalk", "出生日期"))
        self.read_all()
        self.assertEqual(
            self.env[LOG].search([("employee_id", "=", self.worker.id)]), log)

    def test_choices_and_jobs(self):
        gender = "sex" if "sex" in self.employees._fields else "gender"
        self.map("sys02-sexType", gender)
        self.change(**{"sys02_sexType": "女"})
        self.map("sys00-position", "job_id")
        self.change(**{"sys00_position": "首席园丁"})
        self.read_all()
        self.assertEqual(self.worker[gender], "female")
        job = self.worker.job_id
        self.assertEqual(job.name, "首席园丁")
        self.change(**{"sys02_sexType": "男"})
        self.read_all()
        self.assertEqual((self.worker[gender], self.worker.job_id), ("male", job))
        languages = self.env["res.lang"]
        (languages.load_lang if hasattr(languages, "load_lang")
         else languages._activate_lang)("zh_CN")
        job.with_context(lang="zh_CN").name = job.name
        job.with_context(lang="en_US").name = "Gardener"
        self.worker.job_id = False
        self.read_all()
        self.assertEqual(self.worker.job_id, job, "by its name in Chinese")

    def test_values_that_do_not_fit(self):
        marital = self.employees._fields["marital"]
        self.assertTrue(marital)
        self.map("sys02-marriage", "marital")
        before = self.worker.marital
        self.change(**{"sys02_marriage": "保密"})
        self.read_all()
        self.assertEqual(self.worker.marital, before)
        log = self.env[LOG].search([("employee_id", "=", self.worker.id)])
        self.assertEqual((log.fields_changed, log.fields_skipped), ("", "婚姻状况"))

    def test_values_are_not_logged(self):
        self.map("sys02-certNo", "identification_id")
        number = self.stored()["sys02-certNo"]
        self.read_all()
        self.assertEqual(self.worker.identification_id, number)
        for model in (LOG, CHANGE):
            for row in self.env[model].search([]).read():
                self.assertNotIn(number, str(row))

    def test_emptied(self):
        self.map("sys02-address", "place_of_birth" if (
            "place_of_birth" in self.employees._fields) else "ssnid")
        name = self.row("sys02-address").employee_field
        self.read_all()
        self.assertTrue(self.worker[name])
        self.change(**{"sys02_address": ""})
        self.read_all()
        self.assertFalse(self.worker[name])

    def test_busy(self):
        self.map("sys02-birthTime", "birthday")
        self.simulator.fault("http_502", READ, times=10)
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        self.run_queue()
        self.assertFalse(self.worker.birthday)
        row = self.env[CHANGE].search([("state", "=", "retry")])
        row.write({"next_try": "2001-01-01 00:00:00"})
        self.simulator.clear_faults()
        self.run_queue()
        self.assertTrue(self.worker.birthday)

    def test_one_person_does_not_stop_the_others(self):
        field = self.employees._fields["ssnid"].base_field
        compat.execute(self.env.cr, sql.SQL(
            "CREATE UNIQUE INDEX only_for_this_test ON {} (ssnid)"
        ).format(sql.Identifier(self.env[field.model_name]._table)))
        self.map("sys02-address", "ssnid")
        for person in self.people[:2]:
            self.simulator.control(
                "PATCH", "/roster/people/%s" % person.userid,
                {"values": {"sys02-address": "secret 7"}})
        logged = []
        handler = logging.Handler()
        handler.emit = lambda record: logged.append(record.getMessage())
        logger = logging.getLogger("odoo.sql_db")
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.read_all()
        self.assertEqual(
            sorted(self.employees[:2].mapped(lambda each: each.ssnid or "")),
            ["", "secret 7"])
        self.assertTrue(self.employees[2].ssnid)
        self.assertEqual([text for text in logged if "secret 7" in text], [])
        skipped = self.env[LOG].search([("fields_skipped", "!=", "")])
        self.assertEqual(skipped.mapped("fields_skipped"), ["住址"])

    def test_one_value_does_not_stop_the_others(self):
        self.map("sys02-address", "ssnid")
        self.map("sys02-birthTime", "birthday")
        employees = type(self.employees)
        write = employees.write

        def refuse(this, vals):
            if vals.get("ssnid"):
                # pylint: disable=translation-required
                raise ValidationError("No")
            return write(this, vals)

        self._replace(employees, "write", refuse)
        for _day in range(2):
            self.read_all()
        self.assertFalse(self.worker.ssnid)
        self.assertEqual(str(self.worker.birthday), self.stored()["sys02-birthTime"])
        log = self.env[LOG].search([("employee_id", "=", self.worker.id)])
        self.assertEqual(
            (log.fields_changed, log.fields_skipped), ("出生日期", "住址"))

    def test_what_does_not_fit_is_logged_once(self):
        self.map("sys02-marriage", "marital")
        self.change(**{"sys02_marriage": "保密"})
        for _day in range(3):
            self.read_all()
        self.assertEqual(
            self.env[LOG].search_count([("employee_id", "=", self.worker.id)]), 1)

    def test_reading_continues_where_it_stopped(self):
        from ..models import dingding_roster_change

        self._replace(dingding_roster_change, "MAX_PEOPLE", 1)
        self.map("sys02-birthTime", "birthday")
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        row = self.env[CHANGE].search([])
        for number in range(1, 4):
            self.assertNotEqual(row.state, "done")
            row._process_row(row.id, 0)
            compat.forget(self.env)
            self.assertDingTalkCalled(READ, times=number)
        self.assertEqual(row.state, "done", row.last_error)
        self.assertTrue(all(self.employees.mapped("birthday")))

    def test_each_step_may_take_a_turn(self):
        self.corp.write({"roster_leavers": True, "roster_employment": True})
        self.map("sys02-birthTime", "birthday")
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        row = self.env[CHANGE].search([])
        for path in (READ, LEAVERS, JOINERS):
            self.assertDingTalkNotCalled(path)
            row._process_row(row.id, 0)
            compat.forget(self.env)
            self.assertDingTalkCalled(path)
        row._process_row(row.id, 0)
        compat.forget(self.env)
        self.assertEqual(row.state, "done", row.last_error)
        self.assertTrue(all(self.people.mapped("employment_status")))

    # -- Odoo to DingTalk --------------------------------------------------------------

    def test_written_into_its_row(self):
        self.map("sys02-address", "ssnid", "odoo")
        before = self.stored()
        self.worker.write({"ssnid": "文一路 1 号"})
        self.assertDingTalkNotCalled(UPDATE)
        self.run_queue()
        after = self.stored()
        self.assertEqual(after["sys02-address"], "文一路 1 号")
        # The trap of an update without an index.
        self.assertEqual(after["sys02-certNo"], before["sys02-certNo"])
        log = self.env[LOG].search([("employee_id", "=", self.worker.id)])
        self.assertEqual((log.direction, log.fields_changed), ("odoo", "住址"))
        self.simulator.forget_calls()
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        self.assertDingTalkNotCalled(UPDATE)

    def test_changed_while_the_organisation_was_archived(self):
        """Each changed person is written once, when it is back; others are not."""
        self.map("sys02-address", "ssnid", "odoo")
        self.corp.active = False
        self.simulator.forget_calls()
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        self.worker.write({"ssnid": "文一路 2 号"})
        self.run_queue()
        self.assertDingTalkNotCalled()
        self.assertEqual(self.env[CHANGE].search_count([]), 1)
        self.corp.active = True
        self.run_queue()
        self.assertDingTalkCalled(UPDATE, 1)
        self.assertDingTalkCalled(READ, 1)
        self.assertEqual(self.stored()["sys02-address"], "文一路 2 号")
        self.assertEqual(self.env[CHANGE].search([]).mapped("state"), ["done"])

    def test_lost_answer_writes_once(self):
        self.map("sys02-address", "ssnid", "odoo")
        self.simulator.fault("reset_after", UPDATE, times=10)
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        self.simulator.clear_faults()
        self.simulator.forget_calls()
        row = self.env[CHANGE].search([("state", "=", "retry")])
        row.write({"next_try": "2001-01-01 00:00:00"})
        self.run_queue()
        self.assertDingTalkNotCalled(UPDATE)
        self.assertEqual(row.state, "done")
        self.assertEqual(self.stored()["sys02-address"], "文一路 1 号")
        log = self.env[LOG].search([("direction", "=", "odoo")])
        self.assertEqual(log.mapped("fields_changed"), ["住址"])

    def test_calls_that_do_not_arrive_are_logged_once(self):
        self.map("sys02-address", "ssnid", "odoo")
        self.simulator.fault("reset", UPDATE, times=20)
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        for _attempt in range(2):
            row = self.env[CHANGE].search([("state", "=", "retry")])
            row.write({"next_try": "2001-01-01 00:00:00"})
            self.run_queue()
        self.assertEqual(
            self.env[LOG].search([("direction", "=", "odoo")]).mapped("fields_changed"),
            ["住址"])

    def test_an_empty_group_stops_no_other_one(self):
        self.map("sys02-address", "ssnid", "odoo")
        self.map("sys03-major", "passport_id", "odoo")
        area = type(self.corp._app_for("contact")._dingtalk_client(
            feature="contacts").hrm)
        rosters = area.rosters

        def without_a_group(this, *args):
            return {
                userid: {code: cells for code, cells in values.items()
                         if not code.startswith("sys03")}
                for userid, values in rosters(this, *args).items()
            }

        self._replace(area, "rosters", without_a_group)
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        self.assertEqual(self.env[CHANGE].search([]).mapped("state"), ["done"])
        self.assertEqual(self.stored()["sys02-address"], "文一路 1 号")
        self.worker.write({"passport_id": "7"})
        self.run_queue()
        row = self.env[CHANGE].search([("state", "=", "failed")])
        self.assertIn("所学专业", row.last_error)

    def test_other_fields_write_nothing(self):
        self.map("sys02-address", "ssnid", "odoo")
        self.worker.write({"sinid" if "sinid" in self.employees._fields
                           else "passport_id": "7"})
        self.assertFalse(self.env[CHANGE].search([]))

    def test_what_comes_from_dingtalk_does_not_go_back(self):
        self.map("sys02-birthTime", "birthday")
        self.map("sys02-address", "ssnid", "odoo")
        self.read_all()
        self.assertFalse(self.env[CHANGE].search([("kind", "=", "write")]))

    # -- leavers -----------------------------------------------------------------------

    def test_leavers(self):
        self.corp.roster_leavers = True
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767225600000, "reason": "回家"})
        self.read_all()
        person = self.people[0]
        self.assertEqual(str(person.last_day), "2026-01-01")
        self.assertEqual(person.leave_reason, "回家")
        knows = "departure_date" in self.worker._fields
        if knows:
            self.assertEqual(str(self.worker.departure_date), "2026-01-01")
        # A day later.
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767312000000, "reason": "回家"})
        self.read_all()
        self.assertEqual(str(person.last_day), "2026-01-02")
        if knows:
            self.assertEqual(str(self.worker.departure_date), "2026-01-02")

    def test_leavers_are_found_without_loading_everybody(self):
        self.corp.roster_leavers = True
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767225600000, "reason": "回家"})
        people, found = type(self.env["dingding.user"]), []
        search = people.search

        def counting(this, *args, **kwargs):
            result = search(this, *args, **kwargs)
            found.append(len(result))
            return result

        self._replace(people, "search", counting)
        self.read_all()
        self.assertTrue(self.people[0].last_day)
        self.assertEqual(max(found), 1)

    def leaver(self, status):
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.userid, "last_day": 1767225600000, "reason": "回家",
            "status": status})
        self.read_all()
        compat.flush(self.env)
        return self.people[0]

    def test_who_stays_is_no_leaver(self):
        self.corp.roster_leavers = True
        # 4 has only asked for it, 3 has withdrawn.
        self.assertFalse(self.leaver(4).last_day)
        self.assertTrue(self.leaver(1).last_day)
        knows = "departure_description" in self.worker._fields
        if knows:
            self.assertIn("回家", self.worker.departure_description)
        person = self.leaver(3)
        self.assertFalse(person.last_day or person.leave_reason)
        if knows:
            if "departure_date" in self.worker._fields:
                self.assertFalse(self.worker.departure_date)
            self.assertFalse(html2plaintext(self.worker.departure_description or ""))
        # Of HR.
        if knows:
            self.worker.departure_description = "By HR"
            self.leaver(1)
            self.leaver(3)
            self.assertIn("By HR", self.worker.departure_description)

    # -- rights ------------------------------------------------------------------------

    def test_who_maps_fields(self):
        row = self.row("sys00-workPlace")
        values = {"employee_field": "ssnid", "direction": "dingtalk"}
        for user in (self.user_employee, self.user_dingtalk, self.user_manager,
                     self.hr_user):
            with self.assertRaises(AccessError):
                call_as(user, FIELDS, "write", row.ids, values)
        call_as(self.hr_manager, FIELDS, "write", row.ids, values)
        self.assertEqual(row.direction, "dingtalk")

    def test_identity_needs_an_administrator(self):
        row = self.row("sys02-certNo")
        values = {"employee_field": "identification_id", "direction": "dingtalk"}
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.hr_manager, FIELDS, "write", row.ids, values)
        compat.forget(self.env)
        self.assertEqual(row.direction, "none")
        for names in ({"sensitive": False}, {"code": "sys00-x"}, {"private": False}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.hr_manager, FIELDS, "write", row.ids, names)
            compat.forget(self.env)
        administrator = self._make_user(
            self.env, "both", "hr.group_hr_manager", "base.group_system")
        call_as(administrator, FIELDS, "write", row.ids, values)
        self.assertEqual(row.direction, "dingtalk")

    def test_private_values_stay_private(self):
        public = "work_location" if "work_location" in self.employees._fields else (
            "job_title")
        self.assertFalse(self.employees._fields[public].groups)
        for code, name, error in (
            ("sys02-address", public, ValidationError),
            ("sys02-address", "birthday", ValidationError),
            # ValueError, or ValidationError where a constraint decides.
            ("sys02-address", "name", Exception),
            ("sys00-jobNumber", "barcode", Exception),
            ("sys02-birthTime", "user_id", Exception),
        ):
            with self.assertRaises(error), self.env.cr.savepoint():
                self.map(code, name)
            compat.forget(self.env)
            self.assertEqual(self.row(code).direction, "none")
        self.map("sys00-workPlace", public)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.map("sys00-jobNumber", public)

    def test_protected_values_do_not_become_public(self):
        self.assertTrue(self.employees._fields["ssnid"].groups)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.map("sys00-workPlace", "ssnid", "odoo")
        compat.forget(self.env)
        self.map("sys00-workPlace", "ssnid", "dingtalk")

    def test_what_dingtalk_does_not_take(self):
        for code, name in (
            ("sys00-mainDept", "ssnid"), ("sys06-urgentContactsName", "ssnid"),
            ("sys02-marriage", "marital"),
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.map(code, name, "odoo")
            compat.forget(self.env)

    def test_who_sees_logs(self):
        self.map("sys02-birthTime", "birthday")
        self.read_all()
        self.assertTrue(call_as(self.hr_user, LOG, "search", []))
        for user in (self.user_employee, self.user_manager, self.user_portal):
            for model in (LOG, CHANGE, FIELDS):
                with self.assertRaises(AccessError):
                    call_as(user, model, "search", [])
        for user in (self.hr_user, self.hr_manager):
            log = self.env[LOG].search([], limit=1)
            for method, args in (("write", [{}]), ("unlink", [])):
                with self.assertRaises(AccessError):
                    call_as(user, LOG, method, log.ids, *args)
        self.corp.company_id = self.env["res.company"].create({"name": "Other"})
        compat.flush(self.env)
        for model in (LOG, CHANGE, FIELDS):
            self.assertFalse(call_as(self.hr_user, model, "search", []))

    def failed(self, kind, person=None):
        return self.env[CHANGE].create({
            "kind": kind, "corp_id": self.corp.id, "state": "failed",
            "person_id": person and person.id, "last_error": "No permission"})

    def test_what_succeeds_later_is_no_failure(self):
        """Else the alert would stay until old records are deleted."""
        self.map("sys02-birthTime", "birthday")
        self.map("sys02-address", "ssnid", "odoo")
        old = self.failed("read")
        mine, other = [self.failed("write", person) for person in self.people[:2]]
        self.worker.write({"ssnid": "文一路 1 号"})
        self.run_queue()
        self.assertEqual(
            [row.state for row in (mine, other, old)],
            ["cancelled", "failed", "failed"])
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        self.run_queue()
        self.assertEqual([row.state for row in (other, old)], ["failed", "cancelled"])

    def test_managers_are_told_whose_failures_are_hidden(self):
        """The alert has the error and the remedy, the records are for HR."""
        self.failed("read")
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "roster")])
        values = call_as(self.user_manager, alert._name, "read", alert.ids, [])[0]
        self.assertEqual(values["reason"], "No permission")
        group = self.env.ref("hr.group_hr_user").with_context(lang="en_US").full_name
        self.assertEqual(values["only_for"], group)
        with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
            call_as(self.user_manager, alert._name, "action_open_failures", alert.ids)
        self.assertIn(group, str(caught.exception))
        self.user_manager.write({
            compat.USER_GROUPS: [(4, self.env.ref("hr.group_hr_user").id)]})
        values = call_as(self.user_manager, alert._name, "read", alert.ids, [])[0]
        self.assertFalse(values["only_for"])
        action = call_as(
            self.user_manager, alert._name, "action_open_failures", alert.ids)
        self.assertTrue(call_as(
            self.user_manager, action["res_model"], "search", action["domain"]))

    def test_one_failure_however_often_it_is_tried(self):
        self.map("sys02-birthTime", "birthday")
        self.corp.app_id.agent_id = False
        for _day in range(3):
            self.env[CHANGE]._cron_read()
            self.run_queue()
        self.assertEqual(
            self.env[CHANGE].search_count([("state", "=", "failed")]), 1)

    def test_a_failed_transfer_is_retried(self):
        self.map("sys02-address", "ssnid", "odoo")
        row = self.failed("write", self.people[0])
        self.user_manager.write({
            compat.USER_GROUPS: [(4, self.env.ref("hr.group_hr_user").id)]})
        changes = self.env[CHANGE].with_env(self.env(user=self.user_manager.id))
        if compat.SERIES >= 16:
            arch = changes.get_view(view_type="form")["arch"]
        else:
            arch = changes.fields_view_get(view_type="form")["arch"]
        self.assertIn('name="action_retry"', arch)
        call_as(self.user_manager, CHANGE, "action_retry", row.ids)
        self.run_queue()
        self.assertEqual(row.state, "done", row.last_error)

    def test_buttons(self):
        row = self.map("sys02-birthTime", "birthday")
        with self.assertRaises(AccessError):
            call_as(self.hr_user, FIELDS, "action_read_roster", row.ids)
        call_as(self.hr_manager, FIELDS, "action_read_roster", row.ids)
        self.assertEqual(
            self.env[CHANGE].search([]).actor_id, self.hr_manager)
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, "dingding.corp", "action_read_roster_fields",
                    self.corp.ids)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"roster_leavers": True})

    def test_leaving_is_for_officers(self):
        self.assertTrue(items_of(self.simulator.users()))
        values = call_as(
            self.user_manager, "dingding.user", "read", self.people[0].ids, [])[0]
        for name in ("last_day", "leave_reason"):
            self.assertNotIn(name, values)

    def test_step_of_the_setup(self):
        def done(user):
            corp = self.corp.with_env(self.env(user=user.id))
            return {each["key"]: each["done"] for each in corp._setup_scopes()}.get(
                "roster")

        both = self._make_user(
            self.env, "both", "dingding.group_manager", "hr.group_hr_user")
        self.assertIsNone(done(self.user_manager))
        self.assertIs(done(both), False)
        row = self.env[FIELDS].search([("corp_id", "=", self.corp.id)], limit=1)
        self.env.cr.execute(
            "UPDATE dingding_roster_field SET direction = 'dingtalk' WHERE id = %s",
            [row.id])
        compat.forget(self.env)
        self.assertIs(done(both), True)


@portable
class TestVersions(RosterCase):
    """From 19 on versions have most of the mapped fields."""

    def setUp(self):
        super().setUp()
        if "hr.version" not in self.env:
            self.skipTest("Employees have no versions")
        self.now = self.worker.version_id

    def version(self, days, **values):
        day = fields.Date.today() + datetime.timedelta(days=days)
        version = self.worker.create_version(dict(values, date_version=day))
        compat.flush(self.env)
        compat.forget(self.env)
        return version

    def writes(self):
        compat.flush(self.env)
        return self.env[CHANGE].search([("kind", "=", "write")])

    def test_which_fields_can_be_mapped(self):
        known = dict(self.env[FIELDS]._employee_fields())
        for name in ("ssnid", "identification_id", "sex", "marital", "job_id",
                     "job_title", "contract_date_start", "trial_date_end", "birthday"):
            self.assertIn(name, known)
        for name in ("department_id", "date_version", "tz", "last_modified_date",
                     "resource_calendar_id", "active"):
            self.assertNotIn(name, known)

    def test_read_into_the_current_version(self):
        later, before = self.version(30), self.version(-30)
        self.map("sys02-address", "ssnid")
        self.map("sys01-regularTime", "trial_date_end")
        self.change(sys02_address="\u6587\u4e00\u8def 1 \u53f7",
                    sys01_regularTime="2026-12-01")
        self.read_all()
        current = self.worker.version_id
        self.assertEqual(current, self.now)
        self.assertEqual(current.ssnid, "\u6587\u4e00\u8def 1 \u53f7")
        self.assertEqual(str(current.trial_date_end), "2026-12-01")
        self.assertFalse(later.ssnid or before.ssnid)
        count = self.env[LOG].search_count([])
        stamp = current.last_modified_date
        self.read_all()
        self.assertEqual(self.env[LOG].search_count([]), count)
        self.assertEqual(self.worker.version_id.last_modified_date, stamp)
        self.assertFalse(self.writes())

    def test_contract_dates(self):
        self.map("sys05-nowContractStartTime", "contract_date_start")
        self.change(sys05_nowContractStartTime="2026-01-01")
        self.read_all()
        self.assertEqual(str(self.worker.contract_date_start), "2026-01-01")
        self.map("sys05-nowContractEndTime", "contract_date_end")
        self.change(sys05_nowContractEndTime="2025-01-01")
        self.read_all()
        self.assertFalse(self.worker.contract_date_end)
        log = self.env[LOG].search([("employee_id", "=", self.worker.id)], limit=1)
        self.assertTrue(log.fields_skipped)

    def test_written_by_either_form(self):
        self.map("sys02-address", "ssnid", "odoo")
        self.worker.write({"ssnid": "one"})
        self.assertEqual(len(self.writes()), 1)
        self.run_queue()
        self.assertEqual(self.stored()["sys02-address"], "one")
        self.now.write({"ssnid": "two"})
        self.assertEqual(len(self.writes()), 2)
        self.run_queue()
        self.assertEqual(self.stored()["sys02-address"], "two")
        self.now.write({"ssnid": "two"})
        self.assertEqual(len(self.writes()), 2)

    def test_other_versions_are_not_written(self):
        self.map("sys02-address", "ssnid", "odoo")
        before = self.stored()["sys02-address"]
        for version in (self.version(-30), self.version(30)):
            version.write({"ssnid": "not now"})
            self.worker.with_context(version_id=version.id).write({"ssnid": "not now"})
        self.assertFalse(self.writes())
        self.run_queue()
        self.assertEqual(self.stored()["sys02-address"], before)

    def test_a_version_becomes_current(self):
        self.map("sys02-address", "ssnid", "odoo")
        later = self.version(30)
        later.write({"ssnid": "then"})
        self.assertFalse(self.writes())
        self.env["hr.employee"]._cron_update_current_version_id()
        self.assertFalse(self.writes())
        compat.flush(self.env)
        today = fields.Date.today()
        for version, day in (
            (self.now, today - datetime.timedelta(days=1)), (later, today)
        ):
            self.env.cr.execute(
                "UPDATE hr_version SET date_version = %s WHERE id = %s",
                [day, version.id])
        compat.forget(self.env)
        self.env["hr.employee"]._cron_update_current_version_id()
        self.assertEqual(self.worker.version_id, later)
        self.assertEqual(len(self.writes()), 1)
        self.run_queue()
        self.assertEqual(self.stored()["sys02-address"], "then")

    def test_contacts_know_the_current_version_only(self):
        pushed = []
        self._replace(
            type(self.worker), "_dingding_push",
            lambda this, changed, author: pushed.append(sorted(changed)))
        past = self.version(-30)
        past.write({"job_title": "Then"})
        self.worker.with_context(version_id=past.id).write({"job_title": "Before"})
        self.assertEqual(pushed, [])
        self.now.write({"job_title": "Now"})
        self.worker.write({"job_title": "Still"})
        self.assertEqual(pushed, [["job_title"], ["job_title"]])
