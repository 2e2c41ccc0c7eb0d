"""Leave: how long from the approver's phone to the leave in Odoo, by Stream mode.

A part of ``attendance``.
"""

import datetime
import sys
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import people  # noqa: E402  (runs code in Odoo)

REQUESTS = 40
SECONDS = 120
READ = "/v1.0/workflow/processInstances"
HOUSE = ["dingding_holidays"]

# Links people to employees, reads the types, and has DingTalk lead one.
PREPARE = """
import json
from odoo.addons.dingding_holidays.leaves import LEAVE_TYPE
corp = env["dingding.corp"].search([], limit=1)
corp.leave_operator_id = env["dingding.user"].search(
    [("userid", "=", "%s")], limit=1)
corp.action_read_leave_types()
values = {"name": "Annual"}
names = env[LEAVE_TYPE]._fields
if "limit" in names:
    values["limit"] = True
if "requires_allocation" in names:
    values["requires_allocation"] = (
        False if names["requires_allocation"].type == "boolean" else "no")
elif "allocation_type" in names:
    values["allocation_type"] = "no"
kind = env[LEAVE_TYPE].create(values)
env["dingding.leave.type"].search([("name", "=", "\\u75c5\\u5047")]).write(
    {"odoo_type_id": kind.id, "lead": "dingtalk"})
found = []
for person in env["dingding.user"].search([], limit=%d):
    person.employee_id = person.employee_id or env["hr.employee"].create(
        {"name": person.name})
    found.append(person.userid)
env.cr.commit()
print("FIGURES " + json.dumps({"userids": found}))
"""


def figures(bench):
    """Approve requests on the phone, one after the other."""
    with bench.stack(people=REQUESTS + 20, departments=4, workers=2, cron_seconds=2,
                     modules=HOUSE) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        house.read_people(stack, corp, SECONDS)
        boss = next(each for each in control.users() if each["admin_level"])
        userids = people._shell(
            stack, PREPARE % (boss["userid"], REQUESTS))["userids"]
        runner = streaming(stack, control)
        try:
            seconds = [approved(stack, control, userid, number)
                       for number, userid in enumerate(userids)]
        finally:
            runner.stop()
        calls = control.calls(READ)
    seconds.sort()
    bench.figure("from the approver's phone to the leave: median",
                 round(seconds[len(seconds) // 2], 2), "s")
    bench.figure("from the approver's phone to the leave: p95",
                 round(seconds[int(len(seconds) * 0.95)], 2), "s", goal=3,
                 better="lower")
    bench.figure("calls for a leave", calls / float(len(seconds)), "calls", goal=1,
                 better="lower")


def streaming(stack, control):
    """Enable Stream mode; return its runner, connected."""
    app = stack.rpc("dingding.app", "search", [])[0]
    stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
    runner = house.Runner(stack).start()
    house.wait_until(
        lambda: control("GET", "/streams")["connections"], SECONDS, "the Stream")
    control.forget()
    return runner


def approved(stack, control, userid, number):
    """Ask and approve; return the seconds until Odoo has the approved leave."""
    monday = datetime.date.today() + datetime.timedelta(days=14)
    monday -= datetime.timedelta(days=monday.weekday())
    key = control("POST", "/leave/requests", json={
        "userid": userid, "type": "病假", "begin": str(monday), "end": str(monday)})
    path = "/approvals/instances/%s" % key["id"]
    instance = control("GET", path)
    task = next(each for each in instance["tasks"] if each["status"] == "RUNNING")
    started = time.monotonic()
    control("POST", path + "/act", json={"userid": task["userid"], "action": "agree"})
    wanted = ("SELECT count(*) FROM dingding_leave WHERE instance_id = '%s'"
              " AND leave_ref > 0" % key["id"])
    house.wait_until(lambda: stack.query(wanted) == "1", SECONDS,
                     "leave %d" % number)
    return time.monotonic() - started
