# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from psycopg2 import sql

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkCase

DAY = "2026-11-02"  # a Monday
LIST, RECORDS = "/attendance/list", "/attendance/listRecord"
GROUPS = "/v1.0/attendance/groupDetails"
UPLOAD = "/topapi/attendance/record/upload"
TABLES = (
    "hr_attendance", "dingding_attendance_result", "dingding_attendance_day",
    "dingding_attendance_problem", "dingding_attendance_group",
    "dingding_attendance_shift", "dingding_user",
)


class AttendanceCase(DingTalkCase):
    """People with employees: office hours, a night shift, free.

    The simulator's clock and Odoo's are moved together, see :meth:`at`.
    """

    PEOPLE = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        userids = sorted(user["userid"] for user in cls.simulator.users())
        cls.userids = userids[:cls.PEOPLE]
        cls.people = cls.env["dingding.user"]
        for number, userid in enumerate(cls.userids):
            employee = cls.env["hr.employee"].create({"name": "Employee %d" % number})
            cls.people |= cls.people.create({
                "name": "Person %d" % number, "userid": userid,
                "corp_id": cls.corp.id, "employee_id": employee.id,
            })
        cls.employees = cls.env["hr.employee"].browse(
            [person.employee_id.id for person in cls.people])

    def setUp(self):
        super().setUp()
        self.at("08:00")
        shift = self.post(
            "shifts", sections=[[540, 1080]], rests=[[720, 780]], name="Office")
        self.night_shift = self.post("shifts", sections=[[1320, 1800]], name="Night")
        self.office, self.night, self.free = self.userids[:3]
        self.post("groups", name="Office", week=[0] + [shift["id"]] * 5 + [0],
                  members=[self.office])
        self.post("groups", name="Night", type="TURN",
                  shifts=[self.night_shift["id"]], members=[self.night])
        self.post("groups", name="Free", type="NONE", members=[self.free])

    def post(self, path, **body):
        return self.simulator.control("POST", "/attendance/" + path, body)

    def at(self, clock, day=DAY):
        """Move both clocks to a time of Beijing's day."""
        text = "%s %s" % (day, clock)
        self.post("clock", time=text)
        form = "%Y-%m-%d %H:%M:%S" if clock.count(":") == 2 else "%Y-%m-%d %H:%M"
        self.now = datetime.datetime.strptime(text, form) - datetime.timedelta(hours=8)
        model = type(self.env["dingding.attendance.sync"])
        self._replace(model, "_utcnow", lambda this: self.now)
        self.env.cr.execute("DELETE FROM dingding_token")

    def utc(self, clock, day=DAY):
        """Return a time of Beijing's day as the value of a datetime field."""
        moment = datetime.datetime.strptime(
            "%s %s" % (day, clock), "%Y-%m-%d %H:%M") - datetime.timedelta(hours=8)
        return fields.Datetime.to_string(moment)

    def punch(self, userid, clock, day=DAY, **more):
        return self.post("punches", userid=userid, time="%s %s" % (day, clock), **more)

    def sync(self, first=DAY, last=None, state="done", **values):
        """Read these days; return the sync."""
        syncs = self.env["dingding.attendance.sync"]
        sync = syncs._begin(self.corp, "manual", first, last or first, **values)
        self.process_queue("dingding.attendance.sync")
        compat.forget(self.env)
        self.assertEqual(
            sync.state, state, (sync.last_error, sync.to_update, sync.to_delete))
        return sync

    def spans(self, userid=None):
        """Return (check-in, check-out) of a person's attendances, as texts."""
        person = self.people.filtered(
            lambda each: each.userid == (userid or self.office))
        found = self.env["hr.attendance"].search(
            [("employee_id", "=", person.employee_id.id)], order="check_in")
        return [
            (str(each.check_in)[:16], str(each.check_out or "")[:16]) for each in found
        ]

    def span(self, begin, end, day=DAY, last=None):
        return (self.utc(begin, day)[:16], end and self.utc(end, last or day)[:16])

    def problems(self, state=None):
        """Return the codes of the exceptions, by person and day."""
        domain = [("state", "=", state)] if state else []
        return self.env["dingding.attendance.problem"].search(
            domain, order="person_id, work_date, id").mapped("code")

    def day(self, userid=None, day=DAY):
        return self.env["dingding.attendance.day"].search(
            [("person_id.userid", "=", userid or self.office), ("work_date", "=", day)])

    def versions(self):
        """Return the versions of all rows: a row that is written has a new one."""
        compat.flush(self.env)
        found = {}
        for table in TABLES:
            query = sql.SQL("SELECT ctid::text, xmin::text FROM {} ORDER BY 1")
            compat.execute(self.env.cr, query.format(sql.Identifier(table)))
            found[table] = self.env.cr.fetchall()
        return found

    def check_valid(self):
        """Check all attendances as Odoo does, and that none overlaps another one."""
        self.env.cr.execute(
            "SELECT one.id FROM hr_attendance AS one JOIN hr_attendance AS other"
            " ON one.employee_id = other.employee_id AND one.id < other.id"
            " AND one.check_in < COALESCE(other.check_out, 'infinity')"
            " AND other.check_in < COALESCE(one.check_out, 'infinity')")
        self.assertEqual(self.env.cr.fetchall(), [])
        attendances = self.env["hr.attendance"].search([])
        attendances._check_validity()
        attendances._check_validity_check_in_check_out()
        return attendances
