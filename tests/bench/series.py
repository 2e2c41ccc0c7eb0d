"""A few figures for every series, so that a regression on one of them is seen.

    make bench ONLY=series SERIES=18.0 ODOO=... PYTHON=...

Statements and calls do not depend on what else the machine does; seconds do.
"""

from tests.bench import people

PEOPLE, DEPARTMENTS, EVENTS = 1200, 60, 300
HOUSE = ("dingding", "dingding_callback")

# Stores genuine events as the receiver does and works them off in this process.
EVENTS_OFF = """
import json, time
from odoo import sql_db, tools
from odoo.addons.dingding import compat
from odoo.addons.dingding_callback import payload
tools.config["test_enable"] = True  # no thread of its own takes them
app = env["dingding.corp"].browse(%d).app_id
people = env["dingding.user"].search([], limit=%d)
for number, person in enumerate(people):
    env["dingding.event"]._store(app, payload.from_push({
        "EventType": "user_modify_org", "UserId": [person.userid],
        "TimeStamp": str(1600000000000 + number)}), "http")
env.cr.commit()
""" + people.COUNTING + """
started = time.monotonic()
while env["dingding.event"]._process(limit=500, seconds=300):
    env.cr.commit()
seconds = time.monotonic() - started
env.cr.execute("SELECT count(*) FROM dingding_event WHERE state = 'done'")
assert env.cr.fetchone()[0] == len(people), "not all are done"
print("FIGURES " + json.dumps({
    "statements": counts["all"] / float(len(people)), "seconds": seconds}))
"""


def figures(bench):
    """Measure reading people and processing events."""
    with bench.stack(people=PEOPLE, departments=DEPARTMENTS, modules=HOUSE,
                     start_odoo=False) as stack:
        control, corp = people._connect(stack)
        first = people._run(stack, corp)
        control.forget()
        again = people._run(stack, corp)
        calls = control.calls()
        control.forget()
        events = people._shell(stack, EVENTS_OFF % (corp, EVENTS))
        name = "%d people, %d departments: %%s" % (PEOPLE, DEPARTMENTS)
        bench.figure(name % "first run", round(first["seconds"], 2), "s")
        bench.figure(name % "statements of the first run", first["statements"],
                     "statements")
        bench.figure(name % "unchanged run", round(again["seconds"], 2), "s")
        bench.figure(name % "statements of an unchanged run", again["statements"],
                     "statements", 40, "lower")
        bench.figure(name % "calls of an unchanged run", calls, "calls")
        name = "%d events: %%s" % EVENTS
        bench.figure(name % "processed", round(EVENTS / events["seconds"], 1),
                     "events/s")
        bench.figure(name % "statements an event", round(events["statements"], 1),
                     "statements")
        bench.figure(name % "calls an event", control.calls() / EVENTS, "calls")
