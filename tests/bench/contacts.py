"""Reading an organisation: calls of DingTalk, statements, seconds."""

import json

LIST = "/topapi/v2/department/listsub"
PAGE = "/topapi/v2/user/list"

CONNECT = """
corp = env["dingding.corp"].create(%r)
corp.app_id.calls_per_second = 100000
env.cr.commit()
print("FIGURES %%d" %% corp.id)
"""
# Presses the button and works the run off in this process, counting what that costs.
WORK_OFF = """
import json, resource, time
from odoo import sql_db, tools
tools.config["test_enable"] = True  # no thread of its own takes the run
env["dingding.corp"].browse(%d).action_get_users()
env.cr.commit()
counts = {"all": 0}
real = sql_db.Cursor.execute
def execute(cr, *args, **options):
    counts["all"] += 1
    return real(cr, *args, **options)
sql_db.Cursor.execute = execute
runs = env["dingding.run"]
env.clear()
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
env.cr.commit()
started, turns = time.monotonic(), 0
while runs._work_off():
    turns += 1
    env.cr.commit()
seconds = time.monotonic() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("FIGURES " + json.dumps({
    "statements": counts["all"], "seconds": seconds, "turns": turns,
    "memory": (peak - idle) / 1024.0}))
"""
# The same calls with the bare client, for comparison.
READ_ONLY = """
import json, time
from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client()
started = time.monotonic()
Reader(client.contacts).fill(Snapshot())
print("FIGURES " + json.dumps({"seconds": time.monotonic() - started}))
"""
TABLES = ("dingding_department", "dingding_user", "dingding_department_user_rel",
          "dingding_department_manager_rel")


def figures(bench):
    """Measure both sizes."""
    unchanged = {}
    for people, departments in ((100, 8), (1200, 60), (10000, 500)):
        with bench.stack(people=people, departments=departments,
                         start_odoo=False) as stack:
            unchanged[people] = _size(bench, stack, people, departments)
    bench.figure("statements of an unchanged run, 1200 people less 100",
                 unchanged[1200] - unchanged[100], "statements", 0, "lower")


def _size(bench, stack, people, departments):
    from tests.e2e import house
    control = house.Control(stack.simulator.url)
    control("PATCH", "/settings", {"rate_limit": None})
    corp = _shell(stack, CONNECT % dict(
        name="Bench", corp_id=stack.simulator.corp_id,
        app_key=stack.simulator.app_key, app_secret=stack.simulator.app_secret,
        agent_id=stack.simulator.agent_id))
    name = "%d departments, %d people: %%s" % (departments, people)
    bare = _shell(stack, READ_ONLY % corp)
    bench.figure(name % "reading alone", round(bare["seconds"], 2), "s")
    control.forget()
    first = _run(stack, corp)
    calls = control.calls()
    pages = control.calls(PAGE)
    bench.figure(name % "calls of a full read", calls, "calls",
                 1 + departments + pages, "lower")
    bench.figure(name % "first run", round(first["seconds"], 2), "s")
    bench.figure(name % "statements of the first run", first["statements"],
                 "statements")
    bench.figure(name % "memory of the first run above idle",
                 round(first["memory"], 1), "MiB", 200, "lower")
    before = _versions(stack)
    second = _run(stack, corp)
    rewritten = len(set(_versions(stack)) ^ set(before))
    bench.figure(name % "unchanged run", round(second["seconds"], 2), "s")
    bench.figure(name % "rows written by an unchanged run", rewritten, "rows", 0,
                 "lower")
    bench.figure(name % "statements of an unchanged run", second["statements"],
                 "statements", 35, "lower")
    return second["statements"]


def _run(stack, corp):
    return _shell(stack, WORK_OFF % corp)


def _shell(stack, code):
    output = stack.odoo_shell(code)
    line = [each for each in output.splitlines() if "FIGURES " in each][-1]
    return json.loads(line.split("FIGURES ", 1)[1])


def _versions(stack):
    return [
        line
        for table in TABLES
        for line in stack.query(
            "SELECT '%s', ctid, xmin FROM %s" % (table, table)).splitlines()
    ]
