"""Reading an organisation: calls of DingTalk, statements, seconds, memory."""

import json
import time

LIST = "/topapi/v2/department/listsub"
PAGE = "/topapi/v2/user/list"
SIZES = ((1200, 60), (10000, 500))
# Goals for 1200 people; nobody can do less than the ORM alone.
MADE = {"with users": 25000, "with hr": 8000}
SAMPLE = 300  # people whom the ORM makes alone
CALLS_A_SECOND = 20
LATENCY = 0.3  # seconds until DingTalk answers, when calls at once are measured

CONNECT = """
corp = env["dingding.corp"].create(%r)
corp.app_id.calls_per_second = 100000
env.cr.commit()
print("FIGURES %%d" %% corp.id)
"""
# From here on the statements of this process are counted. The cost of the limit of
# calls depends on the calls and is measured in the area ``limits``.
COUNTING = """
counts = {"all": 0}
real = sql_db.Cursor.execute
def execute(cr, query, *args, **options):
    counts["all"] += "dingding_call_rate" not in str(query)
    return real(cr, query, *args, **options)
sql_db.Cursor.execute = execute
"""
# Processor seconds of this process and of the whole cluster, as a sync has several
# connections: unlike the clock they are the same on a busy machine.
WORKED = """
def ticks(pid):
    with open("/proc/%s/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()
cluster = ticks(env.cr._cnx.get_backend_pid())[1]
def worked():
    parent = ticks(cluster)
    found = sum(map(int, parent[11:15]))  # with its children that have ended
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            child = ticks(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if child[1] == cluster:
            found += sum(map(int, child[11:13]))
    return time.process_time(), found / os.sysconf("SC_CLK_TCK")
"""
# Memory of this process in KiB: how much now (VmRSS), and the most since the last reset
# (VmHWM). Loading Odoo takes more for a moment, which would hide as much of the work's.
MEMORY = """
def memory(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name))
def idle_memory():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return memory("VmRSS:")
"""
# Copies a row with SQL: what is measured needs many, and the ORM takes its time.
COPY = """
cr = env.cr

def copy(table, row, **values):
    cr.execute("SELECT column_name FROM information_schema.columns WHERE"
               " table_name = %s AND column_name <> 'id' ORDER BY 1", [table])
    names = [found[0] for found in cr.fetchall()]
    cr.execute('INSERT INTO %s ("%s") SELECT %s FROM %s WHERE id = %%s RETURNING id' % (
        table, '", "'.join(names), ", ".join(
            "%s" if name in values else 'NULL' if name == "alias_id" else '"%s"' % name
            for name in names), table),
        [values[name] for name in names if name in values] + [row])
    return cr.fetchone()[0]

"""
# Presses the button and works the run off in this process, counting what that costs.
WORK_OFF = """
import json, os, time
from odoo import sql_db, tools
from odoo.addons.dingding import rights
tools.config["test_enable"] = True  # no thread of its own takes the run
env["dingding.corp"].browse(%d).action_get_users()
# Modules that a server has loaded after its first sync.
env["dingding.corp"]._budget_feature("contacts")
env["dingding.sync"]._subjects()
rights.owner_ids(env)
env.cr.commit()
""" + COUNTING + WORKED.replace("%", "%%") + MEMORY + """
runs = env["dingding.sync"]
env.clear()
env.cr.commit()
idle = idle_memory()
started, begun = time.monotonic(), worked()
turns, longest, hardest = 0, 0, 0
while True:
    before, worked_before = time.monotonic(), worked()
    if not runs._process():
        break
    longest = max(longest, time.monotonic() - before)
    hardest = max(hardest, sum(worked()) - sum(worked_before))
    turns += 1
    env.cr.commit()
seconds = time.monotonic() - started
peak = memory("VmHWM:")
state = runs.search([], limit=1).state
assert state == "done", state
print("FIGURES " + json.dumps({
    "statements": counts["all"], "seconds": seconds, "turns": turns,
    "longest": longest, "hardest": hardest, "odoo": worked()[0] - begun[0],
    "postgresql": worked()[1] - begun[1], "memory": (peak - idle) / 1024.0}))
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
# Rows of the same kind made by the ORM alone, in another organisation, and taken back:
# a sample of the departments and of the people with what belongs to them.
ORM_ALONE = """
import json, time
from odoo import sql_db
from odoo.addons.dingding import compat
corp = env["dingding.corp"].browse(%d)
other = env["dingding.corp"].create({"name": "ORM alone", "app_key": "k",
                                     "app_secret": "s"})
quiet = dict(dingding_no_push=True, tracking_disable=True, no_reset_password=True,
             mail_create_nosubscribe=True, mail_create_nolog=True)
def values(record, names):
    found = record.read(names, load="_classic_write")[0]
    found.pop("id")
    for name, value in found.items():
        if record._fields[name].type == "many2many":
            found[name] = [(6, 0, value)]
    return dict(found, corp_id=other.id)
plain = ["name", "userid", "unionid", "department_ids", "main_department_id",
         "leader_department_ids", "title", "job_number", "state_code", "mobile",
         "mobile_number", "telephone", "email", "org_email", "work_place", "remark",
         "hired_date", "avatar_url", "activated", "admin", "boss", "extension",
         "baseline_values"]
people = env["dingding.user"].search([("corp_id", "=", corp.id)], limit=%d)
rows = [values(person, plain) for person in people]
departments = env["dingding.department"].search(
    [("corp_id", "=", corp.id)], order="level, id", limit=100)
own = [values(each, ["name", "dept_id", "sequence", "baseline_values"])
       for each in departments]
users, employees = [], []
for person in people:
    user = person.user_id
    if user:
        users.append({"name": user.name, "login": "x" + user.login,
            "email": user.email, "mobile": user.mobile,
            "company_id": user.company_id.id,
            "company_ids": [(6, 0, user.company_ids.ids)],
            compat.USER_GROUPS: [(6, 0, user[compat.USER_GROUPS].ids)]})
    if "employee_id" in person._fields and person.employee_id:
        employee = person.employee_id
        employees.append({"name": employee.name, "work_email": employee.work_email,
            "mobile_phone": employee.mobile_phone, "work_phone": employee.work_phone,
            "company_id": employee.company_id.id,
            "department_id": employee.department_id.id})
""" + COUNTING + """
started = time.monotonic()
made = {}
for each, vals in zip(departments, own):
    vals["parent_id"] = made.get(each.parent_id.id)
    made[each.id] = env["dingding.department"].with_context(quiet).create(vals).id
halfway = time.monotonic()
statements = {}
for model, many in (("dingding.user", rows), ("res.users", users),
                    ("hr.employee", employees)):
    before = counts["all"]
    for number in range(0, len(many), 50):
        compat.create_all(env[model].with_context(quiet), many[number:number + 50])
        compat.flush(env)
        # Or Odoo 11 gets slower and slower.
        compat.forget(env)
    statements[model] = (counts["all"] - before) / max(len(many), 1)
ended = time.monotonic()
# Each gets a name of its own.
renamed = dict.fromkeys(("res.users", "hr.employee"), 0)
for model in renamed:
    if model not in env or not statements[model]:
        continue
    some = env[model].search([], order="id desc", limit=12).with_context(quiet)
    some.mapped("name")
    before = counts["all"]
    for number, each in enumerate(some):
        each.write({"name": "Changed %%d" %% number})
        compat.flush(env)
    renamed[model] = (counts["all"] - before) / len(some)
env.cr.rollback()
print("FIGURES " + json.dumps({
    "department": (halfway - started) / len(departments),
    "person": (ended - halfway) / len(people),
    "user": statements["res.users"], "employee": statements["hr.employee"],
    "renamed": sum(renamed.values()),
    "users": len(users), "people": len(people)}))
"""
# Cost of a write elsewhere, with the addon's models loaded.
UNRELATED = """
import json
from odoo import sql_db
partner = env["res.partner"].search([], limit=1)
partner.write({"comment": "a"})
seen = []
real = sql_db.Cursor.execute
def execute(cr, query, *args, **options):
    seen.append(str(query))
    return real(cr, query, *args, **options)
sql_db.Cursor.execute = execute
partner.write({"comment": "b"})
sql_db.Cursor.execute = real
env.cr.rollback()
print("FIGURES " + json.dumps({"ours": len([e for e in seen if "dingding" in e]),
                               "all": len(seen)}))
"""
TABLES = ("dingding_department", "dingding_user", "dingding_department_user_rel",
          "dingding_department_manager_rel")


def figures(bench):
    """Measure both sizes, the policies that make more, and the limit."""
    unchanged, changed = {}, {}
    for people, departments in SIZES:
        with bench.stack(people=people, departments=departments,
                         start_odoo=False) as stack:
            unchanged[people], changed[people] = _size(
                bench, stack, people, departments)
    bench.figure("statements of an unchanged run, 10000 people less 1200",
                 unchanged[10000] - unchanged[1200], "statements", 0, "lower")
    with bench.stack(people=100, departments=8, start_odoo=False) as stack:
        _control, corp = _connect(stack)
        _run(stack, corp)
        bench.figure("statements of an unchanged run, 1200 people less 100",
                     unchanged[1200] - _run(stack, corp)["statements"],
                     "statements", 0, "lower")
    users = {"create_users": "portal"}
    employees = {"hr_employees": "create", "hr_departments": "create"}
    hr = ("dingding", "hr", "dingding_hr")
    _with_more(bench, "with users", SIZES[0], users, ("dingding",))
    _with_more(bench, "with hr", SIZES[0], employees, hr)
    _with_more(bench, "with users and hr", (200, 20), dict(users, **employees), hr)
    _limited(bench)
    _at_once(bench)
    _screen(bench)


def _size(bench, stack, people, departments):
    control, corp = _connect(stack)
    name = "%d departments, %d people: %%s" % (departments, people)
    bare = _shell(stack, READ_ONLY % corp)["seconds"]
    bench.figure(name % "reading alone", round(bare, 2), "s")
    control.forget()
    first = _run(stack, corp)
    calls = control.calls()
    pages = control.calls(PAGE)
    orm = _orm(stack, corp, people, departments)
    bench.figure(name % "calls of a full read", calls, "calls",
                 1 + departments + pages, "lower")
    bench.figure(name % "the ORM alone, by a sample", round(orm, 2), "s")
    bench.figure(name % "first run", round(first["seconds"], 2), "s",
                 round(1.5 * (bare + orm), 2), "lower")
    bench.figure(name % "statements of the first run", first["statements"],
                 "statements")
    bench.figure(name % "memory of the first run above idle",
                 round(first["memory"], 1), "MiB", 200, "lower")
    before = _versions(stack)
    second = _run(stack, corp)
    rewritten = len(set(_versions(stack)) ^ set(before))
    bench.figure(name % "unchanged run", round(second["seconds"], 2), "s",
                 round(1.5 * bare, 2), "lower")
    bench.figure(name % "rows written by an unchanged run", rewritten, "rows", 0,
                 "lower")
    bench.figure(name % "statements of an unchanged run", second["statements"],
                 "statements", 40, "lower")
    bench.figure(name % "memory of an unchanged run above idle",
                 round(second["memory"], 1), "MiB", 200, "lower")
    chosen = sorted(each["userid"] for each in control.users())[::100]
    for userid in chosen:
        control("PATCH", "/users/%s" % userid, {"title": "Changed"})
    third = _run(stack, corp)
    bench.figure(name % "statements of a run that changes 1 %", third["statements"],
                 "statements")
    bench.figure(
        name % "statements more a changed person",
        round((third["statements"] - second["statements"]) / float(len(chosen)), 2),
        "statements")
    elsewhere = _shell(stack, UNRELATED)
    bench.figure(name % "statements of ours in a write elsewhere", elsewhere["ours"],
                 "statements", 0, "lower")
    return second["statements"], third["statements"]


def _with_more(bench, title, size, policy, modules):
    """Measure a first run that makes users or employees as well."""
    people, departments = size
    with bench.stack(people=people, departments=departments, modules=modules,
                     start_odoo=False) as stack:
        control, corp = _connect(stack)
        bare = _shell(stack, READ_ONLY % corp)["seconds"]
        _shell(stack, 'env["dingding.corp"].browse(%d).write(%r)\n'
               "env.cr.commit()\nprint('FIGURES 0')" % (corp, policy))
        first = _run(stack, corp)
        alone = _alone(stack, corp)
        orm = _seconds(alone, people, departments)
        name = "%d departments, %d people, %s: %%s" % (departments, people, title)
        statements = people * (
            alone["user"] * alone["users"] / alone["people"] + alone["employee"])
        bench.figure(name % "statements of the ORM alone, by a sample",
                     round(statements), "statements")
        bench.figure(
            name % "statements of the first run", first["statements"], "statements",
            max(MADE[title], round(1.1 * statements)) if title in MADE else None,
            "lower")
        bench.figure(name % "the ORM alone, by a sample", round(orm, 2), "s")
        bench.figure(name % "first run", round(first["seconds"], 2), "s",
                     round(1.5 * (bare + orm), 2), "lower")
        bench.figure(name % "longest step", round(first["longest"], 2), "s", 120,
                     "lower")
        second = _run(stack, corp)
        bench.figure(name % "statements of an unchanged run", second["statements"],
                     "statements", 80, "lower")
        bench.figure(name % "statements of the ORM alone for a change of name",
                     round(alone["renamed"], 2), "statements")
        # Twice, as a step that writes has statements of its own.
        userids = sorted(each["userid"] for each in control.users())
        few, many = userids[:people // 100], userids[-people // 20:]
        counts = []
        for chosen in few, many:
            for number, userid in enumerate(chosen):
                control("PATCH", "/users/%s" % userid, {"name": "Changed %d" % number})
            counts.append(_run(stack, corp)["statements"])
        bench.figure(
            name % "statements more a changed person",
            round((counts[1] - counts[0]) / float(len(many) - len(few)), 2),
            "statements", round(alone["renamed"] + 6, 2), "lower")


def _limited(bench):
    """Measure the first run of 10000 at DingTalk's own limit of calls."""
    people, departments = SIZES[1]
    with bench.stack(people=people, departments=departments,
                     start_odoo=False) as stack:
        control, corp = _connect(stack, CALLS_A_SECOND)
        control.forget()
        first = _run(stack, corp)
        slowest = max(control.calls(LIST), control.calls(PAGE))
        least = slowest / float(CALLS_A_SECOND)
        name = "%d people at %d calls a second: %%s" % (people, CALLS_A_SECOND)
        bench.figure(name % "what the limit itself costs", round(least, 1), "s")
        bench.figure(name % "first run", round(first["seconds"], 1), "s",
                     round(1.15 * least, 1), "lower")
        bench.figure(name % "steps", first["turns"], "steps")
        bench.figure(name % "longest step", round(first["longest"], 1), "s", 120,
                     "lower")


def _at_once(bench):
    """Measure whether the default of concurrent calls keeps up with the limit."""
    people, departments = 100, 100
    with bench.stack(people=people, departments=departments,
                     start_odoo=False) as stack:
        control, corp = _connect(stack, CALLS_A_SECOND)
        control("PATCH", "/settings", {"latency": 1000 * LATENCY})
        control.forget()
        seconds = _shell(stack, READ_ONLY % corp)["seconds"]
        bench.figure(
            "calls a second with the default of concurrent calls, DingTalk taking "
            "%s s" % LATENCY, round(control.calls() / seconds, 1), "calls/s",
            0.95 * CALLS_A_SECOND, "higher")


def _screen(bench):
    """Measure how long the lists of ten thousand changes and people take to open."""
    from tests.e2e import house
    from tools import browser
    from tools.world import World
    people, departments = SIZES[1]
    with bench.stack(people=people, departments=departments, workers=2,
                     cron_seconds=2) as stack:
        house.Control(stack.simulator.url)("PATCH", "/settings", {"rate_limit": None})
        corp = house.connect(stack)
        stack.query("UPDATE dingding_app SET calls_per_second = 100000")
        run = stack.rpc("dingding.corp", "action_synchronise", [corp])["res_id"]
        house.wait_until(
            lambda: stack.query("SELECT state FROM dingding_sync") == "confirm",
            300, "the preview")
        count = int(stack.query("SELECT count(*) FROM dingding_sync_line"))
        with browser.open_browser() as opened:
            world = World(stack, opened)
            world.action("dingding.dingding_sync_action", run)
            # Once before, so that Odoo's own scripts and views are there.
            for figure in (None, "preview of %d lines: the list of %d opens"):
                world.action("dingding.dingding_sync_action", run)
                started = time.monotonic()
                world.page.locator(
                    ".oe_button_box button:has([name='new_count'])").click()
                world.page.locator(
                    ".o_list_view tbody tr.o_data_row").nth(50).wait_for()
                seconds = time.monotonic() - started
            new = int(stack.query(
                "SELECT count(*) FROM dingding_sync_line WHERE kind = 'new'"))
            bench.figure(figure % (count, new), round(seconds, 2), "s", 2, "lower")
            stack.rpc("dingding.sync", "action_apply_all", [run])
            house.wait_until(
                lambda: stack.query("SELECT state FROM dingding_sync") == "done",
                300, "the writing")
            _search(bench, stack, world)
            world.close_pages()


def _search(bench, stack, world, size=SIZES[1]):
    """Measure how long it takes to find departments and people."""
    page = world.page
    rows = page.locator(".o_list_view tbody tr.o_data_row")

    def opened(name, action, text="", below=0):
        world.action(action)
        world.settle()
        started = time.monotonic()
        if text:
            field = page.locator(".o_searchview_input:visible")
            field.fill(text)
            field.press("End")
            page.locator(".o_searchview_autocomplete li:visible").first.wait_for()
            for _each in range(below):
                field.press("ArrowDown")
            field.press("Enter")
            page.locator(".o_searchview_facet").first.wait_for()
        else:
            world.action(action)
        rows.first.wait_for()
        world.settle()
        # The page has to be quiet for 0.2 s, which is part of the figure.
        bench.figure("%d departments, %d people in Chromium: %s" % (
            size[1], size[0], name), round(time.monotonic() - started, 2), "s",
            2, "lower")

    departments = "dingding.dingding_department_action"
    people = "dingding.dingding_user_action"
    name, mobile, number = stack.query(
        "SELECT name, mobile, job_number FROM dingding_user WHERE mobile <> ''"
        " AND job_number <> '' ORDER BY id DESC LIMIT 1").split("|")
    opened("the tree of departments", departments)
    opened("the list of people", people)
    opened("people by part of the name", people, name[:2])
    opened("people by the end of the mobile", people, mobile[-6:])
    opened("people by job number", people, number)
    opened("people by department with those below", people, stack.query(
        "SELECT name FROM dingding_department WHERE level = 1 ORDER BY sort_path"
        " LIMIT 1"), 1)
    top = int(stack.query(
        "SELECT id FROM dingding_department ORDER BY level, id LIMIT 1"))
    started = time.monotonic()
    world.action(departments, top)
    page.locator(".nav-tabs a", has_text="Chart").first.click()
    page.locator(".o_dingding_chart li:visible").first.wait_for()
    world.settle()
    bench.figure("%d departments, %d people in Chromium: the organisation chart" % (
        size[1], size[0]), round(time.monotonic() - started, 2), "s", 2, "lower")


def _connect(stack, limit=None):
    from tests.e2e import house
    control = house.Control(stack.simulator.url)
    settings = {"rate_limit": limit}
    if not limit:
        # A fast machine makes more calls than DingTalk allows an address.
        settings["ban"] = None
    control("PATCH", "/settings", settings)
    corp = _shell(stack, CONNECT % dict(
        name="Bench", corp_id=stack.simulator.corp_id,
        app_key=stack.simulator.app_key, app_secret=stack.simulator.app_secret,
        agent_id=stack.simulator.agent_id))
    if limit:
        stack.query("UPDATE dingding_app SET calls_per_second = %d" % limit)
    return control, corp


def _orm(stack, corp, people, departments):
    """Return the seconds of the ORM alone, for so many people and departments."""
    return _seconds(_alone(stack, corp), people, departments)


def _alone(stack, corp):
    """Return what the ORM alone costs for one of each kind."""
    return _shell(stack, ORM_ALONE % (corp, SAMPLE))


def _seconds(alone, people, departments):
    return alone["person"] * people + alone["department"] * (departments + 1)


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
