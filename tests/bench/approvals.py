"""Cost of approvals: calls, seconds, statements."""

import base64
import json
import sys
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

MODEL = "dingding.demo.purchase"
EVENTS = 30  # approvals decided one after the other
POLLED = 1000
LINES, PREVIEWS = 50, 15
SEEN = 100000
START = "/v1.0/workflow/processInstances"
MODULES = ["dingding", "dingding_callback", "dingding_approval",
           "dingding_approval_demo"]
# Counts statements and times writes, in a process of its own.
WRITES = """
import json, time
user = env['res.users'].with_context(no_reset_password=True).create(
    {'name': 'Bench', 'login': 'bench', 'groups_id': [(6, 0, [
        env.ref('base.group_user').id, env.ref('base.group_partner_manager').id])]})
found = {}
execute = env.cr.execute
def counted(*args, **kwargs):
    counted.statements += 1
    return execute(*args, **kwargs)
for name, model, field in (
    ('unmapped', 'res.partner', 'ref'), ('mapped', 'dingding.demo.purchase', 'phone')):
    vals = {'name': 'x'} if model == 'res.partner' else {'subject': 'x'}
    record = env[model].create(vals).sudo(user)
    locks = env['dingding.approval']
    for lookup in (True, False):
        cls = type(env['base'])
        real = type(locks)._lockable_models
        if not lookup:
            type(locks)._lockable_models = lambda this: {}
        record.write({field: 'warm'})
        counted.statements = 0
        env.cr.execute = counted
        begun = time.time()
        for number in range(300):
            record.write({field: str(number)})
        seconds = time.time() - begun
        del env.cr.execute
        type(locks)._lockable_models = real
        found['%s %s' % (name, 'with' if lookup else 'without')] = [
            counted.statements / 300., seconds / 300 * 1000]
print('FOUND ' + json.dumps(found))
"""

# Times what an employee's list of approvals asks for, in a process of its own.
LISTS = """
import json, time
user = env['res.users'].search([('login', '=', 'bench')]) or env['res.users'].create(
    {'name': 'Bench', 'login': 'bench', 'groups_id': [(6, 0, [
        env.ref('base.group_user').id])]})
seen = env['dingding.approval'].sudo(user)
calls = {
    'the first page': lambda: seen.search([], limit=80),
    'the number': lambda: seen.search_count([]),
    'the tasks of one': lambda: env['dingding.approval.task'].sudo(user).search(
        [('approval_id', '=', 1)]),
}
found = {}
for name, call in calls.items():
    call()
    taken = []
    for _each in range(15):
        env.cache.invalidate()
        begun = time.time()
        result = call()
        taken.append((time.time() - begun) * 1000)
    found[name] = sorted(taken)[7]
found['seen'] = seen.search_count([])
print('FOUND ' + json.dumps(found))
"""


def figures(bench):
    """Measure submitting, following and what the lock costs."""
    with bench.stack(people=40, departments=5, workers=2, modules=MODULES,
                     cron_seconds=2) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        house.read_people(stack, corp, 120)
        house.subscribe(stack, corp)
        house.get_templates(stack, corp)
        purchase = control("GET", "/approvals/templates/采购申请")
        head = control.users()[0]["userid"]
        control("PATCH", "/approvals/templates/" + purchase["process_code"],
                {"flow": [{"action": "ONE_BY_ONE", "userids": [head]}]})
        submitting(bench, stack, control)
        deciding(bench, stack, control, head)
        locking(bench, stack)
        previewing(bench, stack)
        polling(bench, stack, control, corp, purchase)
        seeing(bench, stack)


def made(stack, subject):
    return stack.rpc(MODEL, "create", {
        "subject": subject,
        "line_ids": [(0, 0, {"name": "Chair", "quantity": 2, "price": 10})]})


def submit(stack, number):
    stack.rpc("dingding.approval", "submit", "%s,%d" % (MODEL, number))
    house.wait_until(lambda: stack.query(
        "SELECT status FROM dingding_approval WHERE res_id = %d" % number
    ) == "running", 30, "the start")


def submitting(bench, stack, control):
    """Count the calls of one submission, without and with a file."""
    for words, files in (("a submission", 0), ("a submission with one file", 1)):
        number = made(stack, words)
        for _file in range(files):
            stack.rpc("ir.attachment", "create", {
                "name": "offer.pdf", "res_model": MODEL, "res_id": number,
                "datas": base64.b64encode(b"%PDF-1.4").decode()})
        # The events of the start are followed by a reading, which is another matter.
        control("PATCH", "/settings", {"event_lose": 1})
        control("DELETE", "/calls")
        submit(stack, number)
        found = control("GET", "/calls")["by_path"]
        calls = sum(count for path, count in found.items() if "gettoken" not in path
                    and "accessToken" not in path)
        control("PATCH", "/settings", {"event_lose": 0})
        bench.figure("calls of %s" % words, calls, "calls", 1 + 3 * files)


def deciding(bench, stack, control, head):
    """Time from the approver's tap to the written record."""
    taken = []
    for number in range(EVENTS):
        record = made(stack, "Event %d" % number)
        submit(stack, record)
        instance = stack.query(
            "SELECT instance_id FROM dingding_approval WHERE res_id = %d" % record)
        # Wait for the end of the work that the start has queued.
        house.wait_until(lambda: stack.query(
            "SELECT count(*) FROM dingding_event WHERE state <> 'done'") == "0"
            and stack.query("SELECT count(*) FROM dingding_approval"
                            " WHERE state <> 'done'") == "0", 60, "quiet")
        control("POST", "/approvals/instances/%s/act" % instance,
                {"userid": head, "action": "agree"})
        begun = time.monotonic()
        while stack.query("SELECT state FROM dingding_demo_purchase WHERE id = %d"
                          % record) != "approved":
            assert time.monotonic() - begun < 60, "it was not written"
            time.sleep(0.005)
        taken.append(time.monotonic() - begun)
    taken.sort()
    for label, share in (("p50", 0.5), ("p95", 0.95)):
        bench.figure("from the approver's tap to the written record, %s" % label,
                     round(taken[int(share * (len(taken) - 1))] * 1000), "ms")


def locking(bench, stack):
    """Statements and time of a write, with and without the look at locks."""
    printed = stack.odoo_shell(WRITES)
    line = [each for each in printed.splitlines() if "FOUND " in each][-1]
    found = json.loads(line.partition("FOUND ")[2])
    for name, goal in (("unmapped", 0), ("mapped", 1)):
        statements = found[name + " with"][0] - found[name + " without"][0]
        milliseconds = found[name + " with"][1] - found[name + " without"][1]
        bench.figure("statements more for a write on a model that is %s" % name,
                     round(statements, 2), "statements", goal)
        bench.figure("time more for a write on a model that is %s" % name,
                     round(milliseconds, 2), "ms")


def seeing(bench, stack):
    """Time of an employee's list where there are very many approvals."""
    number = made(stack, "Seen")
    copied = []
    for table in ("dingding_demo_purchase", "dingding_approval"):
        names = stack.query(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM"
            " information_schema.columns WHERE table_name = '%s' AND column_name NOT IN"
            " ('id', 'res_id', 'instance_id', 'status', 'locked')" % table)
        copied.append(names)
    stack.query(
        "INSERT INTO dingding_demo_purchase (%s) SELECT %s FROM dingding_demo_purchase,"
        " generate_series(1, %d) WHERE id = %d" % (copied[0], copied[0], SEEN, number))
    stack.query(
        "INSERT INTO dingding_approval (%s, res_id, status) SELECT %s, n.id, 'agreed'"
        " FROM (SELECT * FROM dingding_approval LIMIT 1) one,"
        " (SELECT id FROM dingding_demo_purchase) n" % (copied[1], copied[1]))
    stack.query("ANALYZE")
    printed = stack.odoo_shell(LISTS)
    line = [each for each in printed.splitlines() if "FOUND " in each][-1]
    found = json.loads(line.partition("FOUND ")[2])
    assert found.pop("seen") >= SEEN
    for name in sorted(found):
        bench.figure("%s of %d approvals, as an employee" % (name, SEEN),
                     round(found[name], 1), "ms",
                     # Counting reads all of them.
                     None if name == "the number" else 50)


def previewing(bench, stack):
    """Time of a preview of a form with a table, as the browser asks for it."""
    number = stack.rpc(MODEL, "create", {
        "subject": "Preview", "line_ids": [
            (0, 0, {"name": "Chair %d" % each, "quantity": each + 1, "price": 10})
            for each in range(LINES)]})
    mapping = stack.rpc("dingding.approval.mapping", "search", [("model", "=", MODEL)])
    taken = []
    for _each in range(PREVIEWS):
        begun = time.monotonic()
        preview = stack.rpc("dingding.approval.preview", "create", {
            "mapping_id": mapping[0], "res_model": MODEL, "res_id": number})
        shown = stack.rpc("dingding.approval.preview", "read", [preview],
                          ["html", "problems", "warnings", "record_name"])[0]
        taken.append(time.monotonic() - begun)
        assert "Chair %d" % (LINES - 1) in shown["html"], shown["problems"]
    taken.sort()
    words = "preview of a form with a table of %d lines, " % LINES
    median = taken[len(taken) // 2]
    bench.figure(words + "median", round(median * 1000), "ms", 500)
    bench.figure(words + "slowest", round(taken[-1] * 1000), "ms")


def polling(bench, stack, control, corp, purchase):
    """Ask about a thousand approvals that run."""
    originator = stack.query(
        "SELECT userid FROM dingding_user WHERE id = (SELECT originator_id FROM"
        " dingding_approval LIMIT 1)")
    control("PATCH", "/settings", {"event_lose": 1})
    ids = [
        control("POST", "/approvals/instances", {
            "process_code": purchase["process_code"], "originator": originator,
            "values": {"申请事由": "Polled %d" % number, "总金额": "1"}})["id"]
        for number in range(POLLED)]
    stack.query(
        "INSERT INTO dingding_approval (name, mapping_id, template_id, corp_id,"
        " company_id, res_model, res_id, originator_id, user_id, status, state,"
        " instance_id, submitted_at, read_at) SELECT 'Polled', mapping_id, template_id,"
        " corp_id, company_id, res_model, -row_number() OVER (), originator_id,"
        " user_id,"
        " 'running', 'done', unnest, now() AT TIME ZONE 'UTC', '2001-01-01'"
        " FROM unnest(ARRAY['%s'])"
        " JOIN (SELECT * FROM dingding_approval LIMIT 1) one ON true"
        % "','".join(ids))
    stack.rpc("dingding.corp", "write", [corp], {"approval_poll_calls": POLLED})
    for name in ("read for the first time", "that are as they were"):
        stack.query("UPDATE dingding_approval SET read_at = '2001-01-01'"
                    " WHERE name = 'Polled'")
        control("DELETE", "/calls")
        begun = time.monotonic()
        # The next turn of the scheduler does the rest.
        while stack.query("SELECT count(*) FROM dingding_approval"
                          " WHERE read_at < '2002-01-01'") != "0":
            house.hurry_cron(stack, "dingding_approval_cron_poll")
            time.sleep(1)
        bench.figure("calls for %d approvals that run, %s" % (POLLED, name),
                     control.calls(START), "calls", POLLED)
        bench.figure("polling %d approvals that run, %s" % (POLLED, name),
                     round(time.monotonic() - begun, 1), "s")
