# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

import pytz

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.message_case import MessageCase, items_of

from ..leaves import LEAVE, LEAVE_TYPE, SPLIT

ROWS = "dingding.leave"
CHANGE = "dingding.leave.change"
TYPES = "dingding.leave.type"
INSTANCES = "/v1.0/workflow/processInstances"
FINISH = "/v1.0/attendance/approvals/finish"
CALCULATE = "/v1.0/attendance/approvals/durations/calculate"
BEIJING = pytz.timezone("Asia/Shanghai")


class LeaveCase(MessageCase):
    """Employees with working hours of China, and types that DingTalk or Odoo leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss_id = next(
            each["userid"] for each in items_of(cls.simulator.users())
            if each["admin_level"])
        cls.corp.leave_operator_id = cls.people.filtered(
            lambda person: person.userid == cls.boss_id)
        cls.calendar = cls.env["resource.calendar"].create({
            "name": "China", "company_id": cls.corp.company_id.id,
            "attendance_ids": [(5, 0, 0)] + [
                (0, 0, dict(cls._line(day, first, last)))
                for day in range(5) for first, last in ((9, 12), (13, 18))
            ],
        })
        if "tz" in cls.calendar._fields:
            cls.calendar.tz = "Asia/Shanghai"
        cls.users = cls.user_employee | cls.user_dingtalk | cls.user_manager
        cls.users.write({"tz": "Asia/Shanghai"})
        cls.env.user.tz = "Asia/Shanghai"
        cls.employees = cls.env["hr.employee"]
        for person in cls.people[:3]:
            cls.employees |= cls._employee(person)
        cls.worker = cls.employees[0]
        cls.worker_id = cls.worker.dingding_user_ids.userid
        cls.free = cls._odoo_type("Free days")
        cls.second = cls._odoo_type("Errands")
        cls.allocated = cls._odoo_type("Allocated days", allocated=True)
        cls.corp.with_context(lang="en_US").action_read_leave_types()
        compat.flush(cls.env)

    @classmethod
    def _line(cls, day, first, last):
        values = {
            "name": "%s %s" % (day, first), "dayofweek": str(day), "hour_from": first,
            "hour_to": last,
        }
        if "day_period" in cls.env["resource.calendar.attendance"]._fields:
            values["day_period"] = "morning" if first < 12 else "afternoon"
        return values

    @classmethod
    def _employee(cls, person):
        values = {
            "name": person.name, "user_id": person.user_id.id,
            "resource_calendar_id": cls.calendar.id,
            "company_id": cls.corp.company_id.id,
        }
        if "tz" in cls.env["hr.employee"]._fields:
            values["tz"] = "Asia/Shanghai"
        employee = cls.env["hr.employee"].create(values)
        person.employee_id = employee
        return employee

    @classmethod
    def _odoo_type(cls, name, allocated=False, twice=False, approval="hr"):
        names = cls.env[LEAVE_TYPE]._fields
        values = {"name": name}
        if "limit" in names:
            values["limit"] = not allocated
        if "double_validation" in names:
            values["double_validation"] = twice
        for each in ("leave_validation_type", "validation_type"):
            if each in names:
                # 12 has no leave that nobody approves.
                known = approval in dict(names[each].selection)
                values[each] = "both" if twice else approval if known else "hr"
                break
        if "requires_allocation" in names:
            kind = names["requires_allocation"].type
            values["requires_allocation"] = (
                allocated if kind == "boolean" else "yes" if allocated else "no")
        elif "allocation_type" in names:
            values["allocation_type"] = "fixed" if allocated else "no"
        if "request_unit" in names:
            values["request_unit"] = "hour"
        if "validity_start" in names:
            # In 12 a new type is valid from today on.
            values["validity_start"] = False
        return cls.env[LEAVE_TYPE].create(values)

    def setUp(self):
        super().setUp()
        self.simulator.settings(rate_limit=None)

    # -- mapping -----------------------------------------------------------------------

    def map(self, name, odoo_type, lead):
        row = self.env[TYPES].search(
            [("corp_id", "=", self.corp.id), ("name", "=", name)])
        row.write({"odoo_type_id": odoo_type.id, "lead": lead})
        compat.flush(self.env)
        return row

    # -- days --------------------------------------------------------------------------

    def monday(self, weeks=2):
        """Return a Monday in Beijing, so many weeks ahead."""
        today = datetime.datetime.now(BEIJING).date()
        return today + datetime.timedelta(days=7 * weeks - today.weekday())

    def at(self, day, hour):
        """Return the time of an hour of a day in Beijing, as Odoo stores it."""
        moment = datetime.datetime(day.year, day.month, day.day)
        moment += datetime.timedelta(seconds=round(hour * 3600))
        return fields.Datetime.to_string(
            BEIJING.localize(moment).astimezone(pytz.utc).replace(tzinfo=None))

    # -- DingTalk ----------------------------------------------------------------------

    def ask(self, name, begin, end=None, userid=None, **values):
        """Ask for leave on a phone; return the id of the instance."""
        answer = self.simulator.control("POST", "/leave/requests", dict(
            {"userid": userid or self.worker_id, "type": name, "begin": str(begin),
             "end": str(end or begin)}, **values))
        return answer["id"]

    def decide(self, key, action="agree", tell=True):
        """Decide a request on the approver's phone, and let its event arrive."""
        instance = self.simulator.control("GET", "/approvals/instances/" + key)
        while instance["status"] == "RUNNING":
            task = next(
                each for each in instance["tasks"] if each["status"] == "RUNNING")
            instance = self.simulator.control(
                "POST", "/approvals/instances/%s/act" % key,
                {"userid": task["userid"], "action": action})
        if tell:
            self.tell(key)

    def tell(self, key, *statuses):
        """Deliver the events of a request before processing.

        :param statuses: of the events, in order; without one, its end
        """
        events = [self._event(key, status) for status in statuses or ("finish",)]
        self.process_queue("dingding.event")
        compat.forget(self.env)
        for event in events:
            self.assertEqual(event.state, "done", event.last_error)
        self.run_queue()

    def _event(self, key, status):
        number = self.env["dingding.event"].search_count([])
        instance = self.simulator.control("GET", "/approvals/instances/" + key) if (
            status != "delete") else {}
        return self.env["dingding.event"].sudo().create({
            "corp_id": self.corp.id, "app_id": self.app.id, "source": "stream",
            "event_type": "attendance_approve_status_change",
            "event_key": "test:%d" % number, "subject": "approval:%s" % key,
            "content": json.dumps({
                "approveType": "LEAVE", "processInstanceId": key, "status": status,
                "mainProcessInstanceId": key,
                "processCode": instance.get("process_code", ""),
            }),
            "received_at": fields.Datetime.now(),
        })

    def approved(self, name, begin, end=None, **values):
        key = self.ask(name, begin, end, **values)
        self.decide(key)
        return key

    def row(self, key):
        return self.env[ROWS].search([("instance_id", "=", key)])

    def records(self, userid=None):
        """Return what Odoo has written into DingTalk's attendance."""
        return self.simulator.control(
            "GET", "/leave/records", **({"userid": userid} if userid else {}))

    # -- Odoo --------------------------------------------------------------------------

    def run_queue(self):
        compat.flush(self.env)
        self.process_queue(CHANGE)
        compat.forget(self.env)

    def hurry(self):
        rows = self.env[CHANGE].search([("state", "=", "retry")])
        rows.write({"next_try": "2001-01-01 00:00:00"})
        compat.flush(self.env)
        return rows

    def leaves(self, employee=None):
        domain = [("employee_id", "=", (employee or self.worker).id)]
        if "type" in self.env[LEAVE]._fields:
            # In 11.0 allocations are rows of the same model.
            domain.append(("type", "=", "remove"))
        # Some series archive what is cancelled.
        return self.env[LEAVE].with_context(active_test=False).search(
            domain, order="id").with_context(active_test=True)

    def leave(self, odoo_type, begin, end, employee=None, approve=True):
        """Create a leave in Odoo and approve it."""
        from ..leaves import approve as approve_leave, keep_times

        names = self.env[LEAVE]._fields
        values = {
            "name": "Rest", "employee_id": (employee or self.worker).id,
            "holiday_status_id": odoo_type.id, "date_from": begin, "date_to": end,
        }
        if "request_date_from" in names:
            values.update(
                request_date_from=str(fields.Date.from_string(begin[:10])),
                request_date_to=str(fields.Date.from_string(end[:10])))
        days = "number_of_days" if SPLIT else "number_of_days_temp"
        if not names[days].compute:
            values[days] = 1
        leave = self.env[LEAVE].create(values)
        compat.flush(self.env)
        keep_times(leave, values)
        if approve:
            approve_leave(leave)
        compat.flush(self.env)
        return leave

    def edit(self, leave, **values):
        """Change an approved leave, which later series refuse people."""
        leave.with_context(
            leave_skip_state_check=True, leave_fast_create=True).write(values)
        compat.flush(self.env)
        times = {name: values[name] for name in values if name.startswith("date_")}
        if any(str(leave[name])[:19] != times[name] for name in times):
            leave.with_context(
                leave_skip_state_check=True, leave_fast_create=True).write(times)
        compat.flush(self.env)

    def allocate(self, odoo_type, days, employee=None):
        """Give the worker, or another employee, days of a type."""
        names = self.env[LEAVE]._fields
        values = {"name": "Given", "employee_id": (employee or self.worker).id,
                  "holiday_status_id": odoo_type.id}
        if "type" in names:
            allocation = self.env[LEAVE].create(
                dict(values, type="add", number_of_days_temp=days))
        else:
            allocations = self.env["hr.leave.allocation"]
            values["number_of_days"] = days
            if "date_from" in allocations._fields:
                values["date_from"] = "2020-01-01"
            allocation = allocations.create(values)
        for _step in range(3):
            if allocation.state == "draft":
                allocation.action_confirm()
            elif allocation.state == "confirm":
                (allocation.action_approve if hasattr(allocation, "action_approve")
                 else allocation.action_validate)()
            elif allocation.state == "validate1":
                allocation.action_validate()
        self.assertEqual(allocation.state, "validate")
        compat.flush(self.env)


class ExportCase(LeaveCase):
    """Odoo leads one type; leaves of it begin on ``self.day``, a Monday."""

    def setUp(self):
        super().setUp()
        self.map("病假", self.free, "odoo")
        self.day = self.monday()

    def absent(self, first=None, last=None, **values):
        """Return a new leave of whole days, by default of the first day."""
        first = first or self.day
        return self.leave(
            self.free, self.at(first, 9), self.at(last or first, 18), **values)

    def row_of(self, leave):
        """Return our row about a leave of Odoo."""
        return self.env[ROWS].search(
            [("lead", "=", "odoo"), ("leave_ref", "=", leave.id)])
