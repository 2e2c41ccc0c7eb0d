"""Attendance of a month and of a day of many people; leave from the phone to Odoo.

``ATTENDANCE_PARTS`` (``month,day,leave``), ``ATTENDANCE_MONTH_PEOPLE`` and
``ATTENDANCE_PEOPLE`` choose less than that.
"""

import collections
import datetime
import json
import os
import shutil
import sys
from unittest import mock

from tools import odoo_test, paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import _leave, people  # noqa: E402  (counts statements)

PEOPLE = int(os.environ.get("ATTENDANCE_PEOPLE", "10000"))
PARTS = os.environ.get("ATTENDANCE_PARTS", "month,day,leave").split(",")
MONTH_PEOPLE = os.environ.get("ATTENDANCE_MONTH_PEOPLE", "200")
CALLS_A_SECOND = 20
LIST = "/attendance/list"
HOUSE = ["dingding", "dingding_attendance"]
BEIJING = datetime.timezone(datetime.timedelta(hours=8))

# Attendance is measured: all employees but the first are copies.
EMPLOYEES = """
import json
from odoo.addons.dingding import compat
persons = env["dingding.user"].search([("employee_id", "=", False)])
first = env["hr.employee"].with_context(
    tracking_disable=True, dingding_no_avatar=True).create({"name": persons[0].name})
compat.flush(env)
""" + people.COPY + """
cr.execute("UPDATE dingding_user SET employee_id = %%s WHERE id = %%s",
           [first.id, persons[0].id])
for person in persons[1:]:
    employee = copy(
        "hr_employee", first.id, barcode=None, name=person.name, resource_id=copy(
            "resource_resource", first.resource_id.id, name=person.name))
    cr.execute("UPDATE dingding_user SET employee_id = %%s WHERE id = %%s",
               [employee, person.id])
compat.forget(env)
corp = persons[:1].corp_id
corp.write({"attendance_threshold_percent": 0})
corp.app_id.calls_per_second = %d
env.cr.commit()
print("FIGURES " + json.dumps({"people": len(persons)}))
""" % CALLS_A_SECOND
# Reads one day in this process, counting what that costs.
READ = """
import json, time
from odoo import sql_db, tools
tools.config["test_enable"] = True  # no thread of its own takes the sync
syncs = env["dingding.attendance.sync"]
corp = env["dingding.corp"].search([], limit=1)
sync = syncs._begin(corp, "manual", %r, %r)
env.cr.commit()
""" + people.COUNTING + people.MEMORY + """
idle = idle_memory()
env.cr.execute("SELECT txid_current()")
before = env.cr.fetchone()[0]
env.cr.commit()
def rewritten():
    env.cr.execute(
        "SELECT (SELECT count(*) FROM hr_attendance WHERE xmin::text::bigint > %%s)"
        " + (SELECT count(*) FROM dingding_attendance_result"
        " WHERE xmin::text::bigint > %%s)"
        " + (SELECT count(*) FROM dingding_attendance_day"
        " WHERE xmin::text::bigint > %%s)", [before] * 3)
    return env.cr.fetchone()[0]
stages, begun = {}, time.monotonic()
real_step = type(sync)._step
def _step(self, stage, progress):
    stages[stage] = (time.monotonic() - begun, counts["all"])
    return real_step(self, stage, progress)
type(sync)._step = _step
while syncs._process():
    env.cr.commit()
peak = memory("VmHWM:")
env.clear()
assert sync.state == "done", (sync.state, sync.last_error)
print("FIGURES " + json.dumps({
    "stages": stages, "statements": counts["all"], "read": sync.results_read,
    "changed": sync.results_changed, "written": sync.attendances_created
    + sync.attendances_updated + sync.attendances_deleted,
    "rewritten": rewritten(), "problems": sync.problems_found,
    "memory": (peak - idle) / 1024.0}))
"""


def figures(bench):
    """Measure the parts."""
    if "month" in PARTS:
        month_of_many(bench)
    if "day" in PARTS:
        day_of_many(bench)
    if "leave" in PARTS:
        _leave.figures(bench)


def month_of_many(bench):
    """Run the addon's test of a month with many people.

    It reads a month as each morning's sync does, with night shifts, trips, corrections
    and forgotten punches; all attendances must be valid.
    """
    folder = paths.temporary_folder("bench")
    found = folder / "figures.json"
    with mock.patch.dict(os.environ, ATTENDANCE_MONTH_PEOPLE=MONTH_PEOPLE,
                         ATTENDANCE_FIGURES=str(found)):
        outcome = odoo_test.run(
            ["dingding_attendance"], only="TestAttendanceMonth")
    name = "%s people, one month: %%s" % MONTH_PEOPLE
    bench.figure(name % "failed tests", outcome.failed, "tests", goal=0)
    figures = json.loads(found.read_text())
    shutil.rmtree(str(folder))
    different = figures["different"]
    for each in different:
        print(json.dumps({"different": each}, ensure_ascii=False))
    total = figures["equal"] + len(different)
    bench.figure(name % "attendances, all valid", figures["attendances"], "rows")
    bench.figure(name % "days of a person", total, "days")
    bench.figure(name % "days equal to DingTalk's report to the minute",
                 round(100.0 * figures["equal"] / total, 2), "%", goal=99.5,
                 better="higher")
    for code, number in sorted(collections.Counter(
        str(each[-1]) for each in different
    ).items()):
        bench.figure(name % "different days with the exception '%s'" % code, number,
                     "days")
    bench.figure(name % "different days without an exception", figures["unexplained"],
                 "days", goal=0)
    bench.figure(name % "rows written by a second reading", figures["rewritten"],
                 "rows", goal=0)


def day_of_many(bench):
    """Read a day of many people twice; the second time nothing has changed."""
    with bench.stack(people=PEOPLE, departments=500, start_odoo=False,
                     modules=HOUSE) as stack:
        control = house.Control(stack.simulator.url)
        people._run(stack, people._connect(stack)[1])
        people._shell(stack, EMPLOYEES)
        day = datetime.datetime.now(BEIJING).date()
        while day.isoweekday() > 5:
            day -= datetime.timedelta(days=1)
        day = str(day - datetime.timedelta(days=7))
        control("POST", "/attendance/month", {"first": day, "last": day})
        control.forget()
        first = people._shell(stack, READ % (day, day))
        calls = control.calls(LIST)
        print(json.dumps(first))
        name = "%d people, one day: %%s" % PEOPLE
        bench.figure(name % "calls", calls, "calls")
        begin, end = (first["stages"][stage][0] for stage in ("results", "compare"))
        bench.figure(
            name % "seconds of reading by the limit's own time",
            round((end - begin) * CALLS_A_SECOND / control.calls(), 2), "",
            goal=1.1, better="lower")
        bench.figure(name % "memory of a first reading above idle",
                     round(first["memory"], 1), "MiB", goal=200, better="lower")
        control.forget()
        again = people._shell(stack, READ % (day, day))
        bench.figure(name % "memory of a second reading above idle",
                     round(again["memory"], 1), "MiB", goal=200, better="lower")
        bench.figure(
            name % "rows written by a second reading",
            again["changed"] + again["written"] + again["rewritten"]
            + again["problems"], "rows", goal=0, better="lower")
        bench.figure(
            name % "rows written by a first reading", first["rewritten"], "rows")
        begin, end = (again["stages"][stage][1] for stage in ("results", "compare"))
        bench.figure(
            name % "statements of an unchanged batch of 50",
            round((end - begin) / (PEOPLE / 50.0), 1), "statements", goal=12,
            better="lower")
