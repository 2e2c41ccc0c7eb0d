# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import InvalidArgumentError
from odoo.addons.dingding.tests.common import (
    call_as,
    portable,
    real_open_cursor,
    with_real_cursors,
)
from odoo.addons.dingding_callback import payload

from ..dingtalk import checkins
from .attendance_case import DAY, AttendanceCase

RECORD = "/topapi/checkin/record/get"
PERSON = "/topapi/v2/user/get"
MODEL, SYNC = "dingding.checkin", "dingding.checkin.sync"
NEXT = "2026-11-03"


class CheckinCase(AttendanceCase):

    PEOPLE = 12

    def setUp(self):
        super().setUp()
        self.corp.write({"checkin_read": "nightly", "checkin_partners": True})
        self.forget_syncs()

    def forget_syncs(self):
        self.env[SYNC].search([]).unlink()

    def check_in(self, userid, clock, day=DAY, **more):
        return self.post(
            "checkins", userid=userid, time="%s %s" % (day, clock), **more)

    def read_days(self, first=DAY, last=None, kind="manual", state="done"):
        sync = self.env[SYNC]._begin(self.corp, kind, first, last or first)
        return self.run_sync(sync, state)

    def run_sync(self, sync, state="done"):
        sync.write({"next_try": False})
        self.process_queue(SYNC)
        compat.forget(self.env)
        self.assertEqual(sync.state, state, sync.last_error)
        return sync

    def take_back(self, userid, clock, day=DAY):
        self.post("checkins/delete", userid=userid, time="%s %s" % (day, clock))

    def found(self, userid=None):
        domain = [("person_id.userid", "=", userid)] if userid else []
        return self.env[MODEL].search(domain, order="checked_at")

    def written(self):
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT ctid::text, xmin::text FROM dingding_checkin ORDER BY 1")
        return self.env.cr.fetchall()


@portable
class TestCheckins(CheckinCase):
    def test_two_events_start_one_sync(self):
        for name in (MODEL + ".sync", "dingding.attendance.sync"):
            self.assertFirstWins(name, "_begin_by_event")

    def test_stored_once(self):
        self.check_in(
            self.office, "10:15", place="未来park", detail_place="高教路 961 号",
            latitude="30.286046", longitude="120.017394", remark="看样品",
            visit_user="绿城")
        self.check_in(self.free, "10:15:30", place="仓库")
        self.at("20:00")
        sync = self.read_days()
        self.assertEqual((sync.checkins_read, sync.checkins_changed), (2, 2))
        self.assertEqual(sync.people_read, self.PEOPLE)
        self.assertDingTalkCalled(RECORD, 2)
        one = self.found(self.office)
        self.assertEqual(
            (one.place, one.address, one.note, one.visited),
            ("未来park", "高教路 961 号", "看样品", "绿城"))
        self.assertEqual(str(one.checked_at)[:16], self.utc("10:15")[:16])
        self.assertAlmostEqual(one.longitude, 120.017394, 6)
        self.assertEqual(one.employee_id, self.employees[0])
        before = self.written()
        again = self.read_days()
        self.assertEqual((again.checkins_read, again.checkins_changed), (2, 0))
        self.assertEqual(self.written(), before)

    def test_pages(self):
        for number in range(205):
            self.check_in(
                self.office, "%02d:%02d" % (9 + number // 60, number % 60))
        self.at("23:00")
        self.simulator.forget_calls()
        self.assertEqual(self.read_days().checkins_read, 205)
        self.assertEqual(len(self.found()), 205)
        self.assertDingTalkCalled(RECORD, 4)

    def test_windows(self):
        client = self.corp._attendance_client("checkins").checkins
        begin = datetime.datetime(2026, 11, 1)
        one = datetime.timedelta(days=1)
        client.records([self.office], begin, begin + 9.9 * one)
        for userids, days in (
            ([self.office], 10), (self.userids[:2], 1), (self.userids[:11], 0.5),
            ([], 0.5),
        ):
            with self.assertRaises(InvalidArgumentError):
                client.records(userids, begin, begin + days * one)
        first = datetime.date(2026, 11, 1)
        ((batch, calls),) = checkins.plan(["a", "b"], first, first + 9 * one)
        self.assertEqual(batch, ["a", "b"])
        self.assertEqual([call[0] for call in calls], [["a"], ["b"]])
        (_first, (_batch, calls)) = checkins.plan(
            [str(number) for number in range(15)], first, first + 2 * one)
        self.assertEqual(
            [len(call[0]) for call in calls], [5, 5, 5])
        self.assertEqual(checkins.plan([], first, first), [])

    def test_whole_day(self):
        for clock in ("00:00", "23:59:59"):
            self.check_in(self.office, clock)
        self.at("09:00", NEXT)
        self.assertEqual(self.read_days().checkins_changed, 2)

    def test_only_some_departments(self):
        department = self.env["dingding.department"].create({
            "name": "销售", "dept_id": "990", "corp_id": self.corp.id})
        below = department.create({
            "name": "华东", "dept_id": "991", "corp_id": self.corp.id,
            "parent_id": department.id})
        self.people[2].department_ids = below
        self.corp.checkin_department_ids = department
        self.assertIn("30", self.corp.checkin_price)
        self.check_in(self.office, "10:00")
        self.check_in(self.free, "10:00")
        self.at("20:00")
        self.read_days()
        self.assertEqual(self.found().mapped("person_id"), self.people[2])

    def test_every_morning(self):
        self.env[SYNC]._cron_read()
        sync = self.env[SYNC].search([])
        self.assertEqual(str(sync.date_to), "2026-11-01")
        self.run_sync(sync)
        self.env[SYNC]._cron_read()
        self.assertEqual(self.env[SYNC].search([]), sync)
        self.at("08:00", "2026-11-05")
        self.env[SYNC]._cron_read()
        sync = self.env[SYNC].search([], limit=1)
        self.assertEqual(
            (str(sync.date_from), str(sync.date_to)), (DAY, "2026-11-04"))
        self.run_sync(sync)
        self.corp.checkin_read = "never"
        self.at("08:00", "2026-11-06")
        self.env[SYNC]._cron_read()
        self.assertEqual(self.env[SYNC].search([], limit=1), sync)

    def test_no_morning_is_lost(self):
        syncs = self.env[SYNC]
        syncs._cron_read()
        late = syncs.search([])
        self.at("08:00", NEXT)
        syncs._cron_read()
        self.assertEqual(syncs.search([]), late)
        self.run_sync(late)
        syncs._cron_read()
        failed = syncs.search([], limit=1)
        self.assertEqual((str(failed.date_from), str(failed.date_to)), (DAY, DAY))
        failed._end("failed")
        self.at("08:00", "2026-11-04")
        syncs._cron_read()
        sync = syncs.search([], limit=1)
        self.assertEqual((str(sync.date_from), str(sync.date_to)), (DAY, NEXT))

    def event(self, userid, clock):
        made = self.check_in(userid, clock)
        stamp = made["checkin_time"]
        events = self.env["dingding.event"]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events.with_env(self.env(cr=cr))._store(
                self.app, payload.from_push({
                    "EventType": "check_in", "CorpId": self.corp.corp_id,
                    "TimeStamp": stamp, "StaffId": userid,
                }), "http")
        self.process_queue("dingding.event")
        compat.forget(self.env)
        event = events.search([], limit=1)
        self.assertEqual(event.state, "done", event.last_error)
        return event

    def test_after_events(self):
        self.assertEqual(self.event(self.office, "09:30").note_code, "checkin_off")
        self.assertFalse(self.env[SYNC].search([]))
        self.corp.checkin_read = "events"
        self.event(self.office, "10:00")
        self.event(self.free, "10:02")
        sync = self.env[SYNC].search([])
        self.assertEqual(len(sync), 1)
        self.assertTrue(sync.next_try)
        self.at("10:10")
        self.simulator.forget_calls()
        self.run_sync(sync)
        self.assertDingTalkCalled(RECORD, 1)
        self.assertEqual(len(self.found()), 3)
        self.assertEqual(sync.people_read, 2)
        self.assertFalse(any(self.people.mapped("checkin_due_on")))

    def test_due_people_survive_an_error(self):
        self.corp.checkin_read = "events"
        self.event(self.office, "10:00")
        sync = self.env[SYNC].search([])
        sync.write({"next_try": False})
        self.simulator.fault("error", RECORD, times=5, code="60011")
        self.process_queue(SYNC, rounds=1)
        compat.forget(self.env)
        self.assertEqual(str(self.people[0].checkin_due_on), DAY)
        self.assertNotEqual(sync.state, "done")

    def test_photos(self):
        url = self.simulator.url + "/avatars/%s.png"
        self.check_in(
            self.office, "10:00", image_list=[url % "one", url % "two"])
        self.at("20:00")
        self.read_days()
        one = self.found()
        self.assertEqual((one.photo_count, one.photos_pending), (2, True))
        self.assertNotIn("<img", one.photos_html or "")
        self.corp.checkin_photos = True
        self.simulator.fault("http_500", "/avatars/two.png")
        sync = self.read_days(state="retry")
        self.run_sync(sync)
        compat.forget(self.env)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", MODEL), ("res_id", "=", one.id)])
        self.assertEqual(len(files), 2)
        self.assertEqual(one.photos_html.count("<img"), 2)
        self.assertFalse(one.photos_pending)
        before = self.written()
        self.read_days()
        self.assertEqual(self.written(), before)

    def test_no_photo_from_elsewhere(self):
        self.corp.checkin_photos = True
        self.check_in(
            self.office, "10:00",
            image_list=["http://10.1.2.3/x.png", "javascript:alert(1)"])
        self.at("20:00")
        self.read_days()
        one = self.found()
        self.assertFalse(one.photos_pending)
        self.assertFalse(one.photos_html)


@portable
class TestDeletedCheckins(CheckinCase):
    def setUp(self):
        super().setUp()
        for userid, clock in (
            (self.office, "09:00"), (self.office, "11:00"), (self.free, "10:00"),
        ):
            self.check_in(userid, clock, visit_user="绿城")
        self.at("20:00")
        self.read_days()
        self.first = self.found(self.office)[0]

    def hidden(self):
        return self.env[MODEL].with_context(active_test=False).search(
            [("active", "=", False)])

    def test_deleted(self):
        self.take_back(self.office, "09:00")
        self.simulator.forget_calls()
        sync = self.read_days()
        self.assertEqual((sync.checkins_changed, sync.checkins_deleted), (0, 1))
        self.assertEqual(self.hidden(), self.first)
        self.assertTrue(self.first.deleted_on)
        # Two batches, one of them twice.
        self.assertDingTalkCalled(RECORD, 3)
        self.assertDingTalkNotCalled(PERSON)
        before = self.written()
        self.simulator.forget_calls()
        again = self.read_days()
        self.assertEqual((again.checkins_changed, again.checkins_deleted), (0, 0))
        self.assertEqual(self.written(), before)
        self.assertDingTalkCalled(RECORD, 2)

    def test_the_only_one_of_a_day(self):
        self.take_back(self.free, "10:00")
        self.simulator.forget_calls()
        self.assertEqual(self.read_days().checkins_deleted, 1)
        self.assertDingTalkCalled(PERSON, 1)
        self.assertEqual(self.hidden().person_id.userid, self.free)

    def test_comes_back(self):
        self.take_back(self.office, "09:00")
        self.read_days()
        self.check_in(self.office, "09:00", visit_user="绿城")
        sync = self.read_days()
        self.assertEqual((sync.checkins_changed, sync.checkins_deleted), (1, 0))
        self.assertFalse(self.hidden())
        self.assertFalse(self.first.deleted_on)
        self.assertEqual(len(self.found(self.office)), 2)

    def test_people_out_of_sight(self):
        self.simulator.settings(
            contact_scope={"departments": [], "users": [self.office]})
        sync = self.read_days()
        self.assertEqual(sync.checkins_deleted, 0)
        self.simulator.settings(contact_scope={"departments": [], "users": []})
        self.assertEqual(self.read_days().checkins_deleted, 0)
        self.assertFalse(self.hidden())

    def test_other_days_people_and_keys_stay(self):
        self.check_in(self.office, "09:00", NEXT)
        self.at("20:00", NEXT)
        self.read_days(NEXT)
        values = {
            "corp_id": self.corp.id, "person_id": self.people[0].id,
            "dingtalk_key": "by hand", "checked_at": self.utc("12:00", NEXT),
        }
        mine = compat.create_all(self.env[MODEL], [values])
        other = self.env["dingding.corp"].create({"name": "Other"})
        theirs = compat.create_all(self.env[MODEL], [dict(
            values, corp_id=other.id, dingtalk_key="%s:1" % self.office)])
        self.take_back(self.office, "09:00", NEXT)
        self.assertEqual(self.read_days(NEXT).checkins_deleted, 1)
        self.assertTrue(mine.active)
        self.assertTrue(theirs.active)
        self.assertTrue(self.first.active)

    def test_an_answer_that_lacks_one(self):
        api_class = type(self.corp._attendance_client("checkins").checkins)
        real, lacking = api_class.records, []

        def records(this, userids, begin, end):
            rows = real(this, userids, begin, end)
            if self.office in userids and not lacking:
                lacking.append(rows[0])
                return rows[1:]
            return rows

        self._replace(api_class, "records", records)
        sync = self.read_days()
        self.assertEqual(len(lacking), 1)
        self.assertEqual((sync.checkins_changed, sync.checkins_deleted), (0, 0))
        self.assertFalse(self.hidden())

    def test_lost_answer_of_the_second_reading(self):
        self.take_back(self.free, "10:00")
        self.simulator.fault("http_500", PERSON, times=9)
        sync = self.env[SYNC]._begin(self.corp, "manual", DAY, DAY)
        self.process_queue(SYNC, rounds=1)
        compat.forget(self.env)
        self.assertEqual(sync.state, "retry", sync.last_error)
        self.assertFalse(self.hidden())
        self.simulator.clear_faults()
        self.run_sync(sync)
        self.assertEqual(sync.checkins_deleted, 1)

    def test_choices_stay(self):
        partner = self.env["res.partner"].create({"name": "绿城"})
        self.first.write({"partner_id": partner.id})
        self.assertEqual(self.found().mapped("partner_id"), partner)
        self.take_back(self.office, "09:00")
        self.read_days()
        self.assertEqual(self.first.partner_id, partner)
        self.check_in(self.free, "19:00", visit_user="绿城")
        self.read_days()
        self.assertEqual(self.found()[-1].partner_id, partner)
        for values in ({"active": True}, {"deleted_on": False}):
            for user in (self.user_employee, self.env.user):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, MODEL, "write", [self.first.id], values)


@portable
class TestCheckinRuns(CheckinCase):
    def press(self, corp=None):
        return call_as(
            self.user_manager, "dingding.corp", "action_read_checkins",
            [(corp or self.corp).id])

    def test_pressed_twice(self):
        action = self.press()
        self.assertEqual(action["res_model"], SYNC)
        self.assertEqual(action["views"][0][1], "form")
        self.assertEqual(self.press()["res_id"], action["res_id"])
        sync = self.run_sync(self.env[SYNC].browse(action["res_id"]))
        self.assertEqual((sync.progress, sync.people_read), (100, self.PEOPLE))
        self.assertTrue(sync.finished_at)
        self.assertEqual(sync.user_id, self.user_manager)
        self.assertNotEqual(self.press()["res_id"], sync.id)

    def test_cancelled(self):
        sync = self.env[SYNC].browse(self.press()["res_id"])
        with self.assertRaises(AccessError):
            call_as(self.user_employee, SYNC, "action_cancel", sync.ids)
        call_as(self.user_manager, SYNC, "action_cancel", sync.ids)
        self.assertEqual(sync.state, "cancelled")
        action = call_as(self.user_manager, SYNC, "action_retry", sync.ids)
        again = self.env[SYNC].browse(action["res_id"])
        self.assertEqual(
            (again.date_from, again.date_to), (sync.date_from, sync.date_to))
        again.cancel_requested = True
        self.run_sync(again, "cancelled")
        self.assertEqual(again.people_read, 10)
        self.assertTrue(again.finished_at)

    def test_cancelled_people_stay_due(self):
        self.corp.checkin_read = "events"
        self.people.write({"checkin_due_on": DAY})
        sync = self.env[SYNC]._begin(self.corp, "event", DAY, DAY)
        sync.cancel_requested = True
        self.run_sync(sync, "cancelled")
        self.assertEqual(len(self.people.filtered("checkin_due_on")), 2)

    def test_a_failed_one_is_read_again_beside_an_open_one(self):
        failed = self.env[SYNC]._begin(self.corp, "manual", DAY, DAY)
        failed._end("failed")
        opened = self.press()["res_id"]
        action = call_as(self.user_manager, SYNC, "action_retry", failed.ids)
        self.assertEqual(action["res_id"], opened)


@portable
class TestTwoAtOnce(CheckinCase):
    """Two managers press at once, in separate transactions."""

    def setUp(self):
        super().setUp()
        with real_open_cursor(self.env.cr.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            corp = env["dingding.corp"].create({"name": "Pressed"})
            env["dingding.app"].create({
                "name": "Pressed", "corp_id": corp.id, "app_key": "pressed-key"})
            compat.flush(env)
            self.pressed = corp.id
        self.addCleanup(self.forget)
        with_real_cursors()

    def forget(self):
        with real_open_cursor(self.env.cr.dbname) as cr:
            cr.execute("DELETE FROM dingding_corp WHERE id = %s", [self.pressed])

    def test_both_get_the_same_sync(self):
        dbname, found, begun = self.env.cr.dbname, {}, threading.Event()

        def press(cr):
            env = api.Environment(cr, SUPERUSER_ID, {})
            corp = env["dingding.corp"].browse(self.pressed)
            return corp.action_read_checkins()["res_id"]

        def second():
            try:
                with compat.manage_environments(), real_open_cursor(dbname) as cr:
                    cr.execute("SELECT 1 FROM ir_model_data LIMIT 1")
                    begun.set()
                    found["second"] = press(cr)
            except Exception as error:
                found["error"] = error

        with real_open_cursor(dbname) as cr:
            found["first"] = press(cr)
            thread = threading.Thread(target=second)
            thread.start()
            begun.wait(60)
            for _number in range(600):
                cr.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND NOT granted AND objid = %s", [self.pressed])
                if cr.fetchone()[0] or not thread.is_alive():
                    break
                time.sleep(0.1)
        thread.join(60)
        self.assertNotIn("error", found, repr(found))
        self.assertEqual(found["first"], found["second"])
        with real_open_cursor(dbname) as cr:
            cr.execute("SELECT count(*) FROM dingding_checkin_sync WHERE corp_id = %s",
                       [self.pressed])
            self.assertEqual(cr.fetchone()[0], 1)


@portable
class TestVisits(CheckinCase):
    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "绿城"})
        for userid, clock in (
            (self.office, "10:00"), (self.free, "11:00"), (self.night, "12:00")
        ):
            self.check_in(userid, clock, visit_user="绿城")
        self.check_in(self.office, "15:00")
        self.at("20:00")
        self.read_days()
        self.visits = self.found().filtered("visited")
        self.employees[0].user_id = self.user_employee

    def test_names_are_not_matched(self):
        self.assertEqual(len(self.visits), 3)
        self.assertFalse(self.visits.mapped("partner_id"))

    def test_the_same_visit_again(self):
        first, second, third = self.visits
        call_as(self.user_employee, MODEL, "write", [first.id],
                {"partner_id": self.partner.id})
        compat.forget(self.env)
        self.assertEqual(first.partner_rule, "manual")
        self.assertEqual(first.write_uid, self.user_employee)
        self.assertEqual(second.partner_id, self.partner)
        self.assertEqual(second.partner_rule, "earlier")
        self.check_in(self.office, "16:00", visit_user="绿城")
        self.read_days()
        self.assertEqual(self.found()[-1].partner_id, self.partner)
        self.assertEqual(len(self.found().filtered("partner_id")), 4)
        other = self.partner.create({"name": "绿城"})
        third.write({"partner_id": other.id})
        compat.forget(self.env)
        self.assertEqual(
            (first.partner_id, third.partner_id), (self.partner, other))
        self.assertFalse(second.partner_id)
        self.assertFalse(second.partner_rule)

    def test_only_the_contact_may_be_changed(self):
        first = self.visits[0]
        company = self.env["res.company"].create({"name": "Other"})
        for values in (
            {"note": "x"}, {"checked_at": "2026-01-01 00:00:00"},
            {"partner_rule": "manual"}, {"person_id": self.people[1].id},
            {"employee_id": self.employees[1].id}, {"company_id": company.id},
        ):
            for user in (self.user_employee, self.env.user):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, MODEL, "write", [first.id], values)
        with self.assertRaises(AccessError):
            call_as(self.user_employee, MODEL, "create", {
                "corp_id": self.corp.id, "person_id": self.people[0].id,
                "dingtalk_key": "x", "checked_at": "2026-01-01 00:00:00"})
        with self.assertRaises(AccessError):
            call_as(self.user_employee, MODEL, "unlink", [first.id])

    def test_no_contact_out_of_sight(self):
        hidden = self.partner.create({
            "name": "Hidden",
            "company_id": self.env["res.company"].create({"name": "Other"}).id})
        # As Odoo's own, which some series lack.
        self.env["ir.rule"].create({
            "name": "Contacts of the own company",
            "model_id": self.env.ref("base.model_res_partner").id,
            "domain_force": "['|', ('company_id', '=', False),"
                            " ('company_id', '=', user.company_id.id)]",
        })
        for user in (self.user_employee, self.env.user):
            with self.assertRaises(Exception), self.env.cr.savepoint():
                call_as(user, MODEL, "write", [self.visits[0].id],
                        {"partner_id": hidden.id})
        compat.forget(self.env)
        self.assertFalse(self.visits[0].partner_id)

    def test_own_and_officers(self):
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")
        self.assertEqual(
            len(call_as(self.user_employee, MODEL, "search", [])), 2)
        self.assertEqual(len(call_as(officer, MODEL, "search", [])), 4)
        for user in (self.user_dingtalk, self.user_manager):
            self.assertFalse(call_as(user, MODEL, "search", []))
        for user in (self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                call_as(user, MODEL, "search", [])
        with self.assertRaises(AccessError):
            call_as(self.user_employee, MODEL, "write", [self.visits[1].id],
                    {"partner_id": self.partner.id})
        with self.assertRaises(AccessError):
            call_as(self.user_employee, SYNC, "search", [])
        self.assertTrue(call_as(self.user_manager, SYNC, "search", []))
        with self.assertRaises(AccessError):
            call_as(officer, "dingding.corp", "action_read_checkins", [self.corp.id])
        call_as(
            self.user_manager, "dingding.corp", "action_read_checkins", [self.corp.id])
        for values in (
            {"checkin_read": "never"}, {"checkin_photos": True},
            {"checkin_partners": False},
        ):
            with self.assertRaises(AccessError):
                call_as(
                    self.user_manager, "dingding.corp", "write", [self.corp.id], values)
        self.corp.company_id = self.env["res.company"].create({"name": "Other"})
        compat.flush(self.env)
        for model in (MODEL, SYNC):
            self.assertFalse(call_as(officer, model, "search", []))

    def test_buttons(self):
        self.visits.write({"partner_id": self.partner.id})
        officer = self._make_user(
            self.env, "officer", "hr_attendance.group_hr_attendance_manager")

        def count(user, record):
            rows = call_as(user, record._name, "read", record.ids,
                           ["dingding_checkin_count"])
            return rows[0]["dingding_checkin_count"]

        self.assertEqual(count(officer, self.partner), 3)
        self.assertEqual(count(self.user_employee, self.partner), 1)
        self.assertEqual(count(self.user_manager, self.partner), 0)
        action = call_as(
            officer, "res.partner", "action_dingding_checkins", self.partner.ids)
        self.assertEqual(
            sorted(call_as(officer, MODEL, "search", action["domain"])),
            sorted(self.visits.ids))
        self.corp.checkin_partners = False
        self.assertEqual(count(officer, self.partner), 0)
        action = call_as(
            officer, "hr.employee", "action_dingding_checkins", self.employees[0].ids)
        self.assertEqual(
            len(call_as(officer, MODEL, "search", action["domain"])), 2)

    def test_photos_are_read_as_the_check_in(self):
        mine, others = self.visits[0], self.visits[1]
        files = [
            self.env["ir.attachment"].create({
                "name": "1.jpg", "datas": b"eA==", "res_model": MODEL,
                "res_id": each.id}) for each in (mine, others)
        ]
        call_as(self.user_employee, "ir.attachment", "read", files[0].ids, ["datas"])
        for user in (self.user_employee, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(user, "ir.attachment", "read", files[1].ids, ["datas"])

    def test_needs_are_declared(self):
        corps = self.env["dingding.corp"].with_context(lang="en_US")
        mine = [each for each in corps._dingtalk_needs()
                if each["feature"] == "Field check-ins"]
        self.assertEqual(
            {each["permission"] for each in mine}, {"qyapi_base", "qyapi_get_member"})
        self.assertNotIn("check_in", self.corp._dingtalk_events())
        self.corp.checkin_read = "events"
        self.assertIn("check_in", self.corp._dingtalk_events())
