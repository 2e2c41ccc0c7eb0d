"""A group of 100 000 people: memory, steps, seconds. Takes about twenty minutes.

``SCALE_PEOPLE`` measures a smaller one, for a first look, and ``SCALE_EVENTS`` fewer
events; the goals stay those of the large one. ``SCALE_PARTS`` chooses parts.
"""

import concurrent.futures
import os

from tests.bench import people as people_area

APART = True  # measured only when it is named

PEOPLE = int(os.environ.get("SCALE_PEOPLE", "100000"))
PARTS = [each for each in os.environ.get("SCALE_PARTS", "").split(",") if each]
A_DEPARTMENT = 20  # people
STATEMENTS_OF_A_STEP = 30
STEP = 60  # seconds; Odoo kills a scheduled action after 120
LIMIT = people_area.CALLS_A_SECOND
PROCESSES, AT_ONCE, CALLING = 8, 3, 40  # the last one in seconds
LIST = people_area.LIST
USERS = (1200, 60)
MANY_USERS = (10000, 500)
WAITING = int(os.environ.get("SCALE_EVENTS", "10000"))

CALLS = """
import collections, json, threading, time
codes = collections.Counter()
lock = threading.Lock()
def on_call(api, status, code, seconds):
    with lock:
        codes[str(code or "0")] += 1
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client(
    on_call=on_call)
client.auth.scopes()
codes.clear()
TOGETHER
until = time.monotonic() + %d
def call():
    while time.monotonic() < until:
        client.contacts.sub_departments(1)
threads = [threading.Thread(target=call) for _number in range(%d)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("FIGURES " + json.dumps(codes))
"""
EVENTS = """
import json, time
from odoo import sql_db
""" + people_area.COUNTING + """
events, done = env["dingding.event"], 0
started = time.monotonic()
while True:
    worked = events._process()
    if not worked:
        break
    done += worked
print("FIGURES " + json.dumps({
    "statements": counts["all"], "done": done, "seconds": time.monotonic() - started}))
"""


def figures(bench):
    """Measure each part on a stack of its own."""
    parts = (("sync", sync), ("limited", limited), ("calls", calls),
             ("events", events), ("users", users), ("screens", screens))
    for name, measure in parts:
        if not PARTS or name in PARTS:
            measure(bench)


def _title(people, what):
    return "%d departments, %d people: %s" % (people // A_DEPARTMENT, people, what)


def _processor(bench, title, found):
    """Print the processor seconds, which count on a busy machine too."""
    for name in ("odoo", "postgresql"):
        bench.figure("%s, processor time of %s" % (title, name),
                     round(found[name], 1), "s")
    bench.figure(title + ", longest step, processor time", round(found["hardest"], 1),
                 "s", STEP)


def _policy(stack, corp, **values):
    people_area._shell(
        stack, 'env["dingding.corp"].browse(%d).write(%r)\nenv.cr.commit()\n'
        "print('FIGURES 0')" % (corp, values))


def sync(bench):
    """Measure a first and an unchanged sync, and whether statements grow."""
    statements, steps = {}, {}
    for people in (min(max(PEOPLE // 5, 12000), PEOPLE // 2), PEOPLE):
        with bench.stack(people=people, departments=people // A_DEPARTMENT,
                         start_odoo=False) as stack:
            _control, corp = people_area._connect(stack)
            goals = people == PEOPLE
            for name, seconds, memory in (
                    ("first sync", 90, 200), ("unchanged sync", 60, 150)):
                found = people_area._run(stack, corp)
                title = _title(people, name)
                bench.figure(title, round(found["seconds"], 1), "s",
                             seconds if goals else None)
                bench.figure(title + ", memory above idle", round(found["memory"], 1),
                             "MiB", memory if goals else None)
                bench.figure(title + ", longest step", round(found["longest"], 1), "s",
                             STEP)
                _processor(bench, title, found)
                bench.figure(title + ", steps", found["turns"], "steps")
                bench.figure(title + ", statements", found["statements"], "statements")
            statements[people], steps[people] = found["statements"], found["turns"]
    small = min(statements)
    # Each further step costs the same, however many people there are.
    bench.figure(
        "statements of an unchanged sync, %d people less %d" % (PEOPLE, small),
        statements[PEOPLE] - statements[small], "statements",
        STATEMENTS_OF_A_STEP * max(steps[PEOPLE] - steps[small], 0))


def limited(bench):
    """Measure both syncs at DingTalk's own limit of calls."""
    with bench.stack(people=PEOPLE, departments=PEOPLE // A_DEPARTMENT,
                     start_odoo=False) as stack:
        control, corp = people_area._connect(stack, LIMIT)
        for name in ("first sync", "unchanged sync"):
            control.forget()
            found = people_area._run(stack, corp)
            least = max(control.calls(LIST), control.calls(people_area.PAGE)) / LIMIT
            title = _title(PEOPLE, "%s at %d calls a second" % (name, LIMIT))
            bench.figure(title + ", what the limit costs", round(least, 1), "s")
            bench.figure(title, round(found["seconds"], 1), "s", round(1.1 * least, 1))
            bench.figure(title + ", longest step", round(found["longest"], 1), "s",
                         STEP)
            bench.figure(title + ", memory above idle", round(found["memory"], 1),
                         "MiB", 200)


def calls(bench):
    """Measure what eight processes get of DingTalk's limit together."""
    from tests.e2e import house

    with bench.stack(people=100, departments=8, start_odoo=False) as stack:
        control, corp = people_area._connect(stack, LIMIT)
        control("PATCH", "/settings", {"rate_limit": LIMIT})
        code = (CALLS % (corp, CALLING, AT_ONCE)).replace(
            "TOGETHER", house.together(stack, PROCESSES))
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            found = list(pool.map(
                lambda _n: people_area._shell(stack, code), range(PROCESSES)))
        taken = sum(each.get("0", 0) for each in found)
        refused = sum(sum(each.values()) for each in found) - taken
        name = "%d processes at %d calls a second: " % (PROCESSES, LIMIT)
        bench.figure(name + "refused by DingTalk", refused, "calls", 0)
        bench.figure(name + "calls a second", round(taken / CALLING, 2), "calls/s",
                     0.95 * LIMIT, "higher")
        bench.figure(name + "fewest and most of a process", "%d to %d" % (
            min(each.get("0", 0) for each in found),
            max(each.get("0", 0) for each in found)), "calls")


def events(bench):
    """Measure waiting events that need no call, and events about people."""
    modules = ("dingding", "dingding_callback")
    with bench.stack(people=WAITING, departments=500, modules=modules,
                     start_odoo=False) as stack:
        control, corp = people_area._connect(stack)
        people_area._run(stack, corp)
        fill = (
            "DELETE FROM dingding_event; INSERT INTO dingding_event (corp_id,"
            " event_type, event_key, subject, source, state, attempts, received_at,"
            " content) SELECT corp_id, '%s', 'x' || id, 'user:' || userid, 'http',"
            " 'queued', 0, now(), '{\"userId\": [\"' || userid || '\"]}'"
            " FROM dingding_user ORDER BY id LIMIT %d")
        stack.query(fill % ("label_conf_add", WAITING))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(
                lambda _n: people_area._shell(stack, EVENTS), range(2)))
        name = "%d waiting events of %d people, 2 workers: " % (WAITING, WAITING)
        bench.figure(name + "until all are done",
                     round(max(each["seconds"] for each in found), 1), "s", 60)
        bench.figure(
            name + "statements of an event",
            round(sum(each["statements"] for each in found) / WAITING, 1),
            "statements", 15)
        _left(bench, stack, name)
        stack.query(fill % ("user_modify_org", 1000))
        control.forget()
        found = people_area._shell(stack, EVENTS)
        name = "1000 waiting events of 1000 people, no limit of calls: "
        bench.figure(name + "until all are done", round(found["seconds"], 1), "s")
        bench.figure(name + "statements of an event",
                     round(found["statements"] / 1000, 1), "statements", 30)
        bench.figure(name + "calls", control.calls(), "calls")
        _left(bench, stack, name)


def _left(bench, stack, name):
    bench.figure(name + "left", int(stack.query(
        "SELECT count(*) FROM dingding_event WHERE state <> 'done'")), "events", 0)


def users(bench):
    """Measure first syncs that create a user for each person."""
    for people, departments in (USERS, MANY_USERS):
        with bench.stack(people=people, departments=departments,
                         start_odoo=False) as stack:
            _control, corp = people_area._connect(stack)
            _policy(stack, corp, create_users="portal")
            found = people_area._run(stack, corp)
            title = "first sync that creates %d users" % people
            bench.figure(title, round(found["seconds"], 1), "s",
                         45 if people == USERS[0] else None)
            bench.figure(title + ", longest step", round(found["longest"], 1), "s",
                         STEP)
            _processor(bench, title, found)
            bench.figure(title + ", memory above idle", round(found["memory"], 1),
                         "MiB")
            bench.figure(title + ", users", int(stack.query(
                "SELECT count(user_id) FROM dingding_user")), "users")


def screens(bench):
    """Measure how long lists, the search and the organisation chart take to open."""
    from tests.e2e import house
    from tools import browser
    from tools.world import World

    with bench.stack(people=PEOPLE, departments=PEOPLE // A_DEPARTMENT, workers=2,
                     cron_seconds=2) as stack:
        house.Control(stack.simulator.url)("PATCH", "/settings", {"rate_limit": None})
        corp = house.connect(stack)
        stack.query("UPDATE dingding_app SET calls_per_second = 100000")
        house.read_people(stack, corp, 600)
        with browser.open_browser() as opened:
            world = World(stack, opened)
            world.action("dingding.dingding_user_action")
            people_area._search(bench, stack, world, (PEOPLE, PEOPLE // A_DEPARTMENT))
            world.close_pages()
