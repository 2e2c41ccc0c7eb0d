# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import calendar

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding_callback import payload

from .attendance_case import LIST, AttendanceCase


@portable
class TestAttendanceEvents(AttendanceCase):
    def event(self, *userids):
        moment = calendar.timegm(self.now.timetuple()) * 1000
        message = {
            "EventType": "attendance_check_record",
            "EventTime": moment, "BizId": "%d" % moment, "eventId": "e%d" % moment,
            "CorpId": self.corp.corp_id,
            "dataList": [
                {"userId": userid, "checkTime": moment, "corpId": self.corp.corp_id}
                for userid in userids
            ],
        }
        events = self.env["dingding.event"]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events.with_env(self.env(cr=cr))._store(
                self.app, payload.from_push(message), "http")
        self.process_queue("dingding.event")
        compat.forget(self.env)
        return events.search([], limit=1)

    def due_now(self):
        self.env["dingding.attendance.sync"].search([]).write({"next_try": False})
        self.process_queue("dingding.attendance.sync")
        compat.forget(self.env)

    def test_only_if_the_organisation_wants_it(self):
        event = self.event(self.office)
        self.assertEqual((event.state, event.note_code), ("done", "attendance_off"))
        self.assertFalse(self.env["dingding.attendance.sync"].search([]))

    def test_many_punches_are_one_reading(self):
        self.corp.attendance_read = "events"
        for userid, clock in ((self.office, "08:55"), (self.night, "08:56")):
            self.punch(userid, clock)
            self.at(clock)
            self.assertEqual(self.event(userid).state, "done")
        sync = self.env["dingding.attendance.sync"].search([])
        self.assertEqual((len(sync), sync.kind, sync.state), (1, "event", "queued"))
        self.assertTrue(sync.next_try)
        self.simulator.forget_calls()
        self.at("09:05")
        self.due_now()
        self.assertEqual(sync.state, "done", sync.last_error)
        self.assertDingTalkCalled(LIST, times=1)
        self.assertEqual(self.spans(), [self.span("08:55", "")])
        self.assertFalse(any(self.people.mapped("attendance_due_on")))

    def test_punches_replace_no_preview(self):
        """Nor are the changes written that somebody is still looking at."""
        self.corp.attendance_read = "events"
        self.punch(self.office, "08:55")
        self.punch(self.office, "18:05")
        self.at("20:00")
        preview = self.sync(mode="preview", state="confirm")
        self.event(self.night)
        self.due_now()
        self.assertEqual(preview.state, "confirm")
        self.assertEqual(self.spans(), [])
        syncs = self.env["dingding.attendance.sync"]
        event = syncs.search([]) - preview
        self.assertEqual((event.kind, event.state), ("event", "queued"))
        manager = self._make_user(
            self.env, "both", "dingding.group_manager",
            "dingding_attendance.group_officer")
        compat.flush(self.env)
        call_as(manager, syncs._name, "action_apply", [preview.id])
        self.due_now()
        self.assertEqual((preview.state, preview.attendances_created), ("done", 1))
        self.due_now()
        self.assertEqual(event.state, "done")

    def test_only_people_who_punched_are_read(self):
        self.corp.attendance_read = "events"
        self.punch(self.office, "08:55")
        self.at("09:00")
        self.event(self.office, "nobody")
        self.due_now()
        sync = self.env["dingding.attendance.sync"].search([])
        self.assertEqual((sync.state, sync.people_read), ("done", 1))

    def test_punches_of_people_who_are_not_read_cost_nothing(self):
        self.corp.attendance_read = "events"
        self.people[0].employee_id = False
        self.sync()
        syncs = self.env["dingding.attendance.sync"].search([])
        self.env["dingding.attendance.group"].search(
            [("name", "=", "Free")]).source = "none"
        compat.flush(self.env)
        self.at("09:00")
        for userid in (self.office, self.free, "nobody"):
            self.assertEqual(self.event(userid).state, "done")
            self.env["dingding.event"].search([]).unlink()
        self.assertEqual(self.env["dingding.attendance.sync"].search([]), syncs)
        # Linked months later, nobody wants the time since.
        self.assertFalse(self.people[0].attendance_due_on)
        self.event(self.night)
        self.assertEqual(
            (self.env["dingding.attendance.sync"].search([]) - syncs).kind, "event")

    def test_a_group_that_is_read_again_costs_no_half_a_year(self):
        """Its people have been due since the first punch that nobody wanted."""
        self.corp.attendance_read = "events"
        self.people[0].attendance_due_on = "2026-05-20"
        self.at("09:00")
        self.simulator.forget_calls()
        self.event(self.office)
        self.due_now()
        sync = self.env["dingding.attendance.sync"].search([])
        self.assertEqual((sync.kind, sync.state), ("event", "done"))
        # Of 24 windows.
        self.assertLessEqual(self.simulator.calls()["by_path"][LIST], 6)
        self.assertFalse(self.people[0].attendance_due_on)

    def test_odd_events_do_no_harm(self):
        self.corp.attendance_read = "events"
        for data in (None, [], ["x"], [{}], [{"userId": 1, "checkTime": "x"}],
                     [{"userId": self.office, "checkTime": 10 ** 30}]):
            self.env["dingding.event"].search([]).unlink()
            message = {
                "EventType": "attendance_check_record", "EventTime": 1700000000000,
                "CorpId": self.corp.corp_id, "eventId": "x", "dataList": data,
            }
            events = self.env["dingding.event"]
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                events.with_env(self.env(cr=cr))._store(
                    self.app, payload.from_push(message), "http")
            self.process_queue("dingding.event")
            compat.forget(self.env)
            self.assertEqual(events.search([]).state, "done")
        self.assertFalse(self.env["dingding.attendance.sync"].search([]))
